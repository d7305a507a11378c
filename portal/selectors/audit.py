"""Searching the audit trail: by organisation, person, action and period, newest first, page by page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit_words import plain
from portal.models import AuditEntry, Organisation, User
from portal.tenancy import worker_scope

PAGE = 50
MOST_EXPORTED = 100_000
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 30)  # beyond it nothing was noted
PEOPLE = ("person", "validator", "invited_by")  # details that hold the number of a person
MOST_MATCHES = 50  # organisations or people that a search text may mean


@dataclass(frozen=True)
class AuditSearch:
    """What is asked for; empty means all. `before` is the time and number of the last line of the page before."""

    organisations: tuple[int, ...] | None = None
    people: tuple[int, ...] | None = None
    action: str = ""
    since: date | None = None
    until: date | None = None
    before: tuple[datetime, int] | None = None


@dataclass(frozen=True)
class AuditLine:
    """One entry in words that a reader can take in: who, what, where."""

    pk: int
    at: datetime
    actor: str  # empty: the portal itself
    by_foundation: bool
    action: str
    subject: str
    organisation: str
    detail: dict[str, Any]  # people in it by name
    about: str = ""  # the name of the person whom the entry is about

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What the detail says, by what it is called in the trail."""
        return [(key, value) for key, value in self.detail.items() if value not in ("", None, [], {})]

    @property
    def told(self) -> str:
        """The detail as one line of text."""
        return "; ".join(f"{key}: {plain(value)}" for key, value in self.facts)


@dataclass(frozen=True)
class AuditPage:
    """Some lines, and where the next page begins; None when there is none."""

    lines: list[AuditLine]
    before: tuple[datetime, int] | None


def audit_page(search: AuditSearch, size: int = PAGE) -> AuditPage:
    """A page of what the scope may see: all organisations for staff, the own one for participants."""
    entries = list(_matching(search)[: size + 1])
    shown = entries[:size]
    more = len(entries) > size
    return AuditPage(_lines(shown), (shown[-1].at, shown[-1].pk) if more else None)


def audit_lines(search: AuditSearch, most: int = MOST_EXPORTED) -> Iterator[AuditLine]:
    """Every line, newest first, a thousand at a time and at most `most`."""
    while most > 0:
        page = audit_page(search, min(1_000, most))
        yield from page.lines
        if page.before is None:
            return
        most -= len(page.lines)
        search = replace(search, before=page.before)


def _matching(search: AuditSearch) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.order_by("-at", "-id")
    if search.organisations is not None:
        found = found.filter(organisation_id__in=search.organisations)
    if search.people is not None:
        found = found.filter(actor_id__in=search.people)
    if search.action:
        found = found.filter(action=search.action)
    if search.since:
        found = found.filter(at__gte=_midnight(search.since))
    if search.until:
        found = found.filter(at__lt=_midnight(search.until, days=1))
    if search.before:
        at, pk = search.before
        # Redundant for what is found, but it is what the index can begin at.
        found = found.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=pk))
    return found


def _midnight(day: date, days: int = 0) -> datetime:
    """When this day began, or so many days later; of what no calendar goes on after, the end of what is kept."""
    day = min(max(day, EARLIEST), LATEST) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time.min))


def _lines(entries: list[AuditEntry]) -> list[AuditLine]:
    meant = {entry.detail.get(key) for entry in entries for key in PEOPLE}
    meant |= {entry.actor_id for entry in entries} | {_person_meant(entry) for entry in entries}
    people = people_named(pk for pk in meant if isinstance(pk, int))
    names = dict(
        Organisation.objects.filter(pk__in={entry.organisation_id for entry in entries}).values_list("pk", "name")
    )
    lines = []
    for entry in entries:
        name, role = people.get(entry.actor_id or 0, ("", ""))
        lines.append(
            AuditLine(
                pk=entry.pk,
                at=entry.at,
                actor=name,
                by_foundation=bool(role),
                action=entry.action,
                subject=entry.subject,
                organisation=names.get(entry.organisation_id or 0, ""),
                about=people.get(_person_meant(entry) or 0, ("", ""))[0],
                detail={key: _named(key, value, people) for key, value in entry.detail.items()},
            )
        )
    return lines


def _person_meant(entry: AuditEntry) -> int | None:
    """The number of the person whom the entry is about."""
    number = entry.subject.removeprefix(f"{User._meta.label_lower}:")
    return int(number) if number != entry.subject and number.isdecimal() else None


def _named(key: str, value: Any, people: Mapping[int, tuple[str, str]]) -> Any:
    """A value of a detail, a person's number as the name."""
    return people.get(value, (value, ""))[0] if key in PEOPLE and isinstance(value, int) else value


def people_named(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and foundation role of people who are named in the trail.

    An organisation may know who of the foundation looked, whom its own policy does not show: so these two columns,
    and no more, are read as the worker, for numbers that the caller's own entries name.
    """
    with worker_scope():
        people = User.objects.filter(pk__in=set(ids)).only("name", "foundation_role")
        return {one.pk: (one.name or _unnamed(one.pk), one.foundation_role) for one in people}


def _unnamed(pk: int) -> str:
    return _("person %(number)s") % {"number": pk}


def organisations_meant(text: str) -> tuple[int, ...]:
    """Organisations of which the code is this text or the name contains it."""
    found = Organisation.objects.filter(Q(code__iexact=text) | Q(name__icontains=text))
    return tuple(found.values_list("pk", flat=True)[:MOST_MATCHES])


def people_meant(text: str) -> tuple[int, ...]:
    """People whose address is this text or whose name contains it; of participants, those that they may see."""
    found = User.objects.filter(Q(email__iexact=text) | Q(name__icontains=text))
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:MOST_MATCHES])


def known_actions() -> list[str]:
    """Every action that occurs in what this scope may see, found by leaping through the index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE leap AS ((SELECT action FROM portal_auditentry ORDER BY action LIMIT 1) UNION ALL"
            " SELECT (SELECT e.action FROM portal_auditentry e WHERE e.action > leap.action ORDER BY e.action LIMIT 1)"
            " FROM leap WHERE leap.action IS NOT NULL) SELECT action FROM leap WHERE action IS NOT NULL"
        )
        return [action for (action,) in cursor.fetchall()]
