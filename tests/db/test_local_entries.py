"""An own allow or block that two people agree on: what is proposed is what is entered, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.local_entries import LocalChange
from db.proposals import Proposal, ProposalStore
from db.registers import RegisterStore
from policy.errors import RegisterRefused
from policy.registers import TargetKind
from policy.words import Action, ProposalOutcome
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

HOST = TargetKind.HOST
NOW = datetime.now(UTC)
BLOCK = LocalChange(Action.BLOCK, HOST, "bet.test", NOW + timedelta(hours=1))
END = LocalChange(None, HOST, "bet.test")


def propose(engine: Engine, change: LocalChange) -> Proposal:
    return ProposalStore(engine).propose(change.plain(), {}, because="a phishing report")


@given(
    action=st.sampled_from([None, Action.ALLOW, Action.BLOCK]),
    kind=st.sampled_from([TargetKind.HOST, TargetKind.PREFIX]),
    target=st.text(max_size=40),
    until=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_proposed_is_read_again_as_it_was(
    action: Action | None, kind: TargetKind, target: str, until: datetime | None
) -> None:
    change = LocalChange(action, kind, target, until if action else None)
    assert LocalChange.of(change.plain()) == change


GOOD = {"what": "local-entry", "action": "allow", "kind": "host", "target": "a.test", "until": None}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"what": "put"}, id="a-change-of-lists"),
        pytest.param({**GOOD, "action": "confirm"}, id="no-such-action"),
        pytest.param({**GOOD, "action": ["allow"]}, id="an-action-that-is-no-word"),
        pytest.param({**GOOD, "kind": "category"}, id="a-category"),
        pytest.param({**GOOD, "target": 7}, id="a-number"),
        pytest.param({**GOOD, "until": "soon"}, id="no-time"),
        pytest.param({**GOOD, "until": "2026-12-01T12:00:00"}, id="a-time-without-a-zone"),
        pytest.param({**GOOD, "until": {"a": 1}}, id="a-time-that-is-none"),
        pytest.param({"what": "local-entry", "action": "allow"}, id="half-of-it"),
    ],
)
def test_what_is_no_change_of_a_local_entry_is_not_taken_for_one(change: dict[str, object]) -> None:
    assert LocalChange.of(change) is None
    assert LocalChange.of(GOOD) == LocalChange(Action.ALLOW, HOST, "a.test")


def test_what_two_agreed_on_holds_and_names_both(engine: Engine, becoming: Becoming) -> None:
    proposal = propose(engine, BLOCK)
    store = RegisterStore(engine)
    assert store.local_entries() == [], "nothing holds by one person's word"
    with pytest.raises(RegisterRefused, match="your own proposal"):
        store.enact(proposal.id, because="I agree with me")
    with becoming("bea") as hers:
        decided, entry = RegisterStore(hers).enact(proposal.id, because="agreed")
    assert decided.decided is not None
    assert decided.decided.by == entry.by != proposal.by
    assert (entry.action, entry.target, entry.until) == (Action.BLOCK, "bet.test", BLOCK.until)
    assert entry.because == "a phishing report"
    registers, _ = store.load()
    assert registers.local_entry("www.bet.test", "/", NOW) == entry
    with reading(engine) as connection:
        assert list(connection.scalars(text("SELECT proposal FROM local_entry"))) == [proposal.id]


def test_that_one_ends_two_agree_on_too(engine: Engine, becoming: Becoming) -> None:
    store = RegisterStore(engine)
    standing = store.block(HOST, "bet.test", until=None, because="phishing")
    proposal, again = propose(engine, END), propose(engine, END)
    assert [one.entry for one in store.local_entries()] == [standing]
    with becoming("bea") as hers:
        assert RegisterStore(hers).enact(proposal.id, because="agreed")[1] == standing
        with pytest.raises(RegisterRefused, match=r"no local entry stands for bet\.test any more"):
            RegisterStore(hers).enact(again.id, because="agreed")
    assert store.local_entries() == []
    assert [one.id for one in ProposalStore(engine).pending()] == [again.id], "it can still be refused"


def test_what_came_too_late_or_is_something_else_is_not_entered(engine: Engine, becoming: Becoming) -> None:
    late = propose(engine, LocalChange(Action.ALLOW, HOST, "bet.test", NOW - timedelta(seconds=1)))
    other = ProposalStore(engine).propose({"what": "remove", "name": "a"}, {}, because="x")
    hostile = propose(engine, LocalChange(Action.ALLOW, HOST, "*", None))
    with becoming("bea") as hers:
        store = RegisterStore(hers)
        for proposal, why in (
            (late, "before it begins"),
            (other, "not about a local entry"),
            (hostile, "no host"),
        ):
            with pytest.raises(RegisterRefused, match=why):
                store.enact(proposal.id, because="agreed")
    assert RegisterStore(engine).local_entries() == []
    assert len(ProposalStore(engine).pending()) == 3


ENTER = text(
    "INSERT INTO local_entry (id, action, kind, target, until, because, by, at, proposal) "
    "VALUES ('A', :action, 'host', :target, :until, 'x', session_user, now(), :proposal)"
)
RULESET = text(
    "INSERT INTO ruleset "
    "(id, at, actor, what, digest, engine, lists, entries, proposal, proposed_by, because) VALUES "
    "(gen_random_uuid(), now(), session_user, 'put', 'aa', '1', '[]', 1, :proposal, 'x', 'x')"
)


def test_by_raw_sql_what_names_a_proposal_is_what_was_proposed(postgresql: Database) -> None:
    engine = postgresql.engine
    proposal = propose(engine, BLOCK)
    right = {"action": "block", "target": "bet.test", "until": BLOCK.until, "proposal": proposal.id}
    with pytest.raises(DBAPIError, match="has just approved"), writing(engine) as connection:
        connection.execute(ENTER, right)
    with writing(engine) as connection:  # as if it were another login's to approve
        connection.execute(text("ALTER TABLE proposal DROP CONSTRAINT proposal_not_ones_own"))
        connection.execute(text("ALTER TABLE proposal DISABLE TRIGGER b_decide"))
    approve = text(
        "UPDATE proposal SET outcome = 'approved', decided_by = session_user, decided_at = now(), "
        "decided_because = 'x'"
    )
    for wrong in ({"action": "allow"}, {"target": "other.test"}, {"until": NOW + timedelta(days=9)}):
        with pytest.raises(DBAPIError, match="proposed something else"), writing(engine) as connection:
            connection.execute(approve)
            connection.execute(ENTER, {**right, **wrong})
    with pytest.raises(DBAPIError, match="proposed something else"), writing(engine) as connection:
        connection.execute(approve)
        connection.execute(RULESET, right)
    with pytest.raises(DBAPIError, match="local_entry_"), writing(engine) as connection:
        connection.execute(approve)
        connection.execute(ENTER, right)
        connection.execute(ENTER, right)
    with writing(engine) as connection:
        connection.execute(approve)
    with pytest.raises(DBAPIError, match="has just approved"), writing(engine) as connection:
        connection.execute(ENTER, right)


def test_what_was_refused_is_not_entered(engine: Engine, becoming: Becoming) -> None:
    proposal = propose(engine, BLOCK)
    with becoming("bea") as hers:
        ProposalStore(hers).decide(proposal.id, ProposalOutcome.REFUSED, because="no")
        with pytest.raises(RegisterRefused, match="is refused already"):
            RegisterStore(hers).enact(proposal.id, because="agreed")
    assert RegisterStore(engine).local_entries() == []
