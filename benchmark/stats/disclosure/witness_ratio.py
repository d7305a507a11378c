"""Ratios of sums in a witness: denominators that others do not know may move as well.

Once the values x' of a witness are found, its denominators D' are found by a linear program: a ratio of sums
r = scale·ΣN/ΣD with N = x·D/scale lies in its interval low … high when

    Σ (x'_j − low)·D'_j ≥ 0 ≥ Σ (x'_j − high)·D'_j    over everything that is counted,

which is linear in D'. Only those whose values changed, and as few others as possible, get other denominators, between
half and double the true ones. What belongs to no organisation, and amounts without a value, stay as they are.
"""

import math
from collections.abc import Collection, Sequence

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.figures import MARGIN, Figure, Figures, Group, Ratios
from benchmark.stats.disclosure.rounding import round_significant
from benchmark.stats.disclosure.witness import Witness
from benchmark.stats.disclosure.witness_cone import INSIDE, among
from benchmark.stats.disclosure.witness_programs import Programs

HALF, DOUBLE = 0.5, 2.0
OTHERS = 60

Amounts = tuple[IntArray, FloatArray | None, FloatArray | None]  # versions, their numerators and denominators


def with_amounts(
    figures: Figures,
    values: list[tuple[IntArray, FloatArray]],
    programs: Programs,
    candidates: IntArray,
    frozen: Collection[int] = (),
) -> Witness | None:
    """A witness with these values per scene and, for a ratio, amounts that keep all shown ratios; None without.

    `candidates`: versions that may get another denominator besides, the most useful first.
    """
    cast = figures.cast
    if cast.scenes[0].table.values.denominator is None:
        return _witness(figures, values, None)
    others = candidates[~among(cast.contributor[candidates], frozen)][:OTHERS]
    amounts = []
    for scene, (versions, new) in enumerate(values):
        part = _denominators(figures, scene, versions, new, programs, others)
        if part is None:
            return None
        amounts.append(part)
    return _witness(figures, values, amounts)


def ratios_hold(figures: Figures, witness: Witness, asked: Sequence[Ratios] | None = None) -> bool:
    """Whether all shown ratios (or those that are `asked`, by scene) come out the same."""
    return all(
        _hold(figures, scene, shown, witness)
        for scene, shown in enumerate(figures.ratios if asked is None else asked)
        if shown.numbers.size
    )


def ratio_spoilt(figures: Figures, number: int, amounts: Sequence[Amounts]) -> list[int]:
    """Which of these data sets (`amounts`: in each the versions that differ in the figure's scene) do not give a ratio.

    The same as `ratios_hold` says of each, for very many at once.
    """
    figure = figures.all[number]
    group, shown = figures.groups[figure.group], figures.ratio_rows([number], figures.groups[figure.group].scene)
    values, scale = figures.cast.scenes[group.scene].table.values, figures.indicator.scale
    if values.numerator is None or values.denominator is None:
        return [one for one, (versions, _, _) in enumerate(amounts) if versions.size]
    unknown = [one for one, (versions, over, under) in enumerate(amounts) if over is None or under is None]
    known = [one for one, (_, over, under) in enumerate(amounts) if over is not None and under is not None]
    spoilt = [one for one in unknown if amounts[one][0].size]
    if not known:
        return spoilt
    count = np.array([amounts[one][0].size for one in known])
    line, versions = np.repeat(np.arange(count.size), count), np.concatenate([amounts[one][0] for one in known])
    over, under = (np.concatenate([np.asarray(amounts[one][part]) for one in known]) for part in (1, 2))
    inside = figures.place[figure.group, versions] >= 0
    line, versions, over, under = line[inside], versions[inside], over[inside], under[inside]
    rows = figures.cast.row[group.scene, versions]
    top = scale * (shown.numerator[0] + np.bincount(line, over - values.numerator[rows], count.size))
    bottom = shown.denominator[0] + np.bincount(line, under - values.denominator[rows], count.size)
    margin = MARGIN * shown.size[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
        plainly = (bottom > 0) & (ratio >= shown.low[0] + margin) & (ratio <= shown.high[0] - margin)
    touched = np.bincount(line, minlength=count.size) > 0
    for place in np.flatnonzero(touched & ~plainly).tolist():
        own = slice(*np.searchsorted(line, (place, place + 1)))
        if not _same(figures, group, figure, rows[own], over[own], under[own]):
            spoilt.append(known[place])
    return sorted(spoilt)


def _hold(figures: Figures, scene: int, shown: Ratios, witness: Witness) -> bool:
    rows, _, over, under = witness.changed(figures.cast, scene)
    values, scale = figures.cast.scenes[scene].table.values, figures.indicator.scale
    if over is None or under is None or values.numerator is None or values.denominator is None:
        return not rows.size
    versions = figures.cast.scenes[scene].version[rows]
    inside = figures.place[shown.groups[:, None], versions] >= 0
    top = scale * (shown.numerator + inside @ (over - values.numerator[rows]))
    bottom = shown.denominator + inside @ (under - values.denominator[rows])
    margin = MARGIN * shown.size
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
        plainly = (bottom > 0) & (ratio >= shown.low + margin) & (ratio <= shown.high - margin)
    for place in np.flatnonzero(inside.any(axis=1) & ~plainly).tolist():
        own, group = inside[place], figures.groups[shown.groups[place]]
        if not _same(figures, group, figures.all[shown.numbers[place]], rows[own], over[own], under[own]):
            return False
    return True


def _same(figures: Figures, group: Group, figure: Figure, rows: IntArray, over: FloatArray, under: FloatArray) -> bool:
    values = figures.cast.scenes[group.scene].table.values
    if values.numerator is None or values.denominator is None:
        return False
    scale = figures.indicator.scale
    paired, place = group.row.ratio_members, {row: i for i, row in enumerate(rows.tolist())}
    if paired is None:
        return False
    extra = _unattributed(figures, group)
    tops = [float(over[place[r]]) if r in place else float(values.numerator[r]) for r in paired.tolist()]
    bottoms = [float(under[place[r]]) if r in place else float(values.denominator[r]) for r in paired.tolist()]
    total = math.fsum([*bottoms, extra[1]])
    return total != 0 and (
        round_significant(scale * math.fsum([*tops, extra[0]]) / total, figure.digits) == figure.shown
    )


def _unattributed(figures: Figures, group: Group) -> tuple[float, float]:
    values = figures.cast.scenes[group.scene].table.values
    if group.row.terms:
        return 0.0, 0.0
    return values.unattributed_numerator, values.unattributed_denominator


def _denominators(
    figures: Figures, scene: int, versions: IntArray, new: FloatArray, programs: Programs, others: IntArray
) -> tuple[IntArray, FloatArray, FloatArray] | None:
    """Versions of a scene with their new values and denominators."""
    cast, values = figures.cast, figures.cast.scenes[scene].table.values
    under, shown = values.denominator, figures.ratios[scene]
    if under is None:
        return None
    touched = np.flatnonzero((figures.place[shown.groups[:, None], versions] >= 0).any(axis=1))
    if not touched.size or figures.indicator.denominator_public:
        return versions, new, under[cast.row[scene, versions]]
    others = others[(cast.row[scene, others] >= 0) & ~among(others, versions.tolist())]
    columns = np.concatenate([versions, others])
    x = np.concatenate([new, cast.values_in(scene)[others]])
    size = under[cast.row[scene, columns]]
    if not np.all(size > 0):
        return None
    if others.size:  # whoever gets another denominator has ratios of its own to keep
        touched = np.flatnonzero((figures.place[shown.groups[:, None], columns] >= 0).any(axis=1))
    factor = _factors(figures, scene, touched, (columns, x, size), versions.size, programs)
    if factor is None:
        return None
    keep = (np.arange(columns.size) < versions.size) | (np.abs(factor - 1) > 1e-9)
    return columns[keep], x[keep], (size * factor)[keep]


def _factors(
    figures: Figures,
    scene: int,
    touched: IntArray,
    of: tuple[IntArray, FloatArray, FloatArray],
    changed: int,
    programs: Programs,
) -> FloatArray | None:
    """By how much each denominator is multiplied; rows are divided by the group's sum of denominators.

    `of`: versions, values, denominators, the first `changed` of them with another value than the true one.
    """
    columns, x, size = of
    shown, values, scale = figures.ratios[scene], figures.cast.scenes[scene].table.values, figures.indicator.scale
    low, high, top, bottom = (part[touched] for part in (shown.low, shown.high, shown.numerator, shown.denominator))
    if values.numerator is None or not np.all(bottom > 0):
        return None
    inside = (figures.place[shown.groups[touched][:, None], columns] >= 0).astype(np.float64)
    rest = scale * (top - inside @ values.numerator[figures.cast.row[scene, columns]])
    below = bottom - inside @ size
    spare = INSIDE * (high - low)
    unit = bottom * np.where(shown.size[touched] > 0, shown.size[touched], 1.0)
    lines, ends = [], []
    for end, sign in ((low + spare, 1.0), (high - spare, -1.0)):
        lines.append(sign * inside * (x - end[:, None]) * size / unit[:, None])
        ends.append(sign * (end * below - rest) / unit - lines[-1].sum(axis=1))  # for p − q with factor 1 + p − q
    matrix, least = np.concatenate(lines), np.concatenate(ends)
    count = columns.size
    if np.all(least <= 0):
        return np.ones(count)
    line, column = np.nonzero(matrix)
    part = matrix[line, column]
    entries = (np.concatenate([line, line]), np.concatenate([column, column + count]), np.concatenate([part, -part]))
    cost = np.where(np.arange(count) < changed, 0.01, 1.0)
    widest = np.zeros(2 * count), np.repeat([DOUBLE - 1, 1 - HALF], count)
    programs.load(np.concatenate([cost, cost]), widest, (least, np.full(least.size, np.inf)), entries)
    solution = programs.solve()
    return None if solution is None else 1 + solution[:count] - solution[count:]


def _witness(
    figures: Figures,
    values: list[tuple[IntArray, FloatArray]],
    amounts: list[tuple[IntArray, FloatArray, FloatArray]] | None,
) -> Witness:
    """One witness of what was found for each scene."""
    found = values if amounts is None else [(versions, x) for versions, x, _ in amounts]
    versions = np.unique(np.concatenate([part for part, _ in found]))
    cast, shape = figures.cast, (len(found), versions.size)
    value = np.stack([cast.values_in(scene)[versions] for scene in range(len(found))])
    for scene, (part, x) in enumerate(found):
        value[scene, np.searchsorted(versions, part)] = x
    if amounts is None:
        return Witness("W2", versions, value)
    over, under = np.full(shape, np.nan), np.full(shape, np.nan)
    for scene, (part, _, size) in enumerate(amounts):
        rows, true = cast.row[scene, versions], cast.scenes[scene].table.values.denominator
        if true is not None:
            under[scene] = np.where(rows >= 0, true[rows], np.nan)
        under[scene, np.searchsorted(versions, part)] = size
    over = value * under / figures.indicator.scale
    return Witness("W2", versions, figures.indicator.scale * over / under, over, under)
