"""Who calls the API and how often: a key or nobody; read-only, published figures only."""

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.models import ApiKey
from portal.services.api_keys import verify_api_key
from portal.tenancy import worker_scope


class ApiClient:
    """The holder of a key, as DRF's `request.user`; not a person and with no rights beyond reading."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.pk = f"key-{key.pk}"


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Api-Key <key>`; without the header the caller is anonymous, with a wrong key refused."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey] | None:
        """The client that the key belongs to."""
        header = request.headers.get("Authorization", "")
        keyword, _space, text = header.partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        with worker_scope():  # keys are no published table: the public role cannot read them
            key = verify_api_key(text.strip())
        if key is None:
            raise exceptions.AuthenticationFailed(_("This API key is unknown, expired or revoked."))
        return ApiClient(key), key

    def authenticate_header(self, request: Request) -> str:
        """What a refused client is told to send."""
        return self.keyword


class ReadOnly(permissions.BasePermission):
    """Reading is for everybody; nothing can be written."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Safe methods only; everything else does not exist here, whoever asks."""
        if request.method not in permissions.SAFE_METHODS:
            raise exceptions.MethodNotAllowed(str(request.method))
        return True


class AnonymousThrottle(throttling.AnonRateThrottle):
    """Without a key: 60 requests a minute per address."""

    rate = "60/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts, unless the installation has its rate limits off."""
        return not settings.PORTAL_RATE_LIMITS or super().allow_request(request, view)


class KeyThrottle(throttling.UserRateThrottle):
    """With a key: 600 requests a minute per key."""

    rate = "600/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts, unless the installation has its rate limits off."""
        return not settings.PORTAL_RATE_LIMITS or super().allow_request(request, view)
