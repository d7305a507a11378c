"""Many at once on one database: whoever is told yes is in, once; whoever is not is told so."""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from benchmark.models import Release
from benchmark.services.releasing import publish_release, review_release
from portal.errors import NotPossibleNow
from portal.models import AuditEntry, OutboxMail, User
from portal.roles import FoundationRole
from portal.services.people import create_user
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Answer, AnswerChange, Round, Submission
from surveys.selectors.panels import submitted_answers
from surveys.services.answers import Typing, save_answers
from surveys.services.rounds import advance_round
from surveys.services.submissions import submit_submission
from tests.soak.conftest import Soak
from tests.soak.counting import times
from tests.soak.rounds import computed_round, open_round, started

pytestmark = pytest.mark.slow
TOLD = "told"


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment, each on a connection of its own; what each returned, or TOLD."""
    together = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        together.wait(timeout=60)
        try:
            return act()
        except NotPossibleNow:
            return TOLD
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def submit(soak: Soak, submission: Submission, person: User) -> Submission:
    with participant_scope(soak.world.a.pk, person.pk):
        return submit_submission(submission, by=person, language="nl")


def test_fifty_people_press_submit_and_one_receipt_is_sent(soak: Soak) -> None:
    person = soak.world.person("coordinator of A")
    for turn in range(times(1, 20)):
        round_ = open_round(soak, f"double-{turn}")
        submission, newest = started(soak, round_, {"calls": "100", "owner": "ours"}), newest_mail()
        got = at_once(*[lambda s=submission: submit(soak, s, person)] * 50)
        assert {one.content_hash for one in got} == {got[0].content_hash}
        soak.ledger.submitted(got[0])
        with staff_scope():
            entries = AuditEntry.objects.filter(
                action="submission.submitted", subject=f"surveys.submission:{submission.pk}"
            )
            assert entries.count() == 1
            (receipt,) = OutboxMail.objects.filter(body__contains=got[0].content_hash, to=person.email, pk__gt=newest)
        soak.ledger.mails.add(receipt.pk)


def newest_mail() -> int:
    with worker_scope():
        return OutboxMail.objects.aggregate(newest=Max("pk"))["newest"] or 0


def test_submission_is_in_before_the_close_or_refused(soak: Soak) -> None:
    person, chance = soak.world.person("coordinator of A"), random.Random(5)
    round_ = open_round(soak, "close-race")
    submission, seen = started(soak, round_, {"calls": "100", "owner": "ours"}), Counter()

    def close() -> int:
        with staff_scope():
            advance_round(round_.pk, "close", by=None)
            return submitted_answers(round_).count()

    for _turn in range(times(25, 1000)):
        acts = [lambda: submit(soak, submission, person), close]
        chance.shuffle(acts)
        results = at_once(*acts)
        frozen = next(one for one in results if isinstance(one, int))
        said = next(one for one in results if not isinstance(one, int))
        assert (frozen > 0) == (said != TOLD), f"told {said}, and {frozen} answers are in"
        seen["in" if frozen else "refused"] += 1
        with staff_scope():
            Submission.objects.filter(pk=submission.pk).update(
                state=Submission.State.STARTED, submitted_at=None, submitted_by=None, content_hash=""
            )
            advance_round(round_.pk, "reopen", by=None)
    sys.stdout.write(f"\nsubmit against close: {dict(seen)}\n")
    assert len(seen) == 2, "one side always wins: this is no race"


def test_two_editors_keep_what_each_was_told(soak: Soak) -> None:
    people = [soak.world.person("coordinator of A"), soak.world.person("contributor of A")]
    submission = started(soak, open_round(soak, "editors"), {"calls": "1"})
    conflicts, version = 0, 1

    def write(person: User, text: str, base: int) -> Any:
        with participant_scope(soak.world.a.pk, person.pk):
            (saved,) = save_answers(submission, [Typing("calls", text, base_version=base)], by=person, language="nl")
            return saved

    for turn in range(times(30, 1000)):
        texts = [f"{2 * turn + 10}", f"{2 * turn + 11}"]
        saved = at_once(*[lambda p=p, t=t, v=version: write(p, t, v) for p, t in zip(people, texts, strict=True)])
        won = [text for text, one in zip(texts, saved, strict=True) if one.conflict is None]
        lost = [one for one in saved if one.conflict is not None]
        assert len(won) == len(lost) == 1, "both or neither were told that they were saved"
        assert lost[0].conflict.typed == won[0]  # the loser sees the winner's value
        conflicts, version = conflicts + 1, lost[0].version
        soak.ledger.answered(submission, {"calls": won[0]})
    with staff_scope():
        assert Answer.objects.get(submission=submission, question="calls").version == version == conflicts + 1


def test_deadline_passes_during_an_edit(soak: Soak) -> None:
    """Who was told yes had asked before the deadline, each time, by the database's clock; nobody gets in later.

    A colleague whose transaction is open since before the deadline, and waits in it for the round, is refused as well.
    """
    latest = -60.0
    for turn in range(times(2, 50)):
        round_ = open_round(soak, f"deadline-{turn}")
        submission = started(soak, round_, {"calls": "1", "talk": "1"})
        with staff_scope():
            Round.objects.filter(pk=round_.pk).update(closes_at=Now() + timedelta(seconds=0.6))
            closes_at = Round.objects.get(pk=round_.pk).closes_at
        assert closes_at is not None
        accepted, late = at_once(
            lambda s=submission: write_until_refused(soak, s), lambda s=submission, c=closes_at: write_late(soak, s, c)
        )
        assert late == TOLD, "a transaction that began before the deadline saved after it"
        assert 1 < len(accepted) < 10_000
        with staff_scope():
            stamps = AnswerChange.objects.filter(submission=submission, question="calls").values_list("changed_at")
            written = [stamp for (stamp,) in stamps]
            assert Answer.objects.get(submission=submission, question="calls").typed == str(len(accepted) + 1)
            assert Answer.objects.get(submission=submission, question="talk").typed == "1"
        assert max(written) < closes_at + timedelta(seconds=2), "only what was under way then is written after it"
        assert max(accepted) < closes_at, "somebody asked after the deadline and was told yes"
        latest = max(latest, (max(accepted) - closes_at).total_seconds())
    sys.stdout.write(f"\ndeadline: the last save was asked for {-1000 * latest:.0f} ms before it\n")


def write_until_refused(soak: Soak, submission: Submission) -> list[datetime]:
    """Save one number after the other; when each that was acknowledged had been asked for, by the database's clock."""
    person, asked_at = soak.world.person("coordinator of A"), []
    for number in range(2, 10_000):
        try:
            with participant_scope(soak.world.a.pk, person.pk):
                asked = database_clock()
                save_answers(submission, [Typing("calls", str(number))], by=person, language="nl")
        except NotPossibleNow:
            return asked_at
        asked_at.append(asked)
        soak.ledger.answered(submission, {"calls": str(number)})
    return asked_at


def write_late(soak: Soak, submission: Submission, closes_at: datetime) -> None:
    """Begin a transaction in time, and save in it just after the deadline. Raises NotPossibleNow."""
    person = soak.world.person("contributor of A")
    with participant_scope(soak.world.a.pk, person.pk):
        assert Submission.objects.filter(pk=submission.pk).exists()
        while database_clock() < closes_at:
            time.sleep(0.01)
        save_answers(submission, [Typing("talk", "2")], by=person, language="nl")


def database_clock() -> datetime:
    """Now, by the clock that decides."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now


def test_two_publishers_at_once_publish_once(soak: Soak) -> None:
    chance = random.Random(7)
    for turn in range(times(1, 20)):
        round_ = computed_round(soak, f"publishers-{turn}")
        people = [staff_member(FoundationRole.PUBLISHER, f"{name}-{turn}") for name in ("paul", "pia")]
        with staff_scope():
            review_release(round_.pk, by=soak.world.person("researcher"))

        def press(person: User, round_: Round = round_) -> int:
            with staff_scope(person.pk):
                return int(publish_release(round_.pk, by=person).published_by_id or 0)

        presses = [lambda p=person: press(p) for person in [*people, *people]]
        chance.shuffle(presses)
        said = Counter(at_once(*presses))
        winner = next(one for one in said if one != TOLD)
        assert said == {winner: 2, TOLD: 2}
        with staff_scope():
            published = AuditEntry.objects.filter(action="round.publish", subject=f"surveys.round:{round_.pk}")
            assert published.count() == 1
            assert Release.objects.get(round=round_).published_by_id == winner
        soak.ledger.published()


def staff_member(role: FoundationRole, name: str) -> User:
    with staff_scope():
        return create_user(email=f"{name}@soak.invalid", name=name, foundation_role=role, by=None)
