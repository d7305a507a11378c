"""Withdrawing: before the freeze the answers leave the round, after it they leave everything later; and who may."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import AuditEntry, OutboxMail
from portal.roles import FoundationRole
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Edition, Round, Withdrawal
from surveys.selectors.withdrawals import is_frozen
from surveys.services.answers import Typing, save_answers
from surveys.services.freezing import fingerprint, read_inputs
from surveys.services.rounds import start_round_job
from surveys.services.submissions import submit_submission
from surveys.services.withdrawals import readmit_organisation, withdraw_organisation
from surveys.snapshots import Panel
from surveys.tasks import freeze_round
from tests.sign_in import sign_in
from tests.surveys.answering_case import build_case
from tests.surveys.fielding import bring, field_round, organisation, staff_member, to_state
from tests.world import World

pytestmark = pytest.mark.django_db
ANSWERS = "month,code,calls\n2026-01,alpha,100\n2026-01,beta,200\n2026-01,gamma,300\n"


@pytest.fixture
def current() -> Round:
    made = field_round()
    bring(made, ANSWERS)
    to_state(made, "open", "close")
    return made


def leave(code: str, round_: Round | None) -> Withdrawal:
    with staff_scope():
        return withdraw_organisation(organisation(code), round_=round_, by=None)


def frozen_panel(current: Round, edition: int = 1) -> list[int]:
    with staff_scope():
        job = start_round_job(current.pk, "freeze", by=None)
    freeze_round(job.pk)
    with worker_scope():
        return Panel.from_bytes(bytes(Edition.objects.get(round=current, number=edition).panel)).organisation.tolist()


@pytest.mark.parametrize("everything", [False, True])
def test_before_the_freeze_the_answers_leave_the_round(current: Round, everything: bool) -> None:
    leave("beta", None if everything else current)
    inputs = read_inputs(current.pk)
    assert inputs.columns["calls"].values.tolist() == [100, 300]
    assert frozen_panel(current) == [organisation("alpha").pk, organisation("gamma").pk]


def test_leaving_another_round_changes_nothing_here(current: Round) -> None:
    other = field_round("field-02", "2026-02")
    to_state(other, "open")
    leave("beta", other)
    assert len(frozen_panel(current)) == 3


def test_after_the_freeze_the_answers_stay_there_and_leave_the_next_edition(current: Round) -> None:
    first = frozen_panel(current)
    with worker_scope():
        before = bytes(Edition.objects.get(round=current).panel)
    leave("beta", current)
    with worker_scope():
        assert bytes(Edition.objects.get(round=current).panel) == before
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(state="published")
    to_state(current, "correct")
    assert frozen_panel(current, 2) == [one for one in first if one != organisation("beta").pk]


def test_a_withdrawal_while_the_answers_are_being_read_is_noticed(current: Round) -> None:
    with worker_scope():
        marks = [fingerprint(current.pk)]
    for round_ in (current, None):
        leave("beta", round_)
        with worker_scope():
            marks.append(fingerprint(current.pk))
    assert len(set(marks)) == 3
    researcher = staff_member(FoundationRole.RESEARCHER)
    with staff_scope():
        readmit_organisation(organisation("beta"), round_=None, by=researcher)
    with worker_scope():
        assert fingerprint(current.pk) == marks[1]


def test_who_and_when_are_kept_once(current: Round) -> None:
    researcher = staff_member(FoundationRole.RESEARCHER)
    with staff_scope():
        made = [withdraw_organisation(organisation("beta"), round_=current, by=researcher) for _click in range(2)]
        assert made[0].pk == made[1].pk
        assert (made[0].withdrawn_by, made[0].withdrawn_at is None) == (researcher, False)
        (entry,) = AuditEntry.objects.filter(action="organisation.withdrew")
        assert entry.detail == {"round": "field-01", "frozen": False}


def test_staff_take_an_organisation_back_and_nobody_else_does(current: Round) -> None:
    leave("beta", current)
    publisher, researcher = staff_member(FoundationRole.PUBLISHER), staff_member(FoundationRole.RESEARCHER)
    with staff_scope():
        for by in (publisher, None):
            with pytest.raises(NotAllowed):
                readmit_organisation(organisation("beta"), round_=current, by=by)
        assert readmit_organisation(organisation("beta"), round_=current, by=researcher)
        assert not readmit_organisation(organisation("beta"), round_=current, by=researcher)
    assert len(frozen_panel(current)) == 3


def test_no_round_is_left_before_it_opens() -> None:
    draft = field_round()
    with staff_scope(), pytest.raises(NotPossibleNow):
        withdraw_organisation(organisation("beta"), round_=draft, by=None)


@pytest.mark.parametrize(
    ("state", "edition", "frozen"), [("open", 1, False), ("closed", 1, False), ("frozen", 1, True), ("closed", 2, True)]
)
def test_results_may_exist_from_the_freeze_on_and_in_every_correction(state: str, edition: int, frozen: bool) -> None:
    assert is_frozen(Round(state=state, edition=edition)) == frozen


def test_an_organisation_sees_and_writes_its_own_withdrawals_only() -> None:
    case = build_case()
    coordinator = case.people["coordinator"]
    with staff_scope():
        withdraw_organisation(case.other, round_=None, by=None)
    with participant_scope(case.mine.pk, coordinator.pk):
        assert not Withdrawal.objects.exists()
        withdraw_organisation(case.mine, round_=case.open, by=coordinator)
        assert Withdrawal.objects.count() == 1
        (mail,) = OutboxMail.objects.all()
        assert mail.to == coordinator.email
        for change in (
            lambda: Withdrawal.objects.all().delete(),
            lambda: Withdrawal.objects.update(round=None),
            lambda: Withdrawal.objects.create(organisation=case.other, round=case.open),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_who_withdrew_cannot_submit() -> None:
    case = build_case()
    with participant_scope(case.mine.pk, case.people["coordinator"].pk):
        submission, by = case.submission(), case.people["coordinator"]
        typings = [Typing(code, text) for code, text in (("calls", "1200"), ("answered", "900"), ("outsources", "no"))]
        save_answers(submission, typings, by=by, language="nl")
        withdraw_organisation(case.mine, round_=case.open, by=by)
        with pytest.raises(NotPossibleNow, match=r"withdrew|trok"):
            submit_submission(submission, by=by, language="nl")


def test_the_page_says_what_it_means_and_asks_for_a_tick(world: World) -> None:
    client, address = Client(), reverse("my_withdrawal")
    sign_in(client, world.person("coordinator of A"))
    page = client.get(address, {"round": world.finished.code}).content.decode()
    assert "stays published and never changes" in page
    assert "repeated in the next edition as they were published" in page
    assert "Results were made with the answers" in page
    assert "Nothing was made of the answers yet" in page
    assert 'value="world-2025" id="from-2" checked' in page
    for body in ({}, {"from": "world-2025"}, {"from": "no-such", "confirm": "yes"}, {"confirm": "yes"}):
        assert client.post(address, body).status_code == 422
    assert client.post(address, {"from": "world-2025", "confirm": "yes"}).status_code == 302
    with staff_scope():
        (made,) = Withdrawal.objects.all()
    assert (made.organisation_id, made.round_id) == (world.a.pk, world.finished.pk)
    assert "world-2025" not in client.get(address).content.decode()


def test_everything_closes_what_is_open(world: World) -> None:
    client, address = Client(), reverse("my_withdrawal")
    sign_in(client, world.person("coordinator of A"))
    assert client.post(address, {"from": "-everything", "confirm": "yes"}).status_code == 302
    assert "nothing left to withdraw from" in client.get(address).content.decode()
    hub = client.get(reverse("my_round", args=[world.open.code])).content.decode()
    assert "withdrew from this round" in hub
    assert "Withdrawn" in client.get(reverse("my_rounds")).content.decode()
    saved = client.post(reverse("my_section", args=[world.open.code, "work"]), {"calls": "1"})
    assert saved.status_code in (302, 409)
    with staff_scope():
        numbers = world.a.submissions.get(round=world.open).answers.filter(question="calls")
        assert list(numbers.values_list("number", flat=True)) == [52000]


def test_staff_note_it_and_take_it_back(world: World) -> None:
    client = Client()
    sign_in(client, world.person("researcher"))
    address = reverse("staff_withdrawal", args=[world.b.pk])
    assert address in client.get(reverse("staff_organisations")).content.decode()
    assert client.post(address, {"from": "world-2025", "confirm": "yes"}).status_code == 302
    assert "Withdrawn" in client.get(reverse("staff_round", args=["world-2025"])).content.decode()
    assert "Let take part again" in client.get(address).content.decode()
    assert client.post(address, {"from": "world-2025", "again": "yes"}).status_code == 302
    with staff_scope():
        assert not Withdrawal.objects.exists()
    sign_in(client, world.person("publisher"))
    assert address not in client.get(reverse("staff_organisations")).content.decode()
    assert client.get(address).status_code == 403
