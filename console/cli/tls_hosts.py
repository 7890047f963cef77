"""`sluicegate status --tls`: the hosts whose clients turn our certificate away, and what to do about each."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from addons.tls_table import Turned, read_all
from console.cli import show

SHOWN = 30
_SUGGESTED = 10
# So often before a line is suggested: a browser that is closed at the wrong moment is no pinned program.
_OFTEN = 3
_REVIEW = timedelta(days=182)


def show_tls(run: Path, today: date, *, as_json: bool) -> None:
    """Print what the workers of this `run/` folder have noticed in the last two weeks."""
    hosts = read_all(sorted(run.glob("tls-*.json")), today)
    if as_json:
        for host, turned in hosts.items():
            show.json_line({"host": host, **asdict(turned), "suggested": is_suggested(turned)})
        return
    if not hosts:
        show.line("no client has turned a certificate of the gateway away")
        return
    show.table(
        ["host", "refused", "left", "used all the same", "last"],
        ([host, one.refused, one.left, one.used, one.last] for host, one in list(hosts.items())[:SHOWN]),
    )
    for line in advice(hosts, today):
        show.line(line)


def is_suggested(turned: Turned) -> bool:
    """Whether everything points to a program that accepts one certificate only."""
    return turned.used == 0 and turned.away >= _OFTEN


def advice(hosts: Mapping[str, Turned], today: date) -> Iterator[str]:
    """What to do, line by line."""
    if any(turned.used and turned.refused for turned in hosts.values()):
        yield "Hosts that others use all the same: a device that turns away does not trust the root. Find it"
        yield "and give it the files of `sluicegate ca rollout`; an entry would only hide it."
    suggested = [host for host, turned in hosts.items() if is_suggested(turned)][:_SUGGESTED]
    if suggested:
        yield "Hosts that nobody uses: if the program is known and wanted, and its device trusts the root,"
        yield "these go into a file for: sluicegate lists never-decrypt FILE; then: sluicegate reload"
    for host in suggested:
        yield ""
        yield from entry_lines(host, today)


def entry_lines(host: str, today: date) -> Iterator[str]:
    """An entry of the never-decrypt list, in TOML. Nothing in a normalised host needs quoting."""
    yield "[[entry]]"
    yield f'host = "{show.plain(host)}"'
    yield 'why = "Its program accepts one certificate only."'
    yield 'who = "IT"'
    yield f"review = {today + _REVIEW}"
