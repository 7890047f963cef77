"""Tickets: good once, for a minute, for the login that took them."""

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.review.tickets import ask_ticket, redeem_ticket
from policy.errors import ConfigurationError
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming_login
from tests.db.review.reviewing import bounded

__all__ = ["becoming_login", "bounded"]


def test_a_ticket_says_once_whose_it_is(bounded: Engine, becoming_login: Becoming) -> None:
    with becoming_login("rita", "sluicegate_reviewer") as engine:
        first, second = ask_ticket(engine), ask_ticket(engine)
    assert first != second
    assert redeem_ticket(bounded, first) == "rita"
    assert redeem_ticket(bounded, first) is None
    assert redeem_ticket(bounded, second) == "rita"


def test_a_ticket_is_over_after_a_minute(
    postgresql: Database, bounded: Engine, becoming_login: Becoming
) -> None:
    with becoming_login("rita", "sluicegate_reviewer") as engine:
        ticket = ask_ticket(engine)
        with writing(postgresql.engine) as connection:
            connection.execute(text("ALTER TABLE review_ticket DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE review_ticket SET until = until - interval '60 seconds'"))
            connection.execute(text("ALTER TABLE review_ticket ENABLE TRIGGER USER"))
        assert redeem_ticket(bounded, ticket) is None
        with writing(postgresql.engine) as connection:
            connection.execute(text("ALTER TABLE review_ticket DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE review_ticket SET until = until - interval '1 day'"))
            connection.execute(text("ALTER TABLE review_ticket ENABLE TRIGGER USER"))
        ask_ticket(engine)
    with postgresql.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM review_ticket")) == 1, "old ones go"


@pytest.mark.parametrize("ticket", ["", "x", "0" * 64, "0" * 10_000, "é" * 64, "x' OR true --"])
def test_what_is_no_ticket_is_nobodys(bounded: Engine, ticket: str) -> None:
    assert redeem_ticket(bounded, ticket) is None


def test_the_database_keeps_no_ticket(
    postgresql: Database, bounded: Engine, becoming_login: Becoming
) -> None:
    with becoming_login("rita", "sluicegate_reviewer") as engine:
        ticket = ask_ticket(engine)
    with postgresql.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT r::text FROM review_ticket r"))
    assert ticket not in str(row)


def test_who_has_no_role_that_asks_gets_none(bounded: Engine) -> None:
    with pytest.raises(ConfigurationError, match="permission denied"):
        ask_ticket(bounded)


def test_sqlite_has_no_tickets(sqlite: Database) -> None:
    with pytest.raises(ConfigurationError, match="no logins"):
        ask_ticket(sqlite.engine)
    with pytest.raises(ConfigurationError, match="no logins"):
        redeem_ticket(sqlite.engine, "x")
