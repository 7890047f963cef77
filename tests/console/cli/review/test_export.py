"""`review export`, as somebody calls it: a file that is whole has its name, and no other has."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.cli.review import connect
from console.evidence.verifying import verify
from console.review.answers import PublicKey
from policy.errors import ReviewRefused
from policy.review.question import Question
from tests.console.cli.conftest import Cli
from tests.console.evidence.samples import KEY, OTHER_KEY, exported

ASK = ("review", "export", "K7QF-2M9T", "--purpose", "the hearing", "--marking", "OFFICIAL")


@dataclass
class Service:
    """A review service that has one export to give, and tells what was asked."""

    data: bytes
    asked: list[tuple[Question, str]]
    refuses: str = ""
    breaks_off: bool = False

    @property
    def evidence(self) -> "Service":
        return self

    def export(self, question: Question, marking: str) -> Iterator[bytes]:
        self.asked.append((question, marking))
        if self.refuses:
            raise ReviewRefused(self.refuses)
        yield self.data[:700]
        if not self.breaks_off:
            yield self.data[700:]

    def key(self) -> PublicKey:
        return PublicKey(KEY.public.raw.hex(), KEY.public.fingerprint)


@pytest.fixture
def folder(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody stands."""
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service(exported(tmp_path / "made").read_bytes(), [])
    monkeypatch.setattr(connect, "review", lambda: service)
    return service


def test_an_export_is_its_owners_alone_and_whole(cli: Cli, service: Service, folder: Path) -> None:
    old = os.umask(0)
    try:
        done = cli(*ASK, "--host", "bet.example", "--visits", "--output", "114.zip")
    finally:
        os.umask(old)
    assert done.code == 0
    assert "114.zip: 0 rows" in done.out
    assert f"key {KEY.public.fingerprint}" in done.out
    assert (folder / "114.zip").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["114.zip"]
    assert verify(folder / "114.zip", KEY.public).key_known
    ((question, marking),) = service.asked
    assert (question.authority, question.host, question.visits_only, marking) == (
        "K7QF2M9T",
        "bet.example",
        True,
        "OFFICIAL",
    )


def test_what_json_says_of_it(cli: Cli, service: Service, folder: Path) -> None:
    said = json.loads(cli(*ASK, "--output", "114.zip", "--json").out)
    assert said["fingerprint"] == KEY.public.fingerprint
    assert [path.name for path in folder.iterdir()] == ["114.zip"]
    assert (said["file"], said["kind"], said["authority"]) == ("114.zip", "review-export", "K7QF2M9T")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"breaks_off": True}, "cut off", id="broken-off"),
        pytest.param({"refuses": "outside of its period"}, "outside of its period", id="refused"),
        pytest.param({"data": b"no export"}, "not an export", id="something-else"),
    ],
)
def test_what_is_not_whole_leaves_nothing_behind(
    cli: Cli, service: Service, folder: Path, change: dict[str, object], says: str
) -> None:
    for name, value in change.items():
        setattr(service, name, value)
    done = cli(*ASK, "--output", "114.zip")
    assert done.code == 1
    assert says in done.err
    assert list(folder.iterdir()) == []


def test_what_another_key_signed_is_not_taken(cli: Cli, service: Service, folder: Path) -> None:
    service.data = exported(folder.parent / "other", key=OTHER_KEY).read_bytes()
    done = cli(*ASK, "--output", "114.zip")
    assert (done.code, "signed by another key" in done.err) == (1, True)
    assert not (folder / "114.zip").exists()


@pytest.mark.parametrize(
    ("output", "code", "says"),
    [
        ("114.txt", 2, "ends in .zip"),
        ("there.zip", 1, "there is a file already"),
        ("none/114.zip", 1, "no such folder"),
    ],
)
def test_a_file_that_cannot_be_made_is_said_before_anything_is_asked(
    cli: Cli, service: Service, folder: Path, output: str, code: int, says: str
) -> None:
    (folder / "there.zip").write_bytes(b"mine")
    done = cli(*ASK, "--output", output)
    assert (done.code, says in done.err) == (code, True)
    assert service.asked == []
    assert (folder / "there.zip").read_bytes() == b"mine"


def test_an_empty_marking_is_wrong_usage(cli: Cli, service: Service) -> None:
    done = cli(*ASK[:-1], " ", "--output", "114.zip")
    assert (done.code, service.asked) == (2, [])
