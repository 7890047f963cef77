"""What there is to say of each way before anything starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from addons.identity.checking import Looked, State, look_at_ways
from addons.identity.settings import IdentitySettings
from tests.identity_servers.slapd import BASE, PEOPLE, Slapd


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with Slapd() as running:
        yield running


def looked(tmp_path: Path, **given: object) -> list[Looked]:
    return list(look_at_ways(IdentitySettings.model_validate(given), tmp_path / "tickets"))


def test_an_htpasswd_file_s_people_are_counted(tmp_path: Path) -> None:
    (tmp_path / "people").write_text(f"ann:$2b$04${'a' * 53}\n")
    told = looked(tmp_path, kinds=["htpasswd"], htpasswd_file=tmp_path / "people")
    assert told == [Looked(State.WELL, "identity.htpasswd_file", "1 people")]
    [wrong] = looked(tmp_path, kinds=["htpasswd"], htpasswd_file=tmp_path / "gone")
    assert (wrong.state, "cannot be read" in wrong.says) == (State.WRONG, True)


def test_each_server_of_a_directory_is_asked(tmp_path: Path, slapd: Slapd) -> None:
    settings = slapd.settings(servers=[slapd.ldaps, "ldaps://localhost:1", slapd.starttls])
    well, away, well_too = looked(tmp_path, kinds=["ldap"], ldap=settings)
    assert well == Looked(State.WELL, "identity.ldap", f"{slapd.ldaps} answers, and has {PEOPLE}")
    assert well_too.state is State.WELL
    assert away.state is State.AWAY
    assert "ldaps://localhost:1" in away.says


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"base": f"ou=nowhere,{BASE}"}, "is not found there", id="a-base-that-is-not-there"),
        pytest.param({"bind_dn": f"cn=other,{BASE}"}, "who searches may not", id="who-searches-is-nobody"),
    ],
)
def test_what_a_server_has_against_the_settings_is_said(
    tmp_path: Path, slapd: Slapd, changed: dict[str, object], says: str
) -> None:
    [told] = looked(tmp_path, kinds=["ldap"], ldap=slapd.settings(**changed))
    assert told.state is State.AWAY
    assert says in told.says


def test_a_password_that_everybody_may_read_is_not_used(tmp_path: Path, slapd: Slapd) -> None:
    (tmp_path / "password").write_text("who searches\n")
    (tmp_path / "password").chmod(0o644)
    [told] = looked(tmp_path, kinds=["ldap"], ldap=slapd.settings(password_file=tmp_path / "password"))
    assert told.state is State.WRONG
    assert "everybody may read" in told.says


def test_a_keytab_that_is_none_is_wrong(tmp_path: Path) -> None:
    [told] = looked(
        tmp_path, kinds=["kerberos"], kerberos={"keytab": tmp_path / "gone", "realms": {"EXAMPLE.TEST": ""}}
    )
    assert told.state is State.WRONG


def test_a_header_that_many_can_write_is_doubtful(tmp_path: Path) -> None:
    given = {"kinds": ["header"], "header": "X-User"}
    assert looked(tmp_path, **given, header_from=["192.0.2.8/32"]) == []
    [told] = looked(tmp_path, **given, header_from=["192.0.2.0/24"])
    assert told.state is State.DOUBTFUL
    assert "256 addresses" in told.says
