"""`load_questionnaire`: proven, stored once, never changed."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from portal.tenancy import staff_scope
from surveys.models import QuestionnaireVersion
from tests.surveys.fielding import INSTRUMENTS, QUESTIONNAIRE

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "field.yaml"
    file.write_text(QUESTIONNAIRE, encoding="utf-8")
    return file


def stored() -> list[str]:
    with staff_scope():
        return [str(one) for one in QuestionnaireVersion.objects.order_by("pk")]


def load(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call_command("load_questionnaire", str(path), *options)
    return capsys.readouterr().out


def test_a_file_is_stored_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "field 1 is stored. (1 sections, 8 questions, 10 columns)" in load(path, capsys)
    path.write_text(QUESTIONNAIRE.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert "already stored with exactly this content; no new version" in load(path, capsys)
    assert stored() == ["field 1"]


def test_a_dry_run_stores_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is valid; nothing was stored" in load(path, capsys, "--dry-run")
    assert stored() == []


def test_other_content_under_the_same_version_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(path, capsys)
    path.write_text(QUESTIONNAIRE.replace("Merken", "X").replace("Kanalen", "Wegen"), encoding="utf-8")
    with pytest.raises(CommandError, match="already stored with other content"):
        load(path, capsys)


def test_a_new_version_tells_what_changed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(path, capsys)
    changed = QUESTIONNAIRE.replace('version: "1"', 'version: "2"').replace("en: Note}", "en: Remark}")
    path.write_text(changed.replace("code: tools", "code: means"), encoding="utf-8")
    out = load(path, capsys)
    assert "Compared with field 1: 1 added, 1 removed, 1 changed, 6 unchanged." in out
    assert "  added    means" in out
    assert "  changed  note: text – same series (please confirm" in out
    assert stored() == ["field 1", "field 2"]


def test_problems_are_located(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(QUESTIONNAIRE.replace("type: percentage,", "type: percent,"), encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        load(path, capsys)
    line = next(n for n, text in enumerate(QUESTIONNAIRE.splitlines(), 1) if "code: rate" in text)
    assert f"line {line}, sections[0].questions[2].type: `percent` is no type" in str(caught.value)
    assert stored() == []


def test_a_file_that_is_not_utf_8_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(b"title: caf\xe9")
    with pytest.raises(CommandError, match="not UTF-8 at byte 10"):
        load(path, capsys)


def test_a_stored_version_never_changes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(path, capsys)
    with staff_scope(), pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        QuestionnaireVersion.objects.update(source="other")


def test_the_shipped_instruments_load(capsys: pytest.CaptureFixture[str]) -> None:
    for file in sorted(INSTRUMENTS.glob("*.yaml")):
        broken = ("--break", "ces_score", "--break", "contact_costs")
        assert "is stored" in load(file, capsys, *broken)


def test_an_unknown_staff_member_cannot_act(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no active staff member"):
        load(path, capsys, "--by", "nobody@example.org")


def test_what_nobody_could_answer_is_refused_with_its_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clash = "\nchecks:\n  - {code: never, kind: hard, expression: calls > 5 and calls < 3, message: {nl: F, en: W}}\n"
    text = QUESTIONNAIRE.partition("checks:")[0] + clash
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("code: never")].count("\n") + 1
    with pytest.raises(CommandError, match=rf"line {line}, checks\[0\]: `never` can never hold"):
        load(path, capsys)
    assert stored() == []


def test_a_broken_series_must_be_confirmed_by_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(path, capsys)
    changed = QUESTIONNAIRE.replace('version: "1"', 'version: "2"').replace("note, type: text", "note, type: number")
    path.write_text(changed, encoding="utf-8")
    assert "Storing it needs --break note" in load(path, capsys, "--dry-run")
    with pytest.raises(CommandError, match=r"Confirm by name what this version breaks: note\."):
        load(path, capsys, "--break", "something_else")
    assert "  changed  note: type – break in the series" in capsys.readouterr().out
    assert "field 2 is stored" in load(path, capsys, "--break", "note")
    assert stored() == ["field 1", "field 2"]


def test_what_is_proven_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = load(path, capsys)
    assert "8 of 8 questions can be asked and answered with no hard edit left" in told
    assert "Every text is there in nl and en." in told
