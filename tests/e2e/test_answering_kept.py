"""What the browser keeps of what was typed is read in the language it was typed in, and never gives older text back."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.e2e.live import PLAIN_HOST, AnsweringPortal
from tests.e2e.test_answering import HUB, bar, context, context_of, fresh, state, theme, type_in  # noqa: F401  fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
DUTCH = HUB.removeprefix("/en") + "work/"
ENGLISH = f"{HUB}work/"
AUTOSAVE = "document.querySelector('form[data-autosave]').autosave"
FULL = "void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); })"
LONG = "{entries: [['a-remark', 'x'.repeat(300000)]], mark: ''}"


def dutch(context: BrowserContext) -> Page:  # noqa: F811
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(DUTCH)
    return page


def type_without_connection(context: BrowserContext, page: Page) -> None:  # noqa: F811
    """Typed, kept, not sent; the tab is closed."""
    context.set_offline(True)
    page.evaluate(f"{AUTOSAVE}.leave = () => {{}}")
    type_in(page, "calls", "1.250")
    page.wait_for_function("Object.keys(localStorage).length == 1")
    page.close()
    context.set_offline(False)


def number(portal: AnsweringPortal, question: str) -> Any:
    """The number that is stored."""
    rows = portal.sql(
        "SELECT a.question, a.number FROM surveys_answer a JOIN surveys_submission s ON s.id = a.submission_id"
        " JOIN surveys_round r ON r.id = s.round_id WHERE r.code = 'small-2026'"
    )
    return next((value for code, value in rows if code == question), None)


def expect_1250_in_english(page: Page, portal: AnsweringPortal) -> None:
    """Stored as it was meant, shown as English writes it, nothing left to ask or to send."""
    expect(page.locator("#q-calls")).to_have_value("1,250")
    page.wait_for_function("Object.keys(localStorage).length == 0")
    expect(page.locator("[data-conflict]")).to_have_count(0)
    assert (portal.stored("calls"), number(portal, "calls")) == ("1.250", 1250)


def test_what_was_typed_in_dutch_is_read_as_dutch_on_the_english_page(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    type_without_connection(context, dutch(context))
    page = theme(context)
    expect_1250_in_english(page, fresh)
    expect(bar(page)).to_have_text("Saved")
    type_in(page, "calls", "1,300")
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert number(fresh, "calls") == 1300


def test_changing_the_language_while_typing_is_no_conflict_with_oneself(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    page = dutch(context)
    page.fill("#q-calls", "1.250")
    page.goto(ENGLISH)
    expect_1250_in_english(page, fresh)


def test_a_colleagues_answer_of_meanwhile_waits_for_the_choice_in_the_language_it_was_typed_in(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    page = dutch(context)
    hidden = {name: page.input_value(f".answers [name={name}]") for name in ("csrfmiddlewaretoken", "sheet", "section")}
    form: dict[str, str | float | bool] = {**hidden, "v-calls": "0.", "a-calls": "900"}
    type_without_connection(context, page)
    assert context.request.post(f"{HUB}answers/", form=form, headers={"Referer": fresh.address}).ok
    page = theme(context)
    expect(state(page, "calls")).to_contain_text("a colleague answered this")
    expect(page.locator("#q-calls")).to_have_value("900")
    assert number(fresh, "calls") == 900
    page.goto(DUTCH)
    expect(page.locator("[data-question=calls] [data-conflict]")).to_be_visible()
    expect(page.locator("#q-calls")).to_have_value("1.250")


def test_a_long_text_is_kept_and_what_cannot_be_kept_leaves_no_older_text(context: BrowserContext) -> None:  # noqa: F811
    page = theme(context, "rest")
    context.set_offline(True)
    page.evaluate(f"{AUTOSAVE}.drafts.put('remark', {LONG})")
    page.wait_for_function("Object.values(localStorage).some((text) => text.length > 300000)")
    page.evaluate(FULL)
    page.evaluate(f"{AUTOSAVE}.drafts.put('remark', {{entries: [['a-remark', 'newer']], mark: ''}})")
    page.wait_for_function("Object.keys(localStorage).length == 0")


def test_a_browser_that_forbids_storage_still_saves_and_has_its_menus(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    forbid = "get() { throw new DOMException('forbidden', 'SecurityError'); }"
    for name in ("localStorage", "sessionStorage"):
        context.add_init_script(f"Object.defineProperty(window, '{name}', {{{forbid}}})")
    page = theme(context)
    page.locator("details[data-menu]:visible summary").first.click()
    expect(page.locator("details[data-menu][open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    type_in(page, "calls", "77")
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "77"


def test_signing_out_asks_about_what_waits_also_where_nothing_could_be_kept(context: BrowserContext) -> None:  # noqa: F811
    context.add_init_script(FULL)
    page = theme(context)
    context.set_offline(True)
    type_in(page, "calls", "77")
    expect(bar(page)).to_contain_text("No connection")
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.evaluate("document.querySelector('form[data-sign-out]').requestSubmit()")
    page.wait_for_function(f"!{AUTOSAVE}.running")
    page.wait_for_timeout(300)
    assert len(asked) == 1
    expect(page.locator("#q-calls")).to_have_value("77")


def test_without_tls_the_page_says_that_it_holds_the_only_copy(browser: Browser, fresh: AnsweringPortal) -> None:  # noqa: F811
    """No TLS, no encryption, nothing kept: then "kept on this device" would be a lie."""
    untrusted = context_of(browser, plain(fresh), viewport={"width": 390, "height": 844})
    page = theme(untrusted)
    assert page.evaluate("[isSecureContext, globalThis.crypto?.subtle === undefined]") == [False, True]
    untrusted.set_offline(True)
    type_in(page, "calls", "77")
    expect(bar(page)).to_contain_text("only on this page and is not kept on this device")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    cookies = untrusted.cookies()
    untrusted.clear_cookies(name="sessionid")
    untrusted.set_offline(False)
    expect(bar(page)).to_contain_text("You are signed out. What you typed is only on this page")
    untrusted.add_cookies(cookies)
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert fresh.stored("calls") == "77"
    page.close(run_before_unload=True)  # nothing to lose, nothing asked
    assert asked == ["beforeunload"]
    untrusted.close()


def test_a_choice_that_waits_is_not_said_to_be_kept_either(browser: Browser, fresh: AnsweringPortal) -> None:  # noqa: F811
    untrusted, other = context_of(browser, plain(fresh)), context_of(browser, fresh, "contributor")
    mine, theirs = theme(untrusted), theme(other)
    type_in(theirs, "calls", "10")
    expect(state(theirs, "calls")).to_contain_text("Saved at")
    type_in(mine, "calls", "20")
    expect(mine.locator("[data-question=calls] [data-conflict]")).to_be_visible()
    mine.get_by_role("button", name="Save and next theme").click()
    expect(bar(mine)).to_contain_text("before you leave the page")
    expect(bar(mine)).not_to_contain_text("is kept on this device")
    for one in (untrusted, other):
        one.close()


def plain(portal: AnsweringPortal) -> AnsweringPortal:
    """The same portal under a name that browsers do not trust without TLS."""
    return replace(portal, address=portal.address.replace("127.0.0.1", PLAIN_HOST))
