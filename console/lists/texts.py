"""
Which texts of lists nobody needs any more: a pure function.

A text is needed by whatever may put it in force (the library, a proposal) and by whatever may name it: a
decision names the Ruleset it was made by, and is replayed against the very texts of that. So the texts of a
Ruleset are kept until the last decision that it may have made is disposed of, and a month longer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from db.ruleset_history import PastRuleset
from policy.document import Policy

_LONGER = timedelta(days=31)


def needless_texts(
    texts: Mapping[str, datetime],
    wanted: Collection[str],
    past: Sequence[PastRuleset],
    policy: Policy,
    now: datetime,
) -> list[str]:
    """
    The sha256 of each text that may go.

    `texts` says when each was read in, `wanted` which may yet come in force; `past` is newest first. None
    goes while the history is younger than the oldest decision: what was in force before may have had any.
    """
    horizon = now - timedelta(days=max(each.keep_days for each in policy.records.values())) - _LONGER
    if not past or past[-1].at > horizon:
        return []
    named = set(wanted)
    until = now
    for ruleset in past:
        if until >= horizon:
            named.update(str(info["sha256"]) for info in ruleset.lists)
        until = ruleset.at
    return sorted(sha256 for sha256, read_at in texts.items() if read_at < horizon and sha256 not in named)
