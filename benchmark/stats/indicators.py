"""Indicator definitions: reviewed YAML files that say what an indicator is, precisely.

Loading gives frozen objects or every problem at once, each with its line.
"""

from collections import Counter
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from surveys.questionnaire.expressions import parse_expression
from surveys.questionnaire.file import QuestionnaireFile
from surveys.questionnaire.located import Located, QuestionnaireErrors, read_located

Kind = Literal["ratio", "value", "share"]
Direction = Literal["higher", "lower", "neutral"]
ScaleType = Literal["unbounded", "bounded", "signed"]
Headline = Literal["ratio", "mean", "median", "share"]
Unit = Literal["s", "%", "eur", "score", "count", "days", "fte", "per_1000", "eur_per_hour"]
Relation = Literal["same", "equivalent", "broken"]

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class IndicatorErrors(QuestionnaireErrors):
    """The indicator file is not usable; `.problems` lists everything that is wrong, with lines."""


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocalText(RootModel[dict[Literal["nl", "en"], str]]):
    """One text in each language of the file; at least one is not empty."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _has_a_text(self) -> Self:
        if not any(text.strip() for text in self.root.values()):
            raise ValueError("needs a text in at least one language")
        return self

    def text(self, language: str) -> str:
        """The text in this language, else in the first language that has one."""
        for code, text in self.root.items():
            if code == language and text.strip():
                return text
        return next(text for text in self.root.values() if text.strip())


class Range(_Definition):
    """Legal range of the value; None means no limit on that side."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("min must be less than max")
        return self


class Lineage(_Definition):
    """How this version's figure relates to the last one's; a broken lineage ends the series."""

    relation: Relation = "same"
    since: str | None = None
    note: LocalText | None = None


class Indicator(_Definition):
    """One KPI: what is measured, in which unit, and which direction is good.

    `denominator_public`: everybody knows each organisation's denominator (a practice's list size).
    """

    code: Code
    theme: str
    name: LocalText
    kind: Kind
    numerator: str | None = None
    denominator: str | None = None
    denominator_public: bool = False
    question: str | None = None
    scale: float = 1.0
    unit: Unit
    decimals: int = Field(default=0, ge=0, le=6)
    direction: Direction
    range: Range = Range()
    scale_type: ScaleType = "unbounded"
    sensitive: bool = False
    headline: Headline | None = None
    definition: LocalText
    why_it_matters: LocalText | None = None
    lineage: Lineage = Lineage()

    @field_validator("numerator", "denominator")
    @classmethod
    def _is_arithmetic(cls, text: str | None) -> str | None:
        if text is not None:
            expression = parse_expression(text)
            if not expression.names:
                raise ValueError(f"the expression `{text}` reads no column")
            # Trying it on one row refuses conditions and texts, which an expression may hold elsewhere.
            expression.evaluate_arrays({name: np.ones(1) for name in expression.names})
        return text

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> Self:
        if self.kind == "ratio":
            if not self.numerator or not self.denominator or self.question:
                raise ValueError("kind ratio needs numerator and denominator, and no question")
        elif not self.question or self.numerator or self.denominator:
            raise ValueError(f"kind {self.kind} needs a question, and no numerator or denominator")
        if self.denominator_public and self.kind != "ratio":
            raise ValueError("denominator_public belongs to kind ratio")
        if self.headline and self.headline not in HEADLINES[self.kind]:
            raise ValueError(f"headline of kind {self.kind} must be one of {', '.join(HEADLINES[self.kind])}")
        if self.scale_type == "bounded" and (self.range.min is None or self.range.max is None):
            raise ValueError("scale_type bounded needs range.min and range.max")
        return self

    @property
    def headline_figure(self) -> Headline:
        """Which figure the national overview shows: as declared, or the first of its kind."""
        return self.headline or HEADLINES[self.kind][0]

    @property
    def headline_statistic(self) -> str | None:
        """Name of the headline's statistic in a release; None for a share (it has one per option)."""
        return {"ratio": "ratio", "mean": "mean", "median": "p50", "share": None}[self.headline_figure]

    @property
    def columns(self) -> tuple[str, ...]:
        """Codes of the columns that the indicator reads, in order of appearance."""
        if self.question:
            return (self.question,)
        parts = [parse_expression(text).names for text in (self.numerator, self.denominator) if text]
        return tuple(dict.fromkeys(name for names in parts for name in names))


HEADLINES: dict[Kind, tuple[Headline, ...]] = {
    "ratio": ("ratio", "mean", "median"),
    "value": ("mean", "median"),
    "share": ("share",),
}


class IndicatorFile(_Definition):
    """All indicators of one version of one questionnaire."""

    indicators: Code
    version: str
    questionnaire: str
    items: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        if not self.items:
            raise ValueError("the file holds no indicator")
        twice = sorted(code for code, times in Counter(item.code for item in self.items).items() if times > 1)
        if twice:
            raise ValueError(f"more than one indicator with code {', '.join(twice)}")
        return self

    def item(self, code: str) -> Indicator:
        """The indicator with this code; raises KeyError."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)


def load_indicators(text: str, source: str = "indicators") -> IndicatorFile:
    """Read an indicator file; raises IndicatorErrors with all located problems.

    `source` names the file in the message.
    """
    located = read_located(text)
    if located.problems:
        raise IndicatorErrors(located.problems, source)
    try:
        return IndicatorFile.model_validate(located.value)
    except ValidationError as error:
        problems = [located.problem(item["loc"], item["msg"].removeprefix("Value error, ")) for item in error.errors()]
        raise IndicatorErrors(problems, source) from None


def check_against(
    indicators: IndicatorFile, questionnaire: QuestionnaireFile, text: str = "", source: str = "indicators"
) -> None:
    """Raise IndicatorErrors unless every indicator can be computed from this questionnaire.

    Checked: code and version of the questionnaire, themes, that all columns exist, and that their kind fits
    (numbers for ratio and value; a choice for share). With `text` (of the indicator file) problems carry lines.
    """
    located = read_located(text) if text else Located()
    problems = []
    for name, ours, theirs in (
        ("questionnaire", indicators.questionnaire, questionnaire.questionnaire),
        ("version", indicators.version, questionnaire.version),
    ):
        if ours != theirs:
            problems.append(located.problem((name,), f"is `{ours}`, but the questionnaire says `{theirs}`"))
    kinds = _column_kinds(questionnaire)
    themes = {section.code for section in questionnaire.sections}
    for place, item in enumerate(indicators.items):
        if item.theme not in themes:
            problems.append(located.problem(("items", place, "theme"), f"no theme `{item.theme}` in the questionnaire"))
        wanted = "choice" if item.kind == "share" else "number"
        for column in item.columns:
            if column not in kinds:
                message = f"`{item.code}` reads `{column}`, which is no column of the questionnaire"
            elif kinds[column] != wanted:
                message = f"`{item.code}` needs a {wanted} in `{column}`, which is a {kinds[column]}"
            else:
                continue
            problems.append(located.problem(("items", place, _field_of(item, column)), message))
    if problems:
        raise IndicatorErrors(problems, source)


def option_codes(indicator: Indicator, questionnaire: QuestionnaireFile) -> tuple[str, ...]:
    """Options of the question of a share, in the order of the questionnaire; () for other kinds."""
    if indicator.kind != "share":
        return ()
    own = [column for column in questionnaire.columns() if column.question == indicator.question]
    return own[0].options if own[0].kind == "choice" else tuple(column.part or "" for column in own)


def _column_kinds(questionnaire: QuestionnaireFile) -> dict[str, str]:
    """Kind of each column; a multiple choice also goes by its question's code, as a choice."""
    kinds: dict[str, str] = {}
    for column in questionnaire.columns():
        kinds[column.code] = column.kind
        if column.kind == "flag":
            kinds[column.question] = "choice"
    return kinds


def _field_of(item: Indicator, column: str) -> str:
    if item.question:
        return "question"
    return "numerator" if column in parse_expression(item.numerator or "").names else "denominator"
