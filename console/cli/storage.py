"""The database as commands need it: one function for each store, that sets up an empty state folder."""

from console.cli import show
from console.cli.settings import Settings, read_settings
from console.cli.state import State, state_folder
from console.cli.workplace import Workplace
from db.break_glass import BreakGlassStore
from db.changes import ListChanges
from db.emergencies import EmergencyStore
from db.engine import make_engine
from db.operator_view import OperatorView
from db.page_view import PageView
from db.proposals import ProposalStore
from db.registers import RegisterStore
from db.replay import ReplayView
from db.ruleset_history import RulesetHistory
from db.snapshot import SnapshotUnreadable, read_snapshot
from db.upgrade import Schema, ensure_schema, schema
from db.visited import VisitedHosts
from db.withdrawals import WithdrawalStore
from policy.errors import DatabaseAway
from policy.registers import Registers


def register_store(place: Workplace) -> RegisterStore:
    """
    Local entries and exemptions, to be changed; an empty state folder gets its SQLite.

    Raises `ConfigurationError` or `DatabaseAway`.
    """
    return _on_database(place.state, place.settings, RegisterStore)


def operator_view(place: Workplace) -> OperatorView:
    """What an operator may see of the log. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, OperatorView)


def emergency_store(place: Workplace) -> EmergencyStore:
    """What one person allowed in an emergency. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, EmergencyStore)


def page_view(place: Workplace) -> PageView:
    """What pages were made of in the last hour. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, PageView)


def ruleset_history(place: Workplace) -> RulesetHistory:
    """Which Rulesets were put in force, to be added to. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, RulesetHistory)


def proposal_store(place: Workplace) -> ProposalStore:
    """What waits for a second person. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, ProposalStore)


def withdrawal_store(place: Workplace) -> WithdrawalStore:
    """Entries found wrong. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, WithdrawalStore)


def list_changes(place: Workplace) -> ListChanges:
    """The change log of lists, to be read. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, ListChanges)


def visited_hosts(place: Workplace) -> VisitedHosts:
    """Which hosts many people visit. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, VisitedHosts)


def replay_view(place: Workplace) -> ReplayView:
    """What was asked for lately, to be judged again. Raises as `register_store` does."""
    return _on_database(place.state, place.settings, ReplayView)


def break_glass_store() -> BreakGlassStore:
    """
    Break-glass, to be opened, closed, confirmed. Raises as `register_store` does.

    Without the policy and the lists: they may be what is broken.
    """
    state = state_folder()
    return _on_database(state, read_settings(state).settings, BreakGlassStore)


type _Store = (
    BreakGlassStore
    | EmergencyStore
    | ListChanges
    | OperatorView
    | PageView
    | ProposalStore
    | RegisterStore
    | ReplayView
    | RulesetHistory
    | VisitedHosts
    | WithdrawalStore
)


def _on_database[S: _Store](state: State, settings: Settings, kind: type[S]) -> S:
    state.create()
    engine = make_engine(settings.database, state.root)
    ensure_schema(engine)
    return kind(engine)


def registers_now(place: Workplace) -> Registers:
    """
    The registers in force; where the database is away, those that the gateway goes by, said so.

    Makes no database where there is none. Raises `ConfigurationError`.
    """
    engine = make_engine(place.settings.database, place.state.root)
    try:
        if schema(engine) is Schema.EMPTY:
            return Registers()
        return RegisterStore(engine).load()[0]
    except DatabaseAway as away:
        try:
            registers, _ = read_snapshot(place.state.snapshot)
        except (OSError, SnapshotUnreadable):
            raise away from None
        show.note(f"{away}; judging by the registers that the gateway read last")
        return registers
