"""The shape of a questionnaire file: what a question, section, dimension and check are made of.

Only shape: what must fit together (codes, texts per language, expressions) is `checking.py`; what a type of question
does is `question_types/`. All frozen, and unknown keys are refused, so a misspelt key is a problem and not a silent
nothing.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, StringConstraints

from surveys.questionnaire.expressions import Expression, parse_expression

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
OptionCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)]
DimensionOptionCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Sentence = Annotated[str, StringConstraints(max_length=5_000)]
Relation = Literal["same", "equivalent", "broken"]


class Shape(BaseModel):
    """Frozen and without unknown keys; numbers are not made of texts or the other way round."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LocalText(RootModel[dict[str, Sentence]]):
    """One text in each language of the file."""

    model_config = ConfigDict(frozen=True, strict=True)

    def text(self, language: str) -> str:
        """The text in `language`, or in the first language that the file has when that one is missing."""
        if language in self.root:
            return self.root[language]
        return next(iter(self.root.values()), "")

    def __str__(self) -> str:
        return self.text("en")


class Option(Shape):
    """One answer that can be chosen. `exclusive`: in a multiple choice it does not go together with others.

    `namely`: who chooses it is asked which, in words ("other, namely …").
    """

    code: OptionCode
    label: LocalText
    exclusive: bool = False
    namely: bool = False


class Part(Shape):
    """One part of a percentage set; its column is `question.part`."""

    code: OptionCode
    label: LocalText


class Range(Shape):
    """Smallest and largest value, both allowed; null leaves that side open."""

    min: float | None = None
    max: float | None = None


class MatrixColumn(Shape):
    """One column of a matrix: a number of its own type, asked for every row; its data are `question.row.column`."""

    code: OptionCode
    label: LocalText
    type: Literal["number", "percentage", "money", "duration"] = "number"
    unit: LocalText | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    hard: Range | None = None
    soft: Range | None = None
    soft_change: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Scale(Shape):
    """The points of a scale, what its ends are called, and which end is good. Scales of another direction never mix."""

    min: int = Field(ge=-100, le=100)
    max: int = Field(ge=-100, le=100)
    direction: Literal["high_is_good", "low_is_good"]
    low: LocalText
    high: LocalText


class Detail(Shape):
    """Words asked beside a yes or no, after the answer `when`."""

    label: LocalText
    when: Literal["yes", "no"] = "yes"
    required: bool = False


class SameAs(Shape):
    """Lineage: how a question relates to one of an earlier version (`question`: its code there, if renamed)."""

    version: Version
    relation: Relation = "same"
    question: Code | None = None
    note: LocalText | None = None


class Question(Shape):
    """One question. `type` names an entry of `question_types.QUESTION_TYPES`, which says what the other keys mean."""

    code: Code
    type: str
    text: LocalText
    help: LocalText | None = None
    definition: LocalText | None = None
    required: bool = False
    ask_if: str | None = None
    options: tuple[Option, ...] | None = None
    parts: tuple[Part, ...] | None = None
    rows: tuple[Part, ...] | None = None
    columns: tuple[MatrixColumn, ...] | None = None
    scale: Scale | None = None
    detail: Detail | None = None
    precision: Literal["year", "quarter", "month"] | None = None
    earliest: Column | None = None
    latest: Column | None = None
    total: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    unit: LocalText | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    hard: Range | None = None
    soft: Range | None = None
    soft_change: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    sensitive: bool = False
    not_applicable: bool = False
    same_as: SameAs | None = None

    # set once by loading: the earlier questions that `ask_if` names, so that routing needs no file at hand
    _depends_on: Mapping[str, "Question"] = PrivateAttr(default_factory=dict)
    # set when a repeat is written out: what the copy is called, and its place among the copies, from 1
    _copy: "LocalText | None" = PrivateAttr(default=None)
    _copy_number: int = PrivateAttr(default=0)

    @property
    def condition(self) -> Expression | None:
        """The parsed `ask_if`, or None when the question is always asked."""
        return parse_expression(self.ask_if) if self.ask_if is not None else None

    @property
    def depends_on(self) -> Mapping[str, "Question"]:
        """The earlier questions whose answers decide whether this one is asked, by code."""
        return self._depends_on

    @property
    def bounds_change(self) -> bool:
        """Whether a large change since last round asks a reason, of the number or of a cell."""
        return self.soft_change is not None or any(one.soft_change is not None for one in self.columns or ())

    @property
    def copy_label(self) -> LocalText | None:
        """What the copy of a repeat is called that this question belongs to (“Site 2”); None outside repeats."""
        return self._copy

    @property
    def copy_number(self) -> int:
        """Which copy of a repeat this question belongs to, from 1; 0 outside repeats."""
        return self._copy_number

    def option(self, code: str) -> Option | None:
        """The option with this code, or None."""
        return next((option for option in self.options or () if option.code == code), None)


class Repeat(Shape):
    """Questions of a section are asked once per site, outsourcer, …, as an earlier answer says.

    `over` names a number (then `max` copies at most, and `{n}` in the label counts) or a multiple choice (a copy per
    option that was chosen; `{option}` in the label is its text). A question `fte` becomes `fte_1`, `fte_2`, … or
    `fte_<option>`; `fte_*` names all of them inside sum(…), count(…), min(…), max(…).

    `questions` are the codes of what is repeated, in their order and without others in between; left out, the whole
    section is. `over` may then be asked in the section itself, before them.
    """

    over: Code
    label: LocalText
    max: int | None = Field(default=None, ge=1, le=20)
    questions: tuple[Code, ...] | None = Field(default=None, min_length=1)


class Computed(Shape):
    """A value that is computed from answers and shown beside them, below question `after` or at the end of its section
    (or of its copy of a repeat).

    It is not stored or frozen: whoever needs it computes it from the same answers. Other expressions may name it.
    """

    code: Code
    text: LocalText
    expression: str
    unit: LocalText | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    after: Code | None = None

    @property
    def parsed(self) -> Expression:
        """The parsed expression."""
        return parse_expression(self.expression)


class Section(Shape):
    """A theme: questions that stand on one page."""

    code: Code
    title: LocalText
    intro: LocalText | None = None
    repeat: Repeat | None = None
    questions: tuple[Question, ...] = Field(min_length=1)
    computed: tuple[Computed, ...] = ()


class DimensionOption(Shape):
    """One value of a peer dimension."""

    code: DimensionOptionCode
    label: LocalText


class Dimension(Shape):
    """A property of organisations that peer groups are made of: with options, or `open` when the
    values come with the organisations. `names`: what values of an open dimension are called, where those are codes.
    """

    code: Code
    label: LocalText
    options: tuple[DimensionOption, ...] = ()
    open: bool = False
    names: dict[str, LocalText] = Field(default_factory=dict)

    def labels(self, language: str) -> dict[str, str]:
        """Value → how it is called; a value of an open dimension without a name is not among them."""
        named = {option.code: option.label for option in self.options} | self.names
        return {value: label.text(language) for value, label in named.items()}


class ImportMapping(Shape):
    """How the columns of an existing administrative file map to ours."""

    organisation: Column = "organisation"
    name: Column = "name"
    group: Column | None = None
    period: Column | None = None
    dimensions: dict[str, Column] = Field(default_factory=dict)
    unattributed: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Check(Shape):
    """What must hold across questions. Hard: submitting is blocked; soft: a reason is asked."""

    code: Code
    kind: Literal["hard", "soft"]
    expression: str
    message: LocalText
    questions: tuple[str, ...] = ()

    @property
    def parsed(self) -> Expression:
        """The parsed expression."""
        return parse_expression(self.expression)

    @cached_property
    def concerns(self) -> tuple[str, ...]:
        """The questions that it lists, else those that its expression names."""
        named = dict.fromkeys(name.partition(".")[0] for name in self.parsed.names)
        return self.questions or tuple(code for code in named if code not in ("organisation", "round"))
