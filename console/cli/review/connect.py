"""
How the commands reach the review service: over TLS, over its socket, or in this process.

The last only with SQLite: whoever may read its file is kept from nothing by a service, so the same core
judges and records right here. On PostgreSQL no person's login may read the log, and the service's may.
"""

import os
from pathlib import Path

from console.cli.settings import Effective, Settings, read_settings
from console.cli.state import State, state_folder
from console.review.client import over_socket, over_tls
from console.review.http.callers import account_name
from console.review.made import make_service
from console.review.protocol import Review
from db.engine import make_engine
from db.review.tickets import ask_ticket
from policy.errors import ConfigurationError


def review() -> Review:
    """
    What the person at this terminal may ask.

    Raises `Away` where the service is not there, and `ConfigurationError` where it is not said where it is.
    """
    state = state_folder()
    return review_at(state, read_settings(state))


def review_at(state: State, effective: Effective) -> Review:
    """The same from a state folder and settings that were read already. Raises as `review` does."""
    settings = effective.settings

    def ticket() -> str:
        return ask_ticket(make_engine(settings.database, state.root))

    if settings.review.address:
        return over_tls(settings.review.address, settings.review.ca_file, ticket)
    path = socket_of(settings, state)
    if settings.review.socket is not None or path.is_socket():
        return over_socket(path, ticket if settings.review.known_by == "database" else None)
    if not _is_sqlite(settings):
        raise ConfigurationError(
            "the log is read through the review service: review.socket says where it is on this machine, "
            "review.address where elsewhere (docs/review-service.md)"
        )
    state.create()
    made = make_service(
        settings.review,
        settings.database,
        state.root,
        effective.policy(),
        shared=settings.categories.shared_folder,
        mails=settings.mail.host is not None,
    )
    # No service runs here that would do it every hour: whoever asks next does.
    made.tell_due()
    return made.service.by_account(account_name(os.getuid()))


def socket_of(settings: Settings, state: State) -> Path:
    """Where the service listens on this machine."""
    return settings.review.socket or state.run / "review.sock"


def _is_sqlite(settings: Settings) -> bool:
    url = settings.database.url
    return url is None or url.get_secret_value().startswith("sqlite")
