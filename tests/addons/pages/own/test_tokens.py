"""A token can be neither read, changed, lent, moved nor kept."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.pages.own.tokens import (
    LIFETIME,
    LONGEST_BACK,
    Token,
    Tokens,
    Topic,
    Unusable,
    Use,
    holder_of,
)
from policy.facts import Who
from tests.samples import NOW

JANE = Who(person="jane", organisation="", client_ip="192.0.2.77")
NOBODY = Who(client_ip="192.0.2.77")
TOPIC = Topic("K7QF2M9T", "www.social.example", "social_media", "https://www.social.example/feed?q=1")
TOKENS = Tokens(bytes(32))


def why(
    text: str, use: Use = Use.LINK, who: Who = JANE, *, page: str = "", after: timedelta = timedelta()
) -> str:
    with pytest.raises(Unusable) as caught:
        TOKENS.open(text, use, who, NOW + after, page=page)
    return caught.value.why


def test_what_was_sealed_is_what_is_opened() -> None:
    text = TOKENS.seal(Use.FORM, JANE, NOW, TOPIC, page="/notice", shown="2")
    token = TOKENS.open(text, Use.FORM, JANE, NOW, page="/notice")
    assert (token.topic, token.shown, token.holder) == (TOPIC, "2", "person '' 'jane'")
    assert token.until == (NOW + LIFETIME).replace(microsecond=0)


def test_a_token_tells_nothing_to_who_reads_it() -> None:
    sealed = base64.urlsafe_b64decode(TOKENS.seal(Use.LINK, JANE, NOW, TOPIC) + "==")
    assert not any(word in sealed for word in (b"jane", b"social", b"K7QF", b"192.0.2"))


def test_two_tokens_for_the_same_are_two() -> None:
    first, second = (TOKENS.seal(Use.FORM, JANE, NOW, TOPIC, page="/notice") for _ in range(2))
    nonces = {TOKENS.open(text, Use.FORM, JANE, NOW, page="/notice").nonce for text in (first, second)}
    assert first != second
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("who", "good"),
    [
        pytest.param(JANE, True, id="the-same-person"),
        pytest.param(replace(JANE, client_ip="198.51.100.9"), True, id="at-another-desk"),
        pytest.param(replace(JANE, role="licensing"), True, id="in-another-role"),
        pytest.param(replace(JANE, person="john"), False, id="somebody-else"),
        pytest.param(replace(JANE, organisation="county"), False, id="their-namesake-elsewhere"),
        pytest.param(NOBODY, False, id="after-signing-out"),
        pytest.param(Who(person="/jane"), False, id="a-name-made-to-look-like-it"),
    ],
)
def test_a_token_is_for_whom_it_was_made(who: Who, good: bool) -> None:
    text = TOKENS.seal(Use.LINK, JANE, NOW, TOPIC)
    if good:
        assert TOKENS.open(text, Use.LINK, who, NOW).topic == TOPIC
    else:
        assert why(text, who=who) == "foreign"


def test_where_nobody_is_known_a_token_is_for_the_address() -> None:
    text = TOKENS.seal(Use.LINK, NOBODY, NOW, TOPIC)
    assert TOKENS.open(text, Use.LINK, NOBODY, NOW).holder == "address 192.0.2.77"
    assert why(text, who=Who(client_ip="192.0.2.78")) == "foreign"
    assert why(text, who=JANE) == "foreign", "whoever signs in begins anew"


def test_no_person_can_be_named_so_that_an_address_holds_their_tokens() -> None:
    assert holder_of(Who(person="192.0.2.77")) != holder_of(NOBODY)
    assert holder_of(Who(person="b", organisation="a' '")) != holder_of(Who(person="' 'b", organisation="a"))


@pytest.mark.parametrize(
    ("use", "page"),
    [
        pytest.param(Use.LINK, "", id="as-a-link"),
        pytest.param(Use.FORM, "/role", id="in-another-form"),
        pytest.param(Use.FORM, "", id="in-no-form"),
    ],
)
def test_a_forms_token_is_for_that_form(use: Use, page: str) -> None:
    assert why(TOKENS.seal(Use.FORM, JANE, NOW, TOPIC, page="/notice"), use, page=page) == "elsewhere"


def test_a_links_token_sends_no_form() -> None:
    assert why(TOKENS.seal(Use.LINK, JANE, NOW, TOPIC), Use.FORM, page="/notice") == "elsewhere"


def test_a_token_ends_after_a_day_and_not_before() -> None:
    text = TOKENS.seal(Use.LINK, JANE, NOW, TOPIC)
    assert timedelta(hours=20) <= LIFETIME, "WCAG 2.2.1"
    assert TOKENS.open(text, Use.LINK, JANE, NOW + LIFETIME - timedelta(seconds=1))
    assert why(text, after=LIFETIME) == "expired"


def test_a_token_of_another_key_is_none() -> None:
    assert why(Tokens(b"K" * 32).seal(Use.LINK, JANE, NOW, TOPIC)) == "forged"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_bit_of_a_token_can_be_changed(place: int, by: int) -> None:
    text = TOKENS.seal(Use.LINK, JANE, NOW, TOPIC)
    sealed = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    sealed[place % len(sealed)] ^= by
    assert why(base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()) == "forged"


@given(st.text(max_size=300) | st.text("-_ABCDabcd0123=", max_size=300))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert why(text) == "forged"


def test_one_token_has_one_spelling() -> None:
    # The topic is chosen so that the last character carries bits that say nothing.
    texts = (TOKENS.seal(Use.LINK, JANE, NOW, replace_reference("K" * length)) for length in range(1, 4))
    loose = [text for text in texts if len(text) % 4]
    assert loose
    for text in loose:
        others = [
            text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        ]
        assert [why(other) for other in others if other != text] == ["forged"] * 63
        assert why(text + "=") == why(text + "\n") == why(" " + text) == "forged"


def replace_reference(reference: str) -> Topic:
    return Topic(reference, TOPIC.host, TOPIC.category, TOPIC.back)


def test_what_is_too_long_is_not_looked_at() -> None:
    assert why("A" * 100_000) == "forged"


def test_an_address_that_is_too_long_is_left_out_so_that_a_link_stays_one() -> None:
    long = Topic("K7QF2M9T", "a.example", None, "https://a.example/" + "x" * LONGEST_BACK)
    text = TOKENS.seal(Use.LINK, JANE, NOW, long)
    assert len(text) < 2048
    assert TOKENS.open(text, Use.LINK, JANE, NOW).topic == Topic("K7QF2M9T", "a.example")


def test_the_longest_token_that_is_made_can_be_opened() -> None:
    widest = Topic("K7QF2M9T", "h" * 253, "c" * 64, "https://" + "x" * (LONGEST_BACK - 8))
    who = Who(person="p" * 256, organisation="o" * 64)
    text = TOKENS.seal(Use.FORM, who, NOW, widest, page="/request-access", shown="s" * 64)
    assert TOKENS.open(text, Use.FORM, who, NOW, page="/request-access").topic == widest


def test_a_token_is_plain_data() -> None:
    token = Token(Use.LINK, "", holder_of(JANE), TOPIC, "", 0, b"n")
    assert token.until.year == 1970
