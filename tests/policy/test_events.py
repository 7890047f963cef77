"""Identifiers that searches in journals rely on."""

import logging
import re
from pathlib import Path

import pytest

from policy.events import Event


def test_each_is_an_identifier_as_the_journal_has_them() -> None:
    assert len({event.value for event in Event}) == len(Event) == 14
    assert all(re.fullmatch(r"[0-9a-f]{32}", event.value) for event in Event)


def test_a_logger_takes_one_along(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("addons.x").error("a worker died", extra=Event.WORKER_DIED.extra)
    assert caplog.records[0].__dict__["event"] is Event.WORKER_DIED


def test_each_is_named_where_operators_look_for_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text("utf-8")
    assert [event for event in Event if f"| `{event}` |" not in page] == []
