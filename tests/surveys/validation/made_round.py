"""An invented round with last year's answers, and slips planted in it: what the checks are measured on."""

from dataclasses import dataclass

import numpy as np

from surveys.validation import Measured
from surveys.validation.robust import FloatArray

AMOUNTS, SHARES = 20, 6
FACTORS = (60.0, 100.0, 1000.0, 1 / 60, 1 / 100, 1 / 1000)


@dataclass(frozen=True, eq=False)
class MadeRound:
    """`planted`: (place, column) → factor. `columns` holds the round with the slips in it."""

    columns: list[Measured]
    planted: dict[tuple[int, str], float]


def made_round(
    seed: int, organisations: int = 80, slips: int = 30, without_history: float = 0.25, missing: float = 0.08
) -> MadeRound:
    """Organisations of very different size; amounts that follow it, percentages that do not; a year of change."""
    source = np.random.default_rng(seed)
    size = np.exp(source.normal(4, 1.0, organisations))
    new = source.random(organisations) < without_history
    columns = []
    for number in range(AMOUNTS):
        follows = source.choice([0.0, 1.0], p=[0.2, 0.8])
        now = np.exp(source.normal(3, 1)) * size**follows * np.exp(source.normal(0, 0.3, organisations))
        columns.append(_column(f"amount{number}", np.round(now, 1), 0.15, False, new, missing, source))
    for number in range(SHARES):
        now = 100 / (1 + np.exp(-source.normal(source.normal(0, 1), 0.5, organisations)))
        columns.append(_column(f"share{number}", np.round(now, 1), 0.0, True, new, missing, source))
    return _planted(columns, slips, source)


def _column(
    code: str,
    now: FloatArray,
    drift: float,
    bounded: bool,
    new: FloatArray,
    missing: float,
    source: np.random.Generator,
) -> Measured:
    count = now.size
    if bounded:
        before = np.clip(now + source.normal(0, 3, count), 0.5, 99.5)
    else:
        before = now / np.exp(source.normal(drift / 3, drift, count))
    now = np.where(source.random(count) < missing, np.nan, now)
    return Measured(code, now, np.where(new, np.nan, before), bounded)


def _planted(columns: list[Measured], slips: int, source: np.random.Generator) -> MadeRound:
    planted: dict[tuple[int, str], float] = {}
    by_code = {one.column: one for one in columns}
    amounts = [one.column for one in columns if not one.bounded]
    while len(planted) < slips:
        code, place = str(source.choice(amounts)), int(source.integers(columns[0].now.size))
        factor = float(source.choice(FACTORS))
        if (place, code) in planted or not np.isfinite(by_code[code].now[place]):
            continue
        planted[place, code] = factor
        by_code[code].now[place] *= factor
    return MadeRound(columns, planted)
