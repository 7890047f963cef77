"""The order of judgement, as a table: each row a situation, its verdict, and the step that gave it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import judge as judge_module
from policy.decision import Judgement
from policy.document import Policy
from policy.judge import Evidence, accept_tunnel, judge, judge_name, refuse
from policy.match import Match
from policy.presence import Confirmation
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import Action, CategoryKind, Reason, Verdict
from tests.samples import NOW, match, shipped_policy

ROOT = Path(__file__).parents[2]
ALLOW, BLOCK, CONFIRM = Verdict.ALLOW, Verdict.BLOCK, Verdict.CONFIRM
HOST = "www.bet.example"


def local(action: Action, *, minutes: int | None = 60) -> LocalEntry:
    until = None if minutes is None else NOW + timedelta(minutes=minutes)
    return LocalEntry("L1", action, TargetKind.HOST, HOST, until, "because", "admin")


def exemption(
    target: str,
    *,
    kind: TargetKind = TargetKind.CATEGORY,
    to: GranteeKind = GranteeKind.PERSON,
    from_minutes: int = -60,
    until_minutes: int = 60,
    id_: str = "E1",
) -> Exemption:
    start, until = NOW + timedelta(minutes=from_minutes), NOW + timedelta(minutes=until_minutes)
    return Exemption(id_, to, "AB1234", kind, target, start, until, "licensing visits", "Inspector")


def confirmed(minutes: int = 10) -> Confirmation:
    return Confirmation("C1", "AB1234", HOST, NOW + timedelta(minutes=minutes))


class Row(NamedTuple):
    name: str
    categories: tuple[str, ...]
    verdict: Verdict
    reason: Reason
    category: str | None = None
    local: LocalEntry | None = None
    exemptions: tuple[Exemption, ...] = ()
    confirmation: Confirmation | None = None
    privileged: bool = False
    break_glass: bool = False


TO_HOST = exemption(HOST, kind=TargetKind.HOST)
ROWS = [
    # 8: nothing matched.
    Row("nothing-listed", (), ALLOW, Reason.NOT_LISTED),
    # 7: the category decides.
    Row("a-blocked-category", ("gambling",), BLOCK, Reason.LISTED, "gambling"),
    Row("an-allowed-category", ("webmail",), ALLOW, Reason.LISTED, "webmail"),
    Row("strictest-wins", ("webmail", "social_media"), BLOCK, Reason.LISTED, "social_media"),
    Row("among-equals-the-highest", ("social_media", "pornography"), BLOCK, Reason.LISTED, "pornography"),
    Row("two-allowed", ("blogs", "webmail"), ALLOW, Reason.LISTED, "webmail"),
    # 6: a confirmation does not open what is blocked, and ends.
    Row("confirmed-but-blocked", ("gambling",), BLOCK, Reason.LISTED, "gambling", confirmation=confirmed()),
    # 5: exemptions.
    Row(
        "exempted-category",
        ("social_media",),
        ALLOW,
        Reason.EXEMPTED,
        exemptions=(exemption("social_media"),),
    ),
    Row("exempted-host", ("social_media",), ALLOW, Reason.EXEMPTED, exemptions=(TO_HOST,)),
    Row("exempted-host-in-two", ("social_media", "gambling"), ALLOW, Reason.EXEMPTED, exemptions=(TO_HOST,)),
    Row(
        "exempted-for-another-category",
        ("gambling",),
        BLOCK,
        Reason.LISTED,
        "gambling",
        exemptions=(exemption("social_media"),),
    ),
    Row(
        "exempted-from-one-of-two",
        ("social_media", "gambling"),
        BLOCK,
        Reason.LISTED,
        "gambling",
        exemptions=(exemption("social_media"),),
    ),
    Row(
        "exempted-from-both-by-two",
        ("social_media", "gambling"),
        ALLOW,
        Reason.EXEMPTED,
        exemptions=(exemption("social_media"), exemption("gambling", id_="E2")),
    ),
    Row(
        "exempted-role",
        ("social_media",),
        ALLOW,
        Reason.EXEMPTED,
        exemptions=(exemption("social_media", to=GranteeKind.ROLE),),
    ),
    Row(
        "exempted-everyone",
        ("chat",),
        ALLOW,
        Reason.EXEMPTED,
        exemptions=(exemption("chat", to=GranteeKind.EVERYONE),),
    ),
    Row(
        "a-role-where-only-named-persons-are-admitted",
        ("gambling",),
        BLOCK,
        Reason.LISTED,
        "gambling",
        exemptions=(exemption("gambling", to=GranteeKind.ROLE),),
    ),
    Row(
        "a-host-for-everyone-where-only-named-persons-are-admitted",
        ("pornography",),
        BLOCK,
        Reason.LISTED,
        "pornography",
        exemptions=(exemption(HOST, kind=TargetKind.HOST, to=GranteeKind.EVERYONE),),
    ),
    Row(
        "an-exemption-not-yet-begun",
        ("social_media",),
        BLOCK,
        Reason.LISTED,
        "social_media",
        exemptions=(exemption("social_media", from_minutes=1),),
    ),
    Row(
        "an-exemption-that-has-ended-this-second",
        ("social_media",),
        BLOCK,
        Reason.LISTED,
        "social_media",
        exemptions=(exemption("social_media", until_minutes=0),),
    ),
    Row("an-exemption-nobody-needs", ("webmail",), ALLOW, Reason.LISTED, "webmail", exemptions=(TO_HOST,)),
    Row("an-exemption-for-what-is-not-listed", (), ALLOW, Reason.NOT_LISTED, exemptions=(TO_HOST,)),
    # 4: local entries.
    Row("local-allow", ("gambling",), ALLOW, Reason.LOCAL_ALLOW, local=local(Action.ALLOW)),
    Row("local-block", (), BLOCK, Reason.LOCAL_BLOCK, local=local(Action.BLOCK)),
    Row("local-block-without-end", (), BLOCK, Reason.LOCAL_BLOCK, local=local(Action.BLOCK, minutes=None)),
    Row(
        "local-allow-that-has-ended",
        ("games",),
        BLOCK,
        Reason.LISTED,
        "games",
        local=local(Action.ALLOW, minutes=0),
    ),
    Row(
        "local-block-before-exemption",
        ("social_media",),
        BLOCK,
        Reason.LOCAL_BLOCK,
        local=local(Action.BLOCK),
        exemptions=(exemption("social_media"),),
    ),
    # 3: break-glass.
    Row("open-and-nothing-listed", (), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("open-and-blocked", ("gambling",), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("open-and-in-two", ("pornography", "games"), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row(
        "open-before-local-block", (), ALLOW, Reason.BREAK_GLASS, local=local(Action.BLOCK), break_glass=True
    ),
    Row(
        "open-before-exemption",
        ("social_media",),
        ALLOW,
        Reason.BREAK_GLASS,
        exemptions=(exemption("social_media"),),
        break_glass=True,
    ),
    Row("open-and-never-exempt", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware", break_glass=True),
    Row(
        "open-and-never-exempt-beside-others",
        ("social_media", "phishing"),
        BLOCK,
        Reason.NEVER_EXEMPT,
        "phishing",
        break_glass=True,
    ),
    Row("open-and-privileged", ("privileged",), ALLOW, Reason.BREAK_GLASS, privileged=True, break_glass=True),
    Row(
        "open-and-privileged-malware",
        ("help", "malware"),
        BLOCK,
        Reason.NEVER_EXEMPT,
        "malware",
        privileged=True,
        break_glass=True,
    ),
    Row("open-and-essential", ("essential",), ALLOW, Reason.ESSENTIAL, "essential", break_glass=True),
    Row("open-and-unknown-category", ("astrology",), BLOCK, Reason.UNDECIDABLE, break_glass=True),
    # 2: never exempt.
    Row("malware", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware"),
    Row(
        "never-exempt-before-local-allow",
        ("phishing",),
        BLOCK,
        Reason.NEVER_EXEMPT,
        "phishing",
        local(Action.ALLOW),
    ),
    Row(
        "never-exempt-before-exemption",
        ("proxies_anonymisers",),
        BLOCK,
        Reason.NEVER_EXEMPT,
        "proxies_anonymisers",
        exemptions=(TO_HOST, exemption("proxies_anonymisers", id_="E2")),
    ),
    Row("never-exempt-beside-others", ("webmail", "phishing"), BLOCK, Reason.NEVER_EXEMPT, "phishing"),
    Row("two-never-exempt", ("phishing", "malware"), BLOCK, Reason.NEVER_EXEMPT, "malware"),
    # 1: privileged, and then go on.
    Row("privileged", ("privileged",), ALLOW, Reason.LISTED, "privileged", privileged=True),
    Row("help", ("help",), ALLOW, Reason.LISTED, "help", privileged=True),
    Row(
        "privileged-and-blocked",
        ("privileged", "gambling"),
        BLOCK,
        Reason.LISTED,
        "gambling",
        privileged=True,
    ),
    Row(
        "privileged-malware",
        ("privileged", "malware"),
        BLOCK,
        Reason.NEVER_EXEMPT,
        "malware",
        privileged=True,
    ),
    Row(
        "privileged-opened-by-exemption",
        ("help", "gambling"),
        ALLOW,
        Reason.EXEMPTED,
        exemptions=(exemption("gambling"),),
        privileged=True,
    ),
    Row(
        "privileged-by-local-allow",
        ("privileged", "social_media"),
        ALLOW,
        Reason.LOCAL_ALLOW,
        local=local(Action.ALLOW),
        privileged=True,
    ),
    # 0: essential, whatever else.
    Row("essential", ("essential",), ALLOW, Reason.ESSENTIAL, "essential"),
    Row("essential-in-malware", ("malware", "essential"), ALLOW, Reason.ESSENTIAL, "essential"),
    Row(
        "essential-locally-blocked", ("essential",), ALLOW, Reason.ESSENTIAL, "essential", local(Action.BLOCK)
    ),
    # A category the policy does not know.
    Row("unknown-category", ("astrology",), BLOCK, Reason.UNDECIDABLE),
    Row("unknown-beside-known", ("webmail", "astrology"), BLOCK, Reason.UNDECIDABLE),
]


def judged(row: Row, policy: Policy | None = None) -> Judgement:
    matches = tuple(match(category, HOST) for category in row.categories)
    evidence = Evidence(HOST, matches, row.local, row.exemptions, row.confirmation, row.break_glass)
    return judge_name(evidence, policy or shipped_policy(), NOW)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_order_of_judgement(row: Row) -> None:
    judgement = judged(row)
    assert (judgement.verdict, judgement.reason, judgement.category, judgement.privileged) == (
        row.verdict,
        row.reason,
        row.category,
        row.privileged,
    )
    assert (judgement.local_entry is not None) == (
        judgement.reason in {Reason.LOCAL_ALLOW, Reason.LOCAL_BLOCK}
    )
    assert (judgement.exemption is not None) == (judgement.reason is Reason.EXEMPTED)
    if judgement.category is not None:
        assert judgement.matches[0].category == judgement.category
    # What passes while break-glass is open is not said to have been anything.
    kept = set() if judgement.reason is Reason.BREAK_GLASS else set(row.categories)
    assert set(judgement.categories) == kept


def test_the_order_is_written_where_it_is_carried_out_and_where_people_read_it() -> None:
    """The essay at the top of the module numbers its steps from 0 to 9, and so does the page."""
    assert judge_module.__doc__ is not None
    steps = [
        line.strip() for line in judge_module.__doc__.splitlines() if line.strip()[:2].rstrip(".").isdigit()
    ]
    assert [step[0] for step in steps] == list("0123456789")
    page = (ROOT / "docs" / "judging.md").read_text().partition("## The order")[2].partition("\n## ")[0]
    assert [line[0] for line in page.splitlines() if line[:1].isdigit()] == list("0123456789")


CONFIRM_POLICY = shipped_policy()
CONFIRM_POLICY = Policy(
    file=CONFIRM_POLICY.file.model_copy(
        update={
            "category": {
                **CONFIRM_POLICY.rules,
                "forums": CONFIRM_POLICY.rules["forums"].model_copy(update={"action": Action.CONFIRM}),
            }
        }
    ),
    digest="0",
    source=CONFIRM_POLICY.source,
)


@pytest.mark.parametrize(
    "row",
    [
        Row("asks", ("forums",), CONFIRM, Reason.LISTED, "forums"),
        Row("confirmed", ("forums",), ALLOW, Reason.CONFIRMED, confirmation=confirmed()),
        Row("confirmation-ended", ("forums",), CONFIRM, Reason.LISTED, "forums", confirmation=confirmed(0)),
        Row(
            "confirmed-beside-blocked",
            ("forums", "games"),
            BLOCK,
            Reason.LISTED,
            "games",
            confirmation=confirmed(),
        ),
        Row("exempted-instead", ("forums",), ALLOW, Reason.EXEMPTED, exemptions=(exemption("forums"),)),
        Row("blocked-is-stricter", ("forums", "games"), BLOCK, Reason.LISTED, "games"),
        Row("confirm-is-stricter-than-allow", ("webmail", "forums"), CONFIRM, Reason.LISTED, "forums"),
    ],
    ids=lambda row: row.name,
)
def test_a_confirmation_takes_away_what_asks_for_one(row: Row) -> None:
    judgement = judged(row, CONFIRM_POLICY)
    assert (judgement.verdict, judgement.reason, judgement.category) == (
        row.verdict,
        row.reason,
        row.category,
    )
    assert (judgement.confirmation is not None) == (judgement.reason is Reason.CONFIRMED)


def test_within_one_list_the_most_specific_entry_is_the_deciding_one() -> None:
    parent = match("gambling", "bet.example", line=1, specificity=1)
    child = match("gambling", HOST, line=2, specificity=2)
    for order in ((parent, child), (child, parent)):
        judgement = judge_name(Evidence(HOST, order), shipped_policy(), NOW)
        assert judgement.deciding_match == child


def site(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def names(*pairs: tuple[str, str | None]) -> list[Evidence]:
    return [Evidence(host, (match(category, host),) if category else ()) for host, category in pairs]


@pytest.mark.parametrize(
    ("evidence", "verdict", "reason"),
    [
        pytest.param(
            names(("a.example", None), ("b.example", None)), ALLOW, Reason.NOT_LISTED, id="both-free"
        ),
        pytest.param(
            names(("a.example", None), ("bet.test", "gambling")),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="one-is-a-disguise",
        ),
        pytest.param(
            names(("bet.test", "gambling"), ("a.example", None)),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="the-other-way",
        ),
        pytest.param(
            names(("a.example", "webmail"), ("b.test", "essential")), ALLOW, Reason.LISTED, id="both-allowed"
        ),
        pytest.param(
            names(("x.bet.test", None), ("bet.test", "gambling")),
            BLOCK,
            Reason.LISTED,
            id="same-site-strictest",
        ),
        pytest.param(
            names(("u.test", "essential"), ("bet.test", "malware")),
            BLOCK,
            Reason.NEVER_EXEMPT,
            id="essential-does-not-cover-another-name-of-the-site",
        ),
        pytest.param(
            names(("u.example", "essential"), ("bet.test", "malware")),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="essential-is-no-disguise",
        ),
        pytest.param(
            names(("a.test", "games"), ("bet.example", "gambling")), BLOCK, Reason.LISTED, id="both-blocked"
        ),
    ],
)
def test_the_strictest_of_several_names_holds(
    evidence: list[Evidence], verdict: Verdict, reason: Reason
) -> None:
    same_site = {"u.test": "bet.test"}
    judgement = judge(evidence, shipped_policy(), NOW, lambda host: same_site.get(host, site(host)))
    assert (judgement.verdict, judgement.reason) == (verdict, reason)


def test_one_privileged_name_makes_the_exchange_privileged() -> None:
    judgement = judge(
        names(("a.example", None), ("union.example", "privileged")), shipped_policy(), NOW, lambda _: "x"
    )
    assert judgement.privileged


def test_an_exchange_without_a_name_is_a_bug_and_says_so() -> None:
    with pytest.raises(ValueError, match="without a name"):
        judge([], shipped_policy(), NOW, site)


def test_refusals_before_any_list_block_and_tunnels_are_not_verdicts_on_a_site() -> None:
    assert refuse(Reason.PORT, "x").verdict is BLOCK
    tunnel = accept_tunnel("x", privileged=True)
    assert (tunnel.verdict, tunnel.reason, tunnel.category, tunnel.privileged) == (
        ALLOW,
        Reason.TUNNEL,
        None,
        True,
    )


CATEGORIES = st.lists(st.sampled_from(sorted(shipped_policy().rules)), max_size=5)


@given(CATEGORIES, st.booleans(), st.booleans(), st.booleans(), st.randoms())
def test_whatever_matches_the_promises_hold(
    categories: list[str], exempt: bool, allow: bool, open_: bool, random: object
) -> None:
    """Essential always opens; never-exempt never does; and the order matches arrive in changes nothing."""
    policy = shipped_policy()
    matches: list[Match] = [replace(match(c, HOST), line=n) for n, c in enumerate(categories)]
    evidence = Evidence(
        HOST,
        tuple(matches),
        local(Action.ALLOW) if allow else None,
        (TO_HOST,) if exempt else (),
        break_glass=open_,
    )
    judgement = judge_name(evidence, policy, NOW)
    kinds = {policy.rules[category].kind for category in categories}
    never = {category for category in categories if policy.rules[category].exemption == "never"}
    if CategoryKind.ESSENTIAL in kinds:
        assert judgement.verdict is ALLOW
    elif never:
        assert judgement.verdict is BLOCK
    elif allow or exempt or open_:
        assert judgement.verdict is ALLOW
    random.shuffle(matches)  # type: ignore[attr-defined]  # hypothesis types its Random as object here
    again = judge_name(replace(evidence, matches=tuple(matches)), policy, NOW)
    assert (again.verdict, again.reason, again.category) == (
        judgement.verdict,
        judgement.reason,
        judgement.category,
    )


@pytest.mark.parametrize(
    ("category", "name", "verdict", "privileged"),
    [
        pytest.param("essential", HOST, ALLOW, False, id="the-host-is-essential"),
        pytest.param("essential", "updates.example", BLOCK, False, id="an-essential-host-inside-its-url"),
        pytest.param("privileged", HOST, BLOCK, True, id="the-host-is-privileged"),
        pytest.param("privileged", "union.example", BLOCK, False, id="a-privileged-host-inside-its-url"),
        pytest.param("help", "helpline.example", BLOCK, False, id="a-help-line-inside-its-url"),
    ],
)
def test_a_url_inside_a_url_lends_its_host_no_protection(
    category: str, name: str, verdict: Verdict, *, privileged: bool
) -> None:
    evidence = Evidence(HOST, (match("gambling", HOST), match(category, name)))
    judged = judge_name(evidence, shipped_policy(), NOW)
    assert (judged.verdict, judged.privileged) == (verdict, privileged)


@pytest.mark.parametrize("protected", ["essential", "privileged", "help"])
def test_a_protected_host_inside_a_url_lends_the_page_nothing(protected: str) -> None:
    """Else `?u=https://help.example/` would open a casino, or hide a visit to any page from the record."""
    inner = match(protected, "help.example", name="help.example")
    allowed = judge_name(Evidence(HOST, (inner,)), shipped_policy(), NOW)
    assert (allowed.verdict, allowed.reason, allowed.category) == (ALLOW, Reason.NOT_LISTED, None)
    assert not allowed.privileged
    assert not allowed.matches
    blocked = judge_name(Evidence(HOST, (inner, match("gambling", HOST))), shipped_policy(), NOW)
    assert (blocked.verdict, blocked.category, blocked.privileged) == (BLOCK, "gambling", False)


def test_an_exemption_for_a_host_opens_nothing_that_its_urls_lead_to() -> None:
    """A translator opened for somebody's work does not open every casino to them."""
    inner = match("gambling", "casino.example", name="casino.example")
    evidence = Evidence(HOST, (match("social_media", HOST), inner), exemptions=(TO_HOST,))
    assert judge_name(evidence, shipped_policy(), NOW).category == "gambling"
    both = replace(evidence, exemptions=(TO_HOST, exemption("gambling", id_="E2")))
    assert judge_name(both, shipped_policy(), NOW).verdict is ALLOW
