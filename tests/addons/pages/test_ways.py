"""Which of our pages a refusal leads to."""

import pytest

from addons.pages.own import paths
from addons.pages.ways import way_out_of_frame, ways_on
from policy.decision import Judgement
from policy.judge import refuse
from policy.words import Reason, Verdict
from tests.addons.pages.samples import ways
from tests.samples import decision, match, policy_with_authority

MISTAKEN = (paths.NOT_MEANT, paths.WRONG_CATEGORY, paths.INDEX)


def judged(verdict: Verdict, reason: Reason, category: str | None = None) -> Judgement:
    return Judgement(verdict, reason, "f.example", category, (match(category),) if category else ())


BLOCKED = judged(Verdict.BLOCK, Reason.LISTED, "social_media")
CONFIRM = judged(Verdict.CONFIRM, Reason.LISTED, "social_media")
NOTICE = judged(Verdict.CONFIRM, Reason.NOTICE)


@pytest.mark.parametrize(
    ("judgement", "known", "expected"),
    [
        pytest.param(BLOCKED, True, (paths.REQUEST, *MISTAKEN), id="blocked"),
        pytest.param(BLOCKED, False, MISTAKEN, id="blocked-for-nobody"),
        pytest.param(CONFIRM, True, (paths.PURPOSE, *MISTAKEN), id="confirm"),
        pytest.param(CONFIRM, False, MISTAKEN, id="confirm-for-nobody"),
        pytest.param(
            judged(Verdict.CONFIRM, Reason.SIGN_UP, "forums"), True, (paths.PURPOSE, *MISTAKEN), id="sign-up"
        ),
        pytest.param(
            judged(Verdict.BLOCK, Reason.ALLOWANCE, "games"), True, (paths.REQUEST, *MISTAKEN), id="allowance"
        ),
        pytest.param(
            judged(Verdict.BLOCK, Reason.NEVER_EXEMPT, "malware"), True, MISTAKEN, id="never-exempt"
        ),
        pytest.param(
            judged(Verdict.BLOCK, Reason.LOCAL_BLOCK),
            True,
            (paths.REQUEST, paths.NOT_MEANT, paths.INDEX),
            id="an-administrators",
        ),
        pytest.param(
            judged(Verdict.BLOCK, Reason.NOT_LISTED),
            True,
            (paths.REQUEST, paths.NOT_MEANT, paths.INDEX),
            id="the-default",
        ),
        pytest.param(NOTICE, True, (paths.NOTICE,), id="notice"),
        pytest.param(refuse(Reason.NO_PERSON), False, (), id="nobody-where-nobody-can-sign-in"),
        pytest.param(refuse(Reason.MALFORMED), True, (), id="malformed"),
        pytest.param(refuse(Reason.UNDECIDABLE), True, (), id="a-fault-of-ours"),
        pytest.param(refuse(Reason.PRIVATE_ADDRESS), True, (), id="an-inner-address"),
        pytest.param(refuse(Reason.DISABLED), True, (), id="disabled"),
        pytest.param(refuse(Reason.UNKNOWN_PERSON), True, (), id="unknown"),
    ],
)
def test_a_refusal_leads_to_the_pages_that_help(
    judgement: Judgement, known: bool, expected: tuple[str, ...]
) -> None:
    policy = policy_with_authority()
    links = ways_on(decision(judgement, policy), policy, ways(known=known))
    token = ways(known=known).token
    assert [link.href for link in links] == [
        f"https://webfilter.internal{path}?t={token}" for path in expected
    ]
    assert len({link.text for link in links}) == len(links)


def test_who_is_not_known_and_could_sign_in_is_led_to_where() -> None:
    policy = policy_with_authority()
    can = ways(known=True)
    lead = type(can)(can.origin, can.token, known=False, signs_in=True)
    for judgement in (refuse(Reason.NO_PERSON), BLOCKED, CONFIRM):
        first = ways_on(decision(judgement, policy), policy, lead)[0]
        assert f"{paths.SIGN_IN}?" in first.href


@pytest.mark.parametrize(
    ("judgement", "known", "path"),
    [
        (CONFIRM, True, paths.PURPOSE),
        (NOTICE, True, paths.NOTICE),
        (CONFIRM, False, None),
        (BLOCKED, True, None),
    ],
)
def test_a_frame_has_one_way_out_where_a_word_of_the_person_opens_it(
    judgement: Judgement, known: bool, path: str | None
) -> None:
    links = way_out_of_frame(decision(judgement, policy_with_authority()), ways(known=known))
    assert [f"{path}?" in link.href and "new tab" in link.text for link in links] == [True] * (
        path is not None
    )
