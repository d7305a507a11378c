"""What can be answered at all: the options of choices, the ranges of numbers, and what an organisation can be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.questionnaire.compiling.linear import FAR, Line, Row, Variable
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Question, Range
from surveys.questionnaire.piping import ORGANISATION, ROUND
from surveys.questionnaire.question_types.dates import MomentType
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.questionnaire.question_types.percentage_set import PercentageSetType

YEARS = Variable(1900, 2100, True)
DAYS = (-25_567.0, 47_482.0)  # 1900 to 2099


@dataclass(frozen=True)
class Domains:
    """`choices`: name → options; `flags`: option of a multiple choice → whether it excludes the others; `numbers`:
    name → range; `sums`: rows that hold by the nature of a question, by its code.
    """

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, Variable] = field(default_factory=dict)
    sums: Mapping[str, Row] = field(default_factory=dict)


def domains_of(file: QuestionnaireFile) -> Domains:
    """Everything that can be answered to a questionnaire."""
    choices: dict[str, tuple[str, ...]] = {}
    flags: dict[str, bool] = {}
    numbers: dict[str, Variable] = {ROUND + "year": Variable(2000, 2100, True), ROUND + "month": Variable(1, 12, True)}
    sums: dict[str, Row] = {}
    for dimension in file.dimensions:
        choices[ORGANISATION + dimension.code] = tuple(option.code for option in dimension.options)
    for question in file.questions:
        kind = question_type(question)
        if question.type == "multiple_choice":
            flags |= {f"{question.code}.{one.code}": one.exclusive for one in kind.options(question)}
        elif kind.options(question):
            choices[question.code] = tuple(one.code for one in kind.options(question))
        else:
            numbers |= _numbers(question)
        if isinstance(kind, PercentageSetType):
            parts = {f"{question.code}.{code}": 1.0 for code in kind.part_codes(question)}
            sums[question.code] = Row(Line(parts), kind.total(question) - 0.05, kind.total(question) + 0.05)
    return Domains(choices, flags, numbers, sums)


def _numbers(question: Question) -> dict[str, Variable]:
    kind = question_type(question)
    if isinstance(kind, MatrixType):
        return {
            f"{question.code}.{cell.code}": _variable(cell.question.hard, cell.question.decimals)
            for cell in kind.cells(question)
        }
    if isinstance(kind, PercentageSetType):
        one = Variable(0.0, kind.total(question), question.decimals == 0)
        return {f"{question.code}.{code}": one for code in kind.part_codes(question)}
    if question.scale is not None:
        return {question.code: Variable(question.scale.min, question.scale.max, True)}
    if isinstance(kind, MomentType):
        return {question.code: _moment(question, kind)}
    if [column.kind for column in kind.columns(question)] == ["number"]:
        return {question.code: _variable(question.hard, question.decimals)}
    return {}


def _variable(hard: Range | None, decimals: int | None) -> Variable:
    low = -FAR if hard is None or hard.min is None else hard.min
    high = FAR if hard is None or hard.max is None else hard.max
    return Variable(math.ceil(low), math.floor(high), True) if decimals == 0 else Variable(low, high, False)


def _moment(question: Question, kind: MomentType) -> Variable:
    bounds = kind.bounds(question)
    parts = {"year": 1, "quarter": 4, "month": 12}.get(question.precision or "", 0)
    low, high = (YEARS.low * parts, YEARS.high * parts) if parts else DAYS
    return Variable(low if bounds.min is None else bounds.min, high if bounds.max is None else bounds.max, True)
