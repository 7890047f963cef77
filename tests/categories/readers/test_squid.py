"""Squid's dstdomain: files of names, and lines of its configuration."""

import pytest

from categories.readers.squid import SquidReader
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param(".bet.test", [(HOST, "bet.test")], id="with-all-below"),
        pytest.param("bet.test", [(HOST, "bet.test")], id="alone"),
        pytest.param(" .BET.test.  # why", [(HOST, "bet.test")], id="capitals-dot-space-and-comment"),
        pytest.param(".casino", [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param("192.0.2.7", [(HOST, "192.0.2.7")], id="address"),
        pytest.param("acl x dstdomain .bet.test", [(HOST, "bet.test")], id="configuration"),
        pytest.param(
            "acl x dstdomain -n .bet.test a.test",
            [(HOST, "bet.test"), (HOST, "a.test")],
            id="several-and-a-flag",
        ),
        pytest.param("http_access deny x", NOT_APPLICABLE, id="another-line"),
        pytest.param("acl x src 192.0.2.0/24", NOT_APPLICABLE, id="another-kind"),
        pytest.param("# .bet.test", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param('acl x dstdomain "/etc/squid/bad"', BAD, id="another-file"),
        pytest.param("acl x dstdomain", NOT_APPLICABLE, id="no-name"),
        pytest.param("casino", BAD, id="one-word"),
        pytest.param(".bet..test", BAD, id="no-host"),
        pytest.param(".bet.test/casino", BAD, id="a-path"),
        pytest.param(".a.test .b.test", BAD, id="two-names"),
        pytest.param(".", BAD, id="everything"),
    ],
)
def test_a_line(line: str, found: Outcome) -> None:
    assert outcome(SquidReader(), line) == found


def test_it_knows_names_with_a_dot_in_front() -> None:
    names = [".a.test", ".b # why", " .a.test", "acl x dstdomain a.test"]
    assert SquidReader.recognise([*names, "a.test", "*.a.test", "http_access deny x", "# .a", ".a/b"]) == len(
        names
    )
