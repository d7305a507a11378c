"""What the checks look at, and what they find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surveys.validation.robust import FloatArray


@dataclass(frozen=True, eq=False)
class Measured:
    """One column of a round for all organisations, in one order. NaN where there is no value.

    `before`: last round's own values where the definition stayed the same. `bounded`: a percentage or a score, which
    has no size and no unit slips other than a factor 100. `theme`: where it is asked; what is asked together is often
    wrong together.
    """

    column: str
    now: FloatArray
    before: FloatArray
    bounded: bool = False
    theme: str = ""


@dataclass(frozen=True)
class Found:
    """One thing that a check found. `place`: of the organisation; `figures`: what proves it.

    `weight` sorts: usual distances from what was expected; unit slips come first.
    """

    place: int
    column: str
    kind: str
    weight: float
    figures: Mapping[str, Any] = field(default_factory=dict)
