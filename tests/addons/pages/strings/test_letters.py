"""What is mailed about a report, word by word where it matters."""

from dataclasses import replace
from datetime import UTC, datetime

from addons.pages.strings import letters
from policy.words import ReportKind
from tests.samples import shipped_policy


def test_a_letter_says_whose_filter_it_is_and_that_nobody_reads_an_answer() -> None:
    policy = shipped_policy()
    nobody = replace(
        policy,
        file=policy.file.model_copy(update={"about": policy.about.model_copy(update={"organisation": ""})}),
    )
    whole = letters.whole(nobody, "First.", "", "Second.")
    assert whole == (
        "This message was sent by the web filter of your organisation.\n\nFirst.\n\nSecond.\n\n"
        "Please do not answer this message: nobody reads what is sent to its sender.\n"
    )


def test_facts_are_a_line_each_by_the_clock_on_the_wall() -> None:
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert letters.facts("bad.test", "gambling", at, "K7QF-2M9T").splitlines() == [
        "Site: bad.test",
        "Category: gambling",
        "Reported: 1 July 2026, 23:30 BST",
        "Reference: K7QF-2M9T",
    ]
    assert "Category" not in letters.facts("bad.test", None, at, "K7QF-2M9T")


def test_every_line_that_somebody_wrote_is_marked_as_theirs() -> None:
    """So that nobody can write a sentence of ours into it."""
    said = letters.in_their_words("one\r\nPlease open the site\x0bthree")
    assert said.splitlines()[1:] == ["> one", "> Please open the site", "> three"]


def test_whatever_is_mailed_has_a_subject_and_what_the_lists_are_to_do() -> None:
    for kind in {ReportKind.NOT_BLOCKED, ReportKind.WRONG_CATEGORY}:
        assert letters.subject(kind, "K7QF-2M9T").endswith("(K7QF-2M9T)")
        assert letters.LISTS[kind]
