"""Attacks on shares, channels, patterns and bytes: each breaks the careless benchmark that it is made for."""

import itertools
from dataclasses import replace

import pytest

from benchmark.charts.quartile import QuartileData, QuartileRow, quartile_chart
from benchmark.charts.setting import Setting
from benchmark.stats.attack.attacker import attack
from benchmark.stats.attack.channels import Figure, coordinates, finer_marks, finer_texts
from benchmark.stats.attack.counts import counted, counts_of, looks_exclusive
from benchmark.stats.attack.integrity import altered, one_digit_altered, release_hash
from benchmark.stats.attack.kpi import KpiAttack
from benchmark.stats.attack.patterns import blanks, largest_of_blanks, telling_reasons
from benchmark.stats.attack.scenes import Scene
from benchmark.stats.release import canonical_json, content_hash, document_hash
from tests.benchmark.stats.attack.careless import document, parsed, people


def test_t8_counts_behind_percentages() -> None:
    assert counted(45, "", 60) == (27, 27)  # 26.7 … 27.3
    assert counted(10, "<", 40, step=10) == (0, 3)
    assert counted(90, ">", 40, step=10) == (37, 40)
    assert counted(30, "", 40, step=10) == (10, 14)
    assert counted(10, "", 40, step=10) == (4, 6)  # fewer would be written < 10


def test_t8_lattice_of_whole_numbers_tells_who() -> None:
    """Two sectors of five: 3 of 10 say yes, none of them in a; of three in b one says no: with own answer, certain."""
    ten = people(a=5, b=5)
    data = document(
        {
            "all": (10, {"share:yes": 30, "share:no": 50, "share:other": 20}),
            "sector=a": (5, {"share:yes": 0, "share:no": 100, "share:other": 0}),
        }
    )
    assert looks_exclusive(parsed(data, ten))
    found = attack([data], ten)
    assert {one.organisation for one in found if one.low == 1.0} == {1, 2, 3, 4, 5}
    one_of_two = {"kpi:yes": {6: 0.0, 7: 0.0}, "kpi:no": {6: 0.0, 7: 0.0}, "kpi:other": {6: 1.0, 7: 1.0}}
    again = attack([data], ten, own=one_of_two, attacker=6)
    assert {(one.organisation, one.kpi) for one in again if one.low == 1.0 and one.organisation > 5} == {
        (i, "kpi:yes") for i in (8, 9, 10)
    }


def test_t8_merged_options_are_sums() -> None:
    ten = people(a=10)
    data = document({"all": (10, {"share:a+b": 100, "share:c": 0})}, blank={("all", "share:a"): "merged"})
    counts = counts_of(parsed(data, ten))
    assert {(one.options, one.low, one.high) for one in counts} == {(("a", "b"), 10, 10), (("c",), 0, 0)}


def test_t8_two_editions_tell_who_was_corrected_to_what() -> None:
    """Twelve, three of them yes; then four. The only one whose answer changed is known to have changed: to yes."""
    twelve = people(a=12)
    first = parsed(document({"all": (12, {"share:yes": 25, "share:no": 75})}), twelve)
    second = parsed(document({"all": (12, {"share:yes": 33, "share:no": 67})}, edition=2), twelve)
    before = {i: float(i <= 3) for i in range(1, 13)}
    after = before | {12: 1.0}
    truth_ = [{"kpi:yes": v, "kpi:no": {i: 1 - x for i, x in v.items()}} for v in (before, after)]
    scenes = [Scene(first, twelve), Scene(second, twelve)]
    found = KpiAttack(scenes, truth=truth_).run([{}, {}])
    assert {(one.organisation, one.kpi, one.low, one.scene[1]) for one in found} == {
        (12, "kpi:yes", 0.0, 1),
        (12, "kpi:no", 1.0, 1),
        (12, "kpi:yes", 1.0, 2),
        (12, "kpi:no", 0.0, 2),
    }
    assert KpiAttack(scenes).run([{}, {}]) == []


def test_t9_texts_with_more_digits_and_a_chart_of_unrounded_figures() -> None:
    ten = people(a=10)
    one = parsed(document({"all": (10, {"mean": 54.8})}), ten)
    figure = Figure("kpi", "all", "mean")
    assert list(finer_texts(one, {"page": {figure: "54.8"}, "pdf": {figure: "55"}, "api": {figure: "54.80"}})) == []
    (finer,) = finer_texts(one, {"csv": {figure: "54.83"}})
    assert (finer.low, finer.high) == (pytest.approx(54.825), pytest.approx(54.835))
    axis = [(100.0, 0.0), (500.0, 100.0)]
    assert list(finer_marks(one, figure, [100 + 4 * 54.8], axis)) == []
    (mark,) = finer_marks(one, figure, [100 + 4 * 54.83], axis)
    assert mark.low <= 54.83 <= mark.high
    assert mark.high - mark.low < 0.01


def test_t9_our_own_chart_has_nothing_but_the_released_figures() -> None:
    """Two charts that differ in the unrounded figure only are the same drawing: the marks are at the rounded one."""
    ten = people(a=30)
    quantiles = {"p25": 41.2, "p50": 54.8, "p75": 67.9}
    one = parsed(document({"all": (30, quantiles)}), ten)
    setting = Setting("chart", language="en")
    row = QuartileRow("All", quantiles["p25"], quantiles["p50"], quantiles["p75"], n="30")
    svg = quartile_chart(QuartileData("Handle time", (row,)), setting)
    marks = coordinates(svg)
    found = axis_of(marks, (41.2, 67.9), 54.8)
    assert found, "the quartiles and the median are on one straight axis"
    for axis in found:
        assert list(finer_marks(one, Figure("kpi", "all", "p50"), marks, axis)) == []
    wrong = quartile_chart(QuartileData("Handle time", (replace(row, median=54.83),)), setting)
    assert any(list(finer_marks(one, Figure("kpi", "all", "p50"), coordinates(wrong), axis)) for axis in found)


def axis_of(marks: list[float], ends: tuple[float, float], middle: float) -> list[list[tuple[float, float]]]:
    """Pairs of coordinates that are the two ends of an axis on which the middle is drawn too."""
    part = (middle - ends[0]) / (ends[1] - ends[0])
    return [
        [(low, ends[0]), (high, ends[1])]
        for low, high in itertools.combinations(marks, 2)
        if high - low > 50 and any(abs(low + part * (high - low) - at) <= 0.0101 for at in marks)
    ]


def test_t10_a_reason_that_depends_on_values_tells() -> None:
    ten = people(a=5, b=5)
    groups: dict[str, tuple[int, dict[str, float]]] = {"sector=a": (5, {}), "sector=b": (5, {})}
    reasons = {("sector=a", "mean"): "dominated", ("sector=b", "mean"): "all_alike"}
    told = parsed(document(groups, blank=reasons), ten)
    (one,) = telling_reasons(told, {"too_few"})
    assert one.reasons == ("all_alike", "dominated")
    same = parsed(document(groups, blank=dict.fromkeys(reasons, "protected")), ten)
    assert telling_reasons(same, {"too_few"}) == []
    assert blanks([same]) == {"protected": 2}


def test_t10_the_rule_behind_a_blank_gives_the_largest_away() -> None:
    """Sector b is blank for its largest, and its sum follows: the second largest places the largest within 5 %."""
    values = dict.fromkeys(range(1, 7), 20.0) | {7: 800.0, 8: 100.0, 9: 1.0, 10: 1.0, 11: 1.0}
    eleven = people(a=6, b=5)
    data = document(
        {"all": (11, {"mean": 93.0}), "sector=a": (6, {"mean": 20.0}), "sector=b": (5, {})},
        blank={("sector=b", "mean"): "protected"},
    )
    one = parsed(data, eleven)
    (largest,) = largest_of_blanks(one, {8: values[8]})
    assert largest.candidates == {7, 9, 10, 11}
    assert largest.low <= 800 <= largest.high
    assert largest.close
    assert not any(found.close for found in largest_of_blanks(one, {}))


def test_t11_every_altered_digit_is_noticed() -> None:
    documents = {"kpi": document({"all": (12, {"mean": 20.0, "p50": 19.0})}), "other": document({"all": (9, {})})}
    manifest = {"content_hash": content_hash(documents), "documents": 2}
    assert release_hash(documents) == content_hash(documents)
    assert altered(documents, manifest) == []
    tried = 0
    for wrong in one_digit_altered(documents["kpi"]):
        tried += 1
        assert altered(documents | {"kpi": wrong}, manifest) == ["the release's hash is not the one in the manifest"]
    assert tried > 15
    assert altered({"kpi": documents["kpi"]}, manifest) != []
    by_code = manifest | {"documents": {code: document_hash(data) for code, data in documents.items()}}
    assert altered(documents | {"kpi": b"x"}, by_code)[1:] == ["the document of kpi has another hash"]
    assert canonical_json([]) == b"[]\n"
