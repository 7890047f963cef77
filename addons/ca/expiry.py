"""How long an authority still holds, and when to say so."""

from datetime import datetime

# Days before the end. The first leaves time for a change with its roll-out, the last is a morning's work.
WARN_AT = (90, 30, 7)


def days_left(ends: datetime, now: datetime) -> int:
    """Whole days until `ends`; negative when it is over."""
    return (ends - now).days


def warning_for(days: int) -> str | None:
    """What follows from so many days left, as one sentence; None while there is time."""
    if days < 0:
        return "the authority has ended: no site that is decrypted can be opened; follow `Rotation` at once"
    reached = [at for at in WARN_AT if days <= at]
    if not reached:
        return None
    urgency = {90: "plan", 30: "begin", 7: "finish"}[min(reached)]
    return f"the authority ends in {days} days: {urgency} its replacement (sluicegate ca next, ca switch)"
