"""Questions that are asked once for each: they come and go as their number is typed, on a phone, in Dutch."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.live import AnsweringPortal
from tests.e2e.test_answering import context_of, state, type_in
from tests.e2e.test_answering_path import looked_at

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def asked(page: Page) -> list[str]:
    return page.eval_on_selector_all("[data-question]:not([hidden])", "all => all.map(one => one.dataset.question)")


def test_copies_come_and_go_with_their_number(browser: Browser, portal: AnsweringPortal, screenshots: Path) -> None:
    context = context_of(browser, portal, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto("/my/rounds/repeated/each_site/")
    assert asked(page) == ["branches", "night_fte"]
    type_in(page, "branches", "2")
    expect(page.locator("[data-question=night_2]")).to_be_visible()
    expect(page.locator("[data-question=night_fte] .label [data-said]")).to_have_text("Nacht (2)")  # without a reload
    assert asked(page) == ["branches", "fte_1", "night_1", "fte_2", "night_2", "night_fte"]
    type_in(page, "fte_1", "10")
    type_in(page, "fte_2", "3")
    expect(page.locator("#q-fte_2-error")).to_contain_text("Te veel.")
    expect(page.locator(".error-summary a")).to_have_attribute("href", "#q-fte_2")
    looked_at(page, "repeated-390", screenshots)
    type_in(page, "branches", "1")
    expect(page.locator("[data-question=fte_2]")).to_be_hidden()
    expect(page.locator(".error-summary")).to_have_count(0)
    type_in(page, "branches", "2")
    expect(page.locator("#q-fte_2")).to_have_value("3")
    type_in(page, "fte_2", "2")
    expect(state(page, "fte_2")).to_contain_text("Opgeslagen")
    expect(page.locator("#q-fte_2-error")).to_have_count(0)
    context.close()


def test_the_menu_of_a_phone_opens_by_touch_and_keyboard(browser: Browser, portal: AnsweringPortal) -> None:
    context = context_of(browser, portal, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto("/my/rounds/")
    menu, shown = page.locator(".nav .menu summary"), page.locator(".nav .menu-panel a")
    expect(menu).to_have_text("Menu: Vragenlijsten")
    expect(shown.first).to_be_hidden()
    menu.tap()
    expect(shown.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(shown.first).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(shown.first).to_be_focused()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(menu).to_be_hidden()
    expect(page.locator(".nav > ul a").first).to_be_visible()
    context.close()
