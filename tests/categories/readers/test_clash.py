"""Rule sets of Clash."""

import pytest

from categories.readers.clash import ClashReader
from tests.categories.readers.reading import (
    ADDRESS,
    BAD,
    HOST,
    NOT_APPLICABLE,
    PATTERN,
    PREFIX,
    Outcome,
    outcome,
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("  - '+.bet.test'", [(HOST, "bet.test")], id="below"),
        pytest.param('- "*.bet.test"', [(HOST, "bet.test")], id="below-with-a-star"),
        pytest.param("- .bet.test", [(HOST, "bet.test")], id="below-with-a-dot"),
        pytest.param("  - 'Bet.test'  # why", [(PREFIX, "bet.test/")], id="one-host"),
        pytest.param("- 'bet*.test'", [(PATTERN, "bet*.test")], id="wildcard"),
        pytest.param("- '+.bet*.test'", [(PATTERN, "*.bet*.test")], id="below-a-wildcard"),
        pytest.param("- 192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")], id="network"),
        pytest.param("- '2001:db8::/32'", [(ADDRESS, "2001:db8::/32")], id="network-of-ipv6"),
        pytest.param("  - DOMAIN-SUFFIX,bet.test", [(HOST, "bet.test")], id="rule"),
        pytest.param("  - DOMAIN-SUFFIX,bet.test,DIRECT", NOT_APPLICABLE, id="rule-that-lets-through"),
        pytest.param("payload:", NOT_APPLICABLE, id="heading"),
        pytest.param("port: 7890", NOT_APPLICABLE, id="setting"),
        pytest.param("# comment", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param("- bet", BAD, id="one-word"),
        pytest.param("- 'bet test'", BAD, id="two-words"),
    ],
)
def test_an_item(line: str, found: Outcome) -> None:
    assert outcome(ClashReader(), line) == found


def test_it_knows_items_below_their_heading() -> None:
    items = ["  - '+.a.test'", "- b.test"]
    assert ClashReader.recognise(["payload:", *items, "a.test"]) == 3
    assert ClashReader.recognise(items) == 0
