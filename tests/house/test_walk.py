"""Nobody in where they don't belong: every address × method × role × object (tests/house/walk.py).

On the way every byte that A, a stranger or the public gets is searched for answers of B.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse

from tests.house.walk import (
    ALLOWED,
    METHODS,
    NOT_FOUND,
    REFUSED,
    ROLES,
    TO_SIGN_IN,
    Walker,
    addresses,
    body_for,
    body_of,
    expected,
    give_reports,
    objects_of,
    outcome,
    stripped,
)
from tests.house.walk_objects import OBJECTS
from tests.world import World, canaries

pytestmark = pytest.mark.slow
API = "/api/"  # it knows no sessions: keys only, and the same answer for everybody
WITHOUT_SESSION = (API, "/sign-out/")  # after signing out nobody is signed in


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals need not be logged; the API's throttle counts anew."""
    cache.clear()
    caplog.set_level(logging.CRITICAL, logger="django.request")


def test_every_address_has_a_name_an_access_and_objects() -> None:
    everything = addresses()
    assert [one.name for one in everything if one.name.startswith("without a name")] == []
    assert [one.name for one in everything if one.access is None] == [], "declare it with portal/access.py"
    unlisted = {one.name for one in everything if one.parameters} - set(OBJECTS)
    assert unlisted == set(), "tell tests/house/walk_objects.py what to ask them for"
    assert set(OBJECTS) - {one.name for one in everything} == set(), "these addresses are gone"


@pytest.fixture
def full_world(world: World, settings: Any, tmp_path: Path) -> World:
    """The world with a report of each of the two."""
    settings.MEDIA_ROOT = tmp_path
    give_reports(world)
    return world


@pytest.mark.parametrize("role", ROLES)
def test_walk(role: str, full_world: World, record_property: Callable[[str, object], None]) -> None:
    world = full_world
    walker, wrong = Walker(world, role), []
    for address in addresses():
        for method in METHODS:
            answers = {}
            for label, kwargs in objects_of(address, world).items():
                path = reverse(address.name, kwargs=kwargs)
                response = walker.call(method, path, body_for(address, world))
                wanted = expected(address, method, walker, label)
                answers[label] = (wanted, response, path)
                wrong += [f"{method} {path} ({label}): {fault}" for fault in faults(wanted, response, path, walker)]
            wrong += [f"{method} {address.name}: {fault}" for fault in told_apart(answers)]
    record_property("walk_calls", walker.calls)
    assert wrong == [], f"{len(wrong)} of {walker.calls} calls:\n" + "\n".join(wrong)


def faults(wanted: str, response: HttpResponse, path: str, walker: Walker) -> list[str]:
    """What is wrong with one response."""
    found = []
    got = outcome(response, path)
    if response.status_code >= 500:
        found.append(f"{response.status_code}")
    elif got != wanted and not excused(wanted, got, response, path, walker):
        found.append(f"expected {wanted}, got {got} ({response.status_code})")
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe-inline" in policy:
        found.append(f"content security policy {policy!r}")
    if walker.organisation != "B" and not (walker.user and walker.user.foundation_role):
        body = body_of(response)
        found += [f"shows {canary}, an answer of B" for canary in canaries() if canary.encode() in body]
    caching = response.headers.get("Cache-Control", "")
    if (
        walker.user is not None
        and not path.startswith(WITHOUT_SESSION)
        and ("private" not in caching or "no-store" not in caching)
    ):
        found.append(f"may be cached: {caching!r}")
    return found


def excused(wanted: str, got: str, response: HttpResponse, path: str, walker: Walker) -> bool:
    """Other outcomes that are as good: a method that is not taken, and sign-in pages that want a session."""
    asked = response.request["REQUEST_METHOD"]  # type: ignore[attr-defined]
    wrong_method = response.status_code == 405 or (path.startswith(API) and asked == "POST")
    if wrong_method and got in (ALLOWED, REFUSED):
        return wanted in (ALLOWED, NOT_FOUND)
    return wanted == ALLOWED and got == TO_SIGN_IN and walker.user is None and path.startswith("/password/")


def told_apart(answers: dict[str, tuple[str, HttpResponse, str]]) -> list[str]:
    """Labels whose refusal differs from that of another: then one could learn what exists."""
    refusals = {
        label: (response.status_code, stripped(response, path))
        for label, (wanted, response, path) in answers.items()
        if wanted != ALLOWED and wanted != TO_SIGN_IN
    }
    by_outcome: dict[str, set[tuple[int, bytes]]] = {}
    for label, seen in refusals.items():
        by_outcome.setdefault(answers[label][0], set()).add(seen)
    return [f"{wanted}: differs between {sorted(refusals)}" for wanted, seen in by_outcome.items() if len(seen) > 1]


def test_canaries_can_be_found(world: World) -> None:
    """The search above is not blind: B's own page shows B's answers."""
    page = Walker(world, "coordinator of B").call("GET", reverse("my_section", args=[world.open.code, "work"]))
    assert any(canary.encode() in body_of(page) for canary in canaries())


def test_organisation_that_one_does_not_belong_to_cannot_be_chosen(world: World) -> None:
    walker = Walker(world, "both")
    choose = reverse("choose_organisation")
    assert walker.client.post(choose, {"organisation": world.b.pk}).status_code == 302
    assert "Bravo" in walker.client.get(reverse("my_rounds")).content.decode()
    stranger = Walker(world, "coordinator of A")
    stranger.client.post(choose, {"organisation": world.b.pk})
    assert "Bravo" not in stranger.client.get(reverse("my_rounds")).content.decode()
