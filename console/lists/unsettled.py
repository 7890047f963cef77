"""
What of the lists an operator ought to know: what waits for somebody, what nobody confirmed or wrote down.

Asked by `sluicegate check`, under the gateway's own login: of the database only what that may read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import Workplace
from db.emergencies import EmergencyStore
from db.proposals import ProposalStore
from db.registers import RegisterStore
from db.ruleset_history import RulesetHistory
from policy.identifiers import show_reference

_LONG = timedelta(days=7)


def unsettled(place: Workplace, now: datetime) -> Iterator[tuple[str, str]]:
    """
    What it is about, and what follows or is to be done; each of it a warning.

    For a database with the schema of this release. Raises `DatabaseAway`, or `ConfigurationError` where this
    login may not ask.
    """
    yield from _emergencies(place, now)
    yield from _proposals(place, now)
    yield from _two_people(place)
    yield from _record(place)


def _emergencies(place: Workplace, now: datetime) -> Iterator[tuple[str, str]]:
    for one in open_store(EmergencyStore, place).unconfirmed():
        when = "was to be confirmed by" if one.is_overdue(now) else "is to be confirmed by"
        yield (
            f"local entry {one.entry.target}",
            f"allowed in an emergency by {one.entry.by} until {show_moment(one.ended)}; {when} "
            f"{show_moment(one.confirm_by)}; somebody else has to run: sluicegate lists confirm",
        )


def _proposals(place: Workplace, now: datetime) -> Iterator[tuple[str, str]]:
    for reference, since in open_store(ProposalStore, place).waiting():
        if now - since >= _LONG:
            yield (
                f"proposal {show_reference(reference)}",
                f"has waited since {show_moment(since)} for somebody to approve or refuse it: "
                "sluicegate lists pending",
            )


def _two_people(place: Workplace) -> Iterator[tuple[str, str]]:
    asked, store = place.settings.categories.two_people, open_store(ProposalStore, place)
    if asked and not store.keeps_people_apart:
        yield (
            "categories.two_people",
            "on SQLite the second person is another account and perhaps nobody else; use PostgreSQL",
        )
    elif asked is not open_store(RegisterStore, place).two_people and store.keeps_people_apart:
        yield (
            "categories.two_people",
            "the database does not ask for two people yet, so psql goes past it; run: sluicegate db upgrade"
            if asked
            else "is off, and the database still asks for two people; run: sluicegate db roles",
        )


def _record(place: Workplace) -> Iterator[tuple[str, str]]:
    digest, recorded = place.store.current_digest(), open_store(RulesetHistory, place).newest_digest()
    # Where nothing is on record the gateway's first start has built it, whose login may not write there.
    if recorded is not None and digest != recorded:
        yield (
            "Ruleset",
            f"{digest[:12] if digest else 'none'} is in force, and the record says {recorded[:12]}: it was "
            "put there past the commands, or one was stopped half way; the next command that changes lists "
            "writes it down",
        )
