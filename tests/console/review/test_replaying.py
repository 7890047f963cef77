"""Decisions judged again by real Rulesets: the same, different, or cannot be told, and why."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from categories.build import digest_of
from categories.compile import compile_lists
from categories.library import ListLibrary
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from categories.urls.sites import site_of
from console.review.answers import Again, Explained
from console.review.past_lists import PastLists
from console.review.replaying import Replaying
from policy.document import SHIPPED, Policy, parse_policy
from policy.facts import Name, RequestFacts, Who
from policy.identifiers import uuid7
from policy.judge import Asking, Evidence, is_document, judge
from policy.presence import Confirmation
from policy.record import make_decision
from policy.registers import Exemption, GranteeKind, LocalEntry, Registers, TargetKind
from policy.review.rows import ReviewedDecision
from policy.words import Action, NameSource, Reason, Replayed, Resource, Verdict
from tests.categories.compiled import BUILT_AT, source
from tests.reviewed import reviewed
from tests.samples import NOW, WHO, facts

SAME, DIFFERENT, CANNOT = Replayed.SAME, Replayed.DIFFERENT, Replayed.CANNOT_BE_TOLD

BY_LISTS_AND_POLICY = {
    *(Reason.ESSENTIAL, Reason.NEVER_EXEMPT, Reason.LOCAL_ALLOW, Reason.LOCAL_BLOCK, Reason.EXEMPTED),
    *(Reason.CONFIRMED, Reason.LISTED, Reason.NOT_LISTED, Reason.NAME_MISMATCH, Reason.ALLOWANCE),
    Reason.SIGN_UP,
}
AUTHORITY = """[standing_authority]
organisation = "Example Force"
reference = "SA/2026/1"
granted_by = "Chief Executive and Monitoring Officer"
purposes = ["breach"]
granted_on = 2026-01-01
review_by = 2026-12-31
impact_assessment = "DPIA/2026/4"

"""
LISTS = {
    "gambling": "bet.example\nplay.example/casino/",
    "pornography": "keyword:smut",
    "webmail": "mail.example",
    "essential": "update.example",
}


@cache
def policy(extra: str = "", *, webmail: str = "allow") -> Policy:
    """The shipped policy with an authority in force, as text that can be kept."""
    text = SHIPPED.read_text("utf-8")
    text = text.replace('title = "Webmail"\naction = "allow"', f'title = "Webmail"\naction = "{webmail}"')
    before, _, rest = text.partition("[standing_authority]")
    raw = f"{before}{AUTHORITY}[{rest.partition('\n[')[2]}\n{extra}".encode()
    return parse_policy(raw, Path("policy.toml"))


@dataclass
class Kept:
    """What is kept beside the log; what a test takes away is no longer."""

    texts: dict[str, str] = field(default_factory=dict)
    local: dict[str, LocalEntry] = field(default_factory=dict)
    exemptions: dict[str, Exemption] = field(default_factory=dict)
    confirmations: dict[str, Confirmation] = field(default_factory=dict)

    def local_entry(self, identifier: str, at: datetime) -> LocalEntry | None:
        return self.local.get(identifier)

    def exemption(self, identifier: str, at: datetime) -> Exemption | None:
        return self.exemptions.get(identifier)

    def confirmation(self, identifier: str, at: datetime) -> Confirmation | None:
        return self.confirmations.get(identifier)


@dataclass(frozen=True)
class Past:
    digest: str
    lists: tuple[Mapping[str, object], ...]


class Gateway:
    """Judges and records as a gateway does, and keeps what it judged by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = ListLibrary(folder / "lists", shipped=None)
        self.store = RulesetStore(folder / "rulesets")
        self.kept = Kept()
        self.past: list[Past] = []
        self.policy = policy()
        self.use(LISTS)

    def use(self, lists: Mapping[str, str]) -> None:
        """Put these lists in force."""
        sources = [source(self.library, self.folder, name, text) for name, text in sorted(lists.items())]
        digest = digest_of(sources)
        target = self.store.folder(digest)
        target.mkdir(parents=True)
        manifest = compile_lists(target, digest, BUILT_AT, sources, lambda _: None)
        self.past.insert(0, Past(digest, tuple(each.model_dump(mode="json") for each in manifest.lists)))
        self.ruleset = Ruleset.open(target)

    def all(self) -> list[Past]:
        return self.past

    def decide(
        self,
        request: RequestFacts,
        *,
        local: LocalEntry | None = None,
        exemption: Exemption | None = None,
        confirmation: Confirmation | None = None,
        used_up: bool = False,
    ) -> ReviewedDecision:
        """The row of one request."""
        registers = Registers.of([local] if local else [], [exemption] if exemption else [])
        evidence = []
        for host in {name.host: None for name in request.names}:
            matches = self.ruleset.matches(host, request.target)
            categories = [match.category for match in matches]
            evidence.append(
                Evidence(
                    host,
                    matches,
                    registers.local_entry(host, request.target, request.at),
                    registers.exemptions(request.who, host, request.target, request.at, categories),
                    confirmation,
                )
            )
        asking = Asking(
            request.who,
            is_document(request.step, request.resource),
            self.policy.is_sign_up(request),
            used_up,
        )
        judgement = judge(evidence, self.policy, request.at, site_of, asking)
        self.kept.texts[self.policy.digest] = self.policy.text
        for named in (local, exemption, confirmation):
            if isinstance(named, LocalEntry):
                self.kept.local[named.id] = named
            elif isinstance(named, Exemption):
                self.kept.exemptions[named.id] = named
            elif named is not None:
                self.kept.confirmations[named.id] = named
        made = make_decision(
            uuid7(),
            request,
            judgement,
            self.policy,
            gateway="gw1",
            ruleset=self.ruleset.digest,
            engine="1",
            is_privileged=lambda _: False,
        )
        return reviewed(made)

    def explain(self, decision: ReviewedDecision) -> Explained:
        lists = PastLists(self, self.library, self.store)
        return Replaying(lists, self.kept.texts.get, self.kept).explain(decision)

    def forget_compiled(self) -> None:
        """Leave of every Ruleset its texts alone."""
        self.store.root.rename(self.folder / "gone")


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path)


def asked(host: str = "www.bet.example", path: str = "/table/7", **changes: object) -> RequestFacts:
    """A request of somebody who has read the notice."""
    query = str(changes.pop("query", ""))
    return replace(facts(host, path, query=query), **changes)  # type: ignore[arg-type]  # any field, of any type


LOCAL = LocalEntry("L1", Action.ALLOW, TargetKind.HOST, "bet.example", None, "why", "admin")
EXEMPTION = Exemption(
    id="E1",
    grantee_kind=GranteeKind.PERSON,
    grantee=str(WHO.person).lower(),
    kind=TargetKind.CATEGORY,
    target="gambling",
    start=NOW - timedelta(days=1),
    until=NOW + timedelta(days=1),
    purpose="licensing",
    granted_by="somebody.else",
)
CONFIRMATION = Confirmation("C1", str(WHO.person), "mail.example", NOW + timedelta(minutes=5), "")


def test_a_policy_of_these_tests_is_one_that_names_people() -> None:
    assert policy().authority.in_force(NOW.date())
    assert policy().digest == hashlib.sha256(policy().text.encode()).hexdigest()


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(asked(), id="a-listed-host"),
        pytest.param(asked("play.example", "/casino/roulette"), id="a-listed-prefix"),
        pytest.param(asked("any.example", "/a/smut/b"), id="a-keyword-in-the-path"),
        pytest.param(asked("news.example", "/today"), id="nothing-listed"),
        pytest.param(asked("mail.example", "/"), id="listed-and-allowed"),
        pytest.param(asked("update.example", "/v1"), id="essential"),
        pytest.param(asked(query="?token=1"), id="a-query-that-took-no-part"),
        pytest.param(asked(who=Who()), id="of-nobody"),
        pytest.param(asked(resource=Resource.EMBEDDED), id="a-piece-of-a-page"),
    ],
)
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "from-texts"])
def test_what_was_judged_by_lists_and_policy_is_the_same_again(
    gateway: Gateway, request_: RequestFacts, *, compiled: bool
) -> None:
    """And so it is after other lists and another policy have come in force."""
    made = gateway.decide(request_)
    gateway.use({"gambling": "other.example", "webmail": "bet.example"})
    if not compiled:
        gateway.forget_compiled()
    told = gateway.explain(made)
    assert (told.replayed, told.decision) == (SAME, made), told.why
    assert told.again == Again(
        made.verdict, made.reason.value, made.category, made.list, made.line, made.entry
    )


@pytest.mark.parametrize(
    ("named", "reason", "host"),
    [
        pytest.param({"local": LOCAL}, Reason.LOCAL_ALLOW, "bet.example", id="a-local-entry"),
        pytest.param({"exemption": EXEMPTION}, Reason.EXEMPTED, "bet.example", id="an-exemption"),
        pytest.param({"confirmation": CONFIRMATION}, Reason.CONFIRMED, "mail.example", id="a-confirmation"),
    ],
)
def test_what_the_row_names_of_the_registers_takes_part_again(
    gateway: Gateway, named: dict[str, object], reason: Reason, host: str
) -> None:
    gateway.policy = policy(webmail="confirm")
    made = gateway.decide(asked(host), **named)  # type: ignore[arg-type]  # by name
    assert (made.reason, made.verdict) == (reason, Verdict.ALLOW)
    assert gateway.explain(made).replayed is SAME


def test_who_asked_and_when_take_part_again(gateway: Gateway) -> None:
    """A departure for one unit is in force for them, and for nobody else."""
    gateway.policy = policy(
        """
        [schedule.always]
        windows = ["mon-sun 00:00-24:00"]
        [[departure]]
        name = "one"
        categories = ["gambling"]
        units = ["U7"]
        action = "allow"
        reason = "For licensing."
        because = "they license it"
        """
    )
    theirs = gateway.decide(asked())
    others = gateway.decide(asked(who=replace(WHO, unit="U8")))
    assert (theirs.verdict, others.verdict) == (Verdict.ALLOW, Verdict.BLOCK)
    assert [gateway.explain(one).replayed for one in (theirs, others)] == [SAME, SAME]
    # As if the row had been another unit's.
    assert gateway.explain(replace(others, unit="U7")).replayed is DIFFERENT


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param(
            {"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED, "category": None, "list": None},
            "block (listed) instead of allow (not-listed)",
            id="another-verdict",
        ),
        pytest.param({"reason": Reason.NEVER_EXEMPT}, "instead of block (never-exempt)", id="another-reason"),
        pytest.param({"line": 99}, "another entry", id="another-line"),
        pytest.param({"entry": "example"}, "another entry", id="another-entry"),
        pytest.param({"list": "webmail"}, "another entry", id="another-list"),
        pytest.param({"category": "webmail"}, "another entry", id="another-category"),
        pytest.param(
            {"path": "/", "host": "news.example", "names": ()}, "allow (not-listed)", id="another-host"
        ),
        pytest.param(
            {"local_entry": "L9", "reason": Reason.LOCAL_BLOCK}, "(listed)", id="a-local-entry-that-never-was"
        ),
    ],
)
def test_a_row_that_says_otherwise_than_lists_and_policy_is_told(
    gateway: Gateway, changes: dict[str, object], why: str
) -> None:
    made = replace(gateway.decide(asked("bet.example")), **changes)  # type: ignore[arg-type]  # by name
    told = gateway.explain(made)
    assert told.replayed is DIFFERENT
    assert why in told.why
    assert told.again is not None


def test_what_is_kept_of_a_request_may_suffice_to_say_that_it_differs(gateway: Gateway) -> None:
    """A host that was listed and is said to have been allowed: no query could have opened it."""
    made = replace(gateway.decide(asked(query="?q=1")), verdict=Verdict.ALLOW, reason=Reason.NOT_LISTED)
    assert gateway.explain(made).replayed is DIFFERENT
    nobody = replace(gateway.decide(asked(who=Who())), verdict=Verdict.ALLOW, reason=Reason.NOT_LISTED)
    told = gateway.explain(nobody)
    assert (told.replayed, told.again is None) == (CANNOT, False)
    assert "who asked is not kept" in told.why


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(asked("any.example", "/find", query="?q=smut"), id="a-query"),
        pytest.param(asked("any.example", "/user@smut.example/x"), id="a-segment-that-was-cut-out"),
        pytest.param(asked("any.example", "/a/smut", who=Who()), id="a-path-at-a-level-that-keeps-none"),
        pytest.param(
            asked(
                "news.example",
                "/",
                names=(Name(NameSource.HOST, "a.example"), Name(NameSource.SNI, "bet.example")),
                who=Who(),
            ),
            id="another-name-at-a-level-that-keeps-one",
        ),
    ],
)
def test_what_is_not_kept_by_design_may_have_taken_part(gateway: Gateway, request_: RequestFacts) -> None:
    made = gateway.decide(request_)
    assert made.verdict is Verdict.BLOCK
    told = gateway.explain(made)
    assert told.replayed is CANNOT, told.why


def test_names_of_different_sites_are_judged_together_again(gateway: Gateway) -> None:
    names = Name(NameSource.HOST, "news.example"), Name(NameSource.SNI, "bet.example")
    made = gateway.decide(asked(names=names))
    assert made.reason is Reason.NAME_MISMATCH
    assert gateway.explain(made).replayed is SAME
    assert gateway.explain(replace(made, names=())).replayed is CANNOT


def test_how_much_personal_use_was_left_is_not_kept(gateway: Gateway) -> None:
    gateway.policy = policy(
        """
        [allowance]
        minutes_a_day = 60
        categories = ["gambling"]
        """
    )
    open_, over = gateway.decide(asked()), gateway.decide(asked(), used_up=True)
    assert (open_.verdict, over.reason) == (Verdict.ALLOW, Reason.ALLOWANCE)
    assert gateway.explain(open_).replayed is SAME
    told = gateway.explain(over)
    assert told.replayed is CANNOT
    assert "personal use" in told.why
    assert told.again is not None
    assert told.again.verdict is Verdict.BLOCK


@pytest.mark.parametrize("reason", sorted(frozenset(Reason) - BY_LISTS_AND_POLICY))
def test_what_no_list_or_policy_decided_is_not_judged_again(gateway: Gateway, reason: Reason) -> None:
    told = gateway.explain(replace(gateway.decide(asked()), reason=reason))
    assert (told.replayed, told.again) == (CANNOT, None)
    assert told.why


def test_without_a_host_nothing_is_judged_again(gateway: Gateway) -> None:
    told = gateway.explain(replace(gateway.decide(asked()), host=None))
    assert (told.replayed, told.again) == (CANNOT, None)
    assert "no host is kept" in told.why


def test_what_is_not_kept_any_more_is_named(gateway: Gateway) -> None:
    made = gateway.decide(asked())
    gateway.forget_compiled()
    gateway.library.text_of(str(gateway.past[0].lists[1]["sha256"])).unlink()
    assert "the list gambling" in gateway.explain(made).why
    gateway.past.clear()
    assert "history" in gateway.explain(made).why
    gateway.kept.texts.clear()
    assert "policy" in gateway.explain(made).why
    assert gateway.explain(made).replayed is CANNOT


def test_a_restricted_exemption_or_a_lost_confirmation_cannot_be_judged_by(gateway: Gateway) -> None:
    made = gateway.decide(asked())
    exempted = replace(made, reason=Reason.EXEMPTED, exemption="E9")
    confirmed = replace(made, reason=Reason.CONFIRMED, confirmation="C9")
    assert [gateway.explain(one).replayed for one in (exempted, confirmed)] == [CANNOT, CANNOT]
    assert "exemption" in gateway.explain(exempted).why


def test_a_text_that_was_changed_is_not_judged_by(gateway: Gateway) -> None:
    made = gateway.decide(asked())
    gateway.forget_compiled()
    info = gateway.past[0].lists[1]
    other = source(gateway.library, gateway.folder, "gambling", "other.example")
    other.text.replace(gateway.library.text_of(str(info["sha256"])))
    told = gateway.explain(made)
    assert (told.replayed, told.again) == (CANNOT, None)
    assert "not the text" in told.why
