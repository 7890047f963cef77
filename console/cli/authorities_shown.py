"""Authorities as a table, in full, and as JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from console.cli import show
from console.cli.times import show_moment
from policy.identifiers import show_reference
from policy.review.authority import Authority, Terms, Told
from policy.review.telling import is_to_be_asked_again
from policy.words import AuthorityOutcome


def state(one: Authority, now: datetime) -> str:
    """What has become of it."""
    if one.decided is None:
        return "waiting"
    if one.decided.outcome is not AuthorityOutcome.GRANTED:
        return one.decided.outcome
    if one.revoked is not None:
        return "revoked"
    return "in force" if one.in_force(now) else "over"


def record(one: Authority, now: datetime | None = None) -> dict[str, object]:
    """As one JSON object."""
    return {**asdict(one), "state": state(one, now or datetime.now(UTC))}


def print_list(found: Iterable[Authority], now: datetime) -> None:
    """A table, a line an authority."""
    show.table(
        [
            "authority",
            "matter",
            "purpose",
            "about",
            "data from",
            "data until",
            "asked by",
            "state",
            "holds until",
            "people named",
        ],
        (
            [
                *(show_reference(one.id), one.terms.matter, one.terms.purpose, about(one.terms)),
                *(show_moment(one.terms.since), show_moment(one.terms.until), one.requested_by),
                *(state(one, now), one.ends and show_moment(one.ends), _people(one, now)),
            ]
            for one in found
        ),
    )


def _people(one: Authority, now: datetime) -> str | None:
    """Whether they were told; of whom that has to be asked again, that it has."""
    if one.told is None:
        return None
    if one.told.withheld is None:
        return "told"
    return "not told: say anew why not" if is_to_be_asked_again(one, now) else "not told"


def about(terms: Terms) -> str:
    """Whose decisions it is about."""
    return ", ".join([*terms.people, *(f"unit {unit}" for unit in terms.units)])


def print_one(one: Authority, now: datetime) -> None:
    """All of it, a line each."""
    show.line(f"Authority {show_reference(one.id)}: {state(one, now)}")
    for heading, says in lines(one):
        show.line(f"  {heading + ':':<22}{show.plain(says, 4000)}")


def lines(one: Authority) -> Iterator[tuple[str, str]]:
    """Heading and words, in the order in which whoever decides reads them."""
    terms = one.terms
    yield "organisation", terms.organisation or "the gateway's own"
    yield "matter", terms.matter
    yield "purpose", terms.purpose
    yield "in the role of", terms.role
    yield "about", about(terms)
    yield "data", f"{show_moment(terms.since)} to {show_moment(terms.until)}"
    yield "categories", ", ".join(terms.categories) or "any"
    yield "allowed visits", "are in it" if terms.allowed_visits else "are not in it"
    yield "sealed parts", "may be opened" if terms.sealed else "stay sealed"
    yield "to hold for", f"{terms.days} days"
    if terms.renews is not None:
        yield "continues", show_reference(terms.renews)
    yield "necessity", terms.necessity
    yield "proportionality", terms.proportionality
    yield "less intrusive means", terms.less_intrusive
    yield "asked for", f"{show_moment(one.requested_at)} by {one.requested_by}"
    if one.decided is not None:
        done = one.decided
        office = f" as {done.office}" if done.office else ""
        yield done.outcome, f"{show_moment(done.at)} by {done.by}{office}: {done.because}"
    if one.begins is not None and one.ends is not None:
        yield "holds", f"{show_moment(one.begins)} to {show_moment(one.ends)}"
    if one.revoked is not None:
        yield "revoked", f"{show_moment(one.revoked.at)} by {one.revoked.by}: {one.revoked.because}"
    if one.told is not None:
        yield "people named", _told(one.told)


def _told(told: Told) -> str:
    if told.withheld is None:
        return f"told, {show_moment(told.at)} by {told.by}"
    again = f"; asked again {show_moment(told.ask_again)}" if told.ask_again else ""
    return f"not told, {show_moment(told.at)} by {told.by}: {told.withheld}{again}"


def say(one: Authority, *, as_json: bool) -> None:
    """What became of it just now, in a sentence."""
    now = datetime.now(UTC)
    if as_json:
        show.json_line(record(one, now))
        return
    until = f", until {show_moment(one.ends)}" if one.ends is not None and one.in_force(now) else ""
    told = ""
    if one.told is not None:
        told = (
            "; the people named are told"
            if one.told.withheld is None
            else "; the people named are not told yet"
        )
    show.line(f"{show_reference(one.id)}: {state(one, now)}{until}{told}")
