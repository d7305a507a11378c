"""One place of a questionnaire file as a form: filled from the file, or from what somebody typed, and read back.

Nothing typed is lost on a mistake: the form shows what was posted. Keys that the form does not know stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.forms.editing_spec import Entry, Table
from surveys.questionnaire import LANGUAGES, NumberError, format_number, parse_number

CONTROLS = {"both_long": "textarea", "text": "textarea", "choice": "select"}
LANGUAGE_NAMES = {"nl": gettext_lazy("Dutch"), "en": gettext_lazy("English")}
MAX_ROWS = 200
LONG_LINES = ("ask_if", "expression", "questions", "repeat_over", "repeat_questions")


@dataclass(frozen=True)
class Input:
    """One input as `components/field.html` wants it."""

    id: str
    name: str
    label: str
    control: str
    value: str
    hint: str = ""
    error: str = ""
    options: list[dict[str, str]] = field(default_factory=list)
    language: str = ""

    @property
    def attrs(self) -> dict[str, str]:
        """The language of what is typed here, for who has it read out."""
        return {"lang": self.language} if self.language else {}


@dataclass(frozen=True)
class Group:
    """The inputs of one field: one, or one per language side by side; `flag` is a tick box."""

    label: str
    inputs: list[Input]
    flag: bool = False


@dataclass(frozen=True)
class Block:
    """Inputs that stand together: the languages of one text, or short fields in a row; `wide` for one long line."""

    inputs: list[Input]
    is_pair: bool = False
    wide: bool = False


@dataclass(frozen=True)
class TableRow:
    """One row of a table."""

    number: int
    order: Input
    was: Input
    groups: list[Group]


@dataclass(frozen=True)
class TableShown:
    """A table with its rows."""

    label: str
    name: str
    rows: list[TableRow]


class EditingForm:
    """`entries` and `tables` of one place; `data` is what the file has there, `post` what was typed, if anything."""

    def __init__(
        self,
        entries: Sequence[Entry],
        tables: Sequence[Table],
        data: Mapping[str, Any],
        post: QueryDict | None,
        language: str,
    ) -> None:
        self.entries, self.tables, self.data, self.post, self.language = entries, tables, data, post, language
        self.errors: dict[str, str] = {}
        self.value: dict[str, Any] = self._read() if post is not None else {}

    @property
    def is_valid(self) -> bool:
        """Whether everything that was typed could be read."""
        return self.post is not None and not self.errors

    @property
    def summary(self) -> list[dict[str, str]]:
        """The mistakes for the top of the page."""
        return [{"id": name, "message": message} for name, message in self.errors.items()]

    @property
    def groups(self) -> list[Group]:
        """Every field."""
        return [self._group(entry, entry.name, self.data) for entry in self.entries]

    @property
    def blocks(self) -> list[Block]:
        """Every field, short ones that follow each other in one row."""
        found: list[Block] = []
        for entry, group in zip(self.entries, self.groups, strict=True):
            if len(group.inputs) > 1:
                found.append(Block(group.inputs, is_pair=True))
            elif entry.name in LONG_LINES:
                found.append(Block(group.inputs, wide=True))
            elif found and not found[-1].is_pair and not found[-1].wide:
                found[-1].inputs.extend(group.inputs)
            else:
                found.append(Block(list(group.inputs)))
        return found

    @property
    def shown_tables(self) -> list[TableShown]:
        """Every table with its rows and some empty ones."""
        return [
            TableShown(str(table.label), table.name, [self._row(table, at) for at in range(self._row_count(table))])
            for table in self.tables
        ]

    def _items(self, table: Table) -> list[Any]:
        found = self.data.get(table.key) or []
        if table.keyed and isinstance(found, dict):
            return [{"code": code, "label": label} for code, label in found.items()]
        return [one for one in found if isinstance(one, dict)]

    def _row_count(self, table: Table) -> int:
        there = len(self._items(table))
        if self.post is not None:
            there = max(there, sum(key.startswith(f"{table.name}-") and key.endswith("-code") for key in self.post))
            return min(there, MAX_ROWS)
        return there + table.spare

    def _row(self, table: Table, at: int) -> TableRow:
        items = self._items(table)
        item = items[at] if at < len(items) else {}
        prefix = f"{table.name}-{at}"
        order = Input(
            f"{prefix}-order", f"{prefix}-order", _("Place"), "text", self._typed(f"{prefix}-order", str(at + 1))
        )
        was = Input(f"{prefix}-was", f"{prefix}-was", "", "hidden", str(at) if item else "")
        groups = [self._group(entry, f"{prefix}-{entry.name}", item) for entry in table.entries]
        return TableRow(at + 1, order, was, groups)

    def _typed(self, name: str, stored: str) -> str:
        return self.post.get(name, "") if self.post is not None else stored

    def _group(self, entry: Entry, name: str, data: Mapping[str, Any]) -> Group:
        value = _found(data, entry.path)
        label = str(entry.label)
        if entry.kind == "flag":
            ticked = bool(self.post.get(name)) if self.post is not None else value is True
            return Group(label, [Input(name, name, label, "flag", "1" if ticked else "")], flag=True)
        if entry.kind in ("both", "both_long"):
            texts = value if isinstance(value, dict) else {}
            return Group(label, [self._input(entry, f"{name}-{one}", texts.get(one), one) for one in LANGUAGES])
        return Group(label, [self._input(entry, name, value, "")])

    def _input(self, entry: Entry, name: str, value: Any, language: str) -> Input:
        stored = self._written(entry, value)
        label = f"{entry.label} ({LANGUAGE_NAMES[language]})" if language else str(entry.label)
        options = [{"value": code, "label": str(text)} for code, text in entry.choices]
        typed = self._typed(name, stored)
        if options and typed not in [one["value"] for one in options]:
            options.append({"value": typed, "label": typed})
        return Input(
            name,
            name,
            label,
            CONTROLS.get(entry.kind, "text"),
            typed,
            str(entry.hint) if language in ("", "nl") else "",
            self.errors.get(name, ""),
            options,
            language,
        )

    def _written(self, entry: Entry, value: Any) -> str:
        """A value of the file as it is typed."""
        if isinstance(value, int | float) and not isinstance(value, bool) and entry.kind in ("number", "whole"):
            return format_number(value, None, self.language)
        if entry.kind == "codes" and isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return "" if value is None else str(value)

    def _read(self) -> dict[str, Any]:
        made = dict(self.data)
        for entry in self.entries:
            _put(made, entry.path, _kept(self._value(entry, entry.name), _found(self.data, entry.path)))
        for table in self.tables:
            rows: Any = self._rows_read(table)
            if table.keyed:
                self._refuse_twice(table)
                rows = {one["code"]: one.get("label", {}) for one in rows}
            _put(made, (table.key,), rows or None)
        return made

    def _rows_read(self, table: Table) -> list[dict[str, Any]]:
        items = self._items(table)
        found: list[tuple[float, int, dict[str, Any]]] = []
        for at in range(self._row_count(table)):
            prefix = f"{table.name}-{at}"
            was = self._posted(f"{prefix}-was")
            item = dict(items[int(was)]) if was.isdecimal() and len(was) < 6 and int(was) < len(items) else {}
            for entry in table.entries:
                _put(item, entry.path, _kept(self._value(entry, f"{prefix}-{entry.name}"), _found(item, entry.path)))
            typed = {key: value for key, value in item.items() if key != "type"}
            if not self._posted(f"{prefix}-code").strip():
                if typed and not was:
                    self.errors[f"{prefix}-code"] = _("Give this row a code, or empty it.")
                continue
            order = self._posted(f"{prefix}-order").replace(",", ".")
            try:
                place = float(order or at + 1)
            except ValueError:
                place = at + 1.0
                self.errors[f"{prefix}-order"] = _("Type the place as a number.")
            found.append((place, at, item))
        return [item for _place, _at, item in sorted(found, key=lambda one: one[:2])]

    def _refuse_twice(self, table: Table) -> None:
        """Rows that are kept by their code: of two with one code the second would take the first one's place."""
        seen: set[str] = set()
        for at in range(self._row_count(table)):
            code = self._posted(f"{table.name}-{at}-code").strip()
            if code and code in seen:
                self.errors[f"{table.name}-{at}-code"] = _("There is a row with this code already.")
            seen.add(code)

    def _posted(self, name: str) -> str:
        return self.post.get(name, "").replace("\r\n", "\n") if self.post is not None else ""

    def _value(self, entry: Entry, name: str) -> Any:
        if entry.kind == "flag":
            return True if self._posted(name) else None
        if entry.kind in ("both", "both_long"):
            texts = {one: self._posted(f"{name}-{one}").strip() for one in LANGUAGES}
            return {one: text for one, text in texts.items() if text} or None
        typed = self._posted(name).strip()
        if not typed:
            return None
        if entry.kind == "codes":
            return [code.strip() for code in typed.split(",") if code.strip()]
        return self._number(entry, name, typed) if entry.kind in ("number", "whole") else typed

    def _number(self, entry: Entry, name: str, typed: str) -> float | None:
        try:
            value = parse_number(typed, self.language)
        except NumberError:
            self.errors[name] = _("“%(typed)s” is not a number.") % {"typed": typed[:40]}
            return None
        if value.is_integer():
            return int(value)
        if entry.kind == "whole":
            self.errors[name] = _("Type a whole number.")
        return value


def _found(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = data
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _kept(value: Any, stored: Any) -> Any:
    """What the file has, where what was typed says the same: spaces at the ends, `false` written out, 1.0 for 1."""
    if isinstance(value, dict) and isinstance(stored, dict):
        others = {key: text for key, text in stored.items() if key not in LANGUAGES}
        return (
            {key: _kept(value[key], stored[key]) for key in stored if key in value}
            | {key: text for key, text in value.items() if key not in stored}
            | others
        )
    if value is None and stored is False:
        return False
    if isinstance(value, str) and isinstance(stored, str) and value.strip() == stored.strip():
        return stored
    return stored if value == stored else value


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set or remove; a mapping that becomes empty goes too."""
    key, rest = path[0], path[1:]
    if rest:
        inner = dict(data[key]) if isinstance(data.get(key), dict) else {}
        _put(inner, rest, value)
        value = inner or None
    if value is None:
        data.pop(key, None)
    else:
        data[key] = value
