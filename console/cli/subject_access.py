"""`sluicegate subject-access`: everything that is kept about one person, in one file for that person."""

from console.cli import show
from console.cli.options import AsJson, Because, Login, login_of
from console.cli.review import connect
from console.cli.review.export import ExportFile, check_name, say_key, take, taken
from console.evidence.keys import VerifyKey


def subject_access(login: Login, because: Because, output: ExportFile, as_json: AsJson = False) -> None:
    """
    Everything that is kept about one person, for that person.

    Their own decisions, register entry, devices, notices, exemptions, requests,
    reports, stated purposes, the reviews they were told of and the looks within
    those. Other people's data is left out, and what they may not be told. Read
    the free texts before you hand it over, and look at `hold list`: what a legal
    hold keeps is in it. For who has the data protection role, and never about
    themselves; that you looked is recorded.

    Examples:
      sluicegate subject-access alice --because "her request of 3 December, SAR-12" --output sar-12.zip
    """
    check_name(output)
    review = connect.review()
    key = VerifyKey(bytes.fromhex(review.evidence.key().public))
    found = take(review.subject.access(login_of(login), because), output, key)
    rows = sum(info.lines or 0 for info in found.manifest.files.values())
    if as_json:
        show.json_line(taken(output, found) | {"rows": rows})
        return
    show.line(f"{show.plain(str(output))}: {rows:,} decisions, {found.size:,} bytes, whole and signed")
    say_key(found)
    show.note("before you hand it over: read the free texts in what-is-kept.txt, and look at: hold list")
