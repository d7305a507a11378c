"""The organisations that the foundation knows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from portal.access import staff
from portal.active import actor_of
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.selectors.boards import dimension_labels, organisations_with_members
from surveys.tables import OrganisationTable

PER_PAGE = 50


@staff(ANY_STAFF)
@require_GET
def organisation_list(request: HttpRequest) -> HttpResponse:
    """All organisations with group, peer dimensions and members; `q` searches."""
    search = request.GET.get("q", "").strip()[:100]
    rows = organisations_with_members(search)
    may_withdraw = actor_of(request).foundation_role in RUNNING_ROUNDS
    labels = dimension_labels((get_language() or "nl")[:2])
    table = OrganisationTable(rows, labels=labels, may_withdraw=may_withdraw)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return render(request, "surveys/staff/organisations.html", {"table": table, "search": search})
