"""Local entries and exemptions are found by host, prefix, grantee and moment."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from policy.facts import Who
from policy.registers import (
    BreakGlass,
    Exemption,
    GranteeKind,
    LocalEntry,
    Registers,
    TargetKind,
    hosts_upwards,
)
from policy.words import Action
from tests.samples import NOW, WHO

HOUR = timedelta(hours=1)


def entry(
    target: str, action: Action = Action.BLOCK, until: datetime | None = None, id_: str = ""
) -> LocalEntry:
    kind = TargetKind.PREFIX if "/" in target else TargetKind.HOST
    return LocalEntry(id_ or target, action, kind, target, until, "because", "admin")


SOCIAL = ("social_media",)
GRANTED = [
    (GranteeKind.EVERYONE, "", ""),
    (GranteeKind.NETWORK, "192.0.2.0/24", ""),
    (GranteeKind.NETWORK, "192.0.2.64/28", ""),
    (GranteeKind.UNIT, "U7", ""),
    (GranteeKind.ROLE, "Licensing", ""),
    (GranteeKind.PERSON, "AB1234", ""),
    (GranteeKind.PERSON, "Other staff", "other"),
    (GranteeKind.ROLE, "Other staff", "other"),
]


def grant(
    target: str,
    to: GranteeKind = GranteeKind.PERSON,
    grantee: str = "AB1234",
    kind: TargetKind | None = None,
    organisation: str = "",
) -> Exemption:
    kind = kind or (TargetKind.PREFIX if "/" in target else TargetKind.HOST)
    return Exemption(
        target, to, grantee, kind, target, NOW - HOUR, NOW + HOUR, "work", "Inspector", organisation
    )


def test_a_host_and_its_parents() -> None:
    assert list(hosts_upwards("a.b.example")) == ["a.b.example", "b.example", "example"]
    assert list(hosts_upwards("localhost")) == ["localhost"]


@pytest.mark.parametrize(
    ("target", "host", "path", "hit"),
    [
        pytest.param("b.example", "b.example", "/", True, id="the-host-itself"),
        pytest.param("b.example", "a.b.example", "/", True, id="a-subdomain"),
        pytest.param("b.example", "notb.example", "/", False, id="only-the-same-ending"),
        pytest.param("b.example", "b.example.test", "/", False, id="only-the-same-beginning"),
        pytest.param("b.example/x", "b.example", "/x", True, id="the-prefix-itself"),
        pytest.param("b.example/x", "b.example", "/x/y", True, id="below-it"),
        pytest.param("b.example/x", "b.example", "/x?q", True, id="with-a-query"),
        pytest.param("b.example/x", "b.example", "/x;y", True, id="with-a-parameter"),
        pytest.param("b.example/x", "b.example", "/xy", False, id="a-longer-word"),
        pytest.param("b.example/x/", "b.example", "/x/y", True, id="a-folder"),
        pytest.param("b.example/x", "www.b.example", "/x", True, id="the-same-site-with-www"),
        pytest.param("b.example/x", "a.b.example", "/x", False, id="a-prefix-names-one-host"),
        pytest.param("b.example/x", "b.example", "/", False, id="above-it"),
    ],
)
def test_what_a_target_covers(target: str, host: str, path: str, hit: bool) -> None:
    registers = Registers.of(local=[entry(target)], exemptions=[grant(target)])
    assert (registers.local_entry(host, path, NOW) is not None) is hit
    assert bool(registers.exemptions(WHO, host, path, NOW, ())) is hit


def test_the_most_specific_local_entry_decides_and_a_block_before_an_allow() -> None:
    registers = Registers.of(
        local=[
            entry("example", Action.BLOCK),
            entry("b.example", Action.ALLOW),
            entry("b.example/x", Action.BLOCK),
            entry("c.example", Action.ALLOW, id_="allow"),
            entry("c.example", Action.BLOCK, id_="block"),
        ]
    )
    found = {
        where: registers.local_entry(where[0], where[1], NOW)
        for where in [
            ("b.example", "/x/1"),
            ("b.example", "/y"),
            ("a.b.example", "/x"),
            ("d.example", "/"),
            ("c.example", "/"),
        ]
    }
    assert {where: entry.id if entry else None for where, entry in found.items()} == {
        ("b.example", "/x/1"): "b.example/x",
        ("b.example", "/y"): "b.example",
        ("a.b.example", "/x"): "b.example",
        ("d.example", "/"): "example",
        ("c.example", "/"): "block",
    }


@pytest.mark.parametrize(
    ("offset", "holds"),
    [
        pytest.param(timedelta(microseconds=-1), True, id="the-last-instant"),
        pytest.param(timedelta(0), False, id="the-end-itself"),
    ],
)
def test_entries_and_exemptions_end_to_the_second(offset: timedelta, holds: bool) -> None:
    end = NOW + HOUR
    registers = Registers.of(local=[entry("b.example", until=end)], exemptions=[grant("b.example")])
    now = end + offset
    assert (registers.local_entry("b.example", "/", now) is not None) is holds
    assert bool(registers.exemptions(WHO, "b.example", "/", now, ())) is holds


def test_an_exemption_does_not_hold_before_it_begins() -> None:
    registers = Registers.of(exemptions=[grant("b.example")])
    assert not registers.exemptions(WHO, "b.example", "/", NOW - HOUR - timedelta(microseconds=1), ())
    assert registers.exemptions(WHO, "b.example", "/", NOW - HOUR, ())


@pytest.mark.parametrize(
    ("who", "found"),
    [
        pytest.param(
            WHO,
            ["AB1234", "Licensing", "U7", "192.0.2.64/28", "192.0.2.0/24", ""],
            id="person-role-unit-networks-everyone",
        ),
        pytest.param(Who(person="ab1234"), ["AB1234", ""], id="a-person-however-it-is-spelt"),
        pytest.param(Who(person="CD9"), [""], id="somebody-else"),
        pytest.param(Who(role="licensing"), ["Licensing", ""], id="a-role-without-a-person"),
        pytest.param(Who(unit="u7"), ["U7", ""], id="a-unit-without-a-person"),
        pytest.param(Who(client_ip="192.0.2.63"), ["192.0.2.0/24", ""], id="a-network-without-a-person"),
        pytest.param(Who(client_ip="192.0.3.0"), [""], id="beside-every-network"),
        pytest.param(Who(client_ip="2001:db8::1"), [""], id="an-address-of-another-version"),
        pytest.param(Who(), [""], id="nobody"),
        pytest.param(Who(person="Licensing"), [""], id="a-person-named-like-a-role"),
        pytest.param(Who(unit="Licensing"), [""], id="a-unit-named-like-a-role"),
        pytest.param(
            Who(person="AB1234", organisation="other", role="other STAFF", client_ip="192.0.2.77"),
            ["Other staff"],
            id="another-organisation",
        ),
    ],
)
def test_an_exemption_reaches_its_grantee_and_nobody_else(who: Who, found: list[str]) -> None:
    registers = Registers.of(
        exemptions=[
            grant("social_media", to, grantee, TargetKind.CATEGORY, organisation)
            for to, grantee, organisation in GRANTED
        ]
    )
    assert [e.grantee for e in registers.exemptions(who, "b.example", "/", NOW, SOCIAL)] == found


@pytest.mark.parametrize(
    ("granted_by", "second_by", "covered"),
    [
        pytest.param("Inspector", None, True, id="somebody-else-s-word"),
        pytest.param("AB1234", None, False, id="who-granted-it"),
        pytest.param("ab1234 ", None, False, id="who-granted-it-however-it-is-spelt"),
        pytest.param("Inspector", "AB1234", False, id="who-gave-the-second-word"),
        pytest.param("Inspector", "Chief", True, id="two-others"),
    ],
)
@pytest.mark.parametrize(
    ("to", "grantee"),
    [
        (GranteeKind.PERSON, "AB1234"),
        (GranteeKind.ROLE, "licensing"),
        (GranteeKind.UNIT, "U7"),
        (GranteeKind.NETWORK, "192.0.2.0/24"),
        (GranteeKind.EVERYONE, ""),
    ],
)
def test_nobody_has_what_they_granted_whoever_it_is_for(
    to: GranteeKind, grantee: str, granted_by: str, second_by: str | None, *, covered: bool
) -> None:
    exemption = replace(grant("b.example", to, grantee), granted_by=granted_by, second_by=second_by)
    registers = Registers.of(exemptions=[exemption])
    assert bool(registers.exemptions(WHO, "b.example", "/", NOW, ())) is covered
    # Others that it is for have it all the same.
    colleague = replace(WHO, person="CD9")
    for_them = to is not GranteeKind.PERSON
    assert bool(registers.exemptions(colleague, "b.example", "/", NOW, ())) is for_them


def test_an_exemption_for_a_category_is_found_by_a_match_of_it_alone() -> None:
    registers = Registers.of(exemptions=[grant("social_media", kind=TargetKind.CATEGORY)])
    assert registers.exemptions(WHO, "b.example", "/", NOW, ("chat", "social_media"))
    assert not registers.exemptions(WHO, "b.example", "/", NOW, ("chat",))
    assert len(registers.exemptions(WHO, "b.example", "/", NOW, ("social_media", "social_media"))) == 1


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Registers.of(exemptions=[grant("b.example", GranteeKind.NETWORK, "192.0.2.0/33")])


def test_a_prefix_that_is_all_of_a_site_holds_for_its_name_alone() -> None:
    """Of a tunnel that is not looked into nothing else is known."""
    whole = LocalEntry("L1", Action.BLOCK, TargetKind.PREFIX, "b.example/", None, "x", "y")
    part = replace(whole, target="c.example/a")
    registers = Registers.of([whole, part])
    assert registers.local_entry("b.example", "", NOW) is whole
    assert registers.local_entry("c.example", "", NOW) is None


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        pytest.param(NOW - timedelta(seconds=1), False, id="before-it-begins"),
        pytest.param(NOW, True, id="as-it-begins"),
        pytest.param(NOW + timedelta(minutes=30, microseconds=-1), True, id="its-last-moment"),
        pytest.param(NOW + timedelta(minutes=30), False, id="at-its-end"),
    ],
)
def test_break_glass_begins_and_ends_by_the_clock(moment: datetime, *, open_: bool) -> None:
    registers = Registers.of(break_glass=BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30)))
    assert registers.is_open(moment) is open_


def test_break_glass_holds_for_an_hour_at_most_whatever_a_row_or_a_snapshot_says() -> None:
    """One that came back out of a backup, say, has passed by the rules of the database."""
    registers = Registers.of(break_glass=BreakGlass("K7QF2M9T", NOW, NOW + timedelta(days=9000)))
    assert registers.is_open(NOW + timedelta(minutes=60, microseconds=-1))
    assert not registers.is_open(NOW + timedelta(minutes=60))


def test_empty_registers_hold_nothing() -> None:
    assert not Registers().is_open(NOW)
    registers = Registers.of()
    assert registers.local_entry("b.example", "/", NOW) is None
    assert registers.exemptions(WHO, "b.example", "/", NOW, ()) == ()
