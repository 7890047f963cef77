"""
Sites that are opened, and what their pages are made of.

Typed requests of real browsers give whole pages with their pieces. The most looked-up hosts get pieces of
their own and of those that many sites have; hosts from the lists are what is refused. Confidential advice has
hosts that do not exist.
"""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.forms import Asked
from categories.urls.normalise import Url, UrlRefused, normalise_url
from policy.words import Resource

MOST_PIECES = 40
POPULAR = 8_000
LISTED = {
    "social_media": 600,
    "gambling": 400,
    "pornography": 300,
    "software_downloads": 300,
    "games": 250,
    "malware_phishing": 600,
    "proxies_anonymisers": 120,
    "webmail": 100,
}
PRIVILEGED = tuple(f"advice-{number}.test" for number in range(40))
_RESOURCES = {
    "document": Resource.NAVIGATION,
    "subdocument": Resource.EMBEDDED,
    "xhr": Resource.BACKGROUND,
    "fetch": Resource.BACKGROUND,
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that somebody opens, and its pieces in the order in which a browser asks for them."""

    visit: Asked
    tunnels: tuple[Asked, ...]
    pieces: tuple[Asked, ...]

    @property
    def origin(self) -> str:
        """Scheme and host, as pieces name their page."""
        return f"{self.visit.url.scheme}://{self.visit.url.host}"


@dataclass(frozen=True, slots=True)
class Sites:
    """The pages there are: of ordinary sites, the most visited first, and of listed ones."""

    ordinary: Sequence[Page]
    listed: Mapping[str, Sequence[Page]]


def sites(data: Path, seed: int = 6) -> Sites:
    """The same in every run."""
    chance = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
    typed = _typed(data / "urls" / "typed_requests.dev.jsonl")
    shared = [piece for pieces in typed.values() for piece in pieces[:MOST_PIECES]]
    hosts = (data / "urls" / "popular_hosts.txt").read_text("utf-8").split()[:POPULAR]
    ordinary = [_page(url, pieces, chance) for url, pieces in typed.items()]
    ordinary += [_made_up(f"https://{host}/", shared, chance) for host in hosts]
    # Who is visited most is mixed: the popular hosts are mostly those of programs.
    chance.shuffle(ordinary)
    listed = {
        name: [
            _made_up(f"https://{host}/", shared, chance)
            for host in _listed(data / "scale" / f"{name}.txt", number, chance)
        ]
        for name, number in LISTED.items()
    }
    listed["privileged"] = [_made_up(f"https://{host}/", shared, chance) for host in PRIVILEGED]
    return Sites(ordinary, listed)


def _typed(path: Path) -> dict[Url, list[Asked]]:
    found: defaultdict[Url, list[Asked]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            try:
                page, url = normalise_url(row["page"]), normalise_url(row["url"])
            except UrlRefused:
                continue
            if page != url:
                found[page].append(Asked(url, _RESOURCES.get(row["type"], Resource.EMBEDDED)))
    return found


def _listed(path: Path, number: int, chance: random.Random) -> list[str]:
    lines = path.read_text("utf-8").split()
    return chance.sample(lines, min(number, len(lines)))


def _made_up(address: str, shared: Sequence[Asked], chance: random.Random) -> Page:
    url = normalise_url(address)
    own = Asked(url._replace(path="/static/page.js", target="/static/page.js"), Resource.EMBEDDED)
    others = chance.choices(shared, k=min(int(chance.lognormvariate(1.6, 0.7)), MOST_PIECES))
    return _page(url, [own, own, own, *others], chance)


def _page(url: Url, pieces: Sequence[Asked], chance: random.Random) -> Page:
    kept = list(pieces) if len(pieces) <= MOST_PIECES else chance.sample(pieces, MOST_PIECES)
    # A new connection for about every third of a page's hosts; the rest stand open already.
    hosts = {piece.url.host: piece.url for piece in kept if piece.url.scheme == "https"}
    tunnels = [Asked(one, tunnel=True) for place, one in enumerate(hosts.values()) if place % 3 == 0]
    return Page(Asked(url), tuple(tunnels), tuple(kept))
