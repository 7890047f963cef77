"""Where the commands find the review service."""

import os
import pwd
from pathlib import Path

import pytest

from console.cli.review import connect
from console.review.http.server import unix_listener
from policy.errors import ConfigurationError, DatabaseAway
from policy.words import ReviewerRole
from tests.console.review.serving import People, serving, socket_of

ME = pwd.getpwuid(os.getuid()).pw_name


def test_beside_sqlite_without_a_service_the_command_is_it_itself() -> None:
    who = connect.review().who()
    assert who.login == ME
    assert who.roles == {ReviewerRole.IT}


def test_a_service_that_listens_on_this_machine_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = socket_of(tmp_path)
    monkeypatch.setenv("SLUICEGATE_REVIEW__SOCKET", str(path))
    people = People(ME)
    with serving([unix_listener(path)], people):
        assert connect.review().who().login == ME
    assert people.seen


def test_a_service_that_is_set_and_not_there_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log beside it is not read instead."""
    monkeypatch.setenv("SLUICEGATE_REVIEW__SOCKET", str(tmp_path / "review.sock"))
    with pytest.raises(DatabaseAway):
        connect.review().who()


def test_an_address_elsewhere_goes_before_a_socket_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = socket_of(tmp_path)
    monkeypatch.setenv("SLUICEGATE_REVIEW__SOCKET", str(path))
    monkeypatch.setenv("SLUICEGATE_REVIEW__ADDRESS", "https://127.0.0.1:9")
    people = People(ME)
    with serving([unix_listener(path)], people), pytest.raises((ConfigurationError, DatabaseAway)):
        connect.review().who()  # a ticket of the database says who asks, and SQLite gives none
    assert not people.seen


def test_on_postgresql_without_a_service_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://nobody@127.0.0.1:9/nothing")
    with pytest.raises(ConfigurationError, match=r"review\.socket"):
        connect.review()
