"""What rows name of the registers, as it stood at a moment."""

import pytest
from sqlalchemy import insert

from db.base import Base
from db.engine import writing
from db.exemption_rows import exemption_columns
from db.models import ExemptionRow, LocalEntryRow
from db.people_models import ConfirmationRow
from db.review.named import NamedInDecisions
from policy.presence import Confirmation
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import Action
from tests.db.conftest import Database
from tests.db.review.asking import at

LOCAL = LocalEntry("LOCAL001", Action.BLOCK, TargetKind.HOST, "bet.test", None, "why", "admin")
EXEMPTION = Exemption(
    id="EXEMPT01",
    grantee_kind=GranteeKind.UNIT,
    grantee="Finance",
    kind=TargetKind.CATEGORY,
    target="gambling",
    start=at(1),
    until=at(20),
    purpose="licensing",
    granted_by="somebody",
    organisation="Example Constabulary",
    requested_by="alice",
)


def write(database: Database, model: type[Base], **values: object) -> None:
    with writing(database.engine) as connection:
        if database.is_postgresql:
            # Whose word it is and when is the server's to say; here it was said a while ago.
            connection.exec_driver_sql(f"ALTER TABLE {model.__tablename__} DISABLE TRIGGER USER")
        connection.execute(insert(model).values(**values))


def ended(moment: object) -> dict[str, object]:
    return {"ended_at": moment, "ended_by": "admin", "ended_because": "over"}


def test_a_local_entry_is_what_it_was_then(database: Database) -> None:
    same = {
        name: getattr(LOCAL, name) for name in ("id", "action", "kind", "target", "until", "because", "by")
    }
    write(database, LocalEntryRow, **same, at=at(1), **ended(at(5)))
    named = NamedInDecisions(database.engine)
    assert named.local_entry(LOCAL.id, at(2)) == LOCAL
    assert named.local_entry(LOCAL.id, at(1)) == LOCAL
    assert named.local_entry(LOCAL.id, at(0.9)) is None
    assert named.local_entry(LOCAL.id, at(5)) is None
    assert named.local_entry("OTHER001", at(2)) is None


@pytest.mark.parametrize("revoked", [False, True], ids=["in-force", "revoked"])
def test_an_exemption_is_what_it_was_then(database: Database, *, revoked: bool) -> None:
    end = {"revoked_at": at(5), "revoked_by": "admin", "revoked_because": "over"} if revoked else {}
    write(database, ExemptionRow, **exemption_columns(EXEMPTION), at=at(1), **end)
    named = NamedInDecisions(database.engine)
    assert named.exemption(EXEMPTION.id, at(2)) == EXEMPTION
    assert named.exemption(EXEMPTION.id, at(0)) is None
    assert named.exemption(EXEMPTION.id, at(6)) == (None if revoked else EXEMPTION)


def test_of_a_restricted_exemption_nothing_is_told(database: Database) -> None:
    columns = exemption_columns(EXEMPTION) | {"restricted": True}
    write(database, ExemptionRow, **columns, at=at(1))
    assert NamedInDecisions(database.engine).exemption(EXEMPTION.id, at(2)) is None


def test_a_confirmation_is_what_had_been_stated(database: Database) -> None:
    stated = Confirmation("CONFIRM1", "alice", "mail.test", at(4), "Example Constabulary")
    write(
        database,
        ConfirmationRow,
        id=stated.id,
        organisation=stated.organisation,
        person=stated.person,
        site=stated.host,
        category="webmail",
        purpose="work",
        reference="REFER001",
        at=at(1),
        until=stated.until,
        actor="gateway",
    )
    named = NamedInDecisions(database.engine)
    assert named.confirmation(stated.id, at(1)) == stated
    assert named.confirmation(stated.id, at(0.5)) is None
    assert named.confirmation("OTHER001", at(2)) is None
