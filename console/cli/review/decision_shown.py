"""One decision in full, in sentences: what it was, who, why, what came of it, and what none of that shows."""

from collections.abc import Iterator
from dataclasses import asdict

from console.cli.review.rows_shown import known_by
from console.cli.times import show_moment
from console.review.answers import Again, Explained
from policy.identifiers import show_reference
from policy.review.meaning import KNOWN, RECORD, REPLAYED, RESOURCE, SHARED, VERDICT, WITHDRAWN
from policy.review.rows import ReviewedDecision

type Section = tuple[str, list[str]]
"""A heading, and the lines below it."""


def sections(explained: Explained) -> list[Section]:
    """Everything there is to say, in the order in which a reader asks for it."""
    one = explained.decision
    return [
        (f"Decision {show_reference(one.reference)}", list(_what(one))),
        ("Who", list(_who(one))),
        ("What was asked for", list(_asked(one))),
        ("Why", list(_why(one))),
        ("What came of it", [_outcome(one)]),
        ("Judged again", list(_again(explained))),
        ("What this cannot show", list(_cannot(one))),
    ]


def record(explained: Explained) -> dict[str, object]:
    """As one JSON object."""
    return {
        "decision": {**asdict(explained.decision), "counts_as_visit": explained.decision.counts_as_visit},
        "replayed": explained.replayed,
        "why": explained.why,
        "again": explained.again and asdict(explained.again),
    }


def _what(one: ReviewedDecision) -> Iterator[str]:
    yield f"{show_moment(one.at)}, by gateway {one.gateway}, at step {one.step}"
    yield f"{one.verdict} ({one.reason}). {VERDICT[one.verdict]}"
    if not one.final:
        yield "A later step of the same request was decided apart from this one: this is not its last word."
    if one.would_be is not None:
        yield f"A rule on trial would have said: {one.would_be}"
    if one.withdrawn_on is not None:
        yield f"Withdrawn as wrong on {show_moment(one.withdrawn_on)}. {WITHDRAWN}"
    yield f"Counts as a visit: {'yes' if one.counts_as_visit else 'no'}"


def _who(one: ReviewedDecision) -> Iterator[str]:
    if one.person is None:
        yield "Nobody is named in this record."
        return
    yield _of(one.person, organisation=one.organisation, unit=one.unit, role=one.role)
    yield f"known by: {known_by(one)}"
    where = [one.client_ip or "", f"device {one.device}" if one.device else ""]
    if any(where):
        yield f"from {', '.join(filter(None, where))}"


def _of(first: str, **more: str | None) -> str:
    return ", ".join([first, *(f"{name} {value}" for name, value in more.items() if value)])


def _asked(one: ReviewedDecision) -> Iterator[str]:
    port = f":{one.port}" if one.port is not None else ""
    if one.host is not None:
        yield f"{one.method or ''} {one.scheme or ''}://{one.host}{port}{one.path or ''}".strip()
    yield f"{RESOURCE[one.resource].short} ({one.resource_why})"
    if one.page is not None and not one.is_visit:
        yield f"part of the page {one.page}"
    if one.referrer_host is not None:
        yield f"referred to by {one.referrer_host}"
    if one.names:
        yield f"by the names {', '.join(one.names)}"
    yield "read inside its encryption" if one.decrypted else "judged by its name, without decrypting anything"


def _why(one: ReviewedDecision) -> Iterator[str]:
    if one.category is not None:
        yield _of(f"category {one.category}", clause=one.clause)
    if one.entry is not None:
        yield _of(f"entry {one.entry}", list=one.list, line=str(one.line or ""), kind=one.entry_kind)
    for match in one.matches:
        if (match.list, match.entry) != (one.list, one.entry):
            yield _of(
                f"also listed: entry {match.entry}",
                category=match.category,
                list=match.list,
                line=str(match.line),
            )
    for what, which in (
        ("exemption", one.exemption),
        ("stated work purpose", one.confirmation),
        ("own entry", one.local_entry),
    ):
        if which is not None:
            yield f"{what} {show_reference(which)}"
    yield f"Ruleset {one.ruleset[:12]}, policy {one.policy[:12]}, engine {one.engine}"


def _outcome(one: ReviewedDecision) -> str:
    if one.outcome is None:
        return "not known: nothing was recorded of it, or it was not over"
    came = one.outcome
    return (
        f"{came.ended}, status {came.status or 'none'}, {came.bytes_out:,} bytes to the client, "
        f"{came.bytes_in:,} from it, in {came.duration_us / 1_000_000:.3f} s"
    )


def _again(explained: Explained) -> Iterator[str]:
    yield REPLAYED[explained.replayed]
    yield explained.why
    if explained.again is not None:
        yield _said(explained.again)


def _said(again: Again) -> str:
    line = str(again.line) if again.line is not None else None
    return _of(
        f"It comes out as {again.verdict} ({again.reason})",
        category=again.category,
        list=again.list,
        line=line,
        entry=again.entry,
    )


def _cannot(one: ReviewedDecision) -> Iterator[str]:
    yield f"{RESOURCE[one.resource].shows} {RESOURCE[one.resource].not_shown}"
    yield f"{KNOWN[one.person_how].shows} {KNOWN[one.person_how].not_shown}"
    if one.person is not None:
        yield SHARED
    yield RECORD[one.record]
    if one.held:
        yield "It is kept beyond its time for a legal hold."
    if one.has_sealed:
        yield "A part of it is sealed and is not in this answer."
