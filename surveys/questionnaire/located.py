"""Reads YAML so that every later problem can name its line, and refuses what a data file has no business holding.

Built on PyYAML's events instead of its constructor: no tags and so no objects, no duplicate keys, bounded depth and
size, and aliases (`&options` … `*options`) are counted as what they expand to, so that a small file cannot become a
huge one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 100_000

Path = tuple[str | int, ...]
_RESOLVER: Any = yaml.resolver.Resolver()
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null"}
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file: line (from 1), path such as `sections[2].questions[3].options`, what to do."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.path}: {self.message}" if self.path else f"line {self.line}: {self.message}"


class QuestionnaireErrors(ValueError):
    """A file with problems: all of them, in the order of the lines."""

    def __init__(self, problems: list[Problem], source: str = "") -> None:
        self.problems = sorted(set(problems))
        self.source = source
        head = f"{source}: " if source else ""
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"{head}{count}\n" + "\n".join(f"  {problem}" for problem in self.problems))


def written_path(path: Path) -> str:
    """`("sections", 2, "title")` as `sections[2].title`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@dataclass(slots=True)
class Located:
    """The values of a file with the line of each path, and the problems found while reading."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Line of a path, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at a path of this file."""
        return Problem(self.line(path), written_path(path), message)


class _Refused(Exception):
    """Reading stops: what follows cannot be made sense of."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(slots=True)
class _Reader:
    """Walks the events of one document."""

    events: Iterator[Any]
    located: Located
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    values: int = 0

    def count(self, many: int, path: Path, line: int) -> None:
        self.values += many
        if self.values > MAX_VALUES:
            raise _Refused(
                Problem(line, written_path(path), f"the file holds more than {MAX_VALUES:,} values: split it up")
            )

    def read(self, event: Any, path: Path) -> Any:
        """The value that starts with `event`, at `path`."""
        line = event.start_mark.line + 1
        self.located.lines.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _Refused(
                    Problem(line, written_path(path), f"`*{event.anchor}` refers to nothing that is complete above it")
                )
            value, size = self.anchors[event.anchor]
            self.count(size, path, line)
            return value
        before = self.values
        self.count(1, path, line)
        if len(path) > MAX_DEPTH:
            raise _Refused(Problem(line, written_path(path[:5]) + "…", f"nested more than {MAX_DEPTH} deep"))
        value = self.read_value(event, path, line)
        if event.anchor:
            self.anchors[event.anchor] = value, self.values - before
        return value

    def read_value(self, event: Any, path: Path, line: int) -> Any:
        if event.tag not in (None, "!"):
            raise _Refused(
                Problem(line, written_path(path), f"the tag {event.tag} is not allowed in this file: remove it")
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self.read_mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.read_sequence(path)
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag not in _PLAIN:
            return event.value
        try:
            return _CONSTRUCTOR.construct_object(yaml.ScalarNode(tag, event.value))
        except ValueError:  # such as an integer of 5,000 digits
            raise _Refused(Problem(line, written_path(path), "this number is too long")) from None

    def read_sequence(self, path: Path) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.read(event, (*path, len(items))))
        return tuple(items)

    def read_mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise _Refused(Problem(line, written_path(path), "a key must be one plain word"))
            key, inside = event.value, (*path, event.value)
            if key in mapping:
                self.located.problems.append(
                    Problem(line, written_path(inside), f"`{key}` is written twice here: keep one of the two")
                )
            self.located.lines[inside] = line
            mapping[key] = self.read(next(self.events), inside)
        return mapping


def _document(text: str, located: Located) -> Any:
    events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
    reader = _Reader(events, located)
    value = None
    found = False
    for event in events:
        if isinstance(
            event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentStartEvent | yaml.DocumentEndEvent
        ):
            continue
        if found:
            raise _Refused(Problem(event.start_mark.line + 1, "", "a second document starts here: keep one per file"))
        value, found = reader.read(event, ()), True
    return value


def read_located(text: str) -> Located:
    """Reads a YAML text into plain values with lines. Never raises on bad content: problems are in `.problems`."""
    located = Located()
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        located.problems.append(Problem(1, "", f"the file is larger than {MAX_BYTES:,} bytes: split it up"))
        return located
    try:
        located.value = _document(text, located)
    except _Refused as refused:
        located.problems.append(refused.problem)
    except yaml.MarkedYAMLError as error:
        mark, begun = error.problem_mark or error.context_mark, error.context_mark
        line = mark.line + 1 if mark else 1
        since = f" (in what begins on line {begun.line + 1})" if begun and begun.line + 1 < line else ""
        located.problems.append(Problem(line, "", f"this is not YAML: {error.problem or error.context}{since}"))
    except (yaml.YAMLError, UnicodeError):
        located.problems.append(
            Problem(1, "", "this is not readable text: save the file as UTF-8 without control characters")
        )
    else:
        if not located.problems and not isinstance(located.value, Mapping):
            located.problems.append(
                Problem(1, "", "the file must be a mapping that starts with `questionnaire: <code>`")
            )
    return located
