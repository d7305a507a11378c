"""The answers of a round as columns for the checks; for the roles of staff and workers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveys.models import Round
from surveys.questionnaire import (
    Answers,
    AnswerStatus,
    AnswerValue,
    ColumnSpec,
    QuestionnaireFile,
    column_values,
    counted_answers,
)
from surveys.selectors.panels import answers_of_organisations
from surveys.selectors.previous import lineage
from surveys.selectors.rounds import previous_round
from surveys.validation import Measured
from surveys.validation.robust import FloatArray

AMOUNTS = ("number", "money", "duration", "matrix")
SKIPPED = ("date", "period")
SCALES = ("likert", "nps")  # chosen from a few points
BATCH = 500  # organisations read at once: bounds memory


@dataclass(frozen=True, eq=False)
class RoundValues:
    """`columns` in the order of the questionnaire, rows in the order of `organisations`. `texts` and `choices`: what
    each organisation wrote or chose, by question; "" for nothing, options in their own codes.
    """

    organisations: tuple[int, ...]
    columns: tuple[Measured, ...]
    texts: Mapping[str, Sequence[str]]
    choices: Mapping[str, Sequence[str]]


def measured_columns(file: QuestionnaireFile) -> list[ColumnSpec]:
    """The columns that hold numbers to be checked."""
    return [one for one in file.columns() if one.kind == "number" and file.question(one.question).type not in SKIPPED]


def round_values(current: Round, organisations: Sequence[int]) -> RoundValues:
    """What these organisations submitted, beside their own values of last round where the definition is the same."""
    file = current.version.file
    specs = measured_columns(file)
    words = _Words(file, len(organisations))
    now = _values(current, file, specs, organisations, words)
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
    themes = {question.code: section.code for section in file.sections for question in section.questions}
    columns = tuple(
        Measured(
            one.code,
            now[one.code],
            before.get(one.code, nothing),
            file.question(one.question).type not in AMOUNTS,
            themes[one.question],
        )
        for one in specs
    )
    return RoundValues(tuple(organisations), columns, words.texts, words.choices)


class _Words:
    """What was written and chosen, question by question; whose words nobody has are left out."""

    def __init__(self, file: QuestionnaireFile, count: int) -> None:
        self.file, self.count = file, count
        self.texts: dict[str, list[str]] = {}
        self.choices: dict[str, list[str]] = {}

    def add(self, place: int, answers: Answers) -> None:
        """The answers of one organisation."""
        for code, one in counted_answers(self.file, answers).items():
            self._put(self.texts, code, place, one.text or "")
            self._put(self.choices, code, place, self._chosen(code, one))

    def _put(self, to: dict[str, list[str]], code: str, place: int, words: str) -> None:
        if words:
            to.setdefault(code, [""] * self.count)[place] = words

    def _chosen(self, code: str, one: AnswerValue) -> str:
        if one.number is not None:
            return f"{one.number:g}" if self.file.question(code).type in SCALES else ""
        return one.choice or "|".join(sorted(one.choices))


def _values(
    current: Round,
    file: QuestionnaireFile,
    specs: Sequence[ColumnSpec],
    organisations: Sequence[int],
    words: _Words | None = None,
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
            if words is not None:
                words.add(place, given)
            for one in specs:
                if values[one.code].status == AnswerStatus.ANSWERED:
                    found[one.code][place] = values[one.code].value
    return found
