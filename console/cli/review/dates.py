"""Whole days as they are typed for questions that need no authority: UTC, as the numbers are kept."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

Since = Annotated[str, typer.Option(metavar="DATE", help="The first day (UTC): 2026-11-01, or 30d.")]
SinceMonth = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="The first day (UTC); without it, the last month that is told."),
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="The first day that is not in it; without it, today.")
]
Purpose = Annotated[
    str, typer.Option(metavar="TEXT", help="What this look is for, in a sentence; kept with it.")
]


def days_of(since: str, until: str | None, now: datetime) -> tuple[date, date]:
    """The first day, and the first that is not in it. Raises `typer.BadParameter`."""
    today = now.astimezone(UTC).date()
    first, beyond = _day(since, "--since", today), _day(until, "--until", today) if until else today
    if first >= beyond:
        raise typer.BadParameter(f"{first} to {beyond}: no whole day is between them", param_hint="--since")
    return first, beyond


def _day(text: str, hint: str, today: date) -> date:
    try:
        if text[-1:] == "d" and text[:-1].isdecimal():
            return today - timedelta(days=int(text[:-1]))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text[:40]!r}: expected a date such as 2026-11-01, or days before today such as 30d",
            param_hint=hint,
        ) from None


def purpose_of(text: str) -> str:
    """What a look is for. Raises `typer.BadParameter` where nothing is said."""
    if not text.strip():
        raise typer.BadParameter("say what this look is for", param_hint="--purpose")
    return text.strip()
