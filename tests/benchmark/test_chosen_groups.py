"""The page of chosen groups and its endpoint of the API: the same numbers, from released blocks and own answers."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmark.models import ReleasedDocument
from portal.tenancy import staff_scope
from surveys.models import Answer, Round
from tests.benchmark.chosen_case import publish_chosen_round, reader

pytestmark = pytest.mark.django_db
PAGE = "/en/my/results/small-2025/chosen-group/"
API = "/api/v1/rounds/small-2025/chosen-groups/"
TWO = "?in=sector%3Dpublic&in=sector%3Dother&in=size_band%3Dsmall"
UNION = "?in=sector%3Dsemi&in=sector%3Dprivate"
QUESTIONS = (
    TWO,
    "?in=sector%3Dpublic&in=sector%3Dsemi",
    "?in=sector%3Dpublic%7Csemi&in=size_band%3Dlarge&in=size_band%3Dmiddle",
    "?in=size_band%3Dlarge&in=size_band%3Dsmall",
    "?in=sector%3Dother&in=size_band%3Dlarge&in=size_band%3Dsmall",
)


@pytest.fixture
def chosen() -> Round:
    return publish_chosen_round()


def body(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return re.sub(r'("X-CSRFToken": "|csrfmiddlewaretoken" value=")[^"]*', "", answer.content.decode())


def asked(url: str) -> dict[str, Any]:
    answer = Client().get(url)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def rows_of(page: str) -> dict[str, list[str]]:
    """Cells of the table of figures, by name of the indicator, as text."""
    found = {}
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.S):
        cells = [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        found[cells[0]] = cells[1:]
    return found


def plain(text: str) -> float:
    return float(re.sub(r"[^0-9.]", "", text.replace("\u00a0", " ").split(" ")[0]))


def test_page_and_api_say_the_same(chosen: Round) -> None:
    client = reader()
    for question in QUESTIONS:
        page, answer = body(client, PAGE + question), asked(API + question)
        assert answer["peer_group"] == ""
        assert f"{len(answer['blocks'])} blocks with {answer['organisations']} organisations" in page
        assert answer["label"]["en"] in page
        rows = rows_of(page)
        names = {"aht": "Handle time", "satisfaction": "Satisfaction"}
        assert set(rows) == set(names.values())
        for row in answer["results"]:
            _own, n, mean, median, _beside = rows[names[row["kpi"]]]
            figures = {one["statistic"]: one["value"] for one in row["figures"]}
            assert n.split(" ")[0] == row["n"]
            assert plain(mean) == float(figures["mean"])
            if figures["p50_approximate"]:
                assert plain(median) == float(figures["p50_approximate"])
            else:
                assert median == "–"


def test_answers_follow_from_the_released_documents(chosen: Round) -> None:
    with staff_scope():
        documents = {row.kpi: json.loads(bytes(row.body)) for row in ReleasedDocument.objects.all()}
    for question in QUESTIONS:
        answer = asked(API + question)
        for row in answer["results"]:
            groups = {one["key"]: one for one in documents[row["kpi"]]["groups"]}
            parts = [
                (groups[key]["n"], next(c["value"] for c in groups[key]["cells"] if c["statistic"] == "mean"))
                for key in row["blocks_used"]
            ]
            n = sum(count for count, _mean in parts)
            assert str(n) == row["n"]
            mean = sum(count * value for count, value in parts) / n
            assert float(row["figures"][0]["value"]) == pytest.approx(mean, rel=5.1e-3)
            assert answer["organisations"] == sum(groups[key]["block"]["organisations"] for key in answer["blocks"])


def test_a_choice_that_is_a_fixed_group_gets_all_its_figures(chosen: Round) -> None:
    page, answer = body(reader(), PAGE + UNION), asked(API + UNION)
    assert "<h2>Sector: Semi and private</h2>" in page
    assert "one of the fixed peer groups" in page
    assert "Whose" not in page  # the name of the indicator is Owner
    assert {"Handle time", "Satisfaction", "Owner"} == set(rows_of(page))
    assert answer["peer_group"] == "sector=private|semi"
    assert answer["label"] == {"nl": "Sector: Semi en privaat", "en": "Sector: Semi and private"}
    figures = {one["statistic"]: one for one in answer["results"][0]["figures"]}
    assert set(figures) == {"ratio", "mean", "p10", "p25", "p50", "p75", "p90"}


def test_the_union_is_among_the_readers_groups_and_blocks_are_not(chosen: Round) -> None:
    client = reader()
    with staff_scope():
        from portal.models import Organisation

        one = Organisation.objects.get(code="org-0")
        one.dimensions = {**one.dimensions, "sector": "semi"}
        one.save()
    page = body(client, "/en/my/results/small-2025/aht/")
    assert "Sector: Semi and private" in page
    assert "Sector: Semi and private, Size: small" in page
    assert "Block" not in page
    public = body(Client(), "/en/rounds/small-2025/aht/")
    assert "Semi and private" in public
    assert "Block 1" not in public
    groups = {
        one["peer_group"]: one for one in json.loads(Client().get("/api/v1/rounds/small-2025/peer-groups/").content)
    }
    assert groups["sector=private|semi"]["terms"] == {"sector": ["private", "semi"]}
    assert groups["block=b01"]["label"] == {"nl": "Blok 1", "en": "Block 1"}
    assert "aht,sector=private|semi,mean,3" in Client().get("/en/rounds/small-2025/aht.csv").content.decode()


def test_the_own_value_stands_beside_the_mean_without_a_rank(chosen: Round) -> None:
    cells = rows_of(body(reader(), PAGE + TWO))["Handle time"]
    with staff_scope():
        answers = Answer.objects.filter(organisation__code="org-0")
        own = {row.question: row.number for row in answers if row.number is not None}
    assert plain(cells[0]) == pytest.approx(own["talk"] / own["calls"], rel=2e-3)
    expected = "Higher than the mean." if plain(cells[0]) > plain(cells[2]) else "Lower than the mean."
    assert cells[4].startswith(f"{expected} Lower is better.")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("?in=nonsense", "no choice (nonsense)"),
        ("?in=sector%3Dnowhere", "no category sector=nowhere"),
        ("?in=block%3Db01", "no category block=b01"),
        ("?in=%3Cscript%3E", "no choice (&lt;script&gt;)"),
        ("?" + "&".join(["in=sector%3Dpublic"] * 61), "too many conditions"),
    ],
)
def test_nonsense_gets_a_clear_message_and_the_form(chosen: Round, question: str, text: str) -> None:
    page = body(reader(), PAGE + question, 400)
    assert text in page
    assert "Show this group" in page
    assert list(json.loads(Client().get(API + question).content)) == ["in"]
    assert Client().get(API + question).status_code == 400


def test_a_round_without_blocks_answers_its_fixed_groups_only() -> None:
    publish_chosen_round(offers=False)
    client = reader()
    assert "fixed peer groups only" in body(client, PAGE + TWO, 400)
    assert "one of the fixed peer groups" in body(client, PAGE + UNION)
    assert "Choose a peer group yourself" not in body(client, "/en/my/results/small-2025/")
    assert Client().get(API + TWO).status_code == 400


def test_a_choice_can_be_kept_as_a_bookmark(chosen: Round) -> None:
    client = reader()
    assert "chosen-group/" in body(client, "/en/my/results/small-2025/")
    assert body(client, PAGE + TWO) == body(client, PAGE + TWO)
    assert body(client, PAGE + TWO).count(" checked") == 3
    assert "<h2>All participants</h2>" in body(client, PAGE + "?show=1")
    assert 'id="answer"' not in body(client, PAGE)


def test_queries_do_not_grow_with_the_choice(chosen: Round) -> None:
    client = reader()
    body(client, PAGE + TWO)  # the first request of a session notes that it is used
    counts = []
    for question in (TWO, QUESTIONS[3], UNION):
        with CaptureQueriesContext(connection) as captured:
            body(client, PAGE + question)
        counts.append(len(captured))
    assert len(set(counts)) == 1
    assert counts[0] <= 16


def test_what_others_answer_changes_no_byte(chosen: Round) -> None:
    client = reader()
    before = [body(client, PAGE + question) for question in QUESTIONS]
    with staff_scope():
        assert Answer.objects.exclude(organisation__code="org-0").update(number=1.0) > 100
    assert [body(client, PAGE + question) for question in QUESTIONS] == before
    with staff_scope():
        Answer.objects.filter(organisation__code="org-0", question="talk").update(number=1.0)
    assert body(client, PAGE + TWO) != before[0]
