"""Looks for answers that make some conditions true at once: options by trying them, numbers by a program.

A search that fails has tried every way in which the conditions can be met, so nothing can meet them; unless something
in them is not linear (`skipped`), or there were too many ways (`UndecidedError`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from surveys.questionnaire.compiling.domains import Domains
from surveys.questionnaire.compiling.linear import (
    OPPOSITE,
    NotLinearError,
    Row,
    UndecidedError,
    Variable,
    rows_of,
    solve,
)
from surveys.questionnaire.expression_nodes import Comparison, Literal, Logic, Membership, Name, Node, Not

MAX_WAYS = 1_000

Goal = tuple[Node, bool]


@dataclass(frozen=True)
class Found:
    """Answers in the making: options still possible per choice, options ticked or not, numbers."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _State:
    choices: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, bool]
    comparisons: tuple[Comparison, ...] = ()


@dataclass
class Search:
    """One search over the domains; `numbers` are those that are answered, `rows` hold in any case."""

    domains: Domains
    numbers: Mapping[str, Variable]
    rows: Sequence[Row]
    skipped: bool = False
    ways: int = 0

    def first(self, goals: Sequence[Goal]) -> Found | None:
        """Answers that meet all goals, or None."""
        for state in self._states(list(goals), _State(self.domains.choices, {})):
            self.ways += 1
            if self.ways > MAX_WAYS:
                raise UndecidedError("too many ways")
            numbers = self._solved(state.comparisons)
            if numbers is not None:
                return Found(state.choices, state.flags, numbers)
        return None

    def _solved(self, comparisons: Sequence[Comparison]) -> dict[str, float] | None:
        rows = list(self.rows)
        for one in comparisons:
            try:
                rows += rows_of(one.left, one.operator, one.right, self.numbers)
            except NotLinearError:
                self.skipped = True
        return solve(self.numbers, rows)

    def _states(self, goals: list[Goal], state: _State) -> Iterator[_State]:
        if not goals:
            yield state
            return
        (node, want), rest = goals[0], goals[1:]
        if isinstance(node, Not):
            yield from self._states([(node.operand, not want), *rest], state)
        elif isinstance(node, Logic):
            if (node.operator == "and") == want:
                yield from self._states([(node.left, want), (node.right, want), *rest], state)
            else:
                yield from self._states([(node.left, want), *rest], state)
                yield from self._states([(node.right, want), *rest], state)
        else:
            for narrowed in self._narrowed(node, want, state):
                yield from self._states(rest, narrowed)

    def _narrowed(self, node: Node, want: bool, state: _State) -> Iterator[_State]:
        """The ways in which one comparison, membership or name becomes what is wanted."""
        if isinstance(node, Literal):
            if bool(node.value) == want:
                yield state
        elif isinstance(node, Name):
            yield from self._name(node, want, state)
        elif isinstance(node, Membership):
            yield from self._membership(node, want, state)
        elif isinstance(node, Comparison):
            yield from self._comparison(node, want, state)
        else:  # a number as a condition: other than zero
            yield from self._comparison(Comparison("!=", node, Literal(0.0)), want, state)

    def _name(self, node: Name, want: bool, state: _State) -> Iterator[_State]:
        if node.name in self.domains.flags:
            yield from self._flag(node.name, want, state)
        else:
            yield from self._comparison(Comparison("!=", node, Literal(0.0)), want, state)

    def _flag(self, name: str, want: bool, state: _State) -> Iterator[_State]:
        if state.flags.get(name, want) != want:
            return
        flags = {**state.flags, name: want}
        if want:
            code = name.partition(".")[0]
            others = [one for one in self.domains.flags if one.partition(".")[0] == code and one != name]
            for other in others:
                if self.domains.flags[name] or self.domains.flags[other]:  # one of the two excludes the other
                    if flags.get(other):
                        return
                    flags[other] = False
        yield replace(state, flags=flags)

    def _membership(self, node: Membership, want: bool, state: _State) -> Iterator[_State]:
        if isinstance(node.members, Name):
            if isinstance(node.item, Literal):
                yield from self._flag(f"{node.members.name}.{node.item.value}", want, state)
            else:
                self.skipped = True
                yield state
            return
        members = node.members.value if isinstance(node.members, Literal) else ()
        values = members if isinstance(members, tuple) else ()
        if isinstance(node.item, Name) and node.item.name in self.domains.choices:
            yield from self._options(node.item.name, tuple(str(one) for one in values), want, state)
        elif want:
            for value in values:
                yield from self._comparison(Comparison("==", node.item, Literal(value)), True, state)
        else:
            states = [state]
            for value in values:
                ways = (self._comparison(Comparison("==", node.item, Literal(value)), False, one) for one in states)
                states = [one for way in ways for one in way]
            yield from states

    def _options(self, name: str, values: tuple[str, ...], want: bool, state: _State) -> Iterator[_State]:
        known = self.domains.choices[name]
        if not known:  # an open dimension: any text can be its value
            self.skipped = True
            yield state
            return
        left = tuple(one for one in state.choices[name] if (one in values) == want)
        if left:
            yield replace(state, choices={**state.choices, name: left})

    def _comparison(self, node: Comparison, want: bool, state: _State) -> Iterator[_State]:
        operator = node.operator if want else OPPOSITE[node.operator]
        for name, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(name, Name) and name.name in self.domains.choices:
                if isinstance(other, Literal):
                    yield from self._options(name.name, (str(other.value),), operator == "==", state)
                else:
                    self.skipped = True
                    yield state
                return
        for sharp in ("<", ">") if operator == "!=" else (operator,):
            yield replace(state, comparisons=(*state.comparisons, Comparison(sharp, node.left, node.right)))
