"""Walking the whole address book: every address × method × role × object, and what must come of it.

What a role may do comes from the access declared on the view; which objects there are from `walk_objects.py`. What a
role may not have looks, to the byte, like what does not exist.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from benchmark.models import Report
from benchmark.services.report_files import write_report
from benchmark.services.reports import request_report
from portal.access import Access, access_of
from portal.active import SESSION_KEY as CHOSEN
from portal.models import OutboxMail
from portal.roles import MemberRole
from portal.services.invitations import invite
from portal.tenancy import participant_scope, staff_scope
from surveys.models import AnswerUpload, Submission
from surveys.services.answers import Typing
from surveys.services.queries import ask_query
from surveys.services.uploads import as_content, begin_upload, keep_content
from tests.house.walk_objects import BODIES, NARROWER, OBJECTS, Kwargs
from tests.house.walk_people import ASKED, DEAD_KEYS, WEAK
from tests.sign_in import sign_in
from tests.world import ALFA, BRAVO, World

METHODS = ("GET", "POST")
OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
KEYLESS = ("api_schema", "api_docs")  # what the API is, for everybody
API = "/api/"  # it knows no sessions: keys only, and the same answer for everybody
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value="|name="csrf-token" content="|"X-CSRFToken": ")[^"]*')
NOT_FOUND, REFUSED, TO_SIGN_IN, ALLOWED = "not found", "refused", "to sign-in", "allowed"
TO_SECOND_STEP = "to the second step"


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


# Declared for everybody with an account, but of the organisation as well: mails in a person's own data speak of it.
OF_THE_ORGANISATION = {("my_data", "POST")}


def expected(address: Address, method: str, walker: "Walker", label: str, path: str) -> str:
    """What must come of it, from the declared access, the role and whose object it is."""
    access, user = address.access, walker.user
    assert access is not None
    missing = label in ("absent", "hidden") or (label in ("of A", "of B") and label[-1] != walker.organisation)
    if walker.has_dead_key and (path.startswith(API) or access.kind == "key") and address.name not in KEYLESS:
        return REFUSED
    if access.kind in ("public", "identity"):
        return NOT_FOUND if missing else ALLOWED
    if access.kind == "key":
        return (NOT_FOUND if missing else ALLOWED) if walker.key else REFUSED
    if user is None:
        return TO_SIGN_IN
    roles = access.roles
    if access.kind == "staff":
        missing = label == "absent"
        mine, role = bool(user.foundation_role), user.foundation_role
        if walker.is_weak:
            return TO_SECOND_STEP
    elif access.kind == "participant":
        if walker.role == ASKED:
            return TO_SECOND_STEP
        mine, role = bool(walker.organisation), walker.role.split(" of ")[0]
    else:
        if access.fresh and walker.is_weak:  # no proof at all, and no password to give one: signing in again
            return TO_SIGN_IN
        if walker.role == ASKED and (address.name, method) in OF_THE_ORGANISATION:
            return TO_SECOND_STEP
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
    for name, found in (("account_login", TO_SIGN_IN), ("second_step", TO_SECOND_STEP)):
        if location.startswith(reverse(name) + "?") and not path.startswith(reverse(name)):
            return found
    return ALLOWED


class Walker:
    """A browser of one role; whatever a call changes is undone after it."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role = world, role
        self.has_dead_key, self.is_weak = role in DEAD_KEYS, role == WEAK
        self.key = world.key_texts[role.removeprefix("key of ")] if "key" in role else ""
        self.user = None if role == "anonymous" or self.key else world.person(role)
        self.organisation = role[-1] if role.endswith((" of A", " of B")) else ""
        self.client = Client(raise_request_exception=False)
        if self.user is not None and self.is_weak:
            self.client.force_login(self.user)
        elif self.user is not None:
            sign_in(self.client, self.user)
        if self.user is not None and role == "who left A":  # the session remembers where they worked
            session = self.client.session
            session[CHOSEN] = world.a.pk
            session.save()
        self.cookies = self.client.cookies.output(header="", sep=";")
        self.calls = 0
        self.afterwards: Any = None

    def call(
        self, method: str, path: str, body: Kwargs | str | None = None, *, then: Callable[[], Any] | None = None
    ) -> HttpResponse:
        """One request with a body: a form's fields, or JSON as text. What is deferred to a commit is done; then all is
        undone. What `then` returned, before that, is kept in `afterwards`.
        """
        self.calls += 1
        self.client.cookies = SimpleCookie(self.cookies)
        headers = {"Authorization": f"Api-Key {self.key}"} if self.key else {}
        with transaction.atomic():
            ask = getattr(self.client, method.lower())
            kind = {"content_type": "application/json"} if isinstance(body, str) else {}
            response = (
                ask(path, body or {}, headers=headers, **kind) if method == "POST" else ask(path, headers=headers)
            )
            if response.streaming:
                response.streamed = b"".join(response.streaming_content)
                request_finished.disconnect(close_old_connections)  # as the test client does around a request
                response.close()
                request_finished.connect(close_old_connections)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.afterwards = then() if then is not None else None
            transaction.set_rollback(True)
        return response  # type: ignore[no-any-return]


def stripped(response: HttpResponse, path: str) -> bytes:
    """The body without what must differ: the form token, and the address that was asked for."""
    return TOKEN.sub(rb"\1", body_of(response)).replace(path.encode(), b"PATH")


def body_of(response: HttpResponse) -> bytes:
    """The bytes of a response, a file's included."""
    return bytes(getattr(response, "streamed", b"") if response.streaming else response.content)


def give_invitations(world: World) -> None:
    """An open invitation of A and of B, and the token of A's as its mail has it."""
    for name, organisation in (("A", world.a), ("B", world.b)):
        by = world.person(f"coordinator of {name}")
        address = f"invited-{name.lower()}@world.invalid"
        with participant_scope(organisation.pk, by.pk):
            world.invitations[name] = invite(
                address, role=MemberRole.VIEWER, organisation=organisation, by=by, link="/invitation/TOKEN/"
            )
            body = OutboxMail.objects.get(to=address).body
        world.invitations.setdefault("token", body.split("/invitation/")[1].split("/")[0])


def give_reports(world: World) -> None:
    """A ready report for A and for B, with a short file in place of a rendered one."""
    for name, organisation in (("A", world.a), ("B", world.b)):
        with participant_scope(organisation.pk):
            request_report(organisation, world.finished, "nl", by=None, in_line=False)
            world.reports[name] = report = Report.objects.get(organisation=organisation)
            write_report(report.file, f"%PDF report of {name}".encode())
            Report.objects.filter(pk=report.pk).update(state=Report.State.READY, ready_at=Now())


def give_queries(world: World) -> None:
    """The foundation asks A and B about an answer of the finished round."""
    with staff_scope():
        for name, organisation in (("A", world.a), ("B", world.b)):
            submission = Submission.objects.get(round=world.finished, organisation=organisation)
            text = f"Klopt dit van {name}?"
            world.queries[name] = ask_query(submission, "calls", text=text, by=world.person("researcher"))


def give_uploads(world: World) -> None:
    """A workbook of A and of B that was sent and waits to be confirmed, each with an answer of its own."""
    for name, organisation, typed in (("A", world.a, ALFA), ("B", world.b, BRAVO[2026])):
        by = world.person(f"coordinator of {name}")
        with participant_scope(organisation.pk, by.pk):
            upload = begin_upload(
                organisation, world.open, kind=AnswerUpload.Kind.WORKBOOK, name=f"{name}.xlsx", size=9_000, by=by
            )
            typings = [Typing("remark", typed["remark"] + " by file", base_version=0)]
            keep_content(upload, typings=as_content(typings), language="nl")
        world.uploads[name] = upload
