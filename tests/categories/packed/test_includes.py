"""A file with those it includes, each once, and none from elsewhere."""

import time
from pathlib import Path

import pytest

from categories.packed import includes as module
from categories.packed.includes import includes_others, with_included
from categories.readers import read_blocks
from policy.errors import ListRefused

FILES = {
    "casinos": "include:poker\ninclude:google @ads # some\nbet.test\n",
    "poker": "poker.test\ninclude:casinos\n",
    "google": "google.test\nads.google.test @ads\ninclude:doubleclick\n",
    "doubleclick": "doubleclick.test @ads\ndoubleclick.org\n",
}


def text_of(folder: Path, name: str = "casinos", **files: str) -> str:
    for each, content in (FILES | files).items():
        (folder / each).write_text(content)
    blocks = [(folder / name).read_bytes()]
    return b"".join(with_included(folder / name, blocks, "a list")).decode()


def test_whole_files_stand_one_after_another_each_once(tmp_path: Path) -> None:
    text = text_of(tmp_path)
    marks = [line for line in text.split("\n") if line.startswith("# v2fly")]
    assert marks == [
        "# v2fly: casinos",
        "# v2fly: poker",
        "# v2fly: google @ads",
        "# v2fly: doubleclick @ads",
    ]
    assert "google.test" in text


def test_what_is_read_is_what_the_attributes_select(tmp_path: Path) -> None:
    found = [entry.text for entry in read_blocks([text_of(tmp_path).encode()], "a list").entries]
    assert found == ["bet.test", "poker.test", "ads.google.test", "doubleclick.test"]


def test_a_file_may_come_once_whole_and_once_in_part(tmp_path: Path) -> None:
    text = text_of(tmp_path, "both", both="include:google @ads @-cn\ninclude:google\n")
    marks = [line for line in text.split("\n") if line.startswith("# v2fly")]
    assert marks == [
        "# v2fly: both",
        "# v2fly: google @-cn @ads",
        "# v2fly: google",
        "# v2fly: doubleclick @-cn @ads",
        "# v2fly: doubleclick",
    ]


@pytest.mark.parametrize("name", ["missing", "..", ".", "folder"])
def test_what_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ListRefused, match=f"it includes '{name}', no file beside it"):
        text_of(tmp_path, "list", list=f"include:{name}\n")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").symlink_to("/etc/hostname")
    with pytest.raises(ListRefused, match="no file beside it"):
        text_of(tmp_path, "list", list="include:secret\n")


def test_a_line_of_many_attributes_takes_no_time(tmp_path: Path) -> None:
    began = time.process_time()
    assert not includes_others(b"include:a " + b"@--" * 50_000 + b"?\n")
    assert time.process_time() - began < 1


def test_the_attributes_of_an_inclusion_are_bounded_also_those_it_inherits(tmp_path: Path) -> None:
    """A file that includes itself with others each time would hold them all, thousands of times over."""
    names = [f"@a{number}" for number in range(101)]
    within = f"include:doubleclick {' '.join(names[:100])}\n"
    assert "# v2fly: doubleclick @a0" in text_of(tmp_path, "some", some=within)
    for content in (
        f"include:poker {' '.join(names)}\n",
        f"include:some {' '.join(names[:60])}\ninclude:some {' '.join(names[50:])}\n",
    ):
        with pytest.raises(ListRefused, match="more than 100 attributes"):
            text_of(tmp_path, "some", some=content)


def test_files_and_their_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 3)
    with pytest.raises(ListRefused, match="more than 3 files"):
        text_of(tmp_path)
    monkeypatch.setattr(module, "_LARGEST_FILE", 1 << 20)
    with pytest.raises(ListRefused, match="poker: longer than 1 MiB"):
        text_of(tmp_path, poker="poker.test\n" * 200_000)


@pytest.mark.parametrize(
    ("start", "does"),
    [
        (b"include:a\n", True),
        (b"a.test\r\ninclude:category-b @ads @-!cn # why\r\n", True),
        (b"# include:a\n", False),
        (b'include: "a.conf"\n', False),
        (b"include:../a\n", False),
        (b"include:/etc/passwd\n", False),
        (b"server:\n  include:a\n", False),
        (b"# v2fly: a\ninclude:b\n", False),
        (b"a.test\n", False),
    ],
)
def test_including_shows_at_the_beginning(start: bytes, does: bool) -> None:
    assert includes_others(start) is does
