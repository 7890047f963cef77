"""What is sealed: of whom, of which sites; a text that tells nothing by its length and fits one row."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.decision import Judgement
from policy.errors import EvidenceRefused
from policy.facts import Who
from policy.identifiers import uuid7
from policy.match import Match
from policy.sealed import BLOCK, is_sealed, read_sealed, text_to_seal
from policy.text import PATH_LENGTH
from policy.words import EntryKind, FoundBy, Reason, Verdict
from tests.samples import NOW, WHO, facts, policy_with_authority

POLICY = policy_with_authority()
KNOWN = replace(WHO, notified=True)


def judged(*categories: str, privileged: bool = True) -> Judgement:
    matches = tuple(
        Match(category, "list", 1, "union.example", EntryKind.HOST, FoundBy.HOST_INDEX, "union.example", 1)
        for category in categories
    )
    return Judgement(
        Verdict.ALLOW,
        Reason.LISTED,
        "union.example",
        category=categories[0] if categories else None,
        matches=matches,
        privileged=privileged,
    )


PRIVILEGED = next(name for name, rule in POLICY.rules.items() if rule.kind == "privileged")
HELP = next(name for name, rule in POLICY.rules.items() if rule.kind == "help")
ORDINARY = next(name for name, rule in POLICY.rules.items() if rule.kind == "ordinary")


@pytest.mark.parametrize(
    ("judgement", "who", "sealed"),
    [
        pytest.param(judged(PRIVILEGED), KNOWN, True, id="privileged"),
        pytest.param(judged(ORDINARY, PRIVILEGED), KNOWN, True, id="privileged-beside-another-category"),
        pytest.param(judged(HELP), KNOWN, False, id="a-help-line"),
        pytest.param(judged(PRIVILEGED, HELP), KNOWN, False, id="a-help-line-too"),
        pytest.param(judged(ORDINARY, privileged=False), KNOWN, False, id="not-privileged"),
        pytest.param(judged(), KNOWN, False, id="privileged-and-nobody-can-say-that-it-is-no-help-line"),
        pytest.param(judged(PRIVILEGED), replace(KNOWN, notified=False), False, id="no-notice-read"),
        pytest.param(judged(PRIVILEGED), Who(client_ip="192.0.2.1", notified=True), False, id="nobody"),
    ],
)
def test_what_is_sealed_and_what_is_never_kept(judgement: Judgement, who: Who, sealed: bool) -> None:
    asked = facts("union.example", who=who)
    assert is_sealed(judgement, asked, POLICY, break_glass=False) is sealed
    assert not is_sealed(judgement, asked, POLICY, break_glass=True)


def test_nothing_is_sealed_without_an_authority_in_force_or_a_notice() -> None:
    asked = facts("union.example", who=KNOWN)
    lapsed = replace(asked, at=NOW.replace(year=NOW.year + 10))
    assert not is_sealed(judged(PRIVILEGED), lapsed, POLICY, break_glass=False)
    silent = replace(POLICY, file=POLICY.file.model_copy(update={"notice": None}))
    assert not is_sealed(judged(PRIVILEGED), asked, silent, break_glass=False)


def test_what_was_sealed_is_read_again_as_it_was() -> None:
    row = uuid7()
    asked = facts("union.example", who=KNOWN)
    part = read_sealed(text_to_seal(row, asked, "/join"), row)
    assert (part.row, part.at, part.person, part.host, part.path) == (
        row,
        asked.at,
        KNOWN.person,
        "union.example",
        "/join",
    )


def test_the_length_does_not_tell_one_site_from_another() -> None:
    long = replace(KNOWN, unit="u" * 100, role="r" * 100, device="d" * 60, client_ip="2001:db8::" + "1" * 4)
    lengths = {
        len(text_to_seal(uuid7(), facts(host, who=who), path))
        for host in ("a.example", ".".join(["l" * 61] * 4))
        for path in (None, "/" * PATH_LENGTH)
        for who in (KNOWN, long)
    }
    assert lengths == {BLOCK}


@given(st.text(max_size=700), st.none() | st.text(max_size=3000))
def test_whatever_stands_in_it_fills_whole_blocks(unit: str, path: str | None) -> None:
    row = uuid7()
    text = text_to_seal(row, facts("union.example", who=replace(KNOWN, unit=unit)), path)
    assert len(text) % BLOCK == 0
    assert (read_sealed(text, row).unit, read_sealed(text, row).path) == (unit, path)


def test_another_rows_part_is_refused() -> None:
    text = text_to_seal(uuid7(), facts("union.example", who=KNOWN), None)
    with pytest.raises(EvidenceRefused, match="belongs to another decision"):
        read_sealed(text, uuid7())


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda it: json.dumps(it).encode())
)
def test_what_anybody_may_have_sealed_is_refused_and_breaks_nothing(text: bytes) -> None:
    with pytest.raises(EvidenceRefused):
        read_sealed(text, uuid7())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "2026-03-14T12:00:00"),
        ("person", 7),
        ("how", "guess"),
        ("port", "x"),
        ("row", "x"),
        ("host", ["x"]),
    ],
)
def test_one_wrong_field_is_refused(name: str, value: object) -> None:
    row = uuid7()
    told = json.loads(text_to_seal(row, facts("union.example", who=KNOWN), None)) | {name: value}
    with pytest.raises(EvidenceRefused):
        read_sealed(json.dumps(told).encode(), row)


def test_a_bomb_is_not_read() -> None:
    with pytest.raises(EvidenceRefused):
        read_sealed(b"[" * 10_000_000, uuid7())
