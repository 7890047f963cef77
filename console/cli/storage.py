"""The database as commands need it: any store by its class, in an empty state folder set up on the way."""

from console.cli import show
from console.cli.settings import Settings, read_settings
from console.cli.state import State, state_folder
from console.cli.workplace import Workplace
from db.break_glass import BreakGlassStore
from db.engine import make_engine
from db.registers import RegisterStore
from db.snapshot import SnapshotUnreadable, read_snapshot
from db.upgrade import Made, Schema, make_store, schema
from policy.errors import DatabaseAway
from policy.registers import Registers


def open_store[S](kind: Made[S], place: Workplace) -> S:
    """
    A store of this class on the database that the settings name; an empty state folder gets its SQLite.

    Raises `ConfigurationError` or `DatabaseAway`.
    """
    return _open(kind, place.state, place.settings)


def break_glass_store() -> BreakGlassStore:
    """
    Break-glass, to be opened, closed, confirmed. Raises as `open_store` does.

    Without the policy and the lists: they may be what is broken.
    """
    state = state_folder()
    return _open(BreakGlassStore, state, read_settings(state).settings)


def _open[S](kind: Made[S], state: State, settings: Settings) -> S:
    state.create()
    return make_store(kind, settings.database, state.root)


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
