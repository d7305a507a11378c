"""Whoever of the foundation sees an organisation's answers is in its audit log, whatever page it was."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from portal.active import Actor
from portal.models import AuditEntry
from portal.preview import PAGES
from portal.preview import SESSION_KEY as PREVIEW
from portal.seen import NotFresh, note_answers_seen
from portal.services.audit import BLANK, record, record_seen, record_seen_of
from portal.tenancy import staff_scope
from tests.house.test_walk import full_world  # noqa: F401  a fixture
from tests.house.walk import Walker, addresses, body_of, objects_of
from tests.sign_in import sign_in
from tests.world import World, canaries_in

PROJECT = Path(__file__).resolve().parents[2]

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


def test_no_answer_is_shown_to_somebody_who_did_not_confirm_lately_who_they_are(full_world: World) -> None:  # noqa: F811
    """A session that was left open is no way to raw answers: every page of staff, and every page looked along with."""
    world, client = full_world, Client()
    looker = world.person("researcher")
    sign_in(client, looker)
    client.post(reverse("staff_preview", args=[world.b.pk]), {"reason": "Helpdesk: results do not show"})
    preview = client.session[PREVIEW]
    stale = Client()
    sign_in(stale, looker, proven_at=time.time() - 11 * 60)
    session = stale.session
    session[PREVIEW] = preview
    session.save()
    along = [address for address in addresses() if address.name in PAGES]
    looked = [reverse(one.name, kwargs=objects_of(one, world)["shared"]) for one in along]
    before = seen_of_b(world)
    showing = [path for path in (*pages(world), *looked) if canaries_in(body_of(stale.get(path)))]
    assert showing == []
    assert seen_of_b(world) == before
    for path in looked:
        answer = stale.get(path)
        assert (answer.status_code, "/account/confirm/" in answer["Location"]) == (302, True)


def test_what_notes_that_answers_were_seen_asks_for_a_fresh_proof(world: World) -> None:
    """The rule stands in `note_answers_seen` itself: a page that forgets `fresh=True` fails loudly."""
    request = RequestFactory().get("/")
    request.actor = Actor(user=world.person("researcher"))  # type: ignore[attr-defined]
    for name, kwargs in (("staff_findings", {"code": "x"}), ("staff_corrections", {"code": "x"})):
        request.resolver_match = resolve(reverse(name, kwargs=kwargs))
        with staff_scope():
            note_answers_seen(request, [])
    request.resolver_match = resolve(reverse("staff_rounds"))
    with staff_scope(), pytest.raises(NotFresh, match="staff_rounds"):
        note_answers_seen(request, [])
    rooms = (PROJECT / room for room in ("portal", "surveys", "benchmark"))
    by_hand = [path.name for room in rooms for path in room.rglob("*.py") if "ANSWERS_SEEN" in path.read_text()]
    assert by_hand == ["seen.py"], "say it with note_answers_seen"
