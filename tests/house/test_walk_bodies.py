"""What stands inside a request: ids of others in every field of every form, and foreign children under own parents."""

import itertools
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from django.http import HttpResponse
from django.urls import reverse

from tests.conftest import ONLOOKER
from tests.house.walk import (
    Walker,
    addresses,
    body_of,
    give_invitations,
    give_queries,
    give_reports,
    give_uploads,
    objects_of,
    stripped,
)
from tests.house.walk_bodies import far_keys, fields_to_try, forms_of, of_others, own_body, rows_of_b
from tests.house.walk_objects import NO_CODE, NO_ID, OBJECTS
from tests.house.walk_people import give_people
from tests.house.walk_tour import EVERYTHING, foreign_answers
from tests.world import World, build_world

pytestmark = pytest.mark.slow
ROLES = ("coordinator of A", "contributor of A", "viewer of A", "who left A") if EVERYTHING else ("coordinator of A",)
KINDS = ("participant", "signed_in")
ONE_IN = 1 if EVERYTHING else 23
FIELDS = ("organisation", "submission", "round", "user", "by")  # that the endpoint for answers does not know


@pytest.fixture
def full_world(
    request: pytest.FixtureRequest, db: None, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> World:
    """The world with something of everything, under keys that look like nothing else."""
    caplog.set_level(logging.CRITICAL, logger="django.request")
    settings.MEDIA_ROOT = tmp_path
    far_keys(request.config.stash[ONLOOKER])
    world = build_world()
    for give in (give_reports, give_invitations, give_queries, give_uploads, give_people):
        give(world)
    return world


@pytest.mark.parametrize("role", ROLES)
def test_what_is_foreign_inside_a_form_is_what_does_not_exist(
    role: str, full_world: World, record_property: Any
) -> None:
    walker, others, wrong, tried = Walker(full_world, role), of_others(full_world), [], set()
    forms = forms_of(walker, KINDS)  # on the way the walk makes the objects that it asks for, of A and of B
    before = rows_of_b(full_world)
    for path, form in sorted(forms.items()):
        for name, what in itertools.product(fields_to_try(form), others):
            if crc32(f"{re.sub('[0-9]+', '', path)} {name} {what}".encode()) % ONE_IN:
                continue
            answers = []
            for value in others[what]:
                response = walker.call("POST", path, own_body(form) | {name: value}, then=lambda: rows_of_b(full_world))
                wrong += [f"{role}: POST {path} {name}={what}: {fault}" for fault in faults(response, walker)]
                if walker.afterwards != before:
                    wrong.append(f"{role}: POST {path} {name}={what}: changes rows of B: {walker.afterwards ^ before}")
                answers.append(told(response, path, others[what]))
            if answers[0] != answers[1]:
                difference = first_difference(*answers)
                wrong.append(f"{role}: POST {path} {name}={what}: B's is told from nobody's by {difference}")
            tried.add((path, name))
    record_property("walk_calls", (walker.calls, 1))
    sys.stdout.write(f"\n{role}: {len(forms)} forms, {len(tried)} fields, {walker.calls} calls\n")
    assert wrong == [], "\n".join(wrong)
    assert len(forms) > 20 or role == "who left A", "forms were found on the pages"


def faults(response: HttpResponse, walker: Walker) -> list[str]:
    """What is wrong with an answer by itself."""
    found = [str(response.status_code)] if response.status_code >= 500 and response.status_code != 503 else []
    found += foreign_answers(response, walker)
    return found + (["names Bravo"] if b"Bravo" in body_of(response) else [])


def told(response: HttpResponse, path: str, values: tuple[str, str]) -> tuple[int, str, bytes]:
    """Status, where it leads and what is on the page, without what was sent and the number of work that began."""
    where, page = response.headers.get("Location", ""), stripped(response, path)
    sent = "|".join(re.escape(value) for value in values)
    where = re.sub(rf"(?<!\w)({sent})(?!\w)", "VALUE", re.sub(r"/jobs/\d+/", "/jobs/NEW/", where))
    return response.status_code, where, re.sub(rf"(?<!\w)({sent})(?!\w)".encode(), b"VALUE", page)


def first_difference(one: tuple[int, str, bytes], other: tuple[int, str, bytes]) -> str:
    """Where two answers begin to differ."""
    if one[:2] != other[:2]:
        return f"{one[:2]} and {other[:2]}"
    at = next((i for i, (a, b) in enumerate(zip(one[2], other[2], strict=False)) if a != b), 0)
    return f"{one[2][max(0, at - 60) : at + 40]!r} and {other[2][max(0, at - 60) : at + 40]!r}"


def test_a_foreign_child_under_ones_own_parent_is_none(full_world: World) -> None:
    """Every address of two keys: own round with B's file, own invitation of B's number; each like one that is not."""
    walker, wrong, pairs = Walker(full_world, "coordinator of A"), [], 0
    own = {full_world.open.code, full_world.finished.code}
    for address in addresses():
        if len(address.parameters) < 2 or address.access is None or address.access.kind not in KINDS:
            continue
        objects = objects_of(address, full_world)
        foreign, mine = objects.get("of B", {}), objects.get("of A", objects.get("shared", {}))
        for name in address.parameters:
            none: Any = NO_ID if isinstance(mine.get(name), int) else NO_CODE
            strangers = [foreign[name]] if name in foreign and foreign[name] != mine.get(name) else []
            for parent in own if "code" in mine and name != "code" else [None]:
                kwargs = mine | ({"code": parent} if parent else {})
                absent = answer(walker, address.name, kwargs | {name: none})
                for stranger in strangers:
                    pairs += 1
                    there = answer(walker, address.name, kwargs | {name: stranger})
                    wrong += [] if there == absent else [f"{address.name} {kwargs} {name}={stranger}: {there[0]}"]
                wrong += [f"{address.name} {kwargs} {name}={none}: {absent[0]}"] if absent[0] == 200 else []
    assert wrong == []
    assert pairs >= 3


def answer(walker: Walker, name: str, kwargs: dict[str, Any]) -> tuple[int, bytes]:
    """Status and page of a GET."""
    path = reverse(name, kwargs=kwargs)
    response = walker.call("GET", path)
    return response.status_code, stripped(response, path)


def test_a_key_sends_answers_of_its_own_organisation_whatever_the_body_says(full_world: World) -> None:
    walker, path = Walker(full_world, "key of A"), reverse("api_answers", args=[full_world.open.code])
    before, others, wrong = rows_of_b(full_world), of_others(full_world), []
    for name, what in itertools.product(FIELDS, others):
        if crc32(f"{name} {what}".encode()) % (1 if EVERYTHING else 5):
            continue
        said = []
        for value in others[what]:
            body = json.dumps({"answers": {"calls": 31_000}, name: value})
            response = walker.call("POST", path, body, then=lambda: rows_of_b(full_world))
            said.append(told(response, path, others[what]))
            wrong += [f"{name}={what}: {fault}" for fault in faults(response, walker)]
            wrong += [f"{name}={what}: changes rows of B"] if walker.afterwards != before else []
        wrong += [f"{name}={what}: B's is told from nobody's"] if said[0] != said[1] else []
    assert wrong == []


def test_the_search_sees_a_change_of_b(full_world: World) -> None:
    """The comparison above is not blind: B's own call changes B's rows."""
    before = rows_of_b(full_world)
    walker = Walker(full_world, "coordinator of B")
    path = reverse("my_invitation", args=[full_world.invitations["B"].pk, "withdraw"])
    walker.call("POST", path, then=lambda: rows_of_b(full_world))
    assert walker.afterwards != before
    assert rows_of_b(full_world) == before, "and it is undone"
    assert set(OBJECTS) >= {"my_upload", "my_invitation"}
