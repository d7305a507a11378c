"""What every page's shell needs: navigation, language links, who is signed in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.active import actor_of
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE

# Sign-ins that the demonstration shows on its sign-in page: (label, e-mail address, password). The app that makes them
# adds them when it starts, in demonstration mode only.
DEMO_LOGINS: list[tuple[Any, str, str]] = []
# What the authenticator app of the demonstration's staff shows now: as public as their passwords.
DEMO_CODES: list[Callable[[], str]] = []

Nav = tuple[tuple[str, Any], ...]
PUBLIC_NAV = (("home", _("National overview")), ("method", _("Method")), ("api_docs", _("API")))
PARTICIPANT_NAV = (
    ("my_rounds", _("Questionnaires")),
    ("my_queries", _("Queries")),
    ("my_results", _("Results")),
    ("my_reports", _("Reports")),
)
COORDINATOR_NAV: Nav = (("my_colleagues", _("Colleagues")), ("my_access", _("Access")))
ADMINISTRATOR_NAV: Nav = (("staff_people", _("People")), ("oversight", _("Oversight")))
STAFF_NAV = (
    ("staff_rounds", _("Rounds")),
    ("staff_questionnaires", _("Questionnaires")),
    ("staff_organisations", _("Organisations")),
    ("staff_policies", _("Protection")),
)


# Pages that belong under an entry although their address begins otherwise.
ALSO_UNDER = {"staff_questionnaires": "questionnaire-drafts", "my_queries": "corrections", "my_rounds": "withdraw"}


def _items(path: str, entries: Nav) -> list[dict[str, Any]]:
    items = []
    for name, label in entries:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        places = [url, f"{url.rstrip('/').rpartition('/')[0]}/{ALSO_UNDER[name]}/" if name in ALSO_UNDER else url]
        current = path == url or (len(url) > 4 and path.startswith(tuple(places)))
        items.append({"label": label, "url": url, "current": current})
    return items


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html: `nav`, `language_links`, `actor`, `demo_mode`; for the sign-in page `demo_logins`."""
    actor = actor_of(request)
    nav = _items(request.path, PUBLIC_NAV)
    if actor.organisation is not None:
        own: Nav = COORDINATOR_NAV if actor.member_role in MANAGING_MEMBERS else ()
        nav = _items(request.path, PARTICIPANT_NAV + own) + nav
    if actor.foundation_role and not actor.previewing:
        own = ADMINISTRATOR_NAV if actor.foundation_role in MANAGING_PEOPLE else ()
        nav = _items(request.path, STAFF_NAV + own) + nav
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
        "previewing": actor.organisation if actor.previewing else None,
        "demo_mode": settings.DEMO_MODE,
        "demo_code": DEMO_CODES[0]() if settings.DEMO_MODE and DEMO_CODES else "",
        "demo_logins": [{"label": label, "email": email, "password": word} for label, email, word in logins],
    }
