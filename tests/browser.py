"""Debian's Chromium, headless, for the tests that look at what a person sees."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


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
