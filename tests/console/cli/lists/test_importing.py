"""From somebody's file to a Ruleset in force, or to one line and nothing changed."""

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from console.cli.lists.importing import name_of
from tests.console.cli.conftest import Cli

PROGRAM = Path(sys.executable).with_name("sluicegate")
LIST = "bad-one.test\nbet two.test\nbad-three.test\nbad-four.test\nbad-five.test\n"


def everything_below(folder: Path) -> dict[str, bytes | str]:
    """But for the database, which holds that somebody asked which hosts are visited most."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file())
        and path.name != ".lock"
        and not path.name.startswith("sluicegate.sqlite")
    }


def verdict(cli: Cli, url: str) -> str:
    answer = json.loads(cli("categorise", "--json", stdin=url.encode()).out)
    return f"{answer['verdict']} {','.join(answer['categories'])}".strip()


def test_a_list_is_recognised_built_and_in_force(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(LIST)
    ran = cli("lists", "import", "--category", "gambling", tmp_path / "own.txt")
    assert ran.code == 0
    assert "own: 4 entries of gambling, read as domains, 1 bad lines" in ran.out
    assert "line 2: one domain a line is expected: bet two.test" in ran.out
    assert "in force" in ran.out
    assert ran.err == ""
    assert verdict(cli, "http://www.bad-one.test/") == "block gambling"


def test_rules_for_browsers_and_exceptions_are_counted(cli: Cli, state: Path, tmp_path: Path) -> None:
    rules = "||bad-one.test^\n||bad-two.test^\n@@||bad-two.test^\n@@||www.bad-one.test^\nbet.test##.ad\n"
    (tmp_path / "own.txt").write_text(rules)
    ran = cli("lists", "import", "--category", "gambling", tmp_path / "own.txt")
    assert "own: 1 entries of gambling, read as adblock, 0 bad lines, 1 not applicable" in ran.out
    assert "2 exceptions, 1 of them without effect, below a host that the list still names" in ran.out
    assert verdict(cli, "www.bad-one.test") == "block gambling"
    assert verdict(cli, "bad-two.test") == "allow"


def test_a_list_of_the_same_name_is_replaced(cli: Cli, state: Path, tmp_path: Path) -> None:
    for host in ("first.test", "second.test"):
        (tmp_path / "x.txt").write_text(f"{host}\n")
        cli("lists", "import", "--category", "games", "--name", "own", tmp_path / "x.txt")
    assert verdict(cli, "first.test") == "allow"
    assert verdict(cli, "second.test") == "block games"


def test_json_says_what_was_done(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(LIST)
    ran = cli("lists", "import", "--category", "gambling", tmp_path / "own.txt", "--json")
    done = json.loads(ran.out)
    assert (done["not_applicable"], done["exceptions"], done["exceptions_without_effect"]) == (0, 0, 0)
    assert done["first_bad_lines"] == [
        {"number": 2, "text": "bet two.test", "why": "one domain a line is expected"}
    ]
    assert (done["name"], done["entries"], done["bad_lines"], done["in_force"]) == ("own", 4, 1, True)
    assert done["ruleset"] == (state / "rulesets" / "current").readlink().name


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"<!doctype html><html><body>404</body></html>", "a web page", id="html"),
        pytest.param(b"\x7fELF\x00\x00\x01\x02" * 300, "binary", id="binary"),
        pytest.param(b"", "no entries", id="empty"),
        pytest.param(b"# nothing but a heading\n", "no entries", id="only-comments"),
        pytest.param(b"# Number of entries: 1,000\na.test\nb.test\n", "cut off", id="cut-off"),
        pytest.param(
            b"# sluicegate-list: 1\n" + b"".join(b"*a%d.*/x*\n" % n for n in range(5_001)),
            "more than 5,000 wildcards and regular expressions, up to line 5,002",
            id="a-flood-of-patterns",
        ),
        pytest.param(b"# sluicegate-list: 1\nb c\nd.test\n", "the first is line 2", id="mostly-bad-lines"),
        pytest.param(b"one two three\nfour five six\n" * 50, "in no format", id="prose"),
    ],
)
def test_what_is_no_list_is_refused_and_nothing_has_changed(
    cli: Cli, state: Path, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "feed.txt").write_bytes(content)
    before = everything_below(state)
    ran = cli("lists", "import", "--category", "gambling", tmp_path / "feed.txt")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"sluicegate: {tmp_path / 'feed.txt'}: ")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert everything_below(state) == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("--category", "nonsense"), 1, "choose one of essential, ", id="an-unknown-category"),
        pytest.param((), 2, "--category", id="no-category"),
        pytest.param(
            ("--category", "games", "--name", "Shipped List"), 1, "cannot be the name", id="a-bad-name"
        ),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    cli: Cli, state: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "own.txt").write_text(LIST)
    before = everything_below(state)
    ran = cli("lists", "import", *arguments, tmp_path / "own.txt")
    assert ran.code == code
    assert says in ran.err
    assert everything_below(state) == before


def test_a_file_that_is_not_there_is_an_error_of_usage(cli: Cli, tmp_path: Path) -> None:
    ran = cli("lists", "import", "--category", "games", tmp_path / "missing.txt")
    assert ran.code == 2
    assert "missing.txt" in ran.err
    assert not (tmp_path / "state").exists()


def test_an_entry_against_a_help_line_is_held_back_naming_list_and_line(
    cli: Cli, state: Path, tmp_path: Path
) -> None:
    (tmp_path / "feed.txt").write_text("bet.test\ngambleaware.org\n")
    arguments = ("lists", "import", "--category", "gambling", tmp_path / "feed.txt")
    ran = cli(*arguments)
    assert ran.code == 0
    assert "held back: feed line 2: gambleaware.org: " in ran.out
    assert verdict(cli, "gambleaware.org") == "allow help"
    assert verdict(cli, "bet.test") == "block gambling"
    (tmp_path / "feed.txt").write_text("gambleaware.org\nbet.test\nother.test\n")
    assert "held back" not in cli(*arguments).out, "it is withheld from every text, and told once"
    assert verdict(cli, "gambleaware.org") == "allow help"
    assert "gambleaware.org" in cli("lists", "pending").out


def test_what_is_against_help_lines_can_be_left_out_for_good(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text("bet.test\ngambleaware.org\n")
    arguments = ("lists", "import", "--category", "gambling", tmp_path / "feed.txt")
    assert cli(*arguments, "--leave-out-protected").code == 0
    assert verdict(cli, "gambleaware.org") == "allow help"
    assert verdict(cli, "bet.test") == "block gambling"
    assert "gambleaware.org" not in cli("lists", "pending").out
    assert cli("lists", "activate").code == 0
    assert verdict(cli, "gambleaware.org") == "allow help"


def test_a_list_can_be_kept_without_being_put_in_force(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("bad-one.test\n")
    ran = cli("lists", "import", "--category", "games", "--no-activate", tmp_path / "own.txt")
    assert ran.code == 0
    assert "what is in force stays" in ran.out
    assert verdict(cli, "bad-one.test") == "allow"
    assert "own" in cli("lists", "status").out
    assert cli("lists", "activate").code == 0
    assert verdict(cli, "bad-one.test") == "block games"


def test_a_squidguard_folder_or_its_files_are_one_list(cli: Cli, state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gambling"
    folder.mkdir()
    (folder / "domains").write_text("bad-one.test\n")
    (folder / "urls").write_text("part.test/casino\n")
    for paths in ([folder], [folder / "domains", folder / "urls"]):
        ran = cli("lists", "import", "--category", "gambling", "--json", *paths)
        done = json.loads(ran.out)
        assert (done["name"], done["format"], done["entries"]) == ("gambling", "squidguard", 2)
    assert verdict(cli, "http://part.test/casino/x") == "block gambling"


def test_several_files_of_one_format_are_one_list(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("bad-one.test")
    (tmp_path / "b.txt").write_text("bad-two.test\n")
    ran = cli(
        "lists", "import", "--category", "games", "--name", "own", tmp_path / "a.txt", tmp_path / "b.txt"
    )
    assert ran.code == 0
    assert verdict(cli, "bad-one.test") == verdict(cli, "bad-two.test") == "block games"


def test_files_of_several_formats_are_not_one_list(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("bad-one.test\nbad-two.test\n")
    (tmp_path / "b.txt").write_text("0.0.0.0 bad-three.test\n0.0.0.0 bad-four.test\n")
    ran = cli("lists", "import", "--category", "games", tmp_path / "a.txt", tmp_path / "b.txt")
    assert ran.code == 1
    assert "a.txt is domains, b.txt is hosts" in ran.err


def test_packed_lists_and_tables_are_taken_as_they_come(cli: Cli, state: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        archive.writestr("data/casinos", "bad-one.test\n")
        archive.writestr("data/other", "bad-two.test\n")
    (tmp_path / "urls.csv").write_text("host,url\nbad-three.test,http://part.test/casino\n")
    several = cli("lists", "import", "--category", "games", tmp_path / "lists.zip")
    assert several.code == 1
    assert "say which with --inside; there are data/casinos, data/other" in several.err
    inside = cli("lists", "import", "--category", "games", "--inside", "data/casinos", tmp_path / "lists.zip")
    assert "lists: 1 entries of games, read as domains" in inside.out
    table = cli("lists", "import", "--category", "gambling", tmp_path / "urls.csv")
    assert table.code == 1
    assert "say with --column which of its columns has the entries: host, url" in table.err
    column = cli("lists", "import", "--category", "gambling", "--column", "url", tmp_path / "urls.csv")
    assert "urls: 1 entries of gambling, read as csv" in column.out
    assert verdict(cli, "bad-one.test") == "block games"
    assert verdict(cli, "bad-two.test") == "allow"
    assert verdict(cli, "http://part.test/casino") == "block gambling"


def test_several_packed_files_of_one_format_are_one_list(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"bad-one.test\n"))
    (tmp_path / "b.txt").write_text("bad-two.test\n")
    ran = cli("lists", "import", "--category", "games", tmp_path / "a.txt.gz", tmp_path / "b.txt")
    assert "a: 2 entries of games, read as domains" in ran.out


def test_status_says_which_lists_are_in_force(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("bad-one.test\n")
    cli("lists", "import", "--category", "games", "--no-activate", tmp_path / "own.txt")
    rows = [json.loads(line) for line in cli("lists", "status", "--json").out.splitlines()]
    states = {row["name"]: row["state"] for row in rows}
    assert states["own"] == "kept"
    assert states["shipped.gambling"] == "in force"
    shown = cli("lists", "status").out
    assert (state / "rulesets" / "current").readlink().name in shown


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["Gambling Hosts (new).txt"], "gambling-hosts-new"),
        (["hagezi.pro"], "hagezi-pro"),
        (["../[bold].list"], "bold"),
        (["\x1b\u202e.txt"], "list"),
        (["x" * 100], "x" * 64),
        (["hosts.tar.gz"], "hosts"),
        (["rules.json.zip"], "rules"),
        (["gambling/domains.diff"], "domains-diff"),
    ],
)
def test_a_lists_name_comes_from_its_file_made_plain(paths: list[str], name: str) -> None:
    assert name_of([Path(path) for path in paths]) == name


def test_ctrl_c_gives_an_import_up_without_a_word_and_nothing_has_changed(
    state: Path, tmp_path: Path
) -> None:
    (tmp_path / "many.txt").write_text("".join(f"host-{number}.test\n" for number in range(300_000)))
    before = everything_below(state)
    process = subprocess.Popen(
        [PROGRAM, "lists", "import", "--category", "games", tmp_path / "many.txt"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # The build has begun: the text is kept, and a folder to build in is there.
    while process.poll() is None and not any((state / "rulesets").glob(".unfinished-*")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")
    left = {name: what for name, what in everything_below(state).items() if "/.unfinished-" not in name}
    assert left == before


@pytest.mark.parametrize("most_bytes", [4_000, 35_000])
def test_a_full_disk_is_one_line_and_nothing_has_changed(
    state: Path, tmp_path: Path, most_bytes: int
) -> None:
    """No file may grow beyond `most_bytes`: the text itself, or the index that is built of it."""
    (tmp_path / "many.txt").write_text("".join(f"host-{number}.test\n" for number in range(10_000)))
    before = everything_below(state)
    ran = subprocess.run(
        [PROGRAM, "lists", "import", "--category", "games", tmp_path / "many.txt"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    assert (ran.returncode, ran.stdout) == (4, "")
    assert ran.stderr.count("\n") == 1
    assert everything_below(state) == before


def test_a_damaged_ruleset_is_built_again(cli: Cli, state: Path) -> None:
    (state / "rulesets" / "current" / "hosts.trie").write_bytes(b"")
    ran = cli("explain", "bet365.com")
    assert ran.code == 1
    assert "sluicegate lists activate" in ran.err
    assert cli("lists", "activate").code == 0
    assert cli("explain", "bet365.com").code == 0


def test_what_is_in_force_is_built_again_where_the_release_would_make_something_else(
    cli: Cli, state: Path
) -> None:
    before = (state / "rulesets" / "current").readlink().name
    ran = cli("lists", "rebuild")
    assert (ran.code, ran.err) == (0, "")
    assert "as this release would build it" in ran.out
    manifest = state / "rulesets" / before / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"engine": "', '"engine": "x'))
    ran = cli("lists", "rebuild", "--json")
    assert json.loads(ran.out) == {"ruleset": before, "rebuilt": True}
    assert cli("lists", "status").code == 0
