"""The list of hosts that are never decrypted."""

from datetime import date
from pathlib import Path

import pytest

from addons.never_decrypt import NeverDecrypt, never_decrypt_in_force, read_never_decrypt
from categories.urls.normalise import normalise_host
from policy.errors import ConfigurationError

ENTRY = '[[entry]]\nhost = "{host}"\nwhy = "pinned"\nwho = "IT"\nreview = 2027-01-01\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "never_decrypt.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("pinned.test", True),
        ("api.pinned.test", True),
        ("notpinned.test", False),
        ("pinned.test.evil.test", False),
        ("test", False),
    ],
)
def test_an_entry_covers_the_host_and_its_subdomains(tmp_path: Path, host: str, covered: bool) -> None:
    listed = read_never_decrypt(write(tmp_path, ENTRY.format(host="Pinned.Test.")))
    assert listed.covers(host) is covered


def test_an_entry_whose_review_is_due_is_told() -> None:
    listed = read_never_decrypt()
    assert list(listed.overdue(date(2020, 1, 1))) == []
    assert len(list(listed.overdue(date(2100, 1, 1)))) == len(listed.entries)


def test_the_shipped_list_is_whole_and_normalised() -> None:
    listed = read_never_decrypt()
    assert listed.entries
    assert {normalise_host(entry.host) for entry in listed.entries} == listed.hosts
    assert all(entry.why and entry.who for entry in listed.entries)
    assert NeverDecrypt().covers("anything.test") is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("[[entry", "not a TOML file", id="no-toml"),
        pytest.param(ENTRY.format(host="a..b"), "entry 1: host", id="no-host"),
        pytest.param(
            ENTRY.format(host="a.test").replace('who = "IT"\n', ""), "entry.1.who", id="nobody-answers"
        ),
        pytest.param(ENTRY.format(host="a.test") + 'note = "x"\n', "entry.1.note", id="unknown-key"),
        pytest.param("[[entries]]\n", "entries", id="unknown-table"),
        pytest.param(ENTRY.format(host="a.test").replace("2027-01-01", '"soon"'), "review", id="no-date"),
    ],
)
def test_a_mistake_is_told_by_file_and_entry(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        read_never_decrypt(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_never_decrypt(tmp_path / "missing.toml")


def test_the_organisation_s_own_file_adds_to_the_shipped_list(tmp_path: Path) -> None:
    shipped = read_never_decrypt()
    both = never_decrypt_in_force(write(tmp_path, ENTRY.format(host="ours.test")))
    assert both.covers("api.ours.test")
    assert all(both.covers(entry.host) for entry in shipped.entries)
    assert len(both.entries) == len(shipped.entries) + 1
    assert never_decrypt_in_force(None) == shipped
    with pytest.raises(ConfigurationError, match="cannot be read"):
        never_decrypt_in_force(tmp_path / "none.toml")
