"""`sluicegate hold`: what is kept past its time for a matter that is being dealt with."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, AsJsonLines, Because, login_of, reference_of, since_of
from console.cli.review import connect
from console.cli.times import show_moment
from policy.identifiers import show_reference
from policy.review.hold import FOR_GOOD, Hold, HoldTerms

_HOLD = Annotated[str, typer.Argument(metavar="HOLD", help="Its reference, such as K7QF-2M9T.")]


def place(
    matter: Annotated[str, typer.Option(metavar="REF", help="Of the matter, in your own files.")],
    because: Because,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="What was decided from then on: 90d, or a date.")
    ],
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until then; without it, also what is to come.")
    ] = None,
    person: Annotated[list[str] | None, typer.Option(metavar="LOGIN", help="Again for more.")] = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="In place of people: all rows of that period.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Keep what the policy would dispose of, for as long as a matter needs it.

    It names people, or all rows of a period. Nobody sees more by it: what may
    be read is still what an authority permits. Until it is released, daily
    disposal copies what it keeps out of the log before the rest goes. For who
    has the role data_protection; nobody places one on themselves.

    Examples:
      sluicegate hold place --matter ET-2026-031 --person jane.doe \\
          --since 2026-09-01 --because "a claim at the tribunal"
    """
    if bool(person) is everybody:
        raise typer.BadParameter(
            "name people with --person, or everybody with --everybody", param_hint="--person"
        )
    review = connect.review()
    hold = review.holds.place(
        HoldTerms(
            organisation=review.who().organisation,
            people=tuple(login_of(one, "--person") for one in person or ()),
            since=since_of(since),
            until=since_of(until, "--until") if until else FOR_GOOD,
            matter=matter,
            because=because,
        )
    )
    if as_json:
        show.json_line(asdict(hold))
    else:
        show.line(f"{show_reference(hold.id)}: {_kept(hold)} is kept until it is released")


def release(hold: _HOLD, because: Because, as_json: AsJson = False) -> None:
    """
    Let go what a hold keeps.

    What is past its time goes with the next disposal, unless another hold
    keeps it too. The hold itself stays on record, with who released it.

    Examples:
      sluicegate hold release K7QF-2M9T --because "the claim was settled"
    """
    released = connect.review().holds.release(reference_of(hold, "HOLD"), because)
    if as_json:
        show.json_line(asdict(released))
    else:
        show.line(f"{show_reference(released.id)}: released; what is past its time goes at the next disposal")


def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those that were released.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """
    The holds that stand, newest first.

    Examples:
      sluicegate hold list
      sluicegate hold list --all --json
    """
    found = [one for one in connect.review().holds.list() if every or one.released_at is None]
    if as_json:
        for one in found:
            show.json_line(asdict(one))
    else:
        _print(found)


def _print(found: Iterable[Hold]) -> None:
    show.table(
        ["hold", "matter", "keeps", "placed", "by", "because", "released", "by"],
        (
            [
                *(show_reference(one.id), one.terms.matter, _kept(one)),
                *(show_moment(one.placed_at), one.placed_by, one.terms.because),
                *(one.released_at and show_moment(one.released_at), one.released_by),
            ]
            for one in found
        ),
    )


def _kept(hold: Hold) -> str:
    terms = hold.terms
    until = "on" if terms.until == FOR_GOOD else f"until {show_moment(terms.until)}"
    return f"{', '.join(terms.people) or 'everybody'}, from {show_moment(terms.since)} {until}"
