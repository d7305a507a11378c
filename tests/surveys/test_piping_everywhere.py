"""Answers in the texts of later questions: filled in wherever the text stands, and at once on the page itself."""

import pytest

from portal.models import OutboxMail
from portal.tenancy import staff_scope
from surveys.services.queries import remind_of_queries
from tests.surveys import answering_case
from tests.surveys.answering_case import build_case
from tests.surveys.test_answering_pages import SAVE
from tests.surveys.validating_case import validating_case

pytestmark = pytest.mark.django_db
PLAIN = "text: {{nl: Hoeveel beantwoord?, en: How many answered?}}"
PIPED = 'text: {{nl: "Hoeveel van de {{calls}} door {{organisation.name}}?", en: "How many of {{calls}}?"}}'


@pytest.fixture
def piping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A questionnaire in which an answer stands in a later text."""
    assert PLAIN in answering_case.SMALL
    monkeypatch.setattr(answering_case, "SMALL", answering_case.SMALL.replace(PLAIN, PIPED))


@pytest.mark.usefixtures("piping")
def test_a_text_follows_the_answer_on_the_same_page() -> None:
    case = build_case()
    case.say("calls", "1000")
    marks = case.marks("calls", "answered")
    told = case.client("coordinator").post(SAVE, {**marks, "a-calls": "1200", "a-answered": ""}).json()
    assert "Hoeveel van de 1.200 gesprekken door Zilverstroom?" in told["html"]["answered"]
    assert "answered" not in told["same"]
    marks = case.marks("calls", "answered", "outsources")
    told = case.client("coordinator").post(SAVE, {**marks, "a-calls": "1200", "a-outsources": "no"}).json()
    assert "answered" not in told["html"], "nothing changed that stands in its text"


@pytest.mark.usefixtures("piping")
def test_no_page_and_no_mail_shows_a_place_that_was_not_filled() -> None:
    case = validating_case()
    query = case.ask("answered")
    said = "Hoeveel van de "
    for address in ("/my/queries/", f"/my/queries/{query.pk}/", "/my/corrections/small-2026/"):
        text = case.case.client("coordinator").get(address).content.decode()
        assert said in text, address
        assert "{calls}" not in text
        assert "{organisation.name}" not in text
    for address in ("queries/", f"submissions/{case.case.mine.pk}/"):
        text = case.staff().get(f"/staff/rounds/small-2026/{address}").content.decode()
        assert "{calls}" not in text, address
        assert said in text, address
    with staff_scope():
        remind_of_queries(by=None, at_once=True)
        bodies = list(OutboxMail.objects.filter(body__contains=said).values_list("body", flat=True))
    assert bodies
    assert not any("{" in one for one in bodies)
