"""Expressions over numbers as linear rows, and numbers that satisfy all rows, found by a mixed-integer program."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from surveys.questionnaire.expression_nodes import Arithmetic, Call, Literal, Name, Negation, Node

FAR = 1e9  # numbers are looked for up to this size; what needs larger ones counts as impossible
STRICT = 1e-3  # "smaller than" is proven with this much room, between numbers that need not be whole
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Variable:
    """A number that can be answered: its range and whether it is whole."""

    low: float
    high: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A sum of numbers with weights, and a constant."""

    weights: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    def plus(self, other: "Line", times: float = 1.0) -> "Line":
        """This and `times` the other."""
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, 0.0) + times * weight
        return Line({name: one for name, one in weights.items() if one}, self.constant + times * other.constant)

    def times(self, factor: float) -> "Line":
        """All of it multiplied."""
        return Line().plus(self, factor)


@dataclass(frozen=True, slots=True)
class Row:
    """`line` lies between `low` and `high`."""

    line: Line
    low: float
    high: float


class UndecidedError(RuntimeError):
    """Whether there are such numbers or answers could not be found out in reasonable time."""


class NotLinearError(ValueError):
    """The expression is no sum of numbers, so nothing is proven about it by a program."""


def line_of(node: Node, present: Iterable[str]) -> Line:
    """The expression as a line; `present` are the numbers that are there, for sum(…). Raises NotLinearError."""
    if isinstance(node, Name):
        return Line({node.name: 1.0})
    if isinstance(node, Literal) and isinstance(node.value, int | float):
        return Line({}, float(node.value))
    if isinstance(node, Negation):
        return line_of(node.operand, present).times(-1.0)
    if isinstance(node, Call):
        return _call(node, present)
    if isinstance(node, Arithmetic):
        left, right = line_of(node.left, present), line_of(node.right, present)
        if node.operator in "+-":
            return left.plus(right, 1.0 if node.operator == "+" else -1.0)
        if node.operator == "*" and not (left.weights and right.weights):
            return right.times(left.constant) if right.weights else left.times(right.constant)
        if node.operator == "/" and not right.weights and right.constant:
            return left.times(1.0 / right.constant)
    raise NotLinearError


def _call(node: Call, present: Iterable[str]) -> Line:
    there = set(present)
    found = [one for one in node.arguments if all(name in there for name in one.names())]
    if node.function == "count":
        return Line({}, float(len(found)))
    if node.function != "sum" or not found:
        raise NotLinearError
    total = Line()
    for one in found:
        total = total.plus(line_of(one, there))
    return total


def rows_of(left: Node, operator: str, right: Node, variables: Mapping[str, Variable]) -> list[Row]:
    """A comparison other than `!=` as rows. Raises NotLinearError."""
    rows: list[Row] = []
    sides: list[Line] = []
    scale: list[Line] = []
    for side in (left, right):
        if isinstance(side, Arithmetic) and side.operator == "/":
            under = line_of(side.right, variables)
            if under.weights:
                rows.append(_positive(under, variables))
                sides.append(line_of(side.left, variables))
                scale.append(under)
                continue
        sides.append(line_of(side, variables))
        scale.append(Line({}, 1.0))
    # a / b against c / d, for b and d above zero: a × d against c × b, linear when one factor of each is a constant
    difference = _product(sides[0], scale[1]).plus(_product(sides[1], scale[0]), -1.0)
    unknown = [name for name in difference.weights if name not in variables]
    if unknown:
        raise NotLinearError
    return [*rows, _compared(difference, operator, variables)]


def _product(left: Line, right: Line) -> Line:
    if left.weights and right.weights:
        raise NotLinearError
    return right.times(left.constant) if right.weights else left.times(right.constant)


def _positive(line: Line, variables: Mapping[str, Variable]) -> Row:
    """What divides must not be zero; here it must be above zero, as quantities are."""
    low = line.constant
    for name, weight in line.weights.items():
        variable = variables.get(name)
        if variable is None:
            raise NotLinearError
        low += weight * (variable.low if weight > 0 else variable.high)
    if low < 0:
        raise NotLinearError
    return Row(Line(line.weights), STRICT - line.constant, math.inf)


def _compared(line: Line, operator: str, variables: Mapping[str, Variable]) -> Row:
    whole = all(variables[name].whole and weight.is_integer() for name, weight in line.weights.items())
    step = 1.0 if whole and line.constant.is_integer() else STRICT
    low, high = {
        "==": (0.0, 0.0),
        "<=": (-math.inf, 0.0),
        "<": (-math.inf, -step),
        ">=": (0.0, math.inf),
        ">": (step, math.inf),
    }[operator]
    return Row(Line(line.weights), low - line.constant, high - line.constant)


def solve(variables: Mapping[str, Variable], rows: Iterable[Row]) -> dict[str, float] | None:
    """Numbers within their ranges that satisfy every row; None when there are none. Raises UndecidedError."""
    import highspy  # at first use: only who compiles a questionnaire needs it

    names = list(variables)
    place = {name: index for index, name in enumerate(names)}
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {"output_flag": False, "threads": 1, "random_seed": 0, "mip_max_nodes": 10_000}.items():
        solver.setOptionValue(option, value)
    for name, one in variables.items():
        solver.addVar(one.low, one.high)
        if one.whole:
            solver.changeColIntegrality(place[name], highspy.HighsVarType.kInteger)
    for row in rows:
        items = sorted((place[name], weight) for name, weight in row.line.weights.items())
        if not items:
            if not row.low <= 0.0 <= row.high:
                return None
            continue
        solver.addRow(row.low, row.high, len(items), [index for index, _ in items], [weight for _, weight in items])
    solver.run()
    if not names:
        return {}
    status, kinds = solver.getModelStatus(), highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return None
    if status != kinds.kOptimal:
        raise UndecidedError(solver.modelStatusToString(status))
    values = solver.getSolution().col_value
    return {name: float(round(values[at]) if variables[name].whole else values[at]) for at, name in enumerate(names)}
