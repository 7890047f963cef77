"""Response Policy Zones: rules about names, and all else that stands in a zone."""

import pytest

from categories.readers.exceptions import Exempted
from categories.readers.rpz import RpzReader
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, PATTERN, REPEATED, Outcome, outcome

BET = [(HOST, "bet.test")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("bet.test CNAME .", BET, id="no-such-name"),
        pytest.param("bet.test IN CNAME .", BET, id="with-a-class"),
        pytest.param("bet.test\t3600\tIN\tCNAME\t.", BET, id="with-a-time"),
        pytest.param("BET.test in 1h30m cname .  ; why", BET, id="small-letters-another-order-and-a-comment"),
        pytest.param("bet.test. CNAME .", BET, id="dot-at-the-end"),
        pytest.param("*.bet.test CNAME .", BET, id="what-is-below"),
        pytest.param("*.casino CNAME .", [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param("bet.test CNAME *.", BET, id="no-data"),
        pytest.param("bet.test CNAME rpz-drop.", BET, id="drop"),
        pytest.param("bet.test A 0.0.0.0", BET, id="null"),
        pytest.param("bet.test AAAA ::1", BET, id="loopback"),
        pytest.param("bet*.test CNAME .", [(PATTERN, "bet*.test")], id="star-in-a-label"),
        pytest.param("bücher.test CNAME .", [(HOST, "xn--bcher-kva.test")], id="umlaut"),
        pytest.param("bet.test CNAME rpz-passthru.", (Exempted("bet.test", alone=True),), id="exception"),
        pytest.param(
            "*.bet.test IN CNAME RPZ-PASSTHRU.", (Exempted("bet.test", alone=True),), id="exception-below"
        ),
        pytest.param("bet*.test CNAME rpz-passthru.", (), id="exception-of-many-names"),
        pytest.param("bet.test CNAME safe.test.", NOT_APPLICABLE, id="another-name"),
        pytest.param("bet.test A 192.0.2.7", NOT_APPLICABLE, id="leads-somewhere"),
        pytest.param("bet.test CNAME rpz-tcp-only.", NOT_APPLICABLE, id="another-action"),
        pytest.param("bet.test TXT why", NOT_APPLICABLE, id="text"),
        pytest.param("32.7.2.0.192.rpz-ip CNAME .", NOT_APPLICABLE, id="by-answer"),
        pytest.param("24.0.2.0.192.rpz-client-ip CNAME .", NOT_APPLICABLE, id="by-client"),
        pytest.param("ns.bet.test.rpz-nsdname CNAME .", NOT_APPLICABLE, id="by-server"),
        pytest.param("32.7.2.0.192.rpz-ip CNAME rpz-passthru.", NOT_APPLICABLE, id="exception-by-answer"),
        pytest.param("\tIN TXT why", NOT_APPLICABLE, id="more-about-the-name-before"),
        pytest.param("$TTL 3600", [], id="directive"),
        pytest.param("@ SOA localhost. root.localhost. 1 2 3 4 5", [], id="start-of-authority"),
        pytest.param("@ IN SOA localhost. root.localhost. (1 6h 1h 1w 2h)", [], id="in-brackets"),
        pytest.param("  IN NS  localhost.", [], id="server"),
        pytest.param("@ NS localhost.", [], id="server-with-a-name"),
        pytest.param("; comment", [], id="comment"),
        pytest.param("# comment", [], id="comment-of-another-kind"),
        pytest.param("", [], id="blank"),
        pytest.param("bet.test", BAD, id="only-a-name"),
        pytest.param("bet..test CNAME .", BAD, id="no-host"),
        pytest.param("* CNAME .", BAD, id="everything"),
        pytest.param("bet.test CNAME", BAD, id="no-answer"),
    ],
)
def test_a_line_of_a_zone(line: str, found: Outcome) -> None:
    assert outcome(RpzReader(), line) == found


def read(*lines: str) -> list[Outcome]:
    reader = RpzReader()
    return [outcome(reader, line) for line in lines]


def test_a_name_and_what_is_below_it_are_one_entry() -> None:
    assert read("bet.test CNAME .", "*.bet.test CNAME .", "a.bet.test CNAME .") == [
        BET,
        REPEATED,
        [(HOST, "a.bet.test")],
    ]


def test_the_zones_own_record_spans_lines() -> None:
    assert read("@ SOA ns.test. root.test. (", "  1 ; serial", "  6h", " 2h )", "bet.test CNAME .") == [
        [],
        [],
        [],
        [],
        BET,
    ]


def test_a_bracket_elsewhere_swallows_nothing() -> None:
    assert read(
        "x.test TXT (", "bet.test A 0.0.0.0", "rpz.test. 1h IN SOA a. b. (", "bet.test  CNAME  .", ")"
    ) == [
        NOT_APPLICABLE,
        BET,
        [],
        [],
        [],
    ]


def test_names_are_taken_out_of_their_zone() -> None:
    assert read(
        "$ORIGIN rpz.example.",
        "bet.test CNAME .",
        "casino.test.rpz.example. CNAME .",
        "$ORIGIN com.rpz.example.",
        "poker CNAME .",
        "slots.test. CNAME .",
    ) == [[], BET, [(HOST, "casino.test")], [], [(HOST, "poker.com")], [(HOST, "slots.test")]]


def test_it_knows_zones() -> None:
    lines = [
        "$TTL 2h",
        "@ SOA a. b. 1 2 3 4 5",
        "  NS localhost.",
        "a.test CNAME .",
        "a.test 60 IN A 0.0.0.0",
        "a.test AAAA ::",
    ]
    others = [
        "0.0.0.0 a.test",
        "a.test",
        "What a fine day",
        "; a.test CNAME .",
        "a.test b c",
        "local=/a.test/",
    ]
    assert RpzReader.recognise(lines + others) == len(lines)
