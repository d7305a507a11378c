"""Answering in a real browser: nothing typed is lost, whatever happens to the connection, the session or the round."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.live import PASSWORD, AnsweringPortal, leave
from tests.e2e.visitor import violations

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=20_000)  # two busy cores may take their time
HUB = "/en/my/rounds/small-2026/"


@pytest.fixture
def fresh(portal: AnsweringPortal) -> AnsweringPortal:
    portal.start_anew()
    return portal


def context_of(browser: Browser, portal: AnsweringPortal, role: str = "coordinator", **options: Any) -> BrowserContext:
    """A signed-in browser window."""
    context = browser.new_context(base_url=portal.address, **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/en/sign-in/")
    page.fill("[name=login]", f"{role}@example.org")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/my/rounds/")
    page.close()
    return context


@pytest.fixture
def context(browser: Browser, fresh: AnsweringPortal) -> Iterator[BrowserContext]:
    made = context_of(browser, fresh)
    yield made
    leave(made)


def theme(context: BrowserContext, section: str = "work") -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(f"{HUB}{section}/")
    return page


def state(page: Page, code: str) -> Any:
    """Where autosave tells about one question."""
    return page.locator(f"[data-question={code}] [data-save-state]")


def type_in(page: Page, code: str, text: str) -> None:
    """Type and leave the field."""
    page.fill(f"#q-{code}", text)
    page.press(f"#q-{code}", "Tab")


def bar(page: Page) -> Any:
    return page.locator("[data-save-state-page]")


def test_what_is_typed_is_saved_within_a_second_and_there_after_reload(
    context: BrowserContext, fresh: AnsweringPortal
) -> None:
    page = theme(context)
    type_in(page, "calls", "1.200")
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "1.200"
    page.reload()
    expect(page.locator("#q-calls")).to_have_value("1.200")
    expect(page.locator("[data-restored]")).to_be_hidden()


def test_errors_and_doubts_appear_at_the_field_and_go_when_corrected(context: BrowserContext) -> None:
    page = theme(context)
    type_in(page, "calls", "many")
    expect(page.locator("#q-calls-error")).to_contain_text("many")
    expect(page.locator("#q-calls")).to_have_attribute("aria-invalid", "true")
    listed = page.locator("[data-error-summary]")
    expect(listed).to_contain_text("“many” is not a number")
    expect(page.locator("#announce")).to_contain_text("listed at the top")
    assert violations(page) == []
    listed.get_by_role("link", name="How many calls").click()
    expect(page.locator("#q-calls")).to_be_focused()
    type_in(page, "calls", "3000")
    expect(page.locator("#q-calls-error")).to_have_count(0)
    expect(listed).to_have_count(0)
    expect(page.locator("#q-calls-doubt")).to_contain_text("3,000")
    page.fill("#q-calls-reason", "merger")
    page.press("#q-calls-reason", "Tab")
    expect(bar(page)).to_contain_text("Saved at")
    page.reload()
    expect(page.locator("#q-calls-reason")).to_have_value("merger")
    assert violations(page) == []


def test_a_follow_up_question_comes_and_goes_with_the_answer(context: BrowserContext) -> None:
    page = theme(context)
    expect(page.locator("[data-question=reason]")).to_be_hidden()
    page.check("#q-outsources")
    expect(page.locator("[data-question=reason]")).to_be_visible()
    page.check("#q-outsources-2")
    expect(page.locator("[data-question=reason]")).to_be_hidden()


def test_offline_keeps_what_was_typed_and_sends_it_when_the_connection_is_back(
    context: BrowserContext, fresh: AnsweringPortal
) -> None:
    page = theme(context)
    context.set_offline(True)
    type_in(page, "calls", "77")
    expect(bar(page)).to_contain_text("No connection")
    assert fresh.stored("calls") is None
    context.set_offline(False)
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "77"


def test_a_web_server_that_restarts_while_somebody_types_loses_nothing(
    context: BrowserContext, fresh: AnsweringPortal
) -> None:
    page = theme(context)
    type_in(page, "answered", "5")
    expect(state(page, "answered")).to_contain_text("Saved at")
    page.focus("#q-calls")
    page.keyboard.type("12")
    fresh.stop_web()
    try:
        page.keyboard.type("34")
        expect(state(page, "calls")).to_contain_text("Not saved yet")
        expect(bar(page)).to_contain_text("No connection")
        expect(page.locator("#q-calls")).to_have_value("1234")
        assert fresh.stored("calls") != "1234"
    finally:
        fresh.start_web()
    expect(state(page, "calls")).to_contain_text("Saved at")  # by itself: nobody touches the page
    expect(bar(page)).to_contain_text("Saved at")
    expect(page.locator("#q-calls")).to_be_focused()
    assert (fresh.stored("answered"), fresh.stored("calls")) == ("5", "1234")


def test_a_closed_laptop_brings_unsent_text_back(context: BrowserContext, fresh: AnsweringPortal) -> None:
    page = theme(context)
    context.set_offline(True)
    type_in(page, "calls", "77")
    expect(bar(page)).to_contain_text("No connection")
    page.close()
    context.set_offline(False)
    page = theme(context)
    expect(page.locator("#q-calls")).to_have_value("77")
    expect(page.locator("[data-restored]")).to_be_visible()
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "77"


def test_an_expired_session_keeps_the_text_until_one_signs_in_again(
    context: BrowserContext, fresh: AnsweringPortal
) -> None:
    page = theme(context)
    cookies = context.cookies()
    context.clear_cookies(name="sessionid")
    type_in(page, "calls", "88")
    expect(bar(page)).to_contain_text("You are signed out")
    expect(bar(page).get_by_role("link")).to_have_attribute("href", re.compile("/sign-in/"))
    expect(page.locator("#q-calls")).to_have_value("88")
    context.add_cookies(cookies)
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "88"


def test_a_round_that_closes_under_ones_hands_says_so_and_keeps_the_text(
    context: BrowserContext, fresh: AnsweringPortal
) -> None:
    page = theme(context)
    type_in(page, "answered", "5")
    expect(state(page, "answered")).to_contain_text("Saved at")
    fresh.sql("UPDATE surveys_round SET state = 'closed' WHERE code = 'small-2026'")
    type_in(page, "calls", "99")
    expect(bar(page)).to_contain_text("closed")
    expect(page.locator("#q-calls")).to_have_value("99")
    assert (fresh.stored("answered"), fresh.stored("calls")) == ("5", None)


def go_on_and_leave(page: Page) -> None:
    """Going on chooses nothing, also when one insists; then leave the page and come back."""
    for _turn in range(2):
        page.get_by_role("button", name="Save and next theme").click()
        expect(page.locator("[data-conflict]").first).to_be_focused()
        expect(bar(page)).to_contain_text("Choose which answer to keep")
    page.get_by_role("link", name="All themes").click()
    page.wait_for_url(f"**{HUB}")
    page.goto(f"{HUB}work/")


@pytest.mark.parametrize(("button", "kept"), [("Keep my answer", "20"), ("Take the other answer", "10")])
def test_two_people_in_one_field_choose(
    browser: Browser, context: BrowserContext, fresh: AnsweringPortal, button: str, kept: str
) -> None:
    mine = theme(context)
    other = context_of(browser, fresh, "contributor")
    theirs = theme(other)
    for code, text in (("calls", "10"), ("answered", "3")):
        type_in(theirs, code, text)
        expect(state(theirs, code)).to_contain_text("Saved at")
    type_in(mine, "calls", "20")
    conflict = mine.locator("[data-question=calls] [data-conflict]")
    expect(conflict).to_contain_text("Contributor")
    expect(conflict).to_contain_text("10 calls")
    listed = mine.locator("[data-error-summary]")
    expect(listed).to_contain_text("A colleague answered this")
    type_in(mine, "answered", "5")
    second = mine.locator("[data-question=answered] [data-conflict]")
    expect(second).to_contain_text("Contributor")
    mine.check("[data-question=outsources] input[value=no]")
    expect(state(mine, "outsources")).to_contain_text("Saved at")
    expect(listed.get_by_role("link")).to_have_count(2)
    assert violations(mine) == []
    go_on_and_leave(mine)
    expect(mine.locator("[data-conflict]")).to_have_count(2)
    assert (fresh.stored("calls"), fresh.stored("answered"), fresh.stored("outsources")) == ("10", "3", "no")
    conflict.get_by_role("button", name=button).click()
    expect(conflict).to_have_count(0)
    expect(second).to_be_visible()
    expect(listed.get_by_role("link")).to_have_count(1)
    expect(mine.locator("#q-calls")).to_have_value(kept)
    expect(mine.locator("#q-answered")).to_have_value("5")
    mine.goto(f"{HUB}work/")  # what is still to be chosen waits there too
    expect(second).to_be_visible()
    assert (fresh.stored("calls"), fresh.stored("answered")) == (kept, "3")
    second.get_by_role("button", name=button).click()
    expect(listed).to_have_count(0)
    expect(bar(mine)).to_contain_text("Saved")
    expect(mine.locator("#q-answered")).to_have_value("5" if kept == "20" else "3")
    assert fresh.stored("answered") == ("5" if kept == "20" else "3")
    other.close()


def test_from_first_question_to_receipt_by_keyboard_on_a_phone(browser: Browser, fresh: AnsweringPortal) -> None:
    context = context_of(browser, fresh, viewport={"width": 390, "height": 844})
    page = theme(context)
    page.focus("#q-calls")
    page.keyboard.type("1200")
    page.keyboard.press("Enter")  # saves and stays
    expect(state(page, "calls")).to_contain_text("Saved at")
    page.focus("#q-outsources")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Save and next theme").press("Enter")
    page.wait_for_url("**/rest/")
    page.fill("#q-channels", "60")
    page.fill("#q-channels-mail", "40")
    page.get_by_role("button", name="Save and check everything").press("Enter")
    page.wait_for_url("**/review/")
    assert violations(page) == []
    page.focus("#confirm")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Submit the answers").press("Enter")
    page.wait_for_url("**/receipt/")
    expect(page.locator("h1")).to_contain_text("Thank you")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert fresh.stored("channels") == {"phone": "60", "mail": "40"}
    context.close()


def test_without_javascript(browser: Browser, fresh: AnsweringPortal) -> None:
    context = context_of(browser, fresh, java_script_enabled=False)
    page = theme(context)
    page.fill("#q-calls", "12 thousand")
    page.check("#q-outsources")
    page.get_by_role("button", name="Save and next theme").click()
    expect(page.locator("#q-calls")).to_have_value("12 thousand")
    expect(page.locator(".error-summary")).to_contain_text("12 thousand")
    expect(page.locator("[data-question=reason]")).to_be_visible()
    page.fill("#q-calls", "1200")
    page.check("#q-reason")
    page.get_by_role("button", name="Save and next theme").click()
    page.wait_for_url("**/rest/")
    assert (fresh.stored("calls"), fresh.stored("reason")) == ("1200", "cost")
    context.close()
