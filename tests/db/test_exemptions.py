"""Exemptions: who may grant what to whom, and what is left of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading, writing
from db.exemption_rows import AccessRequest
from db.exemptions import ExemptionStore
from db.models import ChangeRow
from db.people import PeopleStore
from db.registers import RegisterStore
from policy.errors import ConfigurationError, RegisterRefused
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome
from tests.db.conftest import Database
from tests.db.exemptions import (
    FIRST_OFFICE,
    POLICY,
    SECOND_OFFICE,
    give_roles,
    granted,
    me,
    wanted,
)
from tests.db.people import Becoming, becoming, becoming_login

__all__ = ["becoming", "becoming_login"]

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
HOST, PREFIX, CATEGORY = TargetKind.HOST, TargetKind.PREFIX, TargetKind.CATEGORY
PERSON, ROLE, UNIT = GranteeKind.PERSON, GranteeKind.ROLE, GranteeKind.UNIT
NETWORK, EVERYONE = GranteeKind.NETWORK, GranteeKind.EVERYONE
MESSAGING = {"kind": CATEGORY, "target": "messaging", "procedure": "SOP 7"}
OFFICE = "sluicegate_people"


@pytest.fixture
def store(engine: Engine) -> ExemptionStore:
    return ExemptionStore(engine)


def changes(engine: Engine) -> list[tuple[str, object, object, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(ChangeRow.__table__).order_by(ChangeRow.id))
        return [(row.what, row.before, row.after, row.because) for row in rows]


def ask(store: ExemptionStore, **given: object) -> AccessRequest:
    columns: dict[str, object] = {
        "organisation": "",
        "grantee": "alice",
        "kind": HOST,
        "target": "social.test",
        "purpose": "an enquiry into fraud",
        "requested_by": "alice",
        **given,
    }
    return store.request(POLICY, **columns)  # type: ignore[arg-type]  # each of its own type


def answered(store: ExemptionStore, request: AccessRequest, **given: object) -> Exemption | AccessRequest:
    return store.grant(POLICY, wanted(**given), request=request.id)


# --- Granted of one's own accord


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="a-person"),
        pytest.param({"grantee_kind": ROLE, "grantee": "press"}, id="a-role"),
        pytest.param({"grantee_kind": UNIT, "grantee": "fraud"}, id="a-unit"),
        pytest.param({"grantee_kind": NETWORK, "grantee": "10.1.2.0/24"}, id="a-network"),
        pytest.param({"grantee_kind": EVERYONE, "grantee": ""}, id="everyone"),
        pytest.param({"organisation": "fire"}, id="a-person-of-another-organisation"),
        pytest.param({"kind": CATEGORY, "target": "gambling"}, id="a-category-for-named-persons"),
        pytest.param({"review": NOW + HOUR / 2, "procedure": "SOP 7"}, id="with-a-review-and-a-procedure"),
    ],
)
def test_what_is_granted_is_what_is_listed_and_loaded(
    store: ExemptionStore, engine: Engine, given: dict[str, object]
) -> None:
    exemption = granted(engine, **given)
    (listed,) = store.exemptions()
    assert listed.entry == exemption
    assert exemption.granted_by == me(engine)
    assert exemption.start <= datetime.now(UTC)
    registers, _ = RegisterStore(engine).load()
    loaded = [
        one
        for table in (registers.exemptions_by_host, registers.exemptions_by_category)
        for by_target in table.values()
        for found in by_target.values()
        for one in found
    ]
    assert loaded == [exemption]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, True),
        ({"grantee_kind": ROLE, "grantee": "press"}, True),
        ({"grantee_kind": UNIT, "grantee": "fraud"}, False),
        ({"grantee_kind": NETWORK, "grantee": "10.1.2.0/24"}, False),
        ({"organisation": "fire"}, False),
    ],
)
def test_what_the_release_before_would_take_for_another_is_over_for_it(
    engine: Engine, given: dict[str, object], *, seen: bool
) -> None:
    granted(engine, **given)
    with reading(engine) as connection:
        # As that release asks: it knows no `ends`.
        later = "now()" if engine.dialect.name == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        count = connection.scalar(
            text(f"SELECT count(*) FROM exemption WHERE revoked_at IS NULL AND until > {later}")  # noqa: S608
        )
    assert count == (1 if seen else 0)


def test_logins_are_kept_in_their_one_form(engine: Engine) -> None:
    assert granted(engine, grantee=" ALICE ").grantee == "alice"


def test_a_revoked_exemption_is_out_of_force_and_still_on_record(
    store: ExemptionStore, engine: Engine
) -> None:
    identifier = granted(engine).id
    store.revoke(identifier, because="the enquiry is over")
    assert RegisterStore(engine).load()[0].exemptions_by_host == {}
    assert store.exemptions() == []
    (kept,) = store.exemptions(everything=True)
    assert kept.revoked is not None
    assert (kept.revoked.because, kept.revoked.by) == ("the enquiry is over", me(engine))
    assert [what for what, *_ in changes(engine)] == ["exemption granted", "exemption revoked"]
    for wrong in (identifier, "ZZZZZZZZ"):
        with pytest.raises(RegisterRefused, match="no exemption"):
            store.revoke(wrong, because="again")


def test_what_has_run_out_is_neither_listed_nor_revoked(engine: Engine) -> None:
    now = [NOW]
    store = ExemptionStore(engine, now=lambda: now[0])
    for kind, name in ((PERSON, "alice"), (UNIT, "fraud")):
        store.grant(POLICY, wanted(grantee_kind=kind, grantee=name, until=NOW + HOUR))
    identifiers = [one.entry.id for one in store.exemptions()]
    assert len(identifiers) == 2
    now[0] = NOW + HOUR
    assert store.exemptions() == []
    for identifier in identifiers:
        with pytest.raises(RegisterRefused):
            store.revoke(identifier, because="too late")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"until": NOW - HOUR}, id="until-is-past"),
        pytest.param({"start": NOW + 2 * HOUR}, id="ends-before-it-begins"),
        pytest.param({"review": NOW - HOUR}, id="a-review-that-is-past"),
        pytest.param({"review": NOW + 2 * HOUR}, id="a-review-after-its-end"),
        pytest.param({"purpose": " \n"}, id="no-purpose"),
        pytest.param({"purpose": "x" * 501}, id="a-purpose-without-end"),
        pytest.param({"procedure": "x" * 201}, id="a-procedure-without-end"),
        pytest.param({"grantee": ""}, id="a-person-without-a-name"),
        pytest.param({"grantee": "a\0b"}, id="a-name-that-cannot-be"),
        pytest.param({"grantee": "x" * 201}, id="a-name-without-end"),
        pytest.param({"grantee_kind": NETWORK, "grantee": "10.1.2.3/24"}, id="a-network-with-host-bits"),
        pytest.param({"grantee_kind": NETWORK, "grantee": "example.org"}, id="a-network-that-is-none"),
        pytest.param({"grantee_kind": EVERYONE}, id="everyone-with-a-name"),
        pytest.param({"organisation": "a\0b"}, id="an-organisation-that-cannot-be"),
        pytest.param({"target": ""}, id="no-target"),
        pytest.param({"target": "social.test/path"}, id="a-host-with-a-path"),
        pytest.param({"kind": PREFIX}, id="a-prefix-without-a-path"),
        pytest.param({"target": "Social.test"}, id="not-normalised"),
        pytest.param({"target": "social test"}, id="a-blank-in-a-host"),
        pytest.param({"kind": CATEGORY, "target": "no_such"}, id="a-category-the-policy-does-not-have"),
        pytest.param({"kind": CATEGORY, "target": "malware"}, id="a-category-that-admits-none"),
        pytest.param({"categories": ("malware",)}, id="a-host-of-a-category-that-admits-none"),
        pytest.param(
            {"kind": CATEGORY, "target": "gambling", "grantee_kind": ROLE, "grantee": "press"},
            id="a-role-where-only-persons-are-admitted",
        ),
        pytest.param(
            {"categories": ("gambling",), "grantee_kind": UNIT, "grantee": "fraud"},
            id="a-host-for-a-unit-where-only-persons-are-admitted",
        ),
        pytest.param({**MESSAGING, "procedure": None}, id="no-procedure-where-one-is-asked-for"),
        pytest.param(MESSAGING, id="an-office-that-the-actor-does-not-have"),
        pytest.param(
            {"categories": ("messaging",), "procedure": "SOP 7"}, id="a-host-that-needs-an-office-too"
        ),
    ],
)
def test_what_may_not_be_granted_is_refused_and_changes_nothing(
    sqlite: Database, given: dict[str, object]
) -> None:
    engine = sqlite.engine
    store = ExemptionStore(engine)
    before = RegisterStore(engine).version()
    with pytest.raises(RegisterRefused) as refused:
        granted(engine, **given)
    assert "\n" not in str(refused.value)
    assert (RegisterStore(engine).version(), changes(engine)) == (before, [])
    assert (store.exemptions(everything=True), store.requests(everything=True)) == ([], [])


@pytest.mark.parametrize(
    "spelling", [str, str.upper, str.title, "  {}  ".format], ids=["as-it-is", "upper", "title", "spaces"]
)
def test_nobody_grants_their_own_exemption_however_the_name_is_spelt(
    store: ExemptionStore, engine: Engine, spelling: object
) -> None:
    with pytest.raises(RegisterRefused, match="nobody grants their own"):
        granted(engine, grantee=spelling(me(engine)))  # type: ignore[operator]  # a table of functions
    assert store.exemptions(everything=True) == []
    granted(engine, grantee=me(engine) + "2")
    granted(engine, grantee_kind=ROLE, grantee=me(engine))


# --- Asked for


def test_a_request_is_joined_while_it_waits_and_granted_once(store: ExemptionStore, engine: Engine) -> None:
    first = ask(store, category="social_media", decision="K7QF2M9T")
    assert (first.requested_by, first.grantee, first.joined) == ("alice", "alice", 0)
    assert [ask(store).joined for _ in range(2)] == [1, 2]
    assert [one.id for one in store.requests()] == [first.id]
    assert ask(store, target="other.test").id != first.id
    exemption = answered(store, first, target="social.test")
    assert isinstance(exemption, Exemption)
    assert (exemption.requested_by, exemption.granted_by) == ("alice", me(engine))
    decided = store.one_request(first.id).decided
    assert decided is not None
    assert (decided.outcome, decided.by) == (RequestOutcome.GRANTED, me(engine))
    with pytest.raises(RegisterRefused, match="granted already"):
        answered(store, first)
    with pytest.raises(RegisterRefused, match="granted already"):
        store.refuse(first.id, because="too late")
    assert ask(store).id != first.id, "what is asked for anew is a request of its own"


def test_a_request_is_granted_for_those_it_asks_for_and_nobody_else(store: ExemptionStore) -> None:
    first = ask(store)
    for given in ({"grantee": "bob"}, {"grantee_kind": ROLE}, {"organisation": "fire"}):
        with pytest.raises(RegisterRefused, match="somebody else"):
            answered(store, first, **given)
    assert isinstance(answered(store, first, kind=PREFIX, target="social.test/police"), Exemption)


def test_a_refusal_says_why_and_nobody_decides_what_they_asked_for(
    store: ExemptionStore, engine: Engine
) -> None:
    own = ask(store, requested_by=None, grantee="bob")
    with pytest.raises(RegisterRefused, match="your own"):
        store.refuse(own.id, because="x")
    with pytest.raises(RegisterRefused, match="nobody grants what they asked for"):
        answered(store, own, grantee="bob")
    others = ask(store)
    with pytest.raises(RegisterRefused, match="another's to take back"):
        store.take_back(others.id, because="x")
    refused = store.refuse(others.id, because="not for work").decided
    assert refused is not None
    assert (refused.outcome, refused.because, refused.by) == (
        RequestOutcome.REFUSED,
        "not for work",
        me(engine),
    )
    assert store.take_back(own.id, because="no longer").decided is not None
    assert store.requests() == []
    assert len(store.requests(everything=True)) == 2


def test_what_the_policy_never_exempts_is_not_asked_for(store: ExemptionStore) -> None:
    for given in (
        {"category": "malware"},
        {"kind": CATEGORY, "target": "malware"},
        {"category": "gambling", "grantee_kind": ROLE, "grantee": "press"},
        {"purpose": " "},
        {"target": "social test"},
        {"grantee": ""},
    ):
        with pytest.raises(RegisterRefused):
            ask(store, **given)
    assert store.requests(everything=True) == []


def test_requests_are_asked_for_by_person_and_nobody_lets_fifty_wait(store: ExemptionStore) -> None:
    for number in range(50):
        ask(store, target=f"site-{number}.test")
    with pytest.raises(RegisterRefused, match="50 requests wait"):
        ask(store, target="one-more.test")
    ask(store, grantee="bob", requested_by="bob")
    ask(store, grantee="alice", requested_by="bob", target="for-alice.test")
    assert len(store.requests(organisation="", person="alice")) == 51
    assert len(store.requests(organisation="", person="bob")) == 2
    assert store.requests(organisation="fire", person="bob") == []


# --- Two offices


@pytest.fixture
def offices(engine: Engine, becoming: Becoming) -> None:
    """Ines has the first office, Otto the second, and Zoe has both."""
    for name, roles in (
        ("exempt-ines", (FIRST_OFFICE,)),
        ("exempt-otto", (SECOND_OFFICE,)),
        ("exempt-zoe", (FIRST_OFFICE, SECOND_OFFICE)),
    ):
        with becoming(name, OFFICE) as theirs:
            login = me(theirs)
        give_roles(engine, login, *roles)


def test_messaging_needs_two_offices_and_a_procedure(
    offices: None, becoming: Becoming, store: ExemptionStore, engine: Engine
) -> None:
    asked = ask(store, kind=CATEGORY, target="messaging")
    with becoming("exempt-otto", OFFICE) as otto, pytest.raises(RegisterRefused, match=FIRST_OFFICE):
        answered(ExemptionStore(otto), asked, **MESSAGING)
    with becoming("exempt-ines", OFFICE) as ines:
        waits = answered(ExemptionStore(ines), asked, **MESSAGING)
        first = me(ines)
    assert isinstance(waits, AccessRequest)
    assert waits.first is not None
    assert (waits.first.by, waits.decided) == (first, None)
    assert RegisterStore(engine).load()[0].exemptions_by_category == {}, "it is no exemption yet"
    with becoming("exempt-ines", OFFICE) as ines, pytest.raises(RegisterRefused, match="somebody else's"):
        ExemptionStore(ines).second_word(POLICY, asked.id, because="yes")
    with pytest.raises(RegisterRefused, match=SECOND_OFFICE):
        store.second_word(POLICY, asked.id, because="yes")
    with becoming("exempt-otto", OFFICE) as otto:
        exemption = ExemptionStore(otto).second_word(POLICY, asked.id, because="agreed")
        assert (exemption.granted_by, exemption.second_by) == (first, me(otto))
    assert (exemption.requested_by, exemption.procedure) == ("alice", "SOP 7")
    registers, _ = RegisterStore(engine).load()
    assert list(registers.exemptions_by_category) == [("", PERSON, "alice")]
    with becoming("exempt-otto", OFFICE) as otto, pytest.raises(RegisterRefused, match="granted already"):
        ExemptionStore(otto).second_word(POLICY, asked.id, because="again")


def test_the_first_office_may_grant_of_its_own_accord_and_either_may_refuse(
    offices: None, becoming: Becoming, store: ExemptionStore
) -> None:
    with becoming("exempt-zoe", OFFICE) as zoe:
        waits = ExemptionStore(zoe).grant(POLICY, wanted(**MESSAGING))
        assert isinstance(waits, AccessRequest)
        with pytest.raises(RegisterRefused, match="somebody else's"):
            ExemptionStore(zoe).second_word(POLICY, waits.id, because="both offices are mine")
        with pytest.raises(RegisterRefused, match="asks for the same already"):
            ExemptionStore(zoe).grant(POLICY, wanted(**MESSAGING))
    with becoming("exempt-otto", OFFICE) as otto:
        refused = ExemptionStore(otto).refuse(waits.id, because="no")
    assert refused.decided is not None
    assert store.exemptions(everything=True) == []


def test_neither_word_is_the_grantees(offices: None, becoming: Becoming, engine: Engine) -> None:
    with becoming("exempt-otto", OFFICE) as otto:
        his = me(otto)
    with becoming("exempt-ines", OFFICE) as ines:
        waits = ExemptionStore(ines).grant(POLICY, wanted(grantee=his, **MESSAGING))
        assert isinstance(waits, AccessRequest)
        with pytest.raises(RegisterRefused, match="their own"):
            ExemptionStore(ines).grant(POLICY, wanted(grantee=me(ines), **MESSAGING))
    with becoming("exempt-otto", OFFICE) as otto, pytest.raises(RegisterRefused, match="their own"):
        ExemptionStore(otto).second_word(POLICY, waits.id, because="mine")


@pytest.mark.parametrize("lost", ["disabled", "ended", "not-confirmed"])
def test_an_office_is_lost_with_the_person_or_the_role(
    offices: None, becoming: Becoming, engine: Engine, lost: str
) -> None:
    with becoming("exempt-ines", OFFICE) as ines:
        login = me(ines).casefold()
    people = PeopleStore(engine)
    now = datetime.now(UTC)
    if lost == "disabled":
        people.disable("", login, because="on leave")
    elif lost == "ended":
        people.enter([], left=[("", login)], roles_until=now + HOUR, because="left")
        now = datetime.now(UTC)
    else:
        now += timedelta(days=91)
    with becoming("exempt-ines", OFFICE) as ines, pytest.raises(RegisterRefused, match=FIRST_OFFICE):
        ExemptionStore(ines, now=lambda: now).grant(POLICY, wanted(**MESSAGING, until=now + HOUR))


# --- Restricted


def test_a_restricted_one_is_seen_by_who_decided_it_and_nothing_says_what_it_is_for(
    becoming: Becoming, engine: Engine
) -> None:
    with becoming("exempt-ann", OFFICE) as ann:
        exemption = granted(ann, restricted=True, purpose="covert enquiry", procedure="C/1")
        granted(ann, target="other.test")
        assert len(ExemptionStore(ann).exemptions()) == 2
    with becoming("exempt-ben", OFFICE) as ben:
        assert [one.entry.target for one in ExemptionStore(ben).exemptions(everything=True)] == ["other.test"]
        with pytest.raises(RegisterRefused, match="no exemption"):
            ExemptionStore(ben).revoke(exemption.id, because="curiosity")
    (loaded,) = RegisterStore(engine).load()[0].exemptions_by_host["", PERSON, "alice"]["social.test"]
    assert (loaded.id, loaded.restricted) == (exemption.id, True)
    assert (loaded.purpose, loaded.procedure, loaded.requested_by) == ("", "restricted", "")
    with becoming("exempt-ann", OFFICE) as ann:
        ExemptionStore(ann).revoke(exemption.id, because="the covert enquiry is over")
    told = repr(changes(engine))
    assert "covert" not in told
    assert "C/1" not in told
    assert exemption.id in told


def test_a_restricted_request_is_for_one_person_to_decide(becoming: Becoming, engine: Engine) -> None:
    with becoming("exempt-cat", OFFICE) as cat:
        cats = me(cat)
    with becoming("exempt-ann", OFFICE) as ann:
        asked = ask(ExemptionStore(ann), requested_by=None, asked_of=cats, purpose="adjustments")
        assert ExemptionStore(ann).requests() == [asked]
    with becoming("exempt-ben", OFFICE) as ben:
        store = ExemptionStore(ben)
        assert store.requests(everything=True) == []
        with pytest.raises(RegisterRefused):
            store.one_request(asked.id)
        with pytest.raises(RegisterRefused):
            store.refuse(asked.id, because="curiosity")
        with pytest.raises(RegisterRefused):
            answered(store, asked)
        # Asking for the same tells nobody that there is one.
        open_one = ask(store, requested_by=None)
        assert (open_one.joined, store.requests()) == (0, [open_one])
        assert ask(store, requested_by=None).id == open_one.id
        store.take_back(open_one.id, because="not needed")
    with becoming("exempt-cat", OFFICE) as cat:
        exemption = answered(ExemptionStore(cat), asked, restricted=True)
        assert isinstance(exemption, Exemption)
    with becoming("exempt-ann", OFFICE) as ann:
        assert [one.entry.id for one in ExemptionStore(ann).exemptions()] == [exemption.id]
    with becoming("exempt-ben", OFFICE) as ben:
        assert ExemptionStore(ben).exemptions(everything=True) == []


def test_a_restricted_one_of_two_offices_names_the_second_beforehand(
    offices: None, becoming: Becoming, engine: Engine
) -> None:
    with becoming("exempt-otto", OFFICE) as otto:
        ottos = me(otto)
    with becoming("exempt-ines", OFFICE) as ines:
        store = ExemptionStore(ines)
        with pytest.raises(RegisterRefused, match="names whose word"):
            store.grant(POLICY, wanted(**MESSAGING, restricted=True))
        for nobody, why in (
            (me(ines), "somebody else's"),
            ("Alice", "their own"),
        ):  # whose word could never come
            with pytest.raises(RegisterRefused, match=why):
                store.grant(POLICY, wanted(**MESSAGING, restricted=True), second=nobody)
        waits = store.grant(POLICY, wanted(**MESSAGING, restricted=True), second=ottos)
        assert isinstance(waits, AccessRequest)
    with becoming("exempt-zoe", OFFICE) as zoe, pytest.raises(RegisterRefused, match="no request"):
        ExemptionStore(zoe).second_word(POLICY, waits.id, because="curiosity")
    with becoming("exempt-otto", OFFICE) as otto:
        exemption = ExemptionStore(otto).second_word(POLICY, waits.id, because="agreed")
    assert exemption.restricted
    assert "SOP 7" not in repr(changes(engine))


# --- What PostgreSQL holds against raw SQL; SQLite keeps nobody apart


INSERT = (
    "INSERT INTO exemption "
    "(id, grantee_kind, grantee, kind, target, start, until, purpose, granted_by, at{}) "
    "VALUES ('X', '{}', '{}', 'host', 'x.test', now(), now() + interval '1 hour', 'x', {}, now(){})"
)
REQUEST = (
    "INSERT INTO exemption_request (id, organisation, grantee_kind, grantee, kind, target, purpose, "
    "requested_by, restricted, joined, at, actor) "
    "VALUES ('R', '', 'person', 'alice', 'host', 'x.test', 'x', '{}', false, 0, now(), session_user)"
)
GRANTED = (
    "UPDATE exemption_request SET outcome = 'granted', decided_at = now(), decided_by = {}, "
    "decided_because = 'x' WHERE id = 'R'"
)
FIRST = "UPDATE exemption_request SET first_by = {}, first_at = now(), first_grant = '{{}}' WHERE id = 'R'"


# In one database: each is taken back by its refusal.
NOBODY_GETS_FURTHER = [
    ("in another's name", [INSERT.format("", "person", "a", "'bob'", "")], "is the login"),
    ("one's own", [INSERT.format("", "person", "EXEMPT-EVE", "session_user", "")], "grants their own"),
    ("by spelling", [INSERT.format("", "person", " exempt-eve ", "session_user", "")], "grants their own"),
    (
        "a second word without a first",
        [INSERT.format(", second_by", "person", "a", "'bob'", ", session_user")],
        "answers no request",
    ),
    (
        "as if somebody had asked",
        [INSERT.format(", requested_by", "person", "a", "session_user", ", 'bob'")],
        "answers no request",
    ),
    (
        "a request that is none",
        [INSERT.format(", request", "person", "alice", "session_user", ", 'R'")],
        "just granted",
    ),
    ("asked in another's name", [REQUEST.format("bob")], "is the login"),
    (
        "granted to oneself",
        [REQUEST.format("exempt-eve"), GRANTED.format("session_user")],
        "asked for themselves",
    ),
    ("decided as another", [REQUEST.format(""), GRANTED.format("'bob'")], "is the login"),
    ("a first word as another", [REQUEST.format(""), FIRST.format("'bob'")], "is the login"),
    (
        "both words by one",
        [REQUEST.format(""), FIRST.format("session_user"), GRANTED.format("session_user")],
        "somebody else",
    ),
    (
        "another exemption than the one asked for",
        [
            REQUEST.format(""),
            GRANTED.format("session_user"),
            INSERT.format(", request", "role", "press", "session_user", ", 'R'"),
        ],
        "just granted",
    ),
    (
        "two exemptions for one request",
        [
            REQUEST.format(""),
            GRANTED.format("session_user"),
            INSERT.format(", request", "person", "alice", "session_user", ", 'R'"),
            INSERT.replace("'X'", "'Y'").format(", request", "person", "alice", "session_user", ", 'R'"),
        ],
        "exemption_request_granted",
    ),
    (
        "a request reworded",
        [REQUEST.format(""), "UPDATE exemption_request SET target = 'y.test'"],
        "permission denied",
    ),
    (
        "a request to be seen by oneself alone",
        [REQUEST.format(""), "UPDATE exemption_request SET restricted = true, asked_of = session_user"],
        "never changed",
    ),
    ("made longer", ["UPDATE exemption SET until = now()"], "permission denied"),
    ("deleted", ["DELETE FROM exemption"], "permission denied"),
    ("published", ["UPDATE exemption SET restricted = false"], "permission denied"),
    (
        "revoked in another's name",
        ["UPDATE exemption SET revoked_at = now(), revoked_by = 'bob', revoked_because = 'x'"],
        "is the login",
    ),
]


def test_raw_sql_gets_nobody_further(postgresql: Database, becoming_login: Becoming) -> None:
    granted(postgresql.engine)
    with becoming_login("exempt-eve", OFFICE) as eve:
        for what, statements, why in NOBODY_GETS_FURTHER:
            with eve.connect() as connection, pytest.raises(DBAPIError, match=why):
                for statement in statements:
                    connection.execute(text(statement))
                pytest.fail(what)


def test_a_function_of_ones_own_shows_no_restricted_one(
    postgresql: Database, becoming_login: Becoming
) -> None:
    """Row-level security compares logins by functions; who has a schema could bring others of that name."""
    with becoming_login("exempt-ann", OFFICE) as ann:
        granted(ann, restricted=True)
    with becoming_login("exempt-eve", OFFICE) as eve:
        with writing(postgresql.engine) as connection:
            connection.execute(text('CREATE SCHEMA evil AUTHORIZATION "exempt-eve"'))
        with eve.connect() as connection:
            connection.execute(text("SET search_path = evil, pg_catalog, public"))
            connection.execute(
                text("CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$")
            )
            assert connection.execute(text("SELECT lower('a')")).scalar_one() == "x"
            assert connection.execute(text("SELECT * FROM exemption")).all() == []


def test_an_auditor_sees_restricted_ones_and_a_review_that_there_are_some(becoming_login: Becoming) -> None:
    with becoming_login("exempt-ann", OFFICE) as ann:
        granted(ann, restricted=True, purpose="covert enquiry")
    with becoming_login("exempt-auditor", "sluicegate_auditor") as auditor:
        assert [one.entry.purpose for one in ExemptionStore(auditor).exemptions()] == ["covert enquiry"]
        with pytest.raises(ConfigurationError, match="permission denied"):
            granted(auditor)
    with becoming_login("exempt-review", "sluicegate_review") as review:
        with reading(review) as connection:
            (row,) = connection.execute(text("SELECT * FROM reviewed_exemption"))
        assert (row.restricted, row.purpose, row.grantee, row.target, row.granted_by) == (True, *[None] * 4)
        with pytest.raises(ConfigurationError, match="permission denied"), reading(review) as connection:
            connection.execute(text("SELECT 1 FROM exemption"))
