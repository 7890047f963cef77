"""Use counts: what was really opened, on how many days, and only of what somebody may see."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from db.engine import reading
from db.exemption_uses import exemption_uses
from db.models import AccessRow
from policy.errors import ConfigurationError
from policy.words import Reason, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.exemptions import granted
from tests.db.people import Becoming, becoming_login
from tests.db.stored import stored

__all__ = ["becoming_login"]

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=30)


def use(
    engine: Engine, exemption: str, *, days_ago: int = 1, final: bool = True, tunnel: bool = False
) -> None:
    stored(
        engine,
        decision(
            at=NOW - timedelta(days=days_ago),
            exemption=exemption,
            final=final,
            reason=Reason.TUNNEL if tunnel else Reason.EXEMPTED,
            retention_class=RetentionClass.EXEMPTED,
        ),
    )


def test_what_was_opened_is_counted_with_its_days_and_the_question_is_on_record(engine: Engine) -> None:
    used, unused = granted(engine).id, granted(engine, target="other.test").id
    for days_ago in (1, 1, 3, 40):
        use(engine, used, days_ago=days_ago)
    use(engine, used, final=False)
    use(engine, used, tunnel=True)
    use(engine, unused, days_ago=40)
    found = exemption_uses(engine, SINCE)
    assert list(found) == [used]
    assert (found[used].uses, found[used].days) == (3, 2)
    assert found[used].last_day == (NOW - timedelta(days=1)).date()
    with reading(engine) as connection:
        looks = select(AccessRow.what, AccessRow.rows_seen).order_by(AccessRow.id)
        question, answer = connection.execute(looks)
    assert (question.what, answer.rows_seen) == ("exemption uses", 3)


def test_uses_of_a_restricted_one_are_for_its_approvers_and_an_auditor(
    postgresql: Database, becoming_login: Becoming
) -> None:
    with becoming_login("uses-ann", "sluicegate_people") as ann:
        identifier = granted(ann, restricted=True).id
    use(postgresql.engine, identifier)
    for name, role, seen in (
        ("uses-ann", "sluicegate_people", [identifier]),
        ("uses-ben", "sluicegate_people", []),
        ("uses-auditor", "sluicegate_auditor", [identifier]),
    ):
        with becoming_login(name, role) as own:
            with reading(own) as connection:
                unasked = connection.execute(text("SELECT * FROM sluicegate_exemption_uses(now())")).all()
            assert unasked == []
            assert list(exemption_uses(own, SINCE)) == seen, name


@pytest.mark.parametrize("role", ["sluicegate_lists", "sluicegate_gateway"])
def test_nobody_else_may_ask(postgresql: Database, becoming_login: Becoming, role: str) -> None:
    with (
        becoming_login(f"uses-{role[11:]}", role) as own,
        pytest.raises(ConfigurationError, match="permission denied"),
    ):
        exemption_uses(own, SINCE)
