"""What a change would do to the URLs of a file: counted exactly, since they are nobody's requests."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from categories.urls.normalise import UrlRefused, normalise_url
from console.lists.disclosure import CONFIDENTIAL
from console.lists.replay import Change, Replay
from policy.words import Verdict


@dataclass(frozen=True, slots=True)
class ChangedHost:
    """A host of the file with URLs that would newly get one verdict."""

    host: str
    urls: int
    category: str | None
    list: str | None


@dataclass(slots=True)
class UrlPreview:
    """What came of the lines of a file."""

    urls: int = 0
    unreadable: int = 0  # lines that are no URL; empty ones are not counted at all
    changed: dict[Change, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # by host

    def towards(self, verdict: Verdict, confidential: Collection[str] = ()) -> list[ChangedHost]:
        """
        The hosts with URLs that would newly get this verdict, most URLs first.

        Those that an entry of a list of `confidential` decides about are counted as one, which is not named.
        """
        hosts: list[ChangedHost] = []
        for change, numbers in self.changed.items():
            if change.after is verdict:
                shown = Counter({CONFIDENTIAL: numbers.total()}) if change.list in confidential else numbers
                hosts += (ChangedHost(host, n, change.category, change.list) for host, n in shown.items())
        return sorted(hosts, key=lambda each: (-each.urls, each.host))


def preview_urls(lines: Iterable[bytes], replay: Replay) -> UrlPreview:
    """Judge each line, a URL or a host, by what is in force and by what would be."""
    found = UrlPreview()
    for line in lines:
        if not line.strip():
            continue
        try:
            url = normalise_url(line.decode().removeprefix("\ufeff"))
        except (UrlRefused, UnicodeDecodeError):
            found.unreadable += 1
            continue
        found.urls += 1
        if (change := replay.url(url.host, url.target)) is not None:
            found.changed[change][url.host] += 1
    return found
