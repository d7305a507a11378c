"""Corrections: at once before the freeze, in the next edition after it, and only what can be true."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Job, Membership, OutboxMail, User
from portal.roles import MemberRole
from portal.tenancy import staff_scope
from surveys.models import AnswerChange, Correction, Receipt, Round
from surveys.services.corrections import set_correction_window
from surveys.services.freezing import read_inputs
from surveys.services.rounds import carry_out_step, start_round_job
from surveys.services.submissions import content_hash
from surveys.services.validating import exclude_answer, lift_exclusion
from surveys.snapshots import Status
from tests.sign_in import sign_in
from tests.surveys.page_forms import fields_of
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> ValidatingCase:
    return validating_case()


def window(case: ValidatingCase, days: int = 3, **more: object) -> None:
    until = timezone.now() + timedelta(days=days)
    with staff_scope():
        set_correction_window(case.case.open.pk, until, by=case.researcher, **more)  # type: ignore[arg-type]


def test_a_correction_counts_at_once_and_the_submission_stays_submitted(case: ValidatingCase) -> None:
    before = case.reload().content_hash
    case.ask()
    made = case.correct("calls", "1.250")
    after = case.reload()
    row = case.case.stored("calls")
    assert (made.state, made.before, after.state) == ("applied", "1200", "submitted")
    assert after.content_hash != before
    assert row is not None
    assert row.number == 1250
    with staff_scope():
        assert AnswerChange.objects.filter(submission=after, question="calls").count() == 2
        assert Job.objects.filter(task="surveys.check_submission").exists()


def test_a_correction_is_the_reply_to_a_query(case: ValidatingCase) -> None:
    query = case.ask()
    case.correct("calls", "1250", reason="Een week vergeten.")
    with staff_scope():
        query.refresh_from_db()
        assert query.state == "replied"
        assert "Een week vergeten." in query.messages.last().text  # type: ignore[union-attr]


def test_without_a_query_or_a_window_a_closed_round_takes_none(case: ValidatingCase) -> None:
    with pytest.raises(NotPossibleNow, match="open"):
        case.correct("calls", "1250")
    case.round_to("close")
    with pytest.raises(NotPossibleNow, match="closed"):
        case.correct("calls", "1250")
    window(case)
    assert case.correct("calls", "1250").state == "applied"


@pytest.mark.parametrize(
    ("typed", "reason", "error"),
    [
        ("veel", "Omdat.", InvalidInput),  # no number
        ("800", "Omdat.", InvalidInput),  # fewer than were answered: a hard edit across questions
        ("1250", " ", InvalidInput),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_changes(
    case: ValidatingCase, typed: str, reason: str, error: type[Exception]
) -> None:
    case.ask()
    before = case.reload().content_hash
    with pytest.raises(error):
        case.correct("calls", typed, reason)
    row = case.case.stored("calls")
    assert row is not None
    assert row.number == 1200
    assert case.reload().content_hash == before
    with staff_scope():
        assert not Correction.objects.exists()


def test_the_freeze_waits_for_the_end_of_the_window(case: ValidatingCase) -> None:
    case.round_to("close")
    window(case, tell_them=True)
    with staff_scope():
        assert OutboxMail.objects.filter(to="coordinator@example.org").count() == 2  # the receipt, and this
        with pytest.raises(NotPossibleNow, match="correct"):
            start_round_job(case.case.open.pk, "freeze", by=case.researcher)
        with pytest.raises(InvalidInput):
            set_correction_window(case.case.open.pk, timezone.now() - timedelta(hours=1), by=case.researcher)
        with pytest.raises(NotAllowed):
            set_correction_window(case.case.open.pk, None, by=case.publisher)
        set_correction_window(case.case.open.pk, None, by=case.researcher)
        assert start_round_job(case.case.open.pk, "freeze", by=case.researcher).pk


def frozen_then_published(case: ValidatingCase) -> None:
    """As after a publication, without the computation, which is not what is tested here."""
    case.round_to("close", "freeze")
    with staff_scope():
        Round.objects.filter(pk=case.case.open.pk).update(state="published")


def test_a_correction_after_the_freeze_waits_for_the_next_edition(case: ValidatingCase) -> None:
    frozen_then_published(case)
    before = case.reload().content_hash
    first, second = case.correct("calls", "1250"), case.correct("calls", "1260")
    row = case.case.stored("calls")
    assert row is not None
    assert (row.number, case.reload().content_hash) == (1200, before)
    with staff_scope():
        first.refresh_from_db()
        with pytest.raises(NotPossibleNow):
            set_correction_window(case.case.open.pk, timezone.now() + timedelta(days=1), by=case.researcher)
        assert (first.state, second.state) == ("replaced", "waiting")
        carry_out_step(case.case.open.pk, "correct", by=case.researcher)
        second.refresh_from_db()
    row = case.case.stored("calls")
    assert row is not None
    assert (second.state, row.number) == ("applied", 1260)
    assert case.reload().content_hash != before


def test_corrections_that_no_longer_go_together_go_on_waiting(case: ValidatingCase) -> None:
    frozen_then_published(case)
    one = case.correct("calls", "950")  # 900 were answered
    other = case.correct("answered", "1100")  # of 1200
    with staff_scope():
        carry_out_step(case.case.open.pk, "correct", by=case.researcher)
        one.refresh_from_db()
        other.refresh_from_db()
    assert (one.state, other.state) == ("applied", "waiting")


def test_what_is_left_out_is_frozen_as_left_out_until_it_counts_again(case: ValidatingCase) -> None:
    with staff_scope():
        mark = read_inputs(case.case.open.pk).fingerprint
        exclude_answer(case.reload(), "calls", reason="In uren.", by=case.researcher)
    inputs = read_inputs(case.case.open.pk)
    assert inputs.fingerprint != mark
    assert inputs.columns["calls"].status.tolist() == [Status.EXCLUDED]
    assert inputs.columns["answered"].values.tolist() == [900]
    with staff_scope():
        lift_exclusion(case.reload(), "calls", by=case.researcher)
    assert read_inputs(case.case.open.pk).columns["calls"].values.tolist() == [1200]


def test_the_reason_of_a_correction_explains_what_is_unusual_about_the_new_answer(case: ValidatingCase) -> None:
    case.ask()
    case.correct("calls", "7000", reason="Er kwam een merk bij.")  # above 5,000, and seven times last year
    explained = case.reload().explanations
    assert explained == {"soft_max:calls": "Er kwam een merk bij.", "soft_change:calls": "Er kwam een merk bij."}


ADDRESS = "/en/my/corrections/small-2026/calls/"


def opened(client: Client) -> dict[str, str]:
    """The page of a correction as a browser would post it."""
    return {name: values[0] for name, values in fields_of(client.get(ADDRESS)).items()}  # type: ignore[arg-type]


def two_coordinators(case: ValidatingCase) -> tuple[Client, Client]:
    """Two browsers of coordinators of the same organisation; the second is Ruud's."""
    with staff_scope():
        second = User.objects.create_user("ruud@example.org", None, name="Ruud")
        Membership.objects.create(organisation=case.case.mine, user=second, role=MemberRole.COORDINATOR)
    other = Client()
    sign_in(other, second)
    return case.case.client("coordinator"), other


@pytest.mark.parametrize("frozen", [False, True])
def test_a_colleagues_correction_is_shown_and_only_a_choice_replaces_it(case: ValidatingCase, frozen: bool) -> None:
    if frozen:
        frozen_then_published(case)
    else:
        case.ask()
    first, second = two_coordinators(case)
    mine, theirs = opened(first), opened(second)
    assert second.post(ADDRESS, theirs | {"a-calls": "1300", "reason": "A month was missing."}).status_code == 302
    for _press in range(2):  # pressing once more is no choice
        answer = first.post(ADDRESS, mine | {"a-calls": "1250", "reason": "A week was missing."})
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "Two answers to this question" in text
        assert "by Ruud" in text
        assert "1,300 calls" in text
        mine = {name: values[0] for name, values in fields_of(answer).items()}
        assert (mine["a-calls"], mine["reason"]) == ("1250", "A week was missing.")
        with staff_scope():
            latest = Correction.objects.latest("pk")
        assert latest.typed == "1300"
    keep = re.search(r'name="(keep-calls)" value="([^"]+)"', text)
    assert keep is not None
    assert first.post(ADDRESS, mine | {keep[1]: keep[2], "reason": ""}).status_code == 422, "a reason is still needed"
    assert first.post(ADDRESS, mine | {keep[1]: keep[2]}).status_code == 302
    with staff_scope():
        latest = Correction.objects.latest("pk")
        assert (latest.typed, latest.made_by.email) == ("1250", "coordinator@example.org")  # type: ignore[union-attr]


def test_the_colleagues_correction_can_be_left_as_it_is(case: ValidatingCase) -> None:
    case.ask()
    first, second = two_coordinators(case)
    mine, theirs = opened(first), opened(second)
    second.post(ADDRESS, theirs | {"a-calls": "1300", "reason": "A month was missing."})
    answer = first.post(ADDRESS, mine | {"a-calls": "1250", "reason": "A week.", "theirs": "calls"}, follow=True)
    assert "Your colleague’s answer stays." in answer.content.decode()
    row = case.case.stored("calls")
    assert row is not None
    assert row.number == 1300


def test_an_unreadable_correction_does_not_hide_what_a_colleague_did_meanwhile(case: ValidatingCase) -> None:
    case.ask()
    first, second = two_coordinators(case)
    mine, theirs = opened(first), opened(second)
    second.post(ADDRESS, theirs | {"a-calls": "1300", "reason": "A month was missing."})
    answer = first.post(ADDRESS, mine | {"a-calls": "much", "reason": "A week."})
    again = {name: values[0] for name, values in fields_of(answer).items()}
    answer = first.post(ADDRESS, again | {"a-calls": "1250"})
    assert answer.status_code == 409
    row = case.case.stored("calls")
    assert row is not None
    assert row.number == 1300


def test_a_correction_that_waits_is_shown_to_who_comes_after(case: ValidatingCase) -> None:
    frozen_then_published(case)
    case.correct("calls", "1300")
    _first, second = two_coordinators(case)
    text = second.get(ADDRESS).content.decode()
    assert "1,300 calls" in text
    assert "Coordinator" in text
    fields = opened(second)
    assert second.post(ADDRESS, fields | {"a-calls": "1400", "reason": "Counted again."}).status_code == 302
    with staff_scope():
        assert Correction.objects.get(state="waiting").typed == "1400"


def test_a_correction_that_waits_means_the_same_in_the_other_language(case: ValidatingCase) -> None:
    frozen_then_published(case)
    case.correct("calls", "1.300")  # typed on a Dutch page
    fields = opened(case.case.client("coordinator"))  # an English one
    assert fields["a-calls"] == "1,300"


def test_each_submission_and_correction_has_a_receipt_that_anybody_can_verify(case: ValidatingCase) -> None:
    client = case.case.client("coordinator")
    with staff_scope():
        OutboxMail.objects.all().delete()
    case.round_to("close")
    window(case)
    first = case.reload().content_hash
    case.correct("calls", "2400", reason="A merger.")  # twice last year's: the reason counts
    now = case.reload().content_hash
    assert now != first
    with staff_scope():
        (mail,) = OutboxMail.objects.filter(to="coordinator@example.org")
        receipts = list(Receipt.objects.order_by("number"))
    assert now in mail.body
    assert [(one.number, one.kind, one.content_hash) for one in receipts] == [
        (1, "submitted", first), (2, "corrected", now),
    ]  # fmt: skip
    page = client.get("/en/my/rounds/small-2026/receipt/").content.decode()
    for one in receipts:
        assert " ".join(re.findall("." * 8, one.content_hash)) in page
        file = client.get(f"/en/my/rounds/small-2026/receipt/{one.number}/").content
        assert hashlib.sha256(file).hexdigest() == one.content_hash
    assert "A merger." in json.loads(file)["reasons"].values()
    assert "Corrected: How many calls" in page
    assert "sha256sum small-2026-receipt-1.json" in page
    assert case.case.client("stranger").get("/en/my/rounds/small-2026/receipt/1/").status_code == 404
    assert client.get("/en/my/rounds/small-2026/receipt/3/").status_code == 404
    assert client.get(f"/en/my/rounds/small-2026/receipt/{10**12}/").status_code == 404


def test_the_hash_covers_reasons(case: ValidatingCase) -> None:
    submission = case.reload()
    with staff_scope():
        assert content_hash(submission, {"soft_max:calls": "a"}) != content_hash(submission, {"soft_max:calls": "b"})
