"""What is stored about one person: all of it, nobody else's, and no host to be read over a shoulder."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from db.devices import DeviceEntry, DeviceStore
from db.engine import reading
from db.exemptions import ExemptionStore
from db.models import AccessRow
from db.my_record import MyRecords, PersonalRecord
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.presence import PresenceStore
from db.reports import ReportStore
from db.review.authorities import AuthorityStore
from db.review.tellings import TellingStore, ToldPerson
from policy.decision import Decision
from policy.errors import ConfigurationError
from policy.registers import GranteeKind, TargetKind
from policy.words import PersonHow, ReportKind, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.exemptions import POLICY, granted
from tests.db.people import Becoming, becoming, becoming_login
from tests.db.review.reviewing import GRANTER, grant
from tests.db.stored import stored

__all__ = ["becoming", "becoming_login"]

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
PAGE = "https://news.test"


def piece(minutes_ago: int, host: str, **given: object) -> Decision:
    """One that was refused to jane on the page."""
    hers = {"person": "jane", "organisation": "", "page": PAGE, "host": host}
    return decision(**{"at": NOW - timedelta(minutes=minutes_ago), **hers, **given})


def about(engine: Engine, person: str = "jane", organisation: str = "") -> PersonalRecord:
    return MyRecords(engine).record(organisation, person)


def test_decisions_are_counted_by_class_and_days_and_no_host_is_told(engine: Engine) -> None:
    visit = {"retention_class": RetentionClass.VISIT, "person": "jane", "organisation": ""}
    stored(
        engine,
        piece(5, "ads.test"),
        decision(at=NOW - 3 * DAY, **visit),
        decision(at=NOW - 9 * DAY, **visit),
        decision(at=NOW - 9 * DAY, **{**visit, "person": "bob"}),
        decision(at=NOW - 9 * DAY, **{**visit, "organisation": "fire"}),
        decision(at=NOW - 9 * DAY, **{**visit, "person": None}),
    )
    record = about(engine)
    refused, visits = record.decisions
    assert (refused.retention_class, refused.decisions) == ("refused", 1)
    assert (visits.decisions, visits.oldest, visits.newest) == (
        2,
        (NOW - 9 * DAY).date(),
        (NOW - 3 * DAY).date(),
    )
    assert "test" not in repr(record.decisions)
    assert about(engine, "nobody").decisions == ()


def test_what_a_person_was_told_of_a_review_is_theirs_and_read_once_it_was_asked_for(
    engine: Engine, becoming: Becoming
) -> None:
    """Shown by the gateway's own login, which may say that it was read and nothing else."""
    authorities = AuthorityStore(engine)
    over = authorities.revoke(grant(engine, people=("jane", "bob")).id, GRANTER, because="it is done")
    said = {"reference": over.id, "paragraphs": ["It is over."]}
    tellings = TellingStore(engine)
    tellings.tell(over, [ToldPerson("", person, said) for person in ("jane", "bob")], by="greta")
    with becoming("login_gateway", "sluicegate_gateway") as gateway:
        (review,) = about(gateway).reviews
        assert (review.authority, review.notice) == (over.id, said)
        assert about(gateway, "eve").reviews == ()
        assert about(gateway, organisation="fire").reviews == ()
    (hers,) = tellings.notices_of("", "jane")
    assert hers.read_at is not None
    assert about(engine).reviews[0].read_at == hers.read_at
    (his,) = tellings.notices_of("", "bob")
    assert his.read_at is None


def test_every_look_is_on_record_with_the_person_it_is_about(engine: Engine) -> None:
    about(engine)
    MyRecords(engine).missing_pieces("fire", "bob", PAGE)
    with reading(engine) as connection:
        rows = connection.execute(select(AccessRow.what, AccessRow.question).order_by(AccessRow.id)).all()
    assert [row.what for row in rows] == ["my record", "my record", "missing pieces", "missing pieces"]
    assert rows[0].question == {"organisation": "", "person": "jane"}
    assert rows[2].question == {"organisation": "fire", "person": "bob"}, "and not which page"


def test_everything_kept_of_a_person_is_in_their_record_and_nothing_of_anothers(engine: Engine) -> None:
    entries = [
        PersonEntry("", "jane", name="Jane Doe", unit="Fraud", roles=("Press", "licensing")),
        PersonEntry("", "bob", unit="other"),
    ]
    PeopleStore(engine).enter(entries, roles_until=NOW + DAY, because="a test")
    DeviceStore(engine).enter(
        [
            DeviceEntry("", "hers", "10.0.0.1", person="jane"),
            DeviceEntry("", "his", "10.0.0.2", person="bob"),
        ],
        because="a test",
    )
    presence, reports, exemptions = PresenceStore(engine), ReportStore(engine), ExemptionStore(engine)
    for person in ("jane", "bob"):
        presence.acknowledge("", person, "1", how=PersonHow.PAGE, policy="aa")
        presence.state_purpose(
            "", person, site=f"{person}.test", category="forums", purpose="x", reference="K", minutes=60
        )
        reports.tell(organisation="", person=person, kind=ReportKind.NOT_MEANT, host=f"{person}.test")
        exemptions.request(
            POLICY,
            organisation="",
            grantee=person,
            kind=TargetKind.HOST,
            target=f"{person}.test",
            purpose="x",
            requested_by=person,
        )
    presence.choose_role("", "jane", "Press")
    hers = [
        granted(engine, grantee_kind=kind, grantee=grantee).id
        for kind, grantee in (
            (GranteeKind.PERSON, "jane"),
            (GranteeKind.ROLE, "press"),
            (GranteeKind.UNIT, "fraud"),
        )
    ]
    granted(engine, grantee="bob")
    granted(engine, grantee="jane", organisation="fire")
    record = about(engine)
    assert record.person is not None
    assert {one.role for one in record.person.held} == {"Press", "licensing"}
    assert (record.person.entry.name, record.active_role) == ("Jane Doe", "Press")
    assert record.devices == ("hers",)
    assert [one.version for one in record.notices] == ["1"]
    assert [one.site for one in record.purposes] == ["jane.test"]
    assert [one.host for one in record.reports] == ["jane.test"]
    assert [one.target for one in record.requests] == ["jane.test"]
    assert {one.id for one in record.exemptions} == set(hers)
    assert "bob" not in repr(record)
    assert about(engine, "eve").person is None


def test_of_a_restricted_exemption_the_record_says_that_there_is_one(
    engine: Engine, becoming: Becoming
) -> None:
    with becoming("record-ann", "sluicegate_people") as ann:
        granted(ann, grantee="jane", restricted=True, purpose="covert enquiry", procedure="C/1")
        ExemptionStore(ann).request(
            POLICY,
            organisation="",
            grantee="jane",
            kind=TargetKind.HOST,
            target="secret.test",
            purpose="covert enquiry",
            asked_of="somebody",
        )
    record = about(engine)
    (one,) = record.exemptions
    assert one.restricted
    assert (one.target, one.purpose, one.granted_by, one.procedure) == ("", "", "", None)
    assert record.requests == ()
    assert "covert" not in repr(record)


def test_requests_are_found_by_host_or_all_of_them(engine: Engine) -> None:
    for host in ("a.test", "b.test"):
        ExemptionStore(engine).request(
            POLICY, organisation="", grantee="jane", kind=TargetKind.HOST, target=host, purpose="x"
        )
    records = MyRecords(engine)
    assert [one.target for one in records.requests("", "jane")] == ["b.test", "a.test"]
    assert [one.target for one in records.requests("", "jane", "a.test")] == ["a.test"]
    assert records.requests("fire", "jane") == []


MISSES: dict[str, dict[str, object]] = {
    "another page": {"page": "https://other.test"},
    "no page": {"page": None},
    "another person": {"person": "bob"},
    "another organisation": {"organisation": "fire"},
    "allowed": {"verdict": Verdict.ALLOW},
    "not what was done in the end": {"final": False},
    "an hour ago": {"at": NOW - timedelta(hours=1)},
    "privileged": {"retention_class": RetentionClass.PRIVILEGED},
}


def test_the_refused_pieces_of_a_page_are_named_for_half_an_hour_each_host_once(engine: Engine) -> None:
    latest = piece(5, "ads.test")
    stored(
        engine,
        latest,
        piece(9, "ads.test"),
        piece(2, "a.test", category=None),
        *(piece(5, what, **miss) for what, miss in MISSES.items()),
    )
    first, second = MyRecords(engine).missing_pieces("", "jane", PAGE)
    assert (first.host, first.category) == ("a.test", None)
    assert (second.host, second.category, second.reference) == ("ads.test", "gambling", latest.reference)


def test_the_gateway_counts_only_for_the_person_in_its_question(
    postgresql: Database, becoming_login: Becoming
) -> None:
    stored(postgresql.engine, piece(5, "ads.test"))
    pieces = f"SELECT * FROM sluicegate_missing_pieces('', 'jane', '{PAGE}', now() - interval '1 day')"  # noqa: S608
    looks = ("SELECT * FROM sluicegate_stored_about('', 'jane')", pieces)

    def seen(engine: Engine) -> list[int]:
        found = []
        for look in looks:
            with reading(engine) as connection:
                found.append(len(connection.execute(text(look)).all()))
        return found

    with becoming_login("record-gateway", "sluicegate_gateway") as own:
        assert seen(own) == [0, 0]
        records = MyRecords(own)
        assert records.record("", "bob").decisions == ()
        assert records.missing_pieces("", "bob", PAGE) == []
        assert seen(own) == [0, 0], "what it asked of bob shows nothing of jane"
        assert len(records.record("", "jane").decisions) == 1
        assert seen(own) == [1, 0], "nor is one question another"
        assert len(records.missing_pieces("", "jane", PAGE)) == 1
        assert seen(own) == [1, 1]
    with becoming_login("record-people", "sluicegate_people") as other:
        for look in looks:
            with pytest.raises(ConfigurationError, match="permission denied"), reading(other) as connection:
                connection.execute(text(look))
