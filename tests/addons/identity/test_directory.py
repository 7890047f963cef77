"""Passwords compared by a real directory, and by servers that are not what they say."""

import logging
from collections.abc import Iterator

import pytest

from addons.identity.directory import Directory
from addons.identity.verifiers import DirectoryAway
from policy.errors import ConfigurationError
from tests.identity_servers.slapd import BASE, PASSWORD, PEOPLE, Slapd

BY_LOGIN_OR_MAIL = "(|(uid={login})(mail={login}))"


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with Slapd() as running:
        yield running


@pytest.mark.parametrize("by", ["ldaps", "starttls"])
@pytest.mark.parametrize(
    ("login", "password", "known"),
    [
        pytest.param("jane", PASSWORD, "jane", id="right"),
        pytest.param("JANE", PASSWORD, "jane", id="in-any-case"),
        pytest.param("jane.doe@example.test", PASSWORD, "jane", id="by-mail-the-login-is-the-directory-s"),
        pytest.param("jane", "wrong", None, id="wrong"),
        pytest.param("jane", "", None, id="no-password-which-a-directory-would-call-a-success"),
        pytest.param("nobody", PASSWORD, None, id="nobody"),
        pytest.param("locked", PASSWORD, None, id="a-disabled-account"),
        pytest.param("twin-a", PASSWORD, "twin-a", id="one-of-two"),
        pytest.param("twin@example.test", PASSWORD, None, id="which-of-two"),
        pytest.param("double", PASSWORD, None, id="two-logins"),
        pytest.param("outside", PASSWORD, None, id="outside-the-base"),
        pytest.param("*", PASSWORD, None, id="any"),
        pytest.param("jan*", PASSWORD, None, id="beginning"),
        pytest.param("jane)(uid=*", PASSWORD, None, id="a-filter"),
        pytest.param("x)(|(uid=jane", PASSWORD, None, id="another-filter"),
        pytest.param("jane\\00", PASSWORD, None, id="an-escape"),
        pytest.param("a*(b)\\c", PASSWORD, "a*(b)\\c", id="a-login-of-what-means-something-in-a-filter"),
    ],
)
def test_whose_a_password_is(slapd: Slapd, by: str, login: str, password: str, known: str | None) -> None:
    directory = Directory(slapd.settings(servers=[getattr(slapd, by)], filter=BY_LOGIN_OR_MAIL))
    assert directory.verify(login, password) == (("", known) if known is not None else None)


def test_a_filter_can_leave_somebody_out(slapd: Slapd) -> None:
    directory = Directory(slapd.settings(filter="(&(uid={login})(!(mail=jane.doe@example.test)))"))
    assert directory.verify("jane", PASSWORD) is None
    assert directory.verify("twin-a", PASSWORD) == ("", "twin-a")


def test_who_is_found_without_a_login_is_nobody(slapd: Slapd, caplog: pytest.LogCaptureFixture) -> None:
    assert Directory(slapd.settings(login="employeeNumber")).verify("jane", PASSWORD) is None
    assert "0 logins" in caplog.text
    assert "jane" not in caplog.text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"ca_file": None}, "certificate is not taken", id="an-authority-that-is-not-known"),
        pytest.param({"bind_dn": f"cn=other,{BASE}"}, "who searches may not", id="who-searches-is-nobody"),
        pytest.param({"bind_dn": "", "password_file": None}, "may not|search", id="anonymous-where-none-may"),
        pytest.param({"servers": ["ldaps://localhost:1"]}, "refused", id="nobody-there"),
        pytest.param({"base": f"ou=nowhere,{BASE}"}, "noSuchObject", id="a-base-that-is-not-there"),
    ],
)
def test_what_is_set_wrong_is_said_and_nobody_is_known(
    slapd: Slapd, changed: dict[str, object], why: str
) -> None:
    with pytest.raises(DirectoryAway, match=why) as caught:
        Directory(slapd.settings(**changed)).verify("jane", PASSWORD)
    for secret in ("jane", PASSWORD, "who searches", "\n"):
        assert secret not in str(caught.value).replace("who searches may not", "")


@pytest.mark.parametrize("changed", ["password_file", "ca_file"])
def test_a_file_that_cannot_be_read_is_refused_at_the_start(slapd: Slapd, changed: str) -> None:
    with pytest.raises(ConfigurationError, match="/nonexistent"):
        Directory(slapd.settings(**{changed: "/nonexistent"}))


@pytest.mark.parametrize("by", ["ldaps", "starttls"])
def test_a_server_of_another_name_is_not_spoken_to(slapd: Slapd, by: str) -> None:
    url = getattr(slapd, by).replace("localhost", "127.0.0.1")
    with pytest.raises(DirectoryAway, match="IP address mismatch"):
        Directory(slapd.settings(servers=[url])).verify("jane", PASSWORD)


def test_where_one_server_does_not_answer_the_next_is_asked_and_first_from_then_on(slapd: Slapd) -> None:
    gone = "ldaps://localhost:1"
    directory = Directory(slapd.settings(servers=[gone, slapd.starttls, slapd.ldaps]))
    assert directory._servers[0] == gone
    assert directory.verify("jane", PASSWORD) == ("", "jane")
    assert directory._servers == (slapd.starttls, gone, slapd.ldaps)
    # What one server says of a password is the answer: the next is not asked about it.
    assert directory.verify("jane", "wrong") is None


def test_a_directory_that_goes_away_and_comes_back(slapd: Slapd) -> None:
    directory = Directory(slapd.settings())
    assert directory.verify("jane", PASSWORD) == ("", "jane")
    slapd.stop()
    try:
        with pytest.raises(DirectoryAway):
            directory.verify("jane", PASSWORD)
    finally:
        slapd.start()
    assert directory.verify("jane", PASSWORD) == ("", "jane")


def test_referrals_are_not_followed(slapd: Slapd) -> None:
    directory = Directory(slapd.settings(base=f"ou=elsewhere,{PEOPLE}"))
    with pytest.raises(DirectoryAway, match="referral"):
        directory.verify("jane", PASSWORD)


def test_nothing_is_logged_of_who_signs_in(slapd: Slapd, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        directory = Directory(slapd.settings(filter=BY_LOGIN_OR_MAIL))
        for login in ("jane", "twin@example.test", "double", "nobody"):
            directory.verify(login, PASSWORD)
    assert "several people" in caplog.text
    for secret in ("jane", "twin", "double", "nobody", PASSWORD):
        assert secret not in caplog.text
