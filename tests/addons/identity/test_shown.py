"""What a client shows of itself."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.identity.shown import Password, Ticket, as_login, as_password, read_header, read_shown
from policy.people import fold_login


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def negotiate(token: bytes) -> str:
    return "Negotiate " + base64.b64encode(token).decode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(basic("ann", "secret"), Password("ann", "secret"), id="usual"),
        pytest.param(basic("Ann", "Secret"), Password("ann", "Secret"), id="a-login-in-any-case"),
        pytest.param(basic("ann", "a:b:c"), Password("ann", "a:b:c"), id="colons-in-the-password"),
        pytest.param(basic("ann", "pä"), Password("ann", "pä"), id="utf-8"),
        pytest.param(basic("ce\u0301", "e\u0301"), Password("cé", "é"), id="composed"),
        pytest.param(
            basic("ann", "x").replace("Basic", "bAsIc"), Password("ann", "x"), id="scheme-in-any-case"
        ),
        pytest.param(basic("ann", ""), None, id="no-password"),
        pytest.param(basic("", "x"), None, id="no-login"),
        pytest.param(basic(" ", "x"), None, id="a-blank-login"),
        pytest.param(basic("a" * 129, "x"), None, id="a-long-login"),
        pytest.param("Basic", None, id="nothing"),
        pytest.param("", None, id="empty"),
        pytest.param("Basic !!!", None, id="not-base64"),
        pytest.param("Basic " + base64.b64encode(b"ann").decode(), None, id="no-colon"),
        pytest.param("Basic " + base64.b64encode(b"ann:\xff").decode(), None, id="not-utf-8"),
        pytest.param(basic("ann", "a\0b"), None, id="nul"),
        pytest.param(basic("a\nnn", "ab"), None, id="a-line-break-in-the-login"),
        pytest.param(f"{basic('ann', 'x')}, {basic('bob', 'x')}", None, id="two-at-once"),
        pytest.param(negotiate(b"\x60\x01"), Ticket(b"\x60\x01"), id="a-ticket"),
        pytest.param("NEGOTIATE YAE=", Ticket(b"\x60\x01"), id="a-ticket-in-any-case"),
        pytest.param("Negotiate", None, id="no-ticket"),
        pytest.param("Negotiate !", None, id="a-ticket-that-is-not-base64"),
        pytest.param(negotiate(b"NTLMSSP\0\1\0\0\0"), None, id="ntlm-in-negotiate"),
        pytest.param("NTLM TlRMTVNTUAABAAAA", None, id="ntlm"),
        pytest.param("Bearer abc", None, id="another-scheme"),
    ],
)
def test_credentials_are_read_as_the_standards_say(value: str, shown: Password | Ticket | None) -> None:
    assert read_shown(value) == shown


@given(st.text())
def test_whatever_is_sent_is_read_or_is_nothing(text: str) -> None:
    for value in (text, f"Basic {text}", f"Negotiate {text}"):
        read_shown(value)


@given(st.text(), st.text())
def test_a_pair_is_the_same_from_a_header_and_from_our_page(login: str, password: str) -> None:
    pair = as_password(login, password)
    if ":" not in login and not any(0xD800 <= ord(c) < 0xE000 for c in login + password):
        assert read_shown(basic(login, password)) == pair


@given(st.text())
def test_a_login_is_folded_once_and_for_all(text: str) -> None:
    login = as_login(text)
    if login is not None:
        assert fold_login(login) == login
        assert as_login(login) == login
        assert login.isprintable()


def test_what_was_shown_is_not_shown_again() -> None:
    assert "secret" not in repr(as_password("ann", "secret"))
    assert "ann" not in repr(as_password("ann", "secret"))
    assert "abc" not in repr(Ticket(b"abc"))


@pytest.mark.parametrize(
    ("values", "login"),
    [
        pytest.param(["Jane.Doe"], "jane.doe", id="a-login"),
        pytest.param([], None, id="none"),
        pytest.param([""], None, id="empty"),
        pytest.param(["jane", "jane"], None, id="two"),
        pytest.param(["jane\x00"], None, id="nul"),
        pytest.param(["x" * 100_000], None, id="long"),
    ],
)
def test_a_trusted_header_names_one_person_or_nobody(values: list[str], login: str | None) -> None:
    assert read_header(values) == login
