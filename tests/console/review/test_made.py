"""The service, made of the settings: it says at once what keeps it from answering."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from console.review.made import make_service
from console.review.settings import ReviewSettings
from db.settings import DatabaseSettings
from policy.document import SHIPPED, read_policy
from policy.errors import ConfigurationError, DatabaseAway, ReviewRefused
from tests.console.review.office import Office
from tests.postgres import PostgresServer

POLICY = read_policy(SHIPPED)


def made(url: str, folder: Path) -> object:
    return make_service(ReviewSettings(), DatabaseSettings(url=SecretStr(url)), folder, POLICY)


def test_an_empty_folder_gets_its_database(tmp_path: Path) -> None:
    made_there = make_service(ReviewSettings(), DatabaseSettings(), tmp_path, POLICY)
    with pytest.raises(ReviewRefused, match="not in the register"):
        made_there.service.by_login("somebody")
    assert (tmp_path / "sluicegate.sqlite").exists()


def test_a_database_that_is_away_is_away(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway):
        made("postgresql://review@127.0.0.1:1/log", tmp_path)


def test_a_database_without_our_tables_is_a_mistake_in_the_settings(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with postgres.database() as name, pytest.raises(ConfigurationError, match="db upgrade"):
        made(postgres.url(name), tmp_path)


def test_a_ticket_that_is_none_is_refused(shared: Office) -> None:
    for ticket in ("", "0" * 64, "' OR true --", "x" * 10_000):
        with pytest.raises(ReviewRefused, match="the ticket is not good"):
            shared.made.redeem(ticket)


def test_the_key_that_exports_are_signed_by_is_made_when_it_is_first_asked_for(tmp_path: Path) -> None:
    settings = ReviewSettings(key_folder=tmp_path / "keys")
    (tmp_path / "keys").mkdir(mode=0o700)
    parts = make_service(settings, DatabaseSettings(), tmp_path, POLICY).parts
    assert not list((tmp_path / "keys").iterdir())
    assert parts.signing_key().public == parts.signing_key().public
    assert list((tmp_path / "keys").iterdir())
