"""When something that has died may be started again. Pure: times come in, times go out."""

from dataclasses import dataclass

# A process that lived this long had started properly; its death says nothing about the next one's start.
SETTLED_SECONDS = 2.0
LONGEST_SECONDS = 10.0


@dataclass(slots=True)
class Restarts:
    """
    The restarts of one worker slot, or of the keeper.

    The first death is answered at once: whoever waits for an answer waits for the replacement. Only one
    that dies again and again right after its start is made to wait, twice as long each time, so that
    a full disk does not become a busy machine as well.
    """

    started: float = 0.0  # monotonic seconds
    early_deaths: int = 0
    not_before: float = 0.0

    def begun(self, now: float) -> None:
        """It was started."""
        self.started = now

    def ended(self, now: float) -> None:
        """It died."""
        self.early_deaths = self.early_deaths + 1 if now - self.started < SETTLED_SECONDS else 0
        wait = 0.0 if self.early_deaths < 2 else min(LONGEST_SECONDS, 0.25 * 2**self.early_deaths)
        self.not_before = now + wait

    def may_begin(self, now: float) -> bool:
        """Whether it may be started now."""
        return now >= self.not_before
