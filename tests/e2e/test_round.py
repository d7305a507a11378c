"""A whole round in the browser: from a new round to a published report, with a real worker."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmark.demo.people import FIRST, PASSWORD
from scripts.live_portal import LivePortal
from tests.e2e.short_round import write_files
from tests.e2e.visitor import SECONDS, Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROUND = "short-2026"
TYPED = {"calls": "52.000", "talk": "4.117,5"}


def test_round_from_draft_to_published_report(
    live_portal: LivePortal, browser: Browser, screenshots: Path, tmp_path: Path
) -> None:
    questionnaire, indicators, answers = write_files(tmp_path, without=FIRST)
    live_portal.manage("load_questionnaire", str(questionnaire))
    live_portal.manage("load_indicators", str(indicators))
    faults: list[str] = []
    with (
        visitor(browser, live_portal.address, screenshots) as researcher,
        visitor(browser, live_portal.address, screenshots) as publisher,
        visitor(browser, live_portal.address, screenshots) as coordinator,
        visitor(browser, live_portal.address, screenshots) as reader,
    ):
        researcher.sign_in("researcher@example.org", PASSWORD)
        publisher.sign_in("publisher@example.org", PASSWORD)
        coordinator.sign_in("coordinator@example.org", PASSWORD)
        create_and_open(researcher)
        live_portal.manage("import_submissions", ROUND, str(answers), "--by", "researcher@example.org")
        answer_and_submit(coordinator)
        close_to_review(researcher)
        publish(publisher)
        see_own_result(coordinator)
        download_report(coordinator)
        see_overview(reader)
        for person in (researcher, publisher, coordinator, reader):
            faults += person.faults
    assert faults == []


def create_and_open(staff: Visitor) -> None:
    page = staff.page
    staff.open("/staff/rounds/new/")
    staff.look("01-round-create")
    fields = {"title_nl": "Korte ronde 2026", "title_en": "Short round 2026", "code": ROUND, "reference_period": "2026"}
    for name, text in fields.items():
        page.fill(f"[name={name}]", text)
    page.select_option("select[name=version]", label=next(o for o in options(staff) if o.startswith("short")))
    page.click("main form button.button[type=submit]")
    page.wait_for_url(f"**/staff/rounds/{ROUND}/")
    staff.look("02-round-draft")
    step(staff, "open")


def options(staff: Visitor) -> list[str]:
    return [text.strip() for text in staff.page.locator("select[name=version] option").all_inner_texts()]


def step(staff: Visitor, action: str) -> None:
    """Press the button of a step, and say yes where it asks."""
    page = staff.page
    form = f"form[action$='/staff/rounds/{ROUND}/step/{action}/']"
    tick = page.locator(f"{form} input[name=confirm]")
    if tick.count():
        tick.check()
    page.click(f"{form} button[type=submit]")
    if page.url.endswith(f"/step/{action}/"):
        staff.look(f"step-{action}")
        page.check("input[name=confirm]")
        page.click("main form button[type=submit]")
    page.wait_for_load_state()
    if "/account/confirm/" in page.url:  # on a slow machine signing in was a while ago
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button[type=submit]")
        page.wait_for_load_state()
        step(staff, action)


def answer_and_submit(person: Visitor) -> None:
    page = person.page
    person.open("/my/rounds/")
    person.look("03-my-rounds")
    person.open(f"/my/rounds/{ROUND}/")
    person.look("04-hub")
    person.open(f"/my/rounds/{ROUND}/work/")
    for code, text in TYPED.items():
        page.fill(f"#q-{code}", text)
        page.press(f"#q-{code}", "Tab")
        page.wait_for_selector(f"[data-question={code}] .save-state[data-state=saved]")
    page.reload()
    for code, text in TYPED.items():
        expect(page.locator(f"#q-{code}")).to_have_value(text)
    person.look("05-theme")
    page.click("button[name=go][value=next]")
    page.wait_for_url(f"**/my/rounds/{ROUND}/chain/**")
    page.check("[data-question=owner] input[value=theirs]")
    page.fill("#q-satisfaction", "7,4")
    page.click("button[name=go][value=next]")
    page.wait_for_url(f"**/my/rounds/{ROUND}/review/**")
    person.look("06-review")
    page.check("input[name=confirm]")
    page.click(f"button[formaction$='/my/rounds/{ROUND}/submit/']")
    page.wait_for_url(f"**/my/rounds/{ROUND}/receipt/**")
    person.look("07-receipt")


def close_to_review(staff: Visitor) -> None:
    page = staff.page
    staff.open(f"/staff/rounds/{ROUND}/")
    staff.look("08-round-open")
    step(staff, "close")
    for action in ("freeze", "compute"):
        step(staff, action)
        page.wait_for_url("**/staff/jobs/**")
        expect(page.locator("#job")).to_be_visible()
        page.wait_for_selector("#job .notice", timeout=SECONDS)
        expect(page.locator("#job .notice-good")).to_be_visible()
        staff.look(f"09-job-{action}")
        page.click("#job .notice-good a.button")
        page.wait_for_url(f"**/staff/rounds/{ROUND}/")
    staff.look("10-round-computed")
    staff.open(f"/staff/rounds/{ROUND}/editions/1/")
    staff.look("11-release")
    step(staff, "review")


def publish(staff: Visitor) -> None:
    staff.open(f"/staff/rounds/{ROUND}/editions/1/")
    staff.look("12-release-reviewed")
    step(staff, "publish")
    staff.open(f"/staff/rounds/{ROUND}/")
    staff.look("13-round-published")


def see_own_result(person: Visitor) -> None:
    person.open("/my/results/")
    person.look("14-my-results")
    person.open(f"/my/results/{ROUND}/")
    person.look("15-my-result-round")
    expect(person.page.locator("main")).to_contain_text("285")  # 4,117.5 hours over 52,000 calls
    person.open(f"/my/results/{ROUND}/aht/")
    person.look("16-my-result-kpi")


def download_report(person: Visitor) -> None:
    page = person.page
    person.open("/my/reports/")
    person.look("17-my-reports")
    page.locator(f"form:has(input[value='{ROUND}']):has(input[name=language][value=nl]) button").click()
    page.wait_for_url("**/my/jobs/**")
    page.wait_for_selector("#job .notice", timeout=SECONDS)
    expect(page.locator("#job .notice-good")).to_be_visible()
    page.click("#job .notice-good a.button")
    page.wait_for_url("**/my/reports/")
    with page.expect_download() as download:
        page.locator("section:has(h2:text('Korte ronde 2026')) a.download").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    person.look("18-my-reports-ready")


def see_overview(reader: Visitor) -> None:
    page = reader.page
    for name, path in (("19-home", "/"), ("20-overview", f"/rounds/{ROUND}/"), ("21-kpi", f"/rounds/{ROUND}/aht/")):
        answer = reader.open(path)
        assert answer is not None
        assert answer.status == 200
        reader.look(name)
    reader.open(f"/rounds/{ROUND}/")
    expect(page.locator("main")).to_contain_text("Gemiddelde gesprekstijd")
    table = page.request.get(f"{reader.address}/rounds/{ROUND}/aht.csv")
    assert table.ok
    assert "aht" in table.text()
    assert page.request.get(f"{reader.address}/api/v1/rounds/{ROUND}/").ok
