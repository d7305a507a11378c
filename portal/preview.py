"""Looking along: staff see the pages of an organisation as a viewer of it would, and can do nothing there.

No one becomes somebody else. A member of staff gives a reason, the trail notes it, and for half an hour the pages in
PAGES open for that organisation in a transaction that can only read, with a banner. Everything else is refused. Results
show an organisation's own answers, so each page asks for a proof of the last ten minutes, as staff's own pages do.
"""

import time
from dataclasses import dataclass, replace

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.access import Access
from portal.active import Actor
from portal.errors import InvalidInput
from portal.models import Organisation, User
from portal.roles import PREVIEWING, MemberRole
from portal.second_step import is_fresh, passed_second_step
from portal.services.audit import record
from portal.tenancy import staff_scope

SESSION_KEY = "preview"
SECONDS = 30 * 60
SHORTEST_REASON = 10
# By name, so that the portal imports nothing upward: the hub, own results, and the list of reports.
PAGES = frozenset(
    {"my_rounds", "my_round", "my_results", "my_result_round", "my_result_kpi", "my_chosen_group", "my_reports"}
)


@dataclass(frozen=True)
class Refused:
    """A participant's page that the preview does not show, or a request that would change something; `stale`: a page
    that it does show, to who did not confirm lately who they are.
    """

    stale: bool = False


def start_preview(request: HttpRequest, organisation: Organisation, *, reason: str, by: User) -> None:
    """Begin to look along with `organisation`; needs the staff scope. Raises InvalidInput without a reason."""
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(_("Give the reason in a few words; the organisation can read it."))
    record("organisation.preview_started", subject=organisation, by=by, organisation=organisation, reason=reason)
    request.session[SESSION_KEY] = {"organisation": organisation.pk, "until": time.time() + SECONDS, "by": by.pk}


def stop_preview(request: HttpRequest, *, by: User) -> None:
    """Look along no more; needs the staff scope."""
    kept = request.session.pop(SESSION_KEY, None)
    if kept:
        organisation = Organisation.objects.filter(pk=kept["organisation"]).first()
        if organisation is not None:
            record("organisation.preview_ended", subject=organisation, by=by, organisation=organisation)


def preview_of(request: HttpRequest, actor: Actor, access: Access, page: str) -> Actor | Refused | None:
    """Who the page sees: a viewer of the organisation that is looked along with; None when there is no preview."""
    kept = request.session.get(SESSION_KEY)
    user = actor.user
    if not kept or user is None or access.kind != "participant":
        return None
    allowed = actor.foundation_role in PREVIEWING and passed_second_step(request, user) and kept["by"] == user.pk
    if not allowed or kept["until"] < time.time():
        del request.session[SESSION_KEY]
        return None
    if page not in PAGES or request.method not in ("GET", "HEAD"):
        return Refused()
    if not is_fresh(request, user):
        return Refused(stale=True)
    with staff_scope(user.pk):
        organisation = Organisation.objects.filter(pk=kept["organisation"]).first()
        if organisation is None:
            return Refused()
        path = request.path[:200]
        record("organisation.previewed", subject=organisation, by=user, organisation=organisation, path=path)
    return replace(
        actor, organisation=organisation, member_role=str(MemberRole.VIEWER), memberships=(), previewing=True
    )


def only_read() -> None:
    """From here on the current transaction, or the part of it that began last, can change nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
