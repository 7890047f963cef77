"""Lists of URLs."""

import pytest

from categories.readers.urls import UrlsReader
from tests.categories.readers.reading import BAD, HOST, PREFIX, Outcome, outcome


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("example.org/casino", [(PREFIX, "example.org/casino")], id="without-scheme"),
        pytest.param("https://www.example.org/Casino/", [(PREFIX, "example.org/casino")], id="with-scheme"),
        pytest.param("http://bet.test:8080/a?b=c", [(PREFIX, "bet.test/a?b=c")], id="port-and-query"),
        pytest.param("http://192.0.2.7/~a", [(PREFIX, "192.0.2.7/~a")], id="address"),
        pytest.param("http://bet.test/", [(PREFIX, "bet.test/")], id="this-host-alone"),
        pytest.param("bet.test", [(HOST, "bet.test")], id="a-host"),
        pytest.param("example.org/a # why", [(PREFIX, "example.org/a")], id="comment-behind"),
        pytest.param("example.org/a#b", [(PREFIX, "example.org/a")], id="fragment"),
        pytest.param("# example.org/a", [], id="comment"),
        pytest.param(" ", [], id="blank"),
        pytest.param("http://bet.test/a b", BAD, id="space"),
        pytest.param("http:///a", [(PREFIX, "a/")], id="the-standard-skips-slashes"),
        pytest.param("address=/bet.test/0.0.0.0", BAD, id="another-format"),
        pytest.param("/casino", BAD, id="no-host"),
        pytest.param("gopher://bet.test/", BAD, id="another-scheme"),
    ],
)
def test_a_line_of_a_url_list(line: str, found: Outcome) -> None:
    assert outcome(UrlsReader(), line) == found


def test_it_knows_schemes_and_paths() -> None:
    urls = ["https://a.test", "http://a.test/b", "a.test/b", "a.test:80/b"]
    assert UrlsReader.recognise([*urls, "a.test", "local=/a.test/", "||a.test/b", "# a.test/b"]) == len(urls)
