"""What an export cannot show is said where it applies, and not where it does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.evidence.contents import Clocks, Contents, Gaps
from console.evidence.limits import cannot_show, missing, moment, times, told
from console.evidence.summary import summary
from db.proof.showing import Shown
from db.review.bearing import NoticeRead
from policy.identifiers import uuid7
from policy.review.meaning import SHARED, WITHDRAWN
from policy.words import PersonHow, RecordLevel
from tests.console.evidence.found import AT, CONTENTS, ROWS, SCOPE, row

PLAIN = replace(
    CONTENTS,
    rows=(row(),),
    shared_uses=(),
    policies=(),
    rulesets=(),
    gaps=Gaps(spools_known=True),
    scope=replace(SCOPE, never=frozenset(), categories=None),
)


def said(of: Callable[..., Any], contents: Contents) -> str:
    return "\n".join(of(contents, summary(contents.rows)))


def limits(contents: Contents) -> str:
    return "\n".join(cannot_show(summary(contents.rows), contents.shared_uses))


def test_how_people_were_known_is_said_of_the_ways_there_are() -> None:
    text = limits(CONTENTS)
    assert "5 rows, known by password: " in text
    assert "1 row, known by the device's address: " in text
    assert "Kerberos" not in text
    assert SHARED in text


def test_nothing_is_said_of_logins_where_nobody_is_named() -> None:
    nobody = row(person=None, person_how=PersonHow.NONE, record=RecordLevel.ANONYMOUS)
    assert SHARED not in limits(replace(PLAIN, rows=(nobody,)))


def test_authorised_shared_use_is_said() -> None:
    assert "The login alice was lawfully used by others" in limits(CONTENTS)
    assert "lawfully used by others" not in limits(PLAIN)
    use = replace(CONTENTS.shared_uses[0], person=None, device="desk-7")
    assert "The device desk-7 was lawfully used" in limits(replace(CONTENTS, shared_uses=(use,)))


def test_a_wrong_entry_is_said_to_count_for_nothing() -> None:
    assert f"1 row: {WITHDRAWN}" in limits(CONTENTS)
    assert WITHDRAWN not in limits(PLAIN)


@pytest.mark.parametrize(
    "words",
    [
        "everything was open for an emergency (BR34KG1A)",
        "traffic went past the web filter (BYPA55ED)",
        "the log holds nothing of the gateway gw-1",
        "The gateway gw-1: 3 records were not taken by the database on",
        "Whether a gateway (gateway-1) lost records",
        "1,234 rows of the table decision of the class other",
        "Past its time, and kept for a legal hold: 1 row.",
        "The text of the policy qqqqqqqqqqqq is not kept",
        "When the lists ssssssssssss were put in force is not on record",
        "Rows of whoever made this and of their own line manager are left out.",
        "Categories other than those that the authority names are left out.",
    ],
)
def test_what_is_missing_is_said_where_it_is(words: str) -> None:
    assert words in said(missing, CONTENTS)
    assert words[:20] not in said(missing, PLAIN)


def test_rows_of_an_altered_batch_are_said_to_be() -> None:
    batch = uuid7()
    contents = replace(PLAIN, rows=(row(batch=batch), row()), proofs=Shown(altered=(batch,)))
    text = said(missing, contents)
    assert "1 row came in a batch of which something was altered, added or removed since" in text
    assert f"batch {batch}" in text
    assert "2 rows without a proof" in text


def test_a_line_managers_bounds_are_said() -> None:
    contents = replace(PLAIN, scope=replace(PLAIN.scope, only=frozenset({"alice"}), allowed_visits=False))
    text = said(missing, contents)
    assert "outside of their own team" in text
    assert "Visits that were allowed are left out" in text


def test_privileged_sites_are_always_said_to_be_missing() -> None:
    assert "legal advice" in said(missing, PLAIN)


def notice(days: int, version: str) -> NoticeRead:
    return NoticeRead("alice", version, AT + timedelta(days=days), PersonHow.PAGE, "p" * 64)


@pytest.mark.parametrize(
    ("notices", "words", "lines"),
    [
        pytest.param((notice(-9, "1"), notice(-3, "2")), "read version 2 of", 1, id="the-last-before"),
        pytest.param((notice(-3, "2"), notice(5, "3")), "alice read version 3 on", 2, id="another-since"),
        pytest.param(
            (notice(5, "3"),), "no record that they had read the monitoring notice before", 1, id="late"
        ),
        pytest.param((notice(5, "3"), notice(6, "3")), "The first there is of", 1, id="late-and-twice"),
        pytest.param((), "there is no record that they had read the monitoring notice.", 1, id="none"),
    ],
)
def test_who_had_been_told_is_said_of_each_person(
    notices: tuple[NoticeRead, ...], words: str, lines: int
) -> None:
    text = said(told, replace(PLAIN, notices=notices))
    assert words in text
    assert len(text.splitlines()) == lines


def test_nobodys_notice_is_said_where_nobody_is_named() -> None:
    assert said(told, replace(PLAIN, rows=())) == ""


@pytest.mark.parametrize(
    ("clocks", "words"),
    [
        (Clocks(-0.25, True, 0.1), "kept right to within 0.1 seconds"),
        (Clocks(0.0, False, 16.0), "Nothing was keeping the service's clock right"),
        (Clocks(0.0, None, None), "is not known"),
        (Clocks(-61.04, True, 0.1), "61.0 seconds apart"),
    ],
)
def test_the_clocks_are_said_as_they_were(clocks: Clocks, words: str) -> None:
    assert words in "\n".join(times(replace(CONTENTS, clocks=clocks)))


def test_times_are_shown_in_utc() -> None:
    assert moment(AT) == "14 March 2026, 15:09:26 UTC"


def test_every_sentence_is_one() -> None:
    found = summary(ROWS)
    for sentence in [
        *cannot_show(found, CONTENTS.shared_uses),
        *missing(CONTENTS, found),
        *told(CONTENTS, found),
    ]:
        assert sentence.endswith(".")
        assert "  " not in sentence
