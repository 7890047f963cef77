"""Authorised shared use: of one login or one device, on somebody's authority, and never changed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import writing
from db.shared_use import SharedUse, SharedUseStore
from policy.errors import RegisterRefused
from tests.db.exemptions import me

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(engine: Engine) -> SharedUseStore:
    return SharedUseStore(engine)


def record(store: SharedUseStore, **given: object) -> SharedUse:
    columns: dict[str, object] = {
        "person": "jane",
        "reference": "EM/17",
        "because": "the duty officer was taken ill",
        "start": NOW - HOUR,
        "until": NOW + HOUR,
        **given,
    }
    return store.record("", **columns)  # type: ignore[arg-type]  # each of its own type


def test_a_shared_use_is_kept_with_who_recorded_it(store: SharedUseStore, engine: Engine) -> None:
    one = record(store)
    other = record(store, person=None, device="kiosk", until=NOW - HOUR / 2)
    assert (one.person, one.device, one.reference, one.by) == ("jane", None, "EM/17", me(engine))
    assert store.shared_uses() == [one]
    assert store.shared_uses(everything=True) == [other, one]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"person": None}, id="of-nobody"),
        pytest.param({"device": "kiosk"}, id="of-two"),
        pytest.param({"reference": " "}, id="on-nobodys-authority"),
        pytest.param({"because": ""}, id="without-a-reason"),
        pytest.param({"until": NOW - 2 * HOUR}, id="over-before-it-begins"),
        pytest.param({"person": "a\0b"}, id="a-login-that-cannot-be"),
    ],
)
def test_what_says_too_little_is_refused(store: SharedUseStore, given: dict[str, object]) -> None:
    with pytest.raises(RegisterRefused):
        record(store, **given)
    assert store.shared_uses(everything=True) == []


@pytest.mark.parametrize("statement", ["UPDATE shared_use SET person = 'bob'", "DELETE FROM shared_use"])
def test_the_database_itself_keeps_it(store: SharedUseStore, engine: Engine, statement: str) -> None:
    record(store)
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))
