"""Written authorities: judged by `policy/review/granting.py`, and recorded whatever comes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from console.review.answers import State
from console.review.parts import Parts
from console.review.recording import Recording, as_record, reference
from policy.errors import ReviewRefused
from policy.identifiers import show_reference
from policy.review.authority import Authority, Terms
from policy.review.granting import (
    fit_request,
    may_see,
    refuse_decision,
    refuse_revocation,
    refuse_taking_back,
)
from policy.review.reviewer import Reviewer
from policy.words import AuthorityOutcome

MOST_LISTED = 500


class Authorities:
    """What one person may do with authorities, and see of them."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)
        self._rules = parts.policy.file.review

    def request(self, terms: Terms) -> Authority:
        """Ask for an authority; somebody else decides."""
        with self._recording.refusals("authority request", as_record(terms)):
            renewed = None
            if terms.renews is not None:
                terms = replace(terms, renews=reference(terms.renews))
                renewed = self._parts.authorities.get(str(terms.renews))
            fit = fit_request(terms, self._reviewer, self._parts.policy.file, self._parts.now(), renewed)
            return self._parts.authorities.request(fit, self._reviewer)

    def grant(self, authority: str, because: str) -> Authority:
        """Grant it as it was asked for, from now on."""
        with self._deciding("authority grant", authority, because) as asked:
            office = refuse_decision(asked, self._reviewer, self._rules, because)
            return self._parts.authorities.grant(asked.id, self._reviewer, office=office, because=because)

    def refuse(self, authority: str, because: str) -> Authority:
        """Refuse it."""
        with self._deciding("authority refuse", authority, because) as asked:
            office = refuse_decision(asked, self._reviewer, self._rules, because)
            return self._parts.authorities.refuse(asked.id, self._reviewer, office=office, because=because)

    def take_back(self, authority: str, because: str) -> Authority:
        """Take one's own request back."""
        with self._deciding("authority take back", authority, because) as asked:
            refuse_taking_back(asked, self._reviewer, because)
            return self._parts.authorities.take_back(asked.id, self._reviewer, because=because)

    def revoke(self, authority: str, because: str) -> Authority:
        """End what was granted, at once."""
        with self._deciding("authority revoke", authority, because) as asked:
            refuse_revocation(asked, self._reviewer, self._rules, self._parts.now(), because)
            return self._parts.authorities.revoke(asked.id, self._reviewer, because=because)

    def tell(self, authority: str, withheld: str | None) -> Authority:
        """Decide on telling the people of one that is over: they are told, or not, for this reason."""
        with self._deciding("authority tell", authority, withheld or "") as asked:
            return self._parts.telling.decide(asked, self._reviewer, withheld)

    def show(self, authority: str) -> Authority:
        """One of those that whoever asks may see."""
        with self._recording.look("authority show", {"authority": authority}) as look:
            found = self._seen(reference(authority))
            look.seen(1)
            return found

    def list(self, state: State) -> tuple[Authority, ...]:
        """Those that whoever asks may see, newest first."""
        with self._recording.look("authority list", {"state": state}) as look:
            now = self._parts.now()
            found = tuple(
                each
                for each in self._parts.authorities.of(self._reviewer.organisation, limit=MOST_LISTED)
                if state in {"all", state_of(each, now)} and may_see(each, self._reviewer, self._rules)
            )
            look.seen(len(found))
            return found

    @contextmanager
    def _deciding(self, what: str, authority: str, because: str) -> Iterator[Authority]:
        with self._recording.refusals(what, {"authority": authority, "because": because}):
            yield self._seen(reference(authority))

    def _seen(self, authority: str) -> Authority:
        """One that this person may see; the same words for one that there is not."""
        try:
            found = self._parts.authorities.get(authority)
        except ReviewRefused:
            found = None
        if found is None or not may_see(found, self._reviewer, self._rules):
            raise ReviewRefused(
                f"there is no authority {show_reference(authority)} that you may see; `authority list` "
                "has yours"
            )
        return found


def state_of(authority: Authority, now: datetime) -> State:
    """What has become of it."""
    if authority.decided is None:
        return "waiting"
    if authority.decided.outcome is not AuthorityOutcome.GRANTED:
        return "refused"
    return "in-force" if authority.in_force(now) else "over"
