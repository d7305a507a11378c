"""What one organisation answered itself, as values of the indicators: joined to a release when a page is made.

The same functions as in the computation, on one row: so an own value equals what entered the released figures. Read
in the participant's scope, from that organisation's answers alone, and never stored.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from benchmark.stats.columns import Column, Status
from benchmark.stats.indicators import Indicator, IndicatorFile, option_codes
from benchmark.stats.kpis import Flag, MissingColumn, kpi_values
from portal.models import Organisation
from surveys.models import Round, Submission
from surveys.questionnaire import Answers, QuestionnaireFile, column_values
from surveys.selectors.answers import answer_rows, submission_of, values_of
from surveys.selectors.exclusions import excluded_at
from surveys.selectors.profile import profile_values


@dataclass(frozen=True)
class OwnValue:
    """One indicator of one organisation.

    `value`: in the indicator's unit, None where `status` is not ANSWERED and for a share. `options`: codes of the
    chosen options of a share. `without_denominator`: the answers are there, but one divides by zero.
    """

    status: Status
    value: float | None = None
    options: tuple[str, ...] = ()
    without_denominator: bool = False


@dataclass(frozen=True)
class OwnValues(Mapping[str, OwnValue]):
    """Own values by KPI code; empty when the organisation did not submit answers to the round.

    `newer`: answers were changed after the results beside which they are shown were made (a correction is under way,
    or an older edition is read), so they are not what entered those results.
    """

    took_part: bool = False
    by_kpi: Mapping[str, OwnValue] = field(default_factory=dict)
    newer: bool = False

    def __getitem__(self, kpi: str) -> OwnValue:
        return self.by_kpi[kpi]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_kpi)

    def __len__(self) -> int:
        return len(self.by_kpi)


def own_values(
    organisation: Organisation, round_: Round, indicators: IndicatorFile, *, computed_at: datetime | None = None
) -> OwnValues:
    """The organisation's own values of every indicator; needs the participant's scope (three queries).

    Only submitted answers count: those are what entered the release. `computed_at`: when the results were made beside
    which they are shown; nothing can be answered between a freeze and that moment.
    """
    submission = submission_of(organisation, round_)
    if submission is None or submission.state != Submission.State.SUBMITTED:
        return OwnValues()
    file = round_.version.file
    rows = answer_rows(submission)
    left_out = excluded_at(submission, computed_at)
    newer = computed_at is not None and any(row.updated_at > computed_at for row in rows.values())
    answers = profile_values(file, round_, organisation) | values_of(file, rows)
    return OwnValues(True, values_of_answers(indicators, file, answers, left_out), newer)


def rounds_taken_part(organisation: Organisation, rounds: Sequence[Round]) -> frozenset[int]:
    """Ids of those of `rounds` to which the organisation submitted answers."""
    submitted = Submission.objects.filter(
        organisation=organisation, round__in=[one.pk for one in rounds], state=Submission.State.SUBMITTED
    )
    return frozenset(submitted.values_list("round_id", flat=True))


def values_of_answers(
    indicators: IndicatorFile, file: QuestionnaireFile, answers: Answers, left_out: Collection[str] = ()
) -> dict[str, OwnValue]:
    """The value of every indicator that can be computed from these answers, by code.

    `left_out`: questions whose answers a validator excluded.
    """
    specs = {spec.code: spec for spec in file.columns() if spec.kind != "text"}
    columns = {}
    for code, found in column_values(file, answers).items():
        if code in specs:
            excluded = specs[code].question in left_out and int(found.status) == Status.ANSWERED
            columns[code] = Column.from_values([found.value], [int(Status.EXCLUDED if excluded else found.status)])
    values = {}
    for indicator in indicators.items:
        own = _own_value(indicator, file, columns)
        if own is not None:
            values[indicator.code] = own
    return values


def _own_value(indicator: Indicator, file: QuestionnaireFile, columns: Mapping[str, Column]) -> OwnValue | None:
    if indicator.question and not file.has_question(indicator.question.partition(".")[0]):
        return None
    options = option_codes(indicator, file)
    try:
        found = kpi_values(indicator, columns, None, options)
    except MissingColumn:
        return None
    status = Status(int(found.status[0]))
    if status is not Status.ANSWERED:
        return OwnValue(status, without_denominator=bool(found.flagged(Flag.ZERO_DENOMINATOR)))
    if found.chosen is not None:
        return OwnValue(status, options=tuple(options[i] for i in np.flatnonzero(found.chosen[0])))
    value = float(found.value[0])
    return OwnValue(status, value) if math.isfinite(value) else OwnValue(Status.NOT_APPLICABLE)
