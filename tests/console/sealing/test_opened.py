"""Opening: within the bounds and nothing else, whatever somebody may have sealed to a public key."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from addons.sealing import make_seal
from console.sealing.opened import Opened, open_rows
from console.sealing.taken import Bounds, Row
from policy.identifiers import uuid7
from policy.sealed import text_to_seal
from policy.words import Verdict
from tests.samples import NOW, WHO, facts

KEY = PrivateKey(b"\x07" * 32)
SEAL = make_seal(bytes(KEY.public_key).hex())
BOUNDS = Bounds(
    organisation="",
    since=NOW - timedelta(hours=1),
    until=NOW + timedelta(hours=1),
    people=frozenset({"alice"}),
    units=frozenset({"U7"}),
    only=None,
    never=frozenset({"rita", "chief"}),
    categories=None,
    allowed_visits=True,
)


def row(sealed: bytes, id_: UUID | None = None) -> Row:
    return Row.model_construct(
        id=id_ or uuid7(), hour=NOW, category="unions", verdict=Verdict.ALLOW, reference="R", sealed=sealed
    )


def visit(person: str, unit: str = "U1", **changes: object) -> Row:
    assert SEAL is not None
    identifier = uuid7()
    asked = replace(facts("union.example", who=replace(WHO, person=person, unit=unit)), **changes)  # type: ignore[arg-type]  # by name
    return row(SEAL(text_to_seal(identifier, asked, None)), identifier)


def counts(opened: Opened) -> tuple[int, int, int, int]:
    return len(opened.shown), opened.outside, opened.other_key, opened.unfit


@pytest.mark.parametrize(
    ("one", "bounds", "shown"),
    [
        pytest.param(visit("alice"), BOUNDS, True, id="a-person-it-names"),
        pytest.param(visit("zoe", "U7"), BOUNDS, True, id="of-a-unit-it-names"),
        pytest.param(visit("bob"), BOUNDS, False, id="somebody-else"),
        pytest.param(visit("rita", "U7"), BOUNDS, False, id="who-took-it-out"),
        pytest.param(visit("chief", "U7"), BOUNDS, False, id="their-manager"),
        pytest.param(visit("alice", at=NOW + timedelta(hours=1)), BOUNDS, False, id="after-its-end"),
        pytest.param(
            visit("alice", at=NOW - timedelta(hours=1, seconds=1)), BOUNDS, False, id="before-it-begins"
        ),
        pytest.param(
            visit("alice"),
            BOUNDS.model_copy(update={"organisation": "Another"}),
            False,
            id="another-organisation",
        ),
        pytest.param(
            visit("alice"),
            BOUNDS.model_copy(update={"categories": frozenset({"health"})}),
            False,
            id="another-category",
        ),
        pytest.param(
            visit("alice"), BOUNDS.model_copy(update={"allowed_visits": False}), False, id="an-allowed-visit"
        ),
        pytest.param(
            visit("alice"),
            BOUNDS.model_copy(update={"only": frozenset({"bob"})}),
            False,
            id="not-of-the-team",
        ),
    ],
)
def test_what_is_within_the_bounds_is_shown(one: Row, bounds: Bounds, shown: bool) -> None:
    assert counts(open_rows([one], KEY, bounds)) == ((1, 0, 0, 0) if shown else (0, 1, 0, 0))


def test_a_part_that_was_moved_to_another_row_is_unfit() -> None:
    moved = row(visit("alice").sealed)
    assert counts(open_rows([moved], KEY, BOUNDS)) == (0, 0, 0, 1)


@given(st.binary(max_size=700), st.booleans())
def test_whatever_stands_there_breaks_nothing_off(junk: bytes, sealed: bool) -> None:
    assert SEAL is not None
    whole = visit("alice")
    damaged = whole.sealed[:40] + bytes([whole.sealed[40] ^ 1]) + whole.sealed[41:]
    opened = open_rows([row(SEAL(junk) if sealed else junk), row(damaged, whole.id), whole], KEY, BOUNDS)
    assert len(opened.shown) == 1
    assert opened.unfit + opened.other_key == 2
