"""API keys: staff see all, a coordinator those of the own organisation; made after confirming who one is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import participant, staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.forms.api_keys import ApiKeyForm
from portal.models import ApiKey
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE
from portal.selectors.access_report import keys_of
from portal.services.api_keys import issue_api_key, revoke_api_key

MOST_SHOWN = 500


@staff(MANAGING_PEOPLE, fresh=True)
@require_http_methods(["GET", "POST"])
def staff_keys(request: HttpRequest) -> HttpResponse:
    """All keys, and a form for a new one."""
    return _page(request, for_staff=True)


@participant(MANAGING_MEMBERS, fresh=True)
@require_http_methods(["GET", "POST"])
def my_keys(request: HttpRequest) -> HttpResponse:
    """The keys of the own organisation, and a form for a new one."""
    return _page(request, for_staff=False)


@staff(MANAGING_PEOPLE)
@require_POST
def staff_key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """End any key."""
    return _revoke(request, key_id, "staff_keys")


@participant(MANAGING_MEMBERS)
@require_POST
def my_key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key of the own organisation; row-level security hides every other."""
    return _revoke(request, key_id, "my_keys")


def _revoke(request: HttpRequest, key_id: int, back: str) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id)
    revoke_api_key(key, by=actor_of(request).user)
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect(back)


def _page(request: HttpRequest, *, for_staff: bool) -> HttpResponse:
    form = ApiKeyForm(request.POST or None, for_staff=for_staff)
    made = _issue(request, form) if request.method == "POST" and form.is_valid() else None
    if made is not None:
        form = ApiKeyForm(for_staff=for_staff)
    organisation = None if for_staff else actor_of(request).organisation
    context = {
        "form": form,
        "made": made,
        "keys": [_told(key, for_staff) for key in keys_of(organisation)[:MOST_SHOWN]],
        "for_staff": for_staff,
        "breadcrumbs": _crumbs(for_staff),
    }
    return render(request, "portal/oversight/keys.html", context, status=400 if form.errors else 200)


def _issue(request: HttpRequest, form: ApiKeyForm) -> str | None:
    """The text of the new key, or None with the reason in the form."""
    given, actor = form.cleaned_data, actor_of(request)
    organisation = given["organisation"] if "organisation" in form.fields else actor.organisation
    try:
        _key, text = issue_api_key(
            given["name"], days=given["days"], by=actor.user, organisation=organisation, scopes=given["scopes"]
        )
    except PortalError as error:
        form.add_error(None, str(error))
        return None
    return text


def _told(key: ApiKey, for_staff: bool) -> dict[str, Any]:
    """A key as the page shows it."""
    expired = key.expires_at <= timezone.now()
    labels = dict(ApiKey.Scope.choices)
    route = "staff_key_revoke" if for_staff else "my_key_revoke"
    return {
        "key": key,
        "scopes": [labels.get(scope, scope) for scope in key.scopes],
        "state": _("revoked") if key.revoked_at else _("expired") if expired else _("works"),
        "kind": "" if key.revoked_at or expired else "good",
        "revoke": "" if key.revoked_at or expired else reverse(route, args=[key.pk]),
        "maker": (key.created_by.name or key.created_by.email) if key.created_by else _("foundation"),
    }


def _crumbs(for_staff: bool) -> list[dict[str, str]]:
    start = ("oversight", _("Oversight")) if for_staff else ("my_access", _("Access"))
    return [{"label": start[1], "url": reverse(start[0])}, {"label": _("API keys")}]
