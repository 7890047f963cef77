"""Some decisions of nobody, by chance."""

from dataclasses import replace
from datetime import date

from db.access import record_access
from db.engine import reading
from db.review.dip_sample import sample
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion, DipSampleRow
from policy.words import RecordLevel, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import ORGANISATION, at
from tests.db.stored import stored

QUESTION = DipSampleQuestion(
    purpose="is it judged rightly",
    organisation=ORGANISATION,
    since=date(2026, 3, 9),
    until=date(2026, 3, 11),
)


def drawn(database: Database, **changes: object) -> list[DipSampleRow]:
    asked = replace(QUESTION, **changes)  # type: ignore[arg-type]  # any field, of any type
    record_access(database.engine, what="review dip-sample", question={})
    with reading(database.engine) as connection:
        return sample(connection, asked)


def test_a_sample_is_of_the_days_and_the_organisation_and_names_nobody(database: Database) -> None:
    """All there is where there is no more than was asked for; privileged rows are never drawn."""
    marked = {
        "person": "marked",
        "unit": "marked",
        "client_ip": "marked",
        "path": "/marked",
        "page": "https://marked.test",
    }
    stored(
        database.engine,
        decision(at=at(47), host="a.test", **marked),
        decision(at=at(1), host="b.test", **marked),
        decision(at=at(-1)),
        decision(at=at(48)),
        decision(at=at(1), organisation="Another"),
        decision(at=at(1), final=False),
        decision(at=at(1), retention_class=RetentionClass.PRIVILEGED, record=RecordLevel.CATEGORY),
    )
    rows = drawn(database)
    assert [(row.day, row.host) for row in rows] == [
        (date(2026, 3, 9), "b.test"),
        (date(2026, 3, 10), "a.test"),
    ]
    assert "marked" not in repr(rows)


def test_no_more_are_drawn_than_were_asked_for_and_each_once(database: Database) -> None:
    stored(
        database.engine, *(decision(at=at(1), host=f"{number}.test") for number in range(MOST_SAMPLED + 9))
    )
    assert len({row.host for row in drawn(database, size=7)}) == 7
    assert len({row.host for row in drawn(database, size=MOST_SAMPLED * 9)}) == MOST_SAMPLED


def test_a_sample_may_be_of_one_category_or_verdict(database: Database) -> None:
    stored(
        database.engine,
        decision(at=at(1)),
        decision(at=at(1), category="games"),
        decision(at=at(1), category="games", verdict=Verdict.CONFIRM),
    )
    assert len(drawn(database, category="games")) == 2
    assert [row.category for row in drawn(database, verdict=Verdict.CONFIRM)] == ["games"]
