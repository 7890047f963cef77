"""No answer of the statistics, and no two of them, say what fewer than ten people did."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.errors import ReviewRefused
from policy.review.disclosure import (
    FEWEST,
    LATE,
    MOST_MONTHS,
    Part,
    last_told,
    lattice,
    publish,
    rounded,
    told,
)
from policy.review.figures import Dimension, Statistics, StatisticsCell, StatisticsQuestion, StatisticsRow
from policy.words import RetentionClass, Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEPT = dict.fromkeys(RetentionClass, 365)
OCTOBER = StatisticsQuestion("how much is refused", "county", date(2026, 10, 1), date(2026, 11, 1))
BY_UNIT = replace(OCTOBER, by=(Dimension.CATEGORY, Dimension.UNIT))
BY_LIST = replace(OCTOBER, by=(Dimension.CATEGORY, Dimension.LIST))


def shown(*numbers: int, fewest: int = FEWEST) -> tuple[int | None, ...]:
    """The parts as they are told where nobody is known; None where nothing is told."""
    split = {name: Part(number) for name, number in zip("ABCDEFG", numbers, strict=False)}
    found = publish(Part(sum(numbers)), split, fewest)
    return tuple(found.get(name) for name in split)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param((20, 30), (20, 30), id="nothing-small"),
        pytest.param((20, 0, 30), (20, None, 30), id="zero-hides-nothing-and-is-not-told"),
        pytest.param((9, 0), (None, None), id="a-small-column-is-withheld-whole"),
        pytest.param((10,), (10,), id="ten-is-enough"),
        pytest.param((9, 30, 40), (None, None, 40), id="one-small-part-takes-the-next-with-it"),
        pytest.param((30, 40, 9), (None, 40, None), id="after-the-last-comes-the-first"),
        pytest.param((40, 9, 30, 20), (40, None, None, 20), id="the-next-and-not-the-smallest"),
        pytest.param((1, 17, 40), (None, None, None), id="with-seventeen-one-could-not-be-nine"),
        pytest.param((1, 18, 40), (None, None, 40), id="with-eighteen-it-could"),
        pytest.param((5, 6, 40, 41), (None, None, None, 41), id="two-small-ones-take-another-too"),
        pytest.param((5, 0, 40, 41), (None, None, None, 41), id="zero-is-no-other"),
        pytest.param((1,) * 7, (None,) * 7, id="nothing-but-small-ones"),
        pytest.param((9, 9), (None, None), id="as-much-as-small-ones-can-be"),
    ],
)
def test_what_is_told_of_one_column(numbers: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
    assert shown(*numbers) == expected


@pytest.mark.parametrize(("fewest", "places", "most"), [(2, 5, 7), (3, 4, 12), (4, 3, 20), (5, 3, 22)])
def test_whoever_knows_the_rule_and_tries_everything_finds_many_numbers_possible(
    fewest: int, places: int, most: int
) -> None:
    """
    Every column that there can be, sorted by what an onlooker has of it: its sum, and what is told of its
    parts. Where a part may be small and not zero, as many numbers are possible for it as small ones have.
    """
    alike: defaultdict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for numbers in product(range(most), repeat=places):
        if fewest <= sum(numbers) < most:  # of more not all that look alike were tried
            alike[sum(numbers), shown(*numbers, fewest=fewest)].append(numbers)
    assert len(alike) > 30
    for columns in alike.values():
        for place in range(places):
            values = {numbers[place] for numbers in columns}
            if any(0 < value < fewest for value in values):
                assert len(values) >= max(2, fewest - 1), columns


class World:
    """The tallies of an organisation, kept as the database keeps them."""

    def __init__(self, decisions: list[tuple[int, int, int, int, int]]) -> None:
        # Day, unit, category, list and person, each a small number; the person has one unit.
        self.decisions = decisions

    def cells(self, question: StatisticsQuestion) -> Iterator[StatisticsCell]:
        numbers: defaultdict[tuple[date, str | None, str | None, str], int] = defaultdict(int)
        people: defaultdict[tuple[str | None, str], set[int]] = defaultdict(set)
        by_unit, by_list = Dimension.UNIT in question.by, Dimension.LIST in question.by
        for day, unit, category, list_, person in self.decisions:
            named = (f"unit {unit}" if by_unit else None, f"category {category}")
            period = date(2026, 10, 1) + timedelta(days=0 if by_unit else day)
            numbers[period, named[0], f"list {list_}" if by_list else None, named[1]] += 1
            people[named].add(person)
        for (period, unit_, list_name, category_), number in numbers.items():
            yield StatisticsCell(
                period, category_, list_name, unit_, "refused", Verdict.BLOCK, True, number,
                len(people[unit_, category_]),
            )  # fmt: skip

    def ask(self, question: StatisticsQuestion) -> Statistics:
        asked = lattice(question, NOW)
        finer = None if asked.parts is None else self.cells(asked.parts)
        return told(question, self.cells(asked.columns), finer, KEPT, NOW)

    def known(self, of: str) -> Iterator[str]:
        """Of what there are parts: an onlooker knows the days, units and lists that there are."""
        names = {"": 1, "day": 4, "unit": 3, "list": 3}
        for number in range(names[of]):
            yield part_of((number,) * 4, of)


def every_question() -> Iterator[StatisticsQuestion]:
    for by in (
        (),
        (Dimension.CATEGORY,),
        (Dimension.CLASS,),
        (Dimension.CATEGORY, Dimension.CLASS),
        (Dimension.UNIT,),
        (Dimension.LIST,),
        (Dimension.CATEGORY, Dimension.UNIT),
        (Dimension.CATEGORY, Dimension.LIST),
        (Dimension.CLASS, Dimension.UNIT, Dimension.CATEGORY),
    ):
        yield replace(OCTOBER, by=by)
        yield replace(OCTOBER, by=by, monthly=True)
        if not {Dimension.UNIT, Dimension.LIST} & set(by):
            for first, last in ((1, 2), (1, 3), (2, 3), (2, 4), (3, 32)):
                since = date(2026, 9, 30) + timedelta(days=first)
                yield replace(OCTOBER, by=by, since=since, until=since + timedelta(days=last - first))


worlds = st.lists(
    st.tuples(
        st.tuples(*(st.integers(0, most) for most in (3, 2, 1, 2, 30))),
        st.integers(1, 15),
    ),
    max_size=25,
).map(lambda some: World([one for one, times in some for _ in range(times)]))


@given(worlds)
def test_no_sum_or_difference_of_all_answers_together_gives_a_withheld_number(world: World) -> None:
    """
    All answers that the lattice has, as equations over what is not known: none settles a small number.

    Exact numbers are given to the onlooker here; what is told is rounded besides.
    """
    answers = exact_answers(world)
    for category in {one[2] for one in world.decisions}:
        variables = sorted({one[:4] for one in world.decisions if one[2] == category})
        equations, small = [], []
        for of in SPLITS:
            for name in world.known(of):
                row = [Fraction(part_of(variable, of) == name) for variable in variables]
                number = sum(one[2] == category and part_of(one[:4], of) == name for one in world.decisions)
                if (f"category {category}", of, name) in answers:
                    assert answers[f"category {category}", of, name] == number
                    equations.append(row)
                elif number:
                    small.append(row)
        assert not any(is_combination(row, equations) for row in small)


SPLITS = ("", "day", "unit", "list")
BY_CLASS = (Dimension.CATEGORY, Dimension.CLASS)
FINEST = {
    "": replace(OCTOBER, by=BY_CLASS, monthly=True),
    "day": replace(OCTOBER, by=BY_CLASS),
    "unit": replace(OCTOBER, by=(*BY_CLASS, Dimension.UNIT)),
    "list": replace(OCTOBER, by=(*BY_CLASS, Dimension.LIST)),
}


def part_of(variable: tuple[int, ...], of: str) -> str:
    day, unit, _, list_ = variable
    return {"": "", "day": f"2026-10-{day + 1:02}", "unit": f"unit {unit}", "list": f"list {list_}"}[of]


def name_of(row: StatisticsRow, of: str) -> str:
    return {"": "", "day": row.period.isoformat(), "unit": row.unit or "", "list": row.list or ""}[of]


def exact_answers(world: World) -> dict[tuple[str, str, str], int]:
    """What is told at the finest, before it is rounded: by category, split and part."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("policy.review.disclosure.rounded", lambda number: number)
        return {
            (row.category or "", of, name_of(row, of)): row.number
            for of, question in FINEST.items()
            for row in world.ask(question).rows
        }


def is_combination(row: list[Fraction], equations: list[list[Fraction]]) -> bool:
    """Whether a row can be made of others: then what they come to settles what it comes to."""
    basis: list[list[Fraction]] = []
    for equation in equations:
        reduced = reduce(equation, basis)
        if any(reduced):
            basis.append(reduced)
    return not any(reduce(row, basis))


def reduce(row: list[Fraction], basis: list[list[Fraction]]) -> list[Fraction]:
    row = list(row)
    for one in basis:
        pivot = next(place for place, value in enumerate(one) if value)
        if row[pivot]:
            factor = row[pivot] / one[pivot]
            row = [value - factor * other for value, other in zip(row, one, strict=True)]
    return row


@given(worlds)
def test_every_answer_is_made_of_what_is_told_at_the_finest(world: World) -> None:
    """A wider question tells nothing that the narrower ones do not: it adds up what they tell."""
    finest = exact_answers(world)
    for question in every_question():
        of = next((one for one in ("unit", "list") if Dimension(one) in question.by), "day")
        if of == "day" and question.monthly:
            of = ""
        for row in world.ask(question).rows:
            assert row.number == rounded(
                sum(
                    number
                    for (category, split, name), number in finest.items()
                    if split == of and row.category in (None, category) and name == name_of(row, of)
                )
            )


@given(worlds)
def test_nothing_told_is_of_fewer_than_ten_people(world: World) -> None:
    for row in world.ask(BY_UNIT).rows:
        people = {
            person
            for _, unit, category, _, person in world.decisions
            if (f"unit {unit}", f"category {category}") == (row.unit, row.category)
        }
        assert len(people) >= FEWEST
    for question in every_question():
        assert all(row.number >= FEWEST for row in world.ask(question).rows)


def cell(number: int = 40, people: int | None = 20, withdrawn: int = 0, **changes: object) -> StatisticsCell:
    given_ = StatisticsCell(
        date(2026, 10, 5), "games", None, None, "refused", Verdict.BLOCK, True, number, people, withdrawn
    )
    return replace(given_, **changes)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("one", "number"),
    [
        pytest.param(cell(), 40, id="forty-decisions-of-twenty-people"),
        pytest.param(cell(people=9), None, id="forty-decisions-of-nine-people"),
        pytest.param(cell(people=None), 40, id="nobody-is-known"),
        pytest.param(cell(9, None), None, id="nobody-is-known-and-they-are-few"),
        pytest.param(cell(people=20, withdrawn=11), None, id="ten-may-have-had-only-what-was-withdrawn"),
        pytest.param(cell(people=20, withdrawn=10), 40, id="ten-others-at-least"),
        pytest.param(cell(43), 45, id="rounded-up"),
        pytest.param(cell(42), 40, id="rounded-down"),
    ],
)
def test_people_are_counted_where_they_are_known(one: StatisticsCell, number: int | None) -> None:
    for monthly, period in ((False, date(2026, 10, 5)), (True, date(2026, 10, 1))):
        rows = told(replace(OCTOBER, monthly=monthly), [one], None, KEPT, NOW).rows
        expected = [] if number is None else [(period, "games", number)]
        assert [(row.period, row.category, row.number) for row in rows] == expected


def test_a_month_of_a_class_that_is_being_disposed_of_is_named_and_not_told() -> None:
    other = cell(retention_class="other")
    found = told(OCTOBER, [cell(), other], None, {**KEPT, RetentionClass.OTHER: 49}, NOW)
    assert [row.number for row in found.rows] == [40]
    assert found.gone == ("other 2026-10",)
    assert told(OCTOBER, [cell(), other], None, {**KEPT, RetentionClass.OTHER: 51}, NOW).gone == ()


@pytest.mark.parametrize(
    ("question", "now", "why"),
    [
        pytest.param(OCTOBER, datetime(2026, 11, 4, tzinfo=UTC), None, id="three-days-after-the-month"),
        pytest.param(
            OCTOBER,
            datetime(2026, 11, 4, tzinfo=UTC) - timedelta(microseconds=1),
            "from 04 November 2026 on",
            id="a-moment-before",
        ),
        pytest.param(replace(OCTOBER, until=date(2026, 11, 2)), NOW, "November 2026", id="of-this-month"),
        pytest.param(
            replace(OCTOBER, since=date(2026, 10, 5), until=date(2026, 10, 6)), NOW, None, id="one-day"
        ),
        pytest.param(replace(OCTOBER, monthly=True), NOW, None, id="a-month"),
        pytest.param(
            replace(OCTOBER, monthly=True, until=date(2026, 10, 31)), NOW, "whole months", id="less-a-day"
        ),
        pytest.param(replace(OCTOBER, until=OCTOBER.since), NOW, "before it begins", id="no-day"),
        pytest.param(BY_UNIT, NOW, None, id="by-unit"),
        pytest.param(replace(BY_UNIT, until=date(2026, 10, 31)), NOW, "whole months", id="units-less-a-day"),
        pytest.param(replace(BY_LIST, since=date(2026, 10, 2)), NOW, "whole months", id="by-list-less-a-day"),
        pytest.param(
            replace(OCTOBER, by=(Dimension.UNIT, Dimension.LIST)), NOW, "not by both", id="by-unit-and-list"
        ),
        pytest.param(
            replace(OCTOBER, since=date(2026 - MOST_MONTHS // 12, 11, 1)), NOW, None, id="three-years"
        ),
        pytest.param(
            replace(OCTOBER, since=date(2026 - MOST_MONTHS // 12, 10, 31)), NOW, "36 months", id="and-a-day"
        ),
    ],
)
def test_only_questions_of_the_lattice_are_answered(
    question: StatisticsQuestion, now: datetime, why: str | None
) -> None:
    if why is None:
        asked = lattice(question, now)
        assert asked.columns.since <= question.since
        assert asked.columns.until >= question.until
        assert {asked.columns.since.day, asked.columns.until.day} == {1}
        assert (asked.parts is None) == (not {Dimension.UNIT, Dimension.LIST} & set(question.by))
    else:
        with pytest.raises(ReviewRefused, match=why):
            lattice(question, now)


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 11, 4, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 11, 3, 23, 59, tzinfo=UTC), date(2026, 9, 1)),
        (datetime(2026, 12, 31, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2027, 1, 2, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2027, 1, 5, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_the_last_month_that_is_told_is_answered_and_the_next_is_not(now: datetime, month: date) -> None:
    since, until = last_told(now)
    assert since == month
    lattice(replace(OCTOBER, since=since, until=until), now)
    with pytest.raises(ReviewRefused):
        lattice(replace(OCTOBER, since=until, until=until + timedelta(days=1)), now)


def test_the_same_question_asked_later_is_answered_alike() -> None:
    """What came in since is of a month that is not told yet."""
    world = World([(day % 4, day % 2, 0, 0, day) for day in range(60)])
    assert lattice(OCTOBER, NOW) == lattice(OCTOBER, NOW + timedelta(days=40))
    assert world.ask(OCTOBER).rows
    assert timedelta(days=3) == LATE
