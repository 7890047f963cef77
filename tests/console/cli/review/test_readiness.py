"""What of reviewing `check` finds missing."""

import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.review.readiness import empty_offices, key_said, service_lacks
from console.evidence.keys import signing_key
from db.person_rows import Disabled, PersonEntry, RegisteredPerson
from policy.document import read_policy
from policy.people import HeldRole
from policy.sections.review import Review

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REVIEW = read_policy().file.review
ALL = (
    *("deputy monitoring officer", "Professional Standards", "Internal Auditor"),
    *("Data Protection Officer", "Senior Information Risk Owner"),
)


def person(
    *roles: str, until: datetime = NOW + timedelta(days=1), disabled: bool = False
) -> RegisteredPerson:
    held = tuple(HeldRole(role, until) for role in roles)
    return RegisteredPerson(PersonEntry("", "jane"), held, Disabled(NOW, "b", "x") if disabled else None, NOW)


def told(*people: RegisteredPerson, review: Review = REVIEW) -> dict[str, str]:
    return dict(empty_offices(review, people, NOW, seals=True))


def test_where_every_office_is_held_nothing_is_missing() -> None:
    assert told(*map(person, ALL)) == {}


@pytest.mark.parametrize(
    ("office", "key", "says"),
    [
        (
            ALL[0],
            "review.granted_by",
            "or Deputy Monitoring Officer: no authority to look at anybody can be gr",
        ),
        (ALL[1], "review.role", "no authority to look at anybody can be asked for"),
        (ALL[2], "review.role.auditor", "office Internal Auditor: nobody sees who looked"),
        (ALL[3], "review.role.data_protection", "no legal hold can be placed"),
        (ALL[4], "review.opened_by", "no sealed part can be opened"),
    ],
)
def test_an_office_that_nobody_holds_is_said_with_what_follows(office: str, key: str, says: str) -> None:
    others = [person(one) for one in ALL if one != office]
    for nobody in (person(), person(office, until=NOW), person(office, disabled=True)):
        lacks = told(*others, nobody)
        assert list(lacks) == [key]
        assert says in lacks[key]


def test_a_policy_that_names_no_office_lets_nobody_do_anything() -> None:
    lacks = told(*map(person, ALL), review=Review())
    assert len(lacks) == 5
    assert lacks["review.granted_by"].startswith("no office: no authority")


def test_without_sealing_nobody_has_to_open_anything() -> None:
    assert "review.opened_by" not in dict(empty_offices(REVIEW, [], NOW, seals=False))


def test_a_service_that_is_needed_and_nowhere_or_silent_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "review.sock"

    def lacks(*, address: str = "", named: bool = False, needed: bool = False) -> str:
        return "\n".join(": ".join(one) for one in service_lacks(path, address, named=named, needed=needed))

    assert lacks() == ""
    assert "nobody can read the log from this machine" in lacks(needed=True)
    assert "does not answer: No such file" in lacks(named=True)
    with closing(socket.socket(socket.AF_UNIX)) as service:
        service.bind(str(path))
        assert "does not answer: Connection refused" in lacks()
        service.listen()
        assert lacks(named=True, needed=True) == ""
    with closing(socket.create_server(("127.0.0.1", 0))) as service:
        address = f"https://127.0.0.1:{service.getsockname()[1]}"
        assert lacks(address=address, needed=True) == ""
    assert f"{address}: the review service does not answer" in lacks(address=address)


def test_whether_there_is_a_key_is_said_and_none_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "review"
    assert "no key yet" in key_said(folder)
    assert not folder.exists()
    signing_key(folder)
    assert "there is a key" in key_said(folder)
