"""The whole path in Dutch by mouse, with last year's answers, a file and colleagues; two tabs; each page looked at."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.live import AnsweringPortal
from tests.e2e.test_answering import bar, context_of, state, theme, type_in
from tests.e2e.visitor import violations

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
DUTCH = "/my/rounds/small-2026/"


@pytest.fixture
def fresh(portal: AnsweringPortal) -> AnsweringPortal:
    portal.start_anew()
    return portal


def looked_at(page: Page, name: str, folder: Path) -> None:
    """No accessibility violation, nothing wider than the screen; with LONG_TESTS=1 a picture is left behind."""
    assert [one["id"] for one in violations(page)] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url  # type: ignore[index]
    if os.environ.get("LONG_TESTS"):
        page.screenshot(path=folder / f"answering-{name}.png", full_page=True)


def test_the_whole_path_in_dutch_by_mouse(browser: Browser, fresh: AnsweringPortal, screenshots: Path) -> None:
    context = context_of(browser, fresh, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(f"{DUTCH}work/")
    page.locator("[data-question=calls] [data-take]").click()
    expect(page.locator("#q-calls")).to_have_value("1.000")
    expect(page.locator("[data-question=calls] [data-take]")).to_have_count(0)
    assert fresh.stored("calls") == "1.000"
    page.fill("#q-calls", "6.000")
    page.locator("h1").click()
    expect(page.locator("#q-calls-doubt")).to_be_visible()
    expect(page.locator("[data-question=calls] [data-change]")).to_contain_text("nu 500 % meer")
    page.fill("#q-answered", "7000")
    page.locator("h1").click()
    expect(page.locator("#q-answered-error")).to_be_visible()
    expect(page.locator(".error-summary a")).to_have_attribute("href", "#q-answered")
    looked_at(page, "theme-with-error-1280", screenshots)
    page.reload()
    expect(page.locator(".error-summary a")).to_have_attribute("href", "#q-answered")
    page.fill("#q-answered", "900")
    page.fill("#q-calls-reason", "Overname van een bedrijf")
    page.check("#q-outsources-2")
    page.locator("form.answers .action-bar .button").first.click()
    page.wait_for_url("**/rest/")
    page.goto(f"{DUTCH}work/")
    page.set_viewport_size({"width": 390, "height": 844})
    looked_at(page, "theme-390", screenshots)
    page.set_viewport_size({"width": 1280, "height": 900})
    for part in ("", "by-file/", "who-does-what/", "change-history/calls/", "questions/", "review/"):
        page.goto(DUTCH + part)
        looked_at(page, f"{part.strip('/').replace('/', '-') or 'hub'}-1280", screenshots)
    page.check("#confirm")
    page.locator("form .button:not(.button-quiet)").click()
    page.wait_for_url("**/receipt/")
    looked_at(page, "receipt-1280", screenshots)
    context.close()


def test_a_workbook_goes_out_and_in_by_mouse_and_on_a_phone(
    browser: Browser, fresh: AnsweringPortal, screenshots: Path, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    context = context_of(browser, fresh, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/en/my/rounds/small-2026/by-file/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the workbook").click()
    download.value.save_as(tmp_path / "empty.xlsx")
    book = load_workbook(tmp_path / "empty.xlsx")
    row = next(one for one in book.worksheets[2].iter_rows() if one[0].value == "a-calls")
    row[2].value = 800
    book.save(tmp_path / "filled.xlsx")
    page.set_input_files("#workbook", tmp_path / "filled.xlsx")
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("tbody")).to_contain_text("800 calls")
    looked_at(page, "upload-390", screenshots)
    page.get_by_role("button", name="Store what is ticked").click()
    page.wait_for_url("**/small-2026/")
    assert fresh.stored("calls") == "800"
    (tmp_path / "export.csv").write_text("Day;Offered\n1;100\n2;150\n")
    page.goto("/en/my/rounds/small-2026/by-file/")
    page.set_input_files("#table", tmp_path / "export.csv")
    page.get_by_role("button", name="Read the file").click()
    page.wait_for_selector("select")
    looked_at(page, "mapping-390", screenshots)
    context.close()


def test_two_tabs_and_taking_over_without_a_connection(browser: Browser, fresh: AnsweringPortal) -> None:
    context = context_of(browser, fresh)
    first, second = theme(context), theme(context)
    type_in(first, "calls", "10")
    expect(state(first, "calls")).to_contain_text("Saved at")
    type_in(second, "calls", "20")
    expect(second.locator("[data-conflict]")).to_contain_text("you, in another tab")
    expect(second.locator("#q-calls")).to_have_value("20")
    second.get_by_role("button", name="Take the other answer").click()
    expect(second.locator("#q-calls")).to_have_value("10")
    context.set_offline(True)
    second.locator("[data-question=calls] [data-take]").click()
    expect(bar(second)).to_contain_text("No connection")
    assert fresh.stored("calls") == "10"
    context.set_offline(False)
    expect(second.locator("#q-calls")).to_have_value("1,000")
    expect(state(second, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "1,000"
    context.close()
