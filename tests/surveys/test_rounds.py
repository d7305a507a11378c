"""The life of a round: one place for its steps, guarded, audited, and the same from the command line."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import AuditEntry, Job
from portal.roles import FoundationRole
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Round
from surveys.rounds import TRANSITIONS, actions_from
from surveys.selectors.rounds import accepts_answers, previous_round
from surveys.services.rounds import advance_round, carry_out_step, create_round
from tests.surveys.fielding import bring, field_round, staff_member, to_state

pytestmark = pytest.mark.django_db


def reload(current: Round) -> Round:
    with staff_scope():
        return Round.objects.get(pk=current.pk)


def set_closing(current: Round, after: timedelta) -> None:
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(closes_at=Now() + after)


def accepts(current: Round) -> bool:
    with staff_scope():
        return accepts_answers(current)


def test_a_round_takes_answers_while_it_is_open_and_not_past_its_closing_time() -> None:
    current = field_round()
    assert not accepts(current)
    to_state(current, "open")
    assert accepts(current)
    set_closing(current, timedelta(minutes=1))
    assert accepts(current)
    set_closing(current, timedelta(seconds=-1))
    assert not accepts(current)
    set_closing(current, timedelta(minutes=1))
    to_state(current, "close")
    assert not accepts(current)


def test_opening_again_after_the_closing_time_takes_that_time_away() -> None:
    current = field_round()
    to_state(current, "open", "close")
    set_closing(current, timedelta(seconds=-1))
    to_state(current, "reopen")
    assert reload(current).closes_at is None
    assert accepts(current)


def test_every_step_is_refused_from_every_other_state() -> None:
    current = field_round()
    for state in Round.State:
        with staff_scope():
            Round.objects.filter(pk=current.pk).update(state=state)
            for action in set(TRANSITIONS) - set(actions_from(state)):
                with pytest.raises(NotPossibleNow):
                    advance_round(current.pk, action, by=None)
        assert reload(current).state == state


def test_a_step_needs_its_role_and_is_audited() -> None:
    current = field_round()
    publisher, researcher = staff_member(FoundationRole.PUBLISHER), staff_member(FoundationRole.RESEARCHER)
    with staff_scope():
        with pytest.raises(NotAllowed):
            carry_out_step(current.pk, "open", by=publisher)
        carry_out_step(current.pk, "open", by=researcher)
        entry = AuditEntry.objects.get(action="round.open")
    assert entry.actor_id == researcher.pk
    assert entry.detail == {"code": "field-01", "before": "draft", "after": "open"}
    assert reload(current).opens_at is not None


def test_a_correction_prepares_the_next_edition() -> None:
    current = field_round()
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(state="published")
    to_state(current, "correct")
    assert (reload(current).state, reload(current).edition) == ("closed", 2)


def test_a_reference_period_must_fit_the_questionnaire_and_a_code_is_taken_once() -> None:
    current = field_round()
    with staff_scope():
        values = {"title_nl": "x", "title_en": "x", "version": current.version, "by": None}
        with pytest.raises(InvalidInput):
            create_round(code="other", reference_period="2026", **values)
        with pytest.raises(InvalidInput):
            create_round(code="field-01", reference_period="2026-02", **values)


def test_the_previous_round_is_the_latest_earlier_one_that_left_the_draft() -> None:
    first, second, third = (field_round(f"field-0{n}", f"2026-0{n}") for n in (1, 2, 3))
    with staff_scope():
        assert previous_round(third) is None
    to_state(first, "open")
    with staff_scope():
        assert previous_round(third) == first
    to_state(second, "open")
    with staff_scope():
        assert previous_round(third) == second
        assert previous_round(first) is None


def test_the_command_runs_a_round_without_a_worker(capsys: pytest.CaptureFixture[str]) -> None:
    current = field_round()
    call_command(
        "round", "create", "field-09", "--questionnaire", "field", "--version", "1", "--period", "2026-09",
        "--title-nl", "Veld 9", "--title-en", "Field 9", "--closes", "2027-01-01T12:00",
    )  # fmt: skip
    researcher = staff_member(FoundationRole.RESEARCHER)
    bring(current, "month,code,calls\n2026-01,alpha,100\n")
    call_command("round", "open", "field-01", "--by", researcher.email)
    call_command("round", "close", "field-01", "--by", researcher.email)
    call_command("round", "freeze", "field-01", "--inline", "--by", researcher.email)
    out = capsys.readouterr().out
    assert "field-09 is created, in draft" in out
    assert "field-01: frozen, edition 1. Next: compute." in out
    with worker_scope():
        assert Job.objects.get().created_by_id == researcher.pk
        assert AuditEntry.objects.get(action="round.freeze").actor_id == researcher.pk
    call_command("round", "list")
    assert "field-01" in capsys.readouterr().out


def test_the_command_says_why_a_step_is_not_possible() -> None:
    current = field_round()
    with pytest.raises(CommandError, match="this step is not possible now"):
        call_command("round", "close", "field-01")
    with pytest.raises(CommandError, match="no round with the code"):
        call_command("round", "open", "nowhere")
    publisher = staff_member(FoundationRole.PUBLISHER)
    with pytest.raises(CommandError, match="role does not allow"):
        call_command("round", "open", "field-01", "--by", publisher.email)
    to_state(current, "open", "close")
    with pytest.raises(CommandError, match="nothing to freeze"):
        call_command("round", "freeze", "field-01", "--inline")
