"""Two organisations that filled in the same: a questionnaire sent in twice, or copied.

What tells are answers that hardly anybody else gave: exact numbers and texts in one's own words. Choices from a list
are shared by many, so they tell only together: nearly all the same, and far more than two organisations usually share.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from surveys.validation.robust import FloatArray

SHARED_BY = 3  # an answer that more organisations have tells nothing about two of them
LEAST_SHARED = 5
LEAST_PART = 0.6
LEAST_LETTERS, LEAST_WORDS = 20, 4  # of a text in one's own words; shorter ones are "none" and "see above"
LEAST_CHOICES = 10
LEAST_PART_OF_CHOICES = 0.9
BY_CHANCE = 0.1  # pairs that may share their choices by chance, in a whole round
ALIKE = 0.9  # sectors choose alike: chance is what the pair at this quantile shares, for as many pairs as share more
ROWS = 200  # organisations held against all others at once: bounds memory
SAMPLED = 300

Said = Mapping[str, Sequence[str]]
Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Shared:
    """What two organisations answered the same (columns or questions), of how many both answered."""

    same: tuple[str, ...] = ()
    both: int = 0

    @property
    def part(self) -> float:
        """The share that is the same; 0 without any."""
        return len(self.same) / self.both if self.both else 0.0


@dataclass(frozen=True)
class Twin:
    """Two organisations by place. `exact`: numbers and texts that hardly anybody else gave, of those that tell at one
    of the two at least. `choices`: all choices; of so many, two organisations share `usual` by chance.
    """

    first: int
    second: int
    exact: Shared
    choices: Shared
    usual: float


def find_twins(numbers: Mapping[str, FloatArray], texts: Said | None = None, choices: Said | None = None) -> list[Twin]:
    """Pairs with at least five telling answers the same and most of those that could be; and pairs with nearly all of
    at least ten choices the same where chance gives no such pair.

    numbers: column → value per organisation, NaN for none. texts, choices: question → words per organisation, "" for
    none.
    """
    chosen = _Choices(choices or {})
    tells = [_Telling(*one) for one in (*_number_answers(numbers), *_text_answers(texts or {}))]
    pairs = _by_exact(tells) | chosen.unusual_pairs()
    found = []
    for first, second in pairs:
        exact = _exact(tells, first, second)
        alike, usual = chosen.shared(first, second)
        found.append(Twin(first, second, exact, alike, usual))
    return sorted(found, key=lambda one: (-len(one.exact.same), -len(one.choices.same), one.first, one.second))


def telling(value: float) -> bool:
    """Whether a value is so exact that two give it by chance only seldom: three significant digits or more."""
    digits = f"{abs(value):.12g}".partition("e")[0].replace(".", "").strip("0")
    return len(digits) >= 3


def own_words(text: str) -> str:
    """A text as it is compared, whatever its capitals and spaces; "" when it is too short to be somebody's own."""
    plain = " ".join(text.casefold().split())
    return plain if len(plain) >= LEAST_LETTERS and plain.count(" ") + 1 >= LEAST_WORDS else ""


class _Telling:
    """One column or text: who gave which answer, and whose tell."""

    def __init__(self, code: str, given: Mapping[int, float | str], tells: Iterable[int]) -> None:
        self.code, self.given = code, given
        groups: dict[float | str, list[int]] = defaultdict(list)
        for place in tells:
            groups[given[place]].append(place)
        self.groups = [places for places in groups.values() if len(places) <= SHARED_BY]
        self.tells = {place for places in self.groups for place in places}

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Who gave the same telling answer."""
        for places in self.groups:
            yield from combinations(places, 2)


def _number_answers(columns: Mapping[str, FloatArray]) -> Iterable[tuple[str, dict[int, float | str], list[int]]]:
    for code, values in columns.items():
        given: dict[int, float | str] = {
            place: float(values[place]) for place in np.flatnonzero(np.isfinite(values)).tolist()
        }
        yield code, given, [place for place, value in given.items() if telling(float(value))]


def _text_answers(texts: Said) -> Iterable[tuple[str, dict[int, float | str], list[int]]]:
    for code, words in texts.items():
        given: dict[int, float | str] = {place: own_words(one) for place, one in enumerate(words) if one.strip()}
        yield code, given, [place for place, one in given.items() if one]


def _by_exact(tells: Sequence[_Telling]) -> set[tuple[int, int]]:
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for one in tells:
        for pair in one.pairs():
            counts[pair] += 1
    enough = [pair for pair, count in counts.items() if count >= LEAST_SHARED]
    return {(first, second) for first, second in enough if _exact(tells, first, second).part >= LEAST_PART}


def _exact(tells: Sequence[_Telling], first: int, second: int) -> Shared:
    """A number that tells at one of the two and is another at the other speaks against a copy."""
    compared = [
        one
        for one in tells
        if first in one.given and second in one.given and (first in one.tells or second in one.tells)
    ]
    same = tuple(one.code for one in compared if one.given[first] == one.given[second])
    return Shared(same, len(compared))


class _Choices:
    """All choices as numbers, and how often two organisations choose the same by chance."""

    def __init__(self, choices: Said) -> None:
        self.questions = tuple(choices)
        rows = [np.unique(list(words), return_inverse=True) for words in choices.values()]
        self.codes: list[Codes] = [
            np.where(np.asarray(list(words)) == "", -1, inverse).astype(np.int32)
            for words, (_values, inverse) in zip(choices.values(), rows, strict=True)
        ]
        self.chance = [_chance(codes) for codes in self.codes]

    def shared(self, first: int, second: int) -> tuple[Shared, float]:
        """What two chose the same, and how many that would be by chance."""
        both = [at for at, codes in enumerate(self.codes) if codes[first] >= 0 and codes[second] >= 0]
        same = tuple(self.questions[at] for at in both if self.codes[at][first] == self.codes[at][second])
        return Shared(same, len(both)), sum(self.chance[at] for at in both)

    def unusual_pairs(self) -> set[tuple[int, int]]:
        """Who share nearly all choices where chance, taken broadly, gives no such pair in the whole round."""
        if len(self.questions) < LEAST_CHOICES:
            return set()
        count = self.codes[0].size
        chance = self._usual_part(count)
        alike = count * (count - 1) / 2 * (1 - ALIKE)
        found = set()
        for start in range(0, count, ROWS):
            same, both = self._against_all(slice(start, start + ROWS))
            rows, columns = np.nonzero((both >= LEAST_CHOICES) & (same >= LEAST_PART_OF_CHOICES * both))
            for row, second in zip(rows.tolist(), columns.tolist(), strict=True):
                expected = alike * _tail(int(same[row, second]), int(both[row, second]), chance)
                if start + row < second and expected < BY_CHANCE:
                    found.add((start + row, second))
        return found

    def _usual_part(self, count: int) -> float:
        """The share of choices that all but the most alike pairs have in common."""
        step = max(1, count // SAMPLED)
        same, both = self._against_all(slice(0, count, step))
        apart = np.arange(0, count, step)[:, None] != np.arange(count)[None, :]
        parts = same[apart & (both >= LEAST_CHOICES)] / both[apart & (both >= LEAST_CHOICES)]
        return float(np.quantile(parts, ALIKE)) if parts.size else 1.0

    def _against_all(self, rows: slice) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """For these organisations and all: how many choices are the same, and how many both made."""
        shape = (self.codes[0][rows].size, self.codes[0].size)
        same, both = np.zeros(shape, np.int16), np.zeros(shape, np.int16)
        for codes in self.codes:
            here, there = codes[rows][:, None], codes[None, :]
            given = (here >= 0) & (there >= 0)
            both += given
            same += given & (here == there)
        return same, both


def _chance(codes: Codes) -> float:
    """How probable it is that two who answered chose the same."""
    counts = np.bincount(codes[codes >= 0]).astype(float)
    total = counts.sum()
    return float((counts * (counts - 1)).sum() / (total * (total - 1))) if total > 1 else 0.0


def _tail(same: int, both: int, chance: float) -> float:
    """The probability of at least so many the same out of both, each with this chance (binomial)."""
    return sum(comb(both, k) * chance**k * (1 - chance) ** (both - k) for k in range(same, both + 1))
