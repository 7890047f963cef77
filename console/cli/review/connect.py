"""How the commands reach the review service: over its socket, or in this process where there is none."""

from console.review.protocol import Review
from policy.errors import Away


def review() -> Review:
    """
    What the person at this terminal may ask.

    Raises `Away` where the service is not there.
    """
    raise Away("no review service runs here; start one with: sluicegate review serve")
