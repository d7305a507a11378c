"""Finds mistakes in an expression before anyone answers: unknown names or options, a text compared with a number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from surveys.questionnaire.expression_nodes import (
    Arithmetic,
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
    """What a name stands for; `options` are the texts that it can be (choice) or hold (list), else None."""

    kind: Kind
    options: tuple[str, ...] | None = None


Names = Mapping[str, NameKind]


def kind_of(node: Node, names: Names) -> NameKind:
    """What a node yields."""
    if isinstance(node, Name):
        return names.get(node.name, NameKind("unknown"))
    if isinstance(node, Literal):
        return _literal_kind(node.value)
    return NameKind("number" if isinstance(node, Arithmetic | Negation) else "truth")


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
    if isinstance(node, Arithmetic | Negation):
        for part in node.parts():
            yield from _expect(part, names, ("number", "flag"), "+ - * / need numbers")
    elif isinstance(node, Logic | Not):
        for part in node.parts():
            yield from condition_mistakes(part, names)
    elif isinstance(node, Comparison):
        yield from _comparison(node, names)
    elif isinstance(node, Membership):
        yield from _membership(node, names)


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
