"""
What an export cannot show, in plain English: pure sentences, of what is in it and what is missing.

Whoever makes an export owes these to whoever is accused by it. A limit that does not apply is not said, so
that those which do are read; those of every record (that a request is not a person reading) always are.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from console.evidence.contents import Contents, Gaps
from console.evidence.summary import Summary
from db.review.bearing import NoticeRead
from db.shared_use import SharedUse
from policy.review.meaning import KNOWN, RECORD, RESOURCE, SHARED, WITHDRAWN
from policy.review.scope import Scope
from policy.words import BreakGlassEvent, PersonHow, RecordLevel, Resource


def cannot_show(found: Summary, shared_uses: Sequence[SharedUse] = ()) -> Iterator[str]:
    """What these rows do not prove."""
    yield (
        "Each row says what the web filter did with one request of a computer. No row says what anybody "
        "thought, wanted or read."
    )
    for how, number in found.hows.items():
        known = KNOWN[how]
        yield f"{_rows(number)}, known by {known.short}: {known.shows} {known.not_shown}"
    if any(how is not PersonHow.NONE for how in found.hows):
        yield SHARED
    for use in shared_uses:
        whose = f"The login {use.person}" if use.person else f"The device {use.device}"
        yield (
            f"{whose} was lawfully used by others from {moment(use.start)} to {moment(use.until)} "
            f"(authorisation {use.reference}): rows of that time do not show who it was."
        )
    # What is no visit first: it is the more easily taken for one.
    for kind in sorted(found.resources, key=lambda kind: kind is Resource.VISIT):
        meant = RESOURCE[kind]
        yield f"{_rows(found.resources[kind])}, {meant.short}: {meant.shows} {meant.not_shown}"
    for level, number in found.levels.items():
        yield f"{_rows(number)}: {RECORD[level]}"
    if RecordLevel.FULL in found.levels:
        yield (
            "Parts of a path that look like a token, a number of a person or an address were never stored; "
            'they are shown as "[cut]".'
        )
    if found.withdrawn:
        yield f"{_rows(found.withdrawn)}: {WITHDRAWN}"
    if found.without_outcome:
        yield (
            f"{_rows(found.without_outcome)} without an outcome: whether the answer arrived, and how much of "
            "it, was not recorded."
        )


def missing(contents: Contents, found: Summary) -> Iterator[str]:
    """What is not in it, or may not be."""
    yield from _left_out(contents.scope)
    yield from _lost(contents.gaps, found)
    yield from _unproved(contents, found)
    if found.held:
        yield f"Past its time, and kept for a legal hold: {_rows(found.held)}."
    for policy in contents.policies:
        if policy.text is None:
            yield (
                f"The text of the policy {policy.digest[:12]} is not kept: its digest is all there is of it."
            )
    for ruleset in contents.rulesets:
        if not ruleset.put_in_force:
            yield (
                f"When the lists {ruleset.digest[:12]} were put in force is not on record: this file has "
                "their digest and nothing more of them."
            )


def _unproved(contents: Contents, found: Summary) -> Iterator[str]:
    altered = contents.proofs.altered
    if altered:
        theirs = sum(row.decision.batch in altered for row in contents.rows)
        batches = ", ".join(map(str, altered))
        yield (
            f"{_rows(theirs)} came in a batch of which something was altered, added or removed since: "
            "whether it was one of these rows cannot be told. Somebody has to look into that before anybody "
            f"relies on them (sluicegate audit verify; batch {batches})."
        )
    if (unproved := found.rows - contents.proofs.decisions) > 0:
        yield (
            f"{_rows(unproved)} without a proof that they are as the gateway sent them: they stand in the "
            "log as they are here, and that is all this file shows of them."
        )


def _left_out(scope: Scope) -> Iterator[str]:
    yield (
        "Only what the authority permits is in it. Whether there was anything outside of it, it does not say."
    )
    if scope.only is not None:
        yield "Whoever made this is a line manager: rows of anybody outside of their own team are left out."
    if scope.never:
        yield "Rows of whoever made this and of their own line manager are left out."
    if not scope.allowed_visits:
        yield "Visits that were allowed are left out: the authority does not have them in it."
    if scope.categories is not None:
        yield "Categories other than those that the authority names are left out."
    yield (
        "Help lines are never recorded with a person, and legal advice, trade unions, oversight bodies and "
        "Members of Parliament with none that could be read here: who it was is sealed, if it is kept at "
        "all. That nothing of them is here says nothing."
    )
    yield (
        "What pages brought with them is mostly recorded without a name, where it was allowed. So the pieces "
        "that stand beside a visit are seldom all there were."
    )


def _lost(gaps: Gaps, found: Summary) -> Iterator[str]:
    for overlap in gaps.break_glass:
        times = f"From {moment(overlap.begins)} to {moment(overlap.ended)}"
        if overlap.kind is BreakGlassEvent.BYPASSED:
            yield f"{times} traffic went past the web filter ({overlap.id}): nothing of it is recorded."
        else:
            yield (
                f"{times} everything was open for an emergency ({overlap.id}): no row of that time names "
                f"anybody."
            )
    for silence in gaps.silences:
        yield (
            f"From {moment(silence.since)} to {moment(silence.until)} the log holds nothing of the gateway "
            f"{silence.gateway}, about anybody: it was not in use, or what it recorded did not arrive."
        )
    if gaps.silences_since is not None:
        yield (
            f"Before {moment(gaps.silences_since)} some records are past their time, so it is not known "
            f"whether a gateway was silent."
        )
    for loss in gaps.spool:
        when = f" on {moment(loss.at)}" if loss.at is not None else ""
        yield f"The gateway {loss.gateway}: {loss.what}{when}."
    if not gaps.spools_known:
        gateways = ", ".join(found.gateways) or "any of them"
        yield (
            f"Whether a gateway ({gateways}) lost records on the way to the log is not known to the service "
            "that made this. The status of each gateway says so."
        )
    for disposal in gaps.disposals:
        what = f"of the class {disposal.retention_class}" if disposal.retention_class else "of every class"
        yield (
            f"Disposed of on {moment(disposal.at)}, as the policy says: {_rows(disposal.rows)} of the table "
            f"{disposal.source} {what}, from before {moment(disposal.before)}. What was among them "
            f"that would be in here is not known."
        )


def told(contents: Contents, found: Summary) -> Iterator[str]:
    """Who had been told that they are recorded, and when, before the first row about each."""
    first: dict[str, datetime] = {}
    for row in contents.rows:
        if row.decision.person is not None:
            first.setdefault(row.decision.person, row.decision.at)
    for person in found.people:
        yield from _told(person, first[person], [one for one in contents.notices if one.person == person])


def _told(person: str, first: datetime, read: Sequence[NoticeRead]) -> Iterator[str]:
    before = [one for one in read if one.at <= first]
    if before:
        last = before[-1]
        yield (
            f"{person} had said on {moment(last.at)} (known by {KNOWN[last.how].short}) that they had read "
            f"version {last.version} of the monitoring notice: before the first row about them here."
        )
    elif read:
        yield (
            f"{person}: there is no record that they had read the monitoring notice before the first row "
            f"about them here. The first there is of {moment(read[0].at)}, version {read[0].version}."
        )
    else:
        yield (
            f"{person}: there is no record that they had read the monitoring notice. The web filter is "
            f"made to name nobody before that; the record may have been disposed of after its time."
        )
    known = {(before or read)[-1].version} if read else set()
    for later in (one for one in read if one.at > first):
        if later.version not in known:
            known.add(later.version)
            yield f"{person} read version {later.version} on {moment(later.at)}."


def times(contents: Contents) -> Iterator[str]:
    """What the times are worth."""
    yield "All times are UTC. In summer the clock on the wall in the United Kingdom is one hour ahead of it."
    clocks = contents.clocks
    yield (
        "When this was made, the clock of the database and that of the service that made it were "
        f"{abs(clocks.database_ahead_s):.1f} seconds apart."
    )
    if clocks.synchronised is None:
        yield "Whether the service's clock was kept right is not known."
    elif not clocks.synchronised or clocks.max_error_s is None:
        yield "Nothing was keeping the service's clock right."
    else:
        yield f"The service's clock was kept right to within {clocks.max_error_s:.1f} seconds."
    yield (
        "Each row has the time of its gateway's own clock. How right that was at the moment is not in the "
        "log; each gateway watches it, and the organisation's monitoring may still have it."
    )


def moment(at: datetime) -> str:
    """A time as people read it: UTC."""
    return f"{at.astimezone(UTC):%-d %B %Y, %H:%M:%S} UTC"


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
