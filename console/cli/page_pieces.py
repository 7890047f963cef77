"""What `sluicegate explain --page` shows: every recorded piece of a site's pages in the last hour."""

from collections.abc import Sequence
from dataclasses import asdict

from categories.urls.normalise import Url
from console.cli import show
from console.cli.review.connect import review_at
from console.cli.times import show_moment
from console.cli.workplace import Workplace
from db.page_view import MOST_PIECES, PagePiece

_PAGE_SCHEMES = {"wss": "https", "ws": "http"}


def show_page(place: Workplace, url: Url, *, as_json: bool) -> None:
    """Ask for the pieces and show them. Raises `DatabaseAway`."""
    page = f"{_PAGE_SCHEMES.get(url.scheme, url.scheme)}://{url.host}"
    pieces = review_at(place.state, place.effective).running.page(page)
    if as_json:
        show.json_line({"page": page, "pieces": [asdict(piece) for piece in pieces]})
    else:
        _print(page, pieces)


def _print(page: str, pieces: Sequence[PagePiece]) -> None:
    if pieces:
        columns = [
            "last",
            "times",
            "resource",
            "host",
            "verdict",
            "reason",
            "category",
            "list",
            "line",
            "entry",
        ]
        withdrawn = any(piece.withdrawn_on for piece in pieces)
        show.table(
            [*columns, "withdrawn as wrong on"] if withdrawn else columns,
            (_row(piece, withdrawn=withdrawn) for piece in pieces),
        )
    requests = sum(piece.times for piece in pieces)
    show.line(f"{requests:,} recorded requests of pages on {show.plain(page)} in the last hour")
    show.line(
        "Pieces that were allowed are usually recorded without their page, so they are not among these."
    )
    if len(pieces) == MOST_PIECES:
        show.note(f"only the latest {MOST_PIECES:,} kinds of them are shown")


def _row(piece: PagePiece, *, withdrawn: bool) -> list[object]:
    row: list[object] = [
        f"{piece.last.astimezone():%H:%M:%S}",
        f"{piece.times:,}",
        *(piece.resource, piece.host, piece.verdict, piece.reason, piece.category, piece.list, piece.line),
        f"{piece.entry} ({piece.entry_kind})" if piece.entry else None,
    ]
    return [*row, show_moment(piece.withdrawn_on) if piece.withdrawn_on else None] if withdrawn else row
