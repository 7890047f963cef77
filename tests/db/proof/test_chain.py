"""The chain: in the order of commits, whoever commits how late, and of nothing that was rolled back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text

from db.access import record_access, write_access
from db.change import record_change
from db.engine import reading, writing
from db.proof.chain import BEFORE_THE_FIRST, Link, head
from db.proof.verify import verify
from db.review_models import ChainRow
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.stored import stored


def links(engine: Engine) -> list[Link]:
    with reading(engine) as connection:
        rows = connection.execute(select(ChainRow.__table__).order_by(ChainRow.position))
        return [Link(**row._mapping) for row in rows]


def change(engine: Engine, what: str) -> None:
    with writing(engine) as connection:
        record_change(connection, what=what, before=None, after=None, because="why")


def test_every_act_is_linked_to_the_one_before(engine: Engine) -> None:
    record_access(engine, what="look", question={})
    change(engine, "entry")
    stored(engine, decision())
    made = links(engine)
    assert [(one.position, one.source) for one in made] == [(1, "access"), (2, "change"), (3, "batch")]
    before = BEFORE_THE_FIRST
    for one in made:
        assert one.follows(before)
        assert not one.follows(b"\1" * 32)
        before = one.link
    with reading(engine) as connection:
        assert head(connection) == made[-1]


def test_what_is_rolled_back_leaves_no_link(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="broken off"), writing(engine) as connection:
        record_change(connection, what="entry", before=None, after=None, because="why")
        raise RuntimeError("broken off")
    change(engine, "another")
    assert [one.position for one in links(engine)] == [1]
    assert verify(engine).findings == []


def test_nobody_waits_behind_a_long_transaction(postgresql: Database) -> None:
    """It is linked when it commits, not when it wrote."""
    with writing(postgresql.engine) as connection:
        late = write_access(connection, what="long", question={})
        change(postgresql.engine, "short")
    assert [one.row == late for one in links(postgresql.engine)] == [False, True]
    assert verify(postgresql.engine).findings == []


def test_many_at_once_make_one_chain(postgresql: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: change(postgresql.engine, f"change {number}"), range(30)))
    assert [one.position for one in links(postgresql.engine)] == list(range(1, 31))
    assert verify(postgresql.engine).findings == []


def test_a_vacuum_of_the_chain_keeps_nobody_from_linking(postgresql: Database) -> None:
    """One against wraparound is not broken off for who waits."""
    change(postgresql.engine, "first")
    with writing(postgresql.engine) as connection:
        connection.execute(text("LOCK TABLE chain IN SHARE UPDATE EXCLUSIVE MODE"))  # as VACUUM does
        change(postgresql.engine, "second")
    assert len(links(postgresql.engine)) == 2


def test_whatever_way_a_row_comes_it_is_linked(postgresql: Database) -> None:
    """By hand, in another time zone, too."""
    with writing(postgresql.engine) as connection:
        connection.execute(text("SET LOCAL timezone = 'Asia/Kathmandu'"))
        connection.execute(
            text(
                "INSERT INTO change (id, at, actor, what, after, because) "
                "VALUES (gen_random_uuid(), now(), session_user, 'by hand', '{\"a\": [1.50, null]}', 'why')"
            )
        )
    assert len(links(postgresql.engine)) == 1
    assert verify(postgresql.engine).findings == []
