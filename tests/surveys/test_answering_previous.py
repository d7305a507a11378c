"""Last round's own answers beside the questions, reasons that still hold, and the history of an answer."""

import pytest

from portal.tenancy import staff_scope
from surveys.models import Answer, AnswerChange, Submission
from tests.surveys.answering_case import Case, build_case
from tests.surveys.test_answering_pages import SAVE, WORK, post, question

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return build_case()


def test_last_rounds_answer_stands_beside_the_question_with_the_change(case: Case) -> None:
    client = case.client("coordinator")
    assert 'value="calls" data-take' in question(client.get(WORK), "calls")
    case.say("calls", "1250")
    shown = question(client.get(WORK), "calls")
    assert "<b>1.000 gesprekken</b>" in shown
    assert "now 25 % more" in question(client.get("/en" + WORK), "calls")
    case.say("calls", "77192982")
    assert "now more than 77,000 times as much" in question(client.get("/en" + WORK), "calls")
    assert "77,192,982 calls is more than 77,000 times as much as last time (1,000 calls)" in question(
        client.get("/en" + WORK), "calls"
    )
    assert "nu ruim 77.000 keer zoveel" in question(client.get(WORK), "calls")
    assert "data-take" not in question(client.get(WORK), "answered")  # not answered last round


def test_a_change_that_rounds_to_nothing_is_not_told_as_0_percent_more(case: Case) -> None:
    with staff_scope():
        rows = Answer.objects.filter(submission__round=case.closed, question="calls")
        rows.update(number=100_000, typed="100000")
    case.say("calls", "100040")
    client = case.client("coordinator")
    assert "nearly the same now" in question(client.get("/en" + WORK), "calls")
    assert "0 %" not in question(client.get(WORK), "calls")


def test_last_rounds_answer_is_taken_over_with_one_press(case: Case) -> None:
    client = case.client("coordinator")
    answer = post(client, case, "calls answered", **{"take": "calls", "a-answered": "5"})
    assert answer["Location"] == WORK + "?saved=1#q-calls"
    assert (case.stored("calls").number, case.stored("answered").typed) == (1000, "5")  # type: ignore[union-attr]
    told = client.post(SAVE, {**case.marks("outsources"), "take": "outsources"}).json()
    assert case.stored("outsources").choice == "yes"  # type: ignore[union-attr]
    assert 'value="yes" id="q-outsources" checked' in told["html"]["outsources"]


def test_a_colleague_is_not_overwritten_by_taking_over(case: Case) -> None:
    marks = case.marks("calls")
    case.say("calls", "700", by="contributor")
    told = case.client("coordinator").post(SAVE, {**marks, "take": "calls"}).json()
    assert told["conflicts"] == ["calls"]
    assert case.stored("calls").typed == "700"  # type: ignore[union-attr]


def explained_last_year(case: Case, typed: str) -> None:
    """Last year's answer was unusual, and a reason was given."""
    with staff_scope():
        Submission.objects.filter(round=case.closed).update(explanations={"soft_max:calls": "overname"})
        Answer.objects.filter(submission__round=case.closed, question="calls").update(number=float(typed), typed=typed)


def test_what_was_explained_last_year_is_not_asked_again(case: Case) -> None:
    explained_last_year(case, "6000")
    case.fill_all()
    case.say("calls", "6500")
    client = case.client("coordinator")
    shown = question(client.get(WORK), "calls")
    assert "“overname”" in shown
    assert "why-calls" not in shown
    assert "why-calls" not in client.get("/my/rounds/small-2026/review/").content.decode()
    assert client.post("/my/rounds/small-2026/submit/", {"confirm": "yes"}).status_code == 302
    with staff_scope():
        kept = Submission.objects.get(round=case.open)
    assert (kept.explanations, kept.carried) == ({"soft_max:calls": "overname"}, {"soft_max:calls": "small-2025"})


def test_another_situation_is_asked_about_again(case: Case) -> None:
    explained_last_year(case, "6000")
    case.say("calls", "8900")  # within the bound of change, and further out than what was explained
    assert "why-calls" in question(case.client("coordinator").get(WORK), "calls")


def test_each_change_of_an_answer_is_kept_with_who_and_from_what_to_what(case: Case) -> None:
    case.say("calls", "700", by="contributor")
    case.say("calls", "800")
    case.say("calls", "800")
    with staff_scope():
        history = AnswerChange.objects.filter(question="calls", submission__round=case.open)
        rows = [(one.before, one.typed, str(one.changed_by), one.version) for one in history]
    assert rows == [("700", "800", "Coordinator", 2), (None, "700", "Contributor", 1)]
