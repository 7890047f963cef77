"""Commands as they are called: arguments in; exit code, stdout and stderr out."""

import io
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.main import run_command
from console.cli.review import connect
from console.cli.workplace import workplace
from console.review.protocol import Review
from policy.review.authority import Terms
from policy.words import Purpose, ReviewerRole
from tests.console.cli.review.fake import GRANTER, ORGANISATION, World


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str


type Cli = Callable[..., Ran]
type SitDown = Callable[..., Review]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests; a state folder of the test's own, not made yet."""
    for name in list(os.environ):
        if name.startswith("SLUICEGATE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "work").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Call a command in this process."""

    def call(*arguments: object, stdin: bytes = b"") -> Ran:
        capfd.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run_command([str(argument) for argument in arguments])
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLUICEGATE_STATE_DIR", str(root))
        patch.chdir(root.parent)
        workplace().ensure_ruleset()
    return root


@pytest.fixture
def state(tmp_path: Path, _built: Path) -> Path:
    """A state folder in which the shipped lists are in force."""
    shutil.copytree(_built, tmp_path / "state", symlinks=True)
    return tmp_path / "state"


@pytest.fixture
def world() -> World:
    """What a review service in memory has to be reviewed: nothing yet."""
    return World()


@pytest.fixture
def sit_down(world: World, monkeypatch: pytest.MonkeyPatch) -> SitDown:
    """Let the commands that follow be this person's, and ask that service."""

    def sits(login: str, *roles: ReviewerRole, offices: tuple[str, ...] = ()) -> Review:
        review = world.asked_by(login, *roles, offices=offices)
        monkeypatch.setattr(connect, "review", lambda: review)
        return review

    return sits


@pytest.fixture
def authority(world: World, sit_down: SitDown) -> str:
    """One in force about alice, of the last two weeks; at the terminal is who may look within it."""
    now = datetime.now(UTC)
    terms = Terms(
        organisation=ORGANISATION,
        role=ReviewerRole.PROFESSIONAL_STANDARDS,
        matter="PSD-1",
        purpose=Purpose.BREACH,
        necessity="a complaint names this person and such sites",
        proportionality="one person and two weeks, no more than that",
        less_intrusive="the line manager asked, and it cannot be checked otherwise",
        people=("alice",),
        units=(),
        since=now - timedelta(days=14),
        until=now,
        categories=(),
        allowed_visits=True,
        sealed=False,
        days=14,
        renews=None,
    )
    asks = world.asked_by("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    one = asks.authorities.request(terms)
    world.asked_by("gerda", offices=(GRANTER,)).authorities.grant(one.id, "necessary, and no more")
    sit_down("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    return one.id
