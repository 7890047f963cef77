"""
`sluicegate categorise`: what the lists and the policy say of URLs, one answer a line.

A filter in a pipe, for a hundred thousand lines a second and for text from anywhere. Each line in gives
one line out, in the same order, whatever it holds: an empty line, bytes that are no UTF-8, a NUL. A line
beyond `LONGEST_LINE` is cut while it is read, so memory stays bounded where no line ever ends. What has
been read is answered before more is waited for, so that a program can hold a conversation with it.

Nobody is asked about here: no people, exemptions or local entries; `explain` has those.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, BinaryIO, Protocol

import msgspec
import typer

from categories.urls.normalise import TARGET_INPUT, UrlRefused, normalise_url
from console.cli import show
from console.cli.workplace import workplace
from policy.decision import Judgement
from policy.document import Policy
from policy.judge import Evidence, judge_name
from policy.match import Match

LONGEST_LINE = TARGET_INPUT  # bytes; a longer one could not be a URL that the gateway takes
_BLOCK = 1 << 16
_SHOWN = 1024  # of a line that is given back as an error

type Answer = Callable[[bytes], bytes]
"""One line in, without its end; one line out, with it."""


def categorise(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="One URL or host a line; - is stdin.")
    ] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """
    What the lists and the policy say of many URLs.

    Every line gives one answer in the same order, the empty and the broken
    one too (with "error"), so exit code 0 means that all were answered.
    People, exemptions and local entries take no part: see "explain".

    Examples:
      echo bet365.com | sluicegate categorise
      sluicegate categorise urls.txt --json > answers.jsonl
      tail -f urls.txt | sluicegate categorise --json
    """
    with _opened(file) as stream:
        place = workplace()
        asked = Asked(place.ruleset(), place.policy, datetime.now(UTC))
        answer: Answer = asked.json_answer if as_json else asked.plain_answer
        out = sys.stdout.buffer
        for block in read_lines(stream):
            out.write(b"".join(map(answer, block)))
            out.flush()


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from error


def read_lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """
    The lines of `stream` without their ends, in blocks of what could be read without waiting.

    A line keeps at most `LONGEST_LINE` + 1 bytes, so that it can be told from one that just fits.
    """
    rest = b""
    read = getattr(stream, "read1", stream.read)
    while block := read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[: LONGEST_LINE + 1]
        if lines:
            yield lines
    if rest:
        yield [rest]


class _Ruleset(Protocol):
    """What is asked of a Ruleset here."""

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        """Every entry that hit a normalised host and target."""


class Asked:
    """What lines are answered by: one Ruleset, one policy, one moment."""

    def __init__(self, ruleset: _Ruleset, policy: Policy, now: datetime) -> None:
        self._ruleset = ruleset
        self._policy = policy
        self._now = now
        # What follows from the same entries on the same host is the same, and half of all lines hit none.
        self._remembered = lru_cache(maxsize=4096)(self._judge)

    def json_answer(self, line: bytes) -> bytes:
        """`url` as it was written, with `verdict`, `reason`, `categories` and `matches`, or with `error`."""
        text, judged = self._answer(line)
        rest = _encoded({"error": judged}) if isinstance(judged, str) else judged.as_json
        return b'{"url":%b,%b\n' % (_encoded(text), rest[1:])

    def plain_answer(self, line: bytes) -> bytes:
        """Verdict, deciding category and URL, in columns, for eyes."""
        text, judged = self._answer(line)
        if isinstance(judged, str):
            return f"error    {judged}: {show.plain(text)}\n".encode()
        judgement = judged.judgement
        match = judgement.deciding_match
        where = f"  ({show.plain(match.entry)}: {match.list}, line {match.line})" if match else ""
        return f"{judgement.verdict:<8} {judgement.category or '-':<20} {show.plain(text)}{where}\n".encode()

    def _answer(self, line: bytes) -> "tuple[str, _Judged | str]":
        """The line as text, and what was judged or what is wrong with it."""
        line = line.removesuffix(b"\r")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return line[:_SHOWN].decode(errors="backslashreplace"), "it is not UTF-8"
        if len(line) > LONGEST_LINE:
            return text[:_SHOWN], f"the line is longer than {LONGEST_LINE} bytes"
        if not text.strip():
            return text, "the line is empty"
        try:
            url = normalise_url(text.lstrip("\ufeff"))
        except UrlRefused as refusal:
            return text, str(refusal)
        matches = self._ruleset.matches(url.host, url.target)
        return text, self._remembered(url.host if matches else "", matches)

    def _judge(self, host: str, matches: tuple[Match, ...]) -> "_Judged":
        judgement = judge_name(Evidence(host, matches), self._policy, self._now)
        record = {
            "verdict": judgement.verdict,
            "reason": judgement.reason,
            "categories": judgement.categories,
            "matches": [_match(match) for match in judgement.matches],
        }
        return _Judged(judgement, _encoded(record))


@dataclass(frozen=True, slots=True)
class _Judged:
    judgement: Judgement
    as_json: bytes


def _match(match: Match) -> dict[str, object]:
    return {
        "category": match.category,
        "list": match.list,
        "line": match.line,
        "entry": match.entry,
        "kind": match.kind,
        "found_by": match.found_by,
    }


def _encoded(value: object) -> bytes:
    """JSON. Whoever reads it may be a terminal, so it is ASCII, as nearly all URLs are already."""
    written = msgspec.json.encode(value)
    return written if written.isascii() else json.dumps(value).encode()
