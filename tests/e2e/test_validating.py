"""A query in two browsers, on the demonstration: found, asked, corrected, asked again, replied to, resolved."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmark.demo.people import PASSWORD
from scripts.live_portal import LivePortal
from tests.e2e.visitor import Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROUND = "national-2026"
NAME = "Pakjesberg.invalid"


def test_a_query_from_finding_to_resolution(live_portal: LivePortal, browser: Browser, screenshots: Path) -> None:
    with (
        # Nobody else signs in as the administrator of this portal: each person's code works once in half a minute,
        # so that a second sign-in of the same person would wait for the next code.
        visitor(browser, live_portal.address, screenshots) as validator,
        visitor(browser, live_portal.address, screenshots) as coordinator,
    ):
        validator.sign_in("administrator@example.org", PASSWORD)
        coordinator.sign_in("coordinator3@example.org", PASSWORD)
        correct_what_was_asked(coordinator)
        address = resolve_and_ask(validator)
        reply(coordinator)
        resolve_the_reply_and_accept(validator, address)
        faults = validator.faults + coordinator.faults
    assert faults == []


def correct_what_was_asked(person: Visitor) -> None:
    page = person.page
    person.open(f"/my/rounds/{ROUND}/operations/")
    page.get_by_role("link", name="Reageren of verbeteren").click()
    expect(page.locator("main")).to_contain_text("Is dit in uren, of in minuten?")
    page.get_by_role("link", name="Liever het antwoord verbeteren").click()
    page.fill("#q-talk_hours", "67.252")
    page.fill("#reason", "Het waren minuten.")
    page.get_by_role("button", name="Verbeteren").click()
    page.wait_for_url(f"**/my/corrections/{ROUND}/")
    expect(page.locator("main")).to_contain_text("67.252")


def resolve_and_ask(staff: Visitor) -> str:
    """From the board to the answers of one organisation; their address."""
    page = staff.page
    staff.open(f"/staff/rounds/{ROUND}/response/?q={NAME}")
    page.get_by_role("link", name=NAME).click()
    page.click("#a-talk_hours a:text('Vragen of beslissen')")
    expect(page.locator("#a-talk_hours")).to_contain_text("Het waren minuten.")
    page.locator("#a-talk_hours").get_by_label("De waarde is verbeterd").check()
    page.get_by_role("button", name="Afhandelen").click()
    expect(page.locator("main")).to_contain_text("De navraag is afgehandeld.")
    page.click("#a-contacts_handled a:text('Vragen of beslissen')")
    page.fill("#ask-text", "Tellen chats hierin mee?")
    staff.look("v3-submission")
    page.get_by_role("button", name="De navraag verzenden").click()
    expect(page.locator("main")).to_contain_text("De navraag is verzonden.")
    return page.url.partition("#")[0]


def reply(person: Visitor) -> None:
    page = person.page
    person.open("/my/queries/")
    page.locator("article", has_text="Tellen chats hierin mee?").get_by_role("link").click()
    page.fill("#text", "Ja, elk gesprek is één contact.")
    page.get_by_role("button", name="De reactie verzenden").click()
    expect(page.locator("main")).to_contain_text("Uw reactie is verzonden.")
    person.look("v4-query")


def resolve_the_reply_and_accept(staff: Visitor, address: str) -> None:
    page = staff.page
    page.goto(f"{address}?at=contacts_handled")
    page.locator("#a-contacts_handled").get_by_label("De waarde klopt").check()
    page.get_by_role("button", name="Afhandelen").click()
    page.get_by_role("button", name="Goedkeuren").click()
    expect(page.locator("main")).to_contain_text("De inzending is goedgekeurd.")
