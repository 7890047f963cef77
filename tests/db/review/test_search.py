"""What a question is answered: all of it, nothing else, in parts that join without a seam."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from db.engine import reading
from db.review.search import by_reference, search
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.decision import Decision
from policy.review.grouping import group
from policy.review.question import MOST_ROWS, Question
from policy.review.rows import Found
from policy.review.scope import Scope
from policy.words import EntryKind, Reason, RecordLevel, Resource, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.review.asking import ORGANISATION, a_week, at, question, scope
from tests.db.stored import stored
from tests.reviewed import reviewed


def found(database: Database, asked: Question, within: Scope) -> Found:
    with reading(database.engine) as connection:
        return search(connection, asked, within)


def visit(hours: float, **changes: object) -> Decision:
    return decision(**{"at": at(hours), "page": "https://www.bet.test", **changes})


def asked_of(one: Decision, asked: Question) -> bool:
    """What `search` answers, said once more, row by row."""
    host, below = asked.host, f".{asked.host}"
    return (
        one.final
        and one.reason is not Reason.TUNNEL
        and (asked.since is None or one.at >= asked.since)
        and (asked.until is None or one.at < asked.until)
        and (not asked.people or one.person in asked.people)
        and (not asked.units or one.unit in asked.units)
        and (not asked.categories or one.category in asked.categories)
        and (not asked.verdicts or one.verdict in asked.verdicts)
        and (host is None or one.host == host or str(one.host).endswith(below))
        and all(
            getattr(asked, name) in {None, getattr(one, name)}
            for name in ("list", "entry", "exemption", "reference")
        )
        and (not asked.visits_only or (one.resource is Resource.VISIT and one.reason is not Reason.NOTICE))
    )


def questions(week: Sequence[Decision], number: int) -> list[tuple[Question, Scope]]:
    """Questions of every kind, each beside bounds of some kind."""
    chance = random.Random(6)  # noqa: S311 - made-up questions

    def some(*of: str) -> frozenset[str]:
        return frozenset(chance.sample(of, chance.randrange(1, len(of) + 1)))

    def maybe[T](value: T) -> T | None:
        return value if chance.random() < 0.2 else None

    return [
        (
            question(
                since=maybe(at(chance.randrange(100))),
                until=maybe(at(chance.randrange(60, 168))),
                people=tuple(maybe(some("alice", "bob", "carol")) or ()),
                units=tuple(maybe(some("Finance", "Traffic")) or ()),
                categories=tuple(maybe(some("gambling", "games")) or ()),
                verdicts=tuple(maybe(chance.sample(list(Verdict), 2)) or ()),
                host=maybe(chance.choice(["bet.test", "test", "www.bet.test", "a_b.test", "et.test"])),
                list=maybe("list-gambling"),
                entry=maybe("www.bet.test"),
                exemption=maybe("EXEMPT01"),
                reference=maybe(chance.choice(week).reference),
                visits_only=chance.random() < 0.3,
                size=chance.choice([5, 20, 200]),
            ),
            scope(
                organisation=chance.choice([ORGANISATION, ORGANISATION, ""]),
                people=chance.choice([frozenset(), some("alice", "bob", "carol", "dave")]),
                units=chance.choice([frozenset(), some("Finance", "Traffic")]),
                only=maybe(some("alice", "bob", "carol")),
                never=maybe(some("alice", "dave")) or frozenset(),
                categories=maybe(some("gambling", "games")),
                allowed_visits=chance.random() < 0.6,
            ),
        )
        for _ in range(number)
    ]


def test_the_parts_of_an_answer_are_together_what_was_asked_for_within_the_bounds(database: Database) -> None:
    """Held against the same questions asked of each row in Python, pieces counted with their visits."""
    week = a_week(400)
    stored(database.engine, *week)
    answered = 0
    for asked, within in questions(week, 40):
        expected = sorted(
            (
                one
                for one in week
                if asked_of(one, asked)
                and within.holds(
                    organisation=one.organisation,
                    at=one.at,
                    person=one.person,
                    unit=one.unit,
                    category=one.category,
                    resource=one.resource,
                    verdict=one.verdict,
                )
            ),
            key=lambda one: (one.at, one.id),
            reverse=True,
        )
        shown, after = [], None
        while True:
            part = found(database, replace(asked, after=after), within)
            shown += [each.visit.id for each in part.visits] + [each.id for each in part.rest]
            after = part.after
            if after is None:
                break
        visits, rest = group([reviewed(one) for one in expected], ())
        assert sorted(shown) == sorted(row.id for row in (*(each.visit for each in visits), *rest))
        answered += len(shown)
    assert answered > 200


def test_a_part_is_as_long_as_was_asked_for_and_newest_first(database: Database) -> None:
    stored(database.engine, *(visit(hours) for hours in range(1, 6)))
    first = found(database, question(size=2), scope())
    assert [each.visit.at for each in first.visits] == [at(5), at(4)]
    assert first.after is not None
    last = found(database, question(size=3, after=first.after), scope())
    assert [each.visit.at for each in last.visits] == [at(3), at(2), at(1)]
    assert last.after is None
    assert first.rest == last.rest == ()


def test_no_part_is_longer_than_the_longest(database: Database) -> None:
    stored(database.engine, *(visit(1) for _ in range(MOST_ROWS + 1)))
    part = found(database, question(size=MOST_ROWS * 10), scope())
    assert (len(part.visits), part.after is None) == (MOST_ROWS, False)


def test_rows_of_one_moment_are_neither_lost_nor_shown_twice_between_two_parts(database: Database) -> None:
    made = [visit(1) for _ in range(5)]
    stored(database.engine, *made)
    seen, after = [], None
    for _ in made:
        part = found(database, question(size=1, after=after), scope())
        seen += [each.visit.id for each in part.visits]
        after = part.after
    assert (sorted(seen), after) == (sorted(one.id for one in made), None)


def test_a_row_is_what_was_recorded_with_what_came_of_it(database: Database) -> None:
    made = visit(1, sealed=b"sealed")
    stored(database.engine, made, outcome(made))
    (each,) = found(database, question(), scope()).visits
    row = each.visit
    for name in (
        "id",
        "exchange",
        "at",
        "person",
        "person_how",
        "host",
        "path",
        "names",
        "matches",
        "reference",
    ):
        assert getattr(row, name) == getattr(made, name)
    assert (row.has_sealed, row.held, row.outcome, row.withdrawn_on) == (True, False, outcome(made), None)
    assert row.batch is not None


def test_pieces_are_counted_with_their_visit_across_parts(database: Database) -> None:
    """The visit is older than its pieces, so it comes in a later part than they would."""
    page = {"page": "https://www.bet.test", "resource": Resource.EMBEDDED, "host": "ads.test"}
    stored(
        database.engine,
        visit(1),
        *(visit(1, **{**page, "at": at(1) + timedelta(seconds=seconds)}) for seconds in (1, 2, 3)),
        visit(2, page=None, resource=Resource.BACKGROUND),
    )
    first = found(database, question(size=2), scope())
    assert (first.visits, [row.resource for row in first.rest]) == ((), [Resource.BACKGROUND])
    second = found(database, question(size=2, after=first.after), scope())
    third = found(database, question(size=2, after=second.after), scope())
    assert (second.visits, second.rest, third.rest) == ((), (), ())
    (opened,) = third.visits
    assert (opened.embedded, opened.refused) == (3, 3)


def test_nothing_beyond_the_bounds_is_shown(database: Database) -> None:
    beyond: list[dict[str, object]] = [
        {"person": "bob", "unit": "Traffic"},
        {"person": None, "unit": None},
        {"organisation": "Another"},
        {"at": at(-1)},
        {"at": at(7 * 24)},
        {"category": "games"},
        {"verdict": Verdict.ALLOW},
        {"final": False},
        {"reason": Reason.TUNNEL},
    ]
    within = visit(1)
    stored(database.engine, within, *(visit(1, **changes) for changes in beyond))
    shown = found(database, question(), scope(categories=frozenset({"gambling"}), allowed_visits=False))
    assert [each.visit.id for each in shown.visits] == [within.id]


def test_what_a_withdrawn_entry_decided_is_marked_and_counts_as_no_visit(database: Database) -> None:
    stored(database.engine, visit(1), visit(2), visit(3, entry="other.test"))
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    made = WithdrawalStore(database.engine).withdraw(wrong, since=at(1.5), because="it is a charity")
    rows = [each.visit for each in found(database, question(), scope()).visits]
    assert [row.withdrawn_on for row in rows] == [None, made.at, None]
    assert [row.counts_as_visit for row in rows] == [True, False, True]
    assert all(row.is_visit for row in rows)


def test_a_decision_is_found_by_the_reference_that_was_read_out(database: Database) -> None:
    mine, other = visit(1), visit(1, person="bob", unit="Traffic")
    stored(database.engine, mine, other, visit(2))
    with reading(database.engine) as connection:
        (row,) = by_reference(connection, mine.reference, scope())
        assert row.id == mine.id
        assert by_reference(connection, other.reference, scope()) == []


def test_what_names_nobody_is_in_no_answer(database: Database) -> None:
    privileged = {"record": RecordLevel.CATEGORY, "retention_class": RetentionClass.PRIVILEGED}
    stored(database.engine, visit(1, person=None, unit=None, **privileged))
    within = scope(people=frozenset({"alice"}), units=frozenset({"Finance"}))
    assert found(database, question(), within) == Found((), (), None)
