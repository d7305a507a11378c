"""Writes questionnaire files, and changes one place in a file without touching the rest.

`write_yaml(data)` gives the canonical form. `change`, `insert`, `remove` and `move` work on the text itself: everything
outside the place keeps its bytes, comments included. Each result is read back; where a text cannot be changed in place
(an alias elsewhere shares it, it stands inside braces), the whole file is written anew, so that the content is right
in any case.
"""

import copy
from collections.abc import Callable
from typing import Any

import yaml

from surveys.questionnaire.located import Path, read_located

WIDTH = 110
SHORT = 90  # a mapping that fits on a line of so many characters stands on one line
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # reads what `read_located` reads
_Plain = dict[str, Any] | list[Any] | tuple[Any, ...] | str | int | float | bool | None


class _Writer(yaml.SafeDumper):
    """Block style for what is long, one line for what is short, no aliases, `|` for texts of several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _mapping(writer: _Writer, data: dict[str, Any]) -> Any:
    node = writer.represent_mapping("tag:yaml.org,2002:map", data.items())
    node.flow_style = bool(data) and _size(data) <= SHORT and not _is_deep(data)
    return node


def _sequence(writer: _Writer, data: Any) -> Any:
    node = writer.represent_sequence("tag:yaml.org,2002:seq", data)
    node.flow_style = all(not isinstance(one, dict | list | tuple) for one in data) and _size(data) <= SHORT
    return node


def _text(writer: _Writer, data: str) -> Any:
    return writer.represent_scalar("tag:yaml.org,2002:str", data, style='"' if "\n" in data else None)


def _size(data: _Plain) -> int:
    return len(str(data))


def _is_deep(data: dict[str, Any]) -> bool:
    """Whether a mapping holds more than texts and numbers and mappings of those: then it deserves lines of its own."""
    inner = [one for one in data.values() if isinstance(one, dict | list | tuple)]
    return any(isinstance(two, dict | list | tuple) for one in inner for two in _items(one)) or len(inner) > 1


def _items(data: Any) -> list[Any]:
    return list(data.values()) if isinstance(data, dict) else list(data)


_Writer.add_representer(dict, _mapping)
_Writer.add_representer(list, _sequence)
_Writer.add_representer(tuple, _sequence)
_Writer.add_representer(str, _text)


def write_yaml(data: _Plain) -> str:
    """The canonical text of plain data."""
    return yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=WIDTH)


def plain(data: Any) -> Any:
    """Data as `read_located` gives it, with lists that can be changed."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    return [plain(one) for one in data] if isinstance(data, list | tuple) else data


def read_plain(text: str) -> Any:
    """The data of a text that `read_located` reads without problems."""
    return plain(read_located(text).value)


def change(text: str, path: Path, value: _Plain) -> str:
    """The text with another value at `path`; with None the key goes."""
    if value is None:
        return remove(text, path)

    def new(data: Any) -> None:
        _at(data, path[:-1])[path[-1]] = plain(value)

    return _checked(text, new, lambda: _changed_in_place(text, path, value))


def insert(text: str, path: Path, index: int, value: _Plain) -> str:
    """The text with one more item in the list at `path`, which is made when there is none."""

    if path[-1] not in _at(read_plain(text), path[:-1]):
        return change(text, path, [value])

    def new(data: Any) -> None:
        _at(data, path).insert(index, plain(value))

    return _checked(text, new, lambda: _reordered(text, path, lambda items: _with(items, index, value)))


def remove(text: str, path: Path) -> str:
    """The text without the item or key at `path`; nothing happens when there is none."""

    def new(data: Any) -> None:
        holder = _at(data, path[:-1])
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        else:
            del holder[path[-1]]

    def in_place() -> str:
        at = path[-1]
        if not isinstance(at, int):
            return _key_removed(text, path)
        return _reordered(text, path[:-1], lambda items: items[:at] + items[at + 1 :])

    return _checked(text, new, in_place)


def move(text: str, path: Path, index: int, to: int) -> str:
    """The text with an item of the list at `path` in another place."""

    def new(data: Any) -> None:
        items = _at(data, path)
        items.insert(to, items.pop(index))

    def reorder(items: list[Any]) -> list[Any]:
        items = list(items)
        items.insert(to, items.pop(index))
        return items

    return _checked(text, new, lambda: _reordered(text, path, reorder))


class _NotInPlaceError(ValueError):
    """The place cannot be changed by itself."""


def _checked(text: str, new: Callable[[Any], None], in_place: Callable[[], str]) -> str:
    """What `in_place` makes of the text when it reads as it should, else the whole file written anew."""
    wanted = copy.deepcopy(read_plain(text))
    before = copy.deepcopy(wanted)
    new(wanted)
    if wanted == before and _same_kinds(wanted, before):
        return text
    try:
        made = in_place()
        located = read_located(made)
        if not located.problems and plain(located.value) == wanted and _same_kinds(plain(located.value), wanted):
            return made
    except (_NotInPlaceError, yaml.YAMLError, LookupError):
        pass
    return write_yaml(wanted)


def _same_kinds(left: Any, right: Any) -> bool:
    """Whether equal data are equal in kind too: 1 is not true, and the order of keys counts."""
    if isinstance(left, dict):
        return list(left) == list(right) and all(_same_kinds(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return all(_same_kinds(one, two) for one, two in zip(left, right, strict=True))
    return type(left) is type(right)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _node(text: str, path: Path) -> Any:
    """The node at a path, with the places in the text where it begins and ends."""
    node: Any = yaml.compose(text, Loader=_LOADER)
    for step in path:
        if getattr(node, "flow_style", False):
            raise _NotInPlaceError  # inside braces nothing can get lines of its own
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
            if node is None:
                raise _NotInPlaceError
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
        else:
            raise _NotInPlaceError
    return node


def _end(text: str, node: Any) -> int:
    """Where the node's own text ends, without the empty lines and comments that belong to what follows."""
    lines = text[node.start_mark.index : node.end_mark.index].splitlines(keepends=True)
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return int(node.start_mark.index) + len("".join(lines).rstrip("\n "))


def _indented(value: _Plain, column: int) -> str:
    lines = write_yaml(value).rstrip("\n").split("\n")
    return ("\n" + " " * column).join(lines)


def _changed_in_place(text: str, path: Path, value: _Plain) -> str:
    if not isinstance(path[-1], int) or not isinstance(value, dict):
        return _keyed_in_place(text, path, value)
    node = _node(text, path)
    start = node.start_mark.index
    return text[:start] + _indented(value, node.start_mark.column) + text[_end(text, node) :]


def _keyed_in_place(text: str, path: Path, value: _Plain) -> str:
    """A key of a mapping in block style, with its new value."""
    holder = _node(text, path[:-1])
    if not isinstance(holder, yaml.MappingNode) or holder.flow_style:
        raise _NotInPlaceError
    written = _indented({str(path[-1]): value}, holder.start_mark.column)
    if written.startswith("{"):
        written = written[1:-1]
    found = [pair for pair in holder.value if pair[0].value == path[-1]]
    if not found:
        end = _end(text, holder)
        return text[:end] + "\n" + " " * holder.start_mark.column + written + text[end:]
    key, node = found[0]
    return text[: key.start_mark.index] + written + text[_end(text, node) :]


def _key_removed(text: str, path: Path) -> str:
    """A mapping in block style without one of its keys; comments above it stay."""
    holder = _node(text, path[:-1])
    if not isinstance(holder, yaml.MappingNode) or holder.flow_style or len(holder.value) < 2:
        raise _NotInPlaceError
    key, node = next(pair for pair in holder.value if pair[0].value == path[-1])
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    if text[start : key.start_mark.index].strip():
        raise _NotInPlaceError  # the first key of an item shares its line with the dash
    return text[:start] + text[_end(text, node) :].removeprefix("\n")


def _with(items: list[Any], index: int, value: _Plain) -> list[Any]:
    return [*items[:index], value, *items[index:]]


def _reordered(text: str, path: Path, order: Callable[[list[Any]], list[Any]]) -> str:
    """The list at `path` in another order; an item is the piece of text it has, or a new value."""
    node = _node(text, path)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise _NotInPlaceError
    column = node.start_mark.column
    starts = [text.rfind("\n", 0, item.start_mark.index) + 1 for item in node.value]
    if starts != sorted(set(starts)):
        raise _NotInPlaceError
    end = text.find("\n", _end(text, node))
    end = len(text) if end < 0 else end + 1
    pieces: list[Any] = [text[a:b] for a, b in zip(starts, [*starts[1:], end], strict=True)]
    made = order(pieces)
    if not made:
        raise _NotInPlaceError
    lines = [one if any(one is piece for piece in pieces) else _item(one, column) for one in made]
    lines = [line if line.endswith("\n") else line + "\n" for line in lines]
    return text[: starts[0]] + "".join(lines) + text[end:]


def _item(value: _Plain, column: int) -> str:
    return " " * column + "- " + _indented(value, column + 2) + "\n"
