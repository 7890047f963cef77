"""`subject-access`, as somebody calls it: one file, whole, and a word on what only a person can do."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.review import connect
from console.review.answers import PublicKey
from policy.errors import ReviewRefused
from tests.console.cli.conftest import Cli
from tests.console.evidence.samples import FILES, KEY, exported

ASK = ("subject-access", "Alice", "--because", "SAR-12")


class Service:
    """A review service that has one file to hand out, and tells what was asked."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[str, str]] = []
        self.refuses = ""

    @property
    def evidence(self) -> "Service":
        return self

    @property
    def subject(self) -> "Service":
        return self

    def key(self) -> PublicKey:
        return PublicKey(KEY.public.raw.hex(), KEY.public.fingerprint)

    def access(self, login: str, because: str) -> Iterator[bytes]:
        self.asked.append((login, because))
        if self.refuses:
            raise ReviewRefused(self.refuses)
        yield self.data


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    made = exported(tmp_path / "made", *FILES, kind="subject-access")
    service = Service(made.read_bytes())
    monkeypatch.setattr(connect, "review", lambda: service)
    return service


def test_the_file_is_whole_and_a_word_is_said(cli: Cli, service: Service, tmp_path: Path) -> None:
    done = cli(*ASK, "--output", str(tmp_path / "sar.zip"))
    assert (done.code, service.asked) == (0, [("alice", "SAR-12")])
    assert "2 decisions" in done.out
    assert "read the free texts" in done.err
    assert (tmp_path / "sar.zip").stat().st_mode & 0o777 == 0o600


def test_what_json_says_of_it(cli: Cli, service: Service, tmp_path: Path) -> None:
    said = json.loads(cli(*ASK, "--output", str(tmp_path / "sar.zip"), "--json").out)
    assert (said["kind"], said["rows"]) == ("subject-access", 2)


def test_what_is_refused_leaves_nothing(cli: Cli, service: Service, tmp_path: Path) -> None:
    service.refuses = "this is for data protection"
    done = cli(*ASK, "--output", str(tmp_path / "sar.zip"))
    assert (done.code, "this is for data protection" in done.err) == (1, True)
    assert not (tmp_path / "sar.zip").exists()
