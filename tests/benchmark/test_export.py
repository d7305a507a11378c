"""The export: every released cell, from the stored documents, the same bytes each time, and no formulas."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from benchmark.models import ReleasedCell
from benchmark.services.exporting import cells_as_csv
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.release import CellRow
from portal.roles import FoundationRole
from portal.tenancy import api_scope, staff_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_round

FIELDS = ("kpi", "peer_group", "statistic", "value", "status", "n", "reason")


@pytest.fixture
def published(db: None) -> Round:
    round_ = computed(small_round())
    with staff_scope():
        review_release(round_.pk, by=person(FoundationRole.RESEARCHER, "ruth"))
        publish_release(round_.pk, by=person(FoundationRole.PUBLISHER, "paul"))
    return round_


def exported(tmp_path: Path, *options: str) -> bytes:
    target = tmp_path / "out"
    call_command("export_release", "small-2025", *options, "--output", str(target))
    return target.read_bytes()


def test_csv_has_every_released_cell(published: Round, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(tmp_path).decode("utf-8"), newline="")))
    with api_scope():
        stored = list(ReleasedCell.objects.order_by("position").values_list(*FIELDS))
    assert [tuple(row[name] for name in FIELDS) for row in rows] == stored
    assert {(row["round"], row["edition"]) for row in rows} == {("small-2025", "1")}
    assert {row["status"] for row in rows} == {"released", "suppressed"}
    assert all((row["value"] == "") == (row["status"] == "suppressed") == (row["reason"] != "") for row in rows)


def test_json_says_the_same_and_names_the_release(published: Round, tmp_path: Path) -> None:
    given = json.loads(exported(tmp_path, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(exported(tmp_path).decode("utf-8"), newline="")))
    assert [{name: str(text) for name, text in cell.items()} for cell in given["cells"]] == rows
    assert len(given["content_hash"]) == 64


def test_the_same_release_gives_the_same_bytes(published: Round, tmp_path: Path) -> None:
    assert exported(tmp_path) == exported(tmp_path, "--edition", "1")


def test_the_command_writes_to_standard_output_when_no_file_is_named(
    published: Round, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    call_command("export_release", "small-2025")
    assert capsysbinary.readouterr().out == exported(tmp_path)


@pytest.mark.django_db
def test_what_is_not_published_cannot_be_exported() -> None:
    computed(small_round())
    with pytest.raises(CommandError, match="no published results"):
        call_command("export_release", "small-2025")
    with pytest.raises(CommandError, match="of that edition"):
        call_command("export_release", "small-2025", "--edition", "2")


def test_texts_cannot_become_formulas_and_figures_stay_figures() -> None:
    cell = CellRow("=1+1", 1, "@sum", "+a=b", "-n", "-3.5", "released", "<5", "\tx")
    row = next(csv.DictReader(io.StringIO(cells_as_csv([cell]).decode("utf-8"), newline="")))
    assert (row["round"], row["kpi"], row["peer_group"], row["statistic"]) == ("'=1+1", "'@sum", "'+a=b", "'-n")
    assert (row["value"], row["n"], row["reason"]) == ("-3.5", "<5", "'\tx")
