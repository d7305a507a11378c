"""The response board of a round, its mails, and the lists of findings and queries."""

from typing import Any

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
from portal.seen import ANSWERS_SEEN
from portal.services.audit import record_seen_of
from portal.spreadsheet import csv_lines
from surveys.forms.round_mails import KINDS, RoundMailForm, first_texts, placeholder_help
from surveys.models import CheckFinding, Query, Round
from surveys.selectors.findings import FindingTexts, findings_in
from surveys.selectors.queries import queries_in
from surveys.selectors.response_board import (
    SHOWN,
    SILENT,
    board_counts,
    board_rows,
    filtered,
    percentage,
    response_forecast,
    section_titles,
    theme_progress,
)
from surveys.selectors.reviewing import validators
from surveys.services.checking import request_round_check
from surveys.services.queries import remind_of_queries
from surveys.services.round_mails import INVITATION, REMINDER, send_round_mails
from surveys.services.validating import assign_submissions
from surveys.validating_tables import BoardTable, FindingTable, QueryTable, standing
from surveys.views.staff_rounds import crumbs, language, round_or_404
from surveys.views.staff_validating import is_id, validator_or_403

PER_PAGE = 25
MOST_TICKED = 200
NOBODY = "nobody"
BATCH = 200


def _trail(current: Round, here: str) -> list[dict[str, str]]:
    address = reverse("staff_response", args=[current.code])
    steps = [(current.title, reverse("staff_round", args=[current.code])), (_("Response"), address), (here, "")]
    return crumbs(*[(label, "" if label == here else url) for label, url in (steps if here else steps[:2])])


def _wanted(request: HttpRequest, current: Round) -> Any:
    """The organisations that the filters of the page ask for."""
    user = actor_of(request).user
    mine = request.GET.get("mine") == "1" and user is not None
    return filtered(
        board_rows(current),
        show=request.GET.get("show", ""),
        search=request.GET.get("q", "").strip()[:100],
        validator=user.pk if mine and user else None,
    )


@staff(ANY_STAFF)
@require_GET
def staff_response(request: HttpRequest, code: str) -> HttpResponse:
    """How far everybody is; `show`, `q` and `mine` narrow it."""
    current = round_or_404(code)
    may = actor_of(request).foundation_role in VALIDATING
    themes = section_titles(current.version.file, language())
    table = BoardTable(_wanted(request, current), code=code, themes=themes, may_assign=may)
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
        "may": may,
        "validators": _validator_choices() if may else [],
        "breadcrumbs": _trail(current, ""),
    }
    return render(request, "surveys/validating/response.html", context)


def _validator_choices() -> list[dict[str, str]]:
    return [
        {"value": NOBODY, "label": _("nobody")},
        *({"value": str(one.pk), "label": str(one)} for one in validators()),
    ]


@staff(VALIDATING)
@require_POST
def staff_response_assign(request: HttpRequest, code: str) -> HttpResponse:
    """Give the submissions that are ticked to one validator, or to nobody; back to the board with its filters."""
    current = round_or_404(code)
    ticked = [int(one) for one in request.POST.getlist("organisation")[:MOST_TICKED] if is_id(one)]
    chosen = request.POST.get("validator", "")
    if not ticked or not chosen:
        messages.error(request, _("Tick organisations and choose a validator first."))
    else:
        validator = None if chosen == NOBODY else validator_or_403(chosen)
        changed = assign_submissions(current, ticked, validator, by=actor_of(request).user)
        told = ngettext(
            "%(n)s submission has another validator now.", "%(n)s submissions have another validator now.", changed
        )
        messages.success(request, told % {"n": changed})
    query = request.GET.urlencode()
    return redirect(reverse("staff_response", args=[code]) + (f"?{query}" if query else ""))


@staff(ANY_STAFF)
@require_GET
def staff_response_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The board as a file, with the filters of the page."""
    current = round_or_404(code)
    themes = section_titles(current.version.file, language())
    rows = list(_wanted(request, current).order_by("name", "code"))
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


@staff(VALIDATING)
@require_http_methods(["GET", "POST"])
def staff_round_mail(request: HttpRequest, code: str) -> HttpResponse:
    """Write to the coordinators of many organisations at once; `?kind=` begins with the texts of that kind."""
    current = round_or_404(code)
    kind = request.GET.get("kind", REMINDER)
    first = first_texts(kind if kind in (INVITATION, REMINDER) else REMINDER)
    form = RoundMailForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        told = _send(request, current, form)
        if told:
            messages.success(request, told)
            return redirect("staff_response", code)
    form.count({one: filtered(board_rows(current), show=one).count() for one in SILENT})
    context = {
        "round": current,
        "form": form,
        "kinds": [{"value": value, "label": label} for value, label in KINDS],
        "placeholders": placeholder_help(),
        "is_open": current.state == Round.State.OPEN,
        "breadcrumbs": _trail(current, _("Write to organisations")),
    }
    return render(request, "surveys/validating/mail.html", context, status=422 if form.errors else 200)


def _send(request: HttpRequest, current: Round, form: RoundMailForm) -> str:
    wanted = filtered(board_rows(current), show=form.cleaned_data["to"]).values_list("pk", flat=True)
    user = actor_of(request).user
    address = request.build_absolute_uri(reverse("my_round", args=[current.code]))
    try:
        if user is None:
            return ""
        sent = send_round_mails(
            current, list(wanted), form.texts(), kind=form.cleaned_data["kind"], address=address, by=user
        )
    except PortalError as error:
        for problem in getattr(error, "problems", []) or [str(error)]:
            form.add_error(None, problem)
        return ""
    told = [ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", sent.mails) % {"n": sent.mails}]
    if sent.just_reminded:
        told.append(_("Passed over, written to within the last hour: %(n)s.") % {"n": sent.just_reminded})
    if sent.without_coordinator:
        told.append(_("Organisations without a coordinator: %(n)s.") % {"n": sent.without_coordinator})
    return " ".join(told)


@staff(ANY_STAFF)
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
    _note_seen(request, current, [row.record.organisation_id for row in table.page.object_list])
    context = {
        "round": current,
        "table": table,
        "kinds": [{"value": value, "label": label} for value, label in CheckFinding.Kind.choices],
        "kind": kind,
        "seen": seen,
        "may": actor_of(request).foundation_role in VALIDATING,
        "breadcrumbs": _trail(current, _("Findings")),
    }
    return render(request, "surveys/validating/findings.html", context)


def _note_seen(request: HttpRequest, current: Round, organisations: list[int]) -> None:
    """As on the page of the submission: that an organisation is on a list of findings would tell that there is one."""
    user = actor_of(request).user
    if user is not None:
        record_seen_of(
            ANSWERS_SEEN, subject="staff_submission", by=user, organisations=organisations, code=current.code
        )


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
        "breadcrumbs": _trail(current, _("Queries")),
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
