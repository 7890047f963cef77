"""What waits for a second person: proposed by one, decided once, by another; on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.actor import actor
from db.engine import reading, writing
from db.models import ChangeRow
from db.proposals import Proposal, ProposalStore
from policy.errors import RegisterRefused
from policy.words import ProposalOutcome
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

APPROVED, REFUSED, TAKEN_BACK = ProposalOutcome
HOSTILE = 'host = "bank.test"\n# \\u0000, \u202e and \x1b stay as they are\n' + "x" * 5000
CHANGE = {"what": "never-decrypt", "text": HOSTILE}


@pytest.fixture
def store(engine: Engine) -> ProposalStore:
    return ProposalStore(engine)


@pytest.fixture
def proposed(store: ProposalStore) -> Proposal:
    return store.propose(CHANGE, {"entries": 3}, because="the bank asked for it")


def changes(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(ChangeRow.what).order_by(ChangeRow.at)))


def test_a_proposal_comes_back_to_the_letter_and_waits(store: ProposalStore, proposed: Proposal) -> None:
    assert proposed.change == CHANGE
    assert proposed.summary == {"entries": 3}
    assert [proposed] == store.pending() == store.all()
    assert store.one(proposed.id) == proposed
    assert proposed.decided is None


def test_nobody_decides_their_own(store: ProposalStore, proposed: Proposal) -> None:
    for outcome in (APPROVED, REFUSED):
        with pytest.raises(RegisterRefused, match="your own proposal"):
            store.decide(proposed.id, outcome, because="it is fine")
    assert store.pending() == [proposed]


def test_on_sqlite_too_a_login_is_compared_as_people_read_it(sqlite: Database) -> None:
    ProposalStore(sqlite.engine).propose(CHANGE, {}, because="x")
    with reading(sqlite.engine) as connection:
        me = actor(connection)
    with pytest.raises(DBAPIError, match="not_ones_own"), writing(sqlite.engine) as connection:
        connection.execute(
            text(
                "UPDATE proposal SET outcome = 'approved', decided_at = at, decided_by = :me, "
                "decided_because = 'x'"
            ),
            {"me": me.upper()},
        )


@pytest.mark.parametrize("outcome", [APPROVED, REFUSED])
def test_another_decides_and_once(
    store: ProposalStore, proposed: Proposal, becoming: Becoming, engine: Engine, outcome: ProposalOutcome
) -> None:
    with becoming("bea") as hers:
        decided = ProposalStore(hers).decide(proposed.id, outcome, because="looked at it").decided
        assert decided is not None
        assert (decided.outcome, decided.because) == (outcome, "looked at it")
        assert decided.by != proposed.by
        for again in ProposalOutcome:
            with pytest.raises(RegisterRefused, match=f"is {outcome} already, by"):
                ProposalStore(hers).decide(proposed.id, again, because="again")
    assert store.pending() == []
    assert [one.decided for one in store.all()] == [decided]
    assert changes(engine) == ["list change proposed", f"list change {outcome}"]


def test_who_may_decide_is_said_beforehand_too(
    store: ProposalStore, proposed: Proposal, becoming: Becoming
) -> None:
    with pytest.raises(RegisterRefused, match="your own proposal"):
        store.decidable(proposed.id, APPROVED)
    assert store.decidable(proposed.id, TAKEN_BACK) == proposed
    with becoming("bea") as hers:
        assert ProposalStore(hers).decidable(proposed.id, APPROVED) == proposed
    assert store.pending() == [proposed], "asking decides nothing"


def test_who_proposed_takes_it_back_and_nobody_else(
    store: ProposalStore, proposed: Proposal, becoming: Becoming
) -> None:
    with becoming("bea") as hers, pytest.raises(RegisterRefused, match="to take back; refuse it instead"):
        ProposalStore(hers).decide(proposed.id, TAKEN_BACK, because="not mine")
    assert store.decide(proposed.id, TAKEN_BACK, because="a mistake").decided is not None
    assert store.pending() == []


def test_of_two_who_decide_at_once_one_is_first(
    store: ProposalStore, proposed: Proposal, becoming: Becoming, engine: Engine
) -> None:
    """The second waits for the first one's transaction, and then hears of it."""
    begun = threading.Event()
    with becoming("bea") as hers, ThreadPoolExecutor() as pool:
        with writing(hers) as connection:
            ProposalStore(hers).decide(proposed.id, APPROVED, because="yes", within=connection)

            def second() -> str:
                begun.set()
                with pytest.raises(RegisterRefused) as refused:
                    ProposalStore(hers).decide(proposed.id, REFUSED, because="no")
                return str(refused.value)

            other = pool.submit(second)
            begun.wait()
        assert "is approved already" in other.result(timeout=10)
    assert changes(engine) == ["list change proposed", "list change approved"]


def test_what_is_decided_in_a_transaction_that_fails_is_not_decided(
    store: ProposalStore, proposed: Proposal, becoming: Becoming
) -> None:
    with (
        becoming("bea") as hers,
        pytest.raises(RuntimeError, match="rename"),
        writing(hers) as connection,
    ):
        ProposalStore(hers).decide(proposed.id, APPROVED, because="yes", within=connection)
        raise RuntimeError("rename")
    assert store.pending() == [proposed]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"text": "a\x00b"}, "NUL", id="nul"),
        pytest.param({"text": "a\ud800b"}, "half a character", id="half-a-character"),
        pytest.param({"text": "x" * (1 << 20)}, "bytes, where", id="too-much"),
    ],
)
def test_what_cannot_be_kept_to_the_letter_is_refused(
    store: ProposalStore, change: dict[str, object], why: str
) -> None:
    with pytest.raises(RegisterRefused, match=why):
        store.propose(change, {}, because="x")
    assert store.all() == []


def test_what_is_not_there_is_named(store: ProposalStore) -> None:
    for ask in (store.one, lambda reference: store.decide(reference, APPROVED, because="x")):
        with pytest.raises(RegisterRefused, match="no proposal K7QF-2M9T; `sluicegate lists pending`"):
            ask("K7QF2M9T")


def test_a_gateway_may_ask_since_when_something_waits(store: ProposalStore, proposed: Proposal) -> None:
    assert store.waiting() == [(proposed.id, proposed.at)]


UPDATES = {
    "of its change": "UPDATE proposal SET change = '{}'",
    "of who proposed it": "UPDATE proposal SET actor = 'bea'",
    "of half a decision": "UPDATE proposal SET outcome = 'approved'",
    "of a word that is none": (
        "UPDATE proposal SET outcome = 'agreed', decided_at = at, decided_by = 'bea', decided_because = 'x'"
    ),
    "away": "DELETE FROM proposal",
}


@pytest.mark.parametrize("statement", UPDATES.values(), ids=UPDATES.keys())
def test_by_raw_sql_a_proposal_stays_what_it_is(
    engine: Engine, store: ProposalStore, proposed: Proposal, statement: str
) -> None:
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))
    assert store.all() == [proposed]


def test_by_raw_sql_a_decision_stays_what_it_is(
    engine: Engine, store: ProposalStore, proposed: Proposal, becoming: Becoming
) -> None:
    with becoming("bea") as hers:
        refused = ProposalStore(hers).decide(proposed.id, REFUSED, because="no")
        for statement in (
            "UPDATE proposal SET outcome = 'approved'",
            "UPDATE proposal SET outcome = NULL, decided_at = NULL, decided_by = NULL, "
            "decided_because = NULL",
        ):
            with pytest.raises(DBAPIError, match="is decided already"), writing(hers) as connection:
                connection.execute(text(statement))
    assert store.all() == [refused]
