"""Which sites many people visit, as the review service tells it to who changes lists."""

from pathlib import Path

import pytest

from console.cli.workplace import workplace
from console.lists.visited import most_visited
from policy.errors import ConfigurationError, DatabaseAway


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def test_beside_sqlite_it_is_looked_up_here() -> None:
    assert list(most_visited(workplace())) == []


def test_on_postgresql_it_has_to_be_said_where_the_service_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://lists@127.0.0.1:1/log")
    with pytest.raises(ConfigurationError, match=r"review\.socket"):
        most_visited(workplace())


def test_a_service_that_is_away_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A change of lists then waits: what would block a much visited site must not pass unseen."""
    monkeypatch.setenv("SLUICEGATE_REVIEW__SOCKET", str(tmp_path / "review.sock"))
    with pytest.raises(DatabaseAway, match="the review service does not answer"):
        most_visited(workplace())
