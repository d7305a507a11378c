"""Nobody in where they don't belong: every address × method × role × object (tests/house/walk.py).

On the way every byte that A, a stranger or the public gets is searched for answers of B, every file for a spreadsheet
for formulas, every header. The suite goes a part of the way, `make walk` all of it.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.house.walk import Walker, addresses, body_of, give_invitations, give_queries, give_reports, give_uploads
from tests.house.walk_objects import NO_ID, OBJECTS
from tests.house.walk_people import GROUPS, give_people
from tests.house.walk_tour import tour
from tests.world import ALFA, World, canaries_in

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals need not be logged."""
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
    """The world with a report and an invitation of each of the two, and with everybody else who might come by."""
    settings.MEDIA_ROOT = tmp_path
    give_reports(world)
    give_invitations(world)
    give_queries(world)
    give_uploads(world)
    give_people(world)
    return world


@pytest.mark.parametrize("group", GROUPS)
def test_walk(group: str, full_world: World, record_property: Callable[[str, object], None]) -> None:
    wrong, calls = tour(full_world, GROUPS[group])
    record_property("walk_calls", (calls, len(GROUPS[group])))
    sys.stdout.write(f"\n{group}: {calls} calls as {len(GROUPS[group])} kinds of people\n")
    assert wrong == [], f"{len(wrong)} faults in {calls} calls:\n" + "\n".join(wrong)


def test_a_file_that_waits_is_seen_by_its_own_organisation_only(full_world: World) -> None:
    walker = Walker(full_world, "contributor of A")
    absent = {"code": full_world.open.code, "upload_id": NO_ID}
    pages = {name: walker.call("GET", reverse("my_upload", args=[full_world.open.code, one.pk]))
             for name, one in full_world.uploads.items()}  # fmt: skip
    assert (pages["A"].status_code, pages["B"].status_code) == (200, 404)
    assert f"{ALFA['remark']} by file" in pages["A"].content.decode()
    assert body_of(pages["B"]) == body_of(walker.call("GET", reverse("my_upload", kwargs=absent)))


def test_canaries_can_be_found(world: World) -> None:
    """The search above is not blind: B's own page shows B's answers."""
    page = Walker(world, "coordinator of B").call("GET", reverse("my_section", args=[world.open.code, "work"]))
    assert canaries_in(body_of(page)) != []


def test_organisation_that_one_does_not_belong_to_cannot_be_chosen(world: World) -> None:
    walker = Walker(world, "both")
    choose = reverse("choose_organisation")
    assert walker.client.post(choose, {"organisation": world.b.pk}).status_code == 302
    assert "Bravo" in walker.client.get(reverse("my_rounds")).content.decode()
    stranger = Walker(world, "coordinator of A")
    stranger.client.post(choose, {"organisation": world.b.pk})
    assert "Bravo" not in stranger.client.get(reverse("my_rounds")).content.decode()
