"""What is kept about one person: theirs, by the columns that are named, and nothing they may not know."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event, insert

from db.engine import writing
from db.models import ExemptionRow
from db.people_models import ExemptionRequestRow
from db.reports import ReportStore
from db.review.authorities import AuthorityStore
from db.review.looks import Looks
from db.review.subject import Kept, decisions_about, kept_about
from db.review.tellings import TellingStore, ToldPerson
from db.tables import METADATA
from policy.registers import GranteeKind, TargetKind
from policy.review.reviewer import Reviewer
from policy.words import ReportKind, ReviewerRole
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import becoming_login
from tests.db.review.reviewing import GRANTER, RITA, SINCE, grant, scope_of, service, ship

__all__ = ["becoming_login", "service"]

DANA = Reviewer("", "dana", frozenset({ReviewerRole.DATA_PROTECTION}))
UNTIL = SINCE + timedelta(days=30)


def kept(service: Engine, login: str = "alice") -> Kept:
    question = {"organisation": "", "person": login}
    with Looks(service).open(
        DANA, what="subject access", question=question, purpose="SAR", subject=login
    ) as look:
        return kept_about(look.connection, "", login)


def test_rows_are_theirs_and_say_of_no_hold(database: Database, service: Engine) -> None:
    own = [decision(at=SINCE + timedelta(hours=hour), organisation="") for hour in (2, 1)]
    others = [
        decision(at=SINCE, organisation="", person="bob"),
        decision(at=SINCE, organisation="Another"),
        decision(at=UNTIL, organisation=""),
    ]
    ship(database, [*own, *others])
    question = {"organisation": "", "person": "alice"}
    with Looks(service).open(
        DANA, what="subject access", question=question, purpose="SAR", subject="alice"
    ) as look:
        found = list(decisions_about(look.connection, "", "alice", UNTIL))
    assert [one.id for one in found] == [own[1].id, own[0].id]
    assert all(one.outcome is not None and not one.held for one in found)


def exemption(engine: Engine, *, restricted: bool = False, **changes: object) -> None:
    now = datetime.now(UTC)
    row = {
        "id": "EXEMPT01" if restricted else "EXEMPT02",
        "organisation": "",
        "grantee_kind": GranteeKind.PERSON,
        "grantee": "alice",
        "kind": TargetKind.HOST,
        "target": "secret.test" if restricted else "open.test",
        "start": now,
        "until": now + timedelta(days=1),
        "purpose": "work",
        "granted_by": "greta",
        "at": now,
        "requested_by": "mona",
        "restricted": restricted,
        **changes,
    }
    with writing(engine) as connection:
        connection.execute(insert(ExemptionRow).values(**row))


def asked_for(engine: Engine, identifier: str, *, restricted: bool = False, **changes: object) -> None:
    row = {
        "id": identifier,
        "organisation": "",
        "grantee_kind": GranteeKind.PERSON,
        "grantee": "alice",
        "kind": TargetKind.HOST,
        "target": f"{identifier.lower()}.test",
        "purpose": "work",
        "requested_by": "mona",
        "restricted": restricted,
        "joined": 0,
        "at": datetime.now(UTC),
        "actor": "gateway",
        **changes,
    }
    with writing(engine) as connection:
        connection.execute(insert(ExemptionRequestRow).values(**row))


def test_exemptions_and_requests_are_theirs_and_none_that_is_restricted(sqlite: Database) -> None:
    exemption(sqlite.engine)
    exemption(sqlite.engine, restricted=True)
    asked_for(sqlite.engine, "FORALICE")
    asked_for(sqlite.engine, "BYALICE1", grantee="bob", requested_by="alice")
    asked_for(sqlite.engine, "FORBOB01", grantee="bob")
    asked_for(sqlite.engine, "SECRET01", restricted=True)
    found = kept(sqlite.engine)
    assert [one["target"] for one in found["exemptions for you"]] == ["open.test"]
    assert {one["target"] for one in found["requests for access"]} == {"foralice.test", "byalice1.test"}
    for rows in (found["exemptions for you"], found["requests for access"]):
        assert not {"granted_by", "requested_by", "decided_by"} & {name for row in rows for name in row}


def test_the_service_may_read_all_of_it(database: Database, service: Engine) -> None:
    """By its own login, which is refused what nobody granted it."""
    ReportStore(database.engine).tell(
        organisation="", person="alice", kind=ReportKind.NOT_MEANT, host="bet.test", text="by mistake"
    )
    found = kept(service)
    assert [one["text"] for one in found["what you reported"]] == ["by mistake"]
    (entry,) = found["register of people"]
    assert (entry["login"], entry["unit"]) == ("alice", "Finance")
    assert "manager" not in entry
    assert [name for name, rows in found.items() if rows] == [
        "register of people",
        "what you reported",
        "looks you may know of",
    ]


def test_a_look_that_could_not_have_shown_them_is_none_of_theirs(database: Database, service: Engine) -> None:
    """Of a unit's people a question may ask for some alone, and nobody reads what is about themselves."""
    store, looks = AuthorityStore(service), Looks(service)
    of_unit = grant(service, people=(), units=("Finance",))
    for what, only, never in (
        ("review of all", None, ()),
        ("review of alice", {"alice"}, ()),
        ("review of bob", {"bob"}, ()),
        ("review by alice", None, ("alice",)),
    ):
        scope = scope_of(of_unit, only=only and frozenset(only), never=frozenset(never))
        with looks.open(RITA, what=what, question={}, purpose="p", authority=of_unit.id, scope=scope) as look:
            look.seen(0)
    store.revoke(of_unit.id, GRANTER, because="it is done")
    TellingStore(service).tell(of_unit, [ToldPerson("", "alice", {"paragraphs": []})], by="greta")
    found = [one["what"] for one in kept(service)["looks you may know of"]]
    assert found == ["review of all", "review of alice", "subject access"]


LEFT_OUT = {
    "authority": "whom it named is told by a notice, or not yet",
    "decision": "row by row, by `decisions_about`",
    "held_decision": "row by row, by `decisions_about`",
    "legal_hold": "nobody is told of one",
    "local_entry": "what staff of the gateway did",
    "review_ticket": "gone within the hour",
    "tally_person": "counts what `decision` has",
}


def test_every_table_that_names_a_person_is_in_it_or_has_a_reason_not_to_be(sqlite: Database) -> None:
    read: set[str] = set()

    def seen(_: object, __: object, statement: str, *___: object) -> None:
        read.update(re.findall(r"(?:FROM|JOIN) (\w+)", statement))

    event.listen(sqlite.engine, "before_cursor_execute", seen)
    kept(sqlite.engine)
    naming = {"person", "people", "login", "grantee", "by", "question"}
    tables = {name for name, table in METADATA.tables.items() if naming & set(table.columns.keys())}
    # Requests are read through a view that leaves the restricted out.
    read = read - {"reviewed_request"} | {"exemption_request"}
    assert tables - read == LEFT_OUT.keys()
