"""A report within an authority as a page: what it was read within, what it cannot show, plots and tables."""

from datetime import datetime

from console.cli.review import spans
from console.cli.review.bounds_shown import facts
from console.cli.review.figures_shown import COUNTED, KNOWN_BY, NONE, cannot_show, numbers, parts
from console.cli.review.page import Head, Table, render
from console.review.answers import Within
from policy.review.figures import Report


def report_page(within: Within[Report], purpose: str, made: datetime) -> str:
    """The whole page."""
    report = within.answer
    return render(
        "report.html",
        Head("Report of a review", made, purpose, tuple(facts(within.bounds))),
        cannot_show=cannot_show(report),
        step="day",
        total=Table(
            "Visits and other requests", ("what", *COUNTED), (("everything", *numbers(report.total)),)
        ),
        plot=spans.plot(report.by_day, hourly=False),
        by_time=spans.table("By day", report.by_day, hourly=False),
        tables=[
            Table(
                "How people were known" if heading == KNOWN_BY else f"By {heading}",
                (heading, *COUNTED),
                tuple((each.what or NONE, *numbers(each.figures)) for each in figures),
            )
            for heading, figures in parts(report)
        ],
        more_hosts=f"Hosts: the {len(report.by_host):,} with the most visits of {report.hosts:,}."
        if report.hosts > len(report.by_host)
        else "",
    )
