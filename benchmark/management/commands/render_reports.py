"""`render_reports ROUND`: the PDF reports of the organisations that took part, through jobs or in this process."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from benchmark.models import Report
from benchmark.reports.pdf import RenderingFailed
from benchmark.selectors.reports import organisations_with_answers
from benchmark.services.report_files import read_report
from benchmark.services.reports import LANGUAGES, mark_failed, render_report, request_report
from portal.models import Organisation, User
from surveys.management.staff_command import StaffCommand
from surveys.models import Round


class Command(StaffCommand):
    """Asks for reports as staff do in the browser; with --inline also makes them, without a worker."""

    help = "Make the PDF reports of a published round. Without --inline they are put in line for the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """ROUND and which organisations, language, how and where."""
        parser.add_argument("round", help="code of the round")
        parser.add_argument("--organisation", action="append", metavar="CODE", help="only this one; may be repeated")
        parser.add_argument("--language", choices=LANGUAGES, default="nl")
        parser.add_argument("--limit", type=int, help="at most so many organisations, in order of name")
        parser.add_argument("--inline", action="store_true", help="make them here and now")
        parser.add_argument("--output", type=Path, help="with --inline: a folder for copies, named CODE-LANGUAGE.pdf")

    def handle(self, *args: Any, **options: Any) -> None:
        """Put reports in line, or make them one by one."""
        if options["output"] and not options["inline"]:
            raise CommandError("--output needs --inline: a worker writes to the portal's own folder only.")
        with self.acting(options["by"]) as user:
            organisations = self._organisations(options)
        if not options["inline"]:
            with self.acting(options["by"]) as user:
                round_ = Round.objects.get(code=options["round"])
                jobs = [request_report(one, round_, options["language"], by=user) for one in organisations]
            started = sum(job is not None for job in jobs)
            self.stdout.write(f"{started} reports put in line, {len(jobs) - started} were there already.")
            return
        failed = [one.code for one in organisations if not self._make(one, options, user)]
        if failed:
            raise CommandError(f"No report of {', '.join(failed)}.")

    def _organisations(self, options: dict[str, Any]) -> list[Organisation]:
        round_ = Round.objects.filter(code=options["round"]).first()
        if round_ is None:
            raise CommandError(f"There is no round {options['round']!r}.")
        found = organisations_with_answers(round_)
        wanted = options["organisation"]
        if wanted:
            found = found.filter(code__in=wanted)
            missing = sorted(set(wanted) - set(found.values_list("code", flat=True)))
            if missing:
                raise CommandError(f"No answers of {', '.join(missing)} in round {round_.code}.")
        return list(found[: options["limit"]])

    def _make(self, organisation: Organisation, options: dict[str, Any], user: User | None) -> bool:
        """Ask, make, and copy one report; False, with the reason printed, when it could not be made."""
        language = options["language"]
        with self.acting(options["by"]):
            round_ = Round.objects.get(code=options["round"])
            request_report(organisation, round_, language, by=user, in_line=False)
            found = Report.objects.filter(organisation=organisation, release__round=round_, language=language)
            report = found.order_by("-release__edition").first()
        if report is None:
            raise CommandError(f"No report of {organisation.code}.")
        started = time.perf_counter()
        try:
            made = render_report(report.pk, organisation.pk)
        except RenderingFailed as error:
            mark_failed(report.pk)
            self.stderr.write(f"{organisation.code}: {error}")
            return False
        seconds = time.perf_counter() - started
        data = read_report(report.file)
        cost = f"{made.pdf.pages} pages, {made.pdf.cpu_seconds:.1f} CPU s in the renderer" if made else "there already"
        self.stdout.write(f"{organisation.code}: {cost}, {len(data) / 1000:.0f} kB, {seconds:.1f} s")
        if options["output"]:
            options["output"].mkdir(parents=True, exist_ok=True)
            (options["output"] / f"{organisation.code}-{language}.pdf").write_bytes(data)
        return True
