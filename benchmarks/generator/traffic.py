"""
Months of an organisation: who opens which page when.

Mornings, lunch, afternoons and shifts; weekends with a fifth of a weekday; favourites that each person comes
back to beside sites that anybody may come across; and now and then a site that is refused, by some people far
more than by others. Of what the policy no longer keeps nothing is made: pieces of pages are there for as long
as their class is, and so on.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from benchmarks.generator.forms import Asked, Form, Forms
from benchmarks.generator.people import Somebody
from benchmarks.generator.sites import Page, Sites
from policy.document import Policy
from policy.words import Resource, RetentionClass, Verdict

_HOURS = (1, 1, 1, 1, 1, 2, 6, 20, 55, 80, 75, 70, 90, 80, 70, 75, 65, 40, 15, 8, 6, 4, 3, 2)
_WEEKEND = 0.2
_FAVOURITES = 25
_EXEMPT = frozenset({"social_media", "software_downloads"})
# How often each list is come across, of all pages opened.
_LISTED = {
    "social_media": 0.05,
    "software_downloads": 0.008,
    "gambling": 0.006,
    "games": 0.006,
    "pornography": 0.003,
    "malware_phishing": 0.004,
    "proxies_anonymisers": 0.001,
    "webmail": 0.03,
    "privileged": 0.01,
}
_UNKNOWN = 0.04  # of pages: opened by a browser that says nothing of it
_REDIRECTED = 0.15
_PREFETCHED = 0.03


@dataclass(frozen=True, slots=True)
class Opened:
    """One page, opened by one person."""

    at: float  # seconds since the epoch
    who: Somebody
    page: Page
    rows: tuple[tuple[float, Form], ...]  # how much later, and what


class Traffic:
    """What everybody opens, day by day; the same for the same seed."""

    def __init__(
        self, everybody: list[Somebody], sites: Sites, forms: Forms, policy: Policy, *, seed: int = 6
    ) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
        self._everybody, self._sites, self._forms = everybody, sites, forms
        self._days = {name: record.keep_days for name, record in policy.records.items()}
        self._weights = list(accumulate(one.weight for one in everybody))
        popularity = [1 / (place + 12) for place in range(len(sites.ordinary))]
        self._popular = list(accumulate(popularity))
        self._favourites = {
            one.login: self._chance.choices(sites.ordinary, cum_weights=self._popular, k=_FAVOURITES)
            for one in everybody
        }
        self._tempted = {one.login: self._chance.lognormvariate(-1, 1.2) for one in everybody}

    def day(self, day: datetime, pages: int, until: datetime) -> Iterator[Opened]:
        """
        All that was opened on `day` (its midnight, UTC), in order of time.

        `pages`: of a weekday. What is kept is what the policy keeps at `until`, to the end of its month.
        """
        chance = self._chance
        number = int(pages * (_WEEKEND if day.weekday() >= 5 else 1) * chance.uniform(0.9, 1.1))
        begins = day.timestamp()
        kept = frozenset(name for name, days in self._days.items() if _kept(day, days, until))
        hours = chance.choices(range(24), _HOURS, k=number)
        times = sorted(begins + 3600 * hour + 3600 * chance.random() for hour in hours)
        people = chance.choices(self._everybody, cum_weights=self._weights, k=number)
        for at, who in zip(times, people, strict=True):
            # Who works shifts comes some hours earlier or later, on the same day.
            shift = 28_800 * (int(who.login[-2:]) % 3) if who.shifts else 0
            moment = begins + (at - begins + shift) % 86_400
            page, listed = self._page(who)
            yield Opened(moment, who, page, tuple(self._rows(who, page, listed, kept)))

    def _page(self, who: Somebody) -> tuple[Page, str | None]:
        chance = self._chance
        found = chance.random() / (0.5 + self._tempted[who.login])
        for name, share in _LISTED.items():
            found -= share
            if found < 0:
                return chance.choice(self._sites.listed[name]), name
        if chance.random() < 0.6:
            return chance.choice(self._favourites[who.login]), None
        return chance.choices(self._sites.ordinary, cum_weights=self._popular)[0], None

    def _rows(
        self, who: Somebody, page: Page, listed: str | None, kept: frozenset[RetentionClass]
    ) -> Iterator[tuple[float, Form]]:
        chance, form = self._chance, self._forms.form
        exempt = listed in _EXEMPT and who.unit in ("Unit 03", "Unit 07")
        confirmed = listed == "social_media" and not exempt and chance.random() < 0.6
        visit = page.visit
        if chance.random() < _UNKNOWN:
            visit = Asked(visit.url, Resource.UNKNOWN)
        elif chance.random() < _REDIRECTED:
            redirect = form(Asked(visit.url, Resource.NAVIGATION), exempt=exempt, confirmed=confirmed)
            if redirect.retention_class in kept:
                yield 0.0, redirect
        opened = form(visit, exempt=exempt, confirmed=confirmed)
        if opened.retention_class in kept:
            yield 0.08, opened
        if opened.verdict is not Verdict.ALLOW:
            return
        if RetentionClass.OTHER in kept:
            for tunnel in page.tunnels:
                yield 0.1, form(tunnel)
        later = 0.2
        # A browser has some of the pieces already.
        share = chance.uniform(0.4, 1.0)
        for piece in page.pieces:
            if chance.random() > share:
                continue
            later += chance.random() * 0.15
            made = form(piece)
            if made.retention_class in kept:
                yield later, made
        if chance.random() < _PREFETCHED and RetentionClass.OTHER in kept:
            other = chance.choice(self._favourites[who.login])
            yield later + 1, form(Asked(other.visit.url, Resource.PREFETCH))


def _kept(day: datetime, days: int, until: datetime) -> bool:
    """Whole months go, once their last day is past its time."""
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.astimezone(UTC) > until - timedelta(days=days)
