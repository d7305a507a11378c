"""The answers of a round as columns for the checks; for the roles of staff and workers only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveys.models import Round
from surveys.questionnaire import AnswerStatus, ColumnSpec, QuestionnaireFile, column_values
from surveys.selectors.panels import answers_of_organisations
from surveys.selectors.previous import lineage
from surveys.selectors.rounds import previous_round
from surveys.validation import Measured
from surveys.validation.robust import FloatArray

AMOUNTS = ("number", "money", "duration", "matrix")
SKIPPED = ("date", "period")
BATCH = 500  # organisations read at once: bounds memory


@dataclass(frozen=True, eq=False)
class RoundValues:
    """`columns` in the order of the questionnaire, rows in the order of `organisations`."""

    organisations: tuple[int, ...]
    columns: tuple[Measured, ...]


def measured_columns(file: QuestionnaireFile) -> list[ColumnSpec]:
    """The columns that hold numbers to be checked."""
    return [one for one in file.columns() if one.kind == "number" and file.question(one.question).type not in SKIPPED]


def round_values(current: Round, organisations: Sequence[int]) -> RoundValues:
    """What these organisations submitted, beside their own values of last round where the definition is the same."""
    file = current.version.file
    specs = measured_columns(file)
    now = _values(current, file, specs, organisations)
    before: dict[str, FloatArray] = {}
    earlier = previous_round(current)
    if earlier is not None:
        names = lineage(earlier.version, current.version)
        old = earlier.version.file
        known = {one.code: one for one in measured_columns(old)}
        renamed = {
            one.code: known[names[one.question][0] + one.code.removeprefix(one.question)]
            for one in specs
            if one.question in names and names[one.question][0] + one.code.removeprefix(one.question) in known
        }
        values = _values(earlier, old, sorted(set(renamed.values()), key=lambda one: one.code), organisations)
        before = {code: values[one.code] for code, one in renamed.items()}
    nothing = np.full(len(organisations), np.nan)
    columns = tuple(
        Measured(
            one.code, now[one.code], before.get(one.code, nothing), file.question(one.question).type not in AMOUNTS
        )
        for one in specs
    )
    return RoundValues(tuple(organisations), columns)


def _values(
    current: Round, file: QuestionnaireFile, specs: Sequence[ColumnSpec], organisations: Sequence[int]
) -> dict[str, FloatArray]:
    found = {one.code: np.full(len(organisations), np.nan) for one in specs}
    for start in range(0, len(organisations), BATCH):
        batch = organisations[start : start + BATCH]
        answers = answers_of_organisations(current, batch)
        for place, organisation in enumerate(batch, start):
            given = answers.get(organisation)
            if not given:
                continue
            values = column_values(file, given)
            for one in specs:
                if values[one.code].status == AnswerStatus.ANSWERED:
                    found[one.code][place] = values[one.code].value
    return found
