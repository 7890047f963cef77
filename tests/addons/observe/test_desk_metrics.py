"""What the desk says, as metrics: nothing invented, nothing that came from outside."""

from dataclasses import replace
from datetime import timedelta

from prometheus_client.exposition import generate_latest

from addons.observe.desk_metrics import families
from addons.observe.pages import registry_of
from addons.server.status import DeskFile
from tests.addons.observe.reading import value
from tests.addons.observe.samples import DESK, NOW


def page(desk: DeskFile | None) -> str:
    return generate_latest(registry_of(families(desk, NOW))).decode()


def test_a_desk_in_order_shows_all_of_it() -> None:
    text = page(DESK)
    for name, expected in {
        "desk_up": 1,
        "desk_database_up": 1,
        "messages_waiting": 3,
        "messages_oldest_seconds": 300,
        "messages_given_up": 1,
    }.items():
        assert value(text, f"sluicegate_{name}") == expected, name
    assert value(text, "sluicegate_desk_answers_total", question="check-password", answer="known") == 40
    assert value(text, "sluicegate_messages_sent_total", channel="webhook") == 4
    assert value(text, "sluicegate_messages_not_sent_total", channel="mail") == 2


def test_where_there_is_no_desk_it_is_not_up_and_nothing_else_is_said() -> None:
    text = page(None)
    assert value(text, "sluicegate_desk_up") == 0
    assert "desk_answers" not in text
    assert "messages" not in text


def test_nothing_waits_for_no_time() -> None:
    assert (
        value(page(replace(DESK, waiting=0, waiting_since=None)), "sluicegate_messages_oldest_seconds") == 0
    )
    ahead = (NOW + timedelta(hours=1)).isoformat()
    assert value(page(replace(DESK, waiting_since=ahead)), "sluicegate_messages_oldest_seconds") == 0


def test_a_word_that_is_none_of_ours_is_no_label() -> None:
    text = page(replace(DESK, answers={"jane@example.org:Known!": 2, "x" * 60: 1}))
    assert "jane" not in text
    assert value(text, "sluicegate_desk_answers_total", question="other", answer="other") == 3
