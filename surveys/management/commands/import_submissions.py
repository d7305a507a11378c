"""`manage.py import_submissions ROUND FILE.csv`: a row of answers per organisation into a round."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from surveys.importers.report import ImportReport, Remark, total_lines
from surveys.importers.submissions import ImportFiles, import_submissions
from surveys.management.staff_command import StaffCommand, source_name
from surveys.selectors.rounds import round_by_code

SHOWN_PER_KIND = 20


class Command(StaffCommand):
    """Imports answers, and organisations when asked."""

    help = "Import a CSV file with a row per organisation and a column per question into a round."

    def add_arguments(self, parser: CommandParser) -> None:
        """ROUND, FILE and how to read it."""
        parser.add_argument("round", metavar="ROUND", help="code of the round")
        parser.add_argument("file", metavar="FILE.csv", help="answers, or - for standard input")
        parser.add_argument("--organisations", metavar="FILE.csv", help="organisations to create or update first")
        parser.add_argument("--dry-run", action="store_true", help="report everything and import nothing")
        parser.add_argument("--report", metavar="FILE.json", help="also write the whole report for machines")
        parser.add_argument("--numbers", choices=["nl", "en"], help="how numbers are written: nl 1.234,5 or en 1,234.5")
        parser.add_argument(
            "--ignore-column", action="append", default=[], metavar="NAME", help="a column to leave out; repeatable"
        )
        parser.add_argument("--invented", action="store_true", help="mark new organisations as invented")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report; ends with an error when nothing at all could be imported."""
        files = self._files(options)
        with self.acting(options["by"]) as by:
            current = round_by_code(options["round"])
            if current is None:
                raise CommandError(f"There is no round with the code “{options['round']}”. See `manage.py round list`.")
            report = import_submissions(
                current.pk, files, by=by, dry_run=options["dry_run"], is_invented=options["invented"]
            )
        if options["report"]:
            Path(options["report"]).write_text(
                json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
        for line in report_lines(report, everything=options["verbosity"] > 1):
            self.stdout.write(line)
        if report.counts["rows"] and not report.counts["imported"] and not report.counts["unattributed"]:
            raise CommandError("No row could be imported; the lines above say why.")

    def _files(self, options: dict[str, Any]) -> ImportFiles:
        organisations = options["organisations"]
        return ImportFiles(
            self.read_bytes(options["file"]),
            source_name(options["file"]),
            self.read_bytes(organisations) if organisations else None,
            source_name(organisations or ""),
            options["numbers"],
            options["ignore_column"],
        )


def report_lines(report: ImportReport, *, everything: bool = False) -> list[str]:
    """The report for people: every rejection, the first flags of each kind, counts and control totals."""
    lines = [f"organisations: {remark}" for remark in sorted(report.organisation_remarks)]
    lines += [f"rejected  {remark}" for remark in report.rejected]
    lines += _flag_lines(report.flagged, everything=everything)
    lines += [f"notice    {remark}" for remark in report.of_kind("notice")]
    if report.organisations:
        lines.append("Organisations: " + _counts(report.organisations) + ".")
    lines += ["Control totals (sums over the file = imported + unattributed + rejected):", *total_lines(report.totals)]
    lines.append(f"Rows: {_counts(report.counts)}.")
    return [*lines, _last_line(report)]


def _flag_lines(flagged: list[Remark], *, everything: bool) -> list[str]:
    counts: Counter[str] = Counter()
    lines = []
    for remark in flagged:
        counts[remark.code] += 1
        if everything or counts[remark.code] <= SHOWN_PER_KIND:
            lines.append(f"flagged   {remark}")
    for code, count in counts.items():
        if not everything and count > SHOWN_PER_KIND:
            lines.append(
                f"flagged   … and {count - SHOWN_PER_KIND} more of {code} (--verbosity 2 or --report shows all)"
            )
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())


def _last_line(report: ImportReport) -> str:
    seconds = f"{report.seconds:.1f} s"
    if report.dry_run:
        return f"Dry run: nothing was imported into {report.round} ({seconds})."
    if report.is_unchanged:
        return f"Unchanged: {report.round} already holds all of this ({seconds})."
    return f"Imported into {report.round} ({seconds})."
