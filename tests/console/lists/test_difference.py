"""What came and went between two Rulesets, counted beside a plain comparison of sets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.library import ListLibrary
from categories.manifest import ListInfo
from categories.readers.blocks import Blocks
from console.lists.difference import ListDifference, differences

HOSTS = st.lists(st.sampled_from([f"h{number}.test" for number in range(9)]), max_size=12)


def info(name: str, sha256: str, left_out: tuple[int, ...] = (), form: str = "sluicegate") -> ListInfo:
    return ListInfo(
        name=name,
        category="games",
        format=form,
        entries=1,
        bad_lines=0,
        lines=1,
        sha256=sha256,
        left_out=left_out,
    )


def text_of(texts: dict[str, list[str]], name: str, sha256: str) -> Blocks | None:
    if sha256 not in texts:
        return None
    text = "\n".join(["# sluicegate-list: 1", *texts[sha256], "always.test"]) + "\n"
    return Blocks(lambda: iter([text.encode()]))


def compared(
    texts: dict[str, list[str]], before: list[ListInfo], after: list[ListInfo], shown: int | None = None
) -> list[ListDifference]:
    return list(differences(before, after, lambda name, sha256: text_of(texts, name, sha256), shown=shown))


@given(HOSTS, HOSTS)
def test_entries_are_counted_as_sets_of_them_would_be(old: list[str], new: list[str]) -> None:
    """However often and in which order a text has them."""
    (found,) = compared({"a": old, "b": new}, [info("own", "a")], [info("own", "b")])
    assert set(found.first_added) == set(new) - set(old)
    assert set(found.first_removed) == set(old) - set(new)
    assert (found.added, found.removed) == (len(found.first_added), len(found.first_removed))


def test_a_list_that_is_the_same_is_not_read() -> None:
    assert compared({}, [info("own", "a", (3, 2))], [info("own", "a", (2, 3))]) == []


def test_new_lists_gone_lists_and_lines_left_out_count() -> None:
    texts = {"a": ["one.test", "two.test"]}
    came, gone, less = compared(
        texts,
        [info("b-gone", "a"), info("c-less", "a")],
        [info("a-came", "a"), info("c-less", "a", (2,))],
        shown=1,
    )
    assert (came.name, came.added, came.removed, came.before) == ("a-came", 3, 0, None)
    assert (gone.name, gone.added, gone.removed, gone.after) == ("b-gone", 0, 3, None)
    assert (less.added, less.removed, less.first_removed) == (0, 1, ("one.test",))
    assert came.first_added == ("one.test",), "the first of them"


def test_what_is_no_host_is_shown_with_its_kind() -> None:
    (found,) = compared({"a": [], "b": ["keyword:casino"]}, [info("own", "a")], [info("own", "b")])
    assert found.first_added == ("keyword:casino",)


def test_a_text_that_is_not_kept_any_more_leaves_the_counts_unknown() -> None:
    (found,) = compared({"b": ["one.test"]}, [info("own", "lost")], [info("own", "b")])
    assert (found.added, found.removed) == (None, None)


def test_entries_of_confidential_lists_are_counted_and_not_shown(tmp_path: Path) -> None:
    key = "# sluicegate-confidential: 1 key=0123456789abcdef "
    texts = {"a": f"{key}host:{'aa' * 16}\n", "b": f"{key}host:{'bb' * 16}\nhost:{'cc' * 16}\n"}
    (found,) = differences(
        [info("own", "a", form="confidential")],
        [info("own", "b", form="confidential")],
        lambda name, sha256: Blocks(lambda: iter([texts[sha256].encode()])),
        shown=None,
    )
    assert (found.added, found.removed, found.confidential) == (2, 1, True)
    assert found.first_added == found.first_removed == ()


def test_a_librarys_own_texts_are_compared(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "lists", None)
    sources = []
    for text in ("one.test\ntwo.test\n", "two.test\nthree.test\nfour.test\n"):
        (tmp_path / "own.txt").write_text(text)
        sources.append(library.read_in("own", "games", tmp_path / "own.txt"))
    old, new = ([info("own", source.record.sha256)] for source in sources)
    (found,) = differences(old, new, library.kept_text, shown=9)
    assert found.first_added == ("three.test", "four.test")
    assert found.first_removed == ("one.test",)
    with pytest.raises(StopIteration):
        next(differences(old, old, library.kept_text, shown=9))
