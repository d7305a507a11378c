"""Reports: making and downloading them, for the own organisation and for staff."""

import io
import re
import unicodedata
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from benchmark.models import Report
from benchmark.selectors.releases import ReleaseView, published_release
from benchmark.selectors.reports import (
    LANGUAGES,
    organisations_with_answers,
    reports_for,
    reports_of,
    without_report,
)
from benchmark.services.reports import language_name, open_report, request_report, request_reports
from portal.access import participant, staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.models import Organisation
from portal.roles import ANY_STAFF, READING_RESULTS, RUNNING_ROUNDS
from surveys.models import Round

PER_PAGE = 50
AT_ONCE = 100


@participant(READING_RESULTS)
@require_GET
def my_reports(request: HttpRequest) -> HttpResponse:
    """The published rounds in which the organisation took part, with a report to make or to download."""
    rounds = [
        {"item": one, "languages": _cells(one.reports, "my_report_file")}
        for one in reports_of(_own_organisation(request))
    ]
    return render(request, "benchmark/reports/my_reports.html", {"rounds": rounds})


@participant(READING_RESULTS)
@require_POST
def my_report_create(request: HttpRequest) -> HttpResponse:
    """Have a report made and show how it goes; back to the list when it is there already."""
    round_ = get_object_or_404(Round, code=request.POST.get("round", ""))
    return _create(request, _own_organisation(request), round_, reverse("my_reports"), "my_job")


@participant(READING_RESULTS)
@require_GET
def my_report_file(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """Download a report of the own organisation; row-level security hides every other."""
    return _file(request, report_id)


@staff(ANY_STAFF)
@require_GET
def staff_reports(request: HttpRequest, code: str) -> HttpResponse:
    """The organisations that took part in a round, with their reports."""
    round_ = get_object_or_404(Round, code=code)
    release = published_release(code)
    organisations = organisations_with_answers(round_)
    page = Paginator(organisations, PER_PAGE).get_page(request.GET.get("page"))
    rows = reports_for(page.object_list, release) if release else []
    context = {
        "round": round_,
        "release": release,
        "page": page,
        "rows": [{"item": row, "languages": _cells(row.reports, "staff_report_file")} for row in rows],
        "to_make": _to_make(round_, release),
        "may_make": actor_of(request).foundation_role in RUNNING_ROUNDS,
        "at_once": AT_ONCE,
        "breadcrumbs": _crumbs(round_),
    }
    return render(request, "benchmark/reports/staff_reports.html", context)


@staff(RUNNING_ROUNDS)
@require_POST
def staff_report_create(request: HttpRequest, code: str) -> HttpResponse:
    """Have the report of one organisation made, or those of all that have none yet, a hundred at a time."""
    round_ = get_object_or_404(Round, code=code)
    back = reverse("staff_reports", args=[code])
    if "organisation" in request.POST:
        organisation = get_object_or_404(Organisation, code=request.POST["organisation"])
        return _create(request, organisation, round_, back, "staff_job")
    release, language = published_release(code), request.POST.get("language", "")
    waiting = without_report(round_, release, language)[:AT_ONCE] if release else []
    try:
        started, _there = request_reports(waiting, round_, language, by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect(back)
    words = ngettext("%(count)s report is being made.", "%(count)s reports are being made.", started)
    messages.success(request, words % {"count": started})
    return redirect(back)


@staff(ANY_STAFF, fresh=True)
@require_GET
def staff_report_file(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """Download a report of any organisation; who did is recorded."""
    return _file(request, report_id)


def _own_organisation(request: HttpRequest) -> Organisation:
    organisation = actor_of(request).organisation
    if organisation is None:
        raise Http404
    return organisation


def _create(request: HttpRequest, organisation: Organisation, round_: Round, back: str, job_page: str) -> HttpResponse:
    try:
        job = request_report(organisation, round_, request.POST.get("language", ""), by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect(back)
    if job is None:
        messages.info(request, _("This report is there already: you can download it."))
        return redirect(back)
    return redirect(f"{reverse(job_page, args=[job.pk])}?{urlencode({'next': back})}")


def _file(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """The file, read inside the scope: the response leaves after the transaction has ended."""
    report = get_object_or_404(Report.objects.select_related("organisation", "release__round"), pk=report_id)
    try:
        data = open_report(report, by=actor_of(request).user)
    except PortalError:
        raise Http404 from None
    response = FileResponse(
        io.BytesIO(data), as_attachment=True, filename=_file_name(report), content_type="application/pdf"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file_name(report: Report) -> str:
    """`national-2025-1-gemeente-oosterwolde-nl.pdf`: plain letters only, so no name can break out of the header."""
    plain = unicodedata.normalize("NFKD", report.organisation.name).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-") or "report"
    return f"{report.release.round.code}-{report.release.edition}-{name}-{report.language}.pdf"


def _cells(reports: dict[str, Report | None], file_page: str) -> list[dict[str, Any]]:
    """Per language what the reader can do: download, wait, or have it made."""
    cells = []
    for language in LANGUAGES:
        report = reports[language]
        state = report.state if report else ""
        url = reverse(file_page, args=[report.pk]) if report and state == Report.State.READY else ""
        cells.append({"code": language, "name": language_name(language), "report": report, "state": state, "url": url})
    return cells


def _to_make(round_: Round, release: ReleaseView | None) -> list[dict[str, Any]]:
    """How many organisations have no report yet, per language."""
    if release is None:
        return []
    return [
        {"code": code, "name": language_name(code), "count": without_report(round_, release, code).count()}
        for code in LANGUAGES
    ]


def _crumbs(round_: Round) -> list[dict[str, str]]:
    return [
        {"label": _("Rounds"), "url": reverse("staff_rounds")},
        {"label": round_.title, "url": reverse("staff_round", args=[round_.code])},
        {"label": _("Reports")},
    ]
