"""The parts that an expression is made of, each of which can evaluate itself for one organisation and for arrays."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

# a tuple is the chosen options of a multiple choice, or a list in the expression
Value = float | str | bool | tuple[Any, ...] | None
Arrays = Mapping[str, NDArray[np.float64]]
TOLERANCE = 1e-12

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


FUNCTIONS: Mapping[str, Callable[[list[float]], float]] = {"sum": math.fsum, "min": min, "max": max, "count": len}


class ExpressionError(ValueError):
    """The text is no expression, or it is used for something that it cannot do."""


def number(value: Value) -> float | None:
    """The value as a number: truth values count as 1 and 0, texts and what is not finite are missing."""
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    return None


def truth(value: Value) -> bool | None:
    """The value as a condition: a number is true unless it is zero; texts are no condition, so missing."""
    if isinstance(value, bool):
        return value
    as_number = number(value)
    return None if as_number is None else as_number != 0


def close(left: float, right: float) -> bool:
    """Whether two numbers are equal but for the rounding of binary fractions."""
    return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=0.0)


class Node:
    """A part of an expression."""

    children: ClassVar[tuple[str, ...]] = ()

    def parts(self) -> tuple["Node", ...]:
        """The nodes directly inside this one, left to right."""
        return tuple(getattr(self, child) for child in self.children)

    @property
    def depth(self) -> int:
        """How deep the expression is nested, counted without recursion: a hostile file must not exhaust the stack."""
        level, deepest = [self], 0
        while level:
            deepest += 1
            level = [part for node in level for part in node.parts()]
        return deepest

    def names(self) -> Iterator[str]:
        """Every name used, left to right, repeated as used."""
        for part in self.parts():
            yield from part.names()

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        raise NotImplementedError

    def arrays(self, names: Arrays) -> NDArray[np.float64] | float:
        raise ExpressionError("only numbers, names and + - * / can be used here")


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Value

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        return self.value

    def arrays(self, names: Arrays) -> NDArray[np.float64] | float:
        if isinstance(self.value, bool) or not isinstance(self.value, float):
            raise ExpressionError("only numbers, names and + - * / can be used here")
        return self.value


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str

    def names(self) -> Iterator[str]:
        yield self.name

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        return names.get(self.name)

    def arrays(self, names: Arrays) -> NDArray[np.float64] | float:
        if self.name not in names:
            raise ExpressionError(f"there is no column `{self.name}`")
        return names[self.name]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node
    children: ClassVar[tuple[str, ...]] = ("operand",)

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        value = number(self.operand.evaluate(names))
        return None if value is None else -value

    def arrays(self, names: Arrays) -> NDArray[np.float64] | float:
        return -self.operand.arrays(names)


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: str
    left: Node
    right: Node
    children: ClassVar[tuple[str, ...]] = ("left", "right")

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        left, right = number(self.left.evaluate(names)), number(self.right.evaluate(names))
        if left is None or right is None or (self.operator == "/" and right == 0):
            return None
        return number(ARITHMETIC[self.operator](left, right))

    def arrays(self, names: Arrays) -> NDArray[np.float64] | float:
        left, right = np.asarray(self.left.arrays(names)), np.asarray(self.right.arrays(names))
        result: NDArray[np.float64] = np.asarray(ARITHMETIC[self.operator](left, right), dtype=np.float64)
        # what is not finite is missing at once, as in `evaluate`: 1 / (1 / 0) is missing and not 0
        return np.where(np.isfinite(result), result, np.nan)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`sum`, `count`, `min` or `max` of what is there: missing arguments are passed over, unlike in `a + b`."""

    function: str
    arguments: tuple[Node, ...]

    def parts(self) -> tuple[Node, ...]:
        return self.arguments

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        found = [value for value in (number(one.evaluate(names)) for one in self.arguments) if value is not None]
        if self.function == "count":
            return float(len(found))
        return FUNCTIONS[self.function](found) if found else None


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node
    children: ClassVar[tuple[str, ...]] = ("left", "right")

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        left, right = self.left.evaluate(names), self.right.evaluate(names)
        if left is None or right is None:
            return None
        if isinstance(left, str) and isinstance(right, str):
            return {"==": left == right, "!=": left != right}.get(self.operator)
        first, second = number(left), number(right)
        if first is None or second is None:  # a text against a number: loading a file refuses it
            return None
        equal = close(first, second)
        return {
            "==": equal,
            "!=": not equal,
            "<": first < second and not equal,
            "<=": first < second or equal,
            ">": first > second and not equal,
            ">=": first > second or equal,
        }[self.operator]


@dataclass(frozen=True, slots=True)
class Membership(Node):
    item: Node
    members: Node
    children: ClassVar[tuple[str, ...]] = ("item", "members")

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        item, members = self.item.evaluate(names), self.members.evaluate(names)
        if item is None or not isinstance(members, tuple):
            return None
        return item in members


@dataclass(frozen=True, slots=True)
class Not(Node):
    operand: Node
    children: ClassVar[tuple[str, ...]] = ("operand",)

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        value = truth(self.operand.evaluate(names))
        return None if value is None else not value


@dataclass(frozen=True, slots=True)
class Logic(Node):
    operator: str
    left: Node
    right: Node
    children: ClassVar[tuple[str, ...]] = ("left", "right")

    def evaluate(self, names: Mapping[str, Value]) -> Value:
        sides = truth(self.left.evaluate(names)), truth(self.right.evaluate(names))
        decisive = self.operator == "or"
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive
