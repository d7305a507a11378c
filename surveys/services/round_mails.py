"""Invitations and reminders to the coordinators of many organisations, in texts that staff write."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.errors import InvalidInput, NotPossibleNow
from portal.mail_texts import fill_subject, fill_text, problems_in
from portal.models import Organisation, User
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Participation, Round, Submission
from surveys.selectors.response_board import board_rows, theme_progress
from surveys.services.validating import check_validator, coordinators

OFFERED = ("person", "organisation", "round", "deadline", "days_left", "answered", "to_answer", "address", "sender")
INVITATION, REMINDER = "invitation", "reminder"
AGAIN_AFTER_MINUTES = 60  # a second press of the button, or two colleagues with the same idea


@dataclass(frozen=True)
class MailText:
    """Subject and body in one language, with placeholders."""

    subject: str
    body: str


@dataclass(frozen=True)
class MailsSent:
    """What came of it: mails, organisations, those written to shortly before, and those without a coordinator."""

    mails: int
    organisations: int
    just_reminded: int
    without_coordinator: int


def check_texts(texts: Mapping[str, MailText]) -> list[str]:
    """What is wrong with the texts, each with its language and place; empty when they can be sent."""
    found = []
    for language, text in texts.items():
        if not text.subject.strip() or not text.body.strip():
            found.append(_("%(language)s: subject and text are both needed.") % {"language": language})
        parts = (text.subject, text.body)
        found += [f"{language}: {problem}" for part in parts for problem in problems_in(part, OFFERED)]
    return found


@transaction.atomic
def send_round_mails(
    current: Round,
    organisations: Collection[int],
    texts: Mapping[str, MailText],
    *,
    kind: str,
    address: str,
    by: User,
) -> MailsSent:
    """One mail to each coordinator of each organisation, in the person's language; needs the staff scope.

    Who was written to within the last hour is passed over, so that a second press changes nothing. Raises
    NotPossibleNow when the round takes no answers, InvalidInput when a text cannot be sent.
    """
    check_validator(by)
    if current.state != Round.State.OPEN:
        raise NotPossibleNow(_("Mails about a round go out while it is open."))
    _check(current, texts)
    rows = list(board_rows(current).filter(pk__in=organisations, is_withdrawn=False))
    Participation.objects.bulk_create(
        [Participation(organisation=one, round=current) for one in rows], ignore_conflicts=True
    )
    free = _take(current, [one.pk for one in rows], kind)
    done = theme_progress(current, [one.submission for one in rows if one.pk in free and one.submission])
    mails, alone = 0, 0
    for one in rows:
        if one.pk not in free:
            continue
        people = coordinators(one)
        alone += not people
        counts = done.get(one.submission, {})
        answered = sum(part[0] for part in counts.values())
        left = sum(part[1] for part in counts.values()) - answered
        for person in people:
            _send(current, one, person, texts, answered, left, address, by)
            mails += 1
    record("round.mailed", subject=current, by=by, code=current.code, kind=kind, mails=mails, organisations=len(free))
    return MailsSent(mails, len(free), len(rows) - len(free), alone)


def _check(current: Round, texts: Mapping[str, MailText]) -> None:
    problems = check_texts(texts)
    whole = " ".join(f"{text.subject} {text.body}" for text in texts.values())
    if current.closes_at is None and any(f"{{{name}}}" in whole for name in ("deadline", "days_left")):
        problems.append(_("The round has no closing time, so {deadline} and {days_left} cannot be filled in."))
    if problems:
        raise InvalidInput(_("This text cannot be sent."), problems)


def _take(current: Round, organisations: Collection[int], kind: str) -> set[int]:
    """Note who is written to now; returns those who were not within the last hour."""
    ago = Now() - timedelta(minutes=AGAIN_AFTER_MINUTES)
    rows = Participation.objects.select_for_update().filter(round=current, organisation__in=organisations)
    long_ago = (Q(reminded_at=None) | Q(reminded_at__lte=ago)) & (Q(invited_at=None) | Q(invited_at__lte=ago))
    free = set(rows.filter(long_ago).values_list("organisation_id", flat=True))
    taken = Participation.objects.filter(round=current, organisation__in=free)
    if kind == INVITATION:
        taken.update(invited_at=Now())
    else:
        taken.update(reminded_at=Now(), reminders=F("reminders") + 1)
    return free


def _send(
    current: Round,
    organisation: Organisation,
    person: User,
    texts: Mapping[str, MailText],
    answered: int,
    left: int,
    address: str,
    by: User,
) -> None:
    text = texts.get(person.language) or next(iter(texts.values()))
    with override(person.language):
        closes = current.closes_at
        days = math.ceil((closes - timezone.now()).total_seconds() / 86_400) if closes else 0
        values = {
            "person": str(person),
            "organisation": organisation.name,
            "round": current.title,
            "deadline": date_format(timezone.localtime(closes), "DATE_FORMAT") if closes else "",
            "days_left": str(max(days, 0)) if closes else "",
            "answered": str(answered),
            "to_answer": str(left) if answered else _("all"),
            "address": address,
            "sender": str(by),
        }
        subject, body = fill_subject(text.subject, values), fill_text(text.body, values)
    put_in_outbox(to=person.email, subject=subject, body=body, organisation=organisation)


def note_opened(submission: Submission | None, organisation: Organisation, current: Round) -> None:
    """Note that a member looked at the round for the first time; in the organisation's own scope."""
    if submission is not None:
        return  # who answers has looked
    rows = Participation.objects.filter(organisation=organisation, round=current)
    seen = rows.values_list("opened_at", flat=True).first()
    if seen is None and not rows.filter(opened_at=None).update(opened_at=timezone.now()):
        Participation.objects.bulk_create(
            [Participation(organisation=organisation, round=current, opened_at=timezone.now())], ignore_conflicts=True
        )
