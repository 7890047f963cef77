"""Which requests sign somebody up: paths of real software beside those that only look like it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy.facts import RequestFacts
from policy.sections.sign_up import SignUp
from tests.samples import facts, shipped_policy


def post(target: str, method: str = "POST") -> RequestFacts:
    return replace(facts(), method=method, target=target)


@pytest.mark.parametrize(
    ("target", "is_one"),
    [
        pytest.param("/register", True, id="plain"),
        pytest.param("/register/", True, id="with-a-slash"),
        pytest.param("/Register.php", True, id="a-script-in-capitals"),
        pytest.param("/forum/register?step=2", True, id="deeper-with-a-query"),
        pytest.param("/register/submit", True, id="a-step-of-it"),
        pytest.param("/ucp.php?mode=register", True, id="phpbb"),
        pytest.param("/ucp.php?sid=1&mode=register", True, id="phpbb-with-a-session"),
        pytest.param("/index.php?action=register2", True, id="smf"),
        pytest.param("/users/sign_up", True, id="rails"),
        pytest.param("/users/new", True, id="two-segments"),
        pytest.param("/wp-signup.php", True, id="wordpress"),
        pytest.param("/api/v1/account/create", True, id="an-interface"),
        pytest.param("/", False, id="the-front-page"),
        pytest.param("", False, id="nothing"),
        pytest.param("/registered", False, id="a-longer-word"),
        pytest.param("/cash-register", False, id="the-end-of-another-word"),
        pytest.param("/users/7/new", False, id="segments-apart"),
        pytest.param("/ucp.php?mode=login", False, id="another-mode"),
        pytest.param("/ucp.php?mode=registered", False, id="a-longer-value"),
        pytest.param("/search?q=mode=register", False, id="inside-another-parameter"),
        pytest.param("/reply?next=/register", False, id="a-path-inside-the-query"),
        pytest.param("/topic/how-to-join", False, id="words-of-a-title"),
        pytest.param("/login", False, id="signing-in"),
    ],
)
def test_signing_up_is_seen_by_its_path(target: str, is_one: bool) -> None:
    assert shipped_policy().is_sign_up(post(target)) is is_one


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "post", None])
def test_reading_the_form_is_no_sign_up(method: str | None) -> None:
    assert not shipped_policy().is_sign_up(replace(facts(), method=method, target="/register"))


@pytest.mark.parametrize("path", ["", "/", "Register", "re gister", "?", "a?b?c", "?mode", "x" * 101])
def test_what_is_no_path_is_refused_or_covers_nothing_by_accident(path: str) -> None:
    try:
        section = SignUp(paths=(path,))
    except ValidationError:
        return
    assert not section.covers(post("/any/thing?else=1"))


@given(st.text(max_size=200))
def test_whatever_the_target_there_is_an_answer(target: str) -> None:
    assert shipped_policy().is_sign_up(post(target)) in {True, False}
