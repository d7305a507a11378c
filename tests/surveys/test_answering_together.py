"""Colleagues in one questionnaire: who was asked, who is at work where, and the history of an answer."""

import pytest
from django.http import HttpResponse

from portal.models import Membership, OutboxMail
from portal.tenancy import staff_scope
from surveys.models import Round, Submission, ThemeAssignment
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
ROUND = "/en/my/rounds/small-2026/"


@pytest.fixture
def case() -> Case:
    return build_case()


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def ask(case: Case, who: str = "contributor", section: str = "work") -> HttpResponse:
    """The coordinator asks somebody to do a theme."""
    person = case.people[who].pk
    return case.client("coordinator").post(f"{ROUND}who-does-what/", {f"who-{section}": person})  # type: ignore[return-value]


def test_a_colleague_who_is_asked_gets_one_mail_with_a_link_to_the_theme(case: Case) -> None:
    assert ask(case).status_code == 302
    assert ask(case).status_code == 302
    with staff_scope():
        (mail,) = OutboxMail.objects.filter(to="contributor@example.org")
    assert "http://testserver/en/my/rounds/small-2026/work/" in mail.body
    assert "Asked: Contributor." in text_of(case.client("viewer").get(ROUND))  # type: ignore[arg-type]
    assert case.client("coordinator").post(f"{ROUND}who-does-what/", {}).status_code == 302
    with staff_scope():
        assert not ThemeAssignment.objects.exists()


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_only_colleagues_who_may_answer_can_be_asked(case: Case, who: str) -> None:
    assert ask(case, who).status_code == 422
    with staff_scope():
        assert not ThemeAssignment.objects.exists()


def test_the_link_in_the_mail_asks_to_sign_in_first(case: Case, client: object) -> None:
    answer = client.get(f"{ROUND}work/")  # type: ignore[attr-defined]
    assert answer.status_code == 302
    assert "/sign-in/?next=/en/my/rounds/small-2026/work/" in answer["Location"]


def test_one_sees_who_is_at_work_where(case: Case) -> None:
    case.say("calls", "700", by="contributor")
    coordinator = case.client("coordinator")
    assert "At work here in the last half hour: Contributor." in text_of(coordinator.get(ROUND))  # type: ignore[arg-type]
    page = text_of(coordinator.get(f"{ROUND}work/"))  # type: ignore[arg-type]
    assert "Last changed by Contributor" in page
    assert "At work here" not in text_of(case.client("contributor").get(ROUND))  # type: ignore[arg-type]


def test_the_history_of_an_answer_says_who_when_from_and_to(case: Case) -> None:
    case.say("calls", "700", by="contributor")
    case.say("calls", "<b>8</b>")
    page = text_of(case.client("viewer").get(f"{ROUND}change-history/calls/"))  # type: ignore[arg-type]
    first, second = page.index("&lt;b&gt;8&lt;/b&gt;"), page.index("Contributor")
    assert first < second
    assert "<b>8</b>" not in page
    assert case.client("viewer").get(f"{ROUND}change-history/nothing/").status_code == 404
    assert case.client("stranger").get(f"{ROUND}change-history/calls/").status_code == 200  # its own, empty


SUBMIT, YES = f"{ROUND}submit/", {"confirm": "yes"}


@pytest.fixture
def two(case: Case) -> Case:
    """A round that asks for two signatures, ready to be handed in, and a second coordinator."""
    with staff_scope():
        Round.objects.filter(pk=case.open.pk).update(two_signatures=True)
        Membership.objects.filter(user=case.people["contributor"]).update(role="coordinator")
    case.fill_all()
    return case


def submission(case: Case) -> Submission:
    with staff_scope():
        return Submission.objects.select_related("signed_by", "submitted_by").get(round=case.open)


def test_two_coordinators_sign_before_answers_are_submitted(two: Case) -> None:
    first, second = two.client("coordinator"), two.client("contributor")
    for _turn in range(2):
        assert first.post(SUBMIT, YES)["Location"].endswith("/review/")
    signed = submission(two)
    assert (signed.state, str(signed.signed_by)) == ("started", "Coordinator")
    assert "Signed by Coordinator" in text_of(second.get(f"{ROUND}review/"))  # type: ignore[arg-type]
    assert second.post(SUBMIT, YES)["Location"].endswith("/receipt/")
    done = submission(two)
    assert (done.state, str(done.submitted_by), done.content_hash) == ("submitted", "Contributor", signed.signed_hash)
    assert "First signature" in text_of(first.get(f"{ROUND}receipt/"))  # type: ignore[arg-type]
    with staff_scope():
        assert [mail.to for mail in OutboxMail.objects.order_by("id")] == ["contributor@example.org"] * 2


def test_a_signature_holds_for_the_answers_that_were_signed(two: Case) -> None:
    first, second = two.client("coordinator"), two.client("contributor")
    first.post(SUBMIT, YES)
    two.say("answered", "901")
    assert "both sign again" in text_of(second.get(f"{ROUND}review/"))  # type: ignore[arg-type]
    assert second.post(SUBMIT, YES)["Location"].endswith("/review/")
    assert str(submission(two).signed_by) == "Contributor"
    assert first.post(SUBMIT, YES)["Location"].endswith("/receipt/")


def test_an_organisation_with_one_coordinator_hears_at_the_start_that_nobody_else_can_sign(case: Case) -> None:
    with staff_scope():
        Round.objects.filter(pk=case.open.pk).update(two_signatures=True)
    case.say("calls", "1200")
    for address in (ROUND, f"{ROUND}review/"):
        page = text_of(case.client("coordinator").get(address))  # type: ignore[arg-type]
        assert "your organisation has only one: nobody else can sign yet" in page
    with staff_scope():
        Membership.objects.filter(user=case.people["contributor"]).update(role="coordinator")
    page = text_of(case.client("coordinator").get(ROUND))  # type: ignore[arg-type]
    assert "only one" not in page
    assert "Two coordinators sign" in page
