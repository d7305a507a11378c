"""What the answering views share: finding the sheet of the address, and who may write in it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from portal.active import actor_of
from portal.models import Organisation, User
from portal.roles import ANSWERING, SUBMITTING
from surveys.questionnaire import Section
from surveys.selectors.answers import AnswerSheet, answer_sheet

NOTED = gettext_lazy("The answer needs no reason any more. What you wrote is kept in its history.")


def reader_language() -> str:
    """`nl` or `en`."""
    return "en" if (get_language() or "nl").startswith("en") else "nl"


def organisation_of(request: HttpRequest) -> Organisation:
    """The active organisation; the middleware lets nobody without one in."""
    organisation = actor_of(request).organisation
    if organisation is None:
        raise Http404
    return organisation


def person_of(request: HttpRequest) -> User:
    """The signed-in person."""
    user = actor_of(request).user
    if user is None:
        raise PermissionDenied
    return user


def sheet_or_404(request: HttpRequest, code: str, *, with_rows: bool = True) -> AnswerSheet:
    """The active organisation's sheet of a round; the organisation comes from the membership, never the address."""
    sheet = answer_sheet(organisation_of(request), code, reader_language(), with_rows=with_rows)
    if sheet is None or not (sheet.taking or sheet.submission):
        raise Http404
    return sheet


def section_or_404(sheet: AnswerSheet, code: str) -> Section:
    """The theme with this code."""
    found = next((section for section in sheet.file.sections if section.code == code), None)
    if found is None:
        raise Http404
    return found


def may_answer(request: HttpRequest) -> bool:
    """Whether this person's role lets them answer."""
    return actor_of(request).member_role in ANSWERING


def may_submit(request: HttpRequest) -> bool:
    """Whether this person's role lets them hand in."""
    return actor_of(request).member_role in SUBMITTING


def require_answering(request: HttpRequest) -> None:
    """Refuse who may only read. Raises PermissionDenied."""
    if not may_answer(request):
        raise PermissionDenied


def link_or_nothing(name: str, *args: Any) -> str:
    """The address of a page of another app, empty while that page does not exist."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def tell_noted(request: HttpRequest, sheet: AnswerSheet, questions: Iterable[str]) -> None:
    """Say on the next page that reasons at these questions explain nothing any more, and where they are."""
    for code in questions:
        messages.info(request, f"{sheet.said(sheet.file.question(code).text)} {NOTED}")


def crumbs(sheet: AnswerSheet | None = None, *here: str) -> list[dict[str, str]]:
    """The trail from all questionnaires to this page."""
    trail = [{"label": _("Questionnaires"), "url": reverse("my_rounds")}]
    if sheet is not None:
        trail.append({"label": sheet.round.title, "url": reverse("my_round", args=[sheet.round.code])})
    return [*trail, *({"label": label, "url": ""} for label in here)]


def section_url(sheet: AnswerSheet, section: str, question: str = "") -> str:
    """The address of a theme, or of a question in it."""
    url = reverse("my_section", args=[sheet.round.code, section])
    return f"{url}#q-{question}" if question else url
