"""Unbound's configuration: zones that answer nothing, and data that leads nowhere."""

import pytest

from categories.readers.exceptions import Exempted
from categories.readers.unbound import UnboundReader
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, REPEATED, Outcome, outcome

BET = [(HOST, "bet.test")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param('local-zone: "bet.test" static', BET, id="static"),
        pytest.param('local-zone: "bet.test." always_nxdomain', BET, id="dot-at-the-end"),
        pytest.param("local-zone: bet.test refuse", BET, id="no-quotes"),
        pytest.param("local-zone: 'bet.test' 'deny'", BAD, id="quoted-type-of-another-kind"),
        pytest.param(
            '\tlocal-zone: "BET.test" "always_null"  # why', BET, id="indented-quoted-and-a-comment"
        ),
        pytest.param('local-zone: "casino." always_refuse', [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param('local-data: "bet.test A 0.0.0.0"', BET, id="data"),
        pytest.param('local-data: "bet.test. 3600 IN AAAA ::"', BET, id="data-ipv6"),
        pytest.param("local-data: 'bet.test IN A 127.0.0.1'", BET, id="data-loopback"),
        pytest.param('local-zone: "bet.test" redirect', NOT_APPLICABLE, id="redirect"),
        pytest.param('local-zone: "bet.test" nodefault', NOT_APPLICABLE, id="another-type"),
        pytest.param('local-data: "bet.test A 192.0.2.7"', NOT_APPLICABLE, id="leads-somewhere"),
        pytest.param('local-data: "bet.test TXT 0.0.0.0"', NOT_APPLICABLE, id="text"),
        pytest.param('local-data: "bet.test CNAME other.test."', NOT_APPLICABLE, id="another-name"),
        pytest.param("server:", NOT_APPLICABLE, id="clause"),
        pytest.param('local-data-ptr: "192.0.2.7 bet.test"', NOT_APPLICABLE, id="setting"),
        pytest.param(
            'local-zone: "bet.test" transparent', (Exempted("bet.test", alone=True),), id="exception"
        ),
        pytest.param(
            'local-zone: "bet.test." always_transparent', (Exempted("bet.test", alone=True),), id="always"
        ),
        pytest.param('# local-zone: "bet.test" static', [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param('local-zone: "bet.test"', BAD, id="no-type"),
        pytest.param('local-zone: "bet..test" static', BAD, id="no-host"),
        pytest.param('local-zone: "." static', BAD, id="everything"),
        pytest.param('local-data: "bet.test A"', BAD, id="no-answer"),
        pytest.param("bet.test", BAD, id="only-a-name"),
    ],
)
def test_a_line_of_a_configuration(line: str, found: Outcome) -> None:
    assert outcome(UnboundReader(), line) == found


def test_lines_one_after_another_about_one_name_are_one_entry() -> None:
    reader = UnboundReader()
    lines = [
        ('local-zone: "bet.test" redirect', NOT_APPLICABLE),
        ('local-data: "bet.test A 0.0.0.0"', BET),
        ('local-data: "bet.test AAAA ::"', REPEATED),
        ('local-zone: "casino.test" static', [(HOST, "casino.test")]),
        ('local-data: "bet.test A 0.0.0.0"', BET),
    ]
    assert [outcome(reader, line) for line, _ in lines] == [found for _, found in lines]


def test_it_knows_zones_and_data() -> None:
    rules = ['local-zone: "a.test" static', '  local-data: "a.test A 0.0.0.0"']
    others = ["server:", '# local-zone: "a.test" static', "a.test", 'local-data-ptr: "192.0.2.7 a.test"']
    assert UnboundReader.recognise(rules + others) == len(rules)
