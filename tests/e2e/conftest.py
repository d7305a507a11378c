"""A browser on the live portal; skipped, visibly, where there is no browser, but never with CI=true."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.machine import RUN
from tests.e2e.live import PLAIN_HOST, AnsweringPortal, answering_portal, leave


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """Debian's Chromium. Per file, and no file with it uses Django's connections: Playwright's loop must not run while
    tests do.
    """
    with sync_playwright() as playwright:
        # A name of this machine that browsers do not trust without TLS, as they do trust 127.0.0.1.
        named = f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1"
        arguments = ["--no-sandbox", "--disable-gpu", named]
        opened = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """With nobody in it: each person has a context of their own, and none of them stays."""
    yield chromium
    for context in chromium.contexts:
        leave(context)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringPortal]:
    """The small portal; answering and signing in share it."""
    parts = ("answering", os.environ.get("TEST_DATABASE_SUFFIX", ""), os.environ.get("PYTEST_XDIST_WORKER", ""))
    with answering_portal(tmp_path_factory.mktemp("answering"), "_".join(part for part in parts if part)) as running:
        yield running


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures are left for looking at."""
    folder = RUN / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
