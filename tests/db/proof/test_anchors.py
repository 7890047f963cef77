"""Anchors: one line each, read back as it was written, and nothing that is half of one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from db.access import record_access
from db.proof.anchors import Anchor, read_anchors, take_anchor
from policy.errors import EvidenceRefused

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
ONE = Anchor(7, b"\x01" * 32, NOON)
anchors = st.builds(
    Anchor,
    st.integers(1, 10**18 - 1),
    st.binary(min_size=32, max_size=32),
    st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001 - made aware below
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
)


@given(st.lists(anchors, max_size=4))
def test_what_was_written_is_read_back(several: list[Anchor]) -> None:
    lines = ["# kept by the records office", "", *(f"  {one}\r\n" for one in several)]
    assert list(read_anchors(lines)) == several


@given(anchors, st.data())
def test_what_was_altered_is_refused_or_is_another_anchor(one: Anchor, data: st.DataObject) -> None:
    line = str(one)
    place = data.draw(st.integers(0, len(line) - 1))
    altered = line[:place] + data.draw(st.characters(exclude_characters=line[place])) + line[place + 1 :]
    try:
        read = list(read_anchors([altered]))
    except EvidenceRefused:
        return
    assert read != [one]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(str(ONE)[:-1], id="cut-off"),
        pytest.param(f"{ONE} ", id="whole"),
        pytest.param(str(ONE).replace(" 1 ", " 2 "), id="of-a-later-form"),
        pytest.param(str(ONE).replace("03-14", "13-14"), id="no-such-month"),
        pytest.param(str(ONE).replace(" 7 ", " 0 "), id="no-such-position"),
        pytest.param(str(ONE).replace(" 7 ", " \u0667 "), id="digits-of-another-script"),
        pytest.param("x" * 1_000_000, id="long"),
    ],
)
def test_half_an_anchor_does_not_pass_for_none(line: str) -> None:
    if line.strip() == str(ONE):
        assert list(read_anchors([line])) == [ONE]
        return
    with pytest.raises(EvidenceRefused, match="line 2"):
        list(read_anchors([str(ONE), line]))


def test_an_anchor_is_the_last_link_once_the_earlier_ones_still_hold(engine: Engine) -> None:
    with pytest.raises(EvidenceRefused, match="nothing is linked"):
        take_anchor(engine, NOON)
    record_access(engine, what="look", question={})
    first = take_anchor(engine, NOON)
    record_access(engine, what="look", question={})
    second = take_anchor(engine, NOON, [first])
    assert (first.position, second.position) == (1, 2)
    with pytest.raises(EvidenceRefused, match="link 1"):
        take_anchor(engine, NOON, [Anchor(1, second.link, NOON)])
    with pytest.raises(EvidenceRefused, match="link 3"):
        take_anchor(engine, NOON, [Anchor(3, second.link, NOON)])
