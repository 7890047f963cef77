"""Legal holds: judged by `policy/review/hold.py`, and recorded whatever comes of it."""

from console.review.parts import Parts
from console.review.recording import Recording, as_record, reference
from policy.review.hold import (
    Hold,
    HoldTerms,
    fit_hold,
    fit_reason,
    may_see,
    refuse_release,
    refuse_seeing_holds,
)
from policy.review.reviewer import Reviewer


class Holds:
    """What one person may do with legal holds."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)

    def place(self, terms: HoldTerms) -> Hold:
        """Keep what these terms name; from now on nothing of it is disposed of."""
        with self._recording.refusals("hold place", as_record(terms)):
            return self._parts.holds.place(fit_hold(terms, self._reviewer), self._reviewer)

    def release(self, hold: str, because: str) -> Hold:
        """Let it go: what is past its time goes with the next disposal."""
        with self._recording.refusals("hold release", {"hold": hold, "because": because}):
            refuse_seeing_holds(self._reviewer)
            found = self._parts.holds.get(reference(hold))
            refuse_release(found, self._reviewer)
            return self._parts.holds.release(found.id, self._reviewer, because=fit_reason(because))

    def list(self) -> tuple[Hold, ...]:
        """Those that this person may see, newest first."""
        with self._recording.refusals("hold list", {}):
            refuse_seeing_holds(self._reviewer)
        with self._recording.look("hold list", {}) as look:
            every = self._parts.holds.of(self._reviewer.organisation)
            found = tuple(hold for hold in every if may_see(hold, self._reviewer))
            look.seen(len(found))
        return found
