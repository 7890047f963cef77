"""
Patterns, keywords, paths and file names that would hit what nobody meant.

Such an entry is looked for on every host there is, so one slip of a pen blocks a part of everything: a
keyword of three letters, `/a.*e/`, `file:*.js`. One that is too short is refused unheard; the others
are tried on a sample of ordinary URLs, and refused where they hit more than one in a thousand.
"""

from collections import Counter
from collections.abc import Iterator

from categories.list_change import WithheldWhy
from categories.plausibility.held import Held, held
from categories.plausibility.sample import sample
from categories.ruleset import Ruleset
from policy.errors import ListRefused
from policy.match import Match
from policy.words import EntryKind

FEWEST_CHARACTERS = 4  # without stars, and slashes at the ends
MOST_OF_SAMPLE = 0.001
MOST_OVER_SAMPLE = 100  # entries of one list

_KINDS = frozenset(
    {EntryKind.PATTERN, EntryKind.KEYWORD, EntryKind.PATH, EntryKind.FILE_NAME, EntryKind.SEARCH_TERM}
)


def refused_terms(candidate: Ruleset) -> Iterator[Held]:
    """
    Every entry that is too short, or hits too much of the sample.

    Raises `ListRefused` for a list of which more than `MOST_OVER_SAMPLE` entries do: what hits is tried again
    with each URL, and thousands of those could take minutes.
    """
    for match in filter(_is_short, candidate.terms()):
        because = f"a {match.kind} of fewer than {FEWEST_CHARACTERS} characters covers what nobody meant"
        yield held(match, WithheldWhy.REFUSED, match.entry, because)
    over: Counter[str] = Counter()
    for match, url in _over_sample(candidate):
        over[match.list] += 1
        if over[match.list] > MOST_OVER_SAMPLE:
            raise ListRefused(
                f"{match.list}: more than {MOST_OVER_SAMPLE} of its patterns and keywords hit ordinary URLs, "
                f"the last of them {match.entry} in line {match.line:,}; this is no list for a gateway"
            )
        because = f"it covers more than {MOST_OF_SAMPLE:.1%} of ordinary URLs, such as {url}"
        yield held(match, WithheldWhy.REFUSED, match.name, because)


def _over_sample(candidate: Ruleset) -> Iterator[tuple[Match, str]]:
    """Each entry that is not short, as soon as it has hit too much of the sample, and the URL it hit then."""
    urls = sample()
    enough = int(MOST_OF_SAMPLE * len(urls)) + 1
    hits: Counter[tuple[str, int]] = Counter()
    for host, target in urls:
        for match in candidate.matches(host, target):
            if match.kind in _KINDS and not _is_short(match):
                hits[match.list, match.line] += 1
                if hits[match.list, match.line] == enough:
                    yield match, host + target


def _is_short(match: Match) -> bool:
    # A file name is all of a segment or its end: `*.7z` says enough.
    if match.kind is EntryKind.FILE_NAME:
        return False
    text = match.entry
    if match.kind is EntryKind.PATH or text.startswith("/"):
        text = text[1:-1]
    return len(text.replace("*", "")) < FEWEST_CHARACTERS
