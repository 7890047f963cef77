"""`sluicegate status`: whether the gateway serves, for a person and for a script that waits for it."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from addons.server.status import GatewayStatus
from console.cli import show
from console.cli.asking import ask_gateway, socket_of
from console.cli.state import state_folder
from console.cli.times import show_moment, show_span
from console.cli.tls_hosts import show_tls
from policy.errors import Away


def status(
    wait: Annotated[
        float, typer.Option(min=0, metavar="S", help="Wait up to S seconds for it to serve.")
    ] = 0.0,
    tls: Annotated[
        bool, typer.Option("--tls", help="Instead: the hosts whose clients turn our certificate away.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Whether the gateway serves, and how it is.

    Exit code 0 when it serves, 4 when it does not. A process of the gateway
    that does nothing else is asked, so this answers beside workers that hang.

    Examples:
      sluicegate status
      sluicegate status --wait 10 && echo serving
      sluicegate status --json
      sluicegate status --tls
    """
    if tls:
        show_tls(state_folder().run, datetime.now(UTC).date(), as_json=as_json)
        return
    found = _wait_for(wait)
    if as_json:
        show.json_line(asdict(found))
    elif found.serving:
        _print(found)
    if not found.serving:
        raise Away("; ".join(found.problems) or "the gateway does not serve yet")


def _wait_for(seconds: float) -> GatewayStatus:
    path = socket_of(state_folder())
    end = time.monotonic() + seconds
    while True:
        try:
            found = ask_gateway(path)
            if found.serving or time.monotonic() >= end:
                return found
        except Away:
            if time.monotonic() >= end:
                raise
        time.sleep(min(0.1, max(0.0, end - time.monotonic())))


def _print(found: GatewayStatus) -> None:
    started = f" since {show_moment(found.started_at)}" if found.started_at else ""
    listens = (f"{where} ({found.modes[where]})" if where in found.modes else where for where in found.listen)
    show.line(f"serving on {', '.join(listens)}{started}, generation {found.generation}")
    ready = sum(worker.ready for worker in found.workers)
    connections = sum(worker.connections for worker in found.workers)
    requests = sum(worker.requests for worker in found.workers)
    blocked = sum(worker.blocked for worker in found.workers)
    died = f"; {found.deaths} died and were replaced" if found.deaths else ""
    show.line(
        f"workers   {ready} of {found.workers_wanted} ready; {connections} connections, "
        f"{requests} requests, {blocked} blocked{died}"
    )
    age = f", built {_ago(found.ruleset_age_s)}" if found.ruleset_age_s is not None else ""
    show.line(f"ruleset   {show.plain((found.ruleset or 'not the same everywhere')[:12])}{age}")
    if found.spool_records is not None:
        waits = f", the oldest for {_span(found.spool_oldest_s)}" if found.spool_records else ""
        show.line(f"spool     {found.spool_records} records, {found.spool_bytes} bytes{waits}")
    if found.database_ok is None:
        show.line("database  nobody has asked it yet")
    else:
        answered = _ago(found.database_age_s) if found.database_age_s is not None else "never"
        show.line(f"database  {'answers' if found.database_ok else 'AWAY'}; last answer {answered}")
    if found.observe:
        show.line(f"metrics   http://{found.observe}/metrics")
    for reason, count in found.not_a_request.items():
        show.line(f"refused   {count} that were no requests: {show.plain(reason)}")
    for problem in found.problems:
        show.note(f"problem: {problem}")


def _ago(seconds: float) -> str:
    return f"{_span(seconds)} ago"


def _span(seconds: float | None) -> str:
    return show_span(timedelta(seconds=seconds or 0.0))
