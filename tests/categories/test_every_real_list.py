"""
Every file of the public lists is read, recognised by itself, with provenance by line; or it is no list.

The table below says of each file what it is. A file that no row names fails, so that none is passed over.
"""

from collections import Counter
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from categories.packed import list_blocks
from categories.readers import ReadList, read_blocks, read_list
from categories.readers.blocks import Blocks
from policy.errors import ListRefused
from policy.words import EntryKind

pytestmark = pytest.mark.real_data

NONE = "none: "
ABOUT = NONE + "in no format that is read here"
EMPTY = NONE + "no entries in it"

# The first pattern that fits says what a file is: the format it is read as, or why it is no list.
TABLE: tuple[tuple[str, str], ...] = (
    ("ut1/*/usage", NONE),  # whether a category is meant to be blocked or allowed
    ("ut1/*/domains", "part of a folder"),
    ("ut1/*/urls", "part of a folder"),
    ("ut1/*/expressions", "part of a folder"),
    ("ut1/adult/very_restrictive_expression", ABOUT),  # another choice for `expressions`
    ("ut1/README", EMPTY),
    ("ut1/global_usage", ABOUT),
    ("*/LICENSE", ABOUT),
    ("*/license.txt", ABOUT),
    ("*/README", ABOUT),
    ("v2fly-dlc/README.md", NONE + "it includes 'another-file'"),  # an example
    ("*/README.md", ABOUT),
    ("*/readme.md", ABOUT),
    ("*/update.json", EMPTY),  # where the list comes from
    (".complete", EMPTY),
    ("stevenblack-2025/extensions/porn/clefspeare13/blackhole", ABOUT),  # "404: Not Found"
    ("stevenblack-2025/*", "hosts"),
    ("energized-2019/*/domains.txt", "domains"),
    ("energized-2019/*/one-line.txt", "domains"),
    ("energized-2019/*/filter.txt", "adblock"),
    ("energized-2019/*/rpz.txt", "rpz"),
    ("energized-2019/*/dnsmasq.conf", "dnsmasq"),
    ("energized-2019/*/unbound.conf", "unbound"),
    ("energized-2019/*", "hosts"),  # one of them packed
    ("hagezi-*/adblock/*", "adblock"),
    ("hagezi-*/dnsmasq/*", "dnsmasq"),
    ("hagezi-*/rpz/*", "rpz"),
    ("hagezi-*/hosts/*", "hosts"),
    ("hagezi-*/ips/*", "addresses"),
    ("hagezi-*", "domains"),
    ("oisd/*.adblock", "adblock"),
    ("oisd/*.rpz", "rpz"),
    ("oisd/*.routedns", "squid"),
    ("oisd/*", "domains"),
    ("nextdns-services/*", "domains"),
    ("bigdargon-hostsVN/extensions/makefile.sh", ABOUT),
    ("bigdargon-hostsVN/extensions/tmp/sing-box-rule.txt", NONE + "JSON that ends early"),  # its beginning
    ("bigdargon-hostsVN/extensions/tmp/*", EMPTY),  # headings
    ("bigdargon-hostsVN/option/hostsVN-quantumult-exceptions-rule.conf", EMPTY),  # lets through
    ("bigdargon-hostsVN/*.json", "json"),
    ("bigdargon-hostsVN/*.yaml", "clash"),
    ("bigdargon-hostsVN/option/dnsmasq-hostsVN.conf", "dnsmasq"),
    ("bigdargon-hostsVN/*.conf", "surge"),
    ("bigdargon-hostsVN/*/filter*.txt", "adblock"),
    ("bigdargon-hostsVN/filters/*", "adblock"),
    ("bigdargon-hostsVN/*/ip-*.txt", "addresses"),
    ("bigdargon-hostsVN/extensions/ip/*", "addresses"),
    ("bigdargon-hostsVN/*.txt", "domains"),
    ("bigdargon-hostsVN/*", "hosts"),
    ("v2fly-dlc/data/tld-!cn", "v2fly"),  # includes others
    ("v2fly-dlc/data/tld-*", NONE),  # whole top-level domains, as bare words
    ("v2fly-dlc/data/google-registry-tld", NONE),
    ("v2fly-dlc/data/java", NONE),  # three names, and a top-level domain as a bare word
    ("v2fly-dlc/data/target", NONE),
    ("v2fly-dlc/data/tor", NONE),
    ("v2fly-dlc/data/*", "domains or v2fly"),
    ("shadowwhisperer/Lists/Top_Level", "squid"),
    ("shadowwhisperer/*", "domains"),
)


def told(name: str) -> str:
    return next((what for pattern, what in TABLE if fnmatchcase(name, pattern)), "in no row of the table")


def everything(path: Path) -> tuple[ReadList | None, str]:
    """What was read of it, to its end, and as what; or why not."""
    try:
        read = read_list(path)
        for _ in read.entries:
            pass
    except ListRefused as refused:
        assert "\n" not in str(refused)
        return None, NONE + str(refused).removeprefix(f"{path}: ")
    return read, read.format


@pytest.fixture(scope="module")
def files(real_data: Path) -> dict[str, Path]:
    lists = real_data / "lists"
    return {
        str(path.relative_to(lists)): path
        for path in sorted(lists.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_every_file_is_what_the_table_says(files: dict[str, Path]) -> None:
    different, counted = [], Counter[str]()
    for name, path in files.items():
        expected = told(name)
        if expected == "part of a folder":
            continue
        read, what = everything(path)
        counted[what.partition(":")[0]] += 1
        if not (what.startswith(expected) or what in expected.split(" or ")):
            different.append((name, expected, what))
        if read is not None and read.bad_count > 0.02 * (read.entry_count + read.bad_count) + 2:
            different.append((name, "few bad lines", f"{read.bad_count} bad lines"))
    assert different == []
    assert len(files) == 2074
    assert counted["v2fly"] > 400
    assert {"json", "clash", "surge", "addresses", "rpz", "unbound", "dnsmasq", "squid"} <= counted.keys()


def test_every_folder_of_ut1_is_read(real_data: Path) -> None:
    """Aliases too, which are links to folders."""
    folders = [path for path in sorted((real_data / "lists" / "ut1").iterdir()) if path.is_dir()]
    assert len(folders) > 75
    read = {path.name: everything(path) for path in folders}
    assert {name for name, (_, what) in read.items() if what != "squidguard"} == set()
    assert read["ads"][0] is not None
    assert read["publicite"][0] is not None
    assert read["ads"][0].sha256 == read["publicite"][0].sha256


def test_the_line_of_an_entry_is_the_line_it_stands_on(files: dict[str, Path]) -> None:
    """In the one text of its list: of every entry that is a plain host, in one file of each format."""
    seen: set[str] = set()
    for name, path in files.items():
        what = told(name)
        if what in seen or what.startswith(NONE) or path.stat().st_size < 2000:
            continue
        seen.add(what)
        blocks = Blocks(partial(list_blocks, path.parent if what == "part of a folder" else path))
        lines = b"".join(blocks).decode().replace("\r\n", "\n").split("\n")
        for entry in islice(read_blocks(blocks, name).entries, 5_000):
            if entry.kind is EntryKind.HOST and "xn--" not in entry.text:
                assert entry.text in lines[entry.line - 1].lower(), (name, entry)
    assert len(seen) > 11


SAME = "bigdargon-hostsVN/extensions"


@pytest.mark.parametrize(
    "files_of_one_list",
    [
        [
            f"{SAME}/adult/{name}"
            for name in ("surge-rule.conf", "quantumult-rule.conf", "sing-box-rule.json")
        ],
        [
            f"{SAME}/gambling/{name}"
            for name in ("surge-rule.conf", "quantumult-rule.conf", "sing-box-rule.json")
        ],
        [
            f"{SAME}/threat/{name}"
            for name in ("surge-rule.conf", "quantumult-rule.conf", "sing-box-rule.json")
        ],
        ["energized-2019/porn-lite/hosts.gz", "energized-2019/porn-lite/hosts.txt"],
        ["energized-2019/porn-lite/one-line.txt", "energized-2019/porn-lite/domains.txt"],
        ["bigdargon-hostsVN/option/hostsVN-clash-rule.yaml", "bigdargon-hostsVN/option/dnscrypt-hostsVN.txt"],
        [
            "bigdargon-hostsVN/option/hostsVN-open-clash-rule.yaml",
            "bigdargon-hostsVN/option/hostsVN-sing-box-rule.json",
        ],
    ],
    ids=lambda files: files[0],
)
def test_one_list_in_several_syntaxes_is_the_same_entries(
    real_data: Path, files_of_one_list: list[str]
) -> None:
    read = [
        {(entry.kind, entry.text) for entry in read_list(real_data / "lists" / file).entries}
        for file in files_of_one_list
    ]
    assert len(read[0]) > 1_000
    for other in read[1:]:
        assert (other - read[0], read[0] - other) == (set(), set())
