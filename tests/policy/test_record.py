"""What each record level leaves, and that nothing else is left."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.decision import Decision, Judgement, Outcome
from policy.document import Policy
from policy.facts import RequestFacts, Who
from policy.identifiers import uuid7
from policy.judge import Evidence, accept_tunnel, judge_name, refuse
from policy.record import CUT, cut_path, make_decision, make_outcome
from policy.sealed import read_sealed
from policy.text import CONTENT_TYPE_LENGTH, PATH_LENGTH
from policy.words import Ended, Reason, RecordLevel, Resource, RetentionClass, Verdict
from tests.policy.judgements import CLASSROOM, POLICY
from tests.samples import NOW, WHO, decision, facts, match, policy_with_authority, shipped_policy

HOST = "www.bet.example"
TOLD = policy_with_authority()
WITHOUT_NOTICE = Policy(TOLD.file.model_copy(update={"notice": None}), "0", TOLD.source)
MARKS = ("AB1234", "U7", "licensing", "D-77", "192.0.2.77")


def nobody(_host: str) -> bool:
    return False


def judged(*categories: str) -> Judgement:
    return judge_name(Evidence(HOST, tuple(match(c, HOST) for c in categories)), policy_with_authority(), NOW)


def record(*categories: str, policy: Policy | None = None, request: RequestFacts | None = None) -> Decision:
    return decision(judged(*categories), policy or policy_with_authority(), request or facts())


def everything_in(row: Decision) -> str:
    return " ".join(str(getattr(row, field.name)) for field in fields(row))


@pytest.mark.parametrize(
    ("row", "level", "retention"),
    [
        pytest.param(record("gambling"), RecordLevel.FULL, RetentionClass.REFUSED, id="refused"),
        pytest.param(record(), RecordLevel.SITE, RetentionClass.VISIT, id="allowed-visit"),
        pytest.param(record("webmail"), RecordLevel.SITE, RetentionClass.VISIT, id="allowed-by-rule"),
        pytest.param(
            record(request=facts(resource=Resource.EMBEDDED)),
            RecordLevel.ANONYMOUS,
            RetentionClass.OTHER,
            id="allowed-piece-of-a-page",
        ),
        pytest.param(
            record("webmail", request=facts(resource=Resource.UNKNOWN)),
            RecordLevel.ANONYMOUS,
            RetentionClass.OTHER,
            id="unknown-is-never-a-visit",
        ),
        pytest.param(
            record("gambling", request=facts(resource=Resource.EMBEDDED)),
            RecordLevel.FULL,
            RetentionClass.REFUSED,
            id="refused-piece-of-a-page",
        ),
        pytest.param(record("essential"), RecordLevel.ANONYMOUS, RetentionClass.OTHER, id="essential"),
        pytest.param(record("privileged"), RecordLevel.CATEGORY, RetentionClass.PRIVILEGED, id="privileged"),
        pytest.param(record("help"), RecordLevel.CATEGORY, RetentionClass.PRIVILEGED, id="help"),
        pytest.param(
            record("privileged", "gambling"),
            RecordLevel.CATEGORY,
            RetentionClass.PRIVILEGED,
            id="privileged-and-refused",
        ),
        pytest.param(
            record("gambling", policy=shipped_policy()),
            RecordLevel.ANONYMOUS,
            RetentionClass.REFUSED,
            id="no-standing-authority",
        ),
        pytest.param(
            decision(Judgement(Verdict.ALLOW, Reason.EXEMPTED, HOST, exemption="E1")),
            RecordLevel.FULL,
            RetentionClass.EXEMPTED,
            id="exempted",
        ),
        pytest.param(
            decision(Judgement(Verdict.ALLOW, Reason.CONFIRMED, HOST, confirmation="C1")),
            RecordLevel.FULL,
            RetentionClass.CONFIRMED,
            id="confirmed",
        ),
        pytest.param(
            decision(Judgement(Verdict.CONFIRM, Reason.LISTED, HOST)),
            RecordLevel.FULL,
            RetentionClass.CONFIRMED,
            id="asked-to-confirm",
        ),
        pytest.param(
            decision(refuse(Reason.PORT, HOST)),
            RecordLevel.FULL,
            RetentionClass.REFUSED,
            id="refused-by-port",
        ),
        pytest.param(
            decision(accept_tunnel(HOST, privileged=False), request=facts(resource=Resource.UNKNOWN)),
            RecordLevel.ANONYMOUS,
            RetentionClass.OTHER,
            id="tunnel",
        ),
        pytest.param(
            decision(accept_tunnel(HOST, privileged=True), request=facts(resource=Resource.UNKNOWN)),
            RecordLevel.CATEGORY,
            RetentionClass.PRIVILEGED,
            id="tunnel-to-a-privileged-host",
        ),
    ],
)
def test_the_class_and_level_of_a_record(
    row: Decision, level: RecordLevel, retention: RetentionClass
) -> None:
    assert (row.record, row.retention_class) == (level, retention)
    kept = everything_in(row)
    for mark in MARKS:
        assert (mark in kept) == (level.rank >= RecordLevel.SITE.rank), mark
    assert (HOST in kept) == (level is not RecordLevel.CATEGORY)
    assert ("/table/7" in kept) == (level is RecordLevel.FULL)
    assert ("news.example" in kept) == (level.rank >= RecordLevel.SITE.rank)
    assert (row.page is not None) == (level.rank >= RecordLevel.SITE.rank)


def test_a_privileged_row_has_a_sealed_part_only_where_there_is_a_key_and_only_if_it_is_final() -> None:
    def row(*, final: bool, seal: Callable[[bytes], bytes] | None) -> Decision:
        return make_decision(
            uuid7(),
            facts(HOST),
            judged("privileged"),
            policy_with_authority(),
            gateway="gw1",
            ruleset="r" * 64,
            engine="1",
            is_privileged=nobody,
            final=final,
            seal=seal,
        )

    sealed = row(final=True, seal=lambda text: text)
    assert sealed.sealed is not None
    assert read_sealed(sealed.sealed, sealed.id).host == HOST
    assert (sealed.person, sealed.host, sealed.unit, sealed.client_ip) == (None, None, None, None)
    assert row(final=False, seal=lambda text: text).sealed is None
    assert row(final=True, seal=None).sealed is None


def test_a_privileged_row_holds_the_hour_and_no_entry_that_would_tell_the_site() -> None:
    row = record("privileged")
    assert row.at == NOW.replace(minute=0, second=0, microsecond=0)
    assert {row.host, row.list, row.entry, row.line, row.port, row.method} == {None}
    assert not row.matches
    assert not row.names
    assert row.category == "privileged"


@pytest.mark.parametrize(
    "judgement",
    [
        pytest.param(Judgement(Verdict.ALLOW, Reason.BREAK_GLASS, HOST), id="passed"),
        pytest.param(judged("malware"), id="refused"),
        pytest.param(judged("essential"), id="essential"),
        pytest.param(refuse(Reason.MALFORMED, HOST), id="malformed"),
        pytest.param(accept_tunnel(HOST, privileged=False), id="tunnel"),
    ],
)
def test_while_break_glass_is_open_a_row_names_nobody_and_no_site(judgement: Judgement) -> None:
    made = decision(judgement, break_glass=True)
    assert (made.record, made.retention_class) == (RecordLevel.CATEGORY, RetentionClass.PRIVILEGED)
    assert made.at == NOW.replace(minute=0, second=0, microsecond=0)
    stored = everything_in(made)
    assert not [mark for mark in (*MARKS, "bet.example", "news.example", "/table") if mark in stored]
    assert (made.verdict, made.reason) == (judgement.verdict, judgement.reason)


@pytest.mark.parametrize(
    ("category", "kept"),
    [pytest.param("malware", ("malware",), id="refused"), pytest.param(None, (), id="undecidable")],
)
def test_while_break_glass_is_open_no_category_is_kept_but_the_one_that_refused(
    category: str | None, kept: tuple[str, ...]
) -> None:
    """The others would say what kind of site it was."""
    both = (*judged("malware").matches, *judged("gambling").matches)
    refused = Judgement(Verdict.BLOCK, Reason.NEVER_EXEMPT, HOST, category, both)
    rows = [decision(refused, break_glass=open_) for open_ in (True, False)]
    assert [row.categories for row in rows] == [kept, ("malware", "gambling")]


def test_the_query_is_never_stored() -> None:
    row = record("gambling", request=facts(query="?user=AB9999&q=secret"))
    assert "secret" not in everything_in(row)
    assert "AB9999" not in everything_in(row)
    assert not row.replayable  # the query may have taken part in the judgement


def test_a_row_that_holds_all_that_was_judged_can_be_replayed() -> None:
    assert record("gambling").replayable
    assert record("gambling", request=replace(facts(path="/Table/7"), target="/table/7")).replayable
    assert not record("gambling", request=facts(path="/order/123456789")).replayable  # a segment was cut
    assert not record().replayable  # no path at this level


def test_an_authority_that_has_lapsed_names_nobody() -> None:
    late = replace(facts(), at=NOW + timedelta(days=400))
    row = decision(judged("gambling"), policy_with_authority(), late)
    assert row.record is RecordLevel.ANONYMOUS
    assert "AB1234" not in everything_in(row)


@pytest.mark.parametrize(
    ("who", "policy", "level"),
    [
        pytest.param(WHO, TOLD, RecordLevel.FULL, id="who-has-read-the-notice"),
        pytest.param(
            replace(WHO, notice="0"),
            policy_with_authority(),
            RecordLevel.FULL,
            id="who-has-read-an-older-one",
        ),
        pytest.param(
            replace(WHO, notified=False),
            policy_with_authority(),
            RecordLevel.ANONYMOUS,
            id="who-has-read-none",
        ),
        pytest.param(Who(client_ip="192.0.2.77"), TOLD, RecordLevel.ANONYMOUS, id="nobody"),
        pytest.param(WHO, WITHOUT_NOTICE, RecordLevel.ANONYMOUS, id="a-policy-without-a-notice"),
    ],
)
def test_nobody_is_named_before_they_were_told(who: Who, policy: Policy, level: RecordLevel) -> None:
    """SI 2018/356, reg. 4(1)(c): all reasonable efforts to inform every person who may use the system."""
    row = decision(judged("gambling"), policy, facts(who=who))
    assert row.record is level
    named = any(mark in everything_in(row) for mark in (*MARKS, "/table/7", "news.example"))
    assert named is (level is RecordLevel.FULL)


@pytest.mark.parametrize("reason", [Reason.NOTICE, Reason.OWN_PAGE])
@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.CONFIRM, Verdict.BLOCK])
def test_pages_of_ours_are_kept_with_the_least_and_without_a_name(reason: Reason, verdict: Verdict) -> None:
    row = decision(Judgement(verdict, reason, HOST))
    assert (row.record, row.retention_class) == (RecordLevel.ANONYMOUS, RetentionClass.OTHER)
    assert not any(mark in everything_in(row) for mark in (*MARKS, "/table/7"))


@pytest.mark.parametrize(
    ("judgement", "retention", "level"),
    [
        pytest.param(
            Judgement(Verdict.ALLOW, Reason.LISTED, HOST, "social_media"),
            RetentionClass.VISIT,
            RecordLevel.SITE,
            id="let-through-by-a-departure-or-a-trial",
        ),
        pytest.param(
            Judgement(Verdict.BLOCK, Reason.LISTED, HOST, "webmail"),
            RetentionClass.REFUSED,
            RecordLevel.SITE,
            id="blocked-by-a-departure",
        ),
        pytest.param(
            Judgement(Verdict.BLOCK, Reason.ALLOWANCE, HOST, "social_media"),
            RetentionClass.REFUSED,
            RecordLevel.FULL,
            id="used-up",
        ),
        pytest.param(
            Judgement(Verdict.CONFIRM, Reason.SIGN_UP, HOST, "forums"),
            RetentionClass.CONFIRMED,
            RecordLevel.SITE,
            id="signing-up",
        ),
        pytest.param(
            Judgement(Verdict.BLOCK, Reason.SIGN_UP, HOST, "advertising_tracking"),
            RetentionClass.REFUSED,
            RecordLevel.ANONYMOUS,
            id="no-more-than-the-category-allows",
        ),
    ],
)
def test_what_was_not_the_rules_own_action_is_kept_as_what_was_done(
    judgement: Judgement, retention: RetentionClass, level: RecordLevel
) -> None:
    """A visit that is only tried must not be kept for a year like a refusal."""
    row = decision(judgement)
    assert (row.retention_class, row.record) == (retention, level)


def test_what_it_would_have_been_is_recorded() -> None:
    tried = Judgement(Verdict.ALLOW, Reason.LISTED, HOST, "gambling", would_be=Verdict.BLOCK)
    row = decision(tried)
    assert (row.verdict, row.would_be, row.category) == (Verdict.ALLOW, Verdict.BLOCK, "gambling")
    assert decision(judged("gambling")).would_be is None


def test_the_clause_is_that_of_the_departure_that_held() -> None:
    mine, others = (
        decision(Judgement(Verdict.BLOCK, Reason.LISTED, HOST, "webmail"), POLICY, facts(who=who))
        for who in (CLASSROOM, WHO)
    )
    assert (mine.clause, others.clause) == ("S3.2.4", "S3.2.4, S3.2.5")


def test_a_rule_can_lower_the_level_of_its_class_and_not_raise_it() -> None:
    policy = policy_with_authority()
    rules = policy.rules
    lowered = {**rules, "gambling": rules["gambling"].model_copy(update={"record": RecordLevel.ANONYMOUS})}
    lower = Policy(policy.file.model_copy(update={"category": lowered}), "0", policy.source)
    assert decision(judged("gambling"), lower).record is RecordLevel.ANONYMOUS
    raised = {**rules, "essential": rules["essential"].model_copy(update={"record": RecordLevel.FULL})}
    higher = Policy(policy.file.model_copy(update={"category": raised}), "0", policy.source)
    assert decision(judged("essential"), higher).record is RecordLevel.ANONYMOUS


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "/"),
        ("/news/2026/03/04", "/news/2026/03/04"),
        ("/a/b?token=1", "/a/b"),
        ("/a#b", "/a"),
        ("/a;jsessionid=12345678/b", "/a/b"),
        ("/u/someone@example.org/inbox", f"/u/{CUT}/inbox"),
        ("/u/someone%40example.org", f"/u/{CUT}"),
        ("/order/123456789", f"/order/{CUT}"),
        ("/order/1234567", "/order/1234567"),
        ("/d/9f86d081884c7d659a2feaa0c55ad015/x", f"/d/{CUT}/x"),
        ("/d/5f0c1f5e-3b1b-4b6e-9d2e-2f6f1d2c3b4a", f"/d/{CUT}"),
        ("/call/+44-20-7946-0000", f"/call/{CUT}"),
        ("/reset/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0", f"/reset/{CUT}"),
        ("/a-long-slug-of-words-that-any-newspaper-uses", "/a-long-slug-of-words-that-any-newspaper-uses"),
        ("/reset/aB3dE5fG7hJ9kL1mN3pQ5r", f"/reset/{CUT}"),
        ("/k/key=0123456789abcdef0123", f"/k/{CUT}"),
        ("/in/jane-doe-b1234567", f"/in/{CUT}"),
        ("/nino/QQ123456C", f"/nino/{CUT}"),
        ("/p/(0123)456789012", f"/p/{CUT}"),
        ("/patient/943%20476%205919", f"/patient/{CUT}"),
        ("/dob/01.02.1980/jane.doe", f"/dob/{CUT}/jane.doe"),
        ("/u/someone%2540example.org", f"/u/{CUT}"),
        ("/covid-19-guidance-2021", "/covid-19-guidance-2021"),
        ("/Police_and_Crime_Commissioner", "/Police_and_Crime_Commissioner"),
        ("/jquery-3.7.1.min.js", "/jquery-3.7.1.min.js"),
        ("/share/https://union.example/discipline", f"/share/{CUT}"),
        ("/share/https%3A%2F%2Fany.example%2Fx/more", f"/share/{CUT}"),
        ("/site/union.example/discipline", f"/site/{CUT}/discipline"),
        ("/site/Union.Example:443/discipline", f"/site/{CUT}/discipline"),
        ("/to=/x_(union.example)_2/discipline", f"/{CUT}/{CUT}/discipline"),
        ("/site/any.example:443/discipline", "/site/any.example:443/discipline"),
        ("/site/any.example/discipline", "/site/any.example/discipline"),
        ("/\x00\x1b[31m\u202e\ud800", "/\\x00\\x1b[31m\\u202e\\ud800"),
    ],
)
def test_paths_lose_what_looks_like_a_token_or_an_address(path: str, kept: str) -> None:
    assert cut_path(path, is_privileged="union.example".__eq__) == kept


@given(st.text(max_size=5000))
def test_any_path_is_bounded_and_storable(path: str) -> None:
    kept = cut_path(path, nobody)
    assert len(kept) <= PATH_LENGTH
    assert "?" not in kept
    kept.encode("utf-8")
    assert kept.isprintable()


def test_a_hundred_kilobytes_of_path_cost_no_more_than_two() -> None:
    row = record("gambling", request=facts(path="/" + "a" * 100_000))
    assert row.path is not None
    assert len(row.path) <= PATH_LENGTH


def test_every_column_of_a_decision_is_set_from_somewhere() -> None:
    row = decision(judged("gambling"))
    unset = {field.name for field in fields(row) if getattr(row, field.name) is None}
    assert unset == {"would_be", "exemption", "confirmation", "local_entry", "approval", "sealed"}


def test_a_privileged_row_s_identifiers_tell_no_more_of_the_time_than_the_hour() -> None:
    """A UUIDv7 carries milliseconds: beside an hour in `at` it would still tell the moment."""
    row = record("privileged")
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    for identifier in (row.id, row.exchange):
        assert (identifier.int >> 80) % 3_600_000 == 0
        assert identifier.version == 7
    assert row.at == hour
    ordinary = record()
    assert (ordinary.id.int >> 80) % 3_600_000 != 0


def outcome_of(row: Decision) -> Outcome:
    return make_outcome(
        row,
        at=NOW,
        status=200,
        content_type="text/html\x1b" + "x" * 200,
        bytes_in=3,
        bytes_out=5,
        duration_us=7,
        ended=Ended.COMPLETE,
    )


def test_an_outcome_is_bounded_and_goes_the_way_of_its_decision() -> None:
    row = record()
    outcome = outcome_of(row)
    assert (outcome.decision, outcome.retention_class) == (row.id, RetentionClass.VISIT)
    assert (outcome.bytes_in, outcome.bytes_out, outcome.duration_us) == (3, 5, 7)
    assert outcome.content_type is not None
    assert outcome.content_type.startswith("text/html\\x1b")
    assert len(outcome.content_type) == CONTENT_TYPE_LENGTH


def test_an_outcome_of_a_privileged_exchange_says_that_it_ended_and_nothing_else() -> None:
    """Size, type and duration would tell one page of a site from another."""
    outcome = outcome_of(record("privileged"))
    assert outcome.at == NOW.replace(minute=0, second=0, microsecond=0)
    assert (outcome.status, outcome.content_type) == (None, None)
    assert (outcome.bytes_in, outcome.bytes_out, outcome.duration_us) == (0, 0, 0)
    assert outcome.ended is Ended.COMPLETE


def test_a_refusal_at_a_privileged_host_names_neither_person_nor_host() -> None:
    row = decision(refuse(Reason.NO_PERSON, HOST, privileged=True))
    assert row.record is RecordLevel.CATEGORY
    assert not any(mark in everything_in(row) for mark in (*MARKS, HOST))


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        pytest.param({"referrer_host": "union.example"}, False, id="came-from-a-union"),
        pytest.param({"page": "https://union.example"}, False, id="a-button-on-a-union's-page"),
        pytest.param({"page": None, "referrer_host": "union.example"}, False, id="no-page"),
        pytest.param({}, True, id="came-from-elsewhere"),
    ],
)
def test_a_privileged_site_never_stands_beside_a_person(change: dict[str, str | None], kept: bool) -> None:
    """Every button of a social network on a union's page would else name its visitors."""
    row = record("gambling", request=replace(facts(), **change))  # type: ignore[arg-type]  # three text fields
    assert row.person == "AB1234"
    assert (row.page is not None and row.referrer_host is not None) is kept
    assert "union.example" not in everything_in(row)


def test_at_a_level_that_names_nobody_no_exemption_does() -> None:
    exempted = Judgement(Verdict.ALLOW, Reason.EXEMPTED, HOST, exemption="E1")
    assert decision(exempted).exemption == "E1"
    assert decision(exempted, shipped_policy()).exemption is None


def test_a_host_inside_the_url_is_not_kept_but_the_entry_it_hit_is() -> None:
    inner = match("gambling", "bet.example", name="jane.doe.bet.example")
    row = decision(Judgement(Verdict.BLOCK, Reason.LISTED, HOST, "gambling", (inner, match(name=HOST))))
    assert [kept.name for kept in row.matches] == ["", HOST]
    assert row.entry == "bet.example"
