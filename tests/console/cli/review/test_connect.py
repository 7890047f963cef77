"""How commands reach the service: by what the settings say, and never by guessing."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli.review.connect import review
from console.review.http.server import tls_listener, unix_listener
from policy.errors import ConfigurationError, DatabaseAway
from policy.words import ReviewerRole
from tests.console.review.serving import People, serving
from tests.journeys.harness.certificates import OriginAuthority

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return lambda key, value: monkeypatch.setenv(f"SLUICEGATE_{key}", str(value))


def test_beside_sqlite_it_is_this_process_and_this_account() -> None:
    found = review().who()
    assert (found.login, found.roles) == (ME, frozenset({ReviewerRole.IT}))


def test_a_service_that_runs_beside_it_is_asked_instead(tmp_path: Path) -> None:
    (tmp_path / "state" / "run").mkdir(parents=True, mode=0o700)
    with serving([unix_listener(tmp_path / "state" / "run" / "review.sock")], People(ME)):
        assert review().who().roles == frozenset()


def test_the_socket_that_is_named_is_asked(tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    setting("REVIEW__SOCKET", tmp_path / "named.sock")
    setting("DATABASE__URL", "postgresql://nobody@127.0.0.1:1/log")
    with pytest.raises(DatabaseAway, match=r"named\.sock"):
        review().who()
    with serving([unix_listener(tmp_path / "named.sock")], People(ME)):
        assert review().who().login == ME


def test_where_accounts_are_not_people_a_ticket_goes_with_each_question(
    tmp_path: Path, setting: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting("REVIEW__SOCKET", tmp_path / "named.sock")
    setting("REVIEW__KNOWN_BY", "database")
    setting("DATABASE__URL", "postgresql://nobody@127.0.0.1:1/log")
    with serving([unix_listener(tmp_path / "named.sock")], People(ME)), pytest.raises(DatabaseAway):
        review().who()  # the database, which would give one


def test_an_address_goes_before_the_socket(
    tmp_path: Path, setting: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.console.review.serving import Tickets

    authority, tickets = OriginAuthority(tmp_path), Tickets()
    pem = authority.issue("localhost")
    listener = tls_listener("127.0.0.1:0", pem, pem)
    setting("REVIEW__ADDRESS", f"https://localhost:{listener.socket.getsockname()[1]}")
    setting("REVIEW__CA_FILE", authority.ca_file)
    setting("REVIEW__SOCKET", tmp_path / "nowhere.sock")
    monkeypatch.setattr("console.cli.review.connect.ask_ticket", lambda _engine: tickets.give("rita"))
    with serving([listener], People("rita"), tickets):
        assert review().who().login == "rita"


def test_on_postgresql_without_a_word_where_it_is_nothing_is_guessed(
    setting: Callable[[str, object], None],
) -> None:
    setting("DATABASE__URL", "postgresql://rita@db.test/log")
    with pytest.raises(ConfigurationError, match=r"review\.socket says where"):
        review()
