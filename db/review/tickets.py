"""
Tickets: that it is they who ask, by their own database login.

Whoever asks the review service from elsewhere than its own machine logs in to PostgreSQL as themselves, and
takes a ticket that is good once, for a minute. The database keeps its hash and the login; the service learns
the login from it, and no password.
"""

from sqlalchemy import Engine, text

from db.engine import place, writing
from policy.errors import ConfigurationError

_MOST_CHARACTERS = 200


def ask_ticket(engine: Engine) -> str:
    """
    A ticket for this login.

    Raises `ConfigurationError` on SQLite, which knows no logins, or where this one has no role that may ask;
    and `DatabaseAway`.
    """
    _refuse_sqlite(engine)
    with writing(engine) as connection:
        return str(connection.scalar(text("SELECT sluicegate_review_ticket()")))


def redeem_ticket(engine: Engine, ticket: str) -> str | None:
    """
    The login that this ticket was given to; None where there is no such ticket, it is over, or was used.

    It is used by this. Raises as `ask_ticket` does.
    """
    _refuse_sqlite(engine)
    if len(ticket) > _MOST_CHARACTERS or not ticket.isascii() or not ticket.isalnum():
        return None
    with writing(engine) as connection:
        login = connection.scalar(text("SELECT sluicegate_redeem_ticket(:ticket)"), {"ticket": ticket})
    return None if login is None else str(login)


def _refuse_sqlite(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        raise ConfigurationError(
            f"{place(engine)}: SQLite has no logins to give tickets to; ask on the service's own socket"
        )
