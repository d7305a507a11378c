"""Two people at one browser: what the first one typed and could not send is nobody else's, and theirs again later."""

import json
import time

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.live import PASSWORD, AnsweringPortal
from tests.e2e.test_answering import context, fresh, state, theme, type_in  # noqa: F401  fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TYPED = "Ziekteverzuim 17,3 procent"
STORAGE = "JSON.stringify([{...localStorage}, {...sessionStorage}])"


def sign_in_as(page: Page, role: str) -> None:
    """At the browser as it is; nobody signed out."""
    page.context.clear_cookies()
    page.goto("/en/sign-in/")
    page.fill("[name=login]", f"{role}@example.org")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/my/rounds/")


def type_without_connection(context: BrowserContext) -> None:  # noqa: F811
    """Typed, kept, not sent; the tab is closed."""
    page = theme(context, "rest")
    context.set_offline(True)
    type_in(page, "remark", TYPED)
    expect(state(page, "remark")).to_contain_text("Not saved yet")
    page.wait_for_function("Object.keys(localStorage).length == 1")
    assert TYPED not in page.evaluate(STORAGE), "in the clear"
    # a page that is left still tries to send: here it must not, or the text would be the organisation's answer
    page.evaluate("document.querySelector('form[data-autosave]').autosave.leave = () => {}")
    page.close()
    context.set_offline(False)


def test_the_next_person_reads_nothing_and_the_first_one_gets_it_back(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    type_without_connection(context)
    assert fresh.stored("remark") is None
    page = context.new_page()
    sign_in_as(page, "contributor")
    page.goto("/en/my/rounds/small-2026/rest/")
    page.wait_for_timeout(1500)
    expect(page.locator("#q-remark")).to_have_value("")
    expect(page.locator("[data-restored]")).to_be_hidden()
    kept = page.evaluate("Object.entries(localStorage)")
    assert len(kept) == 1
    assert TYPED not in page.evaluate(STORAGE)
    # not even with the item under their own name: the first one's key is not in their page
    mine = page.get_attribute("form[data-autosave]", "data-store") or ""
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"{mine}-remark", kept[0][1]])
    page.reload()
    page.wait_for_timeout(1000)
    expect(page.locator("#q-remark")).to_have_value("")
    assert fresh.stored("remark") is None
    page.evaluate("key => localStorage.removeItem(key)", f"{mine}-remark")
    sign_in_as(page, "coordinator")
    page.goto("/en/my/rounds/small-2026/rest/")
    expect(page.locator("#q-remark")).to_have_value(TYPED)
    expect(page.locator("[data-restored]")).to_be_visible()
    expect(state(page, "remark")).to_contain_text("Saved at")
    assert fresh.stored("remark") == TYPED
    assert page.evaluate("Object.keys(localStorage)") == []
    assert TYPED not in page.evaluate(STORAGE), "what was just stored is kept for a moment, encrypted too"


def test_what_is_past_its_time_goes_from_every_page(context: BrowserContext) -> None:  # noqa: F811
    type_without_connection(context)
    page = context.new_page()
    page.goto("/en/")
    ((key, text),) = page.evaluate("Object.entries(localStorage)")
    kept = json.loads(text)
    assert 13 < (kept["until"] / 1000 - time.time()) / 86400 <= 14
    for until in (time.time() * 1000 - 1, None):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, json.dumps(kept | {"until": until})])
        page.goto("/en/")
        assert page.evaluate("Object.keys(localStorage)") == []
