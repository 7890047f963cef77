"""
What somebody wrote as an entry, in the one spelling the Ruleset compares (`categories/entries.py`).

Each function takes the written text and returns the entry's text, or raises `NotAnEntry` with the
reason, in words for whoever keeps the list. The readers choose which function a line goes to.
"""

import ipaddress
import re

import re2

from categories.entries import LONGEST_ENTRY, bare_host
from categories.urls.normalise import UrlRefused, normalise_host, normalise_target, normalise_url
from categories.urls.search_engines import LONGEST_SEARCH, words_of


class NotAnEntry(ValueError):
    """A line that cannot be read; the message says why."""


class NotApplicable(Exception):
    """A line for something else than a gateway, such as a browser's rule for hiding a part of a page."""


class Repeated(Exception):
    """A line that says the rest of what the one before it said, such as `*.bet.test` after `bet.test`."""


# The parser lets pass whatever the standard does, `address=` too. A list that is full of such hosts is
# in another format, and must not be taken for one that we read.
_HOST = re.compile(r"[a-z0-9_.:-]+")
_WILDCARD_HOST = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*")
_KEYWORD = re.compile(r"[a-z0-9][a-z0-9._~+-]+[a-z0-9]")
# Behind a name with a dot in it or an address in brackets; elsewhere it might be part of an address.
_WITH_PORT = re.compile(r"(\[[^]]*\]|(?=[^:]*\.)[^:]*):[0-9]{1,5}")
_SCHEME = re.compile(r"(?:\*|[a-z]+)://")

_FEWEST_LITERALS = 3  # characters in a row of a wildcard; with fewer it would cover nearly everything


def host_text(written: str, *, suffix: bool = False) -> str:
    """
    HOST: a name, or an address with or without brackets. A port is left out.

    With `suffix` a name of one label will do, where whoever wrote it said that all below it is meant:
    `*.casino`. By itself such a line is a word that strayed into a list, and would block every name that
    ends in it.
    """
    with_port = _WITH_PORT.fullmatch(written)
    try:
        host = normalise_host(with_port[1] if with_port else written)
    except UrlRefused as refusal:
        raise NotAnEntry(str(refusal)) from None
    if not _HOST.fullmatch(host):
        raise NotAnEntry("a host has letters, digits, hyphens, underscores and dots")
    if not suffix and "." not in host and ":" not in host:
        raise NotAnEntry(f"a name without a dot; write *.{host} for every name that ends in it")
    return host


def prefix_text(written: str) -> str:
    """PREFIX: a URL, with or without its scheme. Scheme and port are left out."""
    try:
        url = normalise_url(written)
    except UrlRefused as refusal:
        raise NotAnEntry(str(refusal)) from None
    if not _HOST.fullmatch(url.host):
        raise NotAnEntry("a host has letters, digits, hyphens, underscores and dots")
    target = url.target if "?" in url.target else url.target.rstrip("/") or "/"
    return bare_host(url.host) + target


def path_text(written: str) -> str:
    """PATH: one or more whole segments."""
    path = _target(f"/{written}/")
    if "?" in path or len(path) < 2 + _FEWEST_LITERALS:
        raise NotAnEntry("a path has at least three characters between its slashes, and no query")
    return path


def file_name_text(written: str) -> str:
    """FILE_NAME: a whole name, or `*` and its end."""
    name = _target(f"/{written}")[1:]
    if re.search(r"[/?;]|.\*", name) or len(name.lstrip("*")) < 2:
        raise NotAnEntry("a file name has no slash, and a * only where it begins")
    return name


def keyword_text(written: str) -> str:
    """KEYWORD: letters and digits of ASCII, joined by hyphens and the like."""
    keyword = written.lower()
    if not _KEYWORD.fullmatch(keyword):
        raise NotAnEntry("a keyword has three or more ASCII letters and digits, joined by any of -._~+")
    return keyword


def search_term_text(written: str) -> str:
    """SEARCH_TERM: words, as they are compared with what was typed."""
    words = words_of(written)
    if len(words) < _FEWEST_LITERALS:
        raise NotAnEntry("a search term has three or more letters and digits")
    if len(words) > LONGEST_SEARCH:
        raise NotAnEntry("the search term is too long")
    return words


def network_text(written: str) -> str:
    """ADDRESS: a network, or one address."""
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        raise NotAnEntry("it is not an address range such as 192.0.2.0/24") from None
    if network.prefixlen < network.max_prefixlen // 8:
        raise NotAnEntry("so large a range would cover much of the Internet")
    return str(network)


def wildcard_text(written: str) -> str:
    """PATTERN: host and perhaps target with `*` in them."""
    host, slash, target = _SCHEME.sub("", written.lower(), count=1).partition("/")
    host = ".".join(label if label.isascii() else host_text(label, suffix=True) for label in host.split("."))
    host = host.removesuffix(".")
    if host.startswith("."):
        host = f"*{host}"
    if not _WILDCARD_HOST.fullmatch(host) or "*" not in written:
        raise NotAnEntry("a wildcard has a *, and in its host letters, digits, hyphens and dots")
    # Any target is all of the host: said like that it also holds where only the host is known.
    everything = not slash or (target and not target.strip("*"))
    text = host if everything else host + _target(f"/{target}")
    if max(map(len, text.split("*"))) < _FEWEST_LITERALS:
        raise NotAnEntry("without three characters in a row a wildcard would cover nearly everything")
    return text


def regex_text(written: str) -> str:
    """PATTERN: a regular expression, without its slashes, that RE2 takes."""
    if len(written) > LONGEST_ENTRY:
        raise NotAnEntry("the expression is too long")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        compiled = re2.compile(written, options)
    except re2.error as error:
        why = error.args[0]
        raise NotAnEntry(
            f"no expression that RE2 takes: {why.decode() if isinstance(why, bytes) else why}"
        ) from None
    except UnicodeEncodeError:
        raise NotAnEntry("the expression has a byte that is no text") from None
    if compiled.search(""):
        raise NotAnEntry("the expression fits the empty text, so it would cover everything")
    return f"/{written}/"


def _target(written: str) -> str:
    try:
        return normalise_target(written)
    except UrlRefused as refusal:
        raise NotAnEntry(str(refusal)) from None
