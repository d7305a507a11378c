"""Quartile chart: a row per peer group with middle half, tails and median, and the reader's own value in each row."""

from dataclasses import dataclass

from benchmark.charts.axis import ValueAxis, draw_grid, draw_tick_labels, draw_ticks, value_axis
from benchmark.charts.drawing import Drawing, number
from benchmark.charts.marks import (
    LEADING,
    Key,
    arrow,
    diamond,
    edge_arrow,
    hatch,
    legend,
    lines_of_text,
    place_within,
    text_height,
)
from benchmark.charts.palette import ACCENT, ACCENT_LIGHT, AXIS, INK, MUTED, OWN
from benchmark.charts.scale import ChartDataError, check_values
from benchmark.charts.setting import Setting
from benchmark.charts.text import text_width

BOX = 15.0  # height of the middle half


@dataclass(frozen=True)
class QuartileRow:
    """Released quantiles of one peer group, in the unit of the indicator; None = not released.

    `n`: contributors as shown ("60", "≥ 10"; "" shows nothing). `suppressed`: reason in the reader's words when the
    whole row is blank. `note`: words under a row of which only some quantiles are blank.
    """

    label: str
    p25: float | None = None
    median: float | None = None
    p75: float | None = None
    p10: float | None = None
    p90: float | None = None
    n: str = ""
    suppressed: str = ""
    note: str = ""

    @property
    def quantiles(self) -> tuple[float | None, ...]:
        """P10, P25, median, P75, P90."""
        return (self.p10, self.p25, self.median, self.p75, self.p90)


@dataclass(frozen=True)
class QuartileData:
    """Rows in the order of reading; `own` is the reader's value, `legal` the lowest and highest possible value.

    `direction` of good: "higher", "lower" or "neutral".
    """

    title: str
    rows: tuple[QuartileRow, ...]
    own: float | None = None
    legal: tuple[float | None, float | None] = (None, None)
    direction: str = "neutral"


@dataclass(frozen=True)
class _Layout:
    """Columns in user units: labels, plot, n."""

    label_width: float
    start: float
    end: float
    n_width: float


def quartile_chart(data: QuartileData, setting: Setting) -> str:
    """The chart as one <svg>. Raises ChartDataError when quantiles are out of order or not finite."""
    for row in data.rows:
        known = check_values(row.quantiles)
        if known != sorted(known):
            raise ChartDataError(f"quantiles out of order in {row.label!r}")
    drawing = Drawing(setting, "quartile")
    layout = _layout(data, setting)
    axis = value_axis(
        [value for row in data.rows if not row.suppressed for value in row.quantiles],
        data.own,
        layout.start,
        layout.end,
        setting,
        data.legal,
    )
    top = _own_header(drawing, data, axis) if data.own is not None else 4.0
    bottom = top + sum(_row_height(row, layout, setting) for row in data.rows)
    if _drawn(data):
        draw_grid(drawing, axis, bottom - 6 if setting.narrow else top, bottom)
    y = top
    for row in data.rows:
        y = _draw_row(drawing, row, data, axis, layout, y)
    if _drawn(data):
        y = draw_tick_labels(drawing, axis, bottom, 0 if setting.narrow else layout.start - 20, setting.width)
        y = _direction(drawing, data, layout, y)
    y = legend(drawing, 0, y + 6, setting.width, _keys(data, setting))
    return drawing.finish(y + 4, data.title, _summary(data, setting))


def quartile_table(data: QuartileData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of the table beside the chart: every figure, or the reason why there is none."""
    words = setting.words
    headers = [words["group"], "P10", "P25", words["median"], "P75", "P90", "n", words["reason"]]
    rows = [
        [row.label]
        + ["" if value is None or row.suppressed else setting.write(value) for value in row.quantiles]
        + [row.n, row.suppressed or row.note]
        for row in data.rows
    ]
    if data.own is not None:
        rows.append([words["own"], "", "", setting.write(data.own), "", "", "", ""])
        headers[3] = f"{words['median']} / {words['value'].lower()}"
    return headers, rows


def _drawn(data: QuartileData) -> bool:
    """Whether there is anything to read on an axis."""
    return data.own is not None or any(v is not None for row in data.rows if not row.suppressed for v in row.quantiles)


def _layout(data: QuartileData, setting: Setting) -> _Layout:
    n_texts = [f"n = {row.n}" for row in data.rows if row.n]
    n_width = max((text_width(text, setting.small) for text in n_texts), default=0.0)
    if setting.narrow:
        return _Layout(setting.width - n_width - 12, 8, setting.width - 8, n_width)
    widest = max((text_width(row.label, setting.label) for row in data.rows), default=0.0)
    label_width = min(widest, setting.width * 0.27)
    return _Layout(label_width, label_width + 22, setting.width - (n_width + 18 if n_width else 8), n_width)


def _row_height(row: QuartileRow, layout: _Layout, setting: Setting) -> float:
    label = text_height(row.label, setting.label, layout.label_width)
    under = _under_height(row, layout, setting)
    if setting.narrow:
        return label + 5 + BOX + under + 14
    return max(label, BOX + under + 3) + 15


def _under_height(row: QuartileRow, layout: _Layout, setting: Setting) -> float:
    """Height of what stands under the box: the values, and words about blanks."""
    words = row.suppressed or row.note
    values = 0.0 if row.suppressed or not check_values(row.quantiles) else setting.small * LEADING
    wrapped = text_height(words, setting.small, layout.end - layout.start) if words else 0.0
    return 3 + values + wrapped


def _draw_row(
    drawing: Drawing, row: QuartileRow, data: QuartileData, axis: ValueAxis, layout: _Layout, y: float
) -> float:
    """One row from its top `y`; returns the top of the next."""
    setting = drawing.setting
    height = _row_height(row, layout, setting)
    after = lines_of_text(drawing, 0, y, row.label, layout.label_width, size=setting.label, kind="label")
    if row.n:
        n_y = y + setting.label * 0.95
        drawing.text(setting.width, n_y, f"n = {row.n}", fill=MUTED, anchor="end", kind="n")
    box_top = after + 5 if setting.narrow else y + 2
    if row.suppressed:
        hatch(drawing, layout.start, box_top, layout.end - layout.start, BOX)
    else:
        if setting.narrow:  # labels stand between the rows here: grid lines would run through them
            draw_ticks(drawing, axis, box_top - 5, box_top + BOX + 4)
        _draw_box(drawing, row, axis, box_top)
    under = box_top + BOX + 3
    if not row.suppressed and check_values(row.quantiles):
        _draw_values(drawing, row, axis, under)
        under += setting.small * LEADING
    words = row.suppressed or row.note
    if words:
        width = layout.end - layout.start
        lines_of_text(drawing, layout.start, under, words, width, fill=MUTED, kind="reason")
    if data.own is not None and not row.suppressed:
        _draw_own(drawing, data.own, axis, box_top)
    return y + height


def _draw_box(drawing: Drawing, row: QuartileRow, axis: ValueAxis, top: float) -> None:
    """What is known and nothing more: a line joins only two released quantiles, the box needs both its sides."""
    middle = top + BOX / 2
    known = [value for value in row.quantiles if value is not None]
    ends = [value for value in (row.p10, row.p90) if value is not None]
    if ends and len(known) > 1:
        drawing.line(axis.scale(known[0]), middle, axis.scale(known[-1]), middle, AXIS, weight=1.5, kind="tails")
    for value in ends:
        drawing.line(axis.scale(value), middle - 4, axis.scale(value), middle + 4, AXIS, weight=1.5, kind="tail")
    if row.p25 is not None and row.p75 is not None:
        left, right = axis.scale(row.p25), axis.scale(row.p75)
        drawing.rect(left, top, max(1.0, right - left), BOX, ACCENT_LIGHT, stroke=ACCENT, kind="middle")
    else:
        for side in (row.p25, row.p75):
            if side is not None:
                x = axis.scale(side)
                drawing.line(x, top + 2, x, top + BOX - 2, ACCENT, weight=1.5, kind="quartile")
    if row.median is not None:
        x = axis.scale(row.median)
        drawing.line(x, top - 2.5, x, top + BOX + 2.5, ACCENT, weight=3.5, kind="median")


def _draw_values(drawing: Drawing, row: QuartileRow, axis: ValueAxis, top: float) -> None:
    """The median's value under its tick; the quartiles' where they leave it room."""
    setting = drawing.setting
    low, high = axis.scale.start - 8, axis.scale.end + 8
    taken: list[tuple[float, float]] = []
    order = ((row.median, True), (row.p25, False), (row.p75, False), (row.p10, False), (row.p90, False))
    for value, bold in order:
        if value is None:
            continue
        label = setting.write(value)
        half = text_width(label, setting.small, bold=bold) / 2
        x = place_within(axis.scale(value), half, low, high)
        if all(x + half + 5 <= start or x - half - 5 >= end for start, end in taken):
            taken.append((x - half, x + half))
            drawing.text(
                x,
                top + setting.small * 0.95,
                label,
                fill=INK if bold else MUTED,
                anchor="middle",
                bold=bold,
                kind="value",
            )


def _draw_own(drawing: Drawing, own: float, axis: ValueAxis, top: float) -> None:
    """The own mark in one row."""
    middle = top + BOX / 2
    if not axis.scale.holds(own):
        right = own > axis.scale.high
        edge_arrow(drawing, axis.scale.end if right else axis.scale.start, middle, right=right)
        return
    x = axis.scale(own)
    drawing.line(x, top - 5, x, top + BOX + 3, OWN, weight=1.5)
    diamond(drawing, x, middle)


def _own_header(drawing: Drawing, data: QuartileData, axis: ValueAxis) -> float:
    """The own value in words above its marks; returns the top of the first row."""
    setting = drawing.setting
    own = data.own if data.own is not None else 0.0
    label = f"{setting.words['own']}: {setting.write(own)}"
    holds = axis.scale.holds(own)
    half = text_width(label, setting.label, bold=True) / 2
    x = place_within(axis.scale(own), half, 0 if holds else 18, setting.width - (0 if holds else 18))
    drawing.text(x, setting.label, label, size=setting.label, fill=OWN, anchor="middle", bold=True, kind="own-label")
    if holds:
        at = axis.scale(own)
        drawing.line(at, setting.label + 5, at, setting.label + 13, OWN, weight=1.5)
    else:
        side = 1 if own > axis.scale.high else -1
        arrow(drawing, x + side * (half + 16), setting.label * 0.68, side * 12, 0, OWN)
    return setting.label + 20


def _direction(drawing: Drawing, data: QuartileData, layout: _Layout, y: float) -> float:
    text = {"higher": "higher", "lower": "lower"}.get(data.direction)
    if text is None:
        return y
    setting = drawing.setting
    right = text == "higher"
    x = layout.end if right else layout.start
    side = 1 if right else -1
    arrow(drawing, x, y + 4 + setting.small * 0.66, side * 12, 0, MUTED)
    anchor = "end" if right else "start"
    drawing.text(x - side * 17, y + 4 + setting.small, setting.words[text], fill=MUTED, anchor=anchor)
    return y + 4 + setting.small * 1.4


def _keys(data: QuartileData, setting: Setting) -> list[Key]:
    """Legend entries for the marks that occur in this chart."""
    words = setting.words
    rows = [row for row in data.rows if not row.suppressed]
    keys = []
    if any(row.median is not None for row in rows):
        keys.append(Key(words["median"], _median_key, 8))
    if any(row.p25 is not None and row.p75 is not None for row in rows):
        keys.append(Key(words["middle"], _box_key, 24))
    if any(row.p10 is not None and row.p90 is not None for row in rows):
        keys.append(Key(words["tails"], _tails_key, 26))
    if data.own is not None:
        keys.append(Key(words["own"].lower(), lambda drawing, x, y: diamond(drawing, x + 7, y, kind="key"), 14))
    if any(row.suppressed for row in data.rows):
        keys.append(Key(words["suppressed"], lambda drawing, x, y: hatch(drawing, x, y - 6, 24, 12, kind="key"), 24))
    return keys


def _median_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.line(x + 4, y - 8, x + 4, y + 8, ACCENT, weight=3.5)


def _box_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.rect(x + 1, y - 6, 22, 12, ACCENT_LIGHT, stroke=ACCENT)


def _tails_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.path(f"M{number(x + 1)} {number(y - 4)}v8m0 -4h24m0 -4v8", stroke=AXIS, weight=1.5)


def _summary(data: QuartileData, setting: Setting) -> str:
    words = setting.words
    sentences = []
    for row in data.rows:
        head = f"{row.label} (n = {row.n})" if row.n else row.label
        names = ("P10", "P25", words["median"], "P75", "P90")
        figures = [f"{name} {setting.write(v)}" for name, v in zip(names, row.quantiles, strict=True) if v is not None]
        said = f"{words['suppressed']}, {row.suppressed}" if row.suppressed else ", ".join(figures)
        sentences.append(f"{head}: {said}.")
    if data.own is not None:
        sentences.append(f"{words['own']}: {setting.write(data.own)}.")
    return " ".join(sentences)
