"""Freezing a round: the answers of all who submitted become columns of bytes with hashes, the input of a release.

Reading takes seconds and shows its progress, so it happens before the round is locked. Under the lock the fingerprint
of what was read is taken again: when anything changed in between, all is read once more while nothing can change.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from portal.errors import NotPossibleNow
from portal.models import Organisation, User
from portal.tenancy import worker_scope
from surveys.models import ColumnSnapshot, Edition, Round, Submission, UnattributedAmount
from surveys.questionnaire import QuestionnaireFile, column_values
from surveys.selectors.exclusions import excluded_questions
from surveys.selectors.panels import answers_of_organisations, panel_rows
from surveys.services.rounds import advance_round, lock_round
from surveys.snapshots import Column, Panel, Status

Progress = Callable[[int, int], None]
BATCH = 500  # organisations read at once: bounds memory, and lets progress be seen in between


@dataclass(frozen=True, eq=False)
class FrozenInputs:
    """What is frozen of a round: who took part, a column per question, and amounts that belong to no organisation."""

    fingerprint: str
    panel: Panel
    columns: dict[str, Column]
    unattributed: dict[str, float]

    def content_hash(self) -> str:
        """SHA-256 over the hashes of panel and columns and over the amounts; equal inputs have equal hashes."""
        lines = [f"panel {self.panel.content_hash()}"]
        lines += [f"column {code} {column.content_hash()}" for code, column in sorted(self.columns.items())]
        lines += [f"unattributed {code} {total!r}" for code, total in sorted(self.unattributed.items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def freeze_round_edition(
    round_id: int,
    edition: int,
    *,
    by: User | None,
    progress: Progress,
    finishing: Callable[[], AbstractContextManager[None]],
) -> None:
    """Write the edition's frozen inputs and advance the round, in the one transaction of `finishing`.

    An edition that exists already is left as it is. Raises NotPossibleNow when the round is not closed any more or has
    no submissions.
    """
    with worker_scope():
        is_frozen = _is_frozen(round_id, edition)
    inputs = None if is_frozen else read_inputs(round_id, progress)
    with finishing():
        current = lock_round(round_id)
        if _is_frozen(round_id, edition):
            return
        if current.edition != edition:
            raise NotPossibleNow(_("The round has moved on to another edition since this freeze was asked for."))
        if inputs is None or inputs.fingerprint != fingerprint(round_id):
            inputs = read_inputs(round_id)
        if not len(inputs.panel):
            raise NotPossibleNow(_("Nobody has submitted answers to this round: there is nothing to freeze."))
        _store(current, inputs)
        advance_round(round_id, "freeze", by=by)


def _is_frozen(round_id: int, edition: int) -> bool:
    return Edition.objects.filter(round_id=round_id, number=edition).exists()


def _store(current: Round, inputs: FrozenInputs) -> None:
    edition = Edition.objects.create(
        round=current,
        number=current.edition,
        panel=inputs.panel.to_bytes(),
        unattributed=inputs.unattributed,
        organisations=len(inputs.panel),
        content_hash=inputs.content_hash(),
    )
    ColumnSnapshot.objects.bulk_create(
        [
            ColumnSnapshot(edition=edition, column=code, values=column.to_bytes(), content_hash=column.content_hash())
            for code, column in inputs.columns.items()
        ],
        batch_size=50,
    )
    # An organisation may move (to another region, say) later: its own pages keep to the groups it was counted in.
    counted = Submission.objects.filter(round=current, organisation__in=inputs.panel.organisation.tolist())
    now = Organisation.objects.filter(pk=OuterRef("organisation_id")).values("dimensions")
    counted.update(dimensions=Subquery(now))


def fingerprint(round_id: int) -> str:
    """Differs as soon as an answer, a submission, an amount, a withdrawal, an exclusion or an organisation was written.

    Made of row ids and their writing transactions (`xmin`), so that no kind of change can be forgotten.
    """
    submissions = "SELECT id, organisation_id FROM surveys_submission WHERE round_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS ({submissions}), rows AS ("  # noqa: S608  constants only
            " SELECT 'a' AS kind, a.id, a.xmin FROM surveys_answer a JOIN s ON s.id = a.submission_id"
            " UNION ALL SELECT 's', t.id, t.xmin FROM surveys_submission t JOIN s ON s.id = t.id"
            " UNION ALL SELECT 'o', o.id, o.xmin FROM portal_organisation o JOIN s ON s.organisation_id = o.id"
            " UNION ALL SELECT 'u', u.id, u.xmin FROM surveys_unattributedamount u WHERE u.round_id = %s"
            " UNION ALL SELECT 'w', w.id, w.xmin FROM surveys_withdrawal w"
            " WHERE w.round_id = %s OR w.round_id IS NULL"
            " UNION ALL SELECT 'x', x.id, x.xmin FROM surveys_exclusion x JOIN s ON s.id = x.submission_id)"
            " SELECT md5(string_agg(kind || id || ':' || xmin::text, ',' ORDER BY kind, id)) FROM rows",
            [round_id, round_id, round_id],
        )
        row = cursor.fetchone()
    return str(row[0] if row else "")


def read_inputs(round_id: int, progress: Progress | None = None) -> FrozenInputs:
    """Read the submitted answers of a round into panel and columns, some hundreds of organisations at a time.

    Enters the worker's scope itself, once per batch, so that `progress` between batches is visible at once. A change
    between two batches shows in the fingerprint, which is taken first.
    """
    with worker_scope():
        mark = fingerprint(round_id)
        current = Round.objects.select_related("version__questionnaire").get(pk=round_id)
        file = current.version.file
        panel = read_panel(current, file)
        amounts = UnattributedAmount.objects.filter(round=current).order_by("column").values_list("column", "total")
        unattributed = dict(amounts)
        excluded = excluded_questions(current)
    specs = [spec for spec in file.columns() if spec.kind != "text"]
    values = {spec.code: np.full(len(panel), np.nan) for spec in specs}
    status = {spec.code: np.full(len(panel), int(Status.NONRESPONSE), dtype=np.uint8) for spec in specs}
    for start in range(0, len(panel), BATCH):
        if progress is not None:
            progress(start, len(panel))
        organisations = panel.organisation[start : start + BATCH].tolist()
        with worker_scope():
            answers = answers_of_organisations(current, organisations)
        for place, organisation in enumerate(organisations, start):
            frozen = column_values(file, answers.get(organisation, {}))
            left_out = excluded.get(organisation, frozenset())
            for spec in specs:
                one = frozen[spec.code]
                values[spec.code][place], status[spec.code][place] = one.value, int(one.status)
                if spec.question in left_out and int(one.status) == Status.ANSWERED:
                    values[spec.code][place], status[spec.code][place] = np.nan, int(Status.EXCLUDED)
    columns = {spec.code: Column(values[spec.code], status[spec.code]) for spec in specs}
    return FrozenInputs(mark, panel, columns, unattributed)


def read_panel(current: Round, file: QuestionnaireFile) -> Panel:
    """Who submitted, by organisation id; dimensions in the questionnaire's order, their options in the declared order.

    Values of an open dimension are sorted. A value that is no option counts as unknown: it has no peer group.
    """
    rows = list(panel_rows(current))
    categories = {one.code: [option.code for option in one.options] for one in file.dimensions}
    dimensions: dict[str, list[str | None]] = {}
    for one in file.dimensions:
        values = [row[2].get(one.code) or None for row in rows]
        if one.open:
            categories[one.code] = sorted({value for value in values if value})
        known = set(categories[one.code])
        dimensions[one.code] = [value if value in known else None for value in values]
    return Panel.build([row[0] for row in rows], dimensions, [row[1] for row in rows], categories)
