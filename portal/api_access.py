"""Who calls an API and how often: a key or nobody.

Reading what is published needs no key (`@public_api`); a key lifts the limit there. An address that does something for
an organisation is declared with `@by_key(ApiKey.Scope.UPLOAD)` (portal/access.py): the middleware then finds the key,
refuses with 401 or 403, and runs the view as that key's organisation and nothing else. Inside, `key_of(request)` is
the key, and `key_of(request).organisation` the only organisation there is.
"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.access import Access
from portal.api_limits import PER_KEY, PER_NETWORK, count_call
from portal.kept_post import network_of
from portal.models import ApiKey
from portal.services.api_keys import verify_api_key
from portal.tenancy import worker_scope

KEYWORD = "Api-Key"


def key_in(header: str) -> ApiKey | None:
    """The valid key in an `Authorization: Api-Key …` header, or None; a wrong one raises AuthenticationFailed."""
    keyword, _space, text = header.partition(" ")
    if keyword.lower() != KEYWORD.lower():
        return None
    with worker_scope():  # keys are no published table: the public role cannot read them
        key = verify_api_key(text.strip())
    if key is None:
        raise exceptions.AuthenticationFailed(_("This API key is unknown, expired or revoked."))
    return key


def refuse_call(request: HttpRequest) -> JsonResponse | None:
    """The answer to a caller whose key is wrong, or who asks too often; None when the call may go on.

    A wrong key counts for the network that sent it. The right one is kept with the request.
    """
    key, wrong = None, ""
    try:
        key = key_in(request.headers.get("Authorization", ""))
    except exceptions.AuthenticationFailed as error:
        wrong = str(error.detail)
    if settings.PORTAL_RATE_LIMITS:
        counted = (f"key-{key.pk}", PER_KEY) if key else (network_of(request), PER_NETWORK)
        if wait := count_call(*counted):
            refusal = _refusal(429, _("Too many calls. Try again in %(n)s seconds.") % {"n": wait})
            refusal["Retry-After"] = str(wait)
            return refusal
    if key is not None:
        request.api_key = key  # type: ignore[attr-defined]
    return _refusal(401, wrong) if wrong else None


def refuse_key(request: HttpRequest, access: Access) -> JsonResponse | None:
    """The answer to a caller whose key may not call a view declared with `@by_key`; None when it may."""
    refused = refuse_call(request)
    if refused is not None:
        return refused
    key = getattr(request, "api_key", None)
    if key is None:
        return _refusal(401, _("Send an API key: “Authorization: Api-Key <key>”."))
    if key.organisation is None or not access.roles <= set(key.scopes):
        return _refusal(403, _("This API key may not do this."))
    return None


def _refusal(status: int, detail: str) -> JsonResponse:
    headers = {"WWW-Authenticate": KEYWORD} if status == 401 else {}
    return JsonResponse({"detail": detail}, status=status, headers=headers)


def key_of(request: HttpRequest | Request) -> ApiKey:
    """The key that called a view declared with `@by_key`; PermissionDenied when there is none."""
    plain = request._request if isinstance(request, Request) else request
    key = getattr(plain, "api_key", None)
    if not isinstance(key, ApiKey):
        raise exceptions.PermissionDenied(_("This API key may not do this."))
    return key


class ApiClient:
    """The holder of a key, as DRF's `request.user`; not a person."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = f"key-{key.pk}"


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Api-Key <key>`; without the header the caller is anonymous, with a wrong key refused."""

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey] | None:
        """The client that the key belongs to; one that the middleware found already is not looked up again."""
        key = getattr(request._request, "api_key", None) or key_in(request.headers.get("Authorization", ""))
        return None if key is None else (ApiClient(key), key)

    def authenticate_header(self, request: Request) -> str:
        """What a refused client is told to send."""
        return KEYWORD


class ReadOnly(permissions.BasePermission):
    """Reading is for everybody; nothing can be written. A key, when there is one, must be one for reading."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Safe methods only; everything else does not exist here, whoever asks."""
        if request.method not in permissions.SAFE_METHODS:
            raise exceptions.MethodNotAllowed(str(request.method))
        return not isinstance(request.auth, ApiKey) or request.auth.may(ApiKey.Scope.READ)
