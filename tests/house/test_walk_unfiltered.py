"""The walk once more, with every condition on the organisation taken out of the application's own queries.

Once `filter`, `exclude` and `get` ignore whatever names an organisation or a membership; once they ignore everything
that is asked of tables that hold organisations' data, as if each were `.all()`: row-level security is all that is left.
A page may then break or show too much of its own; nothing foreign comes through.
"""

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q, QuerySet
from django.urls import reverse

from benchmark.services.reports import report_page
from portal.kept_queries import KeptQuery
from portal.models import Membership
from portal.rls import model_tenancy
from portal.tenancy import Role, Tenancy, current_scope, participant_scope, staff_scope
from surveys.models import Answer, Submission
from tests.house.walk import (
    Walker,
    body_for,
    body_of,
    give_invitations,
    give_queries,
    give_reports,
    give_uploads,
    objects_of,
)
from tests.house.walk_people import GROUPS, give_people
from tests.house.walk_tour import EVERYTHING, calls_of, foreign_answers
from tests.world import World, canaries_in

pytestmark = pytest.mark.slow
ROLES = ("coordinator of A", "who left A", "key of A")
PARTICIPANTS = (*GROUPS["members"][:3], *GROUPS["strangers"], "both", "key of A") if EVERYTHING else ROLES
Dropped = Counter[str]


def of_tenant(lookup: str) -> bool:
    """Whether a condition narrows to an organisation or to somebody's memberships."""
    return any(part in ("organisation", "organisation_id", "memberships") for part in lookup.split("__"))


def without_tenant(condition: Q, dropped: Dropped) -> Q:
    """The condition without its parts that narrow to an organisation."""
    kept = []
    for child in condition.children:
        if isinstance(child, Q):
            kept.append(without_tenant(child, dropped))
        elif isinstance(child, tuple) and of_tenant(child[0]):
            dropped[child[0]] += 1
        else:
            kept.append(child)
    return Q.create(kept, connector=condition.connector, negated=condition.negated and bool(kept))


@pytest.fixture
def written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries that are written once per process are written at each call: they lose their conditions as well."""
    monkeypatch.setattr(KeptQuery, "__call__", lambda self, **given: list(self._write(given.__getitem__)))


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch, written_anew: None) -> Dropped:
    """Querysets ignore conditions on the organisation; counts what they ignored."""
    dropped: Dropped = Counter()
    original = QuerySet._filter_or_exclude_inplace  # type: ignore[attr-defined]

    def ignoring(self: Any, negate: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for name in [name for name in kwargs if of_tenant(name)]:
            dropped[name] += 1
            kwargs = {key: value for key, value in kwargs.items() if key != name}
        args = tuple(without_tenant(one, dropped) if isinstance(one, Q) else one for one in args)
        if kwargs or any(one for one in args):
            original(self, negate, args, kwargs)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude_inplace", ignoring)
    return dropped


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch, written_anew: None) -> Dropped:
    """As a participant, querysets over tables with organisations' data ignore every condition; counts them by table."""
    dropped: Dropped = Counter()
    original = QuerySet._filter_or_exclude_inplace  # type: ignore[attr-defined]

    def ignoring(self: Any, negate: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        scope, tenancy = current_scope(), model_tenancy(self.model)
        if scope is not None and scope.role is Role.PARTICIPANT and tenancy in (Tenancy.OWNED, Tenancy.MIXED):
            dropped[self.model.__name__] += 1
        else:
            original(self, negate, args, kwargs)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude_inplace", ignoring)
    return dropped


@pytest.fixture
def full_world(world: World, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> World:
    """The world with something of everything; pages that break are expected and not logged."""
    caplog.set_level(logging.CRITICAL, logger="django.request")
    settings.MEDIA_ROOT = tmp_path
    for give in (give_reports, give_invitations, give_queries, give_uploads, give_people):
        give(world)
    return world


def test_row_level_security_alone_lets_nothing_foreign_through(
    full_world: World, unfiltered: Dropped, record_property: Any
) -> None:
    wrong, calls, shown = walked(full_world, ROLES)
    record_property("walk_calls", (calls, len(ROLES)))
    assert wrong == []
    assert shown > 60, "pages were shown"
    assert unfiltered.total() > 100, "the application asked for an organisation"


def test_row_level_security_alone_is_enough_where_every_queryset_is_all(
    full_world: World, everything: Dropped, record_property: Any
) -> None:
    wrong, calls, shown = walked(full_world, PARTICIPANTS, part=1 if EVERYTHING else 3)
    record_property("walk_calls", (calls, len(PARTICIPANTS)))
    assert wrong == []
    assert shown > 20, "pages were shown"
    assert {"Submission", "Answer", "Membership"} <= everything.keys()


def walked(world: World, roles: tuple[str, ...], part: int = 1) -> tuple[list[str], int, int]:
    """What was wrong on these roles' way, or one in `part` of it; how many calls, and pages that were shown."""
    wrong, calls, shown = [], 0, 0
    for role in roles:
        walker = Walker(world, role)
        for number, (address, method) in enumerate(calls_of(role)):
            if number % part:
                continue
            for kwargs in objects_of(address, world).values():
                path = reverse(address.name, kwargs=kwargs)
                response = walker.call(method, path, body_for(address, world))
                found = [*foreign_answers(response, walker)]
                if role != "both":  # who works for Bravo as well may read its name
                    found += ["names Bravo"] if b"Bravo" in body_of(response) else []
                wrong += [f"{role}: {method} {path}: {fault}" for fault in found]
                shown += response.status_code == 200
        calls += walker.calls
    return wrong, calls, shown


def test_a_report_without_filters_is_of_its_organisation_alone(full_world: World, unfiltered: Dropped) -> None:
    with participant_scope(full_world.a.pk):
        page = report_page(full_world.reports["A"])
    assert "Alfa" in page
    assert canaries_in(page.encode()) == []
    assert "Bravo" not in page
    assert unfiltered


def test_the_filters_are_really_gone(world: World, unfiltered: Dropped) -> None:
    """As staff, who may see all, a condition on A now finds B as well; as a participant, still A alone."""

    def found() -> list[set[int]]:
        return [
            set(Submission.objects.filter(organisation=world.a).values_list("organisation", flat=True)),
            set(
                Answer.objects.filter(Q(organisation=world.a) & ~Q(question="x")).values_list("organisation", flat=True)
            ),
            set(Membership.objects.exclude(organisation=world.b).values_list("organisation", flat=True)),
            set(world.a.submissions.values_list("organisation", flat=True)),
        ]

    with staff_scope():
        assert all(len(ids) > 1 for ids in found())
    with participant_scope(world.a.pk):
        assert found() == [{world.a.pk}] * 4
