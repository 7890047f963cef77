"""
A Ruleset that only a few URLs are asked for: what a past one would say of them.

Compiled folders are a cache, and of all that were ever in force only the last few are kept; the texts of
their lists are kept for as long as a decision may name them. To ask what a Ruleset of last year says of one
URL its texts are read as they were then, and of their entries only those are compiled that could cover that
URL. So four million hosts take the seconds of reading them, and no memory to speak of.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from categories.compile import compile_lists
from categories.entries import bare_host
from categories.library import SourceList
from categories.ruleset import Ruleset
from categories.urls.embedded import inner_urls
from policy.registers import hosts_upwards
from policy.words import EntryKind


def narrow_ruleset(
    digest: str,
    sources: Sequence[SourceList],
    urls: Collection[tuple[str, str]],
    key_file: Path,
    now: datetime,
) -> Ruleset:
    """
    The Ruleset of these lists as far as `urls` (host and target, both normalised) are concerned.

    Raises `ListRefused` where a text is not what it was, or where confidential lists lack their key.
    """
    hosts = {host for url in urls for host in (url[0], *(inner for inner, _ in inner_urls(*url)))}
    parents = {parent for host in hosts for parent in hosts_upwards(host)}
    named = parents | {bare_host(host) for host in parents} | {f"www.{host}" for host in parents}

    def may_cover(kind: EntryKind, text: str) -> bool:
        if kind is EntryKind.HOST:
            return text in named
        # A term, a pattern or a network may be of any URL; there are few of them beside the hosts.
        return kind is not EntryKind.PREFIX or text.partition("/")[0] in named

    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        compile_lists(folder, digest, now, sources, lambda _: None, may_cover)
        # What is mapped stays when the folder goes.
        return Ruleset.open(folder, key_file)
