"""Staff look along with an organisation: with a reason, only reading, only its hub and results, all of it noted."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.models import AuditEntry, User
from portal.preview import PAGES, SECONDS, SESSION_KEY, only_read
from portal.tenancy import participant_scope, staff_scope
from tests.sign_in import sign_in
from tests.world import World

REASON = {"reason": "Helpdesk: results do not show"}


def looking(world: World, role: str = "researcher") -> Client:
    client = Client()
    sign_in(client, world.person(role))
    answer = client.post(f"/staff/preview/{world.b.pk}/", REASON)
    assert (answer.status_code, answer["Location"]) == (302, reverse("my_rounds"))
    return client


def address(page: str, world: World) -> str:
    code = {"my_round": [world.open.code], "my_result_round": [world.finished.code],
            "my_chosen_group": [world.finished.code], "my_result_kpi": [world.finished.code, "aht"]}  # fmt: skip
    return reverse(page, args=code.get(page, []))


def trail(action: str) -> list[AuditEntry]:
    with staff_scope():
        return list(AuditEntry.objects.filter(action=action).order_by("id"))


def test_every_previewed_page_shows_the_organisation_with_a_banner_and_is_noted(world: World) -> None:
    client = looking(world)
    for page in sorted(PAGES):
        answer = client.get(address(page, world))
        assert answer.status_code == 200, page
        assert "Bravo" in answer.content.decode()
        assert reverse("staff_preview_stop") in answer.content.decode()
    (started,) = trail("organisation.preview_started")
    assert (started.organisation_id, started.actor_id) == (world.b.pk, world.person("researcher").pk)
    assert started.detail == REASON
    assert sorted(one.detail["path"] for one in trail("organisation.previewed")) == sorted(
        address(page, world) for page in PAGES
    )


def test_own_values_of_the_organisation_are_what_it_sees(world: World) -> None:
    own = Client()
    sign_in(own, world.person("coordinator of B"))
    shown, seen = (
        client.get(address("my_result_kpi", world)).content.decode().partition("<main")[2].partition("</main")[0]
        for client in (own, looking(world))
    )
    assert shown == seen
    assert "315" in seen  # B's own handle time


def test_without_a_reason_nobody_looks(world: World) -> None:
    client = Client()
    sign_in(client, world.person("researcher"))
    for reason in ("", "   ", "because"):
        assert client.post(f"/staff/preview/{world.b.pk}/", {"reason": reason}).status_code == 400
        assert SESSION_KEY not in client.session
    assert client.get(reverse("my_rounds")).status_code == 404


def test_nothing_can_be_changed_or_fetched_beyond_the_pages(world: World) -> None:
    client = looking(world)
    for page in sorted(PAGES):
        assert client.post(address(page, world)).status_code == 403
    for beyond in ("my_section", "my_autosave", "my_submit", "my_print"):
        args = [world.open.code, *(["work"] if beyond == "my_section" else [])]
        assert client.get(reverse(beyond, args=args)).status_code == 403
    assert client.get(reverse("my_audit")).status_code == 403


def test_the_transaction_of_a_preview_only_reads(world: World) -> None:
    with participant_scope(world.b.pk):
        only_read()
        with pytest.raises(DatabaseError, match="read-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO portal_auditentry (action, subject, detail, at) VALUES ('x', 'x', '{}', now())")
    with staff_scope(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_a_page_that_writes_fails_in_the_preview(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.services import audit
    from surveys.views import participant_rounds

    def writes(*args: Any, **kwargs: Any) -> None:
        audit.record("test.written", subject="x", by=None)

    monkeypatch.setattr(participant_rounds, "render", writes)
    client = looking(world)
    client.raise_request_exception = False
    assert client.get(reverse("my_rounds")).status_code == 500
    assert trail("test.written") == []


def test_it_ends_on_request_by_itself_and_with_the_role(world: World) -> None:
    client = looking(world)
    assert client.post(reverse("staff_preview_stop")).status_code == 302
    assert client.get(reverse("my_rounds")).status_code == 404
    assert len(trail("organisation.preview_ended")) == 1
    late = looking(world)
    session = late.session
    session[SESSION_KEY] |= {"until": timezone.now().timestamp() - 1}
    session.save()
    assert late.get(reverse("my_rounds")).status_code == 404
    demoted = looking(world)
    with staff_scope():
        User.objects.filter(pk=world.person("researcher").pk).update(foundation_role="publisher")
    assert demoted.get(reverse("my_rounds")).status_code == 404
    assert SECONDS <= 3600


def test_others_cannot_look_whatever_is_in_their_session(world: World) -> None:
    for role, status in (("publisher", 403), ("coordinator of A", 404)):
        client = Client()
        sign_in(client, world.person(role))
        assert client.post(f"/staff/preview/{world.b.pk}/", REASON).status_code == status
        assert SESSION_KEY not in client.session
    session = client.session
    session[SESSION_KEY] = {"organisation": world.b.pk, "until": 1e12, "by": world.person("coordinator of A").pk}
    session.save()
    page = client.get(reverse("my_rounds"))
    assert page.status_code == 200
    assert "Bravo" not in page.content.decode()
