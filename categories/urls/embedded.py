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
from itertools import zip_longest
from urllib.parse import unquote

from categories.index.automaton import fold
from categories.urls.normalise import UrlRefused, normalise_host

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

_BELOW_CARRIERS = tuple(f".{host}" for host in _CARRIERS)
_BELOW_FETCHERS = tuple(f".{host}" for host in _FETCHERS)

MARKS = (
    "http/",
    "https/",
    "///",  # =//host
    *(fold(f".{host}/") for host in dict.fromkeys((*_CARRIERS, *_FETCHERS))),
)
"""Words for the automaton. Every URL with one inside contains one of them, folded."""

_MOST_LAYERS = 3  # of escapes; each carrier in a carrier adds one

# A delimiter may be escaped, and the escape's own `%` again: `:`, `%3a`, `%253a`. Both expressions begin
# with fixed text, which `re` finds fifteen times as fast as a choice.
_ESCAPED = "%(?:25)*"
_AUTHORITY = rf"((?:[^/\\?#&=%\s\"'<>|^`{{}}]|(?!{_ESCAPED}(?:2f|5c|3f|23|26|3d|20))%)+)"
_ABSOLUTE = re.compile(rf"https?(?::|{_ESCAPED}3a)(?:[/\\]|{_ESCAPED}(?:2f|5c))*{_AUTHORITY}")
_WITHOUT_SCHEME = re.compile(rf"//(?<=[=?&]//)/*{_AUTHORITY}")
_LABEL = re.compile(r"[a-z0-9-]+")
_HOST = re.compile(r"(?<![a-z0-9._-])(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+(?![a-z0-9._-])")


def inner_urls(host: str, target: str) -> Iterator[tuple[str, str]]:
    """
    Host and target of every URL inside this one; each once, in order.

    The hosts are normalised; the targets are as they stand in the normalised target they are from.
    """
    return iter(dict.fromkeys(_found(host, target)))


def _found(host: str, target: str) -> Iterator[tuple[str, str]]:
    if host.endswith(_BELOW_CARRIERS):
        label = host.partition(".")[0].replace("--", "\n").replace("-", ".").replace("\n", "-")
        if inner := _host(label):
            yield inner, target
    urls = [*_ABSOLUTE.finditer(target), *_WITHOUT_SCHEME.finditer(target)]
    urls.sort(key=re.Match.start)
    for url, following in zip_longest(urls, urls[1:]):
        authority, rest = url[1], target[url.end() : following.start() if following else None]
        if "%" in url[0]:  # an inner URL is escaped as a whole
            authority, rest = _unescaped(authority), _unescaped(rest)
        if inner := _host(authority):
            yield inner, "/" + rest.removeprefix("/")
    if host in _FETCHERS or host.endswith(_BELOW_FETCHERS):
        for name in _HOST.finditer(_unescaped(target)):
            if inner := _host(name[0]):
                yield inner, "/"


def _unescaped(text: str) -> str:
    """One layer of escapes is off already (`normalise_target`); take off the others."""
    for _ in range(_MOST_LAYERS):
        if "%" not in text:
            break
        text = unquote(text).lower()
    return text


def _host(authority: str) -> str | None:
    """The normalised host of an authority, without user and port; `None` where there is none."""
    name = authority.rpartition("@")[2]
    name = name[: name.find("]") + 1] if name.startswith("[") else name.partition(":")[0]
    try:
        return normalise_host(name)
    except UrlRefused:
        return None
