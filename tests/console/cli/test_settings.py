"""Where settings come from, which wins, and what a wrong one says."""

import os
from pathlib import Path

import pytest

from console.cli.settings import Effective, read_settings, setting_keys, shown_settings, variable_of
from console.cli.state import State
from policy.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _state(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()


def read(tmp_path: Path) -> Effective:
    return read_settings(State(tmp_path / "state"))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    effective = read(tmp_path)
    assert effective.file is None
    assert effective.settings.gateway.workers == 2
    assert effective.policy().rules["gambling"].title == "Gambling"


def test_a_variable_wins_over_the_file_and_leaves_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state" / "sluicegate.toml").write_text('[gateway]\nname = "gw1"\nworkers = 3\n')
    monkeypatch.setenv("SLUICEGATE_GATEWAY__WORKERS", "5")
    gateway = read(tmp_path).settings.gateway
    assert (gateway.name, gateway.workers) == ("gw1", 5)


def test_the_first_file_found_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [
        tmp_path / "named.toml",
        tmp_path / "work" / "sluicegate.toml",
        tmp_path / "state" / "sluicegate.toml",
    ]
    for number, place in enumerate(places, 1):
        place.write_text(f"[gateway]\nworkers = {number}\n")
    monkeypatch.setenv("SLUICEGATE_CONFIG", str(places[0]))
    assert read(tmp_path).file == places[0]
    monkeypatch.delenv("SLUICEGATE_CONFIG")
    assert read(tmp_path).file == places[1]
    places[1].unlink()
    assert read(tmp_path).settings.gateway.workers == 3


@pytest.mark.parametrize(
    ("text", "ports"), [("443", (443,)), ("443, 8443", (443, 8443)), ("[443,9443]", (443, 9443))]
)
def test_a_list_in_a_variable_is_json_or_parted_by_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, ports: tuple[int, ...]
) -> None:
    monkeypatch.setenv("SLUICEGATE_LIMITS__CONNECT_PORTS", text)
    assert read(tmp_path).settings.limits.connect_ports == ports


def test_a_path_in_the_file_is_meant_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "state" / "sluicegate.toml").write_text(
        'policy_file = "rules/policy.toml"\n[destinations]\nhosts_file = "/etc/hosts"\nca_file = "x.pem"\n'
    )
    settings = read(tmp_path).settings
    assert settings.policy_file == tmp_path / "state" / "rules" / "policy.toml"
    assert settings.destinations.hosts_file == Path("/etc/hosts")
    assert settings.destinations.ca_file == tmp_path / "state" / "x.pem"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        pytest.param("[gateway\n", "sluicegate.toml: not a TOML file", id="not-toml"),
        pytest.param("\xff\xfe", "sluicegate.toml: not a TOML file", id="not-text"),
        pytest.param(
            "[gatway]\nworkers = 2\n", "sluicegate.toml: gatway: no setting has this name", id="section"
        ),
        pytest.param("[gateway]\nworker = 2\n", "gateway.worker: no setting has this name", id="key"),
        pytest.param(
            "[gateway]\nworkers = 0\n", "gateway.workers: expected greater than or equal to 1", id="value"
        ),
        pytest.param('[gateway]\nlisten = ["8080"]\n', "expected address:port", id="our-own-words"),
        pytest.param(
            '[identity]\nkinds = ["htpasswd"]\n', "htpasswd_file: missing", id="a-rule-between-keys"
        ),
        pytest.param('[gateway]\nworkers = 0\nname = ""\n', r"\(and 1 more\)", id="several"),
    ],
)
def test_a_wrong_setting_names_file_key_and_what_was_expected(
    tmp_path: Path, written: str, says: str
) -> None:
    (tmp_path / "work" / "sluicegate.toml").write_bytes(written.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=says) as caught:
        read(tmp_path)
    assert "sluicegate.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SLUICEGATE_GATEWAY__WORKERS", "many", "SLUICEGATE_GATEWAY__WORKERS: expected a valid integer"),
        ("SLUICEGATE_GATEWAY__WORKER", "2", "SLUICEGATE_GATEWAY__WORKER: no setting has this name"),
        ("SLUICEGATE_WORKERS", "2", "SLUICEGATE_WORKERS: no setting has this name"),
        ("SLUICEGATE_LIMITS__CONNECT_PORTS", "[443", "SLUICEGATE_LIMITS__CONNECT_PORTS: expected a list"),
        (
            "SLUICEGATE_LIMITS__CONNECT_PORTS",
            "443,x",
            "SLUICEGATE_LIMITS__CONNECT_PORTS: expected a valid integer",
        ),
        ("SLUICEGATE_CONFIG", "/nonexistent/x.toml", "/nonexistent/x.toml: the settings cannot be read"),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path)
    assert says in str(caught.value)


def test_a_file_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state" / "sluicegate.toml"
    file.write_text("")
    file.chmod(0o666)
    with pytest.raises(ConfigurationError, match="everybody may write this file"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another account")
def test_another_accounts_file_in_the_current_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "work" / "sluicegate.toml"
    file.write_text("")
    os.chown(file, 12345, 12345)
    with pytest.raises(ConfigurationError, match="belongs to another account"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://gw:hunter2@db.test:5432/log", "postgresql://gw:********@db.test:5432/log"),
        (
            "postgresql://gw:a@b:c@db.test/log?password=hunter2",
            "postgresql://gw:********@db.test/log?********",
        ),
        ("postgresql://db.test/log", "postgresql://db.test/log"),
        ("hunter2", "********"),
    ],
)
def test_a_secret_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", url)
    effective = read(tmp_path)
    values = {setting.key: setting.value for setting in shown_settings(effective)}
    assert values["database.url"] == shown
    assert "hunter2" not in repr(effective)


def test_each_setting_is_shown_with_where_it_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "state" / "sluicegate.toml"
    file.write_text('[gateway]\nname = "gw1"\n')
    monkeypatch.setenv("SLUICEGATE_GATEWAY__WORKERS", "4")
    shown = {setting.key: setting for setting in shown_settings(read(tmp_path))}
    assert list(shown) == list(setting_keys())
    assert shown["gateway.name"].source == str(file)
    assert shown["gateway.workers"].source == "SLUICEGATE_GATEWAY__WORKERS"
    assert shown["gateway.listen"].source == "default"


def test_a_key_has_one_variable() -> None:
    assert variable_of(("gateway", "workers")) == "SLUICEGATE_GATEWAY__WORKERS"
