"""The portal as `make demo` runs it: a real web server, a real worker on PostgreSQL's message queue, a real clock."""

import urllib.request
from pathlib import Path

import pytest

from scripts.live_portal import LivePortal

pytestmark = pytest.mark.slow

PUT_MAIL = (
    "from portal.services.mail import put_in_outbox; from portal.tenancy import worker_scope\n"
    "with worker_scope(): put_in_outbox(to='reader@example.org', subject='{subject}', body='Text')"
)


def delivered(portal: LivePortal, subject: str) -> bool:
    """Whether a mail with this subject has left through the worker."""
    folder = Path(portal.environment["PORTAL_DATA_DIR"]) / "mail"
    return any(f"Subject: {subject}" in path.read_text(encoding="utf-8") for path in folder.glob("*.log"))


def test_the_demonstration_was_filled(live_portal: LivePortal) -> None:
    live_portal.manage("shell", "-c", "from tests.benchmark.test_demo import check_filled; check_filled()")


def test_web_server_answers(live_portal: LivePortal) -> None:
    with urllib.request.urlopen(f"{live_portal.address}/", timeout=20) as answer:  # noqa: S310  our own address
        assert answer.status == 200


def test_worker_does_what_is_enqueued(live_portal: LivePortal) -> None:
    live_portal.manage("shell", "-c", PUT_MAIL.format(subject="first"))
    assert live_portal.becomes(lambda: delivered(live_portal, "first"), seconds=10)


def test_work_enqueued_while_the_worker_is_dead_is_done_when_it_is_back(live_portal: LivePortal) -> None:
    live_portal.kill_worker()
    live_portal.manage("shell", "-c", PUT_MAIL.format(subject="second"))
    assert live_portal.becomes(lambda: delivered(live_portal, "second"), seconds=40)


def test_second_preparation_changes_nothing_and_succeeds(live_portal: LivePortal) -> None:
    live_portal.manage("provision_database")
    assert "No migrations to apply" in live_portal.manage("migrate")
