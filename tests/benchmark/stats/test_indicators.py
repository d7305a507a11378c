from pathlib import Path

import pytest

from benchmark.stats.indicators import IndicatorErrors, check_against, load_indicators, option_codes
from surveys.questionnaire import load_questionnaire

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "benchmark" / "indicators").glob("*.yaml"))

GOOD = """\
indicators: national
version: "2026"
questionnaire: national
items:
  - code: aht
    theme: operations
    name: {nl: Gesprekstijd, en: Handle time}
    kind: ratio
    numerator: "talk + hold"
    denominator: "handled"
    unit: s
    direction: lower
    definition: {en: "Talk and hold per contact."}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(IndicatorErrors) as caught:
        load_indicators(text, "file.yaml")
    assert "file.yaml" in str(caught.value)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_good_file_is_read() -> None:
    item = load_indicators(GOOD).item("aht")
    assert item.columns == ("talk", "hold", "handled")
    assert (item.headline_figure, item.headline_statistic) == ("ratio", "ratio")
    assert item.definition.text("nl") == "Talk and hold per contact."
    with pytest.raises(KeyError):
        load_indicators(GOOD).item("none")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("unit: s", "unit: parsec", 11, "Input should be"),
        ("unit: s", "units: s", 11, "Extra inputs"),
        ('"talk + hold"', '"talk +"', 9, "stops too early"),
        ('"talk + hold"', '"talk > hold"', 9, "+ - * /"),
        ('"talk + hold"', '"3 + 4"', 9, "reads no column"),
        ("kind: ratio", "kind: value", 5, "kind value needs a question"),
        ("direction: lower", "direction: lower\n    headline: share", 5, "headline of kind ratio"),
        ("direction: lower", "direction: lower\n    range: {min: 3, max: 2}", 13, "min must be less"),
        ("direction: lower", "direction: lower\n    scale_type: bounded", 5, "bounded needs range"),
        ('{en: "Talk and hold per contact."}', '{en: ""}', 13, "at least one language"),
        ("    kind: ratio\n", "    kind: ratio\n    kind: ratio\n", 9, "twice"),
        ("indicators: national", "indicators: [", 3, "YAML"),
    ],
)
def test_each_mistake_is_located(old: str, new: str, line: int, words: str) -> None:
    found = problems(GOOD.replace(old, new))
    assert any(at == line and words in message for at, message in found), found


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(problems(GOOD.replace("unit: s", "unit: x").replace("direction: lower", "direction: up"))) == 2


def test_repeated_code_is_refused() -> None:
    item = GOOD[GOOD.index("  - code") :]
    assert "more than one indicator with code aht" in problems(GOOD + item)[0][1]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_indicators_fit_their_questionnaire(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    questionnaire = load_questionnaire((ROOT / "surveys" / "instruments" / file.name).read_text(encoding="utf-8"))
    indicators = load_indicators(text, file.name)
    check_against(indicators, questionnaire, text, file.name)
    shares = [option_codes(item, questionnaire) for item in indicators.items if item.kind == "share"]
    assert all(len(options) >= 2 for options in shares)


def test_check_against_names_each_misfit_with_its_line() -> None:
    file = next(file for file in FILES if file.stem == "gp_telephony-2025")
    questionnaire = load_questionnaire((ROOT / "surveys" / "instruments" / file.name).read_text(encoding="utf-8"))
    text = GOOD.replace("handled", "answered")
    with pytest.raises(IndicatorErrors) as caught:
        check_against(load_indicators(text), questionnaire, text)
    found = {(problem.line, problem.path) for problem in caught.value.problems}
    assert found == {
        (2, "version"),
        (3, "questionnaire"),
        (6, "items[0].theme"),
        (9, "items[0].numerator"),
    }
