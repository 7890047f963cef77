"""`sluicegate review explain`: one decision in full, judged again as of its time."""

from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, reference_of
from console.cli.review import asked, connect, decision_shown
from console.cli.review.asked import Narrowed
from console.cli.review.bounds_shown import print_bounds
from console.cli.review.bounds_shown import record as bounds_record


def explain(
    authority: asked.AuthorityArgument,
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="Of the decision, such as K7QF-2M9T.")
    ],
    purpose: asked.PurposeOption,
    as_json: AsJson = False,
) -> None:
    """
    One decision in full, judged again by the lists and the policy of its time.

    Says what was decided and by which entry of which list, how the person was
    known, what came of it, and what none of that shows. Judging it again gives
    the same, something different, or cannot be done, and then why.

    Examples:
      sluicegate review explain K7QF-2M9T 7XW4-01ZN --purpose "the page in the complaint"
    """
    question = asked.question(authority, purpose, Narrowed())
    within = connect.review().reviewing.explain(question, reference_of(reference, "REFERENCE"))
    if as_json:
        show.json_line({"bounds": bounds_record(within.bounds), **decision_shown.record(within.answer)})
        return
    print_bounds(within.bounds)
    for heading, lines in decision_shown.sections(within.answer):
        show.line()
        show.line(heading)
        for line in lines:
            show.line(f"  {show.plain(line, 2000)}")
