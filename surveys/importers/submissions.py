"""Importing a round from files: organisations first, then a row of answers per organisation, all or nothing."""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from portal.models import Organisation, User
from surveys.importers.answer_rows import AnswerReader, AnswerRows, KnownWorld
from surveys.importers.cells import NumberStyle
from surveys.importers.columns import ColumnPlan, plan_columns
from surveys.importers.organisation_rows import read_organisations
from surveys.importers.report import ImportReport, Remark
from surveys.importers.table_file import TableFile, read_table
from surveys.models import Round
from surveys.questionnaire.lineage import answers_then
from surveys.selectors.panels import answers_of_round
from surveys.selectors.previous import lineage
from surveys.selectors.rounds import previous_round
from surveys.services.imports import (
    has_unattributed,
    hold_round_for_import,
    imported_organisations,
    kept_back,
    record_import,
    store_submissions,
    store_unattributed,
)
from surveys.services.organisations import save_organisations


@dataclass(frozen=True)
class ImportFiles:
    """What is imported: the answers, perhaps the organisations, and how to read them."""

    answers: bytes
    answers_name: str
    organisations: bytes | None = None
    organisations_name: str = ""
    numbers: str | None = None
    ignored: Sequence[str] = field(default=())


def import_submissions(
    round_id: int, files: ImportFiles, *, by: User | None, dry_run: bool = False, is_invented: bool = False
) -> ImportReport:
    """Import the files into a round, in one transaction inside the caller's staff scope.

    A dry run does the same work and rolls it back, so its report says what would happen. Raises InvalidInput when a
    file cannot be used as a whole, NotPossibleNow when the round is frozen.
    """
    started = time.perf_counter()
    with transaction.atomic():
        current = hold_round_for_import(round_id)
        report = ImportReport(current.code, files.answers_name, dry_run)
        file = current.version.file
        table = read_table(files.answers, files.answers_name, file.import_mapping.organisation)
        plan = plan_columns(table, file, files.ignored)
        if files.organisations is not None:
            _import_organisations(files, current, report, by=by, is_invented=is_invented)
        read = _read_answers(current, table, plan, files.numbers)
        _store(current, plan, read, report, files, by=by)
        if dry_run:
            transaction.set_rollback(True)
    report.counts["rows"] = len(table.rows) + len(table.ragged)
    report.seconds = time.perf_counter() - started
    return report


def _import_organisations(
    files: ImportFiles, current: Round, report: ImportReport, *, by: User | None, is_invented: bool
) -> None:
    file = current.version.file
    data = files.organisations or b""
    table = read_table(data, files.organisations_name, file.import_mapping.organisation)
    rows, report.organisation_remarks = read_organisations(table, file)
    keep_group = file.import_mapping.group is None
    counts = save_organisations(rows, by=by, is_invented=is_invented, keep_group=keep_group)
    report.organisations = {
        "rows": len(table.rows) + len(table.ragged),
        "created": len(counts.created),
        "updated": len(counts.updated),
        "unchanged": len(counts.unchanged),
    }


def _read_answers(current: Round, table: TableFile, plan: ColumnPlan, numbers: str | None) -> AnswerRows:
    file = current.version.file
    keys = {row.cells[plan.organisation] for row in table.rows}
    before = previous_round(current)
    joined = lineage(before.version, current.version) if before else {}
    compared = [joined[one.code][0] for one in file.questions if one.bounds_change and one.code in joined]
    covered = {cells.question.code for cells in plan.questions}
    others = [question.code for question in file.questions if question.code not in covered]
    organisations = list(Organisation.objects.filter(code__in=keys).values_list("code", "pk", "dimensions"))
    world = KnownWorld(
        {code: pk for code, pk, _dimensions in organisations},
        kept_back(current.pk),
        {pk: answers_then(joined, then) for pk, then in answers_of_round(before, compared).items()}
        if before and compared
        else {},
        answers_of_round(current, others) if others else {},
        {pk: dimensions for _code, pk, dimensions in organisations},
    )
    style = NumberStyle.of(table.delimiter, numbers)
    reader = AnswerReader(table, plan, file, period=current.reference_period, style=style, world=world)
    return reader.read()


def _store(
    current: Round,
    plan: ColumnPlan,
    read: AnswerRows,
    report: ImportReport,
    files: ImportFiles,
    *,
    by: User | None,
) -> None:
    questions = [cells.question.code for cells in plan.questions]
    left_alone = _left_alone(current, plan, read)
    stored = store_submissions(current, read.submissions, questions, by=by)
    amounts = {column: (math.fsum(numbers), len(numbers)) for column, numbers in read.unattributed.items()}
    report.remarks, report.totals = [*read.remarks, *left_alone], read.totals
    report.prove_totals()
    report.counts = {
        "imported": len(read.submissions),
        "created": len(stored.created),
        "updated": len(stored.updated),
        "unchanged": len(stored.unchanged),
        "unattributed": read.unattributed_rows,
        # A file without such rows (cut off, refused, or of a few organisations) says nothing about these amounts.
        "unattributed_changed": store_unattributed(current, amounts, plan.numeric) if read.unattributed_rows else 0,
        "rejected_rows": read.rejected_rows,
        "rejected": len(report.rejected),
        "flagged": len(report.flagged),
    }
    if not report.is_unchanged:
        digest = hashlib.sha256(files.answers).hexdigest()
        record_import(current, by=by, file=files.answers_name, sha256=digest, counts=report.counts)


def _left_alone(current: Round, plan: ColumnPlan, read: AnswerRows) -> list[Remark]:
    """Notices about what an earlier import brought and this file does not repeat: a cut-off file shows itself here."""
    column = plan.header[plan.organisation]
    notices = []
    missing = len(imported_organisations(current) - {one.organisation for one in read.submissions})
    if missing:
        said = f"{missing} organisations that were imported earlier are not in this file (or were refused above)"
        notices.append(Remark(1, column, "", f"{said}; their answers stay as they are.", "notice", "not_in_file"))
    keys = current.version.file.import_mapping.unattributed
    if keys and not read.unattributed_rows and has_unattributed(current):
        said = f"no usable row of “{', '.join(keys)}”: the amounts of an earlier import that belong to no organisation"
        notices.append(Remark(1, column, "", f"{said} stay as they are.", "notice", "unattributed"))
    return notices
