"""What the reading pages share: which edition is asked for, its history, and the links around it."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from benchmark.selectors.releases import PublishedRound, ReleaseView, published_release, published_rounds


def reader_language() -> str:
    """Language of this request: nl or en."""
    return "en" if (get_language() or "nl").startswith("en") else "nl"


def release_or_404(request: HttpRequest, code: str) -> ReleaseView:
    """The newest published edition of a round, or the one in `?edition=`; 404 when it is not there."""
    asked = request.GET.get("edition")
    if asked is not None and not (asked.isascii() and asked.isdigit() and len(asked) < 5):
        raise Http404
    view = published_release(code, int(asked) if asked is not None else None)
    if view is None:
        raise Http404
    return view


def history_of(view: ReleaseView, rounds: tuple[PublishedRound, ...]) -> tuple[ReleaseView, ...]:
    """The published releases of the rounds before this one, newest edition each."""
    earlier = [one for one in rounds if one.round.reference_period < view.round.reference_period]
    found = (published_release(one.round.code, one.edition) for one in earlier)
    return tuple(one for one in found if one is not None)


def rounds_beside(view: ReleaseView) -> tuple[PublishedRound, ...]:
    """All published rounds of the same questionnaire, newest first."""
    return published_rounds(view.questionnaire.questionnaire)


def editions_of(view: ReleaseView, rounds: tuple[PublishedRound, ...], url: str) -> list[dict[str, Any]]:
    """Links to every edition of this round, newest first; empty when there is only one."""
    numbers = next((one.editions for one in rounds if one.round.pk == view.round.pk), ())
    if len(numbers) < 2:
        return []
    newest = numbers[-1]
    return [
        {
            "label": _("Edition %(edition)s") % {"edition": number},
            "url": url if number == newest else f"{url}?edition={number}",
            "current": number == view.edition,
            "newest": number == newest,
        }
        for number in reversed(numbers)
    ]


def edition_query(request: HttpRequest, view: ReleaseView) -> str:
    """`?edition=1` for links inside the pages of an edition that was asked for by number, else ""."""
    return f"?edition={view.edition}" if "edition" in request.GET else ""


def crumbs(*items: tuple[str, str]) -> list[dict[str, str]]:
    """The path to this page."""
    return [{"label": label, "url": url} for label, url in items]


def page_url(name: str, *args: str) -> str:
    """An address, in the reader's language."""
    return reverse(name, args=args)
