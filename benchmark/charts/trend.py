"""Trend chart: lines over rounds, with breaks in series and blank rounds drawn as such."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.marks import Key, arrow, diamond, hatch, legend, lines_of_text, place_within
from benchmark.charts.palette import ACCENT, AXIS, INK, LINE, MUTED, OWN, PAPER
from benchmark.charts.scale import ChartDataError, Scale, check_values, readable_axis, widen
from benchmark.charts.setting import Setting
from benchmark.charts.text import text_width, wrap

_TOP = 26.0


@dataclass(frozen=True)
class TrendPoint:
    """One round of one series; without `value` the `note` says why it is blank.

    `breaks`: what is measured here is not comparable with the round before (lineage broken), so no line joins the two.
    """

    value: float | None = None
    note: str = ""
    breaks: bool = False


@dataclass(frozen=True)
class TrendSeries:
    """A named line with a point per round; `own` marks the reader's organisation."""

    name: str
    points: tuple[TrendPoint, ...]
    own: bool = False


@dataclass(frozen=True)
class TrendData:
    """`rounds`: labels in order of time (equally spaced). At most one released and one own series read well."""

    title: str
    rounds: tuple[str, ...]
    series: tuple[TrendSeries, ...]
    legal: tuple[float | None, float | None] = (None, None)
    direction: str = "neutral"


@dataclass(frozen=True)
class _Plot:
    """Where things stand: y by value, x by round."""

    scale: Scale
    ticks: tuple[float, ...]
    left: float
    right: float
    top: float
    bottom: float
    labels: tuple[tuple[str, ...], ...]  # the lines of each round's label
    edge: float  # where the grid starts, right of the tick labels

    @property
    def count(self) -> int:
        """How many rounds there are."""
        return len(self.labels)

    def x(self, index: int) -> float:
        """Middle of round `index`."""
        if self.count < 2:
            return (self.left + self.right) / 2
        return self.left + (self.right - self.left) * index / (self.count - 1)


def trend_chart(data: TrendData, setting: Setting) -> str:
    """The chart as one <svg>; ChartDataError when a series lacks a point for a round or a value is not finite."""
    for series in data.series:
        if len(series.points) != len(data.rounds):
            raise ChartDataError(f"{series.name!r} has {len(series.points)} points for {len(data.rounds)} rounds")
    drawing = Drawing(setting, "trend")
    plot = _plot(data, setting)
    _draw_axes(drawing, data, plot)
    _draw_blanks(drawing, data, plot)
    for index in _breaks(data):
        _draw_break(drawing, plot, index)
    for series in data.series:
        _draw_series(drawing, series, plot, _breaks(data))
    _draw_labels(drawing, data, plot)
    y = plot.bottom + 6 + setting.small * (1.5 + 1.2 * (max(map(len, plot.labels), default=1) - 1))
    keys = _keys(data, setting)
    y = legend(drawing, 0, y + 2, setting.width, keys)
    for note in _notes(data, setting):
        y = lines_of_text(drawing, 0, y + 3, note, setting.width, fill=MUTED, kind="reason")
    return drawing.finish(y + 4, data.title, _summary(data, setting))


def trend_table(data: TrendData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """A row per round, a column per series, and the notes."""
    words = setting.words
    rows = []
    for index, label in enumerate(data.rounds):
        points = [series.points[index] for series in data.series]
        notes = [words["break"]] if any(point.breaks for point in points) else []
        notes += dict.fromkeys(point.note for point in points if point.note)
        values = ["" if point.value is None else setting.write(point.value) for point in points]
        rows.append([label, *values, "; ".join(notes)])
    return [words["round"], *(series.name for series in data.series), words["reason"]], rows


def _plot(data: TrendData, setting: Setting) -> _Plot:
    values = check_values(point.value for series in data.series for point in series.points)
    low, high = widen(min(values, default=0.0), max(values, default=1.0), 0.25)
    lowest, highest = data.legal
    if low > 0 and lowest == 0 and low < 0.45 * high:
        low = 0.0
    if lowest is not None and values and min(values) >= lowest:
        low = max(low, lowest)
    if highest is not None and values and max(values) <= highest:
        high = min(high, highest)
    high = high if high > low else low + 1.0
    first, last, ticks = readable_axis(low, high, 4, setting.write, lowest=lowest, highest=highest)
    height = 170.0 if setting.narrow else 200.0
    widest = max(text_width(setting.write(tick), setting.small) for tick in ticks)
    labels = _round_labels(data.rounds, setting)
    half = _widest(labels, setting) / 2
    side = min(max(24.0, half + 2), setting.width * 0.12)
    top = _TOP + (setting.small * 0.7 if data.direction in ("higher", "lower") else 0.0)
    bottom = top + height
    edge = min(widest, setting.width * 0.5) + 8
    scale = Scale(first, last, bottom - 10, top + 6)
    return _Plot(scale, ticks, edge + 2 + side, setting.width - side, top, bottom, labels, edge)


def _round_labels(rounds: tuple[str, ...], setting: Setting) -> tuple[tuple[str, ...], ...]:
    """The labels in lines; when one does not fit on one line (december 2025 on a phone), all are broken alike."""
    room = setting.width * 0.24
    labels = tuple(wrap(label, setting.small, room, most=2) for label in rounds)
    if all(len(lines) == 1 for lines in labels):
        return labels
    words = [text_width(word, setting.small) for label in rounds for word in label.split()]
    return tuple(wrap(label, setting.small, min(room, max(words, default=room)), most=2) for label in rounds)


def _widest(labels: tuple[tuple[str, ...], ...], setting: Setting) -> float:
    return max((text_width(line, setting.small) for lines in labels for line in lines), default=0.0)


def _draw_axes(drawing: Drawing, data: TrendData, plot: _Plot) -> None:
    setting = drawing.setting
    labels = [setting.write(tick) for tick in plot.ticks]
    for tick, label in zip(plot.ticks, labels, strict=True):
        y = plot.scale(tick)
        drawing.line(plot.edge, y, setting.width, y, LINE, kind="grid")
        drawing.text(plot.edge - 8, y + setting.small * 0.34, label, fill=MUTED, anchor="end", kind="tick")
    drawing.line(plot.edge, plot.bottom, setting.width, plot.bottom, AXIS, kind="axis")
    if data.direction in ("higher", "lower"):
        up = -1 if data.direction == "higher" else 1
        arrow(drawing, 5, setting.small * 0.66 + up * 6, 0, up * 12, MUTED)
        drawing.text(14, setting.small, setting.words[data.direction], fill=MUTED)
    room = (plot.right - plot.left) / max(1, plot.count - 1) - 8
    every = max(1, int(-(-_widest(plot.labels, setting) // max(1.0, room))))
    for index in range(plot.count):
        x = plot.x(index)
        drawing.line(x, plot.bottom, x, plot.bottom + 4, AXIS)
        if (plot.count - 1 - index) % every == 0:
            lines = plot.labels[index]
            x = place_within(x, _widest((lines,), setting) / 2, 0, setting.width)
            for place, line in enumerate(lines):
                y = plot.bottom + 6 + setting.small * (1 + 1.2 * place)
                drawing.text(x, y, line, fill=INK, anchor="middle", kind="round")


def _draw_blanks(drawing: Drawing, data: TrendData, plot: _Plot) -> None:
    """A hatched block on the base line where a released series has no figure; the note says why."""
    for index in range(plot.count):
        if any(not series.own and series.points[index].value is None for series in data.series):
            hatch(drawing, plot.x(index) - 9, plot.bottom - 40, 18, 40)


def _breaks(data: TrendData) -> list[int]:
    """Rounds before which a break lies. It is the question that changed, so it breaks every series in the chart."""
    marked = {index for series in data.series for index, point in enumerate(series.points) if point.breaks}
    return sorted(marked - {0})


def _draw_break(drawing: Drawing, plot: _Plot, index: int) -> None:
    """Two slanted strokes on the base line and a dashed line between two rounds that do not compare."""
    x = (plot.x(index - 1) + plot.x(index)) / 2
    drawing.line(x, plot.top, x, plot.bottom - 9, AXIS, dash="3 3", kind="break")
    drawing.rect(x - 5, plot.bottom - 2, 10, 4, PAPER)
    for shift in (-4, 3):
        start, end = number(x + shift - 3), number(x + shift + 3)
        drawing.path(
            f"M{start} {number(plot.bottom + 6)}L{end} {number(plot.bottom - 6)}", stroke=INK, weight=1.5, kind="break"
        )


def _runs(series: TrendSeries, breaks: list[int]) -> Iterator[list[int]]:
    """Stretches of rounds that a line may join: split at blanks and at breaks."""
    run: list[int] = []
    for index, point in enumerate(series.points):
        if run and (point.value is None or index in breaks):
            yield run
            run = []
        if point.value is not None:
            run.append(index)
    if run:
        yield run


def _draw_series(drawing: Drawing, series: TrendSeries, plot: _Plot, breaks: list[int]) -> None:
    colour = OWN if series.own else ACCENT
    for run in _runs(series, breaks):
        steps = [(plot.x(index), plot.scale(series.points[index].value or 0.0)) for index in run]
        if len(steps) > 1:
            d = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in steps)
            drawing.path(d, stroke=colour, weight=2 if series.own else 2.5, kind="series")
        for x, y in steps:
            if series.own:
                diamond(drawing, x, y, 6)
            else:
                drawing.circle(x, y, 4.5, ACCENT, stroke=PAPER, kind="point")


def _draw_labels(drawing: Drawing, data: TrendData, plot: _Plot) -> None:
    """Values above the points, under the lower of two; one that would overlap another is left to the table."""
    setting = drawing.setting
    size = setting.small
    taken: list[tuple[float, float, float, float]] = []
    values = check_values(point.value for series in data.series for point in series.points)
    widest = max((text_width(setting.write(value), size, bold=True) for value in values), default=0.0)
    roomy = plot.count <= 8 and (plot.right - plot.left) / max(1, plot.count - 1) >= widest + 4
    for index in _most_telling(plot.count, roomy=roomy):
        present = [(s.points[index].value, s.own) for s in data.series]
        shown = sorted([(value, own) for value, own in present if value is not None], reverse=True)
        for place, (value, own) in enumerate(shown):
            label = setting.write(value)
            half = text_width(label, size, bold=True) / 2
            x = place_within(plot.x(index), half, plot.edge + 2, setting.width)
            under = place == len(shown) - 1 and place > 0
            y = plot.scale(value) + (size + 9 if under else -10)
            y = y if y <= plot.bottom - 2 else plot.scale(value) - 10
            box = (x - half - 2, y - size, x + half + 2, y + 3)
            if all(box[2] <= t[0] or box[0] >= t[2] or box[3] <= t[1] or box[1] >= t[3] for t in taken):
                taken.append(box)
                fill = OWN if own else ACCENT
                drawing.text(x, y, label, size=size, fill=fill, anchor="middle", bold=True, kind="value")


def _most_telling(count: int, *, roomy: bool) -> list[int]:
    """Rounds in the order in which they get a label: the last, the first and, where there is room, the rest."""
    order = [count - 1, 0, *(range(count - 2, 0, -1) if roomy else ())]
    return list(dict.fromkeys(index for index in order if index >= 0))


def _keys(data: TrendData, setting: Setting) -> list[Key]:
    keys = [
        Key(series.name, _own_key if series.own else _series_key, 26)
        for series in data.series
        if len(data.series) > 1 or series.own
    ]
    if any(not series.own and point.value is None for series in data.series for point in series.points):
        keys.append(
            Key(setting.words["suppressed"], lambda drawing, x, y: hatch(drawing, x, y - 6, 18, 12, kind="key"), 18)
        )
    if _breaks(data):
        keys.append(Key(setting.words["break"], _break_key, 16))
    return keys


def _own_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.line(x, y, x + 26, y, OWN, weight=2)
    diamond(drawing, x + 13, y, 6, kind="key")


def _series_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.line(x, y, x + 26, y, ACCENT, weight=2.5)
    drawing.circle(x + 13, y, 4.5, ACCENT, stroke=PAPER)


def _break_key(drawing: Drawing, x: float, y: float) -> None:
    drawing.path(
        f"M{number(x + 2)} {number(y + 6)}l6 -12M{number(x + 9)} {number(y + 6)}l6 -12", stroke=INK, weight=1.5
    )


def _notes(data: TrendData, setting: Setting) -> list[str]:
    """Footnotes by round, each once."""
    notes: dict[str, None] = {}
    for index, label in enumerate(data.rounds):
        for series in data.series:
            point = series.points[index]
            if point.note:
                notes[f"{label}: {point.note}"] = None
    return list(notes)


def _summary(data: TrendData, setting: Setting) -> str:
    words = setting.words
    sentences = []
    for series in data.series:
        said = []
        for label, point in zip(data.rounds, series.points, strict=True):
            figure = words["suppressed"] if point.value is None else setting.write(point.value)
            said.append(f"{label} {figure}" + (f" ({words['break']})" if point.breaks else ""))
        sentences.append(f"{series.name}: {', '.join(said)}.")
    return " ".join([*sentences, *_notes(data, setting)])
