"""A server over TLS that the feeds' client trusts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.categories.feeds.server import FeedServer, feed_server
from tests.journeys.harness.certificates import OriginAuthority


@pytest.fixture(scope="session")
def feed_authority(tmp_path_factory: pytest.TempPathFactory) -> OriginAuthority:
    """Who vouches for the servers."""
    return OriginAuthority(tmp_path_factory.mktemp("feed-authority"))


@pytest.fixture(scope="session")
def feed_certificate(feed_authority: OriginAuthority) -> Path:
    """For localhost."""
    return feed_authority.issue("localhost")


@pytest.fixture
def server(feed_certificate: Path) -> Iterator[FeedServer]:
    """A server of this test's own."""
    with feed_server(feed_certificate) as running:
        yield running
