"""The audit log: staff search all of it, a coordinator that of the own organisation; both can take it along."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.access import participant, staff
from portal.active import actor_of
from portal.audit_words import action_words, fact_words, subject_words
from portal.forms.audit import AuditSearchForm, write_place
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE
from portal.selectors.audit import AuditLine, AuditPage, AuditSearch, audit_lines, audit_page
from portal.services.audit import record, record_seen
from portal.spreadsheet import csv_lines


@staff(MANAGING_PEOPLE)
@require_GET
def staff_audit(request: HttpRequest) -> HttpResponse:
    """Search by organisation, person, action and period."""
    return _search_page(request, for_staff=True)


@staff(MANAGING_PEOPLE)
@require_GET
def staff_audit_csv(request: HttpRequest) -> HttpResponse:
    """What was searched for, as a file."""
    return _file(request, for_staff=True)


@participant(MANAGING_MEMBERS)
@require_GET
def my_audit(request: HttpRequest) -> HttpResponse:
    """What happened in and around the own organisation, and who of the foundation looked."""
    return _search_page(request, for_staff=False)


@participant(MANAGING_MEMBERS)
@require_GET
def my_audit_csv(request: HttpRequest) -> HttpResponse:
    """The same, as a file."""
    return _file(request, for_staff=False)


def _search_page(request: HttpRequest, *, for_staff: bool) -> HttpResponse:
    form = AuditSearchForm(request.GET, for_staff=for_staff)
    valid = form.is_valid()
    search = form.search() if valid else None
    page = audit_page(search) if search else AuditPage([], None)
    asked = {name: text for name, text in form.data.items() if name in form.fields and name != "before" and text}
    user = actor_of(request).user
    if search and for_staff and user is not None:
        record_seen("audit.searched", subject="audit", by=user, asked=_asked(form, search))
    older = urlencode(asked | {"before": write_place(page.before)}) if page.before else ""
    name = "staff_audit" if for_staff else "my_audit"
    context = {
        "form": form,
        "lines": [_words(line) for line in page.lines],
        "older": older,
        "is_first": not form.data.get("before"),
        "newest": f"{reverse(name)}?{urlencode(asked)}" if asked else reverse(name),
        "file": f"{reverse(f'{name}_csv')}?{urlencode(asked)}",
        "for_staff": for_staff,
        "breadcrumbs": _crumbs(for_staff),
    }
    return render(request, "portal/oversight/audit.html", context, status=200 if valid else 400)


def _asked(form: AuditSearchForm, search: AuditSearch) -> dict[str, Any]:
    """What was asked for, as the trail may keep it: people by number."""
    asked: dict[str, Any] = {name: text for name, text in form.data.items() if name in form.fields and text}
    if search.people is not None:
        asked["person"] = list(search.people)
    return asked


def _crumbs(for_staff: bool) -> list[dict[str, str]]:
    start = ("oversight", _("Oversight")) if for_staff else ("my_access", _("Access"))
    return [{"label": start[1], "url": reverse(start[0])}, {"label": _("Audit log")}]


def _words(line: AuditLine) -> dict[str, Any]:
    return {
        "line": line,
        "action": action_words(line.action),
        "actor": _actor(line),
        "subject": line.about or subject_words(line.subject),
        "told": "; ".join(fact_words(key, value) for key, value in line.facts),
    }


def _actor(line: AuditLine) -> str:
    if not line.actor:
        return _("the portal")
    return _("%(name)s (foundation)") % {"name": line.actor} if line.by_foundation else line.actor


def _file(request: HttpRequest, *, for_staff: bool) -> HttpResponse:
    form = AuditSearchForm(request.GET, for_staff=for_staff)
    if not form.is_valid():
        return _search_page(request, for_staff=for_staff)
    header = [_("Number"), _("Time"), _("Person"), _("Action"), _("Code"), _("Subject"), _("Organisation"), _("Detail")]
    search, actor = form.search(), actor_of(request)
    # Written here and not while it is sent: by then the transaction, and with it the reader's role, has ended.
    data = b"".join(csv_lines(header, _cells(audit_lines(search))))
    organisation = None if for_staff else actor.organisation
    record("audit.exported", subject="audit", by=actor.user, organisation=organisation, asked=_asked(form, search))
    answer = HttpResponse(data, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _cells(lines: Iterable[AuditLine]) -> Iterable[list[Any]]:
    for line in lines:
        at = localtime(line.at).isoformat(timespec="seconds")
        action = action_words(line.action)
        yield [line.pk, at, _actor(line), action, line.action, line.subject, line.organisation, line.told]
