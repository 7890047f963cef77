"""What may be subscribed to, and what is said to whoever tries something else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from categories.feeds.subscription import Subscription, feed_url, shown_url

KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
"""A public key of the right form, which minisign's own documentation shows."""


def subscription(**changes: Any) -> Subscription:
    return Subscription(
        **{
            "name": "bets",
            "category": "gambling",
            "url": "https://lists.example/bets.txt",
            "subscribed_at": datetime(2026, 1, 1, tzinfo=UTC),
            **changes,
        }
    )


@pytest.mark.parametrize(
    "url",
    ["https://lists.example/a.txt", "http://lists.example:8080/a?key=1", "https://[2001:db8::1]/a"],
)
def test_a_url_of_a_host_may_be_a_feed(url: str) -> None:
    assert feed_url(url) == url


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("ftp://lists.example/a", "begins with https", id="ftp"),
        pytest.param("file:///etc/passwd", "begins with https", id="a-file"),
        pytest.param("/a.txt", "begins with https", id="a-path"),
        pytest.param("https:///a.txt", "begins with https", id="no-host"),
        pytest.param("https://lists.example:0/", "begins with https", id="port-zero"),
        pytest.param("https://lists.example:99999/", "out of range", id="no-port"),
        pytest.param("https://[::1", "Invalid", id="half-an-address"),
        pytest.param("https://a:b@lists.example/", "a login", id="a-login"),
        pytest.param("https://lists.example/a#b", "with #", id="a-fragment"),
        pytest.param("https://lists.example/a b", "without spaces", id="a-space"),
        pytest.param("https://lists.example/a\r\nHost: b", "without spaces", id="a-line-end"),
        pytest.param("https://bücher.example/", "in ASCII", id="not-ascii"),
        pytest.param("https://lists.example/" + "a" * 2000, "up to 2000", id="long"),
    ],
)
def test_what_is_no_url_of_a_feed_is_told_why(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        feed_url(url)


def test_a_url_is_shown_without_its_query_which_may_be_a_key() -> None:
    assert shown_url("https://lists.example/a?license=secret") == "https://lists.example/a"
    assert shown_url("https://lists.example/\x1b[31m") == "https://lists.example/\\x1b[31m"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"name": "../bets"}, "name", id="a-path-for-a-name"),
        pytest.param({"name": "Bets"}, "name", id="a-capital"),
        pytest.param({"every": timedelta(minutes=14)}, "from 15 minutes", id="too-often"),
        pytest.param({"every": timedelta(days=32)}, "to 31 days", id="too-seldom"),
        pytest.param({"url": "http://lists.example/"}, "--allow-http", id="http"),
        pytest.param({"checksum_url": "http://lists.example/"}, "--allow-http", id="a-checksum-over-http"),
        pytest.param({"signature_url": "https://lists.example/"}, "give both", id="a-signature-without-key"),
        pytest.param({"public_key": "RWQ"}, "public key", id="no-key"),
        pytest.param({"public_key": KEY[:-2] + "=="}, "public key", id="a-key-cut-off"),
        pytest.param({"unknown": 1}, "Extra", id="something-else"),
    ],
)
def test_a_subscription_that_cannot_be_meant_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        subscription(**changes)


def test_http_may_be_accepted_and_is_then_accepted_for_all_of_it() -> None:
    feed = subscription(url="http://a.test/", checksum_url="http://a.test/sum", allow_http=True)
    assert feed.signature is None


def test_a_signature_lies_beside_the_list_where_nothing_else_is_said() -> None:
    assert subscription(public_key=KEY).signature == "https://lists.example/bets.txt.minisig"
    elsewhere = subscription(public_key=KEY, signature_url="https://sign.example/a")
    assert elsewhere.signature == "https://sign.example/a"


def test_it_comes_back_from_its_file_as_it_was() -> None:
    feed = subscription(public_key=KEY, every=timedelta(hours=6), inside="adult/domains")
    assert Subscription.model_validate_json(feed.model_dump_json()) == feed
