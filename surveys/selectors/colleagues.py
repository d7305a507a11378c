"""Who of an organisation works on which theme: asked to by the coordinator, and seen from what was typed last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.models import Membership, Organisation
from portal.roles import ANSWERING
from surveys.models import AnswerChange, ReasonChange, Round, Submission, ThemeAssignment
from surveys.selectors.answers import AnswerSheet

RECENT = timedelta(minutes=30)


@dataclass(frozen=True)
class Colleague:
    """A member of the organisation. `may_answer`: whether their role lets them fill in."""

    id: int
    name: str
    role: str

    @property
    def may_answer(self) -> bool:
        """Whether their role lets them fill in."""
        return self.role in ANSWERING


@dataclass(frozen=True)
class Seen:
    """Who typed something in a theme, and when last. `is_recent`: so short ago that they may still be at it."""

    name: str
    at: datetime
    is_recent: bool


def colleagues_of(organisation: Organisation) -> dict[int, Colleague]:
    """The organisation's members by id, in the order of their names. One query."""
    rows = Membership.objects.filter(organisation=organisation).select_related("user")
    people = [Colleague(row.user_id, str(row.user), row.role) for row in rows]
    return {one.id: one for one in sorted(people, key=lambda one: (one.name.casefold(), one.id))}


def assigned_themes(organisation: Organisation, round_: Round) -> dict[str, list[int]]:
    """Section code → ids of who was asked to do it. One query."""
    found: dict[str, list[int]] = {}
    rows = ThemeAssignment.objects.filter(organisation=organisation, round=round_).order_by("id")
    for section, user_id in rows.values_list("section", "user_id"):
        found.setdefault(section, []).append(user_id)
    return found


def last_seen(sheet: AnswerSheet, people: Mapping[int, Colleague], reader_id: int | None) -> dict[str, list[Seen]]:
    """Section code → the colleagues (not the reader) who changed an answer there, latest first. No query."""
    now = timezone.now()
    found: dict[str, list[Seen]] = {}
    for section in sheet.file.sections:
        latest: dict[int, datetime] = {}
        for question in section.questions:
            row = sheet.rows.get(question.code)
            if row is None or row.updated_by_id is None or row.updated_by_id == reader_id:
                continue
            latest[row.updated_by_id] = max(row.updated_at, latest.get(row.updated_by_id, row.updated_at))
        seen = [Seen(people[who].name, at, now - at < RECENT) for who, at in latest.items() if who in people]
        found[section.code] = sorted(seen, key=lambda one: one.at, reverse=True)
    return found


def changes_of(submission: Submission, question: str) -> list[AnswerChange]:
    """The history of one answer, latest first, with who did it."""
    rows = submission.changes.filter(question=question).select_related("changed_by")
    return list(rows.order_by("-id")[:200])


def reasons_of(submission: Submission, question: str) -> list[ReasonChange]:
    """The history of the reasons given at one answer, latest first, with who did it."""
    rows = submission.reason_changes.filter(question=question).select_related("changed_by")
    return list(rows.order_by("-id")[:200])
