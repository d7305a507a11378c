"""The places of a draft that have a page of their own: head, theme, question, check, peer dimension; and where each
stands in the file.

Named in addresses: `head`, `section-2`, `section-new`, `question-2-5`, `question-2-new`, `check-0`, `check-new`,
`dimension-0`, `dimension-new`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.forms.editing_form import EditingForm
from surveys.forms.editing_spec import (
    CHECK,
    COMPUTED,
    DIMENSION,
    HEAD,
    SECTION,
    Entry,
    Table,
    entries_of_question,
    tables_of_dimension,
    tables_of_question,
)
from surveys.questionnaire.located import Path
from surveys.questionnaire.writing import change, insert

PLACE = re.compile(r"(head|section|question|check|dimension)(?:-([0-9]{1,4}|new))?(?:-([0-9]{1,4}|new))?")
# kind of place → (key of its list in the file, what a new one is called)
LISTS = {
    "section": ("sections", gettext_lazy("New theme")),
    "check": ("checks", gettext_lazy("New check")),
    "dimension": ("dimensions", gettext_lazy("New peer dimension")),
}
FIRST_QUESTION = {
    "code": "first_question",
    "type": "number",
    "text": {"nl": "Eerste vraag", "en": "First question"},
}


@dataclass(frozen=True)
class Place:
    """One place: its kind, its path in the file, and what is there; `is_new` when it is still to be made."""

    kind: str
    path: Path
    data: dict[str, Any]
    is_new: bool
    title: str
    anchor: str

    def entries(self, type_code: str) -> tuple[Sequence[Entry], Sequence[Table]]:
        """The fields and tables of its page; of a question they depend on its type."""
        if self.kind == "question":
            held = set(self.data)
            return entries_of_question(type_code, held), tables_of_question(type_code, held)
        found: dict[str, tuple[Sequence[Entry], Sequence[Table]]] = {
            "head": (HEAD, ()),
            "section": (SECTION, (COMPUTED,)),
            "check": (CHECK, ()),
            "dimension": (DIMENSION, tables_of_dimension(self.data)),
        }
        return found[self.kind]

    def form(self, post: QueryDict | None, language: str) -> EditingForm:
        """The form of this place."""
        type_code = str(post.get("shown_type", "") if post is not None else self.data.get("type", "number"))
        entries, tables = self.entries(type_code)
        return EditingForm(entries, tables, self.data, post, language)

    def writer(self, value: dict[str, Any]) -> Callable[[str], str]:
        """What puts a new value here."""
        if self.kind == "head":
            return lambda text: _each_key(text, value, self.data)
        if self.is_new:
            made = {**value, "questions": [dict(FIRST_QUESTION)]} if self.kind == "section" else value
            return lambda text: insert(text, self.path[:-1], int(self.path[-1]), made)
        if self.kind == "section":
            return lambda text: _each_key(text, value, self.data, self.path)
        return lambda text: change(text, self.path, value)


def _each_key(text: str, value: dict[str, Any], before: dict[str, Any], path: Path = ()) -> str:
    """Only the keys that changed, so that questions keep their text."""
    for key in dict.fromkeys((*value, *before)):
        if value.get(key) != before.get(key):
            text = change(text, (*path, key), value.get(key))
    return text


def find_place(data: dict[str, Any], name: str) -> Place | None:
    """The place with this name in a draft's data; None when there is none."""
    match = PLACE.fullmatch(name)
    if match is None:
        return None
    kind, first, second = match.groups()
    if kind == "head":
        return Place(kind, (), data, False, _("Title and version"), "") if first is None else None
    if kind == "question":
        return _question(data, first, second)
    if second is not None or first is None:
        return None
    key, new = LISTS[kind]
    items = data.get(key) or []
    if first == "new":
        return Place(kind, (key, len(items)), {}, True, str(new), f"{kind}-{len(items)}")
    if int(first) >= len(items) or not isinstance(items[int(first)], dict):
        return None
    found = items[int(first)]
    return Place(kind, (key, int(first)), found, False, str(found.get("code", "")), f"{kind}-{first}")


def _question(data: dict[str, Any], first: str | None, second: str | None) -> Place | None:
    sections = data["sections"]
    if first is None or second is None or not first.isdecimal() or int(first) >= len(sections):
        return None
    at, questions = int(first), sections[int(first)]["questions"]
    if second == "new":
        path: Path = ("sections", at, "questions", len(questions))
        return Place("question", path, {"type": "number"}, True, _("New question"), f"question-{at}-{len(questions)}")
    if int(second) >= len(questions):
        return None
    found = questions[int(second)]
    path = ("sections", at, "questions", int(second))
    return Place("question", path, found, False, str(found.get("code", "")), f"question-{at}-{second}")
