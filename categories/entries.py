"""
What one line of a list means, kind by kind.

Readers turn lists into entries; the Ruleset is built from entries; the tests hold a plain loop over
entries against the Ruleset. So the meaning of each kind stands here, once, and everything else keeps
to it. Below, *host* is what `normalise_host` gives (lower case, A-labels, an address in its canonical
spelling without brackets) and *target* what `normalise_target` gives (lower case, begins with `/`,
path and query; or `""` where only names are known, as in a tunnel that is not decrypted). The *path*
is the target before its first `?`. The text of an entry has gone through the same functions, so
both are compared character by character.

HOST `bet.test`
    The host itself and everything below it, at label boundaries: `bet.test`, `www.bet.test`; never
    `notbad-bet.test`, `bet.test.other.test`. An address (`192.0.2.7`, `2001:db8::7`) covers itself
    alone. The target does not matter.

PREFIX `example.org/casino`
    One host, and targets that begin with the rest. The host is compared in its *bare* form, without
    one leading `www.` (see `bare_host`), on both sides: lists that come from squidGuard leave it
    out, and the two are one site to whoever wrote the line. Other subdomains are not covered.
    The text has no `/` at its end, unless the path is `/` alone (all of that one host). Covered is a
    target that equals the path or goes on with one of `BOUNDARIES`: `/casino`, `/casino/`, `/casino/a`,
    `/casino?a`, `/casino;a`; never `/casinos`. `starts_at_boundary` says so in code.

PATH `/casino/`
    Whole segments of the path, one or several, on any host. The text begins and ends with `/`. Covered
    is a path that has these segments anywhere in this order: `/casino`, `/a/casino/b`, `/casino;a`,
    `/casino?a`; never `/casinos`, `/my-casino/`. Not looked for in the query.

FILE_NAME `setup.exe`, `*.msi`
    The last segment of the path (up to a `;`), on any host: all of it, or its end where the text begins
    with `*` (the only place a `*` may stand). `*.msi` covers `/a/b.msi` and `/b.msi?c`; never
    `/b.msi/c` or `/a?f=b.msi`.

KEYWORD `online-casino`
    The text in path or query, on any host, with neither an ASCII letter nor a digit directly before or
    after it: `/online-casino`, `/a_online-casino.html`, `/s?q=online-casino`; never `/online-casinos`.
    Not looked for in the host.

SEARCH_TERM `fake number plates`
    Words that somebody typed into a search engine (`categories/urls/search_engines.py`), in this order:
    `get fake number plates`, `"Fake number-plates"`; never `fake plates`, `fakes number plates`. Looked
    for in the parameter of known engines that holds what was typed, and nowhere else. A policy has to ask
    for it (`search_terms`); without that such an entry decides nothing.

PATTERN `*.example.*/bet*` or `/regex/`
    A regular expression (RE2) searched in host + target. `expression` gives it for both spellings.
    With target `""` it is searched in the host alone.
    *Wildcard*: `*` stands for any characters, in the host for any but `/`. A leading `*.` also
    covers the name without it. Without `/` it covers the whole host and any target; with one the rest
    must cover the whole target, so that most end in `*`. The scheme is not looked at.
    *Regular expression*: between slashes, anywhere unless anchored, without regard to case, as UT1's
    `expressions` are meant. The port is not part of what it sees, nor is the scheme.

ADDRESS `192.0.2.0/24`
    A host that is itself an address of this network, IPv4 or IPv6. Not what a name resolves to.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from policy.words import EntryKind

BOUNDARIES = "/?;&="
"""What may follow a PREFIX in a target: the next segment, query, parameter or pair."""

LONGEST_ENTRY = 2048
"""Characters of an entry's text; a longer line is a BadLine."""


class Entry(NamedTuple):
    """One entry of a list. A tuple, since millions of them pass through a build."""

    kind: EntryKind
    text: str  # normalised, see above
    line: int  # 1-based, in the list's text


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read as an entry; the rest of its list was."""

    number: int  # 1-based, in the list's text
    text: str  # bounded and storable
    why: str


def bare_host(host: str) -> str:
    """The host without one leading `www.`, where a name of two labels or more is left."""
    if host.startswith("www.") and "." in host[4:]:
        return host[4:]
    return host


def starts_at_boundary(target: str, prefix: str) -> bool:
    """Whether `target` begins with the path `prefix` of a PREFIX, ending where something ends."""
    if not target.startswith(prefix):
        return False
    return prefix == "/" or len(target) == len(prefix) or target[len(prefix)] in BOUNDARIES


def expression(pattern: str) -> str:
    """The RE2 expression, to be searched in host + target, that a PATTERN's text stands for."""
    if pattern.startswith("/"):
        return f"(?is){pattern[1:-1]}"
    host, slash, target = pattern.partition("/")
    below = host.startswith("*.")
    started = "(?s)^" + ("(?:[^/]*\\.)?" if below else "") + _glob(host[2:] if below else host, "[^/]*")
    return started + ("/" + _glob(target, ".*") + "$" if slash else "(?:/|$)")


def _glob(text: str, star: str) -> str:
    return star.join(re.escape(piece) for piece in re.split(r"\*+", text))
