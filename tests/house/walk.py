"""Walking the whole address book: every address × method × role × object, and what must come of it.

What a role may do comes from the access declared on the view; which objects there are from `walk_objects.py`. What a
role may not have looks, to the byte, like what does not exist.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from benchmark.models import Report
from benchmark.services.report_files import write_report
from benchmark.services.reports import request_report
from portal.access import Access, access_of
from portal.tenancy import participant_scope
from tests.house.walk_objects import BODIES, NARROWER, OBJECTS, Kwargs
from tests.world import World

METHODS = ("GET", "POST")
ROLES = (
    "anonymous",
    "viewer of A",
    "contributor of A",
    "coordinator of A",
    "coordinator of B",
    "outsider",
    "researcher",
    "publisher",
    "administrator",
)
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value="|name="csrf-token" content=")[^"]*')
NOT_FOUND, REFUSED, TO_SIGN_IN, ALLOWED = "not found", "refused", "to sign-in", "allowed"


@dataclass(frozen=True)
class Address:
    """One named address with its declared access; `parameters` are the names in its path."""

    name: str
    access: Access | None
    parameters: tuple[str, ...]


def body_for(address: Address, world: World) -> Kwargs:
    """What a POST to this address carries."""
    return BODIES.get(address.name, lambda _world: {})(world)


def addresses() -> list[Address]:
    """Every address in the URLconf, in order."""
    return list(_walk(get_resolver().url_patterns, ()))


def _walk(patterns: list[Any], outer: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        parameters = (*outer, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, parameters)
        elif isinstance(pattern, URLPattern):
            yield Address(pattern.name or f"without a name: {pattern.pattern}", access_of(pattern.callback), parameters)


def objects_of(address: Address, world: World) -> dict[str, Kwargs]:
    """The objects to ask this address for, by label: shared, of A, of B, hidden, absent."""
    if not address.parameters:
        return {"shared": {}}
    return OBJECTS[address.name](world)


def expected(address: Address, method: str, walker: "Walker", label: str) -> str:
    """What must come of it, from the declared access, the role and whose object it is."""
    access, user = address.access, walker.user
    assert access is not None
    missing = label in ("absent", "hidden") or (label in ("of A", "of B") and label[-1] != walker.organisation)
    if access.kind in ("public", "identity"):
        return NOT_FOUND if missing else ALLOWED
    if user is None:
        return TO_SIGN_IN
    roles = access.roles
    if access.kind == "staff":
        missing = label == "absent"
        mine, role = bool(user.foundation_role), user.foundation_role
    elif access.kind == "participant":
        mine, role = bool(walker.organisation), walker.role.split(" of ")[0]
    else:
        mine, role, roles = True, "", frozenset({""})
    if not mine:
        return NOT_FOUND
    if role not in roles:
        return REFUSED
    narrower = NARROWER.get((address.name, method), roles)
    return NOT_FOUND if missing else ALLOWED if role in narrower else REFUSED


def outcome(response: HttpResponse, path: str) -> str:
    """What came of it."""
    if response.status_code == 404:
        return NOT_FOUND
    if response.status_code in (401, 403):
        return REFUSED
    location = response.headers.get("Location", "")
    if location.startswith(reverse("account_login") + "?") and not path.startswith(reverse("account_login")):
        return TO_SIGN_IN
    return ALLOWED


class Walker:
    """A browser of one role; whatever a call changes is undone after it."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role = world, role
        self.user = None if role == "anonymous" else world.person(role)
        self.organisation = role[-1] if role.endswith((" of A", " of B")) else ""
        self.client = Client(raise_request_exception=False)
        if self.user is not None:
            self.client.force_login(self.user)
        self.cookies = self.client.cookies.output(header="", sep=";")
        self.calls = 0

    def call(self, method: str, path: str, body: Kwargs | None = None) -> HttpResponse:
        """One request, with a body that is mostly empty."""
        self.calls += 1
        self.client.cookies = SimpleCookie(self.cookies)
        with transaction.atomic():
            response = self.client.post(path, body or {}) if method == "POST" else self.client.get(path)
            transaction.set_rollback(True)
        return response  # type: ignore[return-value]


def stripped(response: HttpResponse, path: str) -> bytes:
    """The body without what must differ: the form token, and the address that was asked for."""
    return TOKEN.sub(rb"\1", body_of(response)).replace(path.encode(), b"PATH")


def body_of(response: HttpResponse) -> bytes:
    """The bytes of a response, a file's included."""
    streamed = getattr(response, "streaming_content", None)
    return bytes(response.content) if streamed is None else b"".join(streamed)


def give_reports(world: World) -> None:
    """A ready report for A and for B, with a short file in place of a rendered one."""
    for name, organisation in (("A", world.a), ("B", world.b)):
        with participant_scope(organisation.pk):
            request_report(organisation, world.finished, "nl", by=None, in_line=False)
            world.reports[name] = report = Report.objects.get(organisation=organisation)
            write_report(report.file, f"%PDF report of {name}".encode())
            Report.objects.filter(pk=report.pk).update(state=Report.State.READY, ready_at=Now())
