"""The response board of a round, and the lists of findings and queries."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from portal.access import staff
from portal.active import actor_of
from portal.errors import InvalidInput, PortalError
from portal.models import User
from portal.roles import ANY_STAFF, VALIDATING
from portal.seen import note_answers_seen
from portal.spreadsheet import csv_lines
from surveys.models import CheckFinding, Query, Round
from surveys.selectors.findings import FindingTexts, findings_in
from surveys.selectors.queries import queries_in
from surveys.selectors.response_board import (
    SHOWN,
    board_counts,
    board_rows,
    filtered,
    not_submitted,
    percentage,
    response_forecast,
    section_titles,
    theme_progress,
)
from surveys.selectors.reviewing import validators
from surveys.services.checking import request_round_check
from surveys.services.queries import remind_of_queries
from surveys.validating_tables import BoardTable, FindingTable, QueryTable, standing
from surveys.views.staff_rounds import crumbs, language, round_or_404

PER_PAGE = 25
NOBODY = "nobody"
BATCH = 200


def trail(current: Round, here: str) -> list[dict[str, str]]:
    """The way to a page of this round; `here` is empty on the board itself."""
    address = reverse("staff_response", args=[current.code])
    steps = [(current.title, reverse("staff_round", args=[current.code])), (_("Response"), address), (here, "")]
    return crumbs(*[(label, "" if label == here else url) for label, url in (steps if here else steps[:2])])


def wanted_rows(request: HttpRequest, current: Round) -> Any:
    """The organisations that the filters of the page ask for."""
    user = actor_of(request).user
    mine = request.GET.get("mine") == "1" and user is not None
    return filtered(
        board_rows(current),
        show=request.GET.get("show", ""),
        search=request.GET.get("q", "").strip()[:100],
        validator=user.pk if mine and user else None,
    )


def filters_of(request: HttpRequest) -> str:
    """The filters of the page as a query string, without its page and its order."""
    kept = {name: request.GET[name] for name in ("show", "q", "mine") if request.GET.get(name)}
    return urlencode(kept)


@staff(ANY_STAFF)
@require_GET
def staff_response(request: HttpRequest, code: str) -> HttpResponse:
    """How far everybody is; `show`, `q` and `mine` narrow it."""
    current = round_or_404(code)
    may = actor_of(request).foundation_role in VALIDATING
    themes = section_titles(current.version.file, language())
    table = BoardTable(wanted_rows(request, current), code=code, themes=themes, may_assign=may)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    shown = [row.record.submission for row in table.page.object_list]
    table.progress = theme_progress(current, shown)
    counts = board_counts(current)
    context = {
        "round": current,
        "table": table,
        "counts": counts,
        "foretold": response_forecast(current, counts),
        "filters": [{"value": one, "label": label} for one, (label, _condition) in SHOWN.items()],
        "show": request.GET.get("show", ""),
        "search": request.GET.get("q", "").strip()[:100],
        "mine": request.GET.get("mine") == "1",
        "query": request.GET.urlencode(),
        "listed": filters_of(request),
        "answering": wanted_rows(request, current).exclude(submission=None).count() if may else 0,
        "silent": not_submitted(wanted_rows(request, current)).count() if may else 0,
        "may": may,
        "validators": _validator_choices() if may else [],
        "breadcrumbs": trail(current, ""),
    }
    return render(request, "surveys/validating/response.html", context)


def _validator_choices() -> list[dict[str, str]]:
    return [
        {"value": NOBODY, "label": _("nobody")},
        *({"value": str(one.pk), "label": str(one)} for one in validators()),
    ]


@staff(ANY_STAFF)
@require_GET
def staff_response_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The board as a file, with the filters of the page."""
    current = round_or_404(code)
    themes = section_titles(current.version.file, language())
    rows = list(wanted_rows(request, current).order_by("name", "code"))
    lines = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        done = theme_progress(current, [one.submission for one in batch])
        lines += [_line(one, done.get(one.submission, {}), themes) for one in batch]
    header = [
        *(_("Code"), _("Organisation"), _("State"), _("Invited"), _("Looked"), _("Reminders"), _("Submitted")),
        *(f"{title} (%)" for _code, title in themes),
        *(_("To look at"), _("Waits for the organisation"), _("Waits for the foundation"), _("Validator")),
    ]
    response = HttpResponse(b"".join(csv_lines(header, lines)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{current.code}-response.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _line(one: Any, done: dict[str, tuple[int, int]], themes: list[tuple[str, str]]) -> list[Any]:
    moments = [f"{moment:%Y-%m-%d}" if moment else "" for moment in (one.invited_at, one.opened_at)]
    return [
        *(one.code, one.name, str(standing(one)[0]), *moments, one.reminders or 0),
        f"{one.submitted_at:%Y-%m-%d}" if one.submitted_at else "",
        *(percentage(done[code]) if code in done else "" for code, _title in themes),
        *(one.findings, one.queries_open, one.queries_replied, one.validator_name or ""),
    ]


@staff(ANY_STAFF, fresh=True)
@require_GET
def staff_findings(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that the checks found in a round, the most unusual first."""
    current = round_or_404(code)
    kind = request.GET.get("kind", "")
    kind = kind if kind in CheckFinding.Kind.values else ""
    seen = request.GET.get("seen") == "1"
    table = FindingTable(
        findings_in(current, kind=kind, seen=seen), code=code, texts=FindingTexts(current.version.file, language())
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    # As on the page of the submission: that it is on a list of findings would tell an organisation that there is one.
    shown = [row.record.organisation_id for row in table.page.object_list]
    note_answers_seen(request, shown, page="staff_submission")
    context = {
        "round": current,
        "table": table,
        "kinds": [{"value": value, "label": label} for value, label in CheckFinding.Kind.choices],
        "kind": kind,
        "seen": seen,
        "may": actor_of(request).foundation_role in VALIDATING,
        "breadcrumbs": trail(current, _("Findings")),
    }
    return render(request, "surveys/validating/findings.html", context)


@staff(VALIDATING)
@require_POST
def staff_check_round(request: HttpRequest, code: str) -> HttpResponse:
    """Have all submissions of a round checked, in the background."""
    current = round_or_404(code)
    job = request_round_check(current, by=actor_of(request).user)
    address = reverse("staff_findings", args=[code])
    return redirect(f"{reverse('staff_job', args=[job.pk])}?next={address}")


@staff(ANY_STAFF)
@require_http_methods(["GET", "POST"])
def staff_queries(request: HttpRequest, code: str) -> HttpResponse:
    """The queries of a round; a POST reminds the organisations that have not replied."""
    current = round_or_404(code)
    if request.method == "POST":
        return _remind(request, current)
    state = request.GET.get("state", "")
    state = state if state in Query.State.values else ""
    table = QueryTable(queries_in(current, state), code=code, language=language())
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "round": current,
        "table": table,
        "states": [{"value": value, "label": label} for value, label in Query.State.choices],
        "state": state,
        "waiting": queries_in(current, Query.State.OPEN).count(),
        "may": actor_of(request).foundation_role in VALIDATING,
        "breadcrumbs": trail(current, _("Queries")),
    }
    return render(request, "surveys/validating/queries.html", context)


def _remind(request: HttpRequest, current: Round) -> HttpResponse:
    user: User | None = actor_of(request).user
    try:
        if request.POST.get("remind") != "yes":
            raise InvalidInput(_("Nothing was sent."))
        reminded = remind_of_queries(current, by=user, at_once=True)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        told = ngettext("%(n)s organisation was reminded.", "%(n)s organisations were reminded.", reminded)
        messages.success(request, told % {"n": reminded})
    return redirect("staff_queries", current.code)
