"""Three months of real telephony: control totals as published, and each trap ends in a message or a flag."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from portal.tenancy import staff_scope, worker_scope
from surveys.importers.report import ImportReport
from surveys.importers.submissions import ImportFiles, import_submissions
from surveys.models import Answer, Edition, Round, UnattributedAmount
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import create_round, start_round_job
from surveys.snapshots import Column, Panel
from surveys.tasks import freeze_round
from tests.surveys.fielding import INSTRUMENTS, to_state

pytestmark = [pytest.mark.django_db, pytest.mark.real_data, pytest.mark.slow]
MONTHS = {"2025-10": (4376, 83), "2025-11": (4691, 102), "2025-12": (4739, 110)}
# Counted apart, from the files: practices whose parts differ from the calls that came in (1,259 of 14,101 rows with
# the unassigned ones), that answered none of the calls that came in, more than five calls per patient, tiny lists.
FLAGS = ("check:parts_make_inbound", "check:calls_were_answered", "check:calls_for_the_list_size", "soft_min:list_size")
FLAGGED = {"2025-10": (1008, 0, 3, 1), "2025-11": (124, 3, 4, 2), "2025-12": (103, 3, 2, 1)}
MOVED = {"2025-10": 0, "2025-11": 4, "2025-12": 4}  # practices whose month has another region than their record
FEW = 300
SECONDS = 60  # generous: about 5 on an idle machine of two cores


def make_round(month: str) -> Round:
    text = (INSTRUMENTS / "gp_telephony-2025.yaml").read_text(encoding="utf-8")
    with staff_scope():
        version = load_questionnaire_file(text, "gp_telephony-2025.yaml", by=None).version
        assert version is not None
        return create_round(
            code=f"gp-{month}", title_nl="P", title_en="P", version=version, reference_period=month, by=None
        )


def bring_answers(current: Round, answers: bytes, organisations: bytes | None) -> ImportReport:
    files = ImportFiles(answers, "answers.csv", organisations, "organisations.csv")
    with staff_scope():
        return import_submissions(current.pk, files, by=None)


def published(folder: Path) -> dict[str, dict[str, int]]:
    with (folder / "published_totals.csv").open(encoding="utf-8") as file:
        return {row.pop("month"): {code: int(total) for code, total in row.items()} for row in csv.DictReader(file)}


def test_three_months_meet_the_published_totals_and_freeze(real_data: Path) -> None:
    totals = published(real_data)
    people: bytes | None = (real_data / "organisations.csv").read_bytes()
    for month, (organisations, unattributed) in MONTHS.items():
        current = make_round(month)
        report = bring_answers(current, (real_data / f"answers_{month}.csv").read_bytes(), people)
        people = None  # the first import made them all
        assert report.seconds < SECONDS
        assert report.rejected == []
        assert (report.counts["imported"], report.counts["unattributed"]) == (organisations, unattributed)
        assert len(totals[month]) == 18
        for code, total in totals[month].items():
            assert report.totals[code].sums()["file"] == total
            assert report.totals[code].sums()["imported"] + report.totals[code].sums()["unattributed"] == total
        flags = Counter(one.code for one in report.flagged)
        assert {code: flags[code] for code in FLAGS} == dict(zip(FLAGS, FLAGGED[month], strict=True))
        assert flags["dimension:region"] == MOVED[month]
        places = {(one.code, one.column): one.reason for one in report.of_kind("notice")}
        assert f"{unattributed} rows (lines " in places["unattributed", "ods_code"]
        assert places["blank", "callback_requested"].startswith("1 cell is empty (line ")
        to_state(current, "open", "close")
        _check_frozen(current, totals[month], organisations)


def _check_frozen(current: Round, totals: dict[str, int], organisations: int) -> None:
    """What is frozen and what is unattributed make the published totals, and the peer dimensions are there."""
    with staff_scope():
        job = start_round_job(current.pk, "freeze", by=None)
    freeze_round(job.pk)
    with worker_scope():
        edition = Edition.objects.get(round=current)
        panel = Panel.from_bytes(bytes(edition.panel))
        for one in edition.columns.filter(column__in=totals):
            values = Column.from_bytes(bytes(one.values)).values
            assert values[values == values].sum() + edition.unattributed[one.column] == totals[one.column]
    assert len(panel) == organisations
    assert list(panel.categories) == ["region", "contract_type", "rurality", "size_band"]
    assert {code: len(values) for code, values in panel.categories.items()} == {
        "region": 7,
        "contract_type": 4,
        "rurality": 2,
        "size_band": 4,
    }
    assert "list_size" not in edition.unattributed


def test_each_trap_ends_in_a_located_message_or_a_flag(real_data: Path) -> None:
    month = "2025-10"
    every = (real_data / f"answers_{month}.csv").read_text(encoding="utf-8").splitlines()
    header = every[0].split(",")
    code = header.index("ods_code")
    lines = [line for n, line in enumerate(every) if n <= FEW or line.split(",")[code] == "Unassigned"]
    organisation = next(n for n, line in enumerate(lines[1:], 1) if line.split(",")[code] != "Unassigned")
    shared = next(n for n, line in enumerate(lines) if line.split(",")[code] == "Unassigned")
    for number, column, text in (
        (organisation, "month", "Oct-25 (late)"),
        (shared, "month", "see note"),
        (organisation + 1, "inbound", "n.v.t. 12"),
        (organisation + 2, "missed", "-3"),
        (organisation + 3, "list_size", "2"),
    ):
        cells = lines[number].split(",")
        cells[header.index(column)] = text
        lines[number] = ",".join(cells)
    current = make_round(month)
    data = "\n".join(lines).encode()
    report = bring_answers(current, data, (real_data / "organisations.csv").read_bytes())
    said = {(one.line, one.column, one.value) for one in report.rejected}
    assert said == {
        (organisation + 1, "month", "Oct-25 (late)"),
        (shared + 1, "month", "see note"),
        (organisation + 2, "inbound", "n.v.t. 12"),
        (organisation + 3, "missed", "-3"),
    }
    flagged = {(one.line, one.code) for one in report.flagged}
    assert (organisation + 4, "soft_min:list_size") in flagged
    assert (organisation + 4, "check:calls_for_the_list_size") in flagged
    report.prove_totals()
    blanks = report.totals["callback_requested"].blanks
    with staff_scope():
        given = Answer.objects.filter(submission__round=current, question="callback_requested").count()
        rows = set(UnattributedAmount.objects.filter(round=current).values_list("rows", flat=True))
    assert given == report.counts["imported"] - blanks  # a blank is no zero
    assert rows == {82}
    assert bring_answers(current, data, None).is_unchanged
