"""Charts: released figures in, SVG text out. Pure: no Django, no models, no clock, same data → same bytes.

Each chart is `<kind>_chart(data, setting) -> str` with its table `<kind>_table(data, setting) -> (headers, rows)`;
`draw` and `data_table` choose by the kind of the data.
"""

from collections.abc import Callable
from typing import Any

from benchmark.charts.mix import MixBar, MixData, mix_chart, mix_table
from benchmark.charts.numbers import NumberFormat, number_format
from benchmark.charts.position import Boundary, PositionData, band_text, bands_of, position_strip, position_table
from benchmark.charts.quartile import QuartileData, QuartileRow, quartile_chart, quartile_table
from benchmark.charts.scale import ChartDataError
from benchmark.charts.setting import PAGE, PHONE, Setting
from benchmark.charts.share import ShareBar, ShareData, share_chart, share_table
from benchmark.charts.sparkline import SparklineData, sparkline, sparkline_table
from benchmark.charts.trend import TrendData, TrendPoint, TrendSeries, trend_chart, trend_table

ChartData = QuartileData | ShareData | TrendData | MixData | PositionData | SparklineData
Table = tuple[list[str], list[list[str]]]

_KINDS: dict[type, tuple[Callable[[Any, Setting], str], Callable[[Any, Setting], Table]]] = {
    QuartileData: (quartile_chart, quartile_table),
    ShareData: (share_chart, share_table),
    TrendData: (trend_chart, trend_table),
    MixData: (mix_chart, mix_table),
    PositionData: (position_strip, position_table),
    SparklineData: (sparkline, sparkline_table),
}


def draw(data: ChartData, setting: Setting) -> str:
    """The chart for `data` as one <svg>; raises ChartDataError when the data cannot be drawn."""
    return _KINDS[type(data)][0](data, setting)


def data_table(data: ChartData, setting: Setting) -> Table:
    """Headers and rows of the table that stands beside the chart of `data`."""
    return _KINDS[type(data)][1](data, setting)


__all__ = [
    "PAGE",
    "PHONE",
    "Boundary",
    "ChartData",
    "ChartDataError",
    "MixBar",
    "MixData",
    "NumberFormat",
    "PositionData",
    "QuartileData",
    "QuartileRow",
    "Setting",
    "ShareBar",
    "ShareData",
    "SparklineData",
    "Table",
    "TrendData",
    "TrendPoint",
    "TrendSeries",
    "band_text",
    "bands_of",
    "data_table",
    "draw",
    "mix_chart",
    "mix_table",
    "number_format",
    "position_strip",
    "position_table",
    "quartile_chart",
    "quartile_table",
    "share_chart",
    "share_table",
    "sparkline",
    "sparkline_table",
    "trend_chart",
    "trend_table",
]
