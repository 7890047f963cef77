"""The pages of the listener: `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from addons.observe.http import Page
from addons.observe.metrics import families
from addons.observe.observed import Observed
from addons.server.status import STALE_SECONDS


class _Once(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[Metric]:
        return iter(self._found)


def registry_of(found: Iterable[Metric]) -> CollectorRegistry:
    """What prometheus-client takes a page from; not its own, in which it counts itself."""
    registry = CollectorRegistry()
    registry.register(_Once(found))
    return registry


class Pages:
    """Gives the page for a path. `categories` are the policy's."""

    def __init__(self, look: Callable[[], Observed], categories: frozenset[str]) -> None:
        self._look = look
        self._categories = categories

    def page(self, path: str) -> Page | None:
        """The page, None where there is none."""
        match path:
            case "/healthz":
                return self._health()
            case "/readyz":
                return self._readiness()
            case "/metrics":
                registry = registry_of(families(self._look(), self._categories))
                return Page(200, generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4)
        return None

    def _health(self) -> Page:
        """
        Whether restarting the gateway would help: only where the supervisor stands still.

        A database that is away, or registers that are not known yet, is no reason to.
        """
        age = self._look().status.supervisor_age_s
        if age is None:
            return Page(503, b"the gateway has ended\n")
        if age > STALE_SECONDS:
            return Page(503, f"the supervisor has said nothing for {age:.0f} s\n".encode())
        return Page(200, b"ok\n")

    def _readiness(self) -> Page:
        """Whether to send clients here. Why not is `status`'s to say, to fewer people."""
        serving = self._look().status.serving
        return Page(200, b"ready\n") if serving else Page(503, b"not ready; see: sluicegate status\n")
