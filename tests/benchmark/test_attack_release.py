"""`attack_release`: our own release holds, a careless one does not, and the exit code says so."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from benchmark.models import ReleasedDocument
from benchmark.services.exporting import export_release
from benchmark.services.releasing import publish_release, review_release
from portal.roles import FoundationRole
from portal.tenancy import api_scope, staff_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_answers, small_round
from tests.benchmark.stats.attack.careless import document


def attack(*arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("attack_release", *arguments, stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def published(db: None) -> Round:
    round_ = computed(small_round())
    with staff_scope():
        review_release(round_.pk, by=person(FoundationRole.RESEARCHER, "ruth"))
        publish_release(round_.pk, by=person(FoundationRole.PUBLISHER, "paul"))
    return round_


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)] + [",".join(str(row.get(name, "")) for name in names) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def careless(tmp_path: Path) -> tuple[Path, Path]:
    """Six of whom five are in a sector: the sixth follows. Document and participants."""
    data = document({"all": (6, {"mean": 35.0}), "sector=a": (5, {"mean": 30.0})})
    (tmp_path / "careless.json").write_bytes(data)
    rows: list[dict[str, object]] = [{"organisation": f"o{i}", "sector": "a" if i < 6 else "b"} for i in range(1, 7)]
    return tmp_path / "careless.json", table(tmp_path / "people.csv", rows)


@pytest.mark.slow
def test_our_own_release_gives_nobody_away(published: Round) -> None:
    code, text = attack("small-2025", "--all")
    assert code == 0, text
    assert "recovered: 0 organisations" in text
    assert "attackers: the public, 38 participants" in text  # 40 organisations, three of them one holding


@pytest.mark.slow
def test_coalitions_are_tried_and_a_sample_is_called_one(published: Round) -> None:
    code, text = attack("small-2025", "--coalition", "2", "--pairs", "5", "--kpi", "owner", "--json")
    found = json.loads(text)
    assert (found["pairs_tried"], found["pairs_in_all"]) == (5, 38 * 37 // 2)
    assert code in (0, 1)


@pytest.mark.slow
def test_altered_bytes_are_noticed(published: Round, tmp_path: Path) -> None:
    with api_scope():
        bodies = {row.kpi: bytes(row.body) for row in ReleasedDocument.objects.all()}
        (tmp_path / "export.csv").write_bytes(export_release("small-2025"))
    people = [
        {
            "organisation": int(i),
            "sector": "public" if place < 24 else "private",
            "size_band": ("small", "large")[place % 2],
        }
        for place, i in enumerate(small_answers()[0].organisation)
    ]
    participants = table(tmp_path / "people.csv", list(people))
    body = bodies["satisfaction"]
    (tmp_path / "whole.json").write_bytes(body)
    given = ("--participants", str(participants), "--from", str(tmp_path / "whole.json"), str(tmp_path / "export.csv"))
    assert attack(*given)[0] == 0
    mean = b'"statistic":"mean","status":"released","value":'
    place = body.index(mean) + len(mean)
    wrong = bytes([48 + (body[place] - 47) % 10])
    (tmp_path / "whole.json").write_bytes(body[:place] + wrong + body[place + 1 :])
    code, text = attack(*given)
    assert code == 1
    assert "finer than released" in text


def test_a_careless_document_from_a_file(careless: tuple[Path, Path]) -> None:
    data, people = careless
    code, text = attack("--from", str(data), "--participants", str(people), "--json")
    assert code == 1
    found = json.loads(text)
    assert {(one["organisation"], one["attacker"]) for one in found["recovered"]} == {("o6", "anybody")}
    assert found["counts"] == {
        "within_5_percent": 1, "within_10_percent": 1, "breaks_promise": 0, "organisations": 1
    }  # fmt: skip


def test_as_one_participant_with_its_own_value(tmp_path: Path) -> None:
    data = document({"all": (7, {"mean": 40.0}), "sector=a": (5, {"mean": 30.0})})
    (tmp_path / "d.json").write_bytes(data)
    rows: list[dict[str, object]] = [{"organisation": f"o{i}", "sector": "a" if i < 6 else "b"} for i in range(1, 8)]
    people = table(tmp_path / "people.csv", rows)
    values = table(tmp_path / "values.csv", [{"organisation": "o6", "kpi": "kpi", "value": 60}])
    given = ("--from", str(tmp_path / "d.json"), "--participants", str(people))
    assert attack(*given)[0] == 0
    code, text = attack(*given, "--as", "o6", "--values", str(values))
    assert code == 1
    assert "o7  kpi  r1/1  69.4 – 70.6" in text
    with pytest.raises(CommandError, match="not among the participants"):
        attack(*given, "--as", "o9")


def test_what_cannot_be_read_is_told(tmp_path: Path, careless: tuple[Path, Path]) -> None:
    data, people = careless
    with pytest.raises(CommandError, match="need --participants"):
        attack("--from", str(data))
    with pytest.raises(CommandError, match="no column organisation"):
        attack("--from", str(data), "--participants", str(data))
    with pytest.raises(CommandError, match="on this machine only"):
        attack("r1", "--api", "http://example.org/api/v1", "--participants", str(people))


@pytest.mark.django_db
def test_a_round_that_is_not_published() -> None:
    with pytest.raises(CommandError, match="no published results"):
        attack("nothing-2025")
