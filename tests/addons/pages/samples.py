"""Every page and state there is, by name."""

from collections.abc import Iterator

from addons.pages.page import Form, Page
from addons.pages.refusal import failure_page, refusal_page, unrecorded_page
from policy.decision import Judgement
from policy.document import Policy
from policy.judge import Evidence, judge_name, refuse
from policy.words import Ended, Reason, Verdict
from tests.samples import NOW, decision, match, policy_with_authority, shipped_policy

REFERENCE = "K7QF2M9T"
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


def pages(form: Form = Form.PAGE) -> Iterator[tuple[str, Page]]:
    """Every page, with and without a standing authority and a telephone number."""
    policies: tuple[tuple[str, Policy], ...] = (
        ("named", policy_with_authority()),
        ("shipped", shipped_policy()),
    )
    for which, policy in policies:
        for name, judged in judgements():
            made = decision(judged, policy, reference=REFERENCE)
            yield (
                f"{name}-{which}",
                refusal_page(
                    made, policy, form, address="https://www.bet.example/table/7", schemes=("Basic",)
                ),
            )
        for ended in FAILED:
            yield (
                f"failed-{ended}-{which}",
                failure_page(REFERENCE, ended, policy, form, host="www.bet.example"),
            )
        yield f"unrecorded-{which}", unrecorded_page(policy, form)
