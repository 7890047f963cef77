"""
Reading lists: which format it is, its entries one by one, its bad lines by number.

A list is one text, whatever it came as (`categories/packed/`). It is recognised by its content,
never by its file name. Reading streams: entries are made while they are asked for, so that four
million of them take no more memory than one, and the counts of a `ReadList` are right when its
entries are exhausted. Whether a list is fit to be used is known only then, so whoever keeps what it
read must throw it away when the iteration raises `ListRefused`.
"""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from categories.entries import LONGEST_ENTRY, BadLine, Entry
from categories.index.patterns import MOST_PATTERNS
from categories.packed import list_blocks
from categories.readers.adblock import AdblockReader
from categories.readers.addresses import AddressesReader
from categories.readers.blocks import Blocks, Text
from categories.readers.clash import ClashReader
from categories.readers.confidential import ConfidentialReader
from categories.readers.csv_column import CsvReader
from categories.readers.dnsmasq import DnsmasqReader
from categories.readers.domains import DomainsReader
from categories.readers.entry_text import NotAnEntry, NotApplicable, Repeated
from categories.readers.exceptions import MOST_EXCEPTIONS, MOST_LABELS, ExceptionRule, Exceptions, Exempted
from categories.readers.hosts import HostsReader
from categories.readers.json_list import JsonReader
from categories.readers.lines import lines_of
from categories.readers.native import NativeReader
from categories.readers.reader import ExceptingReader, NotThisList, Reader
from categories.readers.rpz import RpzReader
from categories.readers.squid import SquidReader
from categories.readers.squidguard import SquidguardReader
from categories.readers.surge import SurgeReader
from categories.readers.unbound import UnboundReader
from categories.readers.urls import UrlsReader
from categories.readers.v2fly import V2flyReader
from policy.errors import ListRefused
from policy.text import storable
from policy.words import EntryKind

# In the order of recognition; of two that know as many lines of a list the first is taken.
READERS: tuple[type[Reader], ...] = (
    NativeReader,  # by its first line
    SquidguardReader,  # by its first line
    ConfidentialReader,  # by its first line
    JsonReader,  # by its first line
    CsvReader,
    SurgeReader,
    ClashReader,
    V2flyReader,
    HostsReader,
    AdblockReader,
    DnsmasqReader,
    UnboundReader,
    RpzReader,
    SquidReader,
    AddressesReader,
    DomainsReader,
    UrlsReader,
)

BAD_LINES_KEPT = 100
MOST_BAD = 0.25  # of the lines with something on them; beyond, it is another format or damaged
FEWEST_OF_PROMISED = 0.9  # of the entries a list's own heading promises; below, it was cut off

_SHOWN = 200  # characters of a bad line and of what is wrong with it
_SAMPLE_LINES = 2000
_SAMPLE_SIZE = 2**20  # characters
_SAMPLE_WIDTH = 300  # bounds what the recognising expressions may cost
_COMMENTS = ("#", "!", ";", "[")
_PROMISE = re.compile(
    r"[#!;]\s*(?:number of (?:unique )?(?:entries|domains|rules)|total domains|entries|domains|blocked)"
    r"\s*[:-]\s*([0-9][0-9.,]*)",
    re.IGNORECASE,
)


@dataclass
class ReadList:
    """One list while it is read. Iterate over `entries` once; the counts go along with it."""

    name: str  # for messages
    format: str  # of its reader
    entries: Iterator[Entry] = field(default_factory=lambda: iter(()))
    entry_count: int = 0
    lines: int = 0  # all of them, blank ones and comments too
    not_applicable: int = 0  # sound lines that a gateway has no use for
    repeated: int = 0  # lines that say the rest of what the one before them said
    exceptions: int = 0  # lines that take entries of this list away
    taken_away: int = 0  # entries, by its exceptions
    without_effect: int = 0  # exceptions below a host that the list goes on to name
    bad_count: int = 0
    bad_lines: list[BadLine] = field(default_factory=list)  # the first `BAD_LINES_KEPT`
    sha256: str = ""  # of the list's text, hex; set when it has been read to its end


def read_list(path: Path, on_progress: Callable[[int], None] | None = None) -> ReadList:
    """
    Open a list, whatever it came as, and recognise its format.

    `on_progress` is called with the bytes read so far (`categories.packed.list_size` gives their total).
    Raises `ListRefused` for what is no list; so does iterating over the entries.
    """
    return read_blocks(Blocks(partial(list_blocks, path)), str(path), on_progress)


def read_blocks(blocks: Text, name: str, on_progress: Callable[[int], None] | None = None) -> ReadList:
    """The same for a list's text that comes from elsewhere; gone over again where it may have exceptions."""
    digest = hashlib.sha256()

    def counted() -> Iterator[bytes]:
        size = 0
        for block in blocks:
            digest.update(block)
            size += len(block)
            if on_progress is not None:
                on_progress(size)
            yield block

    chunks = lines_of(counted(), name)
    first, sample = _beginning(chunks)
    reader = recognise(sample, name)
    read = ReadList(name, reader.name)
    promised = next(
        (int(re.sub(r"\D", "", found[1])) for line in sample if (found := _PROMISE.match(line))), 0
    )

    def entries() -> Iterator[Entry]:
        found = _entries(reader, itertools.chain(first, chunks), read)
        if isinstance(reader, ExceptingReader) and (exempted := _exempted(type(reader)(), blocks, name)):
            exceptions = Exceptions(exempted)
            yield from exceptions.keep(found)
            read.taken_away, read.without_effect = exceptions.taken_away, exceptions.without_effect
            read.entry_count -= read.taken_away
        else:
            yield from found
        _refuse_implausible(read, promised)
        read.sha256 = digest.hexdigest()

    read.entries = entries()
    return read


def _beginning(chunks: Iterator[list[str]]) -> tuple[list[list[str]], list[str]]:
    """
    The first chunks, and of their lines those by which the list is recognised.

    They are the same however the text comes in blocks: one format when it is read in, another when a Ruleset
    is built from it, would be two lists.
    """
    first: list[list[str]] = []
    sample: list[str] = []
    size = 0
    for chunk in chunks:
        first.append(chunk)
        for line in chunk:
            if len(sample) == _SAMPLE_LINES or size > _SAMPLE_SIZE:
                return first, sample
            if line.strip():
                sample.append(line[:_SAMPLE_WIDTH])
            size += len(line) + 1
    return first, sample


def recognise(sample: list[str], name: str) -> Reader:
    """The reader for a list that begins with these lines, blank ones left out. Raises `ListRefused`."""
    telling = sum(not line.lstrip().startswith(_COMMENTS) for line in sample)
    known, reader = max(((kind.recognise(sample), kind) for kind in READERS), key=lambda pair: pair[0])
    if not telling and not known:
        raise ListRefused(f"{name}: no entries in it; the list that is in force stays")
    if 2 * known < telling:
        formats = ", ".join(kind.name for kind in READERS)
        raise ListRefused(f"{name}: in no format that is read here ({formats}); see docs/lists-formats.md")
    return reader()


def _exempted(reader: ExceptingReader, blocks: Text, name: str) -> list[Exempted]:
    """What the exceptions of a list name. Raises `ListRefused`."""
    found: list[Exempted] = []
    labels = 0
    # Most lists have none. Looking through blocks takes a tenth of the time that lines do.
    if not _holds(blocks, reader.exception_marks):
        return found
    marks = re.compile("|".join(map(re.escape, reader.exception_marks)), re.IGNORECASE)
    for line in itertools.chain.from_iterable(lines_of(blocks, name)):
        if marks.search(line) and len(line) <= LONGEST_ENTRY:
            try:
                reader.read(line)
            except ExceptionRule as exception:
                found += exception.exempted
                labels += sum(each.host.count(".") + 1 for each in exception.exempted)
            except (NotAnEntry, NotApplicable, Repeated):
                continue
            if len(found) > MOST_EXCEPTIONS or labels > MOST_LABELS:
                raise ListRefused(
                    f"{name}: more than {MOST_EXCEPTIONS:,} exceptions, or of hosts with more than "
                    f"{MOST_LABELS:,} labels in all; leave some out"
                )
    return found


def _holds(blocks: Text, marks: Sequence[str]) -> bool:
    searched = [mark.encode() for mark in marks]
    longest = max(map(len, searched))
    end = b""
    for block in blocks:
        joined = (end + block).lower()
        if any(mark in joined for mark in searched):
            return True
        end = joined[-longest:]
    return False


def _entries(reader: Reader, chunks: Iterable[list[str]], read: ReadList) -> Iterator[Entry]:
    number = count = patterns = 0
    host = EntryKind.HOST
    for lines in chunks:
        for number, line in enumerate(lines, number + 1):  # noqa: B020
            # The one line in twenty that is not plain goes the long way; see `Reader.plain`.
            if (plain := reader.plain(line)) is not None and len(plain[1]) <= 253:
                count += 1
                yield Entry(host, plain[1], number)
                continue
            try:
                if len(line) > LONGEST_ENTRY:
                    raise NotAnEntry(f"longer than {LONGEST_ENTRY} characters")
                for kind, text in reader.read(line):
                    count += 1
                    patterns += kind is EntryKind.PATTERN
                    if patterns > MOST_PATTERNS:
                        raise ListRefused(
                            f"{read.name}: more than {MOST_PATTERNS:,} wildcards and regular expressions, "
                            f"up to line {number:,}; leave some out"
                        )
                    yield Entry(kind, text, number)
            except NotApplicable:
                read.not_applicable += 1
            except Repeated:
                read.repeated += 1
            except ExceptionRule:
                read.exceptions += 1
            except NotThisList as why:
                raise ListRefused(f"{read.name}: {why}") from None
            except NotAnEntry as why:
                read.bad_count += 1
                if len(read.bad_lines) < BAD_LINES_KEPT:
                    read.bad_lines.append(BadLine(number, storable(line, _SHOWN), storable(str(why), _SHOWN)))
        read.lines, read.entry_count = number, count


def _refuse_implausible(read: ReadList, promised: int) -> None:
    sound = read.entry_count + read.taken_away + read.exceptions + read.repeated + read.not_applicable
    if read.bad_count > MOST_BAD * (read.bad_count + sound):
        first = read.bad_lines[0]
        raise ListRefused(
            f"{read.name}: {read.bad_count:,} of {read.lines:,} lines cannot be read as {read.format}, "
            f"the first is line {first.number} ({first.why}); it may be another format or damaged"
        )
    # Whatever else is on its lines: rules for browsers, exceptions that take away all there was.
    if not read.entry_count:
        raise ListRefused(f"{read.name}: no entries in it; the list that is in force stays")
    if sound + read.bad_count < FEWEST_OF_PROMISED * promised:
        raise ListRefused(
            f"{read.name}: its heading promises {promised:,} entries and it has {read.entry_count:,}, "
            "so it was cut off; get it again"
        )
