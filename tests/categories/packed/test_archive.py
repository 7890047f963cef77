"""Which file of an archive is the list, and nothing but that is written, and nowhere else."""

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed import archive as module
from categories.packed.archive import open_archive, unpack
from policy.errors import ListRefused
from tests.categories.packed.archives import tar, zipped

UT1 = {
    "blacklists/gambling/domains": b"bet.test\n",
    "blacklists/gambling/urls": b"example.org/casino\n",
    "blacklists/gambling/usage": b"black\n",
    "blacklists/adult/domains": b"adult.test\n",
    "blacklists/README": b"read me\n",
}


def opened(folder: Path, content: bytes, inside: str = "") -> Path:
    (folder / "list").write_bytes(content)
    archive = open_archive(folder / "list", "a list")
    assert archive is not None
    into = folder / "into"
    into.mkdir()
    return unpack(archive, inside, into, "a list")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_a_file_by_itself_is_the_list(tmp_path: Path, mode: str) -> None:
    files = {"lists/hosts.txt": b"bet.test\n"}
    chosen = opened(tmp_path, zipped(files) if mode == "zip" else tar(files, mode=mode))
    assert chosen.read_bytes() == b"bet.test\n"
    assert everything(tmp_path / "into") == {"lists/hosts.txt": b"bet.test\n"}


def test_a_squidguard_folder_by_itself_is_the_list(tmp_path: Path) -> None:
    files = {name: content for name, content in UT1.items() if "adult" not in name}
    chosen = opened(tmp_path, tar(files, mode="w:gz", links={"blacklists/betting": "gambling"}))
    assert (chosen.name, chosen.is_dir()) == ("gambling", True)
    assert sorted(everything(tmp_path / "into")) == ["gambling/domains", "gambling/urls", "gambling/usage"]


def test_the_files_may_stand_at_the_top(tmp_path: Path) -> None:
    assert opened(tmp_path, tar({"./domains": b"bet.test\n"})).is_dir()


@pytest.mark.parametrize(
    ("inside", "written"),
    [
        ("blacklists/adult", {"adult/domains": b"adult.test\n"}),
        ("./blacklists/adult/", {"adult/domains": b"adult.test\n"}),
        ("blacklists/README", {"blacklists/README": b"read me\n"}),
    ],
)
def test_what_is_named_is_the_list(tmp_path: Path, inside: str, written: dict[str, bytes]) -> None:
    for number, content in enumerate((tar(UT1, mode="w:gz"), zipped(UT1))):
        folder = tmp_path / str(number)
        folder.mkdir()
        opened(folder, content, inside)
        assert everything(folder / "into") == written


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("", "several; say which with --inside; there are blacklists/adult, blacklists/gambling$"),
        ("blacklists", "no file or SquidGuard folder 'blacklists' inside; there are blacklists/adult"),
        ("../list", "no file or SquidGuard folder"),
    ],
)
def test_what_is_not_clear_is_asked_for(tmp_path: Path, inside: str, why: str) -> None:
    with pytest.raises(ListRefused, match=why):
        opened(tmp_path, tar(UT1), inside)
    assert everything(tmp_path / "into") == {}


def test_of_many_files_a_few_are_named(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match=r"there are 0\.txt, 1\.txt, 2\.txt, 3\.txt, 4\.txt and 4 more"):
        opened(tmp_path, tar({f"{number}.txt": b"" for number in range(9)}))


def test_an_archive_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match="no file at all"):
        opened(tmp_path, tar({}, links={"ads": "publicite"}))


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../domains",
        "a/../../domains",
        "..",
        "C:\\domains",
        "C:domains",
        "..\\domains",
        "\\domains",
    ],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    for number, content in enumerate(
        (tar({"domains": b"a.test\n", name: b"x"}), zipped({"domains": b"", name: b"x"}))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(ListRefused, match="leads out of the archive"):
            opened(folder, content, "domains")
        assert everything(folder / "into") == {}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "C:\\x"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    with pytest.raises(ListRefused, match="leads out of the archive"):
        opened(tmp_path, tar({"gambling/domains": b"a.test\n"}, links={"gambling/urls": target}))


def test_a_link_in_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("urls")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../../etc/passwd")
        archive.writestr("domains", "a.test\n")
    with pytest.raises(ListRefused, match="leads out of the archive"):
        opened(tmp_path, stream.getvalue())


def test_a_link_inside_is_not_followed(tmp_path: Path) -> None:
    content = tar({"gambling/domains": b"a.test\n"}, links={"gambling/urls": "domains"})
    opened(tmp_path, content)
    assert everything(tmp_path / "into") == {"gambling/domains": b"a.test\n"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("domains", "a.test\n")
        archive.writestr("./domains", "b.test\n")
    with pytest.raises(ListRefused, match="there twice"):
        opened(tmp_path, stream.getvalue())


@pytest.mark.parametrize("name", ["a/..", "b" * 201, "é" * 101])
def test_a_name_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ListRefused, match="no name for a file"):
        opened(tmp_path, zipped({name: b"x"}))


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 5)
    with pytest.raises(ListRefused, match="more than 5 members"):
        opened(tmp_path, tar({str(number): b"" for number in range(6)}))


@pytest.mark.parametrize("packed", ["zip", "tar"])
def test_a_bomb_in_an_archive_is_refused(tmp_path: Path, packed: str) -> None:
    files = {"domains": bytes(40 << 20)}
    with pytest.raises(ListRefused, match="times its size"):
        opened(tmp_path, zipped(files) if packed == "zip" else tar(files, mode="w:gz"))
    assert sum(map(len, everything(tmp_path / "into").values())) < 20 << 20


def test_of_a_zip_all_members_together_are_bounded(tmp_path: Path) -> None:
    """Each is short enough to do no harm by itself; all of its folder are written."""
    files = {f"lists/{number}": bytes(15 << 20) for number in range(6)}
    with pytest.raises(ListRefused, match="times its size"):
        opened(tmp_path, zipped(files), inside="lists/0")
    assert sum(map(len, everything(tmp_path / "into").values())) < 20 << 20


def test_a_zip_of_a_rare_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match="rare in zip"):
        opened(tmp_path, zipped({"domains": b"x"}, how=zipfile.ZIP_LZMA))


def test_a_directory_of_a_zip_is_bounded_since_it_is_held_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_DIRECTORY", 70_000)
    with pytest.raises(ListRefused, match="directory is too long"):
        opened(tmp_path, zipped({str(number): b"" for number in range(2_000)}))


@pytest.mark.parametrize("content", [b"bet.test\n", b"", b"\x1f\x8bno gzip", b"BZh9no bzip2"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    assert open_archive(tmp_path / "list", "a list") is None


@given(st.binary(max_size=60), st.integers(0, 400), st.booleans())
def test_any_damage_is_refused_in_one_line_or_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes, at: int, tarred: bool
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = tar(UT1, mode="w:gz") if tarred else zipped(UT1)
    (folder / "list").write_bytes(content[:at] + damage + content[at + len(damage) :])
    archive = open_archive(folder / "list", "a list")
    if archive is not None:
        (folder / "into").mkdir()
        try:
            unpack(archive, "blacklists/adult", folder / "into", "a list")
        except ListRefused as refused:
            assert "\n" not in str(refused)
    assert [path.name for path in folder.iterdir() if path.name not in {"list", "into"}] == []
