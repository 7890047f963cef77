"""The figures of all that a question asks for, and of no person."""

from db.engine import reading
from db.review.report import report
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.review.figures import MOST_HOSTS, Figures, FiguresAt, FiguresOf, Report
from policy.words import EntryKind, PersonHow, Reason, Resource, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import at, question, scope
from tests.db.stored import stored

NOT_LISTED = {
    "category": None,
    "categories": (),
    "list": None,
    "line": None,
    "entry": None,
    "entry_kind": None,
    "reason": Reason.NOT_LISTED,
    "verdict": Verdict.ALLOW,
    "host": "news.test",
}


def reported(database: Database, **changes: object) -> Report:
    with reading(database.engine) as connection:
        return report(connection, question(**changes), scope(units=frozenset({"Finance"})))


def test_each_decision_is_counted_once_in_each_table(database: Database) -> None:
    stored(
        database.engine,
        decision(at=at(1)),
        decision(at=at(2), verdict=Verdict.CONFIRM),
        decision(at=at(26), person="bob", person_how=PersonHow.PAGE, **NOT_LISTED),
        decision(at=at(27), resource=Resource.EMBEDDED),
        decision(at=at(28), resource=Resource.UNKNOWN, **NOT_LISTED),
        decision(at=at(29), reason=Reason.TUNNEL, verdict=Verdict.ALLOW),
        decision(at=at(30), final=False),
        decision(at=at(31), person="carol", unit="Traffic"),
    )
    told = reported(database)
    listed = Figures(confirmed=1, blocked=1, other=1, other_refused=1)
    not_listed = Figures(allowed=1, other=1)
    assert told.total == Figures(allowed=1, confirmed=1, blocked=1, other=2, other_refused=1)
    assert told.by_category == (FiguresOf("gambling", listed), FiguresOf(None, not_listed))
    assert told.by_list == (FiguresOf("ut1-gambling", listed), FiguresOf(None, not_listed))
    assert told.by_host == (FiguresOf("www.bet.test", listed), FiguresOf("news.test", not_listed))
    assert told.hosts == 2
    assert told.by_person_how == (
        FiguresOf("basic", Figures(confirmed=1, blocked=1, other=2, other_refused=1)),
        FiguresOf("page", Figures(allowed=1)),
    )
    assert told.by_unit == (FiguresOf("Finance", told.total),)
    assert told.by_day[:2] == (
        FiguresAt(at(0), Figures(confirmed=1, blocked=1)),
        FiguresAt(at(24), Figures(allowed=1, other=2, other_refused=1)),
    )
    assert [one.at for one in told.by_day] == [at(24 * day) for day in range(7)]


def test_what_a_wrong_entry_decided_is_counted_as_that_and_as_nothing_else(database: Database) -> None:
    stored(database.engine, decision(at=at(1)), decision(at=at(3)), decision(at=at(4), entry="other.test"))
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    WithdrawalStore(database.engine).withdraw(wrong, since=at(2), because="it is a charity")
    told = reported(database)
    assert told.total == Figures(blocked=2, withdrawn=1)
    assert told.total.visits == 2


def test_only_the_most_visited_hosts_are_named_and_all_are_counted(database: Database) -> None:
    hosts = [f"{number:03}.test" for number in range(MOST_HOSTS + 1)]
    stored(database.engine, *(decision(at=at(1), host=host) for host in (*hosts, hosts[-1])))
    told = reported(database)
    assert (told.hosts, len(told.by_host)) == (MOST_HOSTS + 1, MOST_HOSTS)
    assert told.by_host[0] == FiguresOf(hosts[-1], Figures(blocked=2))


def test_nothing_is_a_report_too(database: Database) -> None:
    told = reported(database, host="nowhere.test")
    assert (told.total, told.by_host, told.hosts, told.by_category) == (Figures(), (), 0, ())
