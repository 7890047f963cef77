"""
Which URL parser reads URLs as browsers do, and what does it cost?

Answers for the parsers that are installed, side by side in one run: how many of the WHATWG URL vectors and of
the Unicode IDNA vectors each gets right, and microseconds a URL over real page links. Then what our own
normalisation on top of the chosen one costs a request. Peers that are not dependencies take part when they
can be imported, for example after

    uv pip install --target DIR ada-url yarl idna     and     PYTHONPATH=DIR

(`ada-url` installs a top-level package `docs`, which is one reason why it is not a dependency.)

    python -m benchmarks.normalise [DATA_FOLDER]
"""

import functools
import importlib
import importlib.metadata
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from categories.urls.normalise import normalise_host, normalise_target, normalise_url

type Parts = tuple[str, str, str, str]
"""Host without brackets, port, path and query with its question mark."""

ROUNDS = 5
LINKS = 20_000


def main(data: Path) -> None:
    """Print the tables."""
    vectors = data / "vectors" / "wpt-url-ada" / "tests" / "wpt"
    urls = list(_url_vectors(vectors))
    hosts = list(_host_vectors(vectors))
    links = [line.split()[0] for line in (data / "urls" / "page_links.txt").open() if line.strip()][:LINKS]
    links = [link if "://" in link else f"http://{link}" for link in links]
    print(f"{len(urls)} URL vectors, {len(hosts)} host vectors, {len(links):,} page links, {ROUNDS} rounds\n")
    print(f"{'parser':<24}{'URLs right':>12}{'hosts right':>13}{'µs a link':>11}")
    for name, parse in _parsers():
        right = sum(_or_none(parse, text) == wanted for text, wanted in urls)
        hosts_right = sum(_host(parse, text) == wanted for text, wanted in hosts)
        cost = _microseconds(functools.partial(_read_all, parse, links), len(links))
        print(f"{name:<24}{right / len(urls):>12.1%}{hosts_right / len(hosts):>13.1%}{cost:>11.2f}")
    for name, encode in _host_encoders():
        hosts_right = sum(_or_none(encode, text) == wanted for text, wanted in hosts)
        print(f"{name:<24}{'':>12}{hosts_right / len(hosts):>13.1%}")
    _ours(data, links)


def _ours(data: Path, links: list[str]) -> None:
    requests = []
    with (data / "urls" / "typed_requests.dev.jsonl").open() as lines:
        for line in lines:
            parts = urlsplit(json.loads(line)["url"])
            requests.append(
                (parts.hostname or "", f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}")
            )

    def read_links() -> None:
        for link in links:
            _or_none(normalise_url, link)

    def read_requests() -> None:
        for host, target in requests:
            _or_none(normalise_host, host)
            _or_none(normalise_target, target)

    print(f"\nnormalise_url             {_microseconds(read_links, len(links)):6.2f} µs a link")
    cost = _microseconds(read_requests, len(requests))
    print(f"normalise_host + _target  {cost:6.2f} µs a request, over {len(requests):,} real ones")


def _read_all(parse: Callable[[str], Parts], links: list[str]) -> None:
    for link in links:
        _or_none(parse, link)


def _microseconds(work: Callable[[], object], count: int) -> float:
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        rounds.append(time.process_time() - started)
    return statistics.median(rounds) / count * 1e6


# Vectors -----------------------------------------------------------------------------------------


def _url_vectors(folder: Path) -> Iterator[tuple[str, Parts | None]]:
    """Absolute URLs of the schemes a gateway sees."""
    for case in json.loads((folder / "urltestdata.json").read_text()):
        if isinstance(case, dict) and re.match(r"(?i)\s*(?:https?|wss?|ftp)://", case["input"]):
            if case.get("failure"):
                yield case["input"], None
            else:
                host = case["hostname"].strip("[]")
                yield case["input"], (host, case["port"], case["pathname"], case["search"])


def _host_vectors(folder: Path) -> Iterator[tuple[str, str | None]]:
    for name in ("toascii.json", "IdnaTestV2.json"):
        for case in json.loads((folder / name).read_text()):
            if isinstance(case, dict) and case["input"]:
                yield case["input"], case["output"]


# Parsers -----------------------------------------------------------------------------------------


def _or_none[T](parse: Callable[[str], T], text: str) -> T | None:
    try:
        return parse(text)
    except Exception:  # noqa: BLE001 - each parser refuses in its own way
        return None


def _host(parse: Callable[[str], Parts], text: str) -> str | None:
    if re.search(r"[/?#@\\:\t\n\r]", text):
        return None
    parts = _or_none(parse, f"http://{text}/")
    return parts[0] if parts else None


def _parsers() -> Iterator[tuple[str, Callable[[str], Parts]]]:
    import can_ada

    def by_can_ada(text: str) -> Parts:
        url = can_ada.parse(text)
        return url.hostname.strip("[]"), url.port, url.pathname, url.search

    def by_stdlib(text: str) -> Parts:
        url = urlsplit(text)
        return url.hostname or "", str(url.port or ""), url.path or "/", f"?{url.query}" if url.query else ""

    yield _titled("can-ada"), by_can_ada
    yield f"urllib.parse {sys.version.split()[0]}", by_stdlib
    if ada_url := _module("ada_url"):

        def by_ada_url(text: str) -> Parts:
            url = ada_url.URL(text)
            return url.hostname.strip("[]"), url.port, url.pathname, url.search

        yield _titled("ada-url"), by_ada_url
    if yarl := _module("yarl"):

        def by_yarl(text: str) -> Parts:
            url = yarl.URL(text)
            query = f"?{url.raw_query_string}" if url.raw_query_string else ""
            return url.raw_host or "", str(url.explicit_port or ""), url.raw_path, query

        yield _titled("yarl"), by_yarl


def _host_encoders() -> Iterator[tuple[str, Callable[[str], str]]]:
    yield "codec idna (stdlib)", lambda text: text.encode("idna").decode()
    if idna := _module("idna"):
        yield _titled("idna"), lambda text: idna.encode(text, uts46=True).decode()


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _titled(distribution: str) -> str:
    return f"{distribution} {importlib.metadata.version(distribution)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".data"))
