"""Participants' second step in a real browser: a passkey of their own, and a coordinator who asks one of everybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.live import AnsweringPortal
from tests.e2e.test_signing_in import SUBMIT, by_password, look, sign_out, unlock_passkeys
from tests.e2e.visitor import Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
OF_PARTICIPANTS = "SELECT id FROM portal_user WHERE email IN ('coordinator@example.org', 'contributor@example.org')"


@pytest.fixture
def clean(portal: AnsweringPortal) -> Iterator[AnsweringPortal]:
    """Afterwards nobody has a second step, and nobody has to."""
    yield portal
    portal.sql(f"DELETE FROM mfa_authenticator WHERE user_id IN ({OF_PARTICIPANTS})")  # noqa: S608  names of our own
    portal.sql("UPDATE portal_organisation SET second_step_required = false")


@pytest.fixture
def two(browser: Browser, clean: AnsweringPortal, screenshots: Path) -> Iterator[list[Visitor]]:
    """Two people with a browser each, at a name that passkeys work for."""
    address = clean.address.replace("127.0.0.1", "localhost")
    with visitor(browser, address, screenshots) as one, visitor(browser, address, screenshots) as other:
        yield [one, other]
        assert one.faults + other.faults == []


def trail(portal: AnsweringPortal, email: str) -> list[tuple[str, object]]:
    """What the audit trail tells of this person, newest last."""
    rows = portal.sql(
        "SELECT u.email, e.action, coalesce(e.detail->'proofs', e.detail->'type') FROM portal_auditentry e"
        " JOIN portal_user u ON u.id = e.actor_id ORDER BY e.id"
    )
    return [(str(action), told) for whose, action, told in rows if whose == email]


def test_a_participant_signs_in_with_a_passkey_alone_and_the_trail_says_so(
    two: list[Visitor], clean: AnsweringPortal
) -> None:
    here, there = two
    page = here.page
    unlock_passkeys(page)
    for one in two:
        by_password(one, "contributor@example.org")
        one.page.wait_for_url("**/my/rounds/")
    here.open("/account/security/")
    look(here, "security-of-a-participant")
    page.get_by_role("link", name="Passkey").click()
    page.click("[data-passkey-button]")
    expect(page.locator("[data-recovery-code]")).to_have_count(10)
    there.open("/my/rounds/")
    expect(there.page).to_have_url(f"{there.address}/sign-in/?next=/my/rounds/")
    sign_out(here)
    here.open("/sign-in/")
    page.click("[data-passkey-button]")
    expect(page).to_have_url(here.address + "/my/rounds/")
    assert trail(clean, "contributor@example.org")[-1] == ("sign_in.done", ["webauthn"])
    assert ("sign_in.factor_added", "webauthn") in trail(clean, "contributor@example.org")


def test_a_coordinator_asks_it_of_everybody_and_a_colleague_sets_one_up_where_they_were(
    two: list[Visitor], clean: AnsweringPortal
) -> None:
    coordinator, colleague = two
    for one in two:
        unlock_passkeys(one.page)
    by_password(colleague, "contributor@example.org")
    colleague.page.wait_for_url("**/my/rounds/")
    by_password(coordinator, "coordinator@example.org")
    coordinator.page.wait_for_url("**/my/rounds/")
    coordinator.open("/my/colleagues/")
    look(coordinator, "colleagues-with-rule")
    coordinator.open("/my/colleagues/second-step/")
    expect(coordinator.page.locator("main")).to_contain_text("contributor@example.org")
    look(coordinator, "second-step-rule-without-own")
    coordinator.open("/account/security/passkeys/add/")
    coordinator.page.click("[data-passkey-button]")
    expect(coordinator.page.locator("[data-recovery-code]")).to_have_count(10)
    coordinator.open("/my/colleagues/second-step/")
    look(coordinator, "second-step-rule")
    coordinator.page.check("#confirm")
    coordinator.page.click("main " + SUBMIT)
    expect(coordinator.page).to_have_url(coordinator.address + "/my/colleagues/")
    colleague.open("/my/results/")
    expect(colleague.page.get_by_role("heading", level=1)).to_contain_text("tweede stap")
    look(colleague, "second-step-asked-by-organisation")
    colleague.page.get_by_role("link", name="passkey").click()
    colleague.page.click("[data-passkey-button]")
    colleague.page.locator("main .actions a.button").click()
    expect(colleague.page).to_have_url(colleague.address + "/my/results/")
    assert ("organisation.second_step_required", None) in trail(clean, "coordinator@example.org")
