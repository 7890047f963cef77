"""Two people at one machine: with SQLite they are two accounts of the operating system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def somebody_else(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, commands are another account's."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 12345)
        yield
