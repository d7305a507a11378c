"""Signing in in a real browser: a passkey, an authenticator app, recovery codes, an invitation.

With LONG_TESTS=1 each page is looked at: pictures at two widths and accessibility (a minute more).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.e2e.live import PASSWORD, AnsweringPortal
from tests.e2e.people import INVITED, TOKEN
from tests.e2e.visitor import Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SUBMIT = "form[method=post] button.button[type=submit]"


@pytest.fixture
def somebody(browser: Browser, portal: AnsweringPortal, screenshots: Path) -> Iterator[Visitor]:
    """A new browser, at a name that passkeys work for."""
    with visitor(browser, portal.address.replace("127.0.0.1", "localhost"), screenshots) as one:
        yield one
        assert one.faults == []


def look(one: Visitor, name: str) -> None:
    """Pictures and accessibility, when there is time."""
    if os.environ.get("LONG_TESTS"):
        one.look(name)


def unlock_passkeys(page: Page) -> None:
    """A telephone that keeps passkeys and recognises its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def by_password(one: Visitor, email: str) -> None:
    one.open("/sign-in/")
    one.page.fill("input[name=login]", email)
    one.page.fill("input[name=password]", PASSWORD)
    one.page.click(SUBMIT)


def sign_out(one: Visitor) -> None:
    one.open("/sign-out/")
    one.page.click("main " + SUBMIT)


def test_staff_set_up_a_passkey_and_sign_in_with_nothing_else(somebody: Visitor) -> None:
    page = somebody.page
    unlock_passkeys(page)
    by_password(somebody, "researcher@example.org")
    expect(page.get_by_role("heading", level=1)).to_contain_text("tweede stap")
    look(somebody, "second-step-needed")
    page.get_by_role("link", name="passkey").click()
    look(somebody, "passkey-add")
    page.click("[data-passkey-button]")
    expect(page.locator("[data-recovery-code]")).to_have_count(10)
    look(somebody, "recovery-codes")
    page.locator("main .actions a.button").click()
    expect(page).to_have_url(somebody.address + "/staff/rounds/")
    somebody.open("/account/security/")
    look(somebody, "security")
    sign_out(somebody)
    somebody.open("/sign-in/?next=/staff/organisations/")
    look(somebody, "sign-in")
    page.click("[data-passkey-button]")
    expect(page).to_have_url(somebody.address + "/staff/organisations/")
    sign_out(somebody)
    by_password(somebody, "researcher@example.org")
    look(somebody, "second-step")
    page.click("[data-passkey-button]")
    expect(page).to_have_url(somebody.address + "/staff/rounds/")


def test_signing_out_asks_before_it_clears_what_was_not_sent(somebody: Visitor) -> None:
    page = somebody.page
    by_password(somebody, "viewer@example.org")
    page.wait_for_url(somebody.address + "/my/rounds/")
    mine = page.get_attribute("form[data-sign-out]", "data-sign-out")
    keys = [f"portal-answers-{mine}-1", "portal-answers-999999-1"]
    kept = "JSON.stringify({until: Date.now() + 1e6})"
    page.evaluate(f"keys => keys.forEach(key => localStorage.setItem(key, {kept}))", keys)
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.click("details[data-menu] summary")
    page.click("form[data-sign-out] button")
    page.wait_for_timeout(200)
    assert len(asked) == 1
    assert page.url == somebody.address + "/my/rounds/"
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("form[data-sign-out] button")
    page.wait_for_url(somebody.address + "/")
    assert page.evaluate("Object.keys(localStorage)") == keys[1:], "what somebody else typed stays"
    by_password(somebody, "viewer@example.org")
    page.evaluate("localStorage.clear(); localStorage.setItem('anything', '1')")
    sign_out(somebody)
    page.wait_for_url(somebody.address + "/")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_staff_set_up_an_app_and_use_a_recovery_code_when_it_is_lost(somebody: Visitor) -> None:
    page = somebody.page
    by_password(somebody, "administrator@example.org")
    page.get_by_role("link", name="app", exact=False).first.click()
    look(somebody, "app-set-up")
    secret = page.inner_text("[data-secret]")
    page.fill("input[name=code]", format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
    page.click("main " + SUBMIT)
    code = page.locator("[data-recovery-code]").first.inner_text()
    page.locator("main .actions a.button").click()
    for name in ("people", "organisations/groups", "organisations/new"):
        somebody.open(f"/staff/{name}/")
        look(somebody, f"staff-{name.replace('/', '-')}")
    page.goto(somebody.address + "/staff/organisations/")
    page.locator("tbody a").first.click()
    look(somebody, "staff-organisation")
    address = page.url
    for name in ("people", "change", "merge"):
        page.goto(f"{address}{name}/")
        look(somebody, f"staff-organisation-{name}")
    sign_out(somebody)
    by_password(somebody, "administrator@example.org")
    page.fill("input[name=code]", code)
    page.click("main " + SUBMIT)
    expect(page).to_have_url(somebody.address + "/staff/rounds/")


def test_somebody_new_accepts_an_invitation_and_the_coordinator_sees_it(
    somebody: Visitor, browser: Browser, screenshots: Path
) -> None:
    page = somebody.page
    somebody.open(f"/invitation/{TOKEN}/")
    look(somebody, "invitation")
    page.fill("input[name=name]", "Nora Nieuw")
    page.click("main " + SUBMIT)
    expect(page).to_have_url(somebody.address + "/my/rounds/")
    somebody.open(f"/invitation/{TOKEN}/")
    look(somebody, "invitation-gone")
    with visitor(browser, somebody.address, screenshots) as coordinator:
        by_password(coordinator, "coordinator@example.org")
        coordinator.open("/my/colleagues/")
        expect(coordinator.page.locator("main")).to_contain_text(INVITED)
        look(coordinator, "colleagues")
        coordinator.page.get_by_role("link", name="Nora Nieuw").click()
        look(coordinator, "colleague")
        assert coordinator.faults == []
