"""Debian's Chromium, headless, for the tests that look at what a person sees."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# WCAG 2.2 AA, and what axe-core calls good practice.
AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # told in full; of the others one example, which is much less to carry
}


def chromium_path() -> str:
    """Where Chromium is; under CI its absence is a failure, elsewhere a reason to skip."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed; .ci/run installs it")
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return path


@contextmanager
def chromium(*arguments: str, path: str | None = None) -> Iterator[Browser]:
    """A running browser, with more command-line arguments if any; `path` is what starts it, if not itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path or chromium_path(), args=[*ARGUMENTS, *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()


def keep_picture(page: Page, name: str) -> None:
    """Put a picture of the whole page into the folder `SLUICEGATE_TEST_SCREENSHOTS`, if it is set."""
    folder = os.environ.get("SLUICEGATE_TEST_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
