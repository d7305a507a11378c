"""One person with a browser of their own, who looks at each page with our three demands in mind.

`look` notes what is wrong: an accessibility violation (axe), a page wider than a phone or a desk, a script that failed,
something that the content security policy refused. With LONG_TESTS=1 it also leaves a picture at both widths, which
takes as long as everything else together.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Response

WIDTHS = (1280, 390)
HEIGHT = 900
SECONDS = 60_000  # milliseconds: two busy cores may take their time


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong. Nothing else leaves the browser: what it finds right is a hundred times as much."""
    page.evaluate(AXE_SCRIPT)
    run = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"
    return page.evaluate(run)  # type: ignore[no-any-return]


@dataclass
class Visitor:
    """A page with what was noted on the way."""

    page: Page
    address: str
    pictures: Path
    faults: list[str] = field(default_factory=list)
    looks: int = 0

    def open(self, path: str) -> Response | None:
        """Go to an address of the portal."""
        return self.page.goto(self.address + path)

    def sign_in(self, email: str, password: str) -> None:
        """Through the form, as everybody."""
        self.open("/sign-in/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("form[method=post] button.button[type=submit]")
        self.page.wait_for_url(lambda url: not url.partition("?")[0].endswith("/sign-in/"))
        if "/second-step/" in self.page.url:
            self.take_second_step()

    def take_second_step(self) -> None:
        """Type the code that a demonstration shows; each works once, so that a second visit waits for the next."""
        for _attempt in range(40):
            self.page.fill("input[name=code]", self.page.inner_text("[data-demo-code]"))
            self.page.click("form:has(input[name=code]) button[type=submit]")
            self.page.wait_for_load_state()
            if "/second-step/" not in self.page.url:
                return
            self.page.wait_for_timeout(1000)

    def look(self, name: str) -> None:
        """Checks of the page as it is, and pictures when there is time."""
        self.looks += 1
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            if os.environ.get("LONG_TESTS"):
                self.page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                self.faults.append(f"{name} at {width}: {wide} pixels too wide")
        for violation in violations(self.page):  # as on a phone, where most is on the page
            targets = [" ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
            self.faults.append(f"{name}: {violation['id']} at {targets}")
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})


@contextmanager
def visitor(browser: Browser, address: str, pictures: Path) -> Iterator[Visitor]:
    """A new person with cookies of their own, who reads Dutch."""
    context = browser.new_context(
        locale="nl-NL", viewport={"width": WIDTHS[0], "height": HEIGHT}, accept_downloads=True
    )
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    one = Visitor(page, address, pictures)
    page.on("pageerror", lambda error: one.faults.append(f"script error at {page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            one.faults.append(f"refused at {page.url}: {message.text}")
            if "Content Security Policy" in message.text
            else None
        ),
    )
    page.on(
        "response",
        lambda response: one.faults.append(f"{response.status} at {response.url}") if response.status >= 500 else None,
    )
    try:
        yield one
    finally:
        context.close()
