"""`sluicegate notice show|report`: what people are told of the monitoring, and who has read it."""

import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from addons.pages.strings.notice import HEADINGS
from console.cli import show
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import workplace
from console.people.reading import FEW, Readers, by_unit
from db.presence import PresenceStore, Reading
from policy.document import Policy
from policy.errors import Refused
from policy.sections.notice import Notice

_MOST_UNITS = 3


def show_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """
    The notice as people read it, with the settings of the policy filled in.

    Examples:
      sluicegate notice show
      sluicegate notice show --json
    """
    policy = workplace().policy
    notice = _notice(policy)
    if as_json:
        show.json_line({"policy": policy.digest, **asdict(notice)})
        return
    show.line(f"Version {show.plain(notice.version)}; until it is read, what is no page: {notice.meanwhile}")
    for part, paragraphs in notice.parts.items():
        show.line()
        show.line(HEADINGS[part])
        for paragraph in paragraphs:
            for line in textwrap.wrap(show.plain(paragraph, 4000), 100):
                show.line(f"  {line}")


def report(
    names: Annotated[
        bool, typer.Option("--names", help="Who has not read the version in force; on record as a look.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """
    Who has read which version of the notice: numbers, by unit.

    Of everybody who is in the register and has not left. Units of fewer than
    ten people are told together. With --names instead everybody by name who
    has not read the version in force, to have them told; that you looked is
    recorded.

    Examples:
      sluicegate notice report
      sluicegate notice report --names --json
    """
    place = workplace()
    version = _notice(place.policy).version
    store = open_store(PresenceStore, place)
    if names:
        _print_unread(store.unread(version), version, as_json=as_json)
        return
    readers = by_unit(store.notice_report(), version)
    if as_json:
        for one in readers:
            show.json_line({"version": version, **asdict(one)})
        return
    show.table(
        ["unit", "people", f"have read version {version}", "an earlier one", "none"],
        ([_units(one), one.people, one.current, one.earlier, one.none] for one in readers),
    )
    people, current = sum(one.people or 0 for one in readers), sum(one.current or 0 for one in readers)
    if not people:
        show.line(f"fewer than {FEW} people are in the register, of whom no numbers are shown")
        return
    show.line(f"{current:,} of {people:,} people have read version {show.plain(version)}")


def _print_unread(unread: list[Reading], version: str, *, as_json: bool) -> None:
    if as_json:
        for one in unread:
            show.json_line(asdict(one))
        return
    show.table(
        ["login", "organisation", "unit", "has read", "at"],
        (
            [one.login, one.organisation, one.unit, one.version, one.at and show_moment(one.at)]
            for one in unread
        ),
    )
    show.line(f"{len(unread):,} people have not read version {show.plain(version)}")


def _units(one: Readers) -> str:
    if len(one.units) > _MOST_UNITS:
        return f"{len(one.units):,} units of a few people each"
    return ", ".join(one.units)


def _notice(policy: Policy) -> Notice:
    if policy.notice is None:
        raise Refused(f"{policy.source}: it has no notice text; until it has, nobody is named in the log")
    return policy.notice
