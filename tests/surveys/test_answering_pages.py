"""The answering pages as a browser without JavaScript meets them: roles, saving, routing, conflicts, cost."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.tenancy import staff_scope
from surveys.models import Submission
from surveys.services.rounds import advance_round
from tests.surveys.answering_case import Case, build_case
from tests.surveys.page_forms import fields_of

pytestmark = pytest.mark.django_db
WORK = "/my/rounds/small-2026/work/"
SAVE = "/my/rounds/small-2026/answers/"
PAGES = ["", "work/", "rest/", "review/", "questions/"]


@pytest.fixture
def case() -> Case:
    return build_case()


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def question(response: HttpResponse, code: str) -> str:
    """The part of the page that holds one question."""
    found = re.search(
        rf'<div class="answer" data-question="{code}".*?(?=<div class="answer"|data-progress)', text_of(response), re.S
    )
    assert found is not None, code
    return found.group(0)


def post(client: Client, case: Case, codes: str, go: str = "next", **fields: object) -> HttpResponse:
    """Post a theme page that showed these questions as they are now."""
    return client.post(WORK, {**case.marks(*codes.split()), "go": go, **fields})  # type: ignore[return-value]


@pytest.mark.parametrize("role", ["coordinator", "contributor", "viewer"])
@pytest.mark.parametrize("language", ["", "/en"])
def test_every_page_opens_before_anything_was_answered(case: Case, role: str, language: str) -> None:
    client = case.client(role)
    for page in PAGES:
        assert client.get(f"{language}/my/rounds/small-2026/{page}").status_code == 200, page
    assert client.get(f"{language}/my/rounds/").status_code == 200
    with staff_scope():
        assert not Submission.objects.filter(round=case.open).exists()


@pytest.mark.parametrize("code", ["small-2027", "nowhere"])
def test_drafts_and_unknown_rounds_are_not_found(case: Case, code: str) -> None:
    for page in PAGES:
        assert case.client("coordinator").get(f"/my/rounds/{code}/{page}").status_code == 404
    assert case.client("coordinator").post(f"/my/rounds/{code}/answers/").status_code == 404


def test_a_closed_round_in_which_one_had_no_part_is_not_found(case: Case) -> None:
    assert case.client("stranger").get("/my/rounds/small-2025/").status_code == 404
    assert case.client("coordinator").get("/my/rounds/small-2025/work/").status_code == 200


def test_an_unknown_theme_is_not_found(case: Case) -> None:
    assert case.client("coordinator").get("/my/rounds/small-2026/nowhere/").status_code == 404


def test_another_organisation_sees_nothing_of_the_answers(case: Case) -> None:
    case.say("remark", "geheim van zilver")
    for page in PAGES:
        assert "geheim" not in text_of(case.client("stranger").get(f"/my/rounds/small-2026/{page}"))
    assert "geheim" in text_of(case.client("viewer").get("/my/rounds/small-2026/rest/"))


def test_a_viewer_reads_and_cannot_write(case: Case) -> None:
    client = case.client("viewer")
    page = client.get(WORK)
    assert "<input" not in text_of(page).split("<main")[1]
    assert post(client, case, "calls", **{"a-calls": "5"}).status_code == 403
    assert client.post(SAVE, {"a-calls": "5", **case.marks("calls")}).status_code == 403
    assert client.post("/my/rounds/small-2026/review/").status_code == 403
    assert case.stored("calls") is None


@pytest.mark.parametrize("role", ["contributor", "viewer"])
def test_only_a_coordinator_hands_in_and_takes_back(case: Case, role: str) -> None:
    case.fill_all()
    assert case.client(role).post("/my/rounds/small-2026/submit/", {"confirm": "yes"}).status_code == 403
    assert case.client(role).post("/my/rounds/small-2026/reopen/").status_code == 403
    assert "/submit/" not in text_of(case.client(role).get("/my/rounds/small-2026/review/"))


def test_a_question_shows_definition_unit_and_last_rounds_own_value(case: Case) -> None:
    shown = question(case.client("coordinator").get("/en" + WORK), "calls")
    for text in ("How many calls", "Everything counts.", "Last round (2025):", "<b>1,000 calls</b>"):
        assert text in shown


def test_the_review_tells_what_was_answered_from_what_was_not(case: Case) -> None:
    case.say("calls", "1200")
    shown = text_of(case.client("coordinator").get("/my/rounds/small-2026/review/"))
    assert '<dd><a href="/my/rounds/small-2026/work/#q-calls">1.200 gesprekken</a>' in shown
    unanswered = '<a class="muted" href="/my/rounds/small-2026/work/#q-answered">Niet beantwoord</a>'
    assert f'<dd class="muted">{unanswered}' in shown


def test_saving_goes_to_the_next_theme_and_last_to_the_review(case: Case) -> None:
    client = case.client("contributor")
    answer = post(client, case, "calls outsources", **{"a-calls": "1200", "a-outsources": "no"})
    assert answer["Location"] == "/my/rounds/small-2026/rest/"
    stored = case.stored("calls")
    assert stored is not None
    assert (stored.typed, stored.updated_by) == ("1200", case.people["contributor"])
    last = client.post("/my/rounds/small-2026/rest/", {**case.marks("remark"), "go": "next", "a-remark": "x"})
    assert last["Location"] == "/my/rounds/small-2026/review/"


def test_text_that_cannot_be_read_stays_in_the_field_with_its_error(case: Case) -> None:
    client = case.client("coordinator")
    answer = post(client, case, "calls", **{"a-calls": "12 <b>duizend"})
    page = client.get(answer["Location"])
    shown = question(page, "calls")
    assert 'value="12 &lt;b&gt;duizend"' in shown
    assert 'class="error" id="q-calls-error"' in shown
    assert '<a href="#q-calls">' in text_of(page)
    stored = case.stored("calls")
    assert stored is not None
    assert stored.typed == "12 <b>duizend"


def test_an_answer_brings_its_follow_up_without_javascript(case: Case) -> None:
    client = case.client("coordinator")
    assert 'data-question="reason" hidden' in question(client.get(WORK), "reason")
    answer = post(client, case, "outsources reason", **{"a-outsources": "yes"})
    assert answer["Location"] == WORK + "?saved=1&added=1#q-reason"
    assert 'data-question="reason">' in question(client.get(answer["Location"]), "reason")


def test_a_page_changes_only_what_was_touched(case: Case) -> None:
    """Ann's page showed an empty field; Joris answers it meanwhile; Ann posts her whole page with another answer."""
    marks = case.marks("calls", "answered")
    case.say("answered", "700", by="contributor")
    client = case.client("coordinator")
    answer = client.post(WORK, {**marks, "go": "stay", "a-calls": "1200", "a-answered": ""})
    assert answer.status_code == 302
    assert [case.stored(code).typed for code in ("calls", "answered")] == ["1200", "700"]  # type: ignore[union-attr]


def test_a_conflict_shows_both_answers_and_who_gave_the_other(case: Case) -> None:
    marks = case.marks("calls")
    case.say("calls", "700", by="contributor")
    page = case.client("coordinator").post(WORK, {**marks, "go": "next", "a-calls": "800"})
    shown = question(page, "calls")  # type: ignore[arg-type]
    assert 'value="800"' in shown
    assert "<b>700 gesprekken</b>" in shown
    assert "Contributor" in shown
    assert case.stored("calls").typed == "700"  # type: ignore[union-attr]


def choose(client: Client, page: HttpResponse, code: str, button: str) -> HttpResponse:
    """Press "Keep my answer" or "Take the other answer" at a question, with all fields as the page holds them."""
    pressed = re.search(rf'name="([\w-]+)" value="([^"]+)" data-{button}', question(page, code))
    assert pressed is not None
    return client.post(WORK, {**fields_of(page), pressed[1]: pressed[2]})  # type: ignore[return-value]


def two_conflicts(case: Case, client: Client, **fields: str) -> HttpResponse:
    """The page that comes back when a colleague answered two questions first."""
    marks = case.marks("calls", "answered", "outsources")
    case.say("calls", "700", by="contributor")
    case.say("answered", "600", by="contributor")
    return client.post(WORK, {**marks, "go": "next", "a-calls": "800", "a-answered": "500", **fields})  # type: ignore[return-value]


def typed(case: Case, *codes: str) -> list[object]:
    return [row.typed if (row := case.stored(code)) else None for code in codes]


@pytest.mark.parametrize(("button", "kept"), [("keep", "800"), ("theirs", "700")])
def test_a_conflict_is_settled_by_choosing(case: Case, button: str, kept: str) -> None:
    client, marks = case.client("coordinator"), case.marks("calls")
    case.say("calls", "700", by="contributor")
    page = client.post(WORK, {**marks, "go": "next", "a-calls": "800"})
    answer = choose(client, page, "calls", button)  # type: ignore[arg-type]
    assert answer["Location"] == WORK + "?saved=1#q-calls"
    assert typed(case, "calls") == [kept]


def test_saving_the_page_again_chooses_nothing_and_saves_the_rest(case: Case) -> None:
    client = case.client("coordinator")
    page = two_conflicts(case, client)
    for _turn in range(2):
        page = client.post(WORK, {**fields_of(page), "go": "next", "a-outsources": "no"})  # type: ignore[assignment]
        assert [question(page, code).count("data-conflict") for code in ("calls", "answered")] == [1, 1]
        assert [f'value="{mine}"' in text_of(page) for mine in (800, 500)] == [True, True]
        assert typed(case, "calls", "answered", "outsources") == ["700", "600", "no"]


@pytest.mark.parametrize(("button", "kept"), [("keep", "800"), ("theirs", "700")])
def test_choosing_at_one_question_leaves_the_other_conflict(case: Case, button: str, kept: str) -> None:
    client = case.client("coordinator")
    page = choose(client, two_conflicts(case, client), "calls", button)
    assert [question(page, code).count("data-conflict") for code in ("calls", "answered")] == [0, 1]
    assert typed(case, "calls", "answered") == [kept, "600"]
    assert choose(client, page, "answered", "keep").status_code == 302
    assert typed(case, "calls", "answered") == [kept, "500"]


def test_who_keeps_an_answer_has_seen_what_it_replaces(case: Case) -> None:
    """The colleague changes the answer once more while one looks at the two: then there are two others to choose of."""
    client = case.client("coordinator")
    page = two_conflicts(case, client)
    case.say("calls", "710", by="contributor")
    page = choose(client, page, "calls", "keep")
    assert "<b>710 gesprekken</b>" in question(page, "calls")
    assert typed(case, "calls") == ["710"]
    choose(client, page, "calls", "keep")
    assert typed(case, "calls", "answered") == ["800", "600"]


def test_a_conflict_is_shown_where_the_question_is_no_longer_asked(case: Case) -> None:
    case.say("outsources", "yes")
    client, marks = case.client("coordinator"), case.marks("outsources", "reason")
    case.say("reason", "time", by="contributor")
    case.say("outsources", "no", by="contributor")
    page = client.post(WORK, {**marks, "go": "next", "a-outsources": "yes", "a-reason": "cost"})
    shown = question(page, "reason")  # type: ignore[arg-type]
    assert "data-conflict" in shown
    assert 'data-question="reason" hidden' not in shown


def test_a_refused_page_undoes_nothing_when_it_is_posted_again(case: Case) -> None:
    """It shows what was posted, also where a colleague answered meanwhile and the page's own field was not touched."""
    client, marks = case.client("coordinator"), case.marks("calls", "answered")
    case.say("answered", "600", by="contributor")
    page = client.post(WORK, {**marks, "go": "stay", "a-calls": "8" * 20_001, "a-answered": ""})
    assert page.status_code == 409
    assert client.post(WORK, {**fields_of(page), "go": "stay", "a-calls": "800"}).status_code == 302  # type: ignore[arg-type]
    assert typed(case, "calls", "answered") == ["800", "600"]


def test_not_available_is_kept_beside_what_was_typed(case: Case) -> None:
    client = case.client("coordinator")
    post(client, case, "calls outsources", **{"na-calls": "1", "a-outsources": "-not-available-"})
    assert [case.stored(code).status for code in ("calls", "outsources")] == [3, 3]  # type: ignore[union-attr]
    page = client.get(WORK)
    assert 'id="q-calls-not-available" value="1" checked' in question(page, "calls")
    assert 'id="q-outsources-not-available" checked' in question(page, "outsources")


def test_a_soft_edit_asks_a_reason_beside_the_field_and_keeps_it(case: Case) -> None:
    client = case.client("coordinator")
    answer = post(client, case, "calls", **{"a-calls": "3000"})
    assert 'name="why-calls"' in question(client.get(answer["Location"]), "calls")
    post(client, case, "calls", **{"a-calls": "3000", "why-calls": "overname"})
    assert "overname</textarea>" in question(client.get(WORK), "calls")
    with staff_scope():
        assert Submission.objects.get(round=case.open).explanations == {"soft_change:calls": "overname"}


def test_a_round_that_closed_meanwhile_keeps_the_typed_text_on_the_page(case: Case) -> None:
    marks = case.marks("calls")
    with staff_scope():
        advance_round(case.open.pk, "close", by=None)
    client = case.client("coordinator")
    assert client.get(WORK).status_code == 404  # nothing was ever answered here
    case_with_answer = build_answered(case)
    page = client.post(WORK, {**marks, "a-calls": "800"})
    assert page.status_code == 409
    assert 'value="800"' in question(page, "calls")  # type: ignore[arg-type]
    assert case_with_answer.stored("calls").typed == "10"  # type: ignore[union-attr]


def build_answered(case: Case) -> Case:
    """The same, with one answer from before the round closed."""
    with staff_scope():
        advance_round(case.open.pk, "reopen", by=None)
    case.say("calls", "10")
    with staff_scope():
        advance_round(case.open.pk, "close", by=None)
    return case


def test_a_page_of_another_organisation_saves_nothing(case: Case) -> None:
    marks, stranger = case.marks("calls"), case.client("stranger")
    page = stranger.post(WORK, {**marks, "a-calls": "800"})
    for _turn in range(2):
        assert page.status_code == 409
        page = stranger.post(WORK, fields_of(page))  # type: ignore[arg-type]
    with staff_scope():
        assert not Submission.objects.filter(round=case.open).exists()


def test_autosave_tells_version_routing_findings_and_progress(case: Case) -> None:
    client = case.client("coordinator")
    answer = client.post(SAVE, {**case.marks("outsources"), "a-outsources": "yes"}).json()
    assert answer["due"] == ["calls", "answered", "outsources", "reason"]
    assert answer["marks"]["outsources"].startswith("1.")
    assert (answer["conflicts"], answer["unread"]) == ([], [])
    assert answer["progress"].startswith("1 ")
    answer = client.post(SAVE, {**case.marks("calls"), "a-calls": "3000"}).json()
    assert "q-calls-doubt" in answer["html"]["calls"]
    answer = client.post(SAVE, {**case.marks("calls"), "a-calls": "x"}).json()
    assert answer["unread"] == ["calls"]
    assert "q-calls-error" in answer["html"]["calls"]


def test_autosave_tells_a_conflict_and_a_closed_round(case: Case) -> None:
    client, marks = case.client("coordinator"), case.marks("calls")
    case.say("calls", "700", by="contributor")
    answer = client.post(SAVE, {**marks, "a-calls": "800"}).json()
    assert answer["conflicts"] == ["calls"]
    assert answer["marks"] == {"calls": marks["v-calls"]}  # what is sent again is a conflict again
    assert "Contributor" in answer["html"]["calls"]
    with staff_scope():
        advance_round(case.open.pk, "close", by=None)
    answer = client.post(SAVE, {**marks, "a-calls": "800"})
    assert (answer.status_code, list(answer.json())) == (409, ["refused"])


def test_handing_in_end_to_end_and_twice(case: Case) -> None:
    client = case.client("coordinator")
    case.fill_all()
    url = "/my/rounds/small-2026/submit/"
    unticked = client.post(url, {})
    assert unticked.status_code == 422
    assert 'href="#confirm"' in text_of(unticked)  # type: ignore[arg-type]
    for _turn in range(2):
        assert client.post(url, {"confirm": "yes"})["Location"] == "/my/rounds/small-2026/receipt/"
    receipt = text_of(client.get("/my/rounds/small-2026/receipt/"))
    with staff_scope():
        assert Submission.objects.get(round=case.open).content_hash[:8] in receipt
    assert client.get("/my/rounds/small-2026/review/")["Location"] == "/my/rounds/small-2026/receipt/"
    assert "<input" not in text_of(client.get(WORK)).split("<main")[1]
    hub = text_of(client.get("/my/rounds/small-2026/"))
    assert "Niet begonnen" not in hub, "what was left open when submitting is not under way"
    assert "in elke volgorde" not in hub
    assert client.post("/my/rounds/small-2026/reopen/").status_code == 302
    assert "<input" in text_of(client.get(WORK)).split("<main")[1]
    assert "Niet begonnen" in text_of(client.get("/my/rounds/small-2026/"))


def test_handing_in_too_early_names_what_is_missing_and_keeps_the_reason(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "3000")
    page = client.post("/my/rounds/small-2026/submit/", {"confirm": "yes", "why-calls": "overname"})
    assert page.status_code == 422
    assert "/my/rounds/small-2026/work/#q-outsources" in text_of(page)  # type: ignore[arg-type]
    assert "overname</textarea>" in text_of(page)  # type: ignore[arg-type]


# Around transactions, and what only a scope inside a test's own transaction has to put back.
FREE = re.compile(r"(?i)savepoint|release|begin|commit|SELECT set_config\('role', 'none'")


def cost(client: Client, url: str, **data: str) -> int:
    client.get("/my/rounds/")  # the first request of a session says that it is in use
    with CaptureQueriesContext(connection) as queries:
        response = client.post(url, data) if data else client.get(url)
    assert response.status_code in (200, 302)
    return sum(not FREE.match(one["sql"]) for one in queries.captured_queries)


@pytest.mark.parametrize("page", ["", "work/", "rest/", "review/", "questions/"])
def test_pages_cost_as_many_statements_with_three_answers_as_with_one(case: Case, page: str) -> None:
    client, url = case.client("coordinator"), f"/my/rounds/small-2026/{page}"
    case.say("calls", "10")
    one = cost(client, url)
    case.say("answered", "5")
    case.say("outsources", "yes")
    assert cost(client, url) == one <= 15


def test_the_overview_costs_as_many_statements_with_more_rounds(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "10")
    one = cost(client, "/my/rounds/")
    with staff_scope():
        advance_round(case.draft.pk, "open", by=None)
    assert cost(client, "/my/rounds/") == one


def test_an_autosave_is_cheap(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "10")
    marks = case.marks("calls")
    assert cost(client, SAVE, **marks, **{"a-calls": "12"}) <= 12
