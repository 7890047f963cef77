"""
What somebody typed into a search engine, as the engines' own addresses carry it.

A table of public facts: the hosts of each engine, the paths at which results are shown, and the
parameter that holds what was typed. What is typed into an engine that is not here, or sent in a body, is
not seen; nor are the suggestions that an engine makes letter by letter, since nobody has asked for anything
by then.
"""

import re
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote_plus

from categories.entries import bare_host

LONGEST_SEARCH = 1000
"""Characters of what was typed that are looked at; an engine cuts off far fewer."""

# google.com, google.co.uk, google.de, and what is below them: some two hundred country domains.
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*google\.(?:com|[a-z]{2}|com?\.[a-z]{2})", re.ASCII)
_WORD = re.compile(r"[^\W_]+")


class _Engine(NamedTuple):
    parameter: str
    paths: tuple[str, ...]  # where results are shown: whole segments, from the beginning


_OF_GOOGLE = _Engine("q", ("/search", "/custom", "/cse"))
_BING = _Engine("q", ("/search", "/images/search", "/videos/search", "/news/search"))
_DUCKDUCKGO = _Engine("q", ("/", "/html", "/lite"))
_YAHOO = _Engine("p", ("/search",))
_YANDEX = _Engine("text", ("/search", "/images/search"))

# By bare host (without "www.").
_ENGINES = {
    "bing.com": _BING,
    "cn.bing.com": _BING,
    "duckduckgo.com": _DUCKDUCKGO,
    "html.duckduckgo.com": _DUCKDUCKGO,
    "lite.duckduckgo.com": _DUCKDUCKGO,
    "start.duckduckgo.com": _DUCKDUCKGO,
    "noai.duckduckgo.com": _DUCKDUCKGO,
    "youtube.com": _Engine("search_query", ("/results",)),
    "m.youtube.com": _Engine("search_query", ("/results",)),
    "search.yahoo.com": _YAHOO,
    "uk.search.yahoo.com": _YAHOO,
    "images.search.yahoo.com": _Engine("p", ("/search",)),
    "search.brave.com": _Engine("q", ("/search", "/images", "/videos", "/news")),
    "ecosia.org": _Engine("q", ("/search", "/images", "/videos", "/news")),
    "startpage.com": _Engine("query", ("/sp/search", "/do/search", "/do/dsearch")),
    "qwant.com": _Engine("q", ("/",)),
    "yandex.com": _YANDEX,
    "yandex.ru": _YANDEX,
    "baidu.com": _Engine("wd", ("/s",)),
    "search.aol.com": _Engine("q", ("/aol/search",)),
    "ask.com": _Engine("q", ("/web",)),
    "mojeek.com": _Engine("q", ("/search",)),
    "search.marginalia.nu": _Engine("query", ("/search",)),
}


def is_google(host: str) -> bool:
    """Whether a normalised host is one of Google's search, in any country, or below one."""
    return "google." in host and _GOOGLE.fullmatch(host) is not None


def words_of(text: str) -> str:
    """What was typed, or is listed, as it is compared: words in lower case with one space between them."""
    return " ".join(_WORD.findall(normalize("NFKC", text).casefold()))


def searched_for(host: str, target: str) -> str:
    """
    The words that a URL (normalised host and target) asks a search engine for; "" where it asks for none.

    Where the parameter stands there several times, all of them: nobody knows which one the engine takes.
    """
    path, mark, query = target.partition("?")
    if not mark:
        return ""
    engine = _ENGINES.get(bare_host(host)) or (_OF_GOOGLE if is_google(host) else None)
    if engine is None or not _shows_results(path, engine):
        return ""
    named = f"{engine.parameter}="
    typed = [part[len(named) :] for part in query.split("&") if part.startswith(named)]
    return words_of(" ".join(map(unquote_plus, typed))[:LONGEST_SEARCH]) if typed else ""


def _shows_results(path: str, engine: _Engine) -> bool:
    return any(path == one or (one != "/" and path.startswith(f"{one}/")) for one in engine.paths)
