"""My record: everything that is stored about who asks, to them alone."""

import pytest

from addons.desk.protocol import MyRecord
from addons.pages.own import paths
from addons.pages.own.routes import ROUTES
from policy.facts import Who
from policy.words import Standing
from tests.addons.pages.own.samples import EMPTY_RECORD, FULL_RECORD, NOBODY, get, shown


def text(record: object) -> str:
    page, desk = shown(get(paths.MY_RECORD), {MyRecord: record})  # type: ignore[dict-item]  # either record
    assert desk.asked == [MyRecord("", "ab1234")]
    assert page.status == 200
    return page.body.decode()


@pytest.mark.parametrize(
    "stored",
    [
        "ab1234",
        "A. Sample",
        "Licensing",
        "licensing (3 April 2026, 13:30 BST)",
        "D-77, D-78",
        "Pages that were blocked",
        "1,840",
        "4 January 2026",
        "a question of procedure",
        "licensing visits",
        "Refused: The same is on",
        "Corrected, thank you.",
        "Not answered yet",
        "by your user name and password",
        "You may ask for a copy",
        "A look at what is kept about you: K7QF-2M9T, told on 4 March 2026",
        "Some of it could be looked at. That is over.",
    ],
)
def test_everything_that_is_stored_is_shown(stored: str) -> None:
    assert stored in text(FULL_RECORD)


def test_of_a_restricted_exemption_neither_what_for_whom_nor_why_is_shown() -> None:
    """A screen has more than one pair of eyes before it."""
    shown_text = text(FULL_RECORD)
    assert "details only those who approved it can see" in shown_text
    assert "secret.example" not in shown_text
    assert "covert" not in shown_text


def test_what_names_nobody_is_not_counted_as_ones_own() -> None:
    assert "Everything else that was allowed" not in text(FULL_RECORD)


def test_where_nothing_is_stored_that_is_said() -> None:
    empty = text(EMPTY_RECORD)
    assert "No entry names you." in empty
    assert empty.count(">None.<") == 5
    assert "not stored" in empty
    assert "You have not been told of any." in empty
    assert "You have not been told of any." not in text(FULL_RECORD)


def test_what_is_stored_and_not_shown_is_said() -> None:
    assert "Not shown here: which pages they were, your mail address and line manager" in text(FULL_RECORD)


def test_that_one_looked_is_kept_too_and_said() -> None:
    assert "That you looked is kept too: only that, and when, for 2,190 days" in text(FULL_RECORD)


@pytest.mark.parametrize("who", [NOBODY, Who(person="ab1234", standing=Standing.ENDED)])
def test_nobody_in_particular_has_no_record(who: Who) -> None:
    page, desk = shown(get(paths.MY_RECORD, who=who), {MyRecord: FULL_RECORD})
    assert (page.status, desk.asked) == (403, [])


def test_while_the_database_is_away_the_page_says_so() -> None:
    page, _ = shown(get(paths.MY_RECORD))
    assert page.status == 503
    assert "telephone the service desk" in page.body.decode()


def test_nobody_is_led_to_their_record_by_somebody_elses_page() -> None:
    """The look would leave a record that they never asked for."""
    route = ROUTES[paths.MY_RECORD]
    assert (route.personal, route.form) == (True, False)
