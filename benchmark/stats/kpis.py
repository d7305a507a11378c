"""From columns to one value per organisation for one indicator.

Nothing is dropped in silence: a zero denominator and a value outside the legal range leave a flag that
staff see. A value outside the range still counts (the organisation confirmed it, or a validator accepted it);
a value without a denominator cannot exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import Column, FloatArray, Status, StatusArray
from benchmark.stats.indicators import Indicator
from surveys.questionnaire.expressions import Expression, parse_expression

BoolArray = NDArray[np.bool_]
FAR_OUT_SPREADS = 10
FAR_OUT_FROM = 20  # fewer organisations have no spread to speak of


class Flag(IntFlag):
    """What staff should look at; flags of one organisation are added up."""

    NONE = 0
    ZERO_DENOMINATOR = 1  # numerator and denominator are there, the value is not
    OUTSIDE_RANGE = 2  # outside the indicator's legal range; counted all the same
    FAR_OUT = 4  # possible, but so far from all others that it bends a mean; counted all the same


class MissingColumn(KeyError):
    """The indicator needs a column that the frozen input does not have."""


@dataclass(frozen=True, eq=False)
class KpiValues:
    """One indicator for all organisations of a panel, in the panel's order.

    `value`: the indicator's value, NaN where `status` is not ANSWERED; for a single-choice share the index
    of the option. `numerator`, `denominator`: kind ratio only, NaN unless both are known; they may be there
    where the value is not (zero denominator), because a ratio of sums counts them. `chosen`: kind share only,
    organisations × options; `exclusive`: each answer is one option (single choice). `unattributed_*`: amounts of
    the round that belong to no organisation.
    """

    value: FloatArray
    numerator: FloatArray | None
    denominator: FloatArray | None
    status: StatusArray
    flags: StatusArray
    options: tuple[str, ...] = ()
    chosen: BoolArray | None = None
    exclusive: bool = True
    unattributed_numerator: float = 0.0
    unattributed_denominator: float = 0.0

    @property
    def answered(self) -> BoolArray:
        """Which organisations have a value."""
        return np.equal(self.status, np.uint8(Status.ANSWERED))

    def flagged(self, flag: Flag) -> int:
        """Number of organisations with this flag."""
        return int(np.count_nonzero(self.flags & int(flag)))


def kpi_values(
    indicator: Indicator,
    columns: Mapping[str, Column],
    unattributed: Mapping[str, float] | None = None,
    options: Sequence[str] = (),
) -> KpiValues:
    """Values of the indicator for every organisation.

    `columns` by column code (`question`, `question.part`, `question.option`), all of one length.
    `unattributed`: column code → amount of the round that belongs to no organisation; counted only when the
    numerator and the denominator are complete. `options`: the question's option codes in the order of the
    questionnaire (kind share on a single choice). Raises MissingColumn.
    """
    if indicator.kind == "ratio":
        return _ratio(indicator, columns, unattributed or {})
    if indicator.kind == "share":
        return _share(indicator, columns, tuple(options))
    column = _column(columns, indicator.question or "")
    flags = _range_flags(indicator, column.values) | _far_out_flags(column.values)
    return KpiValues(column.values, None, None, column.status, flags)


def _ratio(indicator: Indicator, columns: Mapping[str, Column], unattributed: Mapping[str, float]) -> KpiValues:
    over, under = parse_expression(indicator.numerator or ""), parse_expression(indicator.denominator or "")
    needed = {name: _column(columns, name) for name in sorted({*over.names, *under.names})}
    arrays = {name: column.values for name, column in needed.items()}
    numerator, denominator = over.evaluate_arrays(arrays), under.evaluate_arrays(arrays)
    status = _joined_status([column.status for column in needed.values()])
    # A division by zero inside an expression leaves no amount either.
    broken = (status == Status.ANSWERED) & ~(np.isfinite(numerator) & np.isfinite(denominator))
    status[broken] = Status.NOT_APPLICABLE
    known = status == Status.ANSWERED
    numerator, denominator = np.where(known, numerator, np.nan), np.where(known, denominator, np.nan)
    zero = known & (denominator == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(zero, np.nan, indicator.scale * numerator / denominator)
    status = np.where(zero, Status.NOT_APPLICABLE, status).astype(np.uint8)
    flags = _range_flags(indicator, value) | _far_out_flags(value)
    flags[zero | broken] |= np.uint8(Flag.ZERO_DENOMINATOR)
    extra = _unattributed(over, under, unattributed)
    return KpiValues(value, numerator, denominator, status, flags, (), None, True, *extra)


def _share(indicator: Indicator, columns: Mapping[str, Column], options: tuple[str, ...]) -> KpiValues:
    code = indicator.question or ""
    if code in columns:
        column = columns[code]
        if not options:
            options = tuple(str(i) for i in range(int(np.nanmax(column.values, initial=-1)) + 1))
        chosen = column.values[:, None] == np.arange(len(options), dtype=np.float64)[None, :]
        value, status = column.values, column.status
    else:
        flags = {name.removeprefix(code + "."): c for name, c in columns.items() if name.startswith(code + ".")}
        options = options or tuple(flags)
        if not options or not set(options) <= set(flags):
            raise MissingColumn(code)
        status = _joined_status([flags[option].status for option in options])
        answered = status == Status.ANSWERED
        chosen = np.stack([answered & (flags[option].values == 1) for option in options], axis=1)
        value = np.where(answered, chosen.sum(axis=1).astype(np.float64), np.nan)
    return KpiValues(value, None, None, status, np.zeros(status.size, np.uint8), options, chosen, code in columns)


def _unattributed(over: Expression, under: Expression, amounts: Mapping[str, float]) -> tuple[float, float]:
    names = {*over.names, *under.names}
    if not names or not names <= set(amounts):
        return 0.0, 0.0  # half an amount would bend the ratio: without the list size, leave out the calls too
    arrays = {name: np.array([amounts[name]], dtype=np.float64) for name in names}
    pair = float(over.evaluate_arrays(arrays)[0]), float(under.evaluate_arrays(arrays)[0])
    return pair if np.isfinite(pair).all() else (0.0, 0.0)


def _joined_status(parts: list[StatusArray]) -> StatusArray:
    """Status of a value made from several columns: answered when all are; else the strongest reason.

    Excluded goes before not applicable, that before not available, and that before item nonresponse.
    """
    joined = np.zeros(parts[0].size, dtype=np.uint8)
    for reason in (Status.NONRESPONSE, Status.NOT_AVAILABLE, Status.NOT_APPLICABLE, Status.EXCLUDED):
        for status in parts:
            joined[status == reason] = reason
    return joined


def _range_flags(indicator: Indicator, value: FloatArray) -> StatusArray:
    low = -np.inf if indicator.range.min is None else indicator.range.min
    high = np.inf if indicator.range.max is None else indicator.range.max
    outside = (value < low) | (value > high)  # false for NaN
    return np.where(outside, int(Flag.OUTSIDE_RANGE), 0).astype(np.uint8)


def _far_out_flags(value: FloatArray) -> StatusArray:
    """Values further from the quartiles than FAR_OUT_SPREADS times the distance between them.

    Ten spreads never happen in a percentage and hardly in skewed counts; a wrong denominator (two patients) is
    hundreds. Nothing is flagged where the middle half has one value: then every other value would be far out.
    """
    known = value[np.isfinite(value)]
    if known.size < FAR_OUT_FROM:
        return np.zeros(value.size, dtype=np.uint8)
    low, high = np.quantile(known, [0.25, 0.75])
    reach = FAR_OUT_SPREADS * (high - low) if high > low else np.inf
    far = (value < low - reach) | (value > high + reach)  # false for NaN
    return np.where(far, int(Flag.FAR_OUT), 0).astype(np.uint8)


def _column(columns: Mapping[str, Column], name: str) -> Column:
    try:
        return columns[name]
    except KeyError:
        raise MissingColumn(name) from None
