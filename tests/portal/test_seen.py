"""Whoever of the foundation sees an organisation's answers is in its audit log, whatever page it was."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from portal.models import AuditEntry
from portal.services.audit import BLANK, record, record_seen, record_seen_of
from portal.tenancy import staff_scope
from tests.house.test_walk import full_world  # noqa: F401  a fixture
from tests.house.walk import Walker, addresses, body_of, objects_of
from tests.world import World, canaries_in

# Reports hold an organisation's figures and are noted as `report.downloaded`.
NOTING = ("answers.seen", "report.downloaded")


def pages(world: World) -> Iterator[str]:
    """Every page of staff, with every object that exists."""
    for address in addresses():
        if address.access is not None and address.access.kind == "staff":
            for label, kwargs in objects_of(address, world).items():
                if label != "absent":
                    b = {"organisation_id": world.b.pk} if "organisation_id" in kwargs else {}
                    yield reverse(address.name, kwargs=kwargs | b)


def seen_of_b(world: World) -> set[int]:
    with staff_scope():
        noted = AuditEntry.objects.filter(organisation=world.b, actor=world.person("researcher"), action__in=NOTING)
        return set(noted.values_list("pk", flat=True))


@pytest.mark.slow
def test_every_page_of_staff_that_shows_answers_of_an_organisation_notes_it(full_world: World) -> None:  # noqa: F811
    world, walker = full_world, Walker(full_world, "researcher")
    showing, silent, files = [], [], []
    for path in pages(world):
        before = seen_of_b(world)
        response = walker.client.get(path)
        shown = canaries_in(body_of(response))
        if response.get("Content-Disposition", "").startswith("attachment"):
            files.append(path)
            with staff_scope():
                noted = AuditEntry.objects.filter(actor=walker.user, action__endswith="ed").order_by("-id").first()
            assert noted is not None
            assert noted.action.endswith((".downloaded", ".exported")), path
        if shown:
            showing.append(path)
            if not seen_of_b(world) - before:
                silent.append(f"{path} shows {shown[0]}")
    submissions = [path for path in pages(world) if "/submissions/" in path]
    assert showing or not submissions, "the page of a submission shows no answer: the search is blind"
    assert files, "no page gave a file"
    assert silent == [], "these pages must call portal.seen.note_answers_seen"


def test_the_same_look_is_noted_once_and_another_again(world: World) -> None:
    looker, other = world.person("researcher"), world.person("publisher")
    with staff_scope():
        for _turn in range(2):
            record_seen("answers.seen", subject="page", by=looker, organisation=world.a, round="x")
        record_seen("answers.seen", subject="page", by=looker, organisation=world.a, round="y")
        record_seen("answers.seen", subject="page", by=other, organisation=world.a, round="x")
        record_seen_of("answers.seen", subject="page", by=looker, organisations=[world.a.pk, world.b.pk, world.b.pk],
                       round="x")  # fmt: skip
        found = AuditEntry.objects.filter(action="answers.seen", subject="page").order_by("id")
        assert [(one.organisation_id, one.actor_id, one.detail["round"]) for one in found] == [
            (world.a.pk, looker.pk, "x"), (world.a.pk, looker.pk, "y"), (world.a.pk, other.pk, "x"),
            (world.b.pk, looker.pk, "x"),
        ]  # fmt: skip


@pytest.mark.django_db
def test_addresses_never_get_into_the_trail() -> None:
    with staff_scope():
        record("test.done", subject="for a.b+c@example.org", by=None, to=["Ann <ann@example.org>, bob@x.nl"],
               deep={"ann@example.org": {"n": 1}}, long="x" * 5000)  # fmt: skip
        entry = AuditEntry.objects.get(action="test.done")
    assert entry.subject == f"for {BLANK}"
    assert entry.detail["to"] == [f"Ann <{BLANK}>, {BLANK}"]
    assert entry.detail["deep"] == {BLANK: {"n": 1}}
    assert len(entry.detail["long"]) == 2000
