"""
What `fuzz_readers` does with an input, for each target, and the lists it begins with.

By itself this measures nothing: run `benchmarks/run fuzz_readers`.
"""

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from categories.feeds.checksums import find_checksum
from categories.feeds.minisign import read_public_key, read_signature
from categories.packed import list_blocks
from categories.packed.compressed import unpacked
from categories.packed.json_text import text_of_json
from categories.packed.tar import tar_members
from categories.readers import READERS, read_blocks
from categories.readers.confidential import ENTRY
from categories.readers.entry_text import NotAnEntry, NotApplicable, Repeated
from categories.readers.exceptions import ExceptionRule
from categories.readers.reader import NotThisList, Reader
from categories.urls.normalise import UrlRefused, normalise_host
from console.evidence.keys import verify_key
from console.evidence.making import File
from console.evidence.manifest import checksums, read_checksums, read_manifest
from console.evidence.verifying import verify
from policy.errors import EvidenceRefused, ListRefused
from policy.words import EntryKind
from tests.categories.packed.archives import tar
from tests.console.evidence.samples import KEY, exported

type Target = tuple[Callable[[bytes], object], list[bytes]]

LINES: dict[str, str] = {
    "sluicegate": """# sluicegate-list: 1
bet.test
example.org/a
*://*.bet.*/x*
/bet[0-9]/
path:/casino/
file:*.msi
keyword:poker
address:192.0.2.0/24
""",
    "squidguard": """# squidguard: domains
bet.test
192.0.2.7
# squidguard: urls
a.test/b?c
# squidguard: expressions
(bet|poker)[0-9]+\\.test
""",
    "confidential": """# sluicegate-confidential: 1 key=0123456789abcdef
host:00112233445566778899aabbccddeeff
!
prefix:0011223344556677/00112233445566778899aabbccddeeff
""",
    "json": """# json: domain_suffix
bet.test
# json: domain_regex
^bet[^.]\\S$
# json: url
http://a.test/b
""",
    "csv": """# csv-column: url
id;url
1;"http://a.test/;b"
2;bet.test
""",
    "surge": """[Rule]
DOMAIN-SUFFIX,bet.test,REJECT
HOST,a.test
URL-REGEX,^https?:\\/\\/a.+x{2,3}
IP-CIDR,192.0.2.0/24,no-resolve
*a.test = 0.0.0.0
^https?://a/b url reject-img
FINAL,DIRECT
""",
    "clash": """payload:
  - '+.bet.test'
  - DOMAIN-KEYWORD,casino
- 192.0.2.0/24 # x
- "a*.test"
""",
    "v2fly": """# v2fly: a @ads @-cn
bet.test @ads
full:a.test @cn
regexp:^b(o|t)$
keyword:poker
include:b @x
""",
    "hosts": """# A list
127.0.0.1 localhost
0.0.0.0 bet.test www.bet.test # x
:: a.test
192.0.2.7 printer.test
""",
    "adblock": """[Adblock Plus]
! T
||bet.test^
||a.test^$important,third-party
@@||b.test/x^
||c.test/ads/*
a.test##.ad
|https://a.test/b|
/banner[0-9]+/
""",
    "dnsmasq": """local=/bet.test/
address=/a.test/b.test/0.0.0.0
server=/c.test/#
address=/#/192.0.2.7
""",
    "unbound": """server:
  local-zone: "bet.test" always_nxdomain
local-data: "a.test A 0.0.0.0"
local-zone: "b.test" transparent
""",
    "rpz": """$TTL 3600
$ORIGIN rpz.test.
@ SOA localhost. root.localhost. (1 2 3 4 5)
  NS localhost.
bet.test CNAME .
*.bet.test CNAME .
a.test IN CNAME rpz-passthru.
32.7.2.0.192.rpz-ip CNAME .
""",
    "squid": """.bet.test
acl gambling dstdomain .a.test b.test
http_access deny gambling
""",
    "addresses": """192.0.2.7
192.0.2.0/24 ; SB1
x:192.0.2.1-192.0.2.9
2001:db8::/32
2001:db8::1-2001:db8::ff
""",
    "domains": """# A list
bet.test
*.a.test
.b.test
b*t.test
192.0.2.7
b\u00fccher.test # x
||c.test^
/bet[0-9]/
""",
    "urls": """https://bet.test/a?b=c
example.org:8080/a/../b
bet.test
http://user@a.test/%2e%2e/x#y
""",
}
"""A list of each format, by the name of its reader."""


def targets() -> dict[str, Target]:
    """Every target by its name."""
    lists = [text.encode() for text in LINES.values()]
    found: dict[str, Target] = {
        f"reader {kind.name}": (partial(_lines, kind), [LINES[kind.name].encode()]) for kind in READERS
    }
    found |= {
        "recognised lists": (_list, lists),
        "json": (
            _json,
            [b'{"rules":[{"domain_suffix":["a.test","b\\u00fc"]}],"x":-1.5e3}', b'["a"]\n[null,true]'],
        ),
        "gzip, bzip2, xz": (
            _unpacked,
            [pack(b"bet.test\n" * 9) for pack in (gzip.compress, bz2.compress, lzma.compress)],
        ),
        "tar": (
            _tar,
            [_tar_of(form) for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)],
        ),
        "any file": (_file, [*lists, *_archives(), b"include:list\n", b"a.test," * 30]),
        "squidguard diff": (_diff, [b"+a.test\n-bet.test\n# x\n", b"-a.test\n+A.test\r\n"]),
        "checksums": (_checksums, [b"0" * 64 + b"  list\n", b"MD5 (list) = " + b"0" * 32, b"f" * 128]),
        "minisign": (_minisign, [_SIGNATURE]),
        "export": (_export, [_an_export()]),
        "key of exports": (_key, [KEY.public.pem]),
    }
    return found


def _an_export() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return exported(Path(folder) / "export.zip").read_bytes()


def _export(data: bytes) -> None:
    """As it stands, and signed anew: whatever is behind the signature may be anything too."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.zip"
        file.write_bytes(data)
        with suppress(EvidenceRefused):
            verify(file)
        text = data.replace(b"\n", b" ") + b"\n"
        rows = File("decisions.jsonl", "Rows.", text, rows=True)
        made = exported(
            Path(folder) / "made.zip", rows, File("proofs.jsonl", "", data), File("batches.jsonl", "", text)
        )
        with suppress(EvidenceRefused):
            verify(made)
        with suppress(EvidenceRefused):
            read_manifest(data)
        with suppress(EvidenceRefused):
            assert checksums(read_checksums(data)) == data


def _key(data: bytes) -> None:
    with suppress(EvidenceRefused):
        verify_key(data, "a key")


def _lines(kind: type[Reader], data: bytes) -> None:
    """Each line by this reader, whatever the list looks like; what it gives is in its normal form."""
    reader = kind()
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    assert kind.recognise([line for line in lines if line.strip()]) >= 0
    for line in lines:
        try:
            entries = list(reader.read(line))
        except (NotAnEntry, NotApplicable, Repeated, ExceptionRule):
            entries = []
        except NotThisList:
            return
        plain = reader.plain(line)
        if plain is not None:
            assert entries == [(EntryKind.HOST, plain[1])], line
        for entry, text in entries:
            assert text, line
            assert "\n" not in text, line
            if entry is EntryKind.HOST and not text.startswith(ENTRY):
                _normal(text)


def _normal(host: str) -> None:
    try:
        assert normalise_host(host) == host, host
    except UrlRefused as refused:
        raise AssertionError(f"{host!r} is no host: {refused}") from refused


def _list(data: bytes) -> None:
    """As it is recognised; the same in two blocks as in one, but for the words of a refusal."""
    half = len(data) // 2
    in_one, in_two = _read([data]), _read([data[:half], data[half:]])
    assert in_one == in_two, (in_one, in_two)


def _read(blocks: list[bytes]) -> object:
    try:
        read = read_blocks([block for block in blocks if block], "a list")
        entries = list(read.entries)
        return read.format, entries, read.bad_count, read.sha256
    except ListRefused as refused:
        assert "\n" not in str(refused), refused
        return None


def _json(data: bytes) -> None:
    _all(text_of_json([data], "a list"))
    _all(text_of_json([data[:7], data[7:]], "a list", "a"))


def _unpacked(data: bytes) -> None:
    _all(unpacked([data], "a list"))


def _tar(data: bytes) -> None:
    _all(piece for _, content in tar_members([data], "a list") for piece in content)


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp())


def _file(data: bytes) -> None:
    folder = _scratch()
    path = folder / "list"
    path.write_bytes(data)
    _all(list_blocks(path))
    _all(list_blocks(path, inside="a/domains", column="url"))
    assert {each.name for each in folder.iterdir()} <= {"list", "domains", "domains.diff"}


def _diff(data: bytes) -> None:
    folder = _scratch()
    (folder / "domains").write_bytes(b"a.test\nbet.test\n")
    (folder / "domains.diff").write_bytes(data)
    _all(list_blocks(folder))


def _all(blocks: Iterable[bytes]) -> None:
    try:
        for _ in blocks:
            pass
    except ListRefused as refused:
        assert "\n" not in str(refused), refused


def _checksums(data: bytes) -> None:
    try:
        find_checksum(data, "list")
    except ListRefused as refused:
        assert "\n" not in str(refused)


def _minisign(data: bytes) -> None:
    try:
        read_signature(data)
    except ListRefused as refused:
        assert "\n" not in str(refused)
    try:
        read_public_key(data.decode("utf-8", "replace"))
    except ValueError:
        return


# Seeds -------------------------------------------------------------------------------------------

_SIGNATURE = b"\n".join(
    [
        b"untrusted comment: signature",
        base64.b64encode(b"ED" + bytes(8) + bytes(64)),
        b"trusted comment: timestamp:1",
        base64.b64encode(bytes(64)),
        b"",
    ]
)
_FILES = {"a/domains": b"bet.test\n" * 20, "a/urls": b"a.test/b\n", "a/" + "long" * 40: b"x"}


def _tar_of(form: int, mode: str = "w", files: dict[str, bytes] | None = None) -> bytes:
    files = files or (_FILES if form != tarfile.USTAR_FORMAT else {"domains": b"bet.test\n"})
    archive = tar(files, mode=mode, form=form, links={"b": "a"})
    # The zeros that fill the last record are nothing to change.
    return archive.rstrip(b"\0") + bytes(1536) if mode == "w" else archive


def _archives() -> list[bytes]:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _FILES.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    packed = [_tar_of(tarfile.PAX_FORMAT, mode) for mode in ("w:gz", "w:bz2", "w:xz")]
    return [stream.getvalue(), _tar_of(tarfile.USTAR_FORMAT), *packed]
