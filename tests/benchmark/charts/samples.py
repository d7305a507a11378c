"""Charts to test with: fixed ones that a reader would meet, and strategies for every kind with hostile content."""

from hypothesis import strategies as st

from benchmark.charts import (
    Boundary,
    ChartData,
    MixBar,
    MixData,
    PositionData,
    QuartileData,
    QuartileRow,
    Setting,
    ShareBar,
    ShareData,
    SparklineData,
    TrendData,
    TrendPoint,
    TrendSeries,
    bands_of,
    number_format,
)

HOSTILE = "<script>alert('x')</script> & \"aanhaling\" ]]> \x00\x0b\ud800 é"
COMPOUND = "Klantcontactmedewerkerstevredenheidsonderzoekscoördinatie"

REASON = "Niet getoond: minder dan 5 deelnemers"
QUARTILES = QuartileData(
    "Gemiddelde afhandeltijd",
    (
        QuartileRow("Alle organisaties", 210, 245, 300, 180, 362, "60"),
        QuartileRow("Zorg", median=251, n="11", note="Alleen de mediaan: minder dan 15 deelnemers"),
        QuartileRow("Energie", n="4", suppressed=REASON),
    ),
    own=258,
    legal=(0, None),
    direction="lower",
)
SHARES = ShareData(
    "Primaire reden om uit te besteden",
    (
        ShareBar("Tijd", 21, own=True),
        ShareBar("Kwaliteit", None, "< 10", 0, 10),
        ShareBar("Risico", 0),
        ShareBar("Kosten", 61),
    ),
    "28 organisaties die uitbesteden",
)
TREND = TrendData(
    "Gemiddelde afhandeltijd",
    ("2021", "2022", "2023", "2024", "2025"),
    (
        TrendSeries(
            "Mediaan",
            (
                TrendPoint(262),
                TrendPoint(None, "minder dan 9 deelnemers"),
                TrendPoint(249),
                TrendPoint(240, "nawerk telt mee", breaks=True),
                TrendPoint(244),
            ),
        ),
        TrendSeries("Uw organisatie", tuple(TrendPoint(v) for v in (280.0, 271.0, 266.0, 270.0, 258.0)), own=True),
    ),
    direction="lower",
)
MIX = MixData(
    "Kanaalmix",
    ("Telefonie", "E-mail", "Chat"),
    (MixBar("Uw organisatie", (52, 40, 8), own=True), MixBar("Zorg", (45, None, None), note="te weinig deelnemers")),
)
POSITION = PositionData("Plaats", (Boundary("P25", 210), Boundary("mediaan", 245), Boundary("P75", 300)), own=(2, 2))
SPARK = SparklineData("Verloop", (3, 4, None, 5))
ALL: tuple[ChartData, ...] = (QUARTILES, SHARES, TREND, MIX, POSITION, SPARK)

settings = st.builds(
    Setting,
    ident=st.just("chart-1"),
    width=st.sampled_from((360, 480, 680)),
    language=st.sampled_from(("nl", "en")),
    format=st.sampled_from(
        (None, number_format("nl", 1, "%"), number_format("nl", 2, "€"), number_format("en", 0, "s"))
    ),
    medium=st.sampled_from(("page", "print")),
)
labels = st.one_of(
    st.sampled_from(("Alle organisaties", COMPOUND, HOSTILE, "", "Financiële dienstverlening, 250 of meer zetels")),
    st.text(max_size=90),
)
values = st.one_of(st.floats(-1e6, 1e6), st.integers(-100, 100).map(float))
_maybe = st.booleans()


@st.composite
def quartile_rows(draw: st.DrawFn) -> QuartileRow:
    """Sorted quantiles of which any may be missing, sometimes all equal."""
    five = sorted(draw(st.lists(values, min_size=5, max_size=5)))
    if draw(_maybe) and draw(_maybe):
        five = [five[0]] * 5
    p10, p25, median, p75, p90 = (value if draw(st.integers(0, 3)) else None for value in five)
    suppressed = draw(labels) if draw(st.integers(0, 4)) == 0 else ""
    return QuartileRow(draw(labels), p25, median, p75, p10, p90, draw(st.sampled_from(("", "60", "≥ 10"))), suppressed)


quartile_data = st.builds(
    QuartileData,
    title=labels,
    rows=st.lists(quartile_rows(), max_size=4).map(tuple),
    own=st.none() | values | st.sampled_from((9.9e12, -9.9e12)),
    legal=st.sampled_from(((None, None), (0.0, None), (0.0, 100.0), (-100.0, 100.0))),
    direction=st.sampled_from(("higher", "lower", "neutral")),
)
share_data = st.builds(
    ShareData,
    title=labels,
    bars=st.lists(
        st.builds(ShareBar, labels, st.floats(0, 100), own=_maybe)
        | st.builds(ShareBar, labels, st.none(), st.sampled_from(("< 10", "> 90", "")), st.just(0.0), st.just(10.0)),
        max_size=6,
    ).map(tuple),
    base=labels,
    suppressed=st.sampled_from(("", "", REASON)),
)


@st.composite
def trend_data(draw: st.DrawFn) -> TrendData:
    """One or two series with blanks and breaks."""
    count = draw(st.integers(1, 12))
    points = st.builds(TrendPoint, st.none() | values, st.sampled_from(("", REASON)), _maybe)
    series = [
        TrendSeries(draw(labels), tuple(draw(st.lists(points, min_size=count, max_size=count))), own)
        for own in draw(st.sampled_from(((False,), (False, True))))
    ]
    rounds = draw(st.sampled_from((tuple(str(2014 + i) for i in range(count)), ("september 2025",) * count)))
    return TrendData(
        draw(labels), rounds, tuple(series), direction=draw(st.sampled_from(("higher", "lower", "neutral")))
    )


@st.composite
def mix_data(draw: st.DrawFn) -> MixData:
    """Up to eight parts, of which some may be blank."""
    parts = draw(st.lists(labels, min_size=1, max_size=8))
    numbers = st.none() | st.floats(0, 100)
    bars = draw(
        st.lists(
            st.builds(MixBar, labels, st.lists(numbers, min_size=len(parts), max_size=len(parts)).map(tuple), _maybe),
            min_size=1,
            max_size=3,
        )
    )
    return MixData(draw(labels), tuple(parts), tuple(bars))


@st.composite
def position_data(draw: st.DrawFn) -> PositionData:
    """Boundaries with ties, and the bands of a value among them."""
    found = sorted(draw(st.lists(values, max_size=5)))
    boundaries = tuple(Boundary(f"P{index}", value) for index, value in enumerate(found))
    own = bands_of(draw(values), boundaries) if draw(_maybe) else None
    return PositionData(draw(labels), boundaries, own, draw(st.sampled_from(("", "", REASON))))


spark_data = st.builds(SparklineData, labels, st.lists(st.none() | values, max_size=12).map(tuple))
any_chart: st.SearchStrategy[ChartData] = st.one_of(
    quartile_data, share_data, trend_data(), mix_data(), position_data(), spark_data
)
