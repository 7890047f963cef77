"""
The order of judgement as a table: a situation, its verdict, the step that gave it, and the clause behind it.

The policy is the shipped one with what an organisation may add to it: departures for some people, places and
hours, a category or departure on trial, a personal-use allowance, a category whose purpose is asked for.
The clauses are those of `docs/policy-clauses.md`, and `test_judge.py` holds each row to it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from policy.decision import Judgement
from policy.facts import Who
from policy.judge import Asking, Evidence, judge
from policy.presence import Confirmation
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import Action, Reason, Standing, Verdict
from tests.policy.policies import policy_with
from tests.samples import NOW, WHO, match

ALLOW, BLOCK, CONFIRM = Verdict.ALLOW, Verdict.BLOCK, Verdict.CONFIRM
HOST = "www.bet.example"
INNER = "inner.example"  # a host inside the URL

POLICY = policy_with(
    """
    [schedule.breaks]
    windows = ["mon-fri 12:00-14:00"]
    [schedule.nights]
    windows = ["mon-sun 22:00-02:00"]
    [allowance]
    categories = ["shopping", "streaming"]
    minutes_a_day = 30
    schedule = "breaks"
    [[departure]]
    name = "licensing-reads"
    categories = ["social_media"]
    units = ["Licensing"]
    action = "allow"
    reason = "The licensing unit reads social media."
    clause = "S3.3.3"
    because = "a lasting part of its work"
    [[departure]]
    name = "licensing-after-all-not"
    categories = ["social_media"]
    units = ["Licensing"]
    action = "block"
    reason = "Not reached: another stands before it."
    because = "a test"
    [[departure]]
    name = "classroom"
    categories = ["webmail"]
    networks = ["198.51.100.0/24"]
    action = "block"
    reason = "No private mail in the classroom."
    clause = "S3.2.4"
    because = "examinations"
    [[departure]]
    name = "tutors"
    categories = ["chat"]
    roles = ["tutor"]
    action = "confirm"
    reason = "Tutors state their purpose."
    clause = "S3.3.3"
    because = "they moderate"
    [[departure]]
    name = "kiosk"
    categories = ["forums"]
    devices = ["KIOSK"]
    action = "block"
    reason = "The front desk's screen is for visitors."
    clause = "P3.2"
    because = "anybody may stand before it"
    [[departure]]
    name = "rest"
    categories = ["games"]
    schedule = "nights"
    action = "allow"
    reason = "Allowed in the rest hours of a night shift."
    clause = "P3.2"
    because = "agreed with the staff association"
    [[departure]]
    name = "everything-at-once"
    categories = ["messaging"]
    units = ["Licensing"]
    roles = ["tutor"]
    networks = ["192.0.2.0/24"]
    devices = ["D-77"]
    schedule = "breaks"
    action = "confirm"
    reason = "A case for every condition."
    clause = "S3.2.12"
    because = "a test"
    [[departure]]
    name = "tried-in-one-unit"
    categories = ["webmail", "file_sharing", "blogs"]
    units = ["Trial unit"]
    action = "block"
    reason = "Tried in one unit."
    because = "a test"
    trial = true
    [[departure]]
    name = "tried-opening"
    categories = ["piracy", "magazines", "shopping"]
    units = ["Trial unit"]
    action = "allow"
    reason = "Tried in one unit."
    because = "a test"
    trial = true
    """,
    shopping={
        "title": "Shopping", "action": "block", "clause": "P3.2, S3.3.1", "reason": "Not at work.",
        "record": "full", "retention": "refused",
    },
    streaming={
        "title": "Streaming", "action": "confirm", "clause": "S3.3.1", "reason": "For work.",
        "record": "full", "retention": "confirmed",
    },
    travel={
        "title": "Travel", "action": "confirm", "clause": "S3.3.1", "reason": "For work.",
        "record": "full", "retention": "confirmed",
    },
    newsletters={
        "title": "Newsletters", "action": "allow", "sign_up": "block", "clause": "P3.2", "reason": "To read.",
        "record": "site", "retention": "visit",
    },
    magazines={
        "title": "Magazines", "action": "block", "sign_up": "confirm", "clause": "P3.2", "reason": "Work.",
        "record": "full", "retention": "refused",
    },
    astrology={
        "title": "Astrology", "action": "block", "trial": True, "clause": "P3.2", "reason": "Tried.",
        "record": "full", "retention": "refused",
    },
    horoscopes={
        "title": "Horoscopes", "action": "confirm", "trial": True, "clause": "P3.2", "reason": "Tried.",
        "record": "full", "retention": "refused",
    },
)  # fmt: skip

LICENSING = replace(WHO, unit="licensing ")  # compared folded
TUTOR = replace(WHO, role="Tutor")
BOTH = replace(LICENSING, role="tutor")
CLASSROOM = replace(WHO, client_ip="198.51.100.20")
KIOSK = Who(device="KIOSK", client_ip="192.0.2.5")
TRIAL = replace(WHO, unit="Trial unit")
UNREAD = replace(WHO, notified=False, notice=None)
OLD_NOTICE = replace(WHO, notice="0")
NIGHT = NOW.replace(hour=23)
AFTER_MIDNIGHT = NOW.replace(hour=1)
EVENING = NOW.replace(hour=18)


def local(action: Action, *, minutes: int | None = 60) -> LocalEntry:
    """An administrator's entry for the host."""
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
    second_by: str | None = None,
    procedure: str | None = None,
) -> Exemption:
    """An exemption that the registers found for who asks."""
    start, until = NOW + timedelta(minutes=from_minutes), NOW + timedelta(minutes=until_minutes)
    return Exemption(
        id_, to, "AB1234", kind, target, start, until, "licensing visits", "Inspector",
        second_by=second_by, procedure=procedure,
    )  # fmt: skip


def confirmed(minutes: int = 10) -> Confirmation:
    """A purpose stated for the host."""
    return Confirmation("C1", "AB1234", HOST, NOW + timedelta(minutes=minutes))


TO_HOST = exemption(HOST, kind=TargetKind.HOST)


@dataclass(frozen=True)
class Row:
    """One situation and what becomes of it. `inner` are categories of a host inside the URL."""

    name: str
    clause: str
    categories: tuple[str, ...]
    verdict: Verdict
    reason: Reason
    category: str | None = None
    local: LocalEntry | None = None
    exemptions: tuple[Exemption, ...] = ()
    confirmation: Confirmation | None = None
    privileged: bool = False
    break_glass: bool = False
    inner: tuple[str, ...] = ()
    who: Who = WHO
    at: datetime = NOW
    document: bool = True
    sign_up: bool = False
    used_up: bool = False
    would_be: Verdict | None = None
    allowance: bool = False

    @property
    def evidence(self) -> Evidence:
        """What was found for it."""
        matches = tuple(match(category, HOST) for category in self.categories)
        matches += tuple(match(category, INNER) for category in self.inner)
        return Evidence(HOST, matches, self.local, self.exemptions, self.confirmation, self.break_glass)

    @property
    def judgement(self) -> Judgement:
        """What the judge says."""
        asking = Asking(self.who, self.document, self.sign_up, self.used_up)
        return judge((self.evidence,), POLICY, self.at, str, asking)


ESSENTIAL = [
    Row("essential", "P3.5", ("essential",), ALLOW, Reason.ESSENTIAL, "essential"),
    Row("in-malware", "S3.11.2", ("malware", "essential"), ALLOW, Reason.ESSENTIAL, "essential"),
    Row("locally-blocked", "S3.12.7", ("essential",), ALLOW, Reason.ESSENTIAL, "essential",
        local(Action.BLOCK)),
    Row("notice-unread", "P3.5", ("essential",), ALLOW, Reason.ESSENTIAL, "essential", who=UNREAD),
    Row("break-glass", "P3.5", ("essential",), ALLOW, Reason.ESSENTIAL, "essential", break_glass=True),
    Row("inside-a-url", "P3.2", ("gambling",), BLOCK, Reason.LISTED, "gambling", inner=("essential",)),
]  # fmt: skip

PRIVILEGED = [
    Row("privileged", "P4.0", ("privileged",), ALLOW, Reason.LISTED, "privileged", privileged=True),
    Row("help", "P4.0", ("help",), ALLOW, Reason.LISTED, "help", privileged=True),
    Row("and-blocked", "P3.2", ("privileged", "gambling"), BLOCK, Reason.LISTED, "gambling", privileged=True),
    Row("malware", "S3.2.1", ("privileged", "malware"), BLOCK, Reason.NEVER_EXEMPT, "malware",
        privileged=True),
    Row("exempted", "P4.0", ("help", "gambling"), ALLOW, Reason.EXEMPTED, exemptions=(exemption("gambling"),),
        privileged=True),
    Row("by-local-allow", "P4.0", ("privileged", "social_media"), ALLOW, Reason.LOCAL_ALLOW,
        local=local(Action.ALLOW), privileged=True),
    Row("notice-unread", "P4.0", ("help",), ALLOW, Reason.LISTED, "help", privileged=True, who=UNREAD),
    Row("inside-a-url", "P4.0", (), ALLOW, Reason.NOT_LISTED, inner=("help",)),
]  # fmt: skip

NEVER_EXEMPT = [
    Row("malware", "S3.2.1", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware"),
    Row("before-local-allow", "S3.11.1", ("phishing",), BLOCK, Reason.NEVER_EXEMPT, "phishing",
        local(Action.ALLOW)),
    Row("before-exemption", "S3.2.1", ("proxies_anonymisers",), BLOCK, Reason.NEVER_EXEMPT,
        "proxies_anonymisers", exemptions=(TO_HOST, exemption("proxies_anonymisers", id_="E2"))),
    Row("before-confirmation", "S3.2.1", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware",
        confirmation=confirmed()),
    Row("beside-others", "S3.2.1", ("webmail", "phishing"), BLOCK, Reason.NEVER_EXEMPT, "phishing"),
    Row("two", "S3.2.1", ("phishing", "malware"), BLOCK, Reason.NEVER_EXEMPT, "malware"),
    Row("inside-a-url", "S3.11.1", (), BLOCK, Reason.NEVER_EXEMPT, "malware", inner=("malware",)),
    Row("break-glass", "S3.2.1", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware", break_glass=True),
    Row("notice-unread", "S3.2.1", ("malware",), BLOCK, Reason.NEVER_EXEMPT, "malware", who=UNREAD),
    Row("break-glass-and-privileged", "S3.2.1", ("help", "malware"), BLOCK, Reason.NEVER_EXEMPT, "malware",
        privileged=True, break_glass=True),
]  # fmt: skip

# Nobody is recorded while it is open, which is what P4.0 asks for where no authority covers a recording.
BREAK_GLASS = [
    Row("nothing-listed", "P4.0", (), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("blocked", "P4.0", ("gambling",), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("in-two", "P4.0", ("pornography", "games"), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("before-local-block", "P4.0", (), ALLOW, Reason.BREAK_GLASS, local=local(Action.BLOCK),
        break_glass=True),
    Row("before-exemption", "P4.0", ("chat",), ALLOW, Reason.BREAK_GLASS, exemptions=(exemption("chat"),),
        break_glass=True),
    Row("privileged", "P4.0", ("privileged",), ALLOW, Reason.BREAK_GLASS, privileged=True, break_glass=True),
    Row("before-a-trial", "P4.0", ("astrology",), ALLOW, Reason.BREAK_GLASS, break_glass=True),
    Row("before-the-notice", "P4.0", (), ALLOW, Reason.BREAK_GLASS, break_glass=True, who=UNREAD),
    Row("before-sign-up", "P4.0", ("forums",), ALLOW, Reason.BREAK_GLASS, break_glass=True, sign_up=True),
]  # fmt: skip

LOCAL = [
    Row("allow", "P3.1", ("gambling",), ALLOW, Reason.LOCAL_ALLOW, local=local(Action.ALLOW)),
    Row("block", "P3.1", (), BLOCK, Reason.LOCAL_BLOCK, local=local(Action.BLOCK)),
    Row("block-without-end", "P3.1", (), BLOCK, Reason.LOCAL_BLOCK, local=local(Action.BLOCK, minutes=None)),
    Row("allow-that-has-ended", "P3.2", ("games",), BLOCK, Reason.LISTED, "games",
        local=local(Action.ALLOW, minutes=0)),
    Row("block-before-exemption", "P3.1", ("social_media",), BLOCK, Reason.LOCAL_BLOCK,
        local=local(Action.BLOCK), exemptions=(exemption("social_media"),)),
    Row("block-before-confirmation", "P3.1", ("travel",), BLOCK, Reason.LOCAL_BLOCK,
        local=local(Action.BLOCK),
        confirmation=confirmed()),
    Row("block-before-departure", "P3.1", ("social_media",), BLOCK, Reason.LOCAL_BLOCK,
        local=local(Action.BLOCK), who=LICENSING),
    Row("allow-before-sign-up", "P3.2", ("forums",), ALLOW, Reason.LOCAL_ALLOW, local=local(Action.ALLOW),
        sign_up=True),
    Row("allow-before-a-trial", "P3.1", ("astrology",), ALLOW, Reason.LOCAL_ALLOW, local=local(Action.ALLOW)),
]  # fmt: skip

EXEMPTIONS = [
    Row("category", "S3.3.3", ("social_media",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("social_media"),)),
    Row("host", "S3.3.3", ("social_media",), ALLOW, Reason.EXEMPTED, exemptions=(TO_HOST,)),
    Row("host-in-two", "S3.3.3", ("social_media", "gambling"), ALLOW, Reason.EXEMPTED, exemptions=(TO_HOST,)),
    Row("of-another-category", "P3.2", ("gambling",), BLOCK, Reason.LISTED, "gambling",
        exemptions=(exemption("social_media"),)),
    Row("from-one-of-two", "P3.2", ("social_media", "gambling"), BLOCK, Reason.LISTED, "gambling",
        exemptions=(exemption("social_media"),)),
    Row("from-both-by-two", "P3.2", ("social_media", "gambling"), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("social_media"), exemption("gambling", id_="E2"))),
    Row("role", "S3.4.4", ("social_media",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("social_media", to=GranteeKind.ROLE),)),
    Row("unit", "S3.3.3", ("chat",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("chat", to=GranteeKind.UNIT),)),
    Row("network", "S3.3.3", ("chat",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("chat", to=GranteeKind.NETWORK),)),
    Row("everyone", "S3.3.3", ("chat",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("chat", to=GranteeKind.EVERYONE),)),
    *(
        Row(f"{to}-where-only-named-persons-are-admitted", "P3.2", ("gambling",), BLOCK, Reason.LISTED,
            "gambling", exemptions=(exemption("gambling", to=to),))
        for to in GranteeKind if to is not GranteeKind.PERSON
    ),
    Row("host-for-everyone-where-only-named-persons-are", "P3.2", ("pornography",), BLOCK, Reason.LISTED,
        "pornography", exemptions=(exemption(HOST, kind=TargetKind.HOST, to=GranteeKind.EVERYONE),)),
    Row("not-yet-begun", "S3.3.3", ("social_media",), BLOCK, Reason.LISTED, "social_media",
        exemptions=(exemption("social_media", from_minutes=1),)),
    Row("ended-this-instant", "S3.3.3", ("social_media",), BLOCK, Reason.LISTED, "social_media",
        exemptions=(exemption("social_media", until_minutes=0),)),
    Row("nobody-needs", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail", exemptions=(TO_HOST,)),
    Row("for-what-is-not-listed", "P3.1", (), ALLOW, Reason.NOT_LISTED, exemptions=(TO_HOST,)),
    Row("by-both-offices", "S3.2.12", ("messaging",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("messaging", second_by="Officer", procedure="SOP 7"),)),
    Row("by-one-of-two-offices", "S3.2.12", ("messaging",), BLOCK, Reason.LISTED, "messaging",
        exemptions=(exemption("messaging", procedure="SOP 7"),)),
    Row("by-both-offices-without-the-procedure", "S3.2.12", ("messaging",), BLOCK, Reason.LISTED, "messaging",
        exemptions=(exemption("messaging", second_by="Officer"),)),
    Row("host-by-one-of-two-offices", "S3.2.12", ("messaging", "chat"), BLOCK, Reason.LISTED, "messaging",
        exemptions=(TO_HOST,)),
    Row("from-a-departure's-block", "S3.2.4", ("webmail",), ALLOW, Reason.EXEMPTED, who=CLASSROOM,
        exemptions=(exemption("webmail"),)),
    Row("from-signing-up", "P3.2", ("forums",), ALLOW, Reason.EXEMPTED, sign_up=True,
        exemptions=(exemption("forums"),)),
    Row("instead-of-the-allowance", "S3.3.1", ("shopping",), ALLOW, Reason.EXEMPTED,
        exemptions=(exemption("shopping"),)),
    Row("host-and-not-the-url-inside", "P3.2", ("social_media",), BLOCK, Reason.LISTED, "gambling",
        exemptions=(TO_HOST,), inner=("gambling",)),
    Row("category-of-the-url-inside", "P3.2", ("social_media",), ALLOW, Reason.EXEMPTED,
        exemptions=(TO_HOST, exemption("gambling", id_="E2")), inner=("gambling",)),
]  # fmt: skip

CONFIRMATIONS = [
    Row("asked-for", "S3.3.1", ("travel",), CONFIRM, Reason.LISTED, "travel"),
    Row("given", "S3.3.1", ("travel",), ALLOW, Reason.CONFIRMED, confirmation=confirmed()),
    Row("ended-this-instant", "S3.3.1", ("travel",), CONFIRM, Reason.LISTED, "travel",
        confirmation=confirmed(0)),
    Row("but-blocked", "P3.2", ("gambling",), BLOCK, Reason.LISTED, "gambling", confirmation=confirmed()),
    Row("beside-blocked", "P3.2", ("travel", "games"), BLOCK, Reason.LISTED, "games",
        confirmation=confirmed()),
    Row("exempted-instead", "S3.3.1", ("travel",), ALLOW, Reason.EXEMPTED, exemptions=(exemption("travel"),),
        confirmation=confirmed()),
    Row("exempted-from-the-other", "S3.3.3", ("travel", "chat"), ALLOW, Reason.CONFIRMED,
        exemptions=(exemption("chat"),), confirmation=confirmed()),
    Row("of-a-departure", "S3.3.3", ("chat",), ALLOW, Reason.CONFIRMED, who=TUTOR, confirmation=confirmed()),
    Row("of-signing-up", "P3.2", ("forums",), ALLOW, Reason.CONFIRMED, sign_up=True,
        confirmation=confirmed()),
    Row("not-of-signing-up-where-that-is-blocked", "P3.2", ("newsletters",), BLOCK, Reason.SIGN_UP,
        "newsletters", sign_up=True, confirmation=confirmed()),
]  # fmt: skip

CATEGORIES = [
    Row("blocked", "P3.2", ("gambling",), BLOCK, Reason.LISTED, "gambling"),
    Row("offensive", "S3.2.8", ("offensive",), BLOCK, Reason.LISTED, "offensive"),
    Row("piracy", "S3.8.2", ("piracy",), BLOCK, Reason.LISTED, "piracy"),
    Row("software", "S3.8.1", ("software_downloads",), BLOCK, Reason.LISTED, "software_downloads"),
    Row("allowed", "S3.2.5", ("webmail",), ALLOW, Reason.LISTED, "webmail"),
    Row("video-conference", "S3.9.1", ("video_conferencing",), ALLOW, Reason.LISTED, "video_conferencing"),
    Row("strictest-wins", "S3.3.3", ("webmail", "social_media"), BLOCK, Reason.LISTED, "social_media"),
    Row("among-equals-the-highest", "P3.2", ("social_media", "pornography"), BLOCK, Reason.LISTED,
        "pornography"),
    Row("two-allowed", "P3.2", ("blogs", "webmail"), ALLOW, Reason.LISTED, "webmail"),
    Row("blocked-before-confirm", "P3.2", ("travel", "games"), BLOCK, Reason.LISTED, "games"),
    Row("confirm-before-allowed", "S3.3.1", ("webmail", "travel"), CONFIRM, Reason.LISTED, "travel"),
    Row("of-the-url-inside", "P3.2", ("webmail",), BLOCK, Reason.LISTED, "gambling", inner=("gambling",)),
    Row("unknown-to-the-policy", "P3.1", ("numerology",), BLOCK, Reason.UNDECIDABLE),
    Row("unknown-beside-known", "P3.1", ("webmail", "numerology"), BLOCK, Reason.UNDECIDABLE),
    Row("unknown-beside-privileged", "P4.0", ("privileged", "numerology"), BLOCK, Reason.UNDECIDABLE,
        privileged=True),
]  # fmt: skip

DEPARTURES = [
    Row("unit", "S3.3.3", ("social_media",), ALLOW, Reason.LISTED, "social_media", who=LICENSING),
    Row("another-unit", "S3.3.3", ("social_media",), BLOCK, Reason.LISTED, "social_media"),
    Row("role", "S3.4.4", ("chat",), CONFIRM, Reason.LISTED, "chat", who=TUTOR),
    Row("no-role-chosen", "S3.4.4", ("chat",), BLOCK, Reason.LISTED, "chat", who=replace(WHO, role=None)),
    Row("network", "S3.2.4", ("webmail",), BLOCK, Reason.LISTED, "webmail", who=CLASSROOM),
    Row("another-network", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail"),
    Row("device-of-nobody", "P3.2", ("forums",), BLOCK, Reason.LISTED, "forums", who=KIOSK),
    Row("another-device", "P3.2", ("forums",), ALLOW, Reason.LISTED, "forums"),
    Row("schedule", "P3.2", ("games",), ALLOW, Reason.LISTED, "games", at=NIGHT),
    Row("schedule-across-midnight", "P3.2", ("games",), ALLOW, Reason.LISTED, "games", at=AFTER_MIDNIGHT),
    Row("schedule-over", "P3.2", ("games",), BLOCK, Reason.LISTED, "games", at=EVENING),
    Row("every-condition", "S3.2.12", ("messaging",), CONFIRM, Reason.LISTED, "messaging", who=BOTH),
    Row("all-but-the-hour", "S3.2.12", ("messaging",), BLOCK, Reason.LISTED, "messaging", who=BOTH,
        at=EVENING),
    Row("all-but-the-role", "S3.2.12", ("messaging",), BLOCK, Reason.LISTED, "messaging", who=LICENSING),
    Row("beside-another-category", "P3.2", ("social_media", "gambling"), BLOCK, Reason.LISTED, "gambling",
        who=LICENSING),
]  # fmt: skip

TRIALS = [
    Row("rule", "P3.2", ("astrology",), ALLOW, Reason.LISTED, "astrology", would_be=BLOCK),
    Row("rule-that-asks", "P3.2", ("horoscopes",), ALLOW, Reason.LISTED, "horoscopes", would_be=CONFIRM),
    Row("two", "P3.2", ("horoscopes", "astrology"), ALLOW, Reason.LISTED, "astrology", would_be=BLOCK),
    Row("names-what-is-tried", "P3.2", ("webmail", "astrology"), ALLOW, Reason.LISTED, "astrology",
        would_be=BLOCK),
    Row("beside-blocked", "P3.2", ("astrology", "gambling"), BLOCK, Reason.LISTED, "gambling"),
    Row("beside-asked", "S3.3.1", ("astrology", "travel"), CONFIRM, Reason.LISTED, "travel", would_be=BLOCK),
    Row("exempted", "P3.2", ("astrology",), ALLOW, Reason.LISTED, "astrology",
        exemptions=(exemption("astrology"),)),
    Row("confirmed", "P3.2", ("horoscopes",), ALLOW, Reason.LISTED, "horoscopes", confirmation=confirmed()),
    Row("departure", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail", who=TRIAL, would_be=BLOCK),
    Row("departure-elsewhere", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail"),
    Row("departure-that-opens", "S3.8.2", ("piracy",), BLOCK, Reason.LISTED, "piracy", who=TRIAL,
        would_be=ALLOW),
    Row("what-another-category-blocks-anyway", "P3.2", ("piracy", "gambling"), BLOCK, Reason.LISTED,
        "gambling",
        who=TRIAL),
    Row("that-blocks-reading-and-signing-up", "P3.2", ("blogs",), CONFIRM, Reason.SIGN_UP, "blogs", who=TRIAL,
        sign_up=True, would_be=BLOCK),
    Row("that-opens-reading-and-not-signing-up", "P3.2", ("magazines",), BLOCK, Reason.LISTED, "magazines",
        who=TRIAL, sign_up=True, would_be=CONFIRM),
    Row("that-opens-beyond-the-allowance", "S3.3.1", ("shopping",), BLOCK, Reason.ALLOWANCE, "shopping",
        who=TRIAL, used_up=True, would_be=ALLOW),
    Row("that-opens-within-the-allowance", "S3.3.1", ("shopping",), ALLOW, Reason.LISTED, "shopping",
        who=TRIAL, allowance=True),
]  # fmt: skip

SIGN_UP = [
    Row("asked", "P3.2", ("forums",), CONFIRM, Reason.SIGN_UP, "forums", sign_up=True),
    Row("read", "P3.2", ("forums",), ALLOW, Reason.LISTED, "forums"),
    Row("blocked", "P3.2", ("newsletters",), BLOCK, Reason.SIGN_UP, "newsletters", sign_up=True),
    Row("not-with-any-site", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail", sign_up=True),
    Row("not-with-the-url-inside", "P3.2", ("webmail",), ALLOW, Reason.LISTED, "webmail", sign_up=True,
        inner=("forums",)),
    Row("blocked-already", "P3.2", ("forums",), BLOCK, Reason.LISTED, "forums", sign_up=True, who=KIOSK),
    Row("beside-blocked", "P3.2", ("forums", "games"), BLOCK, Reason.LISTED, "games", sign_up=True),
]  # fmt: skip

ALLOWANCE = [
    Row("open", "S3.3.1", ("shopping",), ALLOW, Reason.LISTED, "shopping", allowance=True),
    Row("used-up", "S3.3.1", ("shopping",), BLOCK, Reason.ALLOWANCE, "shopping", used_up=True),
    Row("outside-its-hours", "S3.3.1", ("shopping",), BLOCK, Reason.LISTED, "shopping", at=EVENING),
    Row("used-up-outside-its-hours", "P3.2", ("shopping",), BLOCK, Reason.LISTED, "shopping", at=EVENING,
        used_up=True),
    Row("for-nobody", "S3.3.1", ("shopping",), BLOCK, Reason.LISTED, "shopping", who=Who()),
    Row("used-up-and-asked-for-again", "S3.3.1", ("streaming",), CONFIRM, Reason.LISTED, "streaming",
        used_up=True),
    Row("used-up-and-confirmed", "S3.3.1", ("streaming",), ALLOW, Reason.CONFIRMED, used_up=True,
        confirmation=confirmed()),
    Row("beside-allowed", "S3.3.1", ("shopping", "webmail"), ALLOW, Reason.LISTED, "shopping",
        allowance=True),
    Row("beside-blocked", "P3.2", ("shopping", "gambling"), BLOCK, Reason.LISTED, "gambling"),
    Row("used-up-and-exempted", "S3.3.1", ("shopping",), ALLOW, Reason.EXEMPTED, used_up=True,
        exemptions=(exemption("shopping"),)),
    Row("used-up-and-nothing-to-do-with-it", "S3.2.4", ("webmail",), ALLOW, Reason.LISTED, "webmail",
        used_up=True),
]  # fmt: skip

DEFAULT = [
    Row("nothing-listed", "P3.1", (), ALLOW, Reason.NOT_LISTED),
    Row("nobody-known", "P3.1", (), ALLOW, Reason.NOT_LISTED, who=Who()),
    Row("signing-up", "P3.1", (), ALLOW, Reason.NOT_LISTED, sign_up=True),
]

NOTICE = [
    Row("never-read", "S3.14.1", (), CONFIRM, Reason.NOTICE, who=UNREAD),
    Row("read-an-older-one", "S3.14.1", (), CONFIRM, Reason.NOTICE, who=OLD_NOTICE),
    Row("read", "S3.14.1", (), ALLOW, Reason.NOT_LISTED),
    Row("nobody-to-read-it", "S3.14.1", (), ALLOW, Reason.NOT_LISTED, who=Who()),
    Row("a-piece-of-a-page", "S3.14.1", (), ALLOW, Reason.NOT_LISTED, who=UNREAD, document=False),
    Row("before-an-allowed-category", "P4.0", ("webmail",), CONFIRM, Reason.NOTICE, who=UNREAD),
    Row("before-an-exemption", "P4.0", ("chat",), CONFIRM, Reason.NOTICE, who=UNREAD,
        exemptions=(exemption("chat"),)),
    Row("before-a-confirmation", "P4.0", ("travel",), CONFIRM, Reason.NOTICE, who=UNREAD,
        confirmation=confirmed()),
    Row("before-a-local-allow", "P4.0", (), CONFIRM, Reason.NOTICE, who=UNREAD, local=local(Action.ALLOW)),
    Row("nobody-whom-the-register-knows", "S3.14.1", (), ALLOW, Reason.NOT_LISTED,
        who=replace(UNREAD, standing=Standing.UNKNOWN)),
    Row("after-what-is-blocked", "P3.2", ("gambling",), BLOCK, Reason.LISTED, "gambling", who=UNREAD),
    Row("after-what-is-asked", "S3.3.1", ("travel",), CONFIRM, Reason.LISTED, "travel", who=UNREAD),
    Row("before-a-trial", "P4.0", ("astrology",), CONFIRM, Reason.NOTICE, who=UNREAD),
    Row("before-personal-use", "P4.0", ("shopping",), CONFIRM, Reason.NOTICE, who=UNREAD),
]  # fmt: skip

STEPS = {
    "0": ESSENTIAL,
    "1": PRIVILEGED,
    "2": NEVER_EXEMPT,
    "3": BREAK_GLASS,
    "4": LOCAL,
    "5": EXEMPTIONS,
    "6": CONFIRMATIONS,
    "7": CATEGORIES,
    "7-departure": DEPARTURES,
    "7-trial": TRIALS,
    "7-sign-up": SIGN_UP,
    "7-allowance": ALLOWANCE,
    "8": DEFAULT,
    "9": NOTICE,
}
ROWS = {f"{step}-{row.name}": row for step, rows in STEPS.items() for row in rows}
