"""The outbox: nothing is lost, nothing is two desks' at a time, and nothing that was sent is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.outbox import Backlog, Outbox, Outgoing

NOW = datetime.now(UTC)
LEASE = timedelta(minutes=1)
MAIL = Outgoing("mail", {"to": "desk@example.org", "text": "Something got through."})


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(engine: Engine, clock: Clock) -> Outbox:
    return Outbox(engine, now=clock)


def contents(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.scalars(text("SELECT content FROM outbox")))


def test_a_message_is_taken_with_what_it_says_once_at_a_time(outbox: Outbox, clock: Clock) -> None:
    identifier = outbox.put(MAIL, about="K7QF2M9T")
    ((taken, content),) = outbox.take("mail", 10, LEASE)
    assert (taken.id, taken.channel, taken.about, taken.tries) == (identifier, "mail", "K7QF2M9T", 1)
    assert content == MAIL.content
    assert "desk@example.org" not in repr(taken)
    assert outbox.take("mail", 10, LEASE) == []
    clock.now = NOW + LEASE
    ((again, _),) = outbox.take("mail", 10, LEASE)
    assert again.tries == 2, "whoever had it is gone"


def test_what_was_sent_is_not_kept_and_not_sent_again(outbox: Outbox, engine: Engine, clock: Clock) -> None:
    outbox.put(MAIL)
    ((taken, _),) = outbox.take("mail", 10, LEASE)
    outbox.sent(taken.id)
    assert contents(engine) == [None]
    clock.now = NOW + timedelta(days=1)
    assert outbox.take("mail", 10, LEASE) == []
    assert outbox.backlog() == Backlog(0, None, 0)


def test_what_failed_waits_and_what_is_given_up_is_counted(
    outbox: Outbox, engine: Engine, clock: Clock
) -> None:
    outbox.put(MAIL)
    ((taken, _),) = outbox.take("mail", 10, LEASE)
    outbox.failed(taken.id, "refused", again=NOW + timedelta(hours=1))
    clock.now = NOW + LEASE
    assert outbox.take("mail", 10, LEASE) == []
    assert outbox.backlog() == Backlog(1, NOW, 0)
    clock.now = NOW + timedelta(hours=1)
    ((taken, content),) = outbox.take("mail", 10, LEASE)
    assert content == MAIL.content
    outbox.failed(taken.id, "refused", again=None)
    assert contents(engine) == [None]
    assert outbox.backlog() == Backlog(0, None, 1)
    outbox.sent(taken.id)
    assert outbox.backlog() == Backlog(0, None, 1), "who comes late changes nothing"


def test_a_channel_is_given_its_own_messages(outbox: Outbox) -> None:
    outbox.put(MAIL)
    assert outbox.take("webhook", 10, LEASE) == []
    assert len(outbox.take("mail", 10, LEASE)) == 1


def test_the_oldest_goes_first_and_no_more_than_were_asked_for(outbox: Outbox, clock: Clock) -> None:
    put = []
    for minute in range(3):
        clock.now = NOW + timedelta(minutes=minute)
        put.append(outbox.put(MAIL))
    clock.now = NOW + timedelta(minutes=5)
    assert [taken.id for taken, _ in outbox.take("mail", 2, LEASE)] == put[:2]
    assert [taken.id for taken, _ in outbox.take("mail", 2, LEASE)] == put[2:]


def test_a_message_is_put_with_what_it_tells_of_or_not_at_all(outbox: Outbox, engine: Engine) -> None:
    class BrokenOffError(Exception):
        pass

    with pytest.raises(BrokenOffError), writing(engine) as connection:
        outbox.put(MAIL, within=connection)
        raise BrokenOffError
    assert outbox.backlog() == Backlog(0, None, 0)


@pytest.mark.parametrize("text_", ["a\0b", "\ud800", "x" * (1 << 20)], ids=["nul", "half", "without-end"])
def test_what_cannot_be_kept_to_the_letter_is_refused(outbox: Outbox, text_: str) -> None:
    with pytest.raises(ValueError, match=r"NUL|character|bytes"):
        outbox.put(Outgoing("mail", {"text": text_}))
    assert outbox.backlog() == Backlog(0, None, 0)


def test_the_database_itself_keeps_nothing_of_what_was_sent(outbox: Outbox, engine: Engine) -> None:
    outbox.put(MAIL)
    with pytest.raises(DBAPIError, match="outbox_content"), writing(engine) as connection:
        connection.execute(text("UPDATE outbox SET sent_at = at"))


def test_two_desks_never_have_the_same_message(postgresql: Any) -> None:
    """PostgreSQL: while one transaction takes, another gets the rest and does not wait."""
    outbox = Outbox(postgresql.engine, now=lambda: NOW)
    first, second = outbox.put(MAIL), outbox.put(MAIL)
    with writing(postgresql.engine) as connection:
        locked = connection.scalar(text("SELECT id FROM outbox ORDER BY due, id LIMIT 1 FOR UPDATE"))
        ((taken, _),) = outbox.take("mail", 10, LEASE)
        assert {locked, taken.id} == {first, second}
