"""Which Rulesets were put in force: written before, committed after, never changed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from db.actor import actor
from db.engine import reading, writing
from db.models import ChangeRow, DisposalRow
from db.proposals import ProposalStore
from db.ruleset_history import NewRuleset, RulesetHistory
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.errors import DatabaseAway, RegisterRefused
from policy.identifiers import uuid7
from policy.words import EntryKind
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

LISTS = ({"name": "ut1-gambling", "category": "gambling", "sha256": "5f" * 32, "left_out": [4, 711]},)


@pytest.fixture
def history(engine: Engine) -> RulesetHistory:
    return RulesetHistory(engine)


def new(digest: str = "aa" * 32, **changes: object) -> NewRuleset:
    given: dict[str, object] = {"what": "put", "engine": "1", "lists": LISTS, "entries": 4711, **changes}
    return NewRuleset(digest=digest, **given)  # type: ignore[arg-type]  # each of its own type


def whoever(engine: Engine) -> str:
    with reading(engine) as connection:
        return actor(connection)


def changes(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(ChangeRow.what).order_by(ChangeRow.at)))


def test_a_ruleset_is_on_record_with_who_why_and_its_lists(history: RulesetHistory, engine: Engine) -> None:
    assert history.newest() is None
    assert history.newest_digest() is None
    with history.record(new(), because="the list of March", before={"digest": None}, after={"digest": "aa"}):
        assert changes(engine) == [], "not before it is in force"
    past = history.newest()
    assert past is not None
    assert past.lists == LISTS
    assert (past.actor, past.what, past.because) == (whoever(engine), "put", "the list of March")
    assert (past.entries, past.engine, past.proposal, past.proposed_by) == (4711, "1", None, None)
    assert abs(past.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert history.newest_digest() == "aa" * 32
    assert changes(engine) == ["list put"]


def test_what_could_not_be_put_in_force_is_not_on_record(history: RulesetHistory, engine: Engine) -> None:
    with pytest.raises(OSError, match="no space"), history.record(new(), because="x"):
        raise OSError("no space")
    assert history.all() == []
    assert changes(engine) == []


def test_a_commit_that_fails_is_said_at_the_end_of_the_block(history: RulesetHistory, engine: Engine) -> None:
    """The caller has put it in force by then, and hears that it has to put the former one back."""
    in_force = []

    def lost(_: object) -> None:
        raise OperationalError("COMMIT", {}, OSError("server closed the connection"))

    event.listen(engine, "commit", lost)
    with pytest.raises(DatabaseAway, match="does not answer"), history.record(new(), because="x"):
        in_force.append("aa")
    event.remove(engine, "commit", lost)
    assert in_force == ["aa"]
    assert history.all() == []


def test_a_change_that_puts_nothing_in_force_is_in_the_change_log_alone(
    history: RulesetHistory, engine: Engine
) -> None:
    with history.changing("put, kept", because="for later", before=None, after={"name": "a"}):
        pass
    with pytest.raises(OSError, match="no space"), history.changing("put, kept", because="for later"):
        raise OSError("no space")
    assert changes(engine) == ["list put, kept"]
    assert history.all() == []


def test_the_newest_come_first_and_each_time_counts(history: RulesetHistory) -> None:
    for digest in ("aa" * 32, "ab" * 32, "aa" * 32):
        with history.record(new(digest), because=f"the {digest[:2]} one"):
            pass
    assert [one.digest[:2] for one in history.all()] == ["aa", "ab", "aa"]


def test_a_proposal_is_approved_by_the_ruleset_that_it_becomes(
    history: RulesetHistory, engine: Engine, becoming: Becoming
) -> None:
    store = ProposalStore(engine)
    proposal = store.propose({"what": "disable", "name": "a"}, {}, because="too many complaints")
    approving = new(approves=proposal.id)
    with (
        pytest.raises(RegisterRefused, match="your own proposal"),
        history.record(approving, because="I say so myself"),
    ):
        raise AssertionError("nothing is put in force")
    with becoming("bea") as hers:
        with pytest.raises(OSError, match="no space"), RulesetHistory(hers).record(approving, because="fine"):
            raise OSError("no space")
        assert store.pending() == [proposal], "an approval that came to nothing is none"
        with RulesetHistory(hers).record(approving, because="fine"):
            pass
        with (
            pytest.raises(RegisterRefused, match="approved already"),
            RulesetHistory(hers).record(approving, because="fine"),
        ):
            raise AssertionError("nothing is put in force")
        bea = whoever(hers)
    (past,) = history.all()
    assert (past.proposal, past.proposed_by, past.actor) == (proposal.id, whoever(engine), bea)
    assert store.pending() == []
    assert changes(engine) == ["list change proposed", "list change approved", "list put"]


def test_other_stores_join_the_transaction(history: RulesetHistory, engine: Engine) -> None:
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    withdrawals = WithdrawalStore(engine)
    with pytest.raises(OSError, match="no space"), history.record(new(), because="x") as transaction:
        withdrawals.withdraw(wrong, since=None, because="a charity", within=transaction)
        raise OSError("no space")
    assert withdrawals.all() == []
    with history.record(new(), because="x") as transaction:
        withdrawals.withdraw(wrong, since=None, because="a charity", within=transaction)
    assert [one.wrong for one in withdrawals.standing()] == [wrong]


@pytest.mark.parametrize("statement", ["UPDATE ruleset SET because = 'another'", "DELETE FROM ruleset"])
def test_by_raw_sql_nothing_of_it_is_changed(history: RulesetHistory, engine: Engine, statement: str) -> None:
    with history.record(new(), because="x"):
        pass
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    assert len(history.all()) == 1


def test_no_disposal_takes_it_away(history: RulesetHistory, engine: Engine) -> None:
    """A decision names its Ruleset for as long as it is kept."""
    with history.record(new(), because="x"):
        pass
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(
            insert(DisposalRow).values(
                id=uuid7(),
                at=tomorrow + timedelta(days=1),
                actor="x",
                source="ruleset",
                before=tomorrow,
            )
        )
        connection.execute(text("DELETE FROM ruleset"))
    assert len(history.all()) == 1
