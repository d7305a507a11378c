"""Real months from file to export: import, freeze, compute, review, publish, read back, trend."""

import csv
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import yaml
from django.core.management import call_command

from benchmark.models import ReleasedDocument
from benchmark.selectors.contributions import read_contributions
from benchmark.selectors.releases import national_figure, published_release
from benchmark.selectors.trends import trend
from benchmark.services.computing import compute_release
from benchmark.services.exporting import export_release
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.disclosure.rounding import round_significant
from benchmark.stats.indicators import load_indicators
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import group_key, lattice
from benchmark.stats.tables import compute_table
from portal.models import AuditEntry, User
from portal.roles import FoundationRole
from portal.tenancy import api_scope, staff_scope, worker_scope
from surveys.models import QuestionnaireVersion, Round
from surveys.services.freezing import freeze_round_edition
from surveys.services.rounds import advance_round, create_round
from tests.benchmark.frozen import person

pytestmark = [pytest.mark.django_db, pytest.mark.real_data, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
INDICATORS = ROOT / "benchmark" / "indicators" / "gp_telephony-2025.yaml"
LONG = bool(os.environ.get("LONG_TESTS"))
# The second month has what the first has not: regions that practices moved between. The third is like it.
MONTHS = ("2025-10", "2025-11", "2025-12") if LONG else ("2025-10", "2025-11")
NATIONAL = {"answered_pct": 54.8, "missed_pct": 11.8, "ivr_pct": 26.0, "answered_lt1m_pct": 43.7}
QUANTILES = ("p10", "p25", "p50", "p75", "p90")
MOVED = dict.fromkeys(("2025-11", "2025-12"), ("Y56", "Y60", "Y61", "Y63"))  # regions that practices moved between
REFERENCE = {"region_code": "region"}  # a dimension is called otherwise there
# Proofs of five indicators over three months together take long: `make real-months` does all of it.
PUBLISHED = MONTHS if LONG else MONTHS[:1]
COMPUTED = (*NATIONAL, "calls_per_1000") if LONG else ("answered_pct",)
seconds: Counter[str] = Counter()


@contextmanager
def timed(step: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[step] += time.monotonic() - start


def load_files(path: Path) -> QuestionnaireVersion:
    quiet = io.StringIO()
    call_command("load_questionnaire", str(ROOT / "surveys" / "instruments" / "gp_telephony-2025.yaml"), stdout=quiet)
    file = yaml.safe_load(INDICATORS.read_text(encoding="utf-8"))
    if not LONG:
        file["items"] = [item for item in file["items"] if item["code"] in COMPUTED]
    path.write_text(yaml.safe_dump(file, allow_unicode=True), encoding="utf-8")
    call_command("load_indicators", str(path), stdout=quiet)
    with staff_scope():
        return QuestionnaireVersion.objects.get(questionnaire__code="gp_telephony")


def publish_month(month: str, version: QuestionnaireVersion, folder: Path, people: tuple[User, User]) -> Round:
    with staff_scope():
        round_ = create_round(
            code=f"gp-{month}", title_nl=month, title_en=month, version=version, reference_period=month, by=None
        )
        Round.objects.filter(pk=round_.pk).update(crossings=2 if LONG else 1)
        advance_round(round_.pk, "open", by=None)
    organisations = str(folder / "organisations.csv")
    with timed("import"):
        call_command(
            "import_submissions",
            round_.code,
            str(folder / f"answers_{month}.csv"),
            organisations=organisations,
            stdout=io.StringIO(),
        )
    with staff_scope():
        advance_round(round_.pk, "close", by=None)
    with timed("freeze"):
        freeze_round_edition(round_.pk, 1, by=None, progress=lambda done, total: None, finishing=worker_scope)
    if month not in PUBLISHED:
        return round_
    with timed("compute"):
        compute_release(round_.pk, 1, by=None)
    with staff_scope(), timed("review and publish"):
        review_release(round_.pk, by=people[0])
        publish_release(round_.pk, by=people[1])
    return round_


def check_raw_percentiles(round_: Round, folder: Path, month: str) -> None:
    """What was frozen gives n, mean and percentiles (type 7) of the reference to 1e-9: five indicators, every group."""
    with worker_scope():
        inputs = read_contributions(round_.pk, 1)
    assert inputs is not None
    whole = load_indicators(INDICATORS.read_text(encoding="utf-8"))
    panel, columns = inputs.panel, inputs.columns
    groups, tables = lattice(panel), {}
    with (folder / "reference_percentiles.csv").open(encoding="utf-8", newline="") as file:
        lines = [one for one in csv.DictReader(file) if (one["month"], one["qtype"]) == (month, "7") and one["level"]]
    for kpi in sorted({line["kpi"] for line in lines}):
        item = whole.item(kpi)
        tables[kpi] = compute_table(item, kpi_values(item, columns, inputs.unattributed), panel, groups)
    assert (len(tables), len(lines)) == (5, 5 * 18)
    for line in lines:
        terms = () if line["group"] == "all" else ((REFERENCE.get(line["group"], line["group"]), line["level"]),)
        if line["group"] == "region_code" and line["level"] in MOVED.get(month, ()):
            continue  # the reference goes by the month's region; the portal by the organisation's, and says where
        row = tables[line["kpi"]].row(group_key(terms))
        assert row.n_organisations == int(line["n"])
        found = [row.mean, *(row.quantiles[name] for name in QUANTILES)]
        expected = [float(line[name]) for name in ("mean", *QUANTILES)]
        np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=str(line))


def check_national_ratios(folder: Path) -> None:
    """Each month's released ratio of sums is that of the published totals, rounded once."""
    with (folder / "published_totals.csv").open(encoding="utf-8", newline="") as file:
        totals = {line["month"]: line for line in csv.DictReader(file)}
    for month in PUBLISHED:
        release = published_release(f"gp-{month}")
        assert release is not None
        figure = national_figure(release.tables["answered_pct"])
        expected = 100 * int(totals[month]["answered"]) / int(totals[month]["inbound"])
        assert (figure.figure, figure.statistic, figure.value) == ("ratio", "ratio", round_significant(expected, 3))
    october = published_release("gp-2025-10")
    assert october is not None
    found = {kpi: national_figure(october.tables[kpi]).value for kpi in COMPUTED if kpi in NATIONAL}
    assert found == {kpi: NATIONAL[kpi] for kpi in found}
    group = october.tables["answered_pct"].groups["all"]
    assert (group.n, group.value("mean"), round(group.value("p50") or 0)) == (4376, 59.4, 62)


def check_export() -> None:
    """The export has every cell of the stored documents, and says the national figure."""
    rows = list(csv.DictReader(io.StringIO(export_release("gp-2025-10").decode("utf-8"), newline="")))
    stored = Counter(row["kpi"] for row in rows)
    documents = ReleasedDocument.objects.filter(release__round__code="gp-2025-10")
    assert set(stored) == set(documents.values_list("kpi", flat=True))
    national = {(row["kpi"], row["statistic"]): row for row in rows if row["peer_group"] == "all"}
    assert national["answered_pct", "ratio"]["value"] == "54.8"
    assert not LONG or national["missed_pct", "ratio"]["value"] == "11.8"
    assert all(row["reason"] for row in rows if row["status"] == "suppressed")


def test_real_months_are_published(real_data: Path, tmp_path: Path) -> None:
    people = person(FoundationRole.RESEARCHER, "ruth"), person(FoundationRole.PUBLISHER, "paul")
    version = load_files(tmp_path / "indicators.yaml")
    for month in MONTHS:
        check_raw_percentiles(publish_month(month, version, real_data, people), real_data, month)
    with staff_scope():
        entries = AuditEntry.objects.filter(action="release.computed").order_by("id")
        flagged = [entry.detail["flagged"] for entry in entries]
    if LONG:
        assert flagged[1]["answered_lt1m_pct"] == {"zero_denominator": 3}  # practices that answered nothing in November
        # among them 1,355,000 calls per 1,000 patients, for a list of two; the others have more than 3,100
        assert flagged[1]["calls_per_1000"] == {"far_out": 7}
    assert not any("far_out" in flags for month in flagged for kpi, flags in month.items() if kpi.endswith("_pct"))
    with api_scope():
        check_national_ratios(real_data)
        with timed("export"):
            check_export()
        series = trend("answered_pct", "gp_telephony")
        assert series is not None
        assert [point.period for line in series.series for point in line] == list(PUBLISHED)
        assert series.breaks == ()
    times = ", ".join(f"{step} {took:.1f} s" for step, took in seconds.items())
    sys.stdout.write(f"\n{len(MONTHS)} months: {times}\n")
