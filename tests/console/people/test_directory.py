"""A directory read in pages: the whole of it, or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from ldap3 import DEREF_NEVER, SUBTREE
from ldap3.core.exceptions import LDAPSocketReceiveError

from addons.identity.settings import LdapSettings
from console.people import directory
from console.people.directory import Entry, ends, people_of, read_directory
from console.people.settings import PeopleSettings
from console.people.table import Table
from db.person_rows import PersonEntry
from policy.errors import Away, ConfigurationError, RegisterRefused
from policy.people import PersonKind
from tests.identity_servers.slapd import BASE, PEOPLE, SEARCHER, Slapd

LDAP = LdapSettings(servers=("ldaps://a.test",), base="ou=people,dc=a,dc=test")
SETTINGS = PeopleSettings(ends="accountExpires", roles={"CN=Press, OU=Groups,DC=a,DC=test": "press"})
PAGED = "1.2.840.113556.1.4.319"


@dataclass
class Directory:
    """A server that pages: `size` entries at a time, however many are asked for."""

    entries: list[tuple[str, dict[str, list[bytes]]]]
    size: int = 2
    ends_with: int = 0
    asked: list[tuple[str, list[str], bytes | None]] = field(default_factory=list)
    result: Mapping[str, Any] = field(default_factory=dict)
    response: list[dict[str, Any]] = field(default_factory=list)

    def search(
        self,
        search_base: str,
        search_filter: str,
        search_scope: str,
        dereference_aliases: str,
        *,
        attributes: list[str],
        paged_size: int,
        paged_criticality: bool,
        paged_cookie: bytes | None,
    ) -> None:
        assert (search_base, search_scope, dereference_aliases) == (LDAP.base, SUBTREE, DEREF_NEVER)
        assert paged_criticality, "whoever cannot page must refuse"
        self.asked.append((search_filter, attributes, paged_cookie))
        begins = int(paged_cookie or b"0")
        page = self.entries[begins : begins + self.size]
        cookie = b"%d" % (begins + self.size) if begins + self.size < len(self.entries) else b""
        self.response = [{"type": "searchResEntry", "dn": dn, "raw_attributes": held} for dn, held in page]
        self.result = {
            "result": self.ends_with if not cookie else 0,
            "description": "sizeLimitExceeded" if self.ends_with else "success",
            "message": "",
            "controls": {PAGED: {"value": {"cookie": cookie}}},
        }


def entry(login: str, **values: str) -> tuple[str, dict[str, list[bytes]]]:
    held = {name: [value.encode()] for name, value in {"uid": login, **values}.items()}
    return f"uid={login},{LDAP.base}", held


def read(server: Directory) -> list[PersonEntry]:
    return list(read_directory(server, LDAP, SETTINGS, "", lambda count: None).rows)


def test_every_page_is_read_to_the_last() -> None:
    server = Directory([entry(f"p{number}") for number in range(5)])
    assert [person.login for person in read(server)] == [f"p{number}" for number in range(5)]
    assert [cookie for _, _, cookie in server.asked] == [None, b"2", b"4"]
    assert {of for of, _, _ in server.asked} == {"(uid=*)"}


def test_an_entry_becomes_a_person_with_their_manager_and_roles() -> None:
    boss = f"UID=boss, {LDAP.base}"
    jane = entry(
        "Jane",
        cn="Jane Doe",
        mail="jane@a.test",
        employeeType="Volunteer",
        departmentNumber="CID",
        manager=boss,
        memberOf="cn=press,ou=groups,dc=a,dc=test",
        accountExpires="0",
    )
    person, _ = read(Directory([jane, entry("boss")]))
    assert person == PersonEntry(
        "", "jane", "Jane Doe", "jane@a.test", PersonKind.VOLUNTEER, "CID", "boss", None, ("press",)
    )


def test_only_attributes_that_are_named_are_asked_for_and_told() -> None:
    server = Directory([entry("jane")])
    settings = PeopleSettings(email="", manager="")
    table = read_directory(server, LDAP, settings, "", lambda count: None)
    assert server.asked[0][1] == ["cn", "departmentNumber", "employeeType", "uid"]
    assert table.columns == {"login", "name", "kind", "unit"}


def test_a_server_that_gives_only_a_part_is_refused() -> None:
    with pytest.raises(RegisterRefused, match="does not give all of it: sizeLimitExceeded"):
        read(Directory([entry("jane")], ends_with=4))


def test_a_server_without_an_answer_is_away() -> None:
    server = Directory([])

    def fail(*asked: Any, **options: Any) -> None:
        raise LDAPSocketReceiveError("timed out")

    server.search = fail  # type: ignore[method-assign]  # this one is away
    with pytest.raises(Away, match="does not answer"):
        read(server)


def test_a_server_that_does_not_say_whether_that_was_all_is_refused() -> None:
    server = Directory([entry("jane")])
    search = server.search

    def forget(*asked: Any, **options: Any) -> None:
        search(*asked, **options)
        server.result = {"result": 0}

    server.search = forget  # type: ignore[method-assign]  # this one forgets the control
    with pytest.raises(RegisterRefused, match="whether that was all"):
        read(server)


def test_a_server_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_PAGES", 3)
    with pytest.raises(RegisterRefused, match="comes to no end"):
        read(Directory([entry(f"p{number}") for number in range(100)]))
    monkeypatch.setattr(directory, "MOST_PAGES", 100)
    monkeypatch.setattr(directory, "MOST_ROWS", 20)
    with pytest.raises(RegisterRefused, match="more than 20 people"):
        read(Directory([entry(f"p{number}") for number in range(100)]))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({}, "uid: there is none", id="no-login"),
        pytest.param({"uid": ["a", "b"]}, "uid: 2 values", id="two-logins"),
        pytest.param({"uid": ["a:b"]}, "uid: 'a:b' cannot be a login", id="bad-login"),
        pytest.param({"uid": ["a"], "mail": ["x"]}, "mail: 'x' is no address", id="bad-address"),
        pytest.param({"uid": ["a"], "cn": ["\udcff"]}, "cn: ", id="no-utf-8"),
        pytest.param({"uid": ["a"], "employeetype": ["king"]}, "employeeType: 'king'", id="bad-kind"),
    ],
)
def test_an_entry_that_is_nobody_is_named_and_nothing_is_taken(
    values: dict[str, list[str]], says: str
) -> None:
    entries = [Entry("uid=good", {"uid": ["good"]}), Entry("cn=Bad", values)]
    with pytest.raises(RegisterRefused) as refused:
        people_of(entries, LDAP, SETTINGS, "")
    assert str(refused.value).startswith("cn=Bad: ")
    assert says in str(refused.value)
    assert str(refused.value).isprintable()


def test_two_entries_with_one_login_are_refused() -> None:
    with pytest.raises(RegisterRefused, match="twice"):
        people_of([Entry("uid=a", {"uid": ["a"]}), Entry("uid=A,b", {"uid": ["A"]})], LDAP, SETTINGS, "")


def test_many_entries_that_are_nobody_are_counted() -> None:
    with pytest.raises(RegisterRefused, match=r"; and 15 more$"):
        people_of([Entry(f"cn={number}", {}) for number in range(25)], LDAP, SETTINGS, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("0", None),
        ("9223372036854775807", None),
        ("134116992000000000", datetime(2026, 1, 1, tzinfo=UTC)),
        ("20260101000000Z", datetime(2026, 1, 1, tzinfo=UTC)),
        # No count since 1601: that would be over.
        ("20260101T00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("20260101000000.0Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00+00:00", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_end_is_read_as_directories_write_it(text: str, found: datetime | None) -> None:
    assert ends(text, "it") == found


@pytest.mark.parametrize(
    "text", ["9223372036854775806", "1798761600", "20261301", "20261301000000Z", "soon", "-1"]
)
def test_an_end_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it: "):
        ends(text, "it")


def test_without_a_directory_in_the_settings_they_are_wrong() -> None:
    with pytest.raises(ConfigurationError, match=r"identity\.ldap"), directory.directory(LdapSettings()):
        pytest.fail("there is none")


def test_where_no_server_answers_the_first_ones_reason_is_told() -> None:
    nowhere = LdapSettings(servers=("ldaps://127.0.0.1:1", "ldap://127.0.0.1:2"), base="dc=a")
    with (
        pytest.raises(Away, match=r"^no directory answers: ldaps://127\.0\.0\.1:1: "),
        directory.directory(nowhere),
    ):
        pytest.fail("nobody is there")


# --- A real server

STAFF = f"ou=staff,{BASE}"
STAFFED = 1_200
WHOLE = f'limits dn.exact="{SEARCHER}" size.prtotal=unlimited'


def staff() -> str:
    """Somebody's staff, in LDIF; everybody's line manager is the first of them."""
    entries = [f"dn: {STAFF}\nobjectClass: organizationalUnit\nou: staff"]
    entries += [
        f"dn: uid=p{number:04},{STAFF}\nobjectClass: inetOrgPerson\nuid: P{number:04}\n"
        f"cn: Person {number}\nsn: {number}\ndepartmentNumber: CID\nmanager: uid=P0000, {STAFF}"
        for number in range(STAFFED)
    ]
    return "\n\n".join(entries) + "\n"


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with Slapd(WHOLE, staff()) as running:
        yield running


def taken_from(slapd: Slapd, **changed: object) -> Table[PersonEntry]:
    ldap = slapd.settings(**{"base": STAFF, **changed})
    with directory.directory(ldap) as line:
        return read_directory(line, ldap, PeopleSettings(), "Kent", lambda count: None)


def test_a_real_server_gives_everybody_page_by_page(slapd: Slapd) -> None:
    people = taken_from(slapd, servers=["ldaps://127.0.0.1:1", slapd.starttls]).rows
    assert len(people) == STAFFED
    assert people[7] == PersonEntry(
        "Kent", "p0007", name="Person 7", unit="CID", kind=PersonKind.EMPLOYEE, manager="p0000"
    )


def test_a_real_server_with_somebody_who_has_two_logins_is_refused(slapd: Slapd) -> None:
    with pytest.raises(RegisterRefused, match=r"^uid=double,ou=people,dc=example,dc=test: uid: 2 values"):
        taken_from(slapd, base=PEOPLE)


def test_what_a_real_server_has_elsewhere_is_nobody(slapd: Slapd) -> None:
    people = taken_from(slapd, base=PEOPLE, filter="(&(uid={login})(!(uid=second)))").rows
    assert sorted(person.login for person in people) == ["a*(b)\\c", "jane", "locked", "twin-a", "twin-b"]


def test_a_real_server_that_limits_its_answers_is_refused() -> None:
    with Slapd("", staff()) as slapd, pytest.raises(RegisterRefused, match="sizeLimitExceeded"):
        taken_from(slapd)


def test_a_real_server_that_is_away_is_said_so(slapd: Slapd) -> None:
    with pytest.raises(Away, match="no directory answers"):
        taken_from(slapd, bind_dn="cn=nobody")
