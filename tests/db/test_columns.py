"""Column types: an instant, a word and plain data mean the same on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import StatementError

from db.columns import MOST_BYTES, refuse_unstorable, storable_data
from db.engine import reading, writing
from db.models import BatchRow, DecisionRow
from policy.identifiers import uuid7
from policy.words import Verdict

INSTANTS = st.datetimes(timezones=st.just(UTC))


def _batch(at: datetime) -> dict[str, object]:
    return {"id": uuid7(), "at": at, "slot": 0, "decisions": 0}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(instants=st.lists(INSTANTS, min_size=1, max_size=5, unique=True))
def test_instants_come_back_and_sort_as_time_does(engine: Engine, instants: list[datetime]) -> None:
    rows = [_batch(at) for at in instants]
    with writing(engine) as connection:
        connection.execute(insert(BatchRow), rows)
    mine = BatchRow.id.in_([row["id"] for row in rows])
    with reading(engine) as connection:
        ordered = list(connection.scalars(select(BatchRow.at).where(mine).order_by(BatchRow.at)))
        after = connection.scalars(select(BatchRow.at).where(mine, BatchRow.at > min(instants)))
        assert len(list(after)) == len(instants) - 1
    assert ordered == sorted(instants)
    assert all(at.tzinfo is UTC or at.utcoffset() == timedelta(0) for at in ordered)


def test_an_instant_of_another_zone_is_the_same_instant(engine: Engine) -> None:
    at = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with writing(engine) as connection:
        connection.execute(insert(BatchRow), _batch(at))
    with reading(engine) as connection:
        assert connection.scalar(select(BatchRow.at)) == at


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a time zone"), writing(engine) as connection:
        connection.execute(insert(BatchRow), _batch(datetime(2026, 3, 29)))  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a time zone"), writing(engine) as connection:
        connection.execute(delete(BatchRow).where(BatchRow.at < datetime(2026, 3, 29)))  # noqa: DTZ001


def test_only_a_known_word_is_asked_for(engine: Engine) -> None:
    with reading(engine) as connection:
        assert (
            list(connection.scalars(select(DecisionRow.id).where(DecisionRow.verdict == Verdict.BLOCK))) == []
        )
        with pytest.raises(StatementError, match="perhaps"):
            connection.execute(select(DecisionRow.id).where(DecisionRow.verdict == "perhaps"))


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(PLAIN)
def test_what_is_kept_to_the_letter_has_nothing_that_a_database_refuses(data: object) -> None:
    def hostile(value: object) -> bool:
        match value:
            case str():
                return "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
            case dict():
                return any(map(hostile, value.keys())) or any(map(hostile, value.values()))
            case list():
                return any(map(hostile, value))
        return False

    try:
        refuse_unstorable(data)
    except ValueError:
        assert hostile(data)
    else:
        assert not hostile(data)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("\\u0000", True, id="a-backslash-and-letters"),
        pytest.param("\\\\u0000", True, id="two-of-them"),
        pytest.param("\\\0", False, id="a-backslash-and-a-nul"),
        pytest.param("\N{SNOWMAN}\n\x1b\u202e", True, id="what-a-terminal-obeys"),
        pytest.param("x" * (MOST_BYTES - 2), True, id="as-much-as-fits"),
        pytest.param("x" * (MOST_BYTES - 1), False, id="more-than-fits"),
    ],
)
def test_what_looks_like_it_and_is_none_is_kept(text: str, *, kept: bool) -> None:
    if kept:
        refuse_unstorable(text)
    else:
        with pytest.raises(ValueError, match=r"NUL|bytes"):
            refuse_unstorable(text)


@given(PLAIN)
def test_plain_data_is_made_storable_wherever_a_text_stands_in_it(data: object) -> None:
    def texts(value: object) -> list[str]:
        match value:
            case str():
                return [value]
            case dict():
                return [text for pair in value.items() for part in pair for text in texts(part)]
            case list():
                return [text for part in value for text in texts(part)]
        return []

    for text in texts(storable_data(data)):
        assert "\0" not in text
        text.encode()
