"""Sealed parts from the gateway to two holders of shares: whoever is in between reads none of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from addons.sealing import make_seal
from console.review.sealed import Sealed
from console.sealing.opened import Opened, open_rows
from console.sealing.shares import Made, join, make_shares
from console.sealing.taken import read_taken
from db.engine import reading
from db.review.looks import Looks
from db.review.sealed import sealed_rows
from db.tables import METADATA
from policy.decision import Decision, Judgement
from policy.errors import ReviewRefused
from policy.identifiers import uuid7
from policy.match import Match
from policy.record import make_decision
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from policy.words import EntryKind, FoundBy, Reason, ReviewerRole, Verdict
from tests.console.evidence.reviews import parts
from tests.console.evidence.samples import KEY
from tests.db.conftest import Database
from tests.db.people import becoming_login
from tests.db.review.reviewing import RITA, grant, scope_of, service, ship
from tests.samples import NOW, WHO, facts, policy_with_authority

__all__ = ["becoming_login", "service"]

POLICY = policy_with_authority()
CATEGORY = next(name for name, rule in POLICY.rules.items() if rule.kind == "privileged")
OPENS = POLICY.file.review.opened_by
OLGA = Reviewer("", "olga", frozenset(), offices=frozenset({OPENS}))
SINCE, UNTIL = NOW - timedelta(days=1), NOW + timedelta(days=1)
SITE = "members.union.example"
OTHER = "caroline-of-the-finance-branch"


@pytest.fixture(scope="module")
def made() -> Made:
    """A key, in shares."""
    return make_shares()


def privileged(person: str, public_key: str, **changes: object) -> Decision:
    """A visit to a union's site, as a worker records it."""
    asked = replace(facts(SITE, who=replace(WHO, person=person, unit="Finance")), decrypted=False, **changes)  # type: ignore[arg-type]  # by name
    match = Match(CATEGORY, "list", 1, SITE, EntryKind.HOST, FoundBy.HOST_INDEX, SITE, 1)
    judgement = Judgement(Verdict.BLOCK, Reason.LISTED, SITE, CATEGORY, (match,), privileged=True)
    return make_decision(
        uuid7(),
        asked,
        judgement,
        POLICY,
        gateway="gateway-1",
        ruleset="r" * 64,
        engine="1",
        is_privileged=SITE.__eq__,
        seal=make_seal(public_key),
    )


@dataclass(frozen=True)
class Kept:
    """Sealed decisions of alice and carol in the log, and an authority about alice."""

    database: Database
    service: Engine
    authority: Authority

    def by(self, reviewer: Reviewer) -> Sealed:
        """What somebody may do about them."""
        return Sealed(parts(self.service), reviewer)


@pytest.fixture
def kept(database: Database, service: Engine, made: Made) -> Iterator[Kept]:
    """The log as it is after a day."""
    ship(database, [privileged("alice", made.public_key), privileged(OTHER, made.public_key)])
    yield Kept(database, service, grant(service, people=("alice",), sealed=True, since=SINCE, until=UNTIL))


def taken(kept: Kept, folder: Path) -> Path:
    """Asked for, agreed to, taken out."""
    asked = kept.by(RITA).request(kept.authority.id, "where a document went")
    kept.by(OLGA).agree(asked.id, "nothing less shows it")
    file = folder / "sealed.zip"
    file.write_bytes(b"".join(kept.by(RITA).take(asked.id)))
    return file


def opened(file: Path, made: Made, *shares: int) -> Opened:
    _, opening, rows = read_taken(file, KEY.public)
    return open_rows(rows, join([made.shares[one] for one in shares or (0, 2)]), opening.bounds)


def test_two_people_and_two_shares_open_what_is_within_the_authority_and_nothing_else(
    kept: Kept, made: Made, tmp_path: Path
) -> None:
    found = opened(taken(kept, tmp_path), made)
    ((row, part),) = found.shown
    assert (part.person, part.host, part.at, part.client_ip) == ("alice", SITE, NOW, WHO.client_ip)
    assert (row.category, row.verdict, row.hour) == (
        CATEGORY,
        Verdict.BLOCK,
        NOW.replace(minute=0, second=0, microsecond=0),
    )
    assert (found.outside, found.unfit, found.other_key) == (1, 0, 0)


def test_who_reads_every_byte_of_the_database_reads_nothing_of_them(kept: Kept, tmp_path: Path) -> None:
    """A superuser, whoever has the file or a backup of it, and whoever has what was taken out."""
    everything = [taken(kept, tmp_path).read_bytes()]
    everything += [file.read_bytes() for file in kept.database.state.rglob("*.spool")]
    if kept.database.is_postgresql:
        with reading(kept.database.engine) as connection:
            for name in METADATA.tables:
                whole = text(f"SELECT t::text FROM {name} t")  # noqa: S608 - a table of ours
                everything += [row.encode() for row in connection.scalars(whole)]
    else:
        everything += [file.read_bytes() for file in kept.database.state.glob("*.sqlite*")]
    hidden = re.compile(rb"%b|union\.example|192\.0\.2\.77|2026-03-04[T ]12:30" % OTHER.encode())
    assert len(everything) > 2
    assert [found for each in everything for found in hidden.findall(each)] == []


def test_a_share_alone_or_anothers_opens_nothing(kept: Kept, made: Made, tmp_path: Path) -> None:
    file = taken(kept, tmp_path)
    _, opening, rows = read_taken(file, KEY.public)
    other = make_shares()
    found = open_rows(rows, join(other.shares[:2]), opening.bounds)
    assert (found.shown, found.outside, found.other_key) == ([], 0, 2)


def test_it_is_taken_out_once_by_who_asked_and_after_the_second_word(kept: Kept) -> None:
    asked = kept.by(RITA).request(kept.authority.id, "where a document went")
    with pytest.raises(ReviewRefused, match="not agreed to"):
        b"".join(kept.by(RITA).take(asked.id))
    with pytest.raises(ReviewRefused, match=r"somebody else's|needs the word"):
        kept.by(replace(RITA, offices=frozenset({OPENS}))).agree(asked.id, "it is I who asked")
    kept.by(OLGA).agree(asked.id, "nothing less shows it")
    with pytest.raises(ReviewRefused, match="somebody else, who takes them"):
        b"".join(kept.by(OLGA).take(asked.id))
    assert b"".join(kept.by(RITA).take(asked.id))
    with pytest.raises(ReviewRefused, match="used already"):
        b"".join(kept.by(RITA).take(asked.id))
    assert [one.used_by for one in kept.by(RITA).list()] == ["rita"]


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(Reviewer("", "alice", frozenset(), offices=frozenset({OPENS})), id="whom-it-names"),
        pytest.param(
            Reviewer("", "zoe", frozenset(), offices=frozenset({OPENS}), manager="alice"), id="their-manager"
        ),
        pytest.param(Reviewer("", "zoe", frozenset({ReviewerRole.AUDITOR})), id="without-the-office"),
        pytest.param(Reviewer("Another", "zoe", frozenset(), offices=frozenset({OPENS})), id="elsewhere"),
    ],
)
def test_the_second_word_is_nobody_elses(kept: Kept, who: Reviewer) -> None:
    asked = kept.by(RITA).request(kept.authority.id, "where a document went")
    with pytest.raises(ReviewRefused):
        kept.by(who).agree(asked.id, "agreed")


def test_an_authority_without_sealed_parts_opens_none(kept: Kept) -> None:
    plain = grant(kept.service, people=("alice",), since=SINCE, until=UNTIL)
    with pytest.raises(ReviewRefused, match="sealed parts"):
        kept.by(RITA).request(plain.id, "where a document went")


def test_every_step_is_on_record_and_so_is_what_was_refused(kept: Kept, tmp_path: Path) -> None:
    taken(kept, tmp_path)
    with pytest.raises(ReviewRefused):
        kept.by(OLGA).request(kept.authority.id, "curious")
    with reading(kept.database.engine) as connection:
        looks = connection.execute(
            text("SELECT what, result FROM access WHERE result IS NOT NULL ORDER BY at")
        ).all()
        changes = connection.scalars(
            text("SELECT what FROM change WHERE what LIKE 'opening%' ORDER BY at")
        ).all()
    assert ("sealed take", "taken out, sealed") in looks
    assert [what for what, result in looks if result.startswith("refused: ")] == ["sealed request"]
    assert [what.rsplit(" ", 1)[1] for what in changes] == ["requested", "granted", "used"]


def test_a_look_without_an_opening_shows_no_sealed_part_but_beside_sqlite_which_keeps_nobody_apart(
    kept: Kept,
) -> None:
    scope = scope_of(kept.authority)
    asked = kept.by(RITA).request(kept.authority.id, "where a document went")
    kept.by(OLGA).agree(asked.id, "nothing less shows it")
    for opening in (None, asked.id, "NONE"):  # agreed to, and not used
        looks = Looks(kept.service)
        with looks.open(
            RITA,
            what="x",
            question={},
            purpose="x",
            authority=kept.authority.id,
            scope=scope,
            opening=opening,
        ) as look:
            shown = list(sealed_rows(look.connection, scope))
        assert (shown == []) is kept.database.is_postgresql
