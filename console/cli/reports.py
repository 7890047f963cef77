"""`sluicegate reports list|answer`: what staff sent from our own pages, and what they are answered."""

from dataclasses import asdict
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, AsJsonLines, reference_of
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import workplace
from db.reports import Report, ReportStore
from policy.identifiers import show_reference
from policy.words import ReportKind


def list_(
    kind: Annotated[ReportKind | None, typer.Option(metavar="K", help="Only of this kind.")] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Who sent it; not for a login that keeps lists.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what has been answered.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """
    What staff sent and nobody has answered yet, newest first.

    not-meant: a note beside a refusal. not-blocked: something that should have
    been refused and was not. wrong-category: a challenge. Without names,
    unless you ask for them and your database role may read them.

    Examples:
      sluicegate reports list
      sluicegate reports list --kind wrong-category --json
      sluicegate reports list --all --names
    """
    found = [
        report
        for report in open_store(ReportStore, workplace()).reports(everything=everything, named=names)
        if kind in {None, report.kind}
    ]
    if as_json:
        for report in found:
            show.json_line(_as_record(report, names=names))
        return
    columns = ["reference", "sent", "kind", "host", "category", "about", "text", "answer"]
    show.table(
        [*columns, "by"] if names else columns,
        (
            [
                *(
                    show_reference(report.id),
                    show_moment(report.at),
                    report.kind,
                    report.host,
                    report.category,
                ),
                *(report.decision and show_reference(report.decision), report.text),
                report.answered and report.answered.answer,
                *([report.person] if names else ()),
            ]
            for report in found
        ),
    )


def answer(
    reference: Annotated[str, typer.Argument(metavar="REF", help='A reference of "reports list".')],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What they are answered.")],
    as_json: AsJson = False,
) -> None:
    """
    Answer a report, once.

    Whoever sent it under their name reads the answer in their record.

    Examples:
      sluicegate reports answer K7QF-2M9T --text "the entry was wrong; it is withdrawn"
    """
    report = open_store(ReportStore, workplace()).answer(reference_of(reference, "REF"), text)
    if as_json:
        show.json_line(_as_record(report, names=False))
    else:
        show.line(f"{show_reference(report.id)}: answered")


def _as_record(report: Report, *, names: bool) -> dict[str, object]:
    record = asdict(report)
    if not names:
        del record["person"]
    return record
