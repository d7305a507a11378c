"""`manage.py round ACTION ROUND`: create a round and move it through its states, as staff do in the browser."""

import time
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from portal.models import Job
from portal.tenancy import staff_scope
from surveys.management.staff_command import StaffCommand
from surveys.models import Round
from surveys.rounds import TRANSITIONS, actions_from
from surveys.selectors.rounds import all_rounds, questionnaire_version, round_by_code
from surveys.services.rounds import carry_out_step, create_round

POLL_SECONDS = 0.5


class Command(StaffCommand):
    """Lists, creates and advances rounds."""

    help = "Create, open, close, freeze, compute, review, publish or correct a round; or list all rounds."

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand per action; `--by` may stand before or after the action."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="all rounds with their state and what can be done next")
        create = actions.add_parser("create", help="a new round, in draft")
        create.add_argument("round", metavar="ROUND", help="code: small letters, digits and -")
        for option in ("--questionnaire", "--version", "--period", "--title-nl", "--title-en"):
            create.add_argument(option, required=True)
        create.add_argument("--closes", metavar="TIME", help="for example 2026-03-31T17:00, local time")
        create.add_argument("--invented", action="store_true", help="mark the round as invented, for demonstration")
        subparsers = [create]
        for action, step in TRANSITIONS.items():
            one = actions.add_parser(action, help=f"from {' or '.join(sorted(step.sources))} to {step.target}")
            one.add_argument("round", metavar="ROUND")
            subparsers.append(one)
            if step.job:
                one.add_argument("--wait", action="store_true", help="wait until a worker has finished the work")
                one.add_argument("--inline", action="store_true", help="do the work in this process, without a worker")
        for one in subparsers:
            one.add_argument("--by", metavar="EMAIL", default=None, dest="by_after")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry out the action."""
        action, email = options["action"], options.get("by_after") or options["by"]
        if action == "list":
            self._list()
        elif action == "create":
            self._create(email, options)
        else:
            self._advance(action, email, options)

    def _list(self) -> None:
        with self.acting(None):
            for one in all_rounds():
                following = ", ".join(actions_from(one.state)) or "–"
                self.stdout.write(
                    f"{one.code:24} {one.reference_period:8} {one.version!s:22} edition {one.edition}"
                    f"  {one.state:10} next: {following}"
                )

    def _create(self, email: str | None, options: dict[str, Any]) -> None:
        with self.acting(email) as by:
            version = questionnaire_version(options["questionnaire"], options["version"])
            if version is None:
                raise CommandError(
                    f"Questionnaire {options['questionnaire']} {options['version']} is not stored;"
                    " run `manage.py load_questionnaire FILE` first."
                )
            created = create_round(
                code=options["round"],
                title_nl=options["title_nl"],
                title_en=options["title_en"],
                version=version,
                reference_period=options["period"],
                by=by,
                closes_at=closing_time(options["closes"]) if options["closes"] else None,
                is_invented=options["invented"],
            )
        self.stdout.write(f"{created.code} is created, in draft. Next: manage.py round open {created.code}")

    def _advance(self, action: str, email: str | None, options: dict[str, Any]) -> None:
        with self.acting(email) as by:
            current = self._find(options["round"])
            job = carry_out_step(current.pk, action, by=by)
        if job is None:
            self._say_state(options["round"])
            return
        if options["inline"]:
            current_app.loader.import_default_modules()  # tasks are found when a worker starts, and this is none
            with translation.override("en"):  # as everything else that commands say
                current_app.tasks[job.task](job.pk)
        if options["inline"] or options["wait"]:
            self._follow(job.pk)
            self._say_state(options["round"])
            return
        self.stdout.write(f"{job.title}: job {job.pk} is in line; a worker does it. (--wait follows it)")

    def _find(self, code: str) -> Round:
        found = round_by_code(code)
        if found is None:
            raise CommandError(f"There is no round with the code “{code}”. See `manage.py round list`.")
        return found

    def _say_state(self, code: str) -> None:
        with self.acting(None):
            current = self._find(code)
        following = ", ".join(actions_from(current.state)) or "nothing"
        self.stdout.write(f"{code}: {current.state}, edition {current.edition}. Next: {following}.")

    def _follow(self, job_id: int) -> None:
        """Wait for the end of a job and show its progress; CommandError with its text when it failed."""
        shown = -1
        while True:
            with staff_scope():
                job = Job.objects.get(pk=job_id)
            if job.percent != shown:
                shown = job.percent
                self.stdout.write(f"{job.title}: {shown} %")
            if not job.is_under_way:
                break
            time.sleep(POLL_SECONDS)
        if job.state == Job.State.FAILED:
            raise CommandError(f"{job.title} failed: {job.error}")


def closing_time(text: str) -> datetime:
    """The moment that somebody typed, in local time when it has no zone."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--closes {text}: write it as 2026-03-31T17:00.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
