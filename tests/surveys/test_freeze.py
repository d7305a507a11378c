"""Freezing: what was submitted becomes columns in panel order; twice is once; a lost worker changes nothing."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from portal.errors import NotPossibleNow
from portal.models import AuditEntry, Job
from portal.services.jobs import LeaseLost, claim_job
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Answer, ColumnSnapshot, Edition, Round
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.freezing import freeze_round_edition, read_inputs
from surveys.services.rounds import start_round_job
from surveys.snapshots import Column, Panel, Status
from surveys.tasks import freeze_round
from tests.surveys.fielding import bring, field_round, organisation, to_state

pytestmark = pytest.mark.django_db
ANSWERS = (
    "month,code,calls,rate,outsources,reason,mix.phone,mix.mail,tools\n"
    "2026-01,alpha,100,12.5,yes,time,60,40,bot\n"
    "2026-01,beta,200,n.b.,no,cost,,,\n"
    "2026-01,Unassigned,7,,,,,,\n"
)
NAN = float("nan")


@pytest.fixture
def current() -> Round:
    made = field_round()
    bring(made, ANSWERS)
    to_state(made, "open", "close")
    return made


def request_freeze(current: Round) -> Job:
    with staff_scope():
        return start_round_job(current.pk, "freeze", by=None)


def frozen(current: Round) -> tuple[Edition, Panel, dict[str, Column]]:
    with worker_scope():
        edition = Edition.objects.get(round=current)
        columns = {one.column: Column.from_bytes(bytes(one.values)) for one in edition.columns.all()}
    return edition, Panel.from_bytes(bytes(edition.panel)), columns


def state_of(current: Round) -> str:
    with staff_scope():
        return Round.objects.get(pk=current.pk).state


def test_the_freeze_task_writes_edition_and_columns_and_advances_the_round(current: Round) -> None:
    job = request_freeze(current)
    freeze_round(job.pk)
    edition, panel, columns = frozen(current)
    alpha, beta = organisation("alpha"), organisation("beta")
    assert panel.organisation.tolist() == sorted([alpha.pk, beta.pk])
    assert panel.contributor.tolist() == [0, 0]  # one group of organisations is one contributor
    assert list(panel.categories.items()) == [("sector", ("private", "public")), ("region", ("east", "north"))]
    assert panel.dimensions["sector"].tolist() == [1, 0]
    np.testing.assert_array_equal(columns["calls"].values, [100, 200])
    np.testing.assert_array_equal(columns["mix.phone"].values, [60, NAN])
    np.testing.assert_array_equal(columns["tools.bot"].values, [1, NAN])
    assert edition.unattributed == {"calls": 7.0}
    assert edition.organisations == 2
    assert state_of(current) == "frozen"
    with worker_scope():
        assert Job.objects.get(pk=job.pk).state == Job.State.DONE
        assert AuditEntry.objects.filter(action="round.freeze").count() == 1


def test_the_four_kinds_of_no_number_are_kept_apart(current: Round) -> None:
    freeze_round(request_freeze(current).pk)
    _edition, _panel, columns = frozen(current)
    assert columns["rate"].status.tolist() == [Status.ANSWERED, Status.NOT_AVAILABLE]
    # beta does not outsource, so its reason does not apply although the file had one
    assert columns["reason"].status.tolist() == [Status.ANSWERED, Status.NOT_APPLICABLE]
    assert columns["answered"].status.tolist() == [Status.NONRESPONSE, Status.NONRESPONSE]
    assert "note" not in columns  # texts are never counted


def test_only_what_was_submitted_and_could_be_read_is_frozen() -> None:
    made = field_round()
    bring(made, ANSWERS)
    to_state(made, "open")
    gamma = organisation("gamma")
    with participant_scope(gamma.pk):
        save_answers(start_submission(gamma, made, by=None), [Typing("calls", "9")], by=None, language="nl")
    with staff_scope():
        Answer.objects.filter(submission__round=made, question="calls", number=200).update(is_valid=False)
    to_state(made, "close")
    freeze_round(request_freeze(made).pk)
    _edition, panel, columns = frozen(made)
    assert len(panel) == 2
    assert columns["calls"].status.tolist() == [Status.ANSWERED, Status.NONRESPONSE]


def test_hashes_name_the_bytes_and_do_not_depend_on_when(current: Round) -> None:
    once, again = read_inputs(current.pk), read_inputs(current.pk)
    assert once.content_hash() == again.content_hash()
    freeze_round(request_freeze(current).pk)
    edition, _panel, _columns = frozen(current)
    assert edition.content_hash == once.content_hash()
    with worker_scope():
        for one in ColumnSnapshot.objects.filter(edition=edition):
            assert hashlib.sha256(bytes(one.values)).hexdigest() == one.content_hash


def test_a_second_run_for_the_same_edition_does_nothing(current: Round) -> None:
    freeze_round(request_freeze(current).pk)
    with worker_scope():
        job = Job.objects.create(
            task="surveys.freeze_round",
            key="again",
            title="again",
            arguments={
                "round": current.pk,
                "edition": 1,
                "by": None,
            },
        )
    freeze_round(job.pk)
    with worker_scope():
        assert Job.objects.get(pk=job.pk).state == Job.State.DONE
        assert Edition.objects.filter(round=current).count() == 1


def test_a_change_between_reading_and_locking_is_frozen_too(current: Round) -> None:
    def change(done: int, _total: int) -> None:
        with staff_scope():
            Answer.objects.filter(submission__round=current, question="calls", number=100).update(number=101)

    @contextmanager
    def finishing() -> Iterator[None]:
        with worker_scope():
            yield

    freeze_round_edition(current.pk, 1, by=None, progress=change, finishing=finishing)
    with worker_scope():
        assert Edition.objects.get(round=current).content_hash == read_inputs(current.pk).content_hash()
    _edition, _panel, columns = frozen(current)
    assert columns["calls"].values[0] == 101


def test_a_worker_that_lost_its_lease_writes_nothing(current: Round) -> None:
    work = claim_job(request_freeze(current).pk)
    assert work is not None
    with worker_scope():
        Job.objects.filter(pk=work.job.pk).update(lease_token="another worker")
    with pytest.raises(LeaseLost):
        freeze_round_edition(current.pk, 1, by=None, progress=lambda done, total: None, finishing=work.finishing)
    with worker_scope():
        assert not Edition.objects.filter(round=current).exists()
    assert state_of(current) == "closed"


@pytest.mark.parametrize("wrong", ["reopened", "empty"])
def test_a_freeze_that_is_not_possible_fails_with_its_reason(current: Round, wrong: str) -> None:
    job = request_freeze(current)
    with staff_scope():
        if wrong == "reopened":
            Round.objects.filter(pk=current.pk).update(state="open")
        else:
            Answer.objects.filter(submission__round=current).delete()
            current.submissions.all().delete()
    freeze_round(job.pk)
    with worker_scope():
        stored = Job.objects.get(pk=job.pk)
        assert stored.state == Job.State.FAILED
        assert "NotPossibleNow" in stored.error
        assert not Edition.objects.filter(round=current).exists()


def test_a_freeze_of_an_older_edition_is_refused(current: Round) -> None:
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(edition=2)

    @contextmanager
    def finishing() -> Iterator[Any]:
        with worker_scope():
            yield

    with pytest.raises(NotPossibleNow):
        freeze_round_edition(current.pk, 1, by=None, progress=lambda done, total: None, finishing=finishing)
