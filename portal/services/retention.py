"""Clearing away what the portal no longer needs, by the policy of portal/retention.py.

An app adds a sweep for a rule of its own in `AppConfig.ready()`:

    register(Keeping("uploads", 7, _("Files under way, from …"), _("…")), lambda before: Upload.objects.filter(…))
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.models import ApiKey, AuditSeal, Invitation, Job, OpenSession, OutboxMail
from portal.retention import RULES, Keeping
from portal.services.audit import record
from portal.services.audit_chain import Anchor
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
LONGEST_COUNT = timedelta(days=2)  # none of ours counts for longer
AT_ONCE = 2_000
Find = Callable[[datetime], QuerySet[Any]]


@dataclass(frozen=True)
class Swept:
    """What one rule finds: how many rows are past their time, and since when."""

    code: str
    count: int
    before: datetime


SWEEPS: dict[str, Find] = {
    "mail": lambda before: OutboxMail.objects.filter(sent_at__lt=before),
    "lost_mail": lambda before: OutboxMail.objects.filter(
        Q(given_up_at__lt=before) | Q(is_decoy=True), created_at__lt=before
    ),
    "invitations": lambda before: Invitation.objects.filter(
        Q(accepted_at__lt=before) | Q(withdrawn_at__lt=before) | Q(expires_at__lt=before)
    ),
    "jobs": lambda before: Job.objects.filter(finished_at__lt=before, state__in=[Job.State.DONE, Job.State.FAILED]),
    "api_keys": lambda before: ApiKey.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before)),
}
MORE: list[Keeping] = []


def register(rule: Keeping, find: Find) -> None:
    """Add an app's own rule; the second time changes nothing."""
    if rule.code not in SWEEPS:
        MORE.append(rule)
        SWEEPS[rule.code] = find


def all_rules() -> list[Keeping]:
    """The portal's rules and those of the apps."""
    return [*RULES, *MORE]


def carry_out_retention(*, dry_run: bool = False) -> list[Swept]:
    """Count, and unless it is a dry run remove, what is past its time; a few thousand rows per transaction."""
    now, found = database_time(), []
    for rule in all_rules():
        before = now - timedelta(days=rule.days)  # the audit log has no sweep: portal/services/audit_expiry.py
        if rule.code == "counters":
            found.append(Swept(rule.code, _counters(before, dry_run), before))
        elif rule.code == "sessions":
            found.append(Swept(rule.code, _sessions(before, dry_run), before))
        elif rule.code in SWEEPS:
            found.append(Swept(rule.code, _sweep(SWEEPS[rule.code], before, dry_run), before))
    removed = {one.code: one.count for one in found if one.count}
    if removed and not dry_run:
        with worker_scope():
            record("retention.carried_out", subject="retention", by=None, removed=removed)
    return found


def _sweep(find: Find, before: datetime, dry_run: bool) -> int:
    if dry_run:
        with worker_scope():
            return find(before).count()
    total = 0
    while True:
        with worker_scope():
            some = list(find(before).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            model = find(before).model
            model._default_manager.filter(pk__in=some).delete()
        total += len(some)
        if len(some) < AT_ONCE:
            return total


def _sessions(before: datetime, dry_run: bool) -> int:
    """Sessions that ended, all at once: the worker may not read the keys by which it would take some at a time."""
    with worker_scope():
        ended = OpenSession.objects.filter(expire_date__lt=before)
        return ended.count() if dry_run else ended.delete()[0]


def _counters(before: datetime, dry_run: bool) -> int:
    """Counters that ended, or that a clock made for months to come; their table has no model, because it is a cache."""
    ends = [before, before + LONGEST_COUNT]
    with worker_scope(), connection.cursor() as cursor:
        if dry_run:
            cursor.execute("SELECT count(*) FROM portal_counters WHERE expires < %s OR expires > %s", ends)
            return int(cursor.fetchone()[0])
        cursor.execute("DELETE FROM portal_counters WHERE expires < %s OR expires > %s", ends)
        return int(cursor.rowcount)


def database_time() -> datetime:
    """Now, by the database's clock: a host whose clock is wrong would remove too much."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(timezone.get_current_timezone())


def log_end_of_chain() -> str:
    """Put the end of the audit chain in the log, for who keeps logs elsewhere (ADR 14); empty without entries."""
    with worker_scope():
        last = AuditSeal.objects.order_by("-number").first()
    if last is None:
        return ""
    anchor = str(Anchor(last.number, bytes(last.chain_hash).hex()))
    log.info("the audit chain ends at %s", anchor)
    return anchor
