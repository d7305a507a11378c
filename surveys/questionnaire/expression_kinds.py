"""Finds mistakes in an expression before anyone answers: unknown names or options, a text compared with a number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from surveys.questionnaire.expression_nodes import (
    Arithmetic,
    Call,
    Comparison,
    Literal,
    Logic,
    Membership,
    Name,
    Negation,
    Node,
    Not,
    Value,
)

Kind = OneOf["number", "text", "truth", "flag", "list", "unknown"]


@dataclass(frozen=True, slots=True)
class NameKind:
    """What a name stands for; `options` are the texts that it can be (choice) or hold (list), else None.

    `unit` of a number, where mixing it up would be a mistake: seconds, euro, %, days …; None fits everything.
    """

    kind: Kind
    options: tuple[str, ...] | None = None
    unit: str | None = None


Names = Mapping[str, NameKind]


def kind_of(node: Node, names: Names) -> NameKind:
    """What a node yields."""
    if isinstance(node, Name):
        return names.get(node.name, NameKind("unknown"))
    if isinstance(node, Literal):
        return _literal_kind(node.value)
    if isinstance(node, Arithmetic | Negation | Call):
        return NameKind("number", unit=unit_of(node, names))
    return NameKind("truth")


def unit_of(node: Node, names: Names) -> str | None:
    """The unit of a number: sums keep it, a quotient of the same unit has none, 60 seconds are still seconds."""
    if isinstance(node, Name):
        return names.get(node.name, NameKind("unknown")).unit
    units = [unit_of(part, names) for part in node.parts()]
    if isinstance(node, Call) and node.function == "count":
        return None
    if isinstance(node, Arithmetic) and node.operator == "/":
        over, under = units
        return over if under is None else None if over == under else f"{over or '1'} per {under}"
    if isinstance(node, Arithmetic) and node.operator == "*":
        known = sorted(unit for unit in units if unit is not None)
        return " × ".join(known) if known else None
    if isinstance(node, Comparison | Membership | Logic | Not | Literal):
        return None
    return next((unit for unit in units if unit is not None), None)


def _literal_kind(value: Value) -> NameKind:
    if isinstance(value, tuple):
        return NameKind("list")
    return NameKind("truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number")


def mistakes(node: Node, names: Names) -> Iterator[str]:
    """Each mistake as a sentence that says what to do."""
    if isinstance(node, Name) and node.name not in names:
        yield f"`{node.name}` is not the code of a question or part that can be used here: correct it"
    for part in node.parts():
        yield from mistakes(part, names)
    if isinstance(node, Arithmetic | Negation | Call):
        what = f"{node.function}(…) needs numbers" if isinstance(node, Call) else "+ - * / need numbers"
        for part in node.parts():
            yield from _expect(part, names, ("number", "flag"), what)
        yield from _units(node, names)
    elif isinstance(node, Logic | Not):
        for part in node.parts():
            yield from condition_mistakes(part, names)
    elif isinstance(node, Comparison):
        yield from _comparison(node, names)
        yield from _units(node, names)
    elif isinstance(node, Membership):
        yield from _membership(node, names)


def _units(node: Node, names: Names) -> Iterator[str]:
    """The mistake that seconds are added to euros, or held against a percentage."""
    if isinstance(node, Arithmetic) and node.operator in ("*", "/"):
        return
    if isinstance(node, Call) and node.function == "count":
        return
    known = [(part, unit) for part in node.parts() if (unit := unit_of(part, names)) is not None]
    for part, unit in known[1:]:
        if unit != known[0][1]:
            verb = "compared" if isinstance(node, Comparison) else "put together"
            yield (
                f"{_written(known[0][0])} is in {known[0][1]} and {_written(part)} in {unit}: they cannot be {verb};"
                " divide or multiply one of them first"
            )
            return


def condition_mistakes(node: Node, names: Names) -> Iterator[str]:
    """The mistake that something is no condition, if so."""
    yield from _expect(
        node, names, ("truth", "flag"), "a condition is needed here, such as question == 'option' or number > 0"
    )


def number_mistakes(node: Node, names: Names) -> Iterator[str]:
    """The mistake that something is no number, if so."""
    yield from _expect(node, names, ("number", "flag"), "a number is needed here")


def _written(node: Node) -> str:
    if isinstance(node, Name):
        return f"`{node.name}`"
    return f"`{node.value}`" if isinstance(node, Literal) else "a part of the expression"


def _expect(node: Node, names: Names, kinds: tuple[Kind, ...], sentence: str) -> Iterator[str]:
    found = kind_of(node, names).kind
    if found not in (*kinds, "unknown"):
        yield f"{sentence}, but {_written(node)} is a {found}"


def _comparison(node: Comparison, names: Names) -> Iterator[str]:
    left, right = kind_of(node.left, names), kind_of(node.right, names)
    if "unknown" in (left.kind, right.kind):
        return
    if "list" in (left.kind, right.kind):
        yield f"a list or multiple choice cannot be compared with {node.operator}: write 'option' in question"
    elif "text" in (left.kind, right.kind):
        if left.kind != right.kind:
            yield f"{_written(node.left)} ({left.kind}) cannot be compared with {_written(node.right)} ({right.kind})"
        elif node.operator not in ("==", "!="):
            yield f"texts can be compared with == and != only, not with {node.operator}"
    yield from _options(node.left, right)
    yield from _options(node.right, left)


def _membership(node: Membership, names: Names) -> Iterator[str]:
    item, members = kind_of(node.item, names), kind_of(node.members, names)
    if members.kind not in ("list", "unknown"):
        yield f"`in` needs a list or a multiple choice on its right, but {_written(node.members)} is a {members.kind}"
    if item.kind in ("list", "truth"):
        yield f"`in` needs one value on its left, but {_written(node.item)} is a {item.kind}"
    yield from _options(node.item, members)
    if isinstance(node.members, Literal) and isinstance(node.members.value, tuple):
        for value in node.members.value:
            if item.kind in ("text", "number") and _literal_kind(value).kind != item.kind:
                yield f"{_written(node.item)} is a {item.kind}, so `{value}` can never be it"
            yield from _options(Literal(value), item)


def _options(node: Node, other: NameKind) -> Iterator[str]:
    """The mistake that a text is none of the options of the question it is held against."""
    if (
        isinstance(node, Literal)
        and isinstance(node.value, str)
        and other.options is not None
        and node.value not in other.options
    ):
        yield f"`{node.value}` is not one of the options: {', '.join(other.options)}"
