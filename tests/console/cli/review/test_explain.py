"""`review explain`, as somebody calls it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.console.cli.conftest import Cli
from tests.console.cli.review.fake import World
from tests.reviewed import reviewed

PURPOSE = ("--purpose", "the complaint")


@pytest.fixture(autouse=True)
def decided(world: World) -> None:
    """One visit of alice's."""
    world.decisions.append(reviewed(at=datetime.now(UTC) - timedelta(days=2), reference="7XW401ZN"))


def test_a_decision_is_explained_in_full(cli: Cli, authority: str) -> None:
    ran = cli("review", "explain", authority, "7xw4-o1zn", *PURPOSE)
    assert ran.code == 0
    for wanted in ("Decision 7XW4-01ZN", "Read within:", "Judged again", "What this cannot show"):
        assert wanted in ran.out


def test_json_is_one_object(cli: Cli, authority: str) -> None:
    found = json.loads(cli("review", "explain", authority, "7XW401ZN", *PURPOSE, "--json").out)
    assert found["bounds"]["authority"] == authority
    assert (found["decision"]["reference"], found["replayed"]) == ("7XW401ZN", "same")


@pytest.mark.parametrize(("reference", "code"), [("00000000", 1), ("short", 2)])
def test_what_is_not_there_or_no_reference_is_said(
    cli: Cli, authority: str, reference: str, code: int
) -> None:
    assert cli("review", "explain", authority, reference, *PURPOSE).code == code
