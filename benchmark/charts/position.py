"""Position strip: released quantiles as bands, the reader's band filled. A band is all that may be said (closure)."""

from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.marks import diamond, hatch, lines_of_text, place_within
from benchmark.charts.palette import ACCENT, ACCENT_LIGHT, INK, MUTED, OWN, OWN_LIGHT, PAPER
from benchmark.charts.scale import ChartDataError, check_values
from benchmark.charts.setting import Setting
from benchmark.charts.text import text_width

STRIP = 26.0


@dataclass(frozen=True)
class Boundary:
    """A released quantile: its short name ("P25", "mediaan") and value."""

    name: str
    value: float


@dataclass(frozen=True)
class PositionData:
    """Boundaries in ascending order; `own` = (first, last) band, numbered from 0 = below the lowest boundary.

    The bands are drawn equally wide: the strip shows an order, the quartile chart shows distances. `suppressed`: reason
    when there is nothing to compare with.
    """

    title: str
    boundaries: tuple[Boundary, ...]
    own: tuple[int, int] | None = None
    suppressed: str = ""


def bands_of(value: float, boundaries: tuple[Boundary, ...]) -> tuple[int, int]:
    """First and last band that `value` may lie in; a value equal to a boundary touches the bands on both its sides."""
    below = sum(boundary.value < value for boundary in boundaries)
    not_above = sum(boundary.value <= value for boundary in boundaries)
    return below, not_above


def band_text(data: PositionData, setting: Setting) -> str:
    """The own band in words ("tussen P25 (210 s) en mediaan (245 s)"), "" without one."""
    if data.own is None or not data.boundaries or data.suppressed:
        return ""
    first, last = data.own
    named = [f"{boundary.name} ({setting.write(boundary.value)})" for boundary in data.boundaries]
    words = setting.words
    if first == 0 and last == len(named):
        return ""
    if first == 0:
        return f"{words['below' if last == 0 else 'at_most']} {named[last]}"
    if last == len(named):
        return f"{words['above' if first == last else 'at_least']} {named[first - 1]}"
    return words["from_to"].format(low=named[first - 1], high=named[last])


def position_strip(data: PositionData, setting: Setting) -> str:
    """The strip as one <svg>. Raises ChartDataError for boundaries out of order or an own band that is not there."""
    values = check_values(boundary.value for boundary in data.boundaries)
    if values != sorted(values):
        raise ChartDataError("boundaries out of order")
    if data.own is not None and not 0 <= data.own[0] <= data.own[1] <= len(values):
        raise ChartDataError(f"no such band: {data.own}")
    drawing = Drawing(setting, "position")
    if data.suppressed or not data.boundaries:
        hatch(drawing, 0, 2, setting.width, STRIP)
        reason = data.suppressed or setting.words["no_values"]
        y = lines_of_text(drawing, 0, STRIP + 6, reason, setting.width, fill=MUTED, kind="reason")
        return drawing.finish(y + 4, data.title, reason)
    top = _draw_own_label(drawing, data)
    _draw_bands(drawing, data, top)
    y = _draw_boundaries(drawing, data, top + STRIP)
    return drawing.finish(y + 2, data.title, _summary(data, setting))


def position_table(data: PositionData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """The boundaries with their values, and the own band in words."""
    words = setting.words
    rows = [[boundary.name, setting.write(boundary.value)] for boundary in data.boundaries if not data.suppressed]
    if data.suppressed:
        rows.append([words["suppressed"], data.suppressed])
    said = band_text(data, setting)
    if said:
        rows.append([words["own"], said])
    return [words["boundary"], words["value"]], rows


def _edge(data: PositionData, setting: Setting, index: int) -> float:
    """Left edge of band `index`."""
    return 1 + (setting.width - 2) * index / (len(data.boundaries) + 1)


def _draw_own_label(drawing: Drawing, data: PositionData) -> float:
    """ "Your organisation" over the own band; returns the top of the strip."""
    if data.own is None:
        return 2.0
    setting = drawing.setting
    label = setting.words["own"]
    left, right = _edge(data, setting, data.own[0]), _edge(data, setting, data.own[1] + 1)
    half = (text_width(label, setting.label, bold=True) + 18) / 2
    middle = place_within((left + right) / 2, half, 0, setting.width)
    diamond(drawing, middle - half + 7, setting.label * 0.66)
    drawing.text(middle - half + 18, setting.label, label, size=setting.label, fill=OWN, bold=True, kind="own-label")
    return setting.label + 8


def _draw_bands(drawing: Drawing, data: PositionData, top: float) -> None:
    setting = drawing.setting
    count = len(data.boundaries) + 1
    for index in range(count):
        left, right = _edge(data, setting, index), _edge(data, setting, index + 1)
        inner = 0 < index < count - 1
        drawing.rect(left, top, right - left, STRIP, ACCENT_LIGHT if inner else "#e8f1f3", kind="band")
    for index in range(1, count):
        x = _edge(data, setting, index)
        drawing.line(x, top, x, top + STRIP, PAPER, weight=2)
    if data.own is not None:
        left, right = _edge(data, setting, data.own[0]), _edge(data, setting, data.own[1] + 1)
        drawing.path(
            f"M{number(left)} {number(top)}H{number(right)}v{number(STRIP)}H{number(left)}Z",
            fill=OWN_LIGHT,
            stroke=OWN,
            weight=2,
            kind="own-band",
        )


def _draw_boundaries(drawing: Drawing, data: PositionData, bottom: float) -> float:
    """Names and values under the boundaries, on a second level where neighbours would touch."""
    setting = drawing.setting
    size = setting.small
    reached = [-10.0, -10.0]
    deepest = 0
    for index, boundary in enumerate(data.boundaries):
        x = _edge(data, setting, index + 1)
        value = setting.write(boundary.value)
        half = max(text_width(boundary.name, size), text_width(value, size, bold=True)) / 2
        centre = place_within(x, half, 0, setting.width)
        level = 0 if centre - half >= reached[0] + 6 else 1
        reached[level] = centre + half
        deepest = max(deepest, level)
        y = bottom + 6 + level * size * 2.7
        drawing.line(x, bottom, x, y - 1, ACCENT)
        drawing.text(centre, y + size, value, fill=INK, anchor="middle", bold=True, kind="value")
        drawing.text(centre, y + size * 2.2, boundary.name, fill=MUTED, anchor="middle", kind="label")
    return bottom + 6 + (deepest + 1) * size * 2.6


def _summary(data: PositionData, setting: Setting) -> str:
    figures = ", ".join(f"{boundary.name} {setting.write(boundary.value)}" for boundary in data.boundaries)
    said = band_text(data, setting)
    return f"{figures}." + (f" {setting.words['own']}: {said}." if said else "")
