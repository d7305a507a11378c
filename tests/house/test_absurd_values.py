"""Whatever stands in a parameter of an address or a field of a form, no page fails: absurd numbers, days and texts.

The names come from the code: what a view's module takes out of `request.GET` or `request.POST`. The suite goes a part
of the way, `make walk` all of it. What no text can hold is refused before any page (tests/portal/test_readable.py).
"""

import inspect
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from zlib import crc32

import pytest
from django.test import Client
from django.urls import resolve, reverse

from tests.house.test_walk import full_world  # noqa: F401  a fixture
from tests.house.walk import Walker, addresses, objects_of
from tests.world import World

EVERYTHING = bool(os.environ.get("LONG_TESTS"))
ONE_IN = 1 if EVERYTHING else 25
# Too long for Python to read, too large for the database, not above zero, beyond the calendar, and no text at all.
VALUES = ("9" * 5_000, "9" * 25, "0", "-1", "9999-12-31", "²", "%", "\x00")
TABLE = ("page", "per_page", "sort")
TAKEN = r"{}(?:\.get\(|\.getlist\(|\[)f?\"([a-z_-]+)"
TALKING = {"GET": re.compile(TAKEN.format(r"(?:GET|query_params)")), "POST": re.compile(TAKEN.format("POST"))}
FIELD = re.compile(r"^    ([a-z_]+) = forms\.\w+Field\(", re.MULTILINE)
LOOSE = {"POST": ("organisation", "round", "question", "query", "version", "number", "until", "since", "group")}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def names(path: str, method: str) -> list[str]:
    """What the code behind this address may take from a request."""
    view = inspect.unwrap(resolve(path).func)
    source = Path(inspect.getfile(getattr(view, "cls", None) or getattr(view, "view_class", None) or view)).read_text()
    found = {*TALKING[method].findall(source), *FIELD.findall(source)}
    for module in re.findall(r"^from ((?:portal|surveys|benchmark)\.forms\.\w+) import", source, re.MULTILINE):
        found |= set(FIELD.findall((ROOT / f"{module.replace('.', '/')}.py").read_text()))
    if method == "GET":
        return sorted(found | set(TABLE))
    return sorted(found | set(LOOSE["POST"]))


def calls(walker: Walker) -> Iterator[tuple[str, str, str, str]]:
    """(method, path, name, value) on this role's way."""
    for address in addresses():
        access = address.access
        roles = access.roles if access is not None else ()
        if (
            walker.user is not None
            and walker.user.foundation_role not in roles
            and walker.role.split(" of ")[0] not in roles
        ):
            continue  # refused before anything is read
        kwargs = [one for label, one in objects_of(address, walker.world).items() if label in ("shared", "of A")]
        for path in (reverse(address.name, kwargs=one) for one in kwargs[:1]):
            for method in ("GET", "POST"):
                for name in names(path, method):
                    for value in VALUES:
                        if crc32(f"{address.name} {method} {name} {value}".encode()) % ONE_IN == 0:
                            yield method, path, name, value


@pytest.mark.slow
@pytest.mark.parametrize("role", ["administrator", "coordinator of A", "anonymous"])
def test_no_value_makes_a_page_fail(role: str, full_world: World) -> None:  # noqa: F811
    walker, failed, made = Walker(full_world, role), [], 0
    for method, path, name, value in calls(walker):
        made += 1
        if method == "GET":
            answer = walker.call("GET", f"{path}?{urlencode({name: value})}")
        else:
            answer = walker.call("POST", path, {name: value})
        if answer.status_code >= 500:
            failed.append(f"{method} {path} {name}={value[:12]}")
    assert made > 20
    assert not failed, "\n".join(failed)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["edition", "offset", "limit", "kpi", "peer_group", "statistic", "in", "format"])
def test_no_value_makes_the_api_fail(name: str, world: World) -> None:
    client = Client(raise_request_exception=False)
    for value in (*VALUES, "0" * 11 + "1" + "0" * 20, "1e9", "\ud7ff", "sector=\x00", "sector=" + "a" * 9_000):
        for end in ("observations/", "chosen-groups/") if name in ("edition", "in", "format") else ("observations/",):
            answer = client.get(f"/api/v1/rounds/{world.finished.code}/{end}", {name: value})
            assert answer.status_code < 500, (end, name, value[:30])
