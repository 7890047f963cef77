"""`review export`, as the review service does it for one person: judged, recorded, gathered, signed."""

import tempfile
from collections.abc import Callable, Iterator

from addons.observe.clock import Clock, read_clock
from console.evidence.gathering import Asked, gather
from console.evidence.making import About, write_export
from console.evidence.manifest import MARKING_LENGTH
from console.evidence.review_files import review_files
from console.evidence.spool_losses import spool_losses
from console.review.answers import PublicKey
from console.review.parts import Parts
from console.review.reviewing import Reviewing
from policy.errors import EvidenceRefused, ReviewRefused
from policy.review.question import Question
from policy.review.reviewer import Reviewer

WHAT = "review export"
_CHUNK = 1 << 18


class Exporting:
    """What one person may take away within authorities."""

    def __init__(
        self,
        parts: Parts,
        reviewer: Reviewer,
        clock: Callable[[], Clock | None] = read_clock,
    ) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._reviewing = Reviewing(parts, reviewer)
        self._clock = clock

    def export(self, question: Question, marking: str) -> Iterator[bytes]:
        """
        A signed export of all that the question asks for. Nothing comes before all of it is made.

        Raises `ReviewRefused` and `DatabaseAway`.
        """
        marking = fit_marking(marking)
        key = self._parts.signing_key()
        with tempfile.TemporaryFile() as file:
            with self._reviewing.open(WHAT, question) as one:
                now = self._parts.now()
                authority = self._parts.authorities.get(one.question.authority)
                asked = Asked(one.question, one.scope, authority, self._reviewer, marking)
                contents = gather(one.look, asked, now, self._clock(), spool_losses(self._parts.spool))
                about = About(
                    kind="review-export",
                    marking=marking,
                    made_at=now,
                    made_by=contents.made_by,
                    organisation=one.scope.organisation,
                    authority=authority.id,
                    access=str(contents.access),
                    revision=contents.revision,
                )
                try:
                    write_export(file, about, review_files(contents, key.public.fingerprint), key)
                except EvidenceRefused as refused:
                    raise ReviewRefused(str(refused)) from refused
                one.look.seen(len(contents.rows), "exported")
            file.seek(0)
            while chunk := file.read(_CHUNK):
                yield chunk

    def key(self) -> PublicKey:
        """The public half of the key that exports are signed by."""
        public = self._parts.signing_key().public
        return PublicKey(public.raw.hex(), public.fingerprint)


def fit_marking(marking: str) -> str:
    """A protective marking as it is printed. Raises `ReviewRefused` for an empty or unfit one."""
    marking = " ".join(marking.split())
    if not marking or len(marking) > MARKING_LENGTH or not marking.isprintable():
        raise ReviewRefused(
            f"the protective marking is 1 to {MARKING_LENGTH} ordinary characters, such as OFFICIAL-SENSITIVE"
        )
    return marking
