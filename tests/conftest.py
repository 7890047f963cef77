"""What all tests share."""

import os
import signal
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / ".data"


def pytest_configure() -> None:
    """
    Let Ctrl-C be heard, by us and by every program that the tests start.

    Whoever starts a run in the background has it ignored, and what is ignored is inherited.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """
    The folder with the public lists, URLs and vectors.

    Without it a developer's run skips, and says how to get it; a run in CI fails, since a skipped proof
    is none.
    """
    if not (DATA / "vectors" / ".complete").is_file():
        why = f"the real data is not unpacked in {DATA.name}/ (see CONTRIBUTING.md)"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return DATA
