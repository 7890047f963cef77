"""What was typed, and the question that is made of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from console.cli.review import asked
from console.cli.review.asked import Narrowed
from policy.review.question import Cursor, Question
from policy.words import Verdict


def test_what_was_typed_is_read_as_the_log_has_it() -> None:
    question = asked.question(
        "k7qf-2m9t",
        " the complaint ",
        Narrowed(
            since="2026-11-01T00:00Z",
            until="2026-11-02T00:00Z",
            people=["Jane.DOE"],
            units=["CID"],
            categories=["gambling"],
            verdicts=[Verdict.BLOCK],
            host="WWW.Bet.TEST.",
            exemption="7xw4-01zn",
            reference="oxil 2345",
            visits_only=True,
        ),
    )
    assert question == Question(
        authority="K7QF2M9T",
        purpose="the complaint",
        since=datetime(2026, 11, 1, tzinfo=UTC),
        until=datetime(2026, 11, 2, tzinfo=UTC),
        people=("jane.doe",),
        units=("CID",),
        categories=("gambling",),
        verdicts=(Verdict.BLOCK,),
        host="www.bet.test",
        exemption="7XW401ZN",
        reference="0X112345",
        visits_only=True,
    )


def test_what_is_not_asked_for_is_as_the_authority_has_it() -> None:
    assert asked.question("K7QF2M9T", "why", Narrowed()) == Question("K7QF2M9T", "why")


@pytest.mark.parametrize(
    ("authority", "purpose", "narrowed", "names"),
    [
        ("short", "why", Narrowed(), "AUTHORITY"),
        ("K7QF2M9T", " ", Narrowed(), "--purpose"),
        ("K7QF2M9T", "why", Narrowed(since="yesterday"), "--since"),
        ("K7QF2M9T", "why", Narrowed(until="yesterday"), "--until"),
        ("K7QF2M9T", "why", Narrowed(people=[""]), "--person"),
        ("K7QF2M9T", "why", Narrowed(host="a b"), "--host"),
        ("K7QF2M9T", "why", Narrowed(exemption="x"), "--exemption"),
        ("K7QF2M9T", "why", Narrowed(reference="x"), "--reference"),
    ],
)
def test_what_cannot_be_read_names_its_option(
    authority: str, purpose: str, narrowed: Narrowed, names: str
) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        asked.question(authority, purpose, narrowed)
    assert refused.value.param_hint == names


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - no zone on purpose
    st.uuids(),
)
def test_a_place_in_an_answer_survives_a_command_line(at: datetime, identifier: UUID) -> None:
    place = Cursor(at, identifier)
    assert asked.read_place(asked.show_place(place)) == place


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1-zz", "9" * 30 + "-" + "0" * 32])
def test_what_is_no_place_is_an_error_of_usage(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        asked.read_place(text)


def test_a_page_has_what_is_still_wanted_and_never_more_than_one_may_have() -> None:
    question = Question("K7QF2M9T", "why")
    after = Cursor(datetime.now(UTC) - timedelta(days=1), UUID(int=1))
    assert asked.page_of(question, 1000, None).size == 200
    assert asked.page_of(question, 7, after) == Question("K7QF2M9T", "why", size=7, after=after)
