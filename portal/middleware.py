"""The innermost middleware opens the transaction, sets role and tenant; another keeps private pages out of caches."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, permission_denied

from portal.access import Access, access_of
from portal.active import Actor, actor_for
from portal.api_access import refuse_call, refuse_key
from portal.asking import ask_again, ask_second_step
from portal.kept_post import keep_post
from portal.models import ApiKey
from portal.preview import Refused, only_read, preview_of
from portal.replica import reading_place
from portal.second_step import is_fresh, is_required, passed_second_step
from portal.seen import note_download
from portal.tenancy import Role, Scope, enter_scope


class PrivateResponsesMiddleware:
    """What a signed-in person sees is never stored by a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Mark the response private when the session has a user, or had one when the request came."""
        came_in = request.user.is_authenticated  # who cannot confirm who they are is signed out on the way
        response = self.get_response(request)
        if came_in or (request.user is not None and request.user.is_authenticated):  # the API's views set None
            response["Cache-Control"] = "private, no-store"
        return response


class ApiOverTlsMiddleware:
    """The API does not lead a program from http to https: then its key would go over the line in the clear each time.

    Pages are for people and are led on (SECURE_SSL_REDIRECT); here the program's maker is told.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse what came in the clear."""
        path = request.path_info.lstrip("/")
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and re.match(settings.API_FOR_PROGRAMS, path):
            detail = _("Use https. A key that was sent without it may have been read: replace it.")
            return JsonResponse({"detail": detail}, status=403)
        return self.get_response(request)


class UndeclaredAccess(RuntimeError):
    """A view forgot to declare who may call it."""


class TenancyMiddleware:
    """Runs each view in one transaction, as the database role and for the tenant that its declared access asks.

    The tenant comes from the person's membership, never from the URL or the body. A raised error rolls back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Find the declared access, decide the scope, run the view inside it."""
        actor = actor_for(request)
        request.actor = actor  # type: ignore[attr-defined]
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        access = access_of(match.func)
        if access is None:
            raise UndeclaredAccess(
                f"The view behind {request.path_info} does not declare its access (portal/access.py)."
            )
        preview = preview_of(request, actor, access, match.url_name or "")
        if isinstance(preview, Refused):
            return ask_again(request, actor.user) if preview.stale and actor.user else _forbidden(request)
        if preview is not None:
            request.actor = actor = preview  # type: ignore[attr-defined]
        refused = refuse(request, access, actor)
        if refused is not None:
            return refused
        scope = scope_for(access, actor, getattr(request, "api_key", None))
        if scope is None:
            return self.get_response(request)
        if access.kind == "public":
            scope = replace(scope, using=reading_place(request))
        with enter_scope(scope):
            if actor.previewing:
                only_read()
            response = self.get_response(request)
            if getattr(response, "status_code", 200) >= 500:
                transaction.set_rollback(True, using=scope.using)
            elif access.kind in ("staff", "participant"):
                note_download(request, response)
        return response


def refuse(request: HttpRequest, access: Access, actor: Actor) -> HttpResponse | None:
    """The answer to somebody who may not call the view, or None when they may.

    Strangers to staff pages get 404, as for a page that does not exist; members with too small a role get 403.
    """
    if access.kind in ("public", "identity"):
        return refuse_call(request) if access.counted else None
    if access.kind == "key":
        return refuse_key(request, access)
    if actor.user is None:
        if access.kind == "participant":
            keep_post(request)
        return redirect_to_login(request.get_full_path())
    if access.kind == "staff":
        if not actor.foundation_role:
            return _not_found(request)
        if not passed_second_step(request, actor.user):
            return ask_second_step(request)
        if actor.foundation_role not in access.roles:
            return _forbidden(request)
    if access.kind == "participant":
        if actor.organisation is None:
            return redirect("choose_organisation") if actor.memberships else _not_found(request)
        if is_required(actor.organisation) and not passed_second_step(request, actor.user):
            keep_post(request)
            return ask_second_step(request)
        if actor.member_role not in access.roles:
            return _forbidden(request)
    if access.fresh and not is_fresh(request, actor.user):
        return ask_again(request, actor.user)
    return None


def _not_found(request: HttpRequest) -> HttpResponse:
    return page_not_found(request, Http404())


def _forbidden(request: HttpRequest) -> HttpResponse:
    return permission_denied(request, PermissionDenied())


def scope_for(access: Access, actor: Actor, key: ApiKey | None = None) -> Scope | None:
    """The database scope that a view runs in; None for sign-in pages, which use the login role itself."""
    user_id: Any = actor.user.pk if actor.user else 0
    if access.kind == "public":
        return Scope(Role.API)
    if access.kind == "key" and key is not None and key.organisation_id is not None:
        return Scope(Role.PARTICIPANT, key.organisation_id)
    if access.kind == "staff":
        return Scope(Role.STAFF, 0, user_id)
    if access.kind == "participant" and actor.organisation is not None:
        return Scope(Role.PARTICIPANT, actor.organisation.pk, 0 if actor.previewing else user_id)
    if access.kind == "signed_in":
        return Scope(Role.PARTICIPANT, 0, user_id)
    return None
