"""Attack across indicators (T4): shares of the same whole add up, so one that is blank follows from the others.

The definitions are public. When the numerators of several ratios with one denominator add up to that denominator, their
values add up to the scale for every organisation, and their means in every group. What each indicator withholds by
itself is then shown by the others together.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from benchmark.stats.attack.figures import sums_of
from benchmark.stats.attack.reading import Document
from benchmark.stats.attack.sums import Sum

MOST = 4  # indicators of one identity


def identities(documents: Sequence[Document]) -> list[tuple[str, ...]]:
    """Sets of indicators whose numerators, plain sums of columns, add up to their common denominator."""
    by_whole: dict[tuple[tuple[str, ...], float], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for one in documents:
        above, below = (_columns(text) for text in one.expressions)
        if one.kind == "ratio" and above and below:
            by_whole[below, one.scale].append((one.kpi, above))
    found = []
    for (below, _scale), parts in by_whole.items():
        for size in range(2, MOST + 1):
            found += [
                tuple(kpi for kpi, _ in chosen)
                for chosen in combinations(sorted(parts), size)
                if tuple(sorted(name for _, above in chosen for name in above)) == below
            ]
    return found


def derived_sums(documents: Sequence[Document], kpi: str) -> list[Sum]:
    """What the other indicators say about this one's sums, group by group."""
    by_code = {one.kpi: one for one in documents}
    found = []
    for identity in identities(documents):
        others = [by_code[code] for code in identity if code != kpi]
        if kpi not in identity:
            continue
        sums = [{one.about: one for one in sums_of(other)} for other in others]
        for key in set.intersection(*(set(one) for one in sums)):
            parts = [one[key] for one in sums]
            if any(part.members != parts[0].members for part in parts):
                continue
            whole = len(parts[0].members) * by_code[kpi].scale
            low, high = whole - math.fsum(p.high for p in parts), whole - math.fsum(p.low for p in parts)
            about = f"{key} from {' and '.join(other.kpi for other in others)}"
            found.append(Sum(about, parts[0].members, low, high))
    return sorted(found, key=lambda one: one.about)


def _columns(text: str) -> tuple[str, ...]:
    """Names in a plain sum of columns, sorted; () for anything else."""
    names = [part.strip().strip("()").strip() for part in text.split("+")]
    return tuple(sorted(names)) if all(name.replace("_", "a").isalnum() for name in names) else ()
