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


def grant(
    target: str, to: GranteeKind = GranteeKind.PERSON, grantee: str = "AB1234", kind: TargetKind | None = None
) -> Exemption:
    kind = kind or (TargetKind.PREFIX if "/" in target else TargetKind.HOST)
    return Exemption(target, to, grantee, kind, target, NOW - HOUR, NOW + HOUR, "work", "Inspector")


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
    assert (registers.local_entry("b.example", "/", now, ()) is not None) is holds
    assert bool(registers.exemptions(WHO, "b.example", "/", now, ())) is holds


def test_an_exemption_does_not_hold_before_it_begins() -> None:
    registers = Registers.of(exemptions=[grant("b.example")])
    assert not registers.exemptions(WHO, "b.example", "/", NOW - HOUR - timedelta(microseconds=1), ())
    assert registers.exemptions(WHO, "b.example", "/", NOW - HOUR, ())


@pytest.mark.parametrize(
    ("who", "found"),
    [
        pytest.param(WHO, ["mine", "role", "all"], id="person-then-role-then-everyone"),
        pytest.param(Who(person="CD9"), ["all"], id="somebody-else"),
        pytest.param(Who(role="licensing"), ["role", "all"], id="a-role-without-a-person"),
        pytest.param(Who(), ["all"], id="nobody"),
        pytest.param(Who(person="licensing"), ["all"], id="a-person-named-like-a-role"),
    ],
)
def test_an_exemption_reaches_its_grantee_and_nobody_else(who: Who, found: list[str]) -> None:
    registers = Registers.of(
        exemptions=[
            grant("mine", kind=TargetKind.CATEGORY),
            grant("role", GranteeKind.ROLE, "licensing", TargetKind.CATEGORY),
            grant("all", GranteeKind.EVERYONE, "", TargetKind.CATEGORY),
        ]
    )
    assert [e.target for e in registers.exemptions(who, "b.example", "/", NOW, ())] == found


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
    assert registers.local_entry("b.example", "/", NOW, ()) is None
    assert registers.exemptions(WHO, "b.example", "/", NOW, ()) == ()
