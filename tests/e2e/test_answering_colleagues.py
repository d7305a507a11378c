"""Two people at work in one theme at the same time, each in a real browser; and a click while the page moves."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.live import AnsweringPortal
from tests.e2e.test_answering import bar, context, context_of, fresh, state, theme, type_in  # noqa: F401  fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


# as in Safari, which does not scroll along when something above is inserted
NO_ANCHORING = """() => {
    const style = new CSSStyleSheet();
    style.replaceSync("* { overflow-anchor: none !important; }");
    document.adoptedStyleSheets.push(style);
}"""
# what the server says is held until the test lets it go
HOLD_ANSWERS = """() => {
    const real = window.fetch, held = new Promise((go) => (window.letGo = go));
    window.fetch = async (...asked) => { const answer = await real(...asked); await held; return answer; };
}"""


def reason(portal: AnsweringPortal) -> str:
    rows = portal.sql(
        "SELECT s.explanations ->> 'soft_change:calls' FROM surveys_submission s JOIN surveys_round r"
        " ON r.id = s.round_id WHERE r.code = 'small-2026'"
    )
    return str(rows[0][0] or "") if rows else ""


def explain(page: Page, text: str) -> None:
    page.fill("#q-calls-reason", text)
    page.press("#q-calls-reason", "Tab")


def test_two_reasons_are_shown_and_one_is_chosen(
    browser: Browser,
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    mine = theme(context)
    type_in(mine, "calls", "3000")
    expect(mine.locator("#q-calls-doubt")).to_be_visible()
    other = context_of(browser, fresh, "contributor")
    hers = theme(other)
    explain(hers, "A merger.")
    expect(state(hers, "calls")).to_contain_text("Saved at")
    explain(hers, "A merger in May.")  # again on the same page: no conflict with oneself
    expect(state(hers, "calls")).to_contain_text("Saved at")
    expect(hers.locator("[data-conflict]")).to_have_count(0)
    explain(mine, "A new number.")
    notice = mine.locator("[data-question=calls] [data-conflict]")
    expect(notice).to_contain_text("A merger in May.")
    expect(mine.locator("#q-calls-reason")).to_have_value("A new number.")
    assert reason(fresh) == "A merger in May."
    notice.get_by_role("button", name="Keep my reason").click()
    expect(notice).to_have_count(0)
    expect(state(mine, "calls")).to_contain_text("Saved at")
    assert reason(fresh) == "A new number."
    explain(mine, "x" * 1100)
    expect(mine.locator("[data-question=calls] [data-save-state]")).to_contain_text("1100 characters")
    expect(mine.locator("#q-calls-reason")).to_have_value("x" * 1100)
    assert reason(fresh) == "A new number."
    explain(mine, "A new number.")
    expect(state(mine, "calls")).to_contain_text("Saved at")
    type_in(mine, "calls", "4000")
    expect(mine.locator("#q-calls-doubt")).to_contain_text("Given for an earlier answer")
    hers.reload()
    type_in(hers, "calls", "1100")  # hardly more than last year: there is nothing to explain any more
    expect(state(hers, "calls")).to_contain_text("Saved at")
    explain(mine, "Another merger.")
    expect(state(mine, "calls")).to_contain_text("What you wrote is kept in its history.")
    expect(mine.locator("#q-calls-doubt")).to_have_count(0)
    other.close()


def test_parts_of_two_people_come_together_with_their_total(
    browser: Browser,
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    mine = theme(context, "rest")
    other = context_of(browser, fresh, "contributor")
    hers = theme(other, "rest")
    type_in(hers, "channels", "60")
    expect(state(hers, "channels")).to_contain_text("Saved at")
    mine.fill("#q-channels-mail", "40")
    mine.press("#q-channels-mail", "Tab")
    expect(state(mine, "channels")).to_contain_text("Saved at")
    expect(mine.locator("#q-channels")).to_have_value("60")
    expect(mine.locator("[data-percent-total] output")).to_have_text("100")
    type_in(hers, "channels", "55")  # she has not seen the 40, and it stays
    expect(hers.locator("#q-channels-mail")).to_have_value("40")
    expect(mine.locator("[data-conflict]")).to_have_count(0)
    type_in(mine, "channels", "70")
    notice = mine.locator("[data-question=channels] [data-conflict]")
    expect(notice).to_contain_text("55")
    notice.get_by_role("button", name="Keep my answer").click()
    expect(state(mine, "channels")).to_contain_text("Saved at")
    assert fresh.stored("channels") == {"phone": "70", "mail": "40"}
    other.close()


def test_a_click_is_not_lost_when_leaving_a_field_moves_the_page(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    """The doubt about what was typed waits until one leaves the field, which pressing the button does."""
    page = theme(context)
    page.evaluate(NO_ANCHORING)
    page.locator("#q-calls").press_sequentially("9000")
    expect(state(page, "calls")).to_contain_text("Saved at")
    button = page.locator("[data-question=outsources] [data-take]")
    button.evaluate("one => one.scrollIntoView({block: 'center'})")  # the bar at the bottom would cover it
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(200)
    page.mouse.up()
    expect(page.locator("#q-outsources")).to_be_checked()
    expect(page.locator("#q-calls-doubt")).to_be_visible()
    assert fresh.stored("outsources") == "yes"


def test_a_click_is_not_lost_when_the_answer_of_the_server_comes_while_the_button_is_down(
    context: BrowserContext,  # noqa: F811
    fresh: AnsweringPortal,  # noqa: F811
) -> None:
    """Pressing the button leaves the field, which sends what was typed; the doubt that comes back stands above it."""
    page = theme(context)
    page.evaluate(NO_ANCHORING)
    page.evaluate(HOLD_ANSWERS)
    page.locator("#q-calls").press_sequentially("9000")
    button = page.locator("[data-question=outsources] [data-take]")
    button.evaluate("one => one.scrollIntoView({block: 'center'})")
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate("letGo()")
    expect(state(page, "calls")).to_contain_text("Saved at")
    assert button.bounding_box() == box, "what is under the pointer stays there"
    page.mouse.up()
    expect(page.locator("#q-outsources")).to_be_checked()
    expect(page.locator("#q-calls-doubt")).to_be_visible()
    expect(state(page, "outsources")).to_contain_text("Saved at")
    assert (fresh.stored("calls"), fresh.stored("outsources")) == ("9000", "yes")
