"""The gate on the review page: what is proven, kept and blank, in counts; red when anything is not proven."""

import csv
import io
import re

import pytest
from celery import current_app
from django.test import Client

from benchmark.models import ReleaseCertificate
from benchmark.selectors.gate import advice_of, gate_of
from benchmark.selectors.releases import release_for_review
from portal.models import Job, User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_round
from tests.sign_in import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGE = "/en/staff/rounds/small-2025/editions/1/"


@pytest.fixture
def round_() -> Round:
    return computed(small_round())


@pytest.fixture
def researcher() -> User:
    return person(FoundationRole.RESEARCHER, "ruth")


def text(user: User, url: str = PAGE) -> str:
    client = Client()
    sign_in(client, user)
    answer = client.get(url)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode().replace("\u00a0", " "))


def spoil(round_: Round, **fields: object) -> None:
    """The certificate of the first indicator says something else."""
    with worker_scope():
        first = ReleaseCertificate.objects.filter(release__round=round_).order_by("position")[0]
        ReleaseCertificate.objects.filter(pk=first.pk).update(**fields)


def test_staff_see_that_everybody_is_proven_protected(round_: Round, researcher: User) -> None:
    page = text(researcher)
    with staff_scope():
        rows = list(ReleaseCertificate.objects.filter(release__round=round_))
    claims = sum(row.claims for row in rows)
    assert claims > 0
    assert f"Everybody is proven protected: {claims} of {claims} claims, 100 %" in page
    assert "notice-good" in page
    assert "cannot be published" not in page
    assert page.count('data-label="Same blanks"') == len(rows) == 3
    assert "Not tried yet." in page


@pytest.mark.parametrize(
    "wrong", [{"proven": 1}, {"uncovered": 3}, {"mismatches": 1}, {"replayed": 0, "witnesses": 5}], ids=str
)
def test_one_unproven_claim_is_a_red_refusal_with_what_to_do(
    round_: Round, researcher: User, wrong: dict[str, int]
) -> None:
    spoil(round_, **wrong)
    page = text(researcher)
    assert "This cannot be published" in page
    assert "notice-bad" in page
    assert "nobody can overrule that" in page
    assert "Not proven: Handle time" in page
    assert "Everybody is proven protected" not in page


def test_counts_are_those_of_the_release(round_: Round, researcher: User) -> None:
    with staff_scope():
        view = release_for_review("small-2025", 1, by=researcher)
        assert view is not None
        gate = gate_of(view)
    cells = view.manifest["cells"]
    figures = sum(len(group.cells) - 1 for table in view.tables.values() for group in table.groups.values())
    if not any(table.blocks for table in view.tables.values()):
        assert gate.blanks.shown + gate.blanks.withheld == figures
        assert gate.blanks.withheld == cells["suppressed"]
    per_group = [one.blanks for one in gate.groups]
    assert sum(one.shown for one in per_group) == gate.blanks.shown
    assert sum(one.few for one in per_group) == gate.blanks.few > 0


def test_the_csv_has_a_row_per_indicator_and_per_group(round_: Round, researcher: User) -> None:
    client = Client()
    sign_in(client, researcher)
    answer = client.get(f"{PAGE}gate.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    totals = {row["kpi"]: row for row in rows if not row["peer_group"]}
    assert set(totals) == {"aht", "satisfaction", "owner"}
    for kpi, total in totals.items():
        parts = [row for row in rows if row["kpi"] == kpi and row["peer_group"]]
        assert int(total["shown"]) == sum(int(row["shown"]) for row in parts)
        assert total["claims"] == total["proven"]
        assert {row["claims"] for row in parts} == {""}
    assert "sector=public&size_band=large" in {row["peer_group"] for row in rows}


def test_neither_page_nor_csv_holds_a_value_beyond_the_release(round_: Round, researcher: User) -> None:
    """Answers of single organisations, as the frozen round has them, are nowhere."""
    from tests.benchmark.frozen import small_answers

    _panel, columns = small_answers()
    single = {str(int(one)) for code in ("talk", "calls") for one in columns[code].values if one == one}
    client = Client()
    sign_in(client, researcher)
    said = text(researcher) + client.get(f"{PAGE}gate.csv").content.decode()
    numbers = set(re.findall(r"\d+", re.sub(r"[.,](?=\d{3}\b)", "", said)))
    assert not {one for one in single if len(one) > 4} & numbers


def test_a_researcher_has_merges_tried_out_and_sees_them_ranked(round_: Round, researcher: User) -> None:
    client = Client()
    sign_in(client, researcher)
    assert client.post(f"{PAGE}gate/advise/").status_code == 302
    with staff_scope():
        job = Job.objects.get(task="benchmark.advise_release")
    current_app.loader.import_default_modules()
    current_app.tasks[job.task](job.pk)
    with staff_scope():
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        found = advice_of(round_.releases.get().pk)
    assert found is not None
    gains = [one["gain"] for one in found.merges]
    assert gains == sorted(gains, reverse=True)
    page = text(researcher)
    assert "Not tried yet." not in page
    assert ("More information" in page) == bool(gains)


def test_only_those_who_run_rounds_may_ask_for_advice(round_: Round, researcher: User) -> None:
    publisher = person(FoundationRole.PUBLISHER, "paul")
    client = Client()
    sign_in(client, publisher)
    assert client.post(f"{PAGE}gate/advise/").status_code == 403
    assert "Try out merges" not in text(publisher)
    assert "Try out merges" in text(researcher)
