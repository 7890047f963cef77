"""Who the service speaks to: people of the register as it is now, programs for one question, nobody else."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from console.review.parts import Parts
from console.review.service import ReviewService
from policy.errors import DatabaseAway, ReviewRefused
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.review.office import OFFICES, OPERATOR, REVIEWER, Office
from tests.db.examples import decision


class Knocks:
    """Keeps who was turned away."""

    def __init__(self) -> None:
        self.recorded: list[str] = []

    def turned_away(self, login: str, *, what: str, why: str) -> None:
        self.recorded.append(login)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def nobody(login: str) -> Reviewer:
    raise ReviewRefused(f"{login} is nobody")


def service(knocks: Knocks, clock: Clock, known: Any = nobody, **more: Any) -> ReviewService:
    class Made:
        looks = knocks

    return ReviewService(cast("Parts", Made()), known, clock=clock, **more)


def test_whoever_knocks_again_and_again_is_on_record_once_a_minute() -> None:
    knocks, clock = Knocks(), Clock()
    asked = service(knocks, clock)
    for second in (0, 1, 59, 60, 61, 121):
        clock.now = second
        with pytest.raises(ReviewRefused, match="nobody"):
            asked.by_login("mallory")
    assert knocks.recorded == ["mallory"] * 3


def test_a_thousand_names_fill_no_memory_and_each_is_on_record() -> None:
    knocks, clock = Knocks(), Clock()
    asked = service(knocks, clock)
    for number in range(1_500):
        with pytest.raises(ReviewRefused):
            asked.by_login(f"mallory-{number}")
    assert len(knocks.recorded) == 1_500
    assert len(asked._turned_away) == 1_000


def test_a_record_that_cannot_be_made_is_no_answer() -> None:
    class Away(Knocks):
        def turned_away(self, login: str, *, what: str, why: str) -> None:
            raise DatabaseAway("away")

    with pytest.raises(DatabaseAway):
        service(Away(), Clock()).by_login("mallory")


def test_a_program_is_no_person_and_has_no_role() -> None:
    knocks = Knocks()
    found = service(knocks, Clock(), programs=("Lists",)).by_login("LISTS")
    assert found.who() == Reviewer("", "lists", frozenset())
    assert knocks.recorded == []


def test_a_person_who_has_a_programs_name_is_that_person() -> None:
    def known(login: str) -> Reviewer:
        return Reviewer("", login, frozenset({ReviewerRole.AUDITOR}))

    found = service(Knocks(), Clock(), known, programs=("lists",)).by_login("lists")
    assert found.who().roles == {ReviewerRole.AUDITOR}


@pytest.mark.parametrize("login", OFFICES)
def test_everybody_is_spoken_to_by_the_offices_they_hold(shared: Office, login: str) -> None:
    found = shared.by(login).who()
    assert (found.login, len(found.roles)) == (login, len(OFFICES[login]) * (login != "greta"))


def test_who_is_nobody_is_turned_away_on_record(shared: Office) -> None:
    with pytest.raises(ReviewRefused, match="not in the register"):
        shared.by("mallory")
    last = shared.accesses()[-1]
    assert (last.actor, last.what, last.rows_seen) == ("mallory", "review", 0)
    assert last.result.startswith("refused: mallory is not in the register")


def test_beside_sqlite_whoever_has_the_file_sees_what_names_nobody_and_no_more(office: Office) -> None:
    now = datetime.now(UTC)
    office.record(decision(at=now, organisation=None, host="bet.test"))
    somebody = office.made.service.by_account("somebody")
    assert [one.host for one in somebody.running.decisions(now, False, None, 10)] == ["bet.test"]
    with pytest.raises(ReviewRefused):
        somebody.authorities.show("K7QF2M9T")
    rita = office.made.service.by_account(REVIEWER).who()
    assert rita.roles == {ReviewerRole.PROFESSIONAL_STANDARDS, ReviewerRole.IT}
    assert office.by(OPERATOR).who().roles == {ReviewerRole.IT}


def test_each_topic_is_there(shared: Office) -> None:
    review = shared.by(REVIEWER)
    for topic in ("authorities", "reviewing", "evidence", "figures", "subject", "sealed", "holds"):
        assert getattr(review, topic) is not None
