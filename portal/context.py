"""What every page's shell needs: navigation, language links, who is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.active import actor_of

# Sign-ins that the demonstration shows on its sign-in page: (label, e-mail address, password). The app that makes them
# adds them when it starts, in demonstration mode only.
DEMO_LOGINS: list[tuple[Any, str, str]] = []

PUBLIC_NAV = (("home", _("National overview")), ("method", _("Method")), ("api_docs", _("API")))
PARTICIPANT_NAV = (("my_rounds", _("Questionnaires")), ("my_results", _("Results")), ("my_reports", _("Reports")))
STAFF_NAV = (
    ("staff_rounds", _("Rounds")),
    ("staff_questionnaires", _("Questionnaires")),
    ("staff_organisations", _("Organisations")),
)


def _items(path: str, entries: tuple[tuple[str, Any], ...]) -> list[dict[str, Any]]:
    items = []
    for name, label in entries:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        current = path == url or (len(url) > 4 and path.startswith(url))
        items.append({"label": label, "url": url, "current": current})
    return items


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html: `nav`, `language_links`, `actor`, `demo_mode`; for the sign-in page `demo_logins`."""
    actor = actor_of(request)
    nav = _items(request.path, PUBLIC_NAV)
    if actor.organisation is not None:
        nav = _items(request.path, PARTICIPANT_NAV) + nav
    if actor.foundation_role:
        nav = _items(request.path, STAFF_NAV) + nav
    languages = [
        {
            "code": code,
            "label": {"nl": "Nederlands", "en": "English"}[code],
            "url": translate_url(request.get_full_path(), code),
            "current": get_language() == code,
        }
        for code, _label in settings.LANGUAGES
    ]
    logins = DEMO_LOGINS if settings.DEMO_MODE else []
    return {
        "nav": nav,
        "language_links": languages,
        "actor": actor,
        "demo_mode": settings.DEMO_MODE,
        "demo_logins": [{"label": label, "email": email, "password": word} for label, email, word in logins],
    }
