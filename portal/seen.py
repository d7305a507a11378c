"""A page of staff on which answers of organisations stand says whose, so that each can read who looked.

    note_answers_seen(request, [submission.organisation_id])

Such a page is for who confirmed lately who they are (`fresh=True`, portal/access.py): it is refused without that.
tests/portal/test_seen.py finds pages that show answers and do not say so. Files need say nothing: `note_download` is
called for each response that somebody signed in gets as a file.
"""

from collections.abc import Iterable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.access import access_of
from portal.active import actor_of
from portal.services.audit import record_seen_of

ANSWERS_SEEN = "answers.seen"
DOWNLOADED = "file.downloaded"
# These views write an entry of their own, which says more.
TELLING = frozenset({"my_report_file", "staff_report_file", "staff_audit_csv", "my_audit_csv", "staff_access_csv",
                     "my_access_csv", "staff_person_export"})  # fmt: skip


class NotFresh(RuntimeError):
    """A page shows raw answers and does not ask who looks at it."""


def note_answers_seen(request: HttpRequest, organisations: Iterable[int], *, page: str = "") -> None:
    """Put in the audit trail that the person who asks for this page sees answers of these organisations.

    `page` is the name that the trail gives it; its own when empty.
    """
    user = actor_of(request).user
    match = request.resolver_match
    if user is not None and match is not None:
        access = access_of(match.func)
        if access is None or not access.fresh:
            raise NotFresh(f"{match.url_name} shows raw answers: declare it with fresh=True (portal/access.py)")
        parts = {name: part for name, part in match.kwargs.items() if name != "organisation_id"}
        record_seen_of(
            ANSWERS_SEEN, subject=page or match.url_name or "", by=user, organisations=organisations, **parts
        )


def note_download(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put in the audit trail that somebody who is signed in took a file along; needs their scope."""
    actor, match = actor_of(request), request.resolver_match
    is_file = response.status_code == 200 and response.get("Content-Disposition", "").startswith("attachment")
    if not is_file or actor.user is None or match is None or match.url_name in TELLING:
        return
    own = actor.organisation.pk if actor.organisation else None
    parts = {name: part for name, part in match.kwargs.items() if name != "organisation_id"}
    organisation = match.kwargs.get("organisation_id", None if actor.foundation_role else own)
    record_seen_of(DOWNLOADED, subject=match.url_name or "", by=actor.user, organisations=[organisation], **parts)
