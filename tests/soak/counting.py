"""How often: a short sample in `make test`, the whole campaign in `make soak` (SOAK=1; SOAK=0.1 for a tenth)."""

import os
from time import monotonic, sleep
from typing import Any


def times(sample: int, soak: int) -> int:
    """So many times now."""
    part = float(os.environ.get("SOAK", "0") or 0)
    return max(sample, round(soak * part)) if part else sample


def in_soak() -> bool:
    """Whether the long campaign runs."""
    return times(0, 1000) > 0


def becomes(condition: Any, seconds: float, *, why: Any = "") -> float:
    """Wait until it is so; returns the seconds it took."""
    started = monotonic()
    while not condition():
        assert monotonic() - started < seconds, f"not within {seconds} s: {why() if callable(why) else why}"
        sleep(0.05)
    return monotonic() - started
