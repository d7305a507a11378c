"""What can be edited of a questionnaire in the portal: fields and tables per kind of place, each with where it stands
in the file. What is not named here (the import mapping, notes) is kept as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys.forms.questionnaire_reading import TYPE_NAMES
from surveys.questionnaire.question_types import QUESTION_TYPES
from surveys.questionnaire.question_types.base import COMMON_KEYS

Text = str | Promise
Kind = Literal["code", "line", "text", "both", "both_long", "number", "whole", "flag", "choice", "codes"]
Choices = tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Entry:
    """One field: its name on the page, the keys that lead to it, and how it is typed. `both`: a text per language."""

    name: str
    path: tuple[str, ...]
    kind: Kind
    label: Text
    hint: Text = ""
    choices: Choices = ()


@dataclass(frozen=True)
class Table:
    """A list of things, one on each row; an empty first cell removes the row, the number in front orders them.

    `keyed`: the file has the labels under their codes (`{a: …, b: …}`) and not a list.
    """

    name: str
    key: str
    label: Text
    entries: tuple[Entry, ...]
    spare: int = 3
    keyed: bool = False


TYPES: Choices = tuple((code, TYPE_NAMES[code]) for code in QUESTION_TYPES)
RELATIONS: Choices = (
    ("", _("as it follows from the file")),
    ("same", _("same: one series")),
    ("equivalent", _("equivalent: joined, with a note")),
    ("broken", _("broken: a new series starts")),
)
CELL_TYPES: Choices = tuple((code, TYPE_NAMES[code]) for code in ("number", "percentage", "money", "duration"))

HEAD = (
    Entry("version", ("version",), "line", _("Version"), _("A label that no stored version has yet, such as 2027.")),
    Entry("title", ("title",), "both", _("Title")),
    Entry(
        "period",
        ("reference_period",),
        "choice",
        _("Reference period of a round"),
        choices=(("", _("a year")), ("month", _("a month"))),
    ),
)
SECTION = (
    Entry("code", ("code",), "code", _("Code")),
    Entry("title", ("title",), "both", _("Title")),
    Entry("intro", ("intro",), "both_long", _("Introduction")),
    Entry(
        "repeat_over",
        ("repeat", "over"),
        "code",
        _("Repeat for each …"),
        _("Code of an earlier question: a number (how many) or a multiple choice (which). Empty: asked once."),
    ),
    Entry("repeat_max", ("repeat", "max"), "whole", _("At most so many times"), _("Only for a number.")),
    Entry(
        "repeat_label", ("repeat", "label"), "both", _("Heading of each copy"), _("With {n}, or {option}: “Site {n}”.")
    ),
    Entry(
        "repeat_questions",
        ("repeat", "questions"),
        "codes",
        _("Repeated questions"),
        _("Codes with commas, of questions that follow each other. Empty: the whole theme."),
    ),
)
COMPUTED = Table(
    "computed",
    "computed",
    _("Computed values, shown live"),
    (
        Entry("code", ("code",), "code", _("Code")),
        Entry("text", ("text",), "both", _("Text")),
        Entry("expression", ("expression",), "line", _("Expression")),
        Entry("unit", ("unit",), "both", _("Unit")),
        Entry("decimals", ("decimals",), "whole", _("Decimals")),
        Entry("after", ("after",), "code", _("Below question")),
    ),
)
CHECK = (
    Entry("code", ("code",), "code", _("Code")),
    Entry(
        "kind",
        ("kind",),
        "choice",
        _("What it does"),
        choices=(("soft", _("asks a reason")), ("hard", _("blocks submitting"))),
    ),
    Entry("expression", ("expression",), "line", _("What must hold"), _("Such as: answered <= offered")),
    Entry("message", ("message",), "both_long", _("Message when it does not hold")),
    Entry(
        "questions", ("questions",), "codes", _("Shown at questions"), _("Codes with commas; empty: those it names.")
    ),
)
COMMON = (
    Entry("code", ("code",), "code", _("Code")),
    Entry("type", ("type",), "choice", _("Type"), choices=TYPES),
    Entry("text", ("text",), "both_long", _("Question"), _("{other_question} puts an earlier answer in the text.")),
    Entry("help", ("help",), "both_long", _("Help below the question")),
    Entry("definition", ("definition",), "both_long", _("Definition and examples")),
    Entry("required", ("required",), "flag", _("An answer is required")),
    Entry("not_applicable", ("not_applicable",), "flag", _("“Does not apply to us” can be answered")),
    Entry("sensitive", ("sensitive",), "flag", _("Commercially sensitive")),
    Entry(
        "ask_if",
        ("ask_if",),
        "line",
        _("Asked only if"),
        _("Such as: outsources == 'yes' and seats > 25. Empty: always."),
    ),
)
LINEAGE = (
    Entry("same_version", ("same_as", "version"), "line", _("Compared with version")),
    Entry("same_relation", ("same_as", "relation"), "choice", _("Relation of the series"), choices=RELATIONS),
    Entry("same_question", ("same_as", "question"), "code", _("Its code there, if it was another")),
    Entry("same_note", ("same_as", "note"), "both_long", _("Note for readers of the trend")),
)
# by key of the file: the fields that a type of question with that key has
OF_TYPE: dict[str, tuple[Entry, ...]] = {
    "unit": (Entry("unit", ("unit",), "both", _("Unit")),),
    "decimals": (Entry("decimals", ("decimals",), "whole", _("Decimals")),),
    "total": (Entry("total", ("total",), "number", _("Total of the parts")),),
    "hard": (
        Entry("hard_min", ("hard", "min"), "number", _("Smallest possible")),
        Entry("hard_max", ("hard", "max"), "number", _("Largest possible")),
    ),
    "soft": (
        Entry("soft_min", ("soft", "min"), "number", _("Smallest usual"), _("Below it a reason is asked.")),
        Entry("soft_max", ("soft", "max"), "number", _("Largest usual"), _("Above it a reason is asked.")),
    ),
    "soft_change": (
        Entry("soft_change", ("soft_change",), "number", _("Largest usual change"), _("0.5 is 50% since last round.")),
    ),
    "precision": (
        Entry(
            "precision",
            ("precision",),
            "choice",
            _("Which period"),
            choices=(("year", _("a year")), ("quarter", _("a quarter")), ("month", _("a month"))),
        ),
    ),
    "earliest": (Entry("earliest", ("earliest",), "line", _("Earliest"), "2026-11-22, 2026-Q1, 2026-03, 2026"),),
    "latest": (Entry("latest", ("latest",), "line", _("Latest")),),
    "scale": (
        Entry("scale_min", ("scale", "min"), "whole", _("First point")),
        Entry("scale_max", ("scale", "max"), "whole", _("Last point")),
        Entry(
            "scale_direction",
            ("scale", "direction"),
            "choice",
            _("Direction"),
            choices=(("high_is_good", _("High is good")), ("low_is_good", _("Low is good"))),
        ),
        Entry("scale_low", ("scale", "low"), "both", _("What the first point is called")),
        Entry("scale_high", ("scale", "high"), "both", _("What the last point is called")),
    ),
    "detail": (
        Entry("detail_label", ("detail", "label"), "both", _("Words asked beside the answer")),
        Entry(
            "detail_when",
            ("detail", "when"),
            "choice",
            _("Asked after"),
            choices=(("", _("yes")), ("no", _("no"))),
        ),
        Entry("detail_required", ("detail", "required"), "flag", _("Those words are required")),
    ),
}
CODE_AND_LABEL = (Entry("code", ("code",), "code", _("Code")), Entry("label", ("label",), "both", _("Text")))
TABLES: dict[str, Table] = {
    "options": Table(
        "options",
        "options",
        _("Options"),
        (
            *CODE_AND_LABEL,
            Entry("exclusive", ("exclusive",), "flag", _("excludes the others")),
            Entry("namely", ("namely",), "flag", _("“namely …”")),
        ),
    ),
    "parts": Table("parts", "parts", _("Parts"), CODE_AND_LABEL),
    "rows": Table("rows", "rows", _("Rows"), CODE_AND_LABEL),
    "columns": Table(
        "columns",
        "columns",
        _("Columns"),
        (
            *CODE_AND_LABEL,
            Entry("type", ("type",), "choice", _("Type"), choices=CELL_TYPES),
            Entry("decimals", ("decimals",), "whole", _("Decimals")),
            Entry("min", ("hard", "min"), "number", _("Smallest")),
            Entry("max", ("hard", "max"), "number", _("Largest")),
            Entry("soft_change", ("soft_change",), "number", _("Largest usual change")),
        ),
    ),
}
DIMENSION = (
    Entry("code", ("code",), "code", _("Code"), _("Conditions name it: organisation.sector.")),
    Entry("label", ("label",), "both", _("Name")),
    Entry("open", ("open",), "flag", _("Open: the values come with the organisations, so there are no options here")),
)
DIMENSION_TABLES = (
    Table("options", "options", _("Values"), CODE_AND_LABEL),
    Table("names", "names", _("Names of values"), CODE_AND_LABEL, keyed=True),
)


def tables_of_dimension(data: Mapping[str, Any]) -> tuple[Table, ...]:
    """Options of a closed dimension, names for the values of an open one; a new one may become either."""
    wanted = "names" if data.get("open") else "options"
    return tuple(table for table in DIMENSION_TABLES if table.key == wanted or data.get(table.key))


def entries_of_question(type_code: str, held: set[str]) -> tuple[Entry, ...]:
    """The fields of a question of this type, and of whatever else it holds already."""
    known = QUESTION_TYPES.get(type_code)
    keys = (known.keys if known else frozenset()) | (held - COMMON_KEYS)
    own = tuple(entry for key, entries in OF_TYPE.items() if key in keys for entry in entries)
    return (*COMMON, *own, *LINEAGE)


def tables_of_question(type_code: str, held: set[str]) -> tuple[Table, ...]:
    """The lists of a question of this type, and of whatever else it holds already."""
    known = QUESTION_TYPES.get(type_code)
    keys = (known.keys if known else frozenset()) | held
    return tuple(
        table for key, table in TABLES.items() if key in keys and not (type_code == "yes_no" and key not in held)
    )
