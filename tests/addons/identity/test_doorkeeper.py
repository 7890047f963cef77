"""Who somebody is, as the desk is told."""

import asyncio
import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest

from addons.desk.protocol import Known, NotKnown
from addons.identity.doorkeeper import Doorkeeper
from addons.identity.settings import IdentityKind, IdentitySettings
from addons.identity.tries import MOST_WAITING_FROM_ONE, MOST_WRONG
from addons.identity.verifiers import DirectoryAway
from policy.errors import ConfigurationError
from policy.people import PersonKey

HERE, THERE = "192.0.2.1", "192.0.2.2"


class People:
    """A verifier of these people, which can be held up, fail, and tells what it was asked."""

    def __init__(self, **people: str) -> None:
        self.people = people
        self.asked: list[tuple[str, str]] = []
        self.go = threading.Event()
        self.go.set()
        self.fails: Exception | None = None

    def has(self, login: str) -> bool:
        return login in self.people

    def verify(self, login: str, password: str) -> PersonKey | None:
        self.asked.append((login, password))
        assert self.go.wait(20)
        if self.fails is not None:
            raise self.fails
        return ("", login) if self.people.get(login) == password else None


class Tickets:
    """Takes the tickets of these people."""

    def verify(self, token: bytes) -> tuple[PersonKey, bytes] | None:
        return (("north", "jane"), b"answer") if token == b"jane's" else None


class Door(Doorkeeper):
    """A doorkeeper with verifiers of the tests' own."""

    def __init__(
        self,
        *passwords: People,
        counts: Counter[str] | None = None,
        settings: IdentitySettings | None = None,
    ) -> None:
        super().__init__(
            settings or IdentitySettings(), Path("unused"), counts if counts is not None else Counter()
        )
        self._passwords = [(one, ThreadPoolExecutor(2)) for one in passwords]
        self._tickets = Tickets()


async def test_a_right_pair_is_somebody_however_they_write_their_login() -> None:
    door = Door(People(ann="secret"))
    assert await door.check_password("ANN ", "secret", HERE) == Known("", "ann")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("ann", "wrong", id="wrong"),
        pytest.param("zoe", "secret", id="nobody"),
        pytest.param("ann", "", id="no-password"),
        pytest.param("", "secret", id="no-login"),
        pytest.param("ann", "sec\0ret", id="a-control-character"),
        pytest.param("a" * 1000, "secret", id="a-long-login"),
    ],
)
async def test_another_pair_is_nobody(login: str, password: str) -> None:
    counts: Counter[str] = Counter()
    assert await Door(People(ann="secret"), counts=counts).check_password(login, password, HERE) == NotKnown(
        "wrong"
    )
    assert counts == {"sign-in:wrong": 1}


async def test_without_a_password_no_verifier_is_asked() -> None:
    people = People(ann="")
    assert await Door(people).check_password("ann", "", HERE) == NotKnown("wrong")
    assert people.asked == []


async def test_a_login_is_the_first_verifier_s_that_has_it_and_the_last_one_s_otherwise() -> None:
    file, directory = People(ann="of-the-file"), People(bob="of-the-directory", ann="of-the-directory")
    door = Door(file, directory)
    assert await door.check_password("bob", "of-the-directory", HERE) == Known("", "bob")
    assert await door.check_password("ann", "of-the-directory", HERE) == NotKnown("wrong")
    assert await door.check_password("zoe", "x", HERE) == NotKnown("wrong")
    assert file.asked == [("ann", "of-the-directory")]
    assert directory.asked == [("bob", "of-the-directory"), ("zoe", "x")]


async def test_a_ticket_makes_somebody_of_their_realm_s_organisation_known_and_has_an_answer() -> None:
    assert await Door().check_ticket(b"jane's", HERE) == Known("north", "jane", b"answer")
    assert await Door().check_ticket(b"nobody's", HERE) == NotKnown("wrong")


async def test_nobody_is_known_by_the_address_of_a_proxy_before_us() -> None:
    settings = IdentitySettings.model_validate({"header": "X-User", "header_from": ["198.51.100.0/28"]})
    door = Door(People(ann="secret"), settings=settings)
    assert await door.check_for_address("ann", "secret", "198.51.100.9") == NotKnown("shared")
    assert await door.check_for_address("ann", "secret", HERE) == Known("", "ann")
    assert await door.check_for_address("ann", "wrong", HERE) == NotKnown("wrong")


async def test_what_no_verifier_is_set_up_for_is_nobody() -> None:
    door = Doorkeeper(IdentitySettings(), Path("unused"), Counter())
    assert await door.check_password("ann", "secret", HERE) == NotKnown("wrong")
    assert await door.check_ticket(b"x", HERE) == NotKnown("wrong")


async def test_wrong_passwords_from_one_address_are_soon_not_looked_at_and_others_are() -> None:
    people = People(ann="secret")
    door = Door(people)
    for number in range(MOST_WRONG):
        assert await door.check_password("ann", f"wrong{number}", HERE) == NotKnown("wrong")
    assert await door.check_password("ann", "secret", HERE) == NotKnown("too-many-wrong")
    assert await door.check_password("ann", "secret", THERE) == Known("", "ann")
    # And a ticket is no guess.
    assert await door.check_ticket(b"jane's", HERE) == Known("north", "jane", b"answer")
    assert len(people.asked) == MOST_WRONG + 1


async def test_only_a_few_from_one_address_wait_and_others_are_answered_meanwhile() -> None:
    slow, file = People(), People(ann="secret")
    slow.go.clear()
    door = Door(file, slow)
    flood = [asyncio.ensure_future(door.check_password(f"x{number}", "x", HERE)) for number in range(30)]
    assert await door.check_password("ann", "secret", THERE) == Known("", "ann")
    refused = [one.result() for one in flood if one.done()]
    assert refused == [NotKnown("busy")] * (30 - MOST_WAITING_FROM_ONE)
    slow.go.set()
    assert {answer.why for answer in await asyncio.gather(*flood) if isinstance(answer, NotKnown)} == {
        "busy",
        "wrong",
    }


async def test_the_same_pair_of_several_connections_is_one_question() -> None:
    people = People(ann="secret")
    people.go.clear()
    door = Door(people)
    waiting = [asyncio.ensure_future(door.check_password("ann", "secret", HERE)) for _ in range(20)]
    await asyncio.sleep(0)
    people.go.set()
    assert await asyncio.gather(*waiting) == [Known("", "ann")] * 20
    assert people.asked == [("ann", "secret")]


async def test_a_directory_that_is_away_is_no_wrong_password(caplog: pytest.LogCaptureFixture) -> None:
    people = People(ann="secret")
    people.fails = DirectoryAway("ldaps://ldap.example.test: no answer in time")
    door = Door(people)
    for _ in range(MOST_WRONG + 1):
        assert await door.check_password("ann", "secret", HERE) == NotKnown("away")
    people.fails = None
    assert await door.check_password("ann", "secret", HERE) == Known("", "ann")
    assert caplog.text.count("ldap.example.test") == 1, "one line tells of everybody who met it"


async def test_a_verifier_that_fails_is_away_and_nothing_secret_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    people = People()
    people.fails = ValueError("could not encode 'hunter2' of 'ann'")
    with caplog.at_level(logging.DEBUG):
        assert await Door(people).check_password("ann", "hunter2", HERE) == NotKnown("away")
    assert "ValueError at " in caplog.text
    for secret in ("hunter2", "ann", HERE):
        assert secret not in caplog.text


async def test_it_opens_what_the_settings_name(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "people").write_text(f"ann:{hashed}\n")
    settings = IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=tmp_path / "people")
    door = Doorkeeper(settings, tmp_path / "replay", Counter())
    assert await door.check_password("ann", "secret", HERE) == Known("", "ann")
    door.close()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"kinds": ["htpasswd"], "htpasswd_file": "/nonexistent"}, id="htpasswd"),
        pytest.param(
            {"kinds": ["kerberos"], "kerberos": {"keytab": "/nonexistent", "realms": {"A": ""}}},
            id="kerberos",
        ),
    ],
)
def test_what_cannot_be_opened_is_refused_at_the_start(tmp_path: Path, given: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"/nonexistent|gssapi"):
        Doorkeeper(IdentitySettings.model_validate(given), tmp_path / "replay", Counter())
