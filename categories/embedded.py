"""
URLs inside a URL: what a translator, an archive, a cache or a web proxy is asked to fetch.

`https://web.archive.org/web/2020/https://bet.test/` shows bet.test, whatever host answers. Where the
automaton meets one of `MARKS`, the URL is read again for inner ones, in three spellings:

- an absolute URL anywhere in path or query, escaped once or several times (`http://`, `http%253a%252f`),
  and `//host` where a value begins;
- the name of a *carrier* below whose host the inner host is spelt as one label, dots as hyphens and
  hyphens doubled: `bet-test.translate.goog`;
- on a *fetcher*, any host name in path or query: `archive.ph/bet.test`. Elsewhere a bare host name is
  an ordinary word (`?ref=bet.test`) and is not looked at.

Not found: what is enciphered or base64-encoded, as some proxies do; those are listed as proxies.

Time is linear in the length of the URL: the remainder of an inner URL ends where the next one begins.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from categories.automaton import fold
from categories.normalise import UrlRefused, normalise_host, normalise_target

# Hosts below which another host is spelt as one label.
_CARRIERS = ("translate.goog", "cdn.ampproject.org")

# Hosts that fetch what their path or query names, with or without a scheme.
_FETCHERS = (
    "12ft.io",
    "archive.fo",
    "archive.is",
    "archive.li",
    "archive.md",
    "archive.org",
    "archive.ph",
    "archive.today",
    "archive.vn",
    "cc.bingj.com",
    "cdn.ampproject.org",
    "freezepage.com",
    "ghostarchive.org",
    "megalodon.jp",
    "microsofttranslator.com",
    "outline.com",
    "r.jina.ai",
    "translate.google.com",
    "translate.yandex.com",
    "translate.yandex.ru",
    "translatetheweb.com",
    "webcache.googleusercontent.com",
)

MARKS = (
    "/http/",
    "/https/",
    "///",  # =//host
    *(fold(f".{host}/") for host in dict.fromkeys((*_CARRIERS, *_FETCHERS))),
)
"""Words for the automaton. Every URL with one inside contains one of them, folded."""

_MOST_LAYERS = 3  # of escapes; each carrier in a carrier adds one

_ABSOLUTE = re.compile(r"(?:\bhttps?:[/\\]*|[=?&][/\\]{2,})([^/\\?#&=\s\"'<>|^`{}]+)")
_LABEL = re.compile(r"[a-z0-9-]+")
_HOST = re.compile(r"(?<![a-z0-9._-])(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+(?![a-z0-9._-])")


def inner_urls(host: str, target: str) -> Iterator[tuple[str, str]]:
    """Host and target, both normalised, of every URL inside this one; each once, in order."""
    seen = {(host, target)}
    for found in _found(host, target):
        if found not in seen:
            seen.add(found)
            yield found


def _found(host: str, target: str) -> Iterator[tuple[str, str]]:
    for carrier in _CARRIERS:
        label = host.removesuffix(f".{carrier}")
        if label != host and _LABEL.fullmatch(label):
            yield from _normalised(label.replace("--", "\n").replace("-", ".").replace("\n", "-"), target)
    fetches = any(host == fetcher or host.endswith(f".{fetcher}") for fetcher in _FETCHERS)
    for text in _layers(target):
        inner = list(_ABSOLUTE.finditer(text))
        ends = [found.start() for found in inner[1:]] + [len(text)]
        for found, end in zip(inner, ends, strict=False):
            yield from _normalised(found[1], text[found.end() : end])
        if fetches:
            for name in _HOST.finditer(text):
                yield from _normalised(name[0], "")


def _layers(target: str) -> Iterator[str]:
    """The target as it is, then with one layer of escapes taken off after another."""
    yield target
    for _ in range(_MOST_LAYERS):
        if "%" not in target:
            return
        target = unquote(target).lower()
        yield target


def _normalised(authority: str, rest: str) -> Iterator[tuple[str, str]]:
    without_user = authority.rpartition("@")[2]
    name = without_user if without_user.startswith("[") else without_user.partition(":")[0]
    try:
        inner = normalise_host(name.partition("]")[0] + "]" if name.startswith("[") else name)
    except UrlRefused:
        return
    try:
        yield inner, normalise_target(rest if rest.startswith(("/", "?")) else "/")
    except UrlRefused:  # the host is looked up all the same
        yield inner, "/"
