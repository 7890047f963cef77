"""Every page and state there is, by name."""

from collections.abc import Iterator

from addons.pages.page import Form, Page
from addons.pages.refusal import failure_page, refusal_page, unrecorded_page
from addons.pages.ways import Ways
from policy.decision import Judgement
from policy.document import Policy
from policy.effect import Effect
from policy.judge import Evidence, judge_name, refuse
from policy.words import Ended, Reason, Verdict
from tests.samples import NOW, WHO, decision, match, policy_with_authority, shipped_policy

REFERENCE = "K7QF2M9T"
ADDRESS = "https://www.bet.example/table/7"
REFUSED_BEFORE = (
    Reason.NO_PERSON,
    Reason.MALFORMED,
    Reason.PORT,
    Reason.PRIVATE_ADDRESS,
    Reason.WEBSOCKET,
    Reason.TOO_MUCH,
    Reason.UNDECIDABLE,
    Reason.NAME_MISMATCH,
    Reason.NOT_LISTED,
)
FAILED = (
    Ended.NO_SUCH_NAME,
    Ended.PRIVATE_ADDRESS,
    Ended.UNREACHABLE,
    Ended.BAD_CERTIFICATE,
    Ended.TIMEOUT,
    Ended.TOO_MUCH,
    Ended.ORIGIN_LEFT,
    Ended.ERROR,
)


def judgements() -> Iterator[tuple[str, Judgement]]:
    """One judgement of each kind that ends in a page."""
    policy = policy_with_authority()
    for category, rule in policy.rules.items():
        judged = judge_name(Evidence("www.bet.example", (match(category),)), policy, NOW)
        if rule.action == "block":
            yield f"category-{category}", judged
    for reason in REFUSED_BEFORE:
        yield f"refused-{reason}", refuse(reason, "www.bet.example")
    yield "local-block", Judgement(Verdict.BLOCK, Reason.LOCAL_BLOCK, "www.bet.example", local_entry="L1")
    yield (
        "confirm",
        Judgement(Verdict.CONFIRM, Reason.LISTED, "f.example", "social_media", (match("social_media"),)),
    )
    yield (
        "sign-up",
        Judgement(Verdict.CONFIRM, Reason.SIGN_UP, "f.example", "forums", (match("forums"),)),
    )
    yield "notice", Judgement(Verdict.CONFIRM, Reason.NOTICE, "f.example")
    yield (
        "allowance",
        Judgement(Verdict.BLOCK, Reason.ALLOWANCE, "f.example", "games", (match("games"),)),
    )
    for reason in (Reason.UNKNOWN_PERSON, Reason.DISABLED):
        yield f"standing-{reason}", refuse(reason, "www.bet.example")


def ways(*, known: bool) -> Ways:
    """The ways to our own pages, with a token of the usual length."""
    return Ways("https://webfilter.internal", "T" * 360, known=known, signs_in=known)


def quoted(judged: Judgement, policy: Policy) -> Effect | None:
    """What the policy quotes for it to whoever the samples are of."""
    if judged.category is None:
        return None
    return policy.behind(judged.reason, judged.category, WHO, NOW)


def pages(form: Form = Form.PAGE) -> Iterator[tuple[str, Page]]:
    """Every page, with and without a standing authority and a telephone number."""
    policies: tuple[tuple[str, Policy, Ways], ...] = (
        ("named", policy_with_authority(), ways(known=True)),
        ("shipped", shipped_policy(), ways(known=False)),
    )
    for which, policy, lead in policies:
        for name, judged in judgements():
            made = decision(judged, policy, reference=REFERENCE)
            effect = quoted(judged, policy)
            page = refusal_page(
                made, policy, form, address=ADDRESS, effect=effect, schemes=("Basic",), ways=lead
            )
            yield f"{name}-{which}", page
        nobody = decision(refuse(Reason.NO_PERSON, "www.bet.example"), policy, reference=REFERENCE)
        yield f"not-asked-{which}", refusal_page(nobody, policy, form, address=ADDRESS, ways=lead)
        for ended in FAILED:
            yield (
                f"failed-{ended}-{which}",
                failure_page(REFERENCE, ended, policy, form, host="www.bet.example"),
            )
        yield f"unrecorded-{which}", unrecorded_page(policy, form)
