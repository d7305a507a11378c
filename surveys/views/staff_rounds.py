"""Rounds as the foundation's staff see them: list, new, one round, and its flagged values."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from portal.access import staff
from portal.active import actor_of
from portal.errors import InvalidInput
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from portal.seen import note_answers_seen
from surveys.forms.staff import RoundForm
from surveys.models import Edition, Round
from surveys.selectors.boards import (
    flagged_values,
    response_counts,
    response_rows,
    round_editions,
    round_jobs,
    rounds_with_response,
)
from surveys.selectors.rounds import accepts_answers, round_by_code
from surveys.services.rounds import create_round
from surveys.tables import ResponseTable, RoundTable
from surveys.views.staff_life import life_steps, next_steps

PER_PAGE = 25


def language() -> str:
    """The reader's language, nl or en."""
    return (get_language() or "nl")[:2]


def round_or_404(code: str) -> Round:
    """The round, or the page for what does not exist."""
    found = round_by_code(code)
    if found is None:
        raise Http404
    return found


def crumbs(*items: tuple[str, str]) -> list[dict[str, str]]:
    """Where a page of rounds stands."""
    start = [{"label": _("Rounds"), "url": reverse("staff_rounds")}]
    return start + [{"label": label, "url": url} for label, url in items]


@staff(ANY_STAFF)
@require_GET
def round_list(request: HttpRequest) -> HttpResponse:
    """All rounds with their state and response."""
    table = RoundTable(rounds_with_response())
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    may_create = actor_of(request).foundation_role in RUNNING_ROUNDS
    return render(request, "surveys/staff/rounds.html", {"table": table, "may_create": may_create})


@staff(RUNNING_ROUNDS)
@require_http_methods(["GET", "POST"])
def round_create(request: HttpRequest) -> HttpResponse:
    """A new round, in draft."""
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created = create_round(**form.cleaned_data, by=actor_of(request).user)
        except InvalidInput as error:
            form.add_error(None, str(error))
        else:
            return redirect("staff_round", created.code)
    context = {"form": form, "breadcrumbs": crumbs((_("New round"), ""))}
    return render(request, "surveys/staff/round_create.html", context, status=400 if form.errors else 200)


@staff(ANY_STAFF)
@require_GET
def round_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Where a round stands, what can be done next, who answered, and what was frozen."""
    current = round_or_404(code)
    file = current.version.file
    table = ResponseTable(response_rows(current), code=current.code, total=len(file.questions))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    address = reverse("staff_round", args=[code])
    context = {
        "round": current,
        "life": life_steps(current.state),
        "steps": next_steps(current.state, actor_of(request).foundation_role),
        "facts": _facts(current),
        "counts": response_counts(current),
        "past_closing": current.state == Round.State.OPEN and not accepts_answers(current),
        "table": table,
        "jobs": [
            {"job": job, "url": f"{reverse('staff_job', args=[job.pk])}?next={address}"} for job in round_jobs(current)
        ],
        "editions": [_edition(current, one) for one in round_editions(current)],
        "breadcrumbs": crumbs((current.title, "")),
    }
    return render(request, "surveys/staff/round.html", context)


@staff(ANY_STAFF, fresh=True)
@require_GET
def round_flags(request: HttpRequest, code: str) -> HttpResponse:
    """Soft edits on submitted answers with the reasons given, page by page."""
    current = round_or_404(code)
    start = request.GET.get("after", "0")
    page = flagged_values(current, language(), after=int(start) if start.isdecimal() and len(start) < 18 else 0)
    note_answers_seen(request, [one.organisation_id for one in page.values])
    context = {
        "round": current,
        "flags": page.values,
        "after": page.next_after,
        "breadcrumbs": crumbs((current.title, reverse("staff_round", args=[code])), (_("Flagged values"), "")),
    }
    return render(request, "surveys/staff/flags.html", context)


def _facts(current: Round) -> list[dict[str, Any]]:
    version = current.version
    address = reverse("staff_questionnaire", args=[version.questionnaire.code, version.version])
    title = version.title_nl if language() == "nl" else version.title_en
    facts: list[dict[str, Any]] = [
        {
            "key": _("Questionnaire"),
            "value": title if version.version in title else f"{title} ({version.version})",
            "url": address,
        },
        {"key": _("Reference period"), "value": current.reference_period},
    ]
    if current.state == Round.State.PUBLISHED:
        facts.append({"key": _("Edition"), "value": current.edition})
    else:
        facts.append({"key": _("Edition under way"), "value": current.edition})
    if current.state in (Round.State.DRAFT, Round.State.OPEN):  # after closing, the planned time says nothing
        closes = f"{localtime(current.closes_at):%d-%m-%Y %H:%M}" if current.closes_at else _("by hand")
        facts.append({"key": _("Closes"), "value": closes})
    return facts


def _edition(current: Round, edition: Edition) -> dict[str, Any]:
    """One frozen edition, with the address of its results where they exist."""
    try:
        url = reverse("staff_release", args=[current.code, edition.number])
    except NoReverseMatch:
        url = ""
    has_results = edition.number < current.edition or current.state in ("computed", "reviewed", "published")
    return {"edition": edition, "url": url if has_results else ""}
