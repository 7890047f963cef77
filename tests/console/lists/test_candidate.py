"""What is previewed: every kind of change in words, and lists and policies that do not go together."""

from datetime import timedelta
from pathlib import Path

import pytest

from categories.list_change import (
    Disable,
    Enable,
    ListChange,
    ListRecord,
    NeverDecrypt,
    Put,
    Release,
    Remove,
    Restore,
    Update,
    WithheldWhy,
    Withhold,
)
from console.cli.storage import open_store
from console.cli.workplace import workplace
from console.lists.candidate import (
    candidate_of_change,
    candidate_of_policy,
    candidate_of_proposal,
    in_words,
)
from console.lists.enact import enact
from db.proposals import ProposalStore
from policy.document import SHIPPED
from policy.errors import ListRefused
from policy.words import EntryKind
from tests.samples import NOW

RECORD = ListRecord(
    name="bets",
    category="gambling",
    format="domains",
    entries=1,
    bad_lines=0,
    lines=1,
    size=9,
    sha256="5f" * 32,
)
PUT = Put(record=RECORD)
HOST = EntryKind.HOST


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (PUT, "list bets (gambling) with text 5f5f5f5f5f5f"),
        (
            Update(puts=(PUT, PUT)),
            "list bets (gambling) with text 5f5f5f5f5f5f; list bets (gambling) with text 5f5f5f5f5f5f",
        ),
        (Remove(name="bets"), "list bets removed"),
        (Disable(name="bets"), "list bets disabled"),
        (Enable(name="bets"), "list bets enabled"),
        (Restore(digest="a0" * 32, lists=()), "lists as of Ruleset a0a0a0a0a0a0"),
        (
            Withhold(list="bets", kind=HOST, entry="bank.test", why=WithheldWhy.WITHDRAWN),
            "without bank.test of list bets",
        ),
        (Release(list="bets", kind=HOST, entry="bank.test"), "with bank.test of list bets let in"),
        (NeverDecrypt(text=""), "another never-decrypt list"),
    ],
)
def test_every_change_is_named_in_words(change: ListChange, words: str) -> None:
    assert in_words(change) == words


def test_what_is_never_decrypted_is_no_matter_of_verdicts(state: Path) -> None:
    with pytest.raises(ListRefused, match="nothing to preview"):
        candidate_of_change(workplace(), NeverDecrypt(text="x"))


def test_a_proposal_about_an_own_entry_is_not_one_about_lists(state: Path) -> None:
    place = workplace()
    change = {"what": "local-entry", "action": "allow", "kind": "host", "target": "bank.test"}
    proposal = open_store(ProposalStore, place).propose(change, {}, because="a test")
    with pytest.raises(ListRefused, match="no list"):
        candidate_of_proposal(place, proposal.id)


def test_a_proposed_change_is_built_as_it_would_be_if_it_were_approved_now(state: Path) -> None:
    place = workplace()
    before = place.store.current_digest()
    stored = Disable(name="shipped.games").model_dump(mode="json")
    proposal = open_store(ProposalStore, place).propose(stored, {}, because="a test")
    candidate = candidate_of_proposal(place, proposal.id)
    assert candidate.change == "list shipped.games disabled"
    assert "shipped.games" not in {info.name for info in candidate.ruleset.lists}
    assert candidate.policy == place.policy
    assert place.store.current_digest() == before
    assert "shipped.games" in {source.name for source in place.library.items()}


def test_a_policy_is_held_beside_the_lists_in_force(state: Path, tmp_path: Path) -> None:
    place = workplace()
    policy = tmp_path / "new.toml"
    policy.write_text(SHIPPED.read_text("utf-8"))
    ruleset = place.ruleset()
    candidate = candidate_of_policy(place, policy, ruleset, NOW + timedelta(days=1))
    assert candidate.ruleset is ruleset
    assert candidate.notes == ()
    assert candidate.change == "the policy of new.toml"


def test_a_policy_that_would_block_what_must_stay_open_is_told_of(state: Path, tmp_path: Path) -> None:
    """A list of what the policy of today allows anyway has a help line, and the next policy blocks it."""
    place = workplace()
    text = tmp_path / "mail.txt"
    text.write_text("# sluicegate-list: 1\nsamaritans.org\n")
    source = place.library.read_in("mail", "webmail", text)
    assert enact(place, Put(record=source.record), because="a test").held == ()
    policy = tmp_path / "new.toml"
    head, table, rest = SHIPPED.read_text("utf-8").partition("[category.webmail]")
    policy.write_text(head + table + rest.replace('action = "allow"', 'action = "block"', 1))
    notes = candidate_of_policy(place, policy, place.store.open_current(), NOW).notes
    assert notes
    assert all(note.startswith("would not be allowed, and must be: ") for note in notes)
    assert any("samaritans.org" in note for note in notes)
