"""A Judgement explains itself."""

from policy.decision import Judgement
from policy.words import Reason, Verdict
from tests.samples import match


def test_each_category_is_named_once_the_deciding_one_first() -> None:
    matches = (match("games"), match("gambling", line=1), match("games", line=2))
    judgement = Judgement(Verdict.BLOCK, Reason.LISTED, "x", "games", matches)
    assert judgement.categories == ("games", "gambling")
    assert judgement.deciding_match is matches[0]


def test_where_no_category_decided_no_entry_did() -> None:
    judgement = Judgement(Verdict.ALLOW, Reason.EXEMPTED, "x", matches=(match(),), exemption="E1")
    assert judgement.deciding_match is None
