"""
`sluicegate authority`: the written authority that a review needs (P4.0): asked for, decided on, ended.

Who asks and who decides is known to the service by their login; no option names somebody else.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import authorities_shown as shown
from console.cli import show
from console.cli.options import AsJson, AsJsonLines, Because, login_of, reference_of, since_of
from console.cli.review import connect
from console.review.answers import State
from policy.errors import Refused
from policy.identifiers import show_reference
from policy.review.authority import Terms
from policy.review.reviewer import Reviewer
from policy.words import Purpose, ReviewerRole

_AUTHORITY = Annotated[str, typer.Argument(metavar="AUTHORITY", help="Its reference, such as K7QF-2M9T.")]


def request(
    matter: Annotated[str, typer.Option(metavar="REF", help="Of the matter, in your own files.")],
    purpose: Annotated[Purpose, typer.Option(help="What monitoring may be for (P4.0).")],
    necessity: Annotated[str, typer.Option(metavar="TEXT", help="Why this must be looked at.")],
    proportionality: Annotated[str, typer.Option(metavar="TEXT", help="Why no more than this.")],
    less_intrusive: Annotated[
        str, typer.Option(metavar="TEXT", help="What less was considered, and why it does not do.")
    ],
    since: Annotated[str, typer.Option(metavar="TIME", help="Of the data, from then on: 14d, or a date.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="Of the data, until then, without it.")],
    person: Annotated[list[str] | None, typer.Option(metavar="LOGIN", help="Again for more.")] = None,
    unit: Annotated[list[str] | None, typer.Option(metavar="UNIT", help="Again for more.")] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="CATEGORY", help="Again for more; without it, any.")
    ] = None,
    allowed_visits: Annotated[bool, typer.Option("--allowed-visits", help="Also what was allowed.")] = False,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Also sealed parts of privileged decisions.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="For how many days it is to hold.")] = 14,
    renews: Annotated[
        str | None, typer.Option(metavar="REF", help="The authority that this one continues.")
    ] = None,
    role: Annotated[
        ReviewerRole | None,
        typer.Option(help="In which of your roles; without it, the only one that may ask."),
    ] = None,
    organisation: Annotated[
        str, typer.Option(metavar="ORG", help="Whose people; without it, your own organisation's.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """
    Ask for a written authority to look at what named people or units asked for.

    Somebody else decides, by the office that the policy names. Nothing can be
    seen before. Nobody asks about themselves or their line manager. What it
    covers is never changed afterwards: for more, ask for another.

    Examples:
      sluicegate authority request --matter PSD-2026-014 --purpose breach --person jane.doe \\
          --since 2026-11-01 --until 2026-11-15 --category gambling \\
          --necessity "a complaint names this person, these days and such sites" \\
          --proportionality "one person, two weeks, one category, no allowed visits" \\
          --less-intrusive "the line manager asked; what was said cannot be checked otherwise"
    """
    review = connect.review()
    who = review.who()
    asked = review.authorities.request(
        Terms(
            organisation=organisation or who.organisation,
            role=role or _role(who),
            matter=matter,
            purpose=purpose,
            necessity=necessity,
            proportionality=proportionality,
            less_intrusive=less_intrusive,
            people=tuple(login_of(one, "--person") for one in person or ()),
            units=tuple(unit or ()),
            since=since_of(since),
            until=since_of(until, "--until"),
            categories=tuple(category or ()),
            allowed_visits=allowed_visits,
            sealed=sealed,
            days=days,
            renews=reference_of(renews, "--renews") if renews else None,
        )
    )
    if as_json:
        show.json_line(shown.record(asked))
    else:
        show.line(
            f"{show_reference(asked.id)}: asked for; somebody else decides with "
            f"sluicegate authority grant {show_reference(asked.id)}"
        )


_MAY_ASK = (
    ReviewerRole.LINE_MANAGER,
    ReviewerRole.PROFESSIONAL_STANDARDS,
    ReviewerRole.INFORMATION_SECURITY,
)


def _role(who: Reviewer) -> ReviewerRole:
    """The one role in which they may ask. Raises `Refused` or `typer.BadParameter`."""
    found = [role for role in _MAY_ASK if role in who.roles]
    if not found:
        raise Refused(
            f"{show.plain(who.login)} has no role that asks for authorities ({', '.join(_MAY_ASK)}); "
            "the policy says which offices have which"
        )
    if len(found) > 1:
        raise typer.BadParameter(f"you act in one of them: {', '.join(found)}", param_hint="--role")
    return found[0]


def grant(authority: _AUTHORITY, because: Because, as_json: AsJson = False) -> None:
    """
    Grant an authority as it was asked for, from now on.

    You need the office that the policy names, or its deputy's. Read what it is
    for first (authority show): it cannot be granted in part. Nobody grants what
    they asked for, nor what is about themselves or their line manager.

    Examples:
      sluicegate authority grant K7QF-2M9T --because "necessary, and no more than is needed"
    """
    reference = reference_of(authority, "AUTHORITY")
    shown.say(connect.review().authorities.grant(reference, because), as_json=as_json)


def refuse(authority: _AUTHORITY, because: Because, as_json: AsJson = False) -> None:
    """
    Refuse a request for an authority, or take one's own back.

    Examples:
      sluicegate authority refuse K7QF-2M9T --because "ask the person first"
    """
    reference = reference_of(authority, "AUTHORITY")
    review = connect.review()
    own = review.authorities.show(reference).requested_by == review.who().login
    decide = review.authorities.take_back if own else review.authorities.refuse
    shown.say(decide(reference, because), as_json=as_json)


def revoke(authority: _AUTHORITY, because: Because, as_json: AsJson = False) -> None:
    """
    End an authority now, before its time.

    The next question within it is refused. What was seen stays on record.

    Examples:
      sluicegate authority revoke K7QF-2M9T --because "the complaint was withdrawn"
    """
    reference = reference_of(authority, "AUTHORITY")
    shown.say(connect.review().authorities.revoke(reference, because), as_json=as_json)


def tell(
    authority: _AUTHORITY,
    withhold: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Why the people named are not told for now; kept, and asked again."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Say of an authority that is over whether the people it named are told.

    Without --withhold they are told now; a week after its end they are told
    anyway, where nobody says anything. What is withheld is listed to the
    auditor, and asked again after 90 days. It is the granting office's word.

    Examples:
      sluicegate authority tell K7QF-2M9T
      sluicegate authority tell K7QF-2M9T --withhold "an investigation is still open"
    """
    reference = reference_of(authority, "AUTHORITY")
    shown.say(connect.review().authorities.tell(reference, withhold), as_json=as_json)


def list_(
    state: Annotated[
        str,
        typer.Option(metavar="STATE", help="waiting, in-force, over, refused or all."),
    ] = "all",
    as_json: AsJsonLines = False,
) -> None:
    """
    The authorities that you may see, newest first.

    Your own requests and what you may decide on or review within; an auditor
    sees all of them.

    Examples:
      sluicegate authority list
      sluicegate authority list --state waiting
    """
    found = connect.review().authorities.list(_state(state))
    now = datetime.now(UTC)
    if as_json:
        for one in found:
            show.json_line(shown.record(one, now))
    else:
        shown.print_list(found, now)


def _state(text: str) -> State:
    match text:
        case "waiting" | "in-force" | "over" | "refused" | "all":
            return text
    raise typer.BadParameter(
        f"{text[:40]!r}: expected waiting, in-force, over, refused or all", param_hint="--state"
    )


def show_(authority: _AUTHORITY, as_json: AsJson = False) -> None:
    """
    One authority in full: what it is for, whose word it is, and until when.

    Examples:
      sluicegate authority show K7QF-2M9T
    """
    one = connect.review().authorities.show(reference_of(authority, "AUTHORITY"))
    now = datetime.now(UTC)
    if as_json:
        show.json_line(shown.record(one, now))
    else:
        shown.print_one(one, now)
