"""Chosen peer groups: a filter answered from released figures alone, however often and by whomever it is asked.

A filter that is a peer group of the release gets that group. Any other filter is snapped to the smallest union of
blocks that holds all that it asks for. Its mean is that of the blocks' released means, weighted by their number of
organisations; its median is the weighted middle of their released medians, an approximation. Both are functions of
the release, so no answer, and no number of answers, tells more than the blocks do (closure). The blocks are
protected together with all other groups.

    asked = read_choice(["sector=public", "sector=semi"], table)      # ChoiceError says what is wrong
    found = answer(table, asked)                                      # ChosenGroup
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.stats.blocks import BlockFacts
from benchmark.stats.disclosure.rounding import round_significant
from benchmark.stats.peers import Terms, belongs, codes_of, group_key, is_block, parse_key
from benchmark.stats.release import ReleasedTable

LEAST_BLOCKS = 2
LEAST = 10  # organisations in a chosen group
MOST_TERMS = 60  # conditions in one question

Choice = Mapping[str, tuple[str, ...]]  # dimension → chosen categories; a dimension that is not there is free
Problem = Literal["unreadable", "unknown", "too_many", "no_blocks", "no_strata"]


class ChoiceError(ValueError):
    """A filter that cannot be answered. `problem`: why; `part`: what it is about, as it was given."""

    def __init__(self, problem: Problem, part: str = "") -> None:
        super().__init__(f"{problem}: {part}")
        self.problem: Problem = problem
        self.part = part


@dataclass(frozen=True)
class Plan:
    """Which released groups answer a filter, whatever the indicator.

    `group`: key of the peer group that it is, else "" and `blocks` are the keys of the blocks that cover it.
    `organisations`: together in the blocks, also those without an answer. `others`: keys of the strata that come along
    although they were not asked for.
    """

    group: str
    blocks: tuple[str, ...] = ()
    organisations: int = 0
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenGroup:
    """The answer for one indicator, when it is made of blocks.

    `n`: organisations behind the figures; `mean`, `median`: None where there are too few blocks with one; the median
    is approximate, of `median_n` organisations. `used`, `left_out`: keys of blocks whose mean is shown, and withheld.
    `asked`: how many organisations the filter itself has, None where the release does not say.
    """

    n: int
    mean: float | None
    median: float | None
    median_n: int
    used: tuple[str, ...]
    left_out: tuple[str, ...]
    asked: int | None


def categories_of(tables: Iterable[ReleasedTable]) -> dict[str, tuple[str, ...]]:
    """Dimensions of a release and their categories (no unions), in the order in which they occur."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for group in table.groups.values():
            if not is_block(group.terms):
                for name, category in group.terms:
                    found.setdefault(name, {}).update(dict.fromkeys(codes_of(category)))
    return {name: tuple(codes) for name, codes in found.items()}


def read_choice(given: Sequence[str], known: Mapping[str, Sequence[str]]) -> Choice:
    """A filter from conditions such as `sector=public` or `sector=public|semi`, in the order of the release.

    Conditions on one dimension add up; a dimension of which everything is chosen is free. `known`: see
    `categories_of`. Raises ChoiceError.
    """
    if len(given) > MOST_TERMS:
        raise ChoiceError("too_many", str(len(given)))
    chosen: dict[str, set[str]] = {}
    for text in given:
        try:
            terms = parse_key(text)
        except ValueError:
            raise ChoiceError("unreadable", text) from None
        if len(terms) != 1:
            raise ChoiceError("unreadable", text)
        name, category = terms[0]
        if not set(codes_of(category)) <= set(known.get(name, ())):
            raise ChoiceError("unknown", text)
        chosen.setdefault(name, set()).update(codes_of(category))
    return {
        name: tuple(code for code in codes if code in chosen[name])
        for name, codes in known.items()
        if name in chosen and chosen[name] != set(codes)
    }


def conditions(choice: Choice) -> list[str]:
    """The conditions that `read_choice` reads back, one per category: for links and forms."""
    return [group_key(((name, code),)) for name, codes in choice.items() for code in codes]


def plan(choice: Choice, groups: Mapping[str, Terms], blocks: Mapping[str, BlockFacts]) -> Plan:
    """What answers a filter. `groups`: terms by key, of all groups of the release; `blocks`: facts by key.

    The cover is the smallest: every block with a stratum that fits. It grows by the nearest other blocks (those that
    share a category with it first) until it has two blocks and ten organisations.
    Raises ChoiceError where the release has no blocks, or none with the dimensions of the filter.
    """
    wanted = tuple((name, codes[0] if len(codes) == 1 else codes) for name, codes in choice.items())
    for key, terms in groups.items():
        if dict(terms) == dict(wanted) and not is_block(terms):
            return Plan(key)
    if not blocks:
        raise ChoiceError("no_blocks")
    strata = {key: [parse_key(stratum) for stratum in facts.strata] for key, facts in blocks.items()}
    told = {name for found in strata.values() for terms in found for name, _category in terms}
    unknown = [name for name in choice if name not in told]
    if unknown:
        raise ChoiceError("no_strata", unknown[0])
    chosen = [key for key, found in strata.items() if any(_fits(choice, terms) for terms in found)]
    size = sum(blocks[key].organisations for key in chosen)
    while len(chosen) < LEAST_BLOCKS or size < LEAST:
        rest = [key for key in blocks if key not in chosen]
        if not rest:
            raise ChoiceError("no_blocks")
        nearest = max(rest, key=lambda key: (_likeness(choice, strata[key]), -rest.index(key)))
        chosen.append(nearest)
        size += blocks[nearest].organisations
    chosen = [key for key in blocks if key in chosen]
    held = dict.fromkeys(terms for key in chosen for terms in strata[key])
    others = tuple(group_key(terms) for terms in sorted(held, key=list(held).index) if not _fits(choice, terms))
    return Plan("", tuple(chosen), size, others)


def answer(table: ReleasedTable, choice: Choice, made: Plan) -> ChosenGroup:
    """The figures of one indicator for a plan of blocks; raises KeyError for a block that the table does not have."""
    used = [key for key in made.blocks if table.groups[key].value("mean") is not None]
    left_out = tuple(key for key in made.blocks if key not in used)
    means = [_weighted(table, key, "mean") for key in used]
    medians = [_weighted(table, key, "p50") for key in used if table.groups[key].value("p50") is not None]
    n, median_n = sum(count for _value, count in means), sum(count for _value, count in medians)
    mean = median = None
    if len(means) >= LEAST_BLOCKS and n >= LEAST:
        total = math.fsum(value * count for value, count in means)
        mean = round_significant(total / n, int(table.policy["digits"]))
    if len(medians) >= LEAST_BLOCKS and median_n >= LEAST:
        median = round_significant(weighted_middle(medians), int(table.policy["quantile_digits"]))
    return ChosenGroup(n, mean, median, median_n, tuple(used), left_out, _asked(table, choice))


def weighted_middle(pairs: Iterable[tuple[float, int]]) -> float:
    """The value at which half of the weight lies on either side; between two values that split it evenly, halfway."""
    ordered = sorted(pairs)
    half, passed = sum(weight for _value, weight in ordered) / 2, 0
    for place, (value, weight) in enumerate(ordered):
        passed += weight
        if passed > half:
            return value
        if passed == half:
            return (value + ordered[place + 1][0]) / 2
    raise ValueError("no values")


def _weighted(table: ReleasedTable, key: str, statistic: str) -> tuple[float, int]:
    group = table.groups[key]
    value = group.value(statistic)
    if value is None or group.n is None:
        raise KeyError(key)
    return value, group.n


def _fits(choice: Choice, terms: Terms) -> bool:
    """Whether organisations of a stratum may be asked for: every chosen dimension has one of its categories."""
    dimensions = {name: str(category) for name, category in terms}
    return belongs(dimensions, tuple(choice.items()))


def _likeness(choice: Choice, strata: Sequence[Terms]) -> int:
    """In how many chosen dimensions the best stratum of a block has a chosen category."""
    return max(sum(str(category) in choice.get(name, ()) for name, category in terms) for terms in strata)


def _asked(table: ReleasedTable, choice: Choice) -> int | None:
    """Organisations that fit, counted from the cells of the lattice; None where one of those is too small to say."""
    names = set(choice)
    cells = [
        group
        for group in table.groups.values()
        if {name for name, _category in group.terms} == names
        and all(isinstance(category, str) for _name, category in group.terms)
        and _fits(choice, group.terms)
    ]
    counts = [group.n for group in cells]
    if not counts or len(names) > 2 or None in counts:
        return None
    return sum(count for count in counts if count is not None)
