"""Puts the demonstration into the database, through the services that people use. Safe to stop and to run again."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import yaml
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation

from benchmark.demo.answering_times import spread_answers
from benchmark.demo.answers import answers_of
from benchmark.demo.kept_work import kept_work
from benchmark.demo.organisations import ORGANISATIONS, taking_part
from benchmark.demo.people import PASSWORD, PEOPLE, give_factors
from benchmark.services.indicators import store_indicators
from benchmark.services.releasing import publish_release, review_release
from portal.models import AuditEntry, Organisation, User
from portal.roles import FoundationRole
from portal.services.audit import record
from portal.services.people import add_member, create_user
from portal.tenancy import staff_scope
from surveys.models import QuestionnaireVersion, Round
from surveys.questionnaire import QuestionnaireFile
from surveys.services.imports import (
    ImportedAnswer,
    ImportedSubmission,
    hold_round_for_import,
    record_import,
    store_submissions,
)
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.peer_groups import choose_crossings, offer_free_groups
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round, start_round_job

FINISHED, OPEN = (2024, 2025), 2026
BREAKS = ("ces_score", "contact_costs")  # series that the files end on purpose, in 2025 and in 2026
OPEN_FOR, A_YEAR = timedelta(days=90), timedelta(days=365)
FILLED = "demo.filled"
KEPT = ".run/kept-work"
INDICATORS = "benchmark/indicators"

Say = Callable[[str], None]


def is_filled() -> bool:
    """Whether the demonstration is there, complete."""
    with staff_scope():
        return AuditEntry.objects.filter(action=FILLED).exists()


def fill(say: Say = lambda line: None, only: Collection[str] = ()) -> bool:
    """Make everything that is not there yet; whether there was anything to make. `say` hears each step.

    `only`: of the last finished round no other indicators than these. It takes longest, because all of it is proven
    beside the round before it.
    """
    from benchmark.demo.open_round import fill_open_round
    from benchmark.demo.validating import validate_open_round

    if is_filled():
        return False
    with translation.override("nl"):
        say("questionnaires, indicators, organisations and people")
        load_files(only)
        make_organisations()
        make_people()
        for year in FINISHED:
            say(f"the round of {year}: answers, freeze, compute, review, publish")
            finish_round(year)
        say(f"the round of {OPEN}: open, some have answered")
        fill_open_round(make_round(OPEN))
        validate_open_round(make_round(OPEN))
        with staff_scope():
            record(FILLED, subject="demo", by=None)
    return True


def load_files(only: Collection[str] = ()) -> None:
    """The national questionnaires and their indicators, edition by edition; see `fill`."""
    with staff_scope():
        by = staff(FoundationRole.RESEARCHER)
        for folder, store in (
            ("surveys/instruments", partial(load_questionnaire_file, confirmed=BREAKS)),
            (INDICATORS, store_indicators),
        ):
            for path in sorted((Path(settings.BASE_DIR) / folder).glob("national-*.yaml")):
                text = path.read_text(encoding="utf-8")
                if only and folder == INDICATORS and path.stem == f"national-{FINISHED[-1]}":
                    text = part_of(text, only)
                store(text, source=path.name, by=by)


def part_of(text: str, only: Collection[str]) -> str:
    """An indicator file with these indicators alone."""
    file = yaml.safe_load(text)
    kept = [item for item in file["items"] if item["code"] in only]
    if missing := set(only) - {item["code"] for item in kept}:
        raise ValueError(f"no such indicators: {sorted(missing)}")
    return yaml.safe_dump(file | {"items": kept}, allow_unicode=True, sort_keys=False)


def make_organisations() -> None:
    """The sixty organisations with their groups and peer dimensions."""
    rows = [OrganisationRow(one.code, one.name, one.group, one.dimensions) for one in ORGANISATIONS]
    with staff_scope():
        save_organisations(rows, by=None, is_invented=True)


def make_people() -> None:
    """The accounts to sign in with."""
    with staff_scope():
        organisations = {one.code: one for one in Organisation.objects.filter(is_invented=True)}
        for person in PEOPLE:
            user = User.objects.filter(email=person.email).first() or create_user(
                email=person.email,
                name=person.name,
                password=PASSWORD,
                foundation_role=person.foundation_role,
                language=person.language,
                by=None,
            )
            for code, role in person.memberships:
                add_member(organisations[code], user, role=role, by=None)
    give_factors()


def staff(role: FoundationRole) -> User | None:
    """The invented person with this role at the foundation, once there."""
    emails = [person.email for person in PEOPLE if person.foundation_role == role]
    return User.objects.filter(email__in=emails).first()


def make_round(year: int) -> Round:
    """The round of a year, as a draft when it is new."""
    with staff_scope():
        code = f"national-{year}"
        found = Round.objects.select_related("version__questionnaire").filter(code=code).first()
        if found is not None:
            return found
        made = create_round(
            code=code,
            title_nl=f"Nationale benchmark klantcontact {year}",
            title_en=f"National customer contact benchmark {year}",
            version=QuestionnaireVersion.objects.get(questionnaire__code="national", version=str(year)),
            reference_period=str(year),
            closes_at=timezone.now() + OPEN_FOR if year == OPEN else None,
            is_invented=True,
            by=staff(FoundationRole.RESEARCHER),
        )
        choose_crossings(made.pk, crossings=1, by=staff(FoundationRole.RESEARCHER))  # sixty organisations bear no more
        return offer_free_groups(made.pk, offered=year == FINISHED[-1], by=staff(FoundationRole.RESEARCHER))


def finish_round(year: int) -> None:
    """Take a round from wherever it is to published, each step in a transaction of its own."""
    current = make_round(year)
    while current.state != Round.State.PUBLISHED:
        before = current.state
        _next_step(current, year)
        with staff_scope():
            current.refresh_from_db()
        if current.state == before:
            raise RuntimeError(f"{current.code} stays in state {before}; see the log of the job above")


def _next_step(current: Round, year: int) -> None:
    with staff_scope():
        researcher, publisher = staff(FoundationRole.RESEARCHER), staff(FoundationRole.PUBLISHER)
        if current.state == Round.State.DRAFT:
            deliver(current, year, by=researcher)
            advance_round(current.pk, "open", by=researcher)
        elif current.state == Round.State.OPEN:
            advance_round(current.pk, "close", by=researcher)
        elif current.state == Round.State.COMPUTED:
            review_release(current.pk, by=researcher)
        elif current.state == Round.State.REVIEWED:
            publish_release(current.pk, by=publisher)
    if current.state == Round.State.CLOSED and year == FINISHED[-1]:
        spread_answers(current, timezone.now() + OPEN_FOR - A_YEAR)
    if current.state in (Round.State.CLOSED, Round.State.FROZEN):
        run_job(current, "freeze" if current.state == Round.State.CLOSED else "compute")


def run_job(current: Round, action: str) -> None:
    """Do the background work of a step here and now, so that filling needs no worker."""
    with staff_scope():
        job = start_round_job(current.pk, action, by=staff(FoundationRole.RESEARCHER))
    current_app.loader.import_default_modules()  # outside a worker nobody has looked for the tasks yet
    with _computing(current) if action == "compute" else nullcontext():
        while job.is_under_way:  # the task hands the job back now and then
            current_app.tasks[job.task](job.pk)
            with staff_scope():
                job.refresh_from_db()


@contextmanager
def _computing(current: Round) -> Iterator[None]:
    """What was computed before is not computed again, and the rest by all processors of this machine."""
    with kept_work(current.pk, current.edition, Path(settings.BASE_DIR) / KEPT), _helpers(current):
        yield


@contextmanager
def _helpers(current: Round) -> Iterator[None]:
    """Let other processors work along; inside a transaction nobody else could see the work."""
    count = 0 if connection.in_atomic_block else max(0, (os.cpu_count() or 1) - 1)
    command = [sys.executable, "manage.py", "help_compute", str(current.pk), str(current.edition)]
    helpers = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _helper in range(count)
    ]
    try:
        yield
    finally:
        for helper in helpers:
            helper.terminate()
            helper.wait()


def deliver(current: Round, year: int, *, by: User | None) -> None:
    """The answers of all who take part, delivered by staff as an import would."""
    held = hold_round_for_import(current.pk)
    file = held.version.file
    ids = dict(Organisation.objects.filter(is_invented=True).values_list("code", "pk"))
    submissions = [
        ImportedSubmission(ids[one.code], tuple(_imported(one.number, year, file))) for one in taking_part(year)
    ]
    store_submissions(held, submissions, [question.code for question in file.questions], by=by)
    record_import(held, by=by, file="demo", organisations=len(submissions))


def _imported(number: int, year: int, file: QuestionnaireFile) -> Iterable[ImportedAnswer]:
    for answer in answers_of(ORGANISATIONS[number], year, file).values():
        yield ImportedAnswer(answer.question, answer.typed, answer.value)
