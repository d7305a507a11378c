"""Run by test_output_headers.py under the settings of production: what the portal answers, as JSON."""

import json
import sys

import django
from django.conf import settings

# Names with a hash need `collectstatic`, which takes longer than all of this.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()

from django.contrib.sessions.backends.base import SessionBase  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402

PATHS = ("/.well-known/security.txt", "/health/live", "/sign-in/")


class Kept(SessionBase):
    """A session without a database."""

    def save(self, must_create: bool = False) -> None:
        """Nowhere."""

    def exists(self, session_key: str) -> bool:
        """Never."""
        return False


def cookies() -> dict[str, str]:
    """The cookies of a page with a form, by name, as they are sent."""
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.middleware.csrf import CsrfViewMiddleware

    def view(request: object) -> HttpResponse:
        get_token(request)  # type: ignore[arg-type]
        request.session["x"] = 1  # type: ignore[attr-defined]
        request.session._session_key = "k" * 32  # type: ignore[attr-defined]
        return HttpResponse()

    sessions = SessionMiddleware(CsrfViewMiddleware(view))  # type: ignore[arg-type]
    sessions.SessionStore = Kept  # type: ignore[assignment]
    answer = sessions(RequestFactory().get("/", secure=True))
    return {name: one.OutputString() for name, one in answer.cookies.items()}


def main() -> None:
    """Ask and print."""
    client = Client(raise_request_exception=False)
    found = {}
    for path in PATHS:
        for host, secure in (("portal.example.org", True), ("portal.example.org", False), ("evil.example", True)):
            answer = client.get(path, secure=secure, headers={"host": host})
            found[f"{path} {host} {'https' if secure else 'http'}"] = {
                "status": answer.status_code, "headers": dict(answer.headers), "body": answer.content.decode()[:2000],
            }  # fmt: skip
    for path in ("/api/v1/rounds/", "/api/v1/docs/"):
        answer = client.get(path, headers={"host": "portal.example.org"})
        found[f"{path} portal.example.org http"] = {"status": answer.status_code, "headers": dict(answer.headers)}
    json.dump({"answers": found, "cookies": cookies()}, sys.stdout)


main()
