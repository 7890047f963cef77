"""
One recorded request judged twice: by what is in force, and by what would be.

Nothing but the lists and the policy differs between the two, so the difference is theirs. In particular the
verdict of then is not one of the two sides: lists have changed since, and a preview is about the next change.
Local entries are those of today. What the judge cannot be asked again is left out, and counted by why
(`Left`), never guessed:

- who it was is not known here, so an exemption or confirmation is not asked for again. What one had opened
  stays open where nothing that stands against it is new;
- for the same reason both policies are the one standard level, without departures and allowance;
- a row may hold only a part of the URL that was judged. What the lists say of that part holds for the whole,
  except where the row was refused and the part does not show why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

from categories.urls.normalise import UrlRefused, normalise_host, normalise_target
from policy.decision import Judgement
from policy.document import Policy
from policy.judge import Evidence, judge_name
from policy.match import Match
from policy.registers import Registers
from policy.words import Action, ExemptionRule, Reason, Verdict

# Pages of a site come again and again; some 30 MB at most.
_REMEMBERED = 1 << 16


class Matching(Protocol):
    """What is asked of a Ruleset here."""

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        """Every entry that covers a normalised host and target."""


@dataclass(frozen=True, slots=True)
class Side:
    """What requests are judged by: before the change, or after it."""

    ruleset: Matching
    policy: Policy


class Recorded(Protocol):
    """What is known of a request that was decided (`db/replay.py`)."""

    @property
    def host(self) -> str | None:
        """The host; None where none was kept."""

    @property
    def path(self) -> str | None:
        """The path, as far as it was kept."""

    @property
    def by_name(self) -> bool:
        """Whether the host was all that could be judged."""

    @property
    def verdict(self) -> Verdict:
        """What was done with it."""

    @property
    def reason(self) -> Reason:
        """Why."""

    @property
    def replayable(self) -> bool:
        """Whether all of the URL that was judged is kept."""


class Change(NamedTuple):
    """What becomes another verdict, and the entry that makes the difference."""

    before: Verdict
    after: Verdict
    category: str | None  # of the stricter side's deciding entry; None where no entry decided
    list: str | None


class Left(StrEnum):
    """Why a recorded request is not judged again."""

    NO_HOST = "no host was recorded"
    NO_LIST = "refused for what no list decides"
    NAMES = "its names belonged to different sites"
    OPENED = "an exemption or confirmation had opened it, and whether it still would is not known"
    PART = "it was refused for a part of the address that was not recorded, or by lists of that time"
    UNREADABLE = "what was recorded of its address can be read in more than one way"


class Known(StrEnum):
    """How much of the address was judged again."""

    WHOLE = "the whole address"
    PART = "the address without its query, or with parts cut out"
    HOST = "the host alone"


class Replayed(NamedTuple):
    """What came of judging a request again: a change, or None where nothing changes."""

    known: Known
    change: Change | None


_OPENED = frozenset({Reason.EXEMPTED, Reason.CONFIRMED})
# What lists, policy and local entries decide; every other refusal stands whatever they say.
_BY_LISTS = _OPENED | {
    Reason.ESSENTIAL,
    Reason.NEVER_EXEMPT,
    Reason.LOCAL_ALLOW,
    Reason.LOCAL_BLOCK,
    Reason.LISTED,
    Reason.NOT_LISTED,
}


class Replay:
    """Judges requests before and after a change. Knows no person and reads no clock."""

    def __init__(self, before: Side, after: Side, local: Registers, now: datetime) -> None:
        # A departure is for somebody or some hours; whose request it was, and when, is not known here.
        self._before = Side(before.ruleset, before.policy.standard)
        self._after = Side(after.ruleset, after.policy.standard)
        self._local, self._now = local, now
        self._both: Callable[[str, str], tuple[Judgement, Judgement]] = lru_cache(_REMEMBERED)(
            self._judge_both
        )
        self._target = lru_cache(_REMEMBERED)(normalise_target)

    def url(self, host: str, target: str) -> Change | None:
        """What changes for a URL, normalised, that nobody in particular asks for."""
        return _difference(*self._both(host, target))

    def request(self, recorded: Recorded) -> Replayed | Left:
        """What changes for a request that was decided, or why that cannot be said."""
        if recorded.reason not in _BY_LISTS:
            return Left.NAMES if recorded.reason is Reason.NAME_MISMATCH else Left.NO_LIST
        if recorded.host is None:
            return Left.NO_HOST
        try:
            host = normalise_host(recorded.host)
            target = "" if recorded.path is None else self._target(recorded.path)
        except UrlRefused:
            return Left.UNREADABLE
        before, after = self._both(host, target)
        known = _known(recorded)
        if recorded.reason in _OPENED:
            return self._opened(known, before, after)
        # What was not kept can only have matched more: where the rest is judged milder, that decided.
        if known is not Known.WHOLE and before.verdict.strictness < recorded.verdict.strictness:
            return Left.PART
        return Replayed(known, _difference(before, after))

    def _judge_both(self, host: str, target: str) -> tuple[Judgement, Judgement]:
        entry = self._local.local_entry(host, target, self._now)

        def judged(side: Side) -> Judgement:
            matches = side.ruleset.matches(host, target)
            return judge_name(Evidence(host, matches, entry), side.policy, self._now)

        return judged(self._before), judged(self._after)

    def _opened(self, known: Known, before: Judgement, after: Judgement) -> Replayed | Left:
        """What becomes of a request that somebody's exemption or confirmation opened."""
        if after.verdict is Verdict.ALLOW:
            return Replayed(known, None)
        if after.reason in {Reason.NEVER_EXEMPT, Reason.LOCAL_BLOCK}:  # neither is opened by anything
            return Replayed(known, _changed(Verdict.ALLOW, after.verdict, after))
        against = _against(after, self._after.policy)
        return Replayed(known, None) if against <= _against(before, self._before.policy) else Left.OPENED


def _known(recorded: Recorded) -> Known:
    if recorded.replayable or (recorded.by_name and recorded.path is None):
        return Known.WHOLE
    return Known.HOST if recorded.path is None else Known.PART


def _difference(before: Judgement, after: Judgement) -> Change | None:
    if before.verdict is after.verdict:
        return None
    stricter = after if after.verdict.strictness > before.verdict.strictness else before
    return _changed(before.verdict, after.verdict, stricter)


def _changed(before: Verdict, after: Verdict, stricter: Judgement) -> Change:
    deciding = stricter.deciding_match
    return Change(before, after, stricter.category, deciding.list if deciding else None)


def _against(judgement: Judgement, policy: Policy) -> frozenset[tuple[str, Action, ExemptionRule]]:
    """The categories that stand against a request, with what would open each."""
    rules = policy.rules
    return frozenset(
        (category, rules[category].action, rules[category].exemption)
        for category in judgement.categories
        if category in rules and rules[category].action is not Action.ALLOW
    )
