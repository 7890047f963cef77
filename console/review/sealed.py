"""
Openings of sealed parts: asked for within an authority that has them in it, agreed to by a second person.

Taking them out is a look of its own, and uses the opening up. What leaves here is still sealed: the shares of
the key are elsewhere (`docs/sealing.md`).
"""

import tempfile
from collections.abc import Iterator

from console.evidence.making import About, write_export
from console.review.parts import Parts
from console.review.recording import Recording, reference
from console.sealing.taken import KIND, files
from db.review.openings import SealedOpening
from db.review.sealed import sealed_rows
from db.upgrade import needed_revision
from policy.errors import EvidenceRefused, ReviewRefused
from policy.identifiers import show_reference
from policy.review.authority import Authority
from policy.review.granting import may_see, refuse_opening, refuse_second_word
from policy.review.hold import fit_reason
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.review.scope import bound, concerned
from policy.sections.review import held

_MARKING = "SEALED PARTS"
_CHUNK = 1 << 18


class Sealed:
    """What one person may do about sealed parts."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)
        self._rules = parts.policy.file.review

    def request(self, authority: str, purpose: str) -> SealedOpening:
        """Ask to open those within an authority that permits it."""
        with self._recording.refusals("sealed request", {"authority": authority, "purpose": purpose}):
            found = self._parts.authorities.get(reference(authority))
            refuse_opening(found, self._reviewer, self._rules, self._parts.now())
            return self._parts.openings.request(found.id, self._reviewer, because=fit_reason(purpose))

    def agree(self, opening: str, because: str) -> SealedOpening:
        """The second person's word."""
        with self._recording.refusals("sealed agree", {"opening": opening, "because": because}):
            found, authority = self._opening(opening)
            office = refuse_second_word(authority, found.requested_by, self._reviewer, self._rules)
            return self._parts.openings.agree(
                found.id, self._reviewer, office=office, because=fit_reason(because)
            )

    def refuse(self, opening: str, because: str) -> SealedOpening:
        """The second person's refusal; who asked takes it back with it."""
        with self._recording.refusals("sealed refuse", {"opening": opening, "because": because}):
            found, authority = self._opening(opening)
            office = "requester"
            if found.requested_by != self._reviewer.login:
                office = refuse_second_word(authority, found.requested_by, self._reviewer, self._rules)
            return self._parts.openings.refuse(
                found.id, self._reviewer, office=office, because=fit_reason(because)
            )

    def take(self, opening: str) -> Iterator[bytes]:
        """The sealed parts, once. Nothing comes before all of it is made."""
        what, asked = "sealed take", {"opening": opening}
        with self._recording.refusals(what, asked):
            found, authority = self._opening(opening)
            if found.requested_by != self._reviewer.login:
                raise ReviewRefused(
                    f"{show_reference(found.id)} was asked for by somebody else, who takes them"
                )
            question = Question(authority=authority.id, purpose=found.because)
            scope = bound(question, authority, self._reviewer, self._rules, self._parts.now())
            refuse_opening(authority, self._reviewer, self._rules, self._parts.now())
            key = self._parts.signing_key()
            # Used up before anything is read: what fails after this is asked for again.
            used = self._parts.openings.use(found.id, self._reviewer)
        with tempfile.TemporaryFile() as file:
            with self._recording.look(
                what, asked, purpose=found.because, authority=authority.id, scope=scope, opening=found.id
            ) as look:
                about = About(
                    kind=KIND,
                    marking=_MARKING,
                    made_at=self._parts.now(),
                    made_by=self._reviewer.login,
                    organisation=scope.organisation,
                    authority=authority.id,
                    access=str(look.access),
                    revision=needed_revision(),
                )
                rows = sealed_rows(look.connection, scope)
                try:
                    manifest = write_export(file, about, files(used, authority, scope, rows), key)
                except EvidenceRefused as refused:
                    raise ReviewRefused(str(refused)) from refused
                look.seen(sum(info.lines or 0 for info in manifest.files.values()), "taken out, sealed")
            file.seek(0)
            while chunk := file.read(_CHUNK):
                yield chunk

    def list(self) -> tuple[SealedOpening, ...]:
        """Those that this person asked for or may decide, newest first."""
        with self._recording.look("sealed list", {}) as look:
            found = tuple(
                one for one in self._parts.openings.of(self._reviewer.organisation) if self._may_see(one)
            )
            look.seen(len(found))
            return found

    def _opening(self, opening: str) -> tuple[SealedOpening, Authority]:
        """One that this person may see; the same words for one that there is not."""
        wanted = reference(opening)
        refusal = ReviewRefused(
            f"there is no opening {show_reference(wanted)} that you may see; `sealing list` has yours"
        )
        try:
            found = self._parts.openings.get(wanted)
        except ReviewRefused:
            raise refusal from None
        if not self._may_see(found):
            raise refusal
        return found, self._parts.authorities.get(found.authority)

    def _may_see(self, opening: SealedOpening) -> bool:
        authority = self._parts.authorities.get(opening.authority)
        if authority.terms.organisation != self._reviewer.organisation:
            return False
        if opening.requested_by == self._reviewer.login:
            return True
        opens = held(self._reviewer.offices, (self._rules.opened_by,)) is not None
        named = concerned(authority.terms, self._reviewer) is not None
        return not named and (opens or may_see(authority, self._reviewer, self._rules))
