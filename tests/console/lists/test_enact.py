"""The one way in which lists change."""

import shutil

import pytest

from categories import ENGINE
from categories.library_files import LibraryFiles
from categories.library_state import LibraryState
from categories.list_change import (
    Disable,
    Enable,
    NeverDecrypt,
    Release,
    Remove,
    Update,
    WithheldWhy,
    Withhold,
)
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.enact import activate, enact, enact_proposal, rebuild, rehearse
from console.lists.past import earlier, restoring
from db.changes import ListChanges
from db.proposals import ProposalStore
from db.ruleset_history import RulesetHistory
from db.withdrawals import WithdrawalStore
from policy.errors import Away, ConfigurationError, DatabaseAway, ListRefused, RegisterRefused
from policy.words import EntryKind, ProposalOutcome
from tests.console.lists.changing import put, put_of
from tests.console.lists.people import somebody_else

NEVER = '[[entry]]\nhost = "a.example"\nwhy = "pins"\nwho = "IT"\nreview = 2027-05-01\n'


@pytest.fixture
def two_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", "true")


def covered(place: Workplace, host: str) -> bool:
    return bool(place.store.open_current().matches(host))


def test_a_change_is_in_force_and_recorded_with_who_and_why(place: Workplace) -> None:
    former = place.store.current_digest()
    done = put("own", "bad-one.test", "bad-two.test")
    assert place.store.current_digest() == done.digest != former
    newest = open_store(RulesetHistory, place).newest()
    assert newest is not None
    assert (newest.what, newest.digest, newest.because, newest.proposal) == (
        "put",
        done.digest,
        "a test",
        None,
    )
    change = open_store(ListChanges, place).recent(limit=1)[0]
    assert change.before is not None and change.after is not None
    assert (change.before["ruleset"], change.after["ruleset"]) == (former, done.digest)
    assert (change.before["own"]["entries"], change.after["own"]["entries"]) == (1, 2)


def test_several_lists_are_one_change(place: Workplace) -> None:
    done = enact(place, Update(puts=(put_of("a", "a.test"), put_of("b", "b.test"))), because="feeds")
    assert len(open_store(RulesetHistory, place).all()) == 2
    assert done.digest == place.store.current_digest()
    assert covered(place, "a.test") and covered(place, "b.test")


def test_what_is_refused_has_changed_nothing(place: Workplace) -> None:
    former, before = place.store.current_digest(), place.library.files.state()
    for change in (Remove(name="other"), put_of("new", "a.test", category="nonsense"), Enable(name="own")):
        with pytest.raises(ListRefused):
            enact(place, change, because="a test")
    with pytest.raises(RegisterRefused, match="reason is empty"):
        enact(place, Disable(name="own"), because="  ")
    assert place.library.files.state() == before
    assert place.store.current_digest() == former
    assert len(open_store(RulesetHistory, place).all()) == 1
    assert place.library.files.becoming() is None


def test_a_list_is_disabled_enabled_removed_and_rolled_back(place: Workplace) -> None:
    first = place.store.current_digest()
    enact(place, Disable(name="own"), because="a while")
    assert not covered(place, "bad-one.test")
    enact(place, Enable(name="own"), because="back")
    assert place.store.current_digest() == first
    enact(place, Remove(name="own"), because="away")
    assert not covered(place, "bad-one.test")
    past = open_store(RulesetHistory, place).all()
    enact(place, restoring(past, earlier(past, None), frozenset()), because="again")
    assert place.store.current_digest() == first
    assert [each.what for each in open_store(RulesetHistory, place).all()][:3] == [
        "restore",
        "remove",
        "enable",
    ]


def test_a_rollback_to_a_text_that_is_lost_is_refused(place: Workplace) -> None:
    lost = place.library.text_of(place.library.files.state().records["own"].sha256)
    put("own", "bad-two.test")
    lost.unlink()
    shutil.rmtree(place.store.root / open_store(RulesetHistory, place).all()[-1].digest)
    past = open_store(RulesetHistory, place).all()
    with pytest.raises(ListRefused, match="own: its text of then is not kept any more"):
        enact(place, restoring(past, past[-1], frozenset()), because="again")
    assert covered(place, "bad-two.test")


def test_a_withdrawn_entry_stays_out_marks_decisions_and_may_be_let_in_again(place: Workplace) -> None:
    change = Withhold(list="own", kind=EntryKind.HOST, entry="bad-one.test", why=WithheldWhy.WITHDRAWN)
    put("own", "bad-one.test", "bad-two.test")
    enact(place, change, because="a bank")
    assert not covered(place, "bad-one.test")
    put("own", "bad-three.test", "bad-one.test")
    assert not covered(place, "bad-one.test"), "whatever text comes"
    (standing,) = open_store(WithdrawalStore, place).standing()
    assert (standing.wrong.entry, standing.wrong.category, standing.because) == (
        "bad-one.test",
        "games",
        "a bank",
    )
    enact(place, Release(list="own", kind=EntryKind.HOST, entry="bad-one.test"), because="no bank")
    assert covered(place, "bad-one.test")
    assert open_store(WithdrawalStore, place).standing() == []


def test_a_rollback_over_a_withdrawal_alone_says_that_nothing_would_change(place: Workplace) -> None:
    put("own", "bad-one.test", "bad-two.test")
    change = Withhold(list="own", kind=EntryKind.HOST, entry="bad-one.test", why=WithheldWhy.WITHDRAWN)
    enact(place, change, because="a bank")
    past = open_store(RulesetHistory, place).all()
    with pytest.raises(ListRefused, match="what was withdrawn or held back since stays out"):
        enact(place, restoring(past, earlier(past, None), frozenset()), because="back")


def test_an_entry_that_is_held_back_stays_out_until_it_is_let_in(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__PROTECTED_HOSTS", '["town.test"]')
    done = put("own", "bad-one.test", "town.test")
    assert [(held.entry, held.why.value) for held in done.held] == [("town.test", "quarantined")]
    assert covered(place, "bad-one.test") and not covered(place, "town.test")
    assert put("own", "bad-one.test", "bad-two.test", "town.test").held == (), "told once"
    (held,) = place.library.files.state().withheld
    release = Release(list=held.list, kind=held.kind, entry=held.entry)
    enact(workplace(), release, because="we looked at it")
    assert covered(place, "town.test")
    assert put("own", "bad-one.test", "town.test").held == (), "and not held another time"


def test_what_was_in_force_once_is_put_back_without_waiting(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("own", "bad-one.test", "town.test")
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__PROTECTED_HOSTS", '["town.test"]')
    strict = workplace()
    enact(strict, Disable(name="own"), because="a while")
    assert enact(strict, Enable(name="own"), because="back").held == ()
    enact(strict, Remove(name="own"), because="away")
    past = open_store(RulesetHistory, strict).all()
    assert enact(strict, restoring(past, earlier(past, None), frozenset()), because="again").held == ()
    assert covered(strict, "town.test")
    assert [held.entry for held in put("other", "town.test", category="gambling").held] == ["town.test"]


def test_a_kept_list_is_checked_and_takes_effect_when_it_is_activated(place: Workplace) -> None:
    former = place.store.current_digest()
    done = enact(place, put_of("new", "new.test"), because="soon", in_force=False)
    assert place.store.current_digest() == former != done.digest
    assert len(open_store(RulesetHistory, place).all()) == 1
    assert open_store(ListChanges, place).recent(limit=1)[0].what == "list put, kept"
    assert activate(place, because="now").digest == done.digest == place.store.current_digest()


def test_a_rehearsal_changes_nothing(place: Workplace) -> None:
    former, before = place.store.current_digest(), place.library.files.state()
    rehearsed = rehearse(place, put_of("new", "new.test"))
    assert rehearsed.digest is not None
    assert place.store.opens(rehearsed.digest)
    assert (place.store.current_digest(), place.library.files.state()) == (former, before)
    assert len(open_store(RulesetHistory, place).all()) == 1


def test_a_rebuild_takes_the_shipped_lists_of_this_release_and_leaves_what_is_kept(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rebuild(place, because="nothing new") is None
    enact(place, put_of("new", "new.test"), because="soon", in_force=False)
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "true")
    again = workplace()
    done = rebuild(again, because="an update")
    assert done is not None and done.digest == again.store.current_digest()
    assert covered(again, "bet365.com") and covered(again, "bad-one.test")
    assert not covered(again, "new.test")
    assert "new" in again.library.files.state().records
    assert rebuild(again, because="nothing new") is None
    shipped = [source for source in again.library.items() if source.name.startswith("shipped.")]
    assert all(again.library.text_of(source.record.sha256).exists() for source in shipped)


def test_a_ruleset_of_another_release_is_built_again_without_what_was_taken_out(place: Workplace) -> None:
    put("own", "bad-one.test", "wrong.test")
    wrong = Withhold(list="own", kind=EntryKind.HOST, entry="wrong.test", why=WithheldWhy.WITHDRAWN)
    digest = enact(place, wrong, because="it was wrong").digest
    assert digest is not None
    _of_another_engine(place, digest)
    done = rebuild(place, because="an update")
    assert done is not None and done.digest == digest == place.store.current_digest()
    assert covered(place, "bad-one.test") and not covered(place, "wrong.test")


def test_a_list_without_its_text_is_not_built_again_and_what_is_in_force_stays(place: Workplace) -> None:
    digest = put("own", "bad-one.test").digest
    assert digest is not None
    _of_another_engine(place, digest)
    for text in (place.lists / "texts").glob("*.gz"):
        text.unlink()
    with pytest.raises((ListRefused, Away), match=r"\.gz|cannot be built|import"):
        rebuild(place, because="an update")
    assert place.store.current_digest() == "0" * 64


def _of_another_engine(place: Workplace, digest: str) -> None:
    """As another release left it."""
    path = place.store.folder(digest) / "manifest.json"
    path.write_text(path.read_text().replace(f'"engine": "{ENGINE}"', '"engine": "another"'))
    other = place.store.folder("0" * 64)
    place.store.folder(digest).rename(other)
    (place.store.root / "current").unlink()
    (place.store.root / "current").symlink_to(other.name)


def test_what_needs_a_second_person_waits_and_is_in_force_once_approved(
    place: Workplace, two_people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = workplace()
    former = place.store.current_digest()
    waits = put("own", "bad-one.test", "bad-two.test")
    assert waits.proposal is not None
    assert "two_people" in (waits.second_person_because or "")
    assert place.store.current_digest() == former
    assert put("own", "bad-one.test", "bad-two.test").proposal == waits.proposal, "asked once"
    with pytest.raises(RegisterRefused, match="nobody decides their own"):
        enact_proposal(place, waits.proposal, because="I say so")
    with somebody_else(monkeypatch):
        done = enact_proposal(place, waits.proposal, because="looked at it")
        with pytest.raises(RegisterRefused, match="is approved already"):
            enact_proposal(place, waits.proposal, because="again")
    assert place.store.current_digest() == done.digest == waits.digest
    newest = open_store(RulesetHistory, place).newest()
    assert newest is not None
    assert newest.proposal == waits.proposal
    assert newest.actor != newest.proposed_by


def test_a_proposal_is_applied_to_the_lists_as_they_are_then(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = put("open", "good.test", category="essential")
    assert waits.proposal is not None
    put("own", "bad-one.test", "bad-two.test")
    with somebody_else(monkeypatch):
        done = enact_proposal(place, waits.proposal, because="yes")
    assert done.digest != waits.digest
    assert covered(place, "bad-two.test") and covered(place, "good.test")
    gone = enact(place, Remove(name="open"), because="no more")
    assert gone.proposal is not None
    enact(place, Disable(name="own"), because="a while")
    with somebody_else(monkeypatch):
        enact_proposal(place, gone.proposal, because="yes")
    assert not covered(place, "good.test") and not covered(place, "bad-two.test")


def test_a_proposal_that_cannot_be_carried_out_any_more_goes_on_waiting(
    place: Workplace, two_people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = workplace()
    first, second = (enact(place, Remove(name="own"), because=why) for why in ("away", "away again"))
    assert first.proposal is not None
    assert first.proposal == second.proposal
    other = enact(place, Disable(name="own"), because="off")
    assert other.proposal is not None
    with somebody_else(monkeypatch):
        enact_proposal(place, first.proposal, because="yes")
        with pytest.raises(ListRefused, match="own: no list has this name"):
            enact_proposal(place, other.proposal, because="yes")
        assert [each.id for each in open_store(ProposalStore, place).pending()] == [other.proposal]
        open_store(ProposalStore, place).decide(other.proposal, ProposalOutcome.REFUSED, because="it is gone")


def test_the_never_decrypt_list_needs_two_people_and_builds_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = place.store.current_digest()
    with pytest.raises(ConfigurationError, match="not a TOML file"):
        enact(place, NeverDecrypt(text="[["), because="a typing error")
    waits = enact(place, NeverDecrypt(text=NEVER), because="it pins")
    assert waits.proposal is not None
    assert place.never_decrypt_file() is None
    with somebody_else(monkeypatch):
        done = enact_proposal(place, waits.proposal, because="asked IT")
    path = place.never_decrypt_file()
    assert path is not None and path.read_text() == NEVER
    assert (done.report, place.store.current_digest()) == (None, former)


def test_one_command_at_a_time_changes_lists(place: Workplace) -> None:
    with place.library.files.locked(), pytest.raises(ListRefused, match="another command changes"):
        put("own", "bad-two.test")
    assert len(open_store(RulesetHistory, place).all()) == 1


def test_where_nothing_is_in_force_any_more_nothing_is_begun_by_accident(place: Workplace) -> None:
    """The mount point of a shared folder is an empty folder while its server is away."""
    (place.store.root / "current").unlink()
    with pytest.raises(ListRefused, match="is the folder mounted"):
        put("own", "bad-two.test")
    activate(place, because="begin anew")
    assert covered(place, "bad-one.test")


def test_texts_that_no_decision_can_name_are_disposed_of(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = place.library.texts()
    put("own", "bad-two.test")
    assert texts.keys() < place.library.texts().keys(), "kept while the history is young"
    monkeypatch.setattr(
        "console.lists.enact.needless_texts", lambda texts, wanted, *_: [*texts.keys() - wanted]
    )
    waiting = put("open", "good.test", category="essential")
    assert waiting.proposal is not None
    put("own", "bad-three.test")
    kept = set(place.library.texts())
    records = place.library.files.state().records
    proposed = open_store(ProposalStore, place).one(waiting.proposal).change["record"]["sha256"]
    assert kept == {records["own"].sha256, proposed}


def test_what_fails_after_a_change_is_in_force_does_not_call_it_refused(place: Workplace) -> None:
    open_store(ProposalStore, place).propose({"what": "purge"}, {}, because="written by hand")
    done = put("own", "bad-two.test")
    assert covered(place, "bad-two.test")
    (note,) = done.notes
    assert "could not all be cleared away" in note and "does not know that change" in note


@pytest.mark.parametrize("lost", ["of the withdrawal", "of its end"])
def test_an_entry_goes_out_and_in_whatever_a_killed_command_left_of_its_withdrawal(
    place: Workplace, lost: str
) -> None:
    """Killed between rename and commit, the library knows what the database does not."""
    put("own", "bad-one.test", "bad-two.test")
    withdraw = Withhold(list="own", kind=EntryKind.HOST, entry="bad-one.test", why=WithheldWhy.WITHDRAWN)
    release = Release(list="own", kind=EntryKind.HOST, entry="bad-one.test")
    if lost == "of the withdrawal":
        place.library.apply(withdraw)
        activate(place, because="found")
    else:
        enact(place, withdraw, because="a bank")
        place.library.apply(release)
        activate(place, because="found")
        enact(place, withdraw.model_copy(update={"id": "ABCDEFGH"}), because="a bank, again")
        assert not covered(place, "bad-one.test")
    enact(place, release, because="no bank")
    assert covered(place, "bad-one.test")
    assert open_store(WithdrawalStore, place).standing() == []


def test_a_list_is_not_kept_where_that_cannot_be_recorded(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.library.files.state()
    change = put_of("new", "new.test")

    def and_then_the_database_goes(self: LibraryFiles, state: LibraryState) -> None:
        become(self, state)
        if state != before:
            raise DatabaseAway("the database: went away at the commit")

    become = LibraryFiles.become
    monkeypatch.setattr(LibraryFiles, "become", and_then_the_database_goes)
    with pytest.raises(DatabaseAway):
        enact(place, change, because="soon", in_force=False)
    assert place.library.files.state() == before


def test_what_one_person_kept_takes_two_once_two_are_asked(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = put_of("new", "new.test")
    enact(place, new, because="soon", in_force=False)
    former = place.store.current_digest()
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", "true")
    with pytest.raises(ListRefused, match="new is kept and not in force yet, and it needs a second person"):
        activate(workplace(), because="now")
    waits = enact(workplace(), new, because="now")
    assert place.store.current_digest() == former
    assert (waits.second_person_because or "").startswith("new is kept")
    assert waits.proposal is not None
    with somebody_else(monkeypatch):
        enact_proposal(workplace(), waits.proposal, because="looked at it")
    assert covered(place, "new.test")
    activate(workplace(), because="nothing that is kept is left")
