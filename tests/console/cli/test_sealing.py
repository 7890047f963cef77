"""`sluicegate sealing`, from a new key to what two holders read, and what each of them is told otherwise."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.cli.review import connect
from console.evidence.keys import VerifyKey
from console.review.answers import PublicKey
from console.review.sealed import Sealed
from console.sealing.shares import make_shares
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from tests.console.cli.conftest import Cli
from tests.console.evidence.reviews import parts
from tests.console.evidence.samples import KEY, OTHER_KEY
from tests.console.review.test_sealed import OLGA, OTHER, SINCE, SITE, UNTIL, privileged
from tests.db.conftest import Database, sqlite
from tests.db.review.reviewing import RITA, enter_people, grant, ship

__all__ = ["sqlite"]

HOLDERS = ("--holder", "Data Protection Officer", "--holder", "Risk Owner", "--holder", "the safe")


@pytest.fixture
def shares(cli: Cli) -> list[Path]:
    """The sheets of a new key."""
    assert cli("sealing", "make-key", "--to", "shares", *HOLDERS).code == 0
    return sorted(Path("shares").iterdir())


def public_key(cli: Cli, shares: list[Path]) -> str:
    return cli("sealing", "check-shares", "--share", shares[0], "--share", shares[2]).out.strip()


@dataclass
class Service:
    """The service, asked by one person after another."""

    database: Database
    reviewer: Reviewer = RITA

    @property
    def sealed(self) -> Sealed:
        return Sealed(parts(self.database.engine), self.reviewer)

    @property
    def evidence(self) -> "Service":
        return self

    def key(self) -> PublicKey:
        public: VerifyKey = KEY.public
        return PublicKey(public.raw.hex(), public.fingerprint)


@pytest.fixture
def service(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> Service:
    enter_people(sqlite.engine)
    made = Service(sqlite)
    monkeypatch.setattr(connect, "review", lambda: made)
    return made


@pytest.fixture
def authority(service: Service, cli: Cli, shares: list[Path]) -> Iterator[Authority]:
    key = public_key(cli, shares)
    ship(service.database, [privileged("alice", key), privileged(OTHER, key)])
    yield grant(service.database.engine, people=("alice",), sealed=True, since=SINCE, until=UNTIL)


def test_a_new_key_goes_into_the_policy_and_its_shares_to_three_holders(cli: Cli, shares: list[Path]) -> None:
    sheets = [share.read_text() for share in shares]
    assert [share.stat().st_mode & 0o077 for share in shares] == [0, 0, 0]
    assert ["Held by: Risk Owner" in sheet for sheet in sheets] == [False, True, False]
    key = public_key(cli, shares)
    assert all(key in sheet for sheet in sheets)
    right = ("sealing", "check-shares", "--share", shares[0], "--share", shares[1], "--public-key")
    assert cli(*right, key).code == 0
    assert cli(*right, "00" * 32).code == 1
    assert cli("sealing", "make-key", "--to", "shares", *HOLDERS).code == 1


def test_from_asking_to_opening(cli: Cli, service: Service, shares: list[Path], authority: Authority) -> None:
    asked = json.loads(cli("sealing", "request", authority.id, "--because", "where it went", "--json").out)
    assert cli("sealing", "take", asked["id"], "--output", "sealed.zip").code == 1
    service.reviewer = OLGA
    assert "granted by olga" in cli("sealing", "agree", asked["id"], "--because", "nothing less shows it").out
    service.reviewer = RITA
    assert "granted by olga" in cli("sealing", "list").out
    took = cli("sealing", "take", asked["id"], "--output", "sealed.zip")
    assert (took.code, "2 sealed parts" in took.out) == (0, True)
    assert Path("sealed.zip").stat().st_mode & 0o077 == 0
    Path("service.pem").write_bytes(KEY.public.pem)
    Path("another.pem").write_bytes(OTHER_KEY.public.pem)
    signed_by = ("sealing", "open", "sealed.zip", "--share", shares[0], "--share", shares[2], "--key")
    assert cli(*signed_by, "another.pem").code == 1, "whoever forges it signs it too"
    opening = (*signed_by, "service.pem")
    opened = cli(*opening)
    assert opened.code == 0
    assert SITE in opened.out
    assert OTHER not in opened.out + opened.err
    assert "1 are not within the authority" in opened.err
    (row,) = map(json.loads, cli(*opening, "--json").out.splitlines())
    assert (row["person"], row["host"]) == ("alice", SITE)


def test_shares_of_another_key_open_nothing(
    cli: Cli, service: Service, authority: Authority, tmp_path: Path
) -> None:
    asked = json.loads(cli("sealing", "request", authority.id, "--because", "where it went", "--json").out)
    service.reviewer = OLGA
    cli("sealing", "agree", asked["id"], "--because", "nothing less shows it")
    service.reviewer = RITA
    cli("sealing", "take", asked["id"], "--output", "sealed.zip")
    files = [tmp_path / "first", tmp_path / "second"]
    for file, share in zip(files, make_shares().shares, strict=False):
        file.write_text(share)
    Path("service.pem").write_bytes(KEY.public.pem)
    ran = cli(
        "sealing", "open", "sealed.zip", "--share", files[0], "--share", files[1], "--key", "service.pem"
    )
    assert (ran.code, "alice" in ran.out) == (1, False)
    assert "2 are sealed to another key" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("make-key", "--to", "x", "--holder", "A", "--holder", "B"), 2, id="two-holders"),
        pytest.param(("make-key", "--to", "x", *("--holder", "A") * 3), 2, id="one-holder-three-times"),
        pytest.param(("check-shares",), 3, id="nobody-to-type-them-in"),
        pytest.param(("check-shares", "--share", "nowhere"), 2, id="one-share"),
        pytest.param(("check-shares", "--share", "nowhere", "--share", "nowhere"), 3, id="no-such-file"),
        pytest.param(("open", "nowhere.zip"), 2, id="no-key-of-the-service"),
        pytest.param(("open", "nowhere.zip", "--key", "nowhere.pem"), 1, id="no-such-key"),
    ],
)
def test_what_cannot_be_done_is_one_line(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    ran = cli("sealing", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
