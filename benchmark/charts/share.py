"""Share chart: horizontal bars of option shares with their base and the reader's own answer."""

from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.marks import LEADING, Key, diamond, hatch, legend, lines_of_text, stripes, text_height
from benchmark.charts.palette import ACCENT, AXIS, HATCH, INK, MUTED
from benchmark.charts.scale import ChartDataError, Scale, check_values
from benchmark.charts.setting import Setting
from benchmark.charts.text import shorten, text_width

BAR = 18.0
_GUTTER = 20.0  # left of the labels, for the own diamond


@dataclass(frozen=True)
class ShareBar:
    """One option: `value` as a percentage 0–100, or a coded `text` ("< 10") with the bounds that it states, if any."""

    label: str
    value: float | None = None
    text: str = ""
    low: float | None = None
    high: float | None = None
    own: bool = False


@dataclass(frozen=True)
class ShareData:
    """Options in the order of the question. `base`: who answered, in words ("28 organisaties die uitbesteden").

    `top` fixes the end of the scale (percent) so that two charts compare; `suppressed`: reason when the whole
    question is blank.
    """

    title: str
    bars: tuple[ShareBar, ...]
    base: str
    top: float | None = None
    suppressed: str = ""


def share_chart(data: ShareData, setting: Setting) -> str:
    """The chart as one <svg>. Raises ChartDataError for a share below 0 or beyond 10^15."""
    values = check_values(value for bar in data.bars for value in (bar.value, bar.low, bar.high))
    if any(value < 0 for value in values):
        raise ChartDataError("a share below zero")
    drawing = Drawing(setting, "share")
    gutter = _GUTTER if any(bar.own for bar in data.bars) else 0.0
    y = 2.0
    if data.suppressed:
        hatch(drawing, 0, y, setting.width, BAR)
        y = lines_of_text(drawing, 0, y + BAR + 4, data.suppressed, setting.width, fill=MUTED, kind="reason") + 4
    else:
        y = _draw_bars(drawing, data, gutter, y)
    base = f"{setting.words['base']}: {data.base}"
    y = lines_of_text(drawing, 0, y + 4, base, setting.width, fill=MUTED, kind="base")
    keys = _keys(data, setting)
    y = legend(drawing, 0, y + 4, setting.width, keys)
    return drawing.finish(y + 4, data.title, _summary(data, setting))


def share_table(data: ShareData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of the table beside the chart; the base is in its last row."""
    words = setting.words
    rows = [
        [f"{bar.label} ({words['own_answer']})" if bar.own else bar.label, data.suppressed or _written(bar, setting)]
        for bar in data.bars
    ]
    return [words["option"], words["share"]], [*rows, [words["base"], data.base]]


def _written(bar: ShareBar, setting: Setting) -> str:
    if bar.value is not None:
        return bar.text or setting.write(bar.value)
    return bar.text or setting.words["suppressed"]


def _draw_bars(drawing: Drawing, data: ShareData, gutter: float, y: float) -> float:
    setting = drawing.setting
    lengths = [bar for bar in data.bars if bar.value is not None or bar.high is not None]
    widest = max((text_width(_written(bar, setting), setting.label, bold=True) for bar in lengths), default=0.0)
    widest = min(widest, setting.width * 0.35)
    label_width = setting.width - gutter
    start = gutter
    if not setting.narrow:
        longest = max((text_width(bar.label, setting.label, bold=bar.own) for bar in data.bars), default=0.0)
        label_width = min(longest + 1, setting.width * 0.36)
        start = gutter + label_width + 12
    ends = [v for bar in data.bars for v in (bar.value, bar.low, bar.high) if v is not None]
    scale = Scale(0.0, max([data.top or 0.0, *ends]) or 1.0, start, setting.width - widest - 10)
    first = y
    for bar in data.bars:
        y = _draw_bar(drawing, bar, scale, label_width, gutter, y)
    if not setting.narrow and data.bars:
        drawing.line(start, first, start, y - 4, AXIS, kind="axis")
    return y


def _draw_bar(drawing: Drawing, bar: ShareBar, scale: Scale, label_width: float, gutter: float, y: float) -> float:
    """One option from its top `y`; returns the top of the next."""
    setting = drawing.setting
    height = text_height(bar.label, setting.label, label_width, bold=bar.own)
    offset = 0.0 if setting.narrow else max(0.0, (BAR - setting.label * LEADING) / 2)
    after = lines_of_text(
        drawing, gutter, y + offset, bar.label, label_width, size=setting.label, bold=bar.own, kind="label"
    )
    if bar.own:
        diamond(drawing, 8, y + offset + setting.label * 0.62)
    top = after + 2 if setting.narrow else y + max(0.0, (height - BAR) / 2)
    end = _draw_length(drawing, bar, scale, top)
    written = _written(bar, setting)
    coded = bar.value is None
    room = setting.width - end - 6
    if text_width(written, setting.label, bold=not coded) > room:
        end = scale.start
        room = setting.width - end - 6
    value_y = top + BAR / 2 + setting.label * 0.34
    drawing.text(
        end + 6,
        value_y,
        shorten(written, setting.label, room, bold=not coded),
        size=setting.label,
        fill=MUTED if coded else INK,
        bold=not coded,
        kind="value",
    )
    return (top + BAR + 12) if setting.narrow else y + max(height, BAR) + 10


def _draw_length(drawing: Drawing, bar: ShareBar, scale: Scale, top: float) -> float:
    """The bar itself; returns where its value may start. A coded share shows the range that it leaves open, hatched."""
    if bar.value is not None:
        end = scale(bar.value)
        drawing.rect(scale.start, top, end - scale.start, BAR, ACCENT, kind="bar")
        return end
    low, high = bar.low, bar.high
    if high is None:
        return scale.start
    left, right = scale(low or 0.0), scale(high)
    if low:
        drawing.rect(scale.start, top, left - scale.start, BAR, ACCENT, kind="bar")
    drawing.path(stripes(left, top, right - left, BAR), stroke=HATCH, kind="suppressed")
    drawing.path(f"M{number(left)} {number(top)}H{number(right)}v{number(BAR)}H{number(left)}Z", stroke=HATCH, weight=1)
    return right


def _keys(data: ShareData, setting: Setting) -> list[Key]:
    words = setting.words
    keys = []
    if any(bar.own for bar in data.bars):
        keys.append(Key(words["own_answer"], lambda drawing, x, y: diamond(drawing, x + 7, y, kind="key"), 14))
    if not data.suppressed and any(bar.value is None and bar.high is not None for bar in data.bars):
        keys.append(
            Key(words["between_bounds"], lambda drawing, x, y: hatch(drawing, x, y - 6, 24, 12, kind="key"), 24)
        )
    return keys


def _summary(data: ShareData, setting: Setting) -> str:
    base = f"{setting.words['base']}: {data.base}."
    if data.suppressed:
        return f"{setting.words['suppressed'].capitalize()}: {data.suppressed}. {base}"
    own = setting.words["own_answer"]
    said = [f"{bar.label}: {_written(bar, setting)}" + (f" ({own})" if bar.own else "") for bar in data.bars]
    return "; ".join(said) + f". {base}"
