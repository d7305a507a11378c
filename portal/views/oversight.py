"""Oversight: where everything about access begins, and who has access to an organisation's data."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from portal.access import participant, staff
from portal.active import actor_of
from portal.models import ApiKey, Organisation
from portal.retention import RULES
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE, role_label
from portal.selectors.access_report import AccessReport, access_report, organisations_with_access
from portal.services.audit import record, record_seen
from portal.spreadsheet import csv_lines
from portal.tables import OrganisationAccessTable

PER_PAGE = 50


@staff(MANAGING_PEOPLE)
@require_GET
def oversight(request: HttpRequest) -> HttpResponse:
    """The pages of oversight, organisations to look at, and how long what is kept."""
    search = request.GET.get("q", "").strip()[:100]
    table = OrganisationAccessTable(organisations_with_access(search))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {"table": table, "search": search, "rules": RULES}
    return render(request, "portal/oversight/oversight.html", context)


@staff(MANAGING_PEOPLE)
@require_GET
def staff_access(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Who has access to one organisation's data."""
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    user = actor_of(request).user
    if user is not None:
        record_seen("access_report.seen", subject=organisation, by=user, organisation=organisation)
    crumbs = [{"label": _("Oversight"), "url": reverse("oversight")}, {"label": organisation.name}]
    return _page(request, organisation, {"breadcrumbs": crumbs, "for_staff": True})


@staff(MANAGING_PEOPLE)
@require_GET
def staff_access_csv(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """The same, as a file."""
    return _file(request, get_object_or_404(Organisation, pk=organisation_id))


@participant(MANAGING_MEMBERS)
@require_GET
def my_access(request: HttpRequest) -> HttpResponse:
    """Who has access to the own organisation's data."""
    return _page(request, _own(request), {"for_staff": False})


@participant(MANAGING_MEMBERS)
@require_GET
def my_access_csv(request: HttpRequest) -> HttpResponse:
    """The same, as a file."""
    return _file(request, _own(request))


def _own(request: HttpRequest) -> Organisation:
    organisation = actor_of(request).organisation
    if organisation is None:
        raise Http404
    return organisation


def _page(request: HttpRequest, organisation: Organisation, context: dict[str, Any]) -> HttpResponse:
    found = access_report(organisation)
    name = "staff_access_csv" if context["for_staff"] else "my_access_csv"
    context |= {
        "organisation": organisation,
        "people": [{"person": one, "factors": factor_words(one.factors)} for one in found.people],
        "invitations": [{"invitation": one, "role": role_label(one.role)} for one in found.invitations],
        "keys": found.keys,
        "file": reverse(name, args=[organisation.pk] if context["for_staff"] else []),
    }
    return render(request, "portal/oversight/access.html", context)


def factor_words(factors: tuple[str, ...]) -> str:
    """Second factors in words."""
    words = {"totp": _("app"), "webauthn": _("passkey")}
    return ", ".join(words.get(factor, factor) for factor in factors) or _("none")


def _file(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    record("access_report.downloaded", subject=organisation, by=actor_of(request).user, organisation=organisation)
    header = [_("Kind"), _("Name"), _("E-mail address"), _("Role"), _("Since"), _("Second factor"), _("Last sign-in"),
              _("Works until"), _("State")]  # fmt: skip
    answer = HttpResponse(
        b"".join(csv_lines(header, _cells(access_report(organisation)))), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="access.csv"'
    return answer


def _cells(found: AccessReport) -> list[list[Any]]:
    people = [
        [_("person"), one.name, one.email, one.role, _day(one.since), factor_words(one.factors), _day(one.last_sign_in),
         "", _("may sign in") if one.may_sign_in else _("blocked")]
        for one in found.people
    ]  # fmt: skip
    invitations = [
        [_("invitation"), "", one.email, role_label(one.role), _day(one.created_at), "", "", _day(one.expires_at), ""]
        for one in found.invitations
    ]
    labels = dict(ApiKey.Scope.choices)
    keys = [
        [_("API key"), f"{one.name} ({one.prefix}…)", "", ", ".join(str(labels[scope]) for scope in one.scopes),
         _day(one.created_at), "", _day(one.last_used_at), _day(one.expires_at),
         _("revoked") if one.revoked_at else ""]
        for one in found.keys
    ]  # fmt: skip
    return people + invitations + keys


def _day(moment: Any) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
