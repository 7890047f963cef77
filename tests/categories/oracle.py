"""
What a Ruleset must answer, by the plainest means: sets walked up label by label, and loops.

Nothing here is shared with the engine but the entries themselves and the reading of URLs inside URLs; the
meaning of each kind is written down a second time, from `categories/entries.py`.
"""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from urllib.parse import parse_qsl

import ahocorasick

from categories.entries import Entry, expression
from categories.urls.embedded import inner_urls
from policy.words import EntryKind

type Hit = tuple[str, int, str, str]
"""List, line, kind and the name that it hit."""


def without_www(host: str) -> str:
    return host[4:] if host.startswith("www.") and host.count(".") > 1 else host


class Oracle:
    """Knows the entries of lists by name."""

    def __init__(self, lists: Mapping[str, Iterable[Entry]]) -> None:
        self.hosts: dict[str, dict[str, int]] = {}
        self.prefixes: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
        self.networks: list[tuple[str, int, ipaddress.IPv4Network | ipaddress.IPv6Network]] = []
        self.patterns: list[tuple[str, int, re.Pattern[str]]] = []
        self.host_patterns: list[tuple[str, int, re.Pattern[str]]] = []
        self.paths: list[tuple[str, int, str]] = []
        self.file_names: list[tuple[str, int, str]] = []
        self.keywords: list[tuple[str, int, str]] = []
        self.searches: list[tuple[str, int, str]] = []
        self._known: dict[str, list[Hit]] = {}
        for name, entries in lists.items():
            self.hosts[name] = {}
            seen = set()
            for kind, text, line in entries:
                if kind is EntryKind.HOST:
                    self.hosts[name].setdefault(text, line)
                elif (kind, text) not in seen:
                    seen.add((kind, text))
                    self._add(name, kind, text, line)

    def _add(self, name: str, kind: EntryKind, text: str, line: int) -> None:
        match kind:
            case EntryKind.PREFIX:
                host, _, path = text.partition("/")
                self.prefixes[without_www(host)].append((name, line, f"/{path}"))
            case EntryKind.ADDRESS:
                self.networks.append((name, line, ipaddress.ip_network(text)))
            case EntryKind.PATTERN:
                # A wildcard without a path: the target does not matter.
                its_patterns = self.patterns if "/" in text else self.host_patterns
                its_patterns.append((name, line, re.compile(expression(text))))
            case EntryKind.PATH:
                self.paths.append((name, line, text.removesuffix("/")))
            case EntryKind.FILE_NAME:
                self.file_names.append((name, line, text))
            case EntryKind.KEYWORD:
                self.keywords.append((name, line, text))
            case EntryKind.SEARCH_TERM:
                self.searches.append((name, line, text))

    def hits(self, host: str, target: str = "/") -> set[Hit]:
        """Every entry that covers the URL, or one inside it."""
        found: dict[tuple[str, int], Hit] = {}
        for url in chain([(host, target)], inner_urls(host, target)):
            for hit in self._direct(*url):
                found.setdefault(hit[:2], hit)
        for name, line, words in self.searches:
            if f" {words} " in f" {self._typed(host, target)} ":
                found.setdefault((name, line), (name, line, EntryKind.SEARCH_TERM, host))
        return set(found.values())

    @staticmethod
    def _typed(host: str, target: str) -> str:
        """What was typed into the one engine that the tests ask."""
        path, _, query = target.partition("?")
        if host != "www.google.com" or path != "/search":
            return ""
        values = [value for name, value in parse_qsl(query) if name == "q"]
        return " ".join(re.sub(r"[^a-z0-9]+", " ", " ".join(values)).split())

    def _direct(self, host: str, target: str) -> Iterator[Hit]:
        # Remembered, since the real requests ask for one host many times.
        if host not in self._known:
            self._known[host] = list(self._of_host(host))
        yield from self._known[host]
        for name, line, path in self.prefixes.get(without_www(host), ()):
            after = target[len(path) :]
            if target.startswith(path) and (path == "/" or not after or after[0] in "/?;&="):
                yield name, line, EntryKind.PREFIX, host
        url = host + target
        for name, line, pattern in self.patterns:
            if pattern.search(url):
                yield name, line, EntryKind.PATTERN, host
        path = target.partition("?")[0]
        last = path.rpartition("/")[2].partition(";")[0]
        for name, line, segments in self.paths:
            if segments in path and re.search(rf"{re.escape(segments)}(?=[/;]|$)", path):
                yield name, line, EntryKind.PATH, host
        for name, line, file_name in self.file_names:
            if last.endswith(file_name[1:]) if file_name[0] == "*" else last == file_name:
                yield name, line, EntryKind.FILE_NAME, host
        for name, line, word in self.keywords:
            if word in target and re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", target):
                yield name, line, EntryKind.KEYWORD, host

    def _of_host(self, host: str) -> Iterator[Hit]:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            labels = host.split(".")
            parents = [".".join(labels[at:]) for at in range(len(labels))]
        else:
            parents = [host]
            for name, line, network in self.networks:
                if address in network:
                    yield name, line, EntryKind.ADDRESS, host
        for name, hosts in self.hosts.items():
            for parent in parents:
                if parent in hosts:
                    yield name, hosts[parent], EntryKind.HOST, host
        for name, line, pattern in self.host_patterns:
            if pattern.search(f"{host}/"):
                yield name, line, EntryKind.PATTERN, host


class FencedAutomaton:
    """
    The second oracle: hosts as `.host/` in one Aho-Corasick automaton, searched for in `.name/`.

    The same question answered by another structure than a trie or a set.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for host in hosts:
            self._automaton.add_word(f".{host}/", host)
        self._automaton.make_automaton()

    def find(self, name: str) -> set[str]:
        """Every host that covers this name."""
        return {host for _, host in self._automaton.iter(f".{name}/")}
