"""The innermost middleware opens the transaction, sets role and tenant; another keeps private pages out of caches."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.defaults import page_not_found, permission_denied

from portal.access import Access, access_of
from portal.active import Actor, actor_for
from portal.kept_post import keep_post
from portal.tenancy import Role, Scope, enter_scope


class PrivateResponsesMiddleware:
    """What a signed-in person sees is never stored by a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Mark the response private when the session has a user."""
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


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
        refused = refuse(request, access, actor)
        if refused is not None:
            return refused
        scope = scope_for(access, actor)
        if scope is None:
            return self.get_response(request)
        with enter_scope(scope):
            response = self.get_response(request)
            if getattr(response, "status_code", 200) >= 500:
                transaction.set_rollback(True)
        return response


def refuse(request: HttpRequest, access: Access, actor: Actor) -> HttpResponse | None:
    """The answer to somebody who may not call the view, or None when they may.

    Strangers to staff pages get 404, as for a page that does not exist; members with too small a role get 403.
    """
    if access.kind in ("public", "identity"):
        return None
    if actor.user is None:
        if access.kind == "participant":
            keep_post(request)
        return redirect_to_login(request.get_full_path())
    if access.kind == "staff":
        if not actor.foundation_role:
            return _not_found(request)
        return None if actor.foundation_role in access.roles else _forbidden(request)
    if access.kind == "participant":
        if actor.organisation is None:
            return redirect("choose_organisation") if actor.memberships else _not_found(request)
        return None if actor.member_role in access.roles else _forbidden(request)
    return None


def _not_found(request: HttpRequest) -> HttpResponse:
    return page_not_found(request, Http404())


def _forbidden(request: HttpRequest) -> HttpResponse:
    return permission_denied(request, PermissionDenied())


def scope_for(access: Access, actor: Actor) -> Scope | None:
    """The database scope that a view runs in; None for sign-in pages, which use the login role itself."""
    user_id: Any = actor.user.pk if actor.user else 0
    if access.kind == "public":
        return Scope(Role.API)
    if access.kind == "staff":
        return Scope(Role.STAFF, 0, user_id)
    if access.kind == "participant" and actor.organisation is not None:
        return Scope(Role.PARTICIPANT, actor.organisation.pk, user_id)
    if access.kind == "signed_in":
        return Scope(Role.PARTICIPANT, 0, user_id)
    return None
