"""`load_indicators`: located problems, one immutable version, and the set that a round is computed with."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from benchmark.models import IndicatorSet
from benchmark.services.indicators import indicator_set_for
from portal.tenancy import staff_scope
from surveys.services.questionnaires import Unconfirmed, load_questionnaire_file
from tests.benchmark.frozen import INDICATORS, QUESTIONNAIRE, indicator_set, questionnaire_version, small_round

pytestmark = pytest.mark.django_db
TEXT = INDICATORS.format(version="2025", relation="same")


def load(tmp_path: Path, text: str, *options: str) -> str:
    file, out = tmp_path / "small.yaml", io.StringIO()
    file.write_text(text, encoding="utf-8")
    call_command("load_indicators", str(file), *options, stdout=out)
    return out.getvalue()


def sets() -> list[str]:
    with staff_scope():
        return list(IndicatorSet.objects.order_by("version").values_list("version", flat=True))


@pytest.fixture(autouse=True)
def _questionnaire(db: None) -> None:
    questionnaire_version(QUESTIONNAIRE.format(version="2025"))


def test_a_file_is_stored_once_and_never_changes(tmp_path: Path) -> None:
    assert "3 stored" in load(tmp_path, TEXT)
    assert "stored already" in load(tmp_path, TEXT.replace("\n", "\r\n"))
    with pytest.raises(CommandError, match="never changes"):
        load(tmp_path, TEXT.replace("direction: lower", "direction: higher"))
    assert sets() == ["2025"]
    with staff_scope(), pytest.raises(DatabaseError), transaction.atomic():
        IndicatorSet.objects.update(source="")


def test_a_dry_run_stores_nothing(tmp_path: Path) -> None:
    assert "3 indicators fit small 2025" in load(tmp_path, TEXT, "--dry-run")
    assert sets() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('denominator: "calls"', 'denominator: "callers"', 10, "has no column `callers`"),
        ("theme: work", "theme: play", 6, "has no section `play`"),
        ("question: satisfaction", "question: owner", 20, "is a choice column, which kind value cannot use"),
        ("question: owner", "question: remark", 32, "is a text column, which kind share cannot use"),
        ("question: owner", "question: nothing", 32, "has no question `nothing`"),
        ("questionnaire: small", "questionnaire: large", 3, "load it first"),
        ("direction: neutral", "direction: sideways", 34, "direction"),
    ],
)
def test_problems_name_their_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in TEXT
    with pytest.raises(CommandError) as refused:
        load(tmp_path, TEXT.replace(old, new))
    assert message in str(refused.value)
    assert f"line {line}" in str(refused.value)
    assert sets() == []


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_indicators", str(tmp_path / "nowhere.yaml"))


def test_a_round_is_computed_with_the_set_of_its_version_or_the_newest() -> None:
    round_ = small_round(version="2025")
    questionnaire_version(QUESTIONNAIRE.format(version="2026"))
    newest = indicator_set(INDICATORS.format(version="2026", relation="same"))
    with staff_scope():
        assert indicator_set_for(round_).version == "2025"
        round_.version = questionnaire_version(QUESTIONNAIRE.format(version="2027"))
        assert indicator_set_for(round_) == newest


def test_a_questionnaire_that_takes_away_an_input_must_name_the_indicator(tmp_path: Path) -> None:
    load(tmp_path, TEXT)
    text = QUESTIONNAIRE.format(version="2026").replace("code: satisfaction", "code: contentment")
    with staff_scope():
        with pytest.raises(Unconfirmed) as caught:
            load_questionnaire_file(text, "small.yaml", by=None)
        assert len(caught.value.names) == 1
        assert "has no column `satisfaction`" in caught.value.problems[0]
        loaded = load_questionnaire_file(text, "small.yaml", by=None, confirmed=caught.value.names)
    assert loaded.version is not None
