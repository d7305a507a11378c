"""What holds for each chart, whatever is drawn: safe, well-formed, inside its frame, legible, the same twice."""

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from benchmark.charts import PAGE, PHONE, ChartData, Setting, data_table, draw
from tests.benchmark.charts.geometry import ATTRIBUTES, ELEMENTS, NAMESPACE, Box, box, name, parse, text_box
from tests.benchmark.charts.samples import ALL, any_chart, settings

thorough = hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(data=any_chart, setting=settings)
def test_chart_holds_only_safe_elements_and_presentation_attributes(data: ChartData, setting: Setting) -> None:
    for element in parse(draw(data, setting)).iter():
        assert name(element) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES


@thorough
@given(data=any_chart, setting=settings)
def test_chart_draws_nothing_outside_its_view_box(data: ChartData, setting: Setting) -> None:
    svg = parse(draw(data, setting))
    left, top, width, height = (float(part) for part in svg.get("viewBox", "").split())
    for element in svg.iter():
        found = box(element) if element is not svg else None
        if found is not None:
            frame = Box(left - 0.6, top - 0.6, left + width + 0.6, top + height + 0.6)
            assert frame.holds(found), (name(element), element.text, found)


@thorough
@given(data=any_chart, setting=settings)
def test_chart_never_prints_text_over_text(data: ChartData, setting: Setting) -> None:
    written = [
        element for element in parse(draw(data, setting)).iter(f"{NAMESPACE}text") if (element.text or "").strip()
    ]
    for one, other in combinations(written, 2):
        assert not text_box(one).overlaps(text_box(other)), (one.text, other.text)


@thorough
@given(data=any_chart, setting=settings)
def test_chart_is_the_same_every_time_and_its_table_is_rectangular(data: ChartData, setting: Setting) -> None:
    assert draw(data, setting) == draw(data, setting)
    headers, rows = data_table(data, setting)
    assert all(len(row) == len(headers) for row in rows)


@pytest.mark.parametrize("width", [PHONE, PAGE])
@pytest.mark.parametrize("data", ALL, ids=lambda data: type(data).__name__)
def test_text_is_never_smaller_than_twelve_units_and_names_its_font(data: ChartData, width: int) -> None:
    for element in parse(draw(data, Setting("c", width))).iter(f"{NAMESPACE}text"):
        assert float(element.get("font-size", "0")) >= 12
        assert "Source Sans 3" in element.get("font-family", "")


@pytest.mark.parametrize("data", ALL, ids=lambda data: type(data).__name__)
def test_alternative_text_is_bound_by_ids_made_from_the_given_one(data: ChartData) -> None:
    first, second = parse(draw(data, Setting("a"))), parse(draw(data, Setting("b")))
    ids = [element.get("id") for svg in (first, second) for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for svg in (first, second):
        own = {element.get("id") for element in svg.iter()}
        assert svg.get("role") == "img"
        assert set(svg.get("aria-labelledby", "").split()) <= own


@pytest.mark.parametrize("data", ALL, ids=lambda data: type(data).__name__)
def test_print_puts_title_and_figures_in_the_title_alone(data: ChartData) -> None:
    page, paper = parse(draw(data, Setting("a"))), parse(draw(data, Setting("a", medium="print")))
    said = page.findtext(f"{NAMESPACE}desc") or ""
    assert said
    assert paper.findtext(f"{NAMESPACE}title") == f"{data.title}. {said}"
    assert paper.find(f"{NAMESPACE}desc") is None


@pytest.mark.parametrize("ident", ["", "1a", 'a" onload="x', "a b", "a\n"])
def test_ident_that_could_leave_its_attribute_is_refused(ident: str) -> None:
    with pytest.raises(ValueError, match="id"):
        Setting(ident)
