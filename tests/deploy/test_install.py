"""
The install script, run for real into a folder: wheels of a tiny Sluicegate, real environments, real links.

The real wheel with its real packages goes the same way in `.ci/run`, and on a machine of its own, under
systemd, in `benchmarks/run systemd`.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from addons.settings import GatewaySettings
from console.cli.settings import FILE_VARIABLE, read_settings
from console.cli.state import State

DEPLOY = Path(__file__).parents[2] / "deploy"

type Run = subprocess.CompletedProcess[str]


def make_wheel(folder: Path, version: str, name: str = "sluicegate") -> Path:
    """A wheel whose command says its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        "console/__init__.py": "",
        "console/cli/__init__.py": "",
        "console/cli/main.py": f"def main(): print('{version}')\nif __name__ == '__main__': main()\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\n"
        "sluicegate = console.cli.main:main\nother = console.cli.main:main\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for path, text in files.items()
    )
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def sha256(path: Path) -> str:
    """As `sha256sum` prints it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Machine:
    """A folder that stands for a machine, and what a release is unpacked into."""

    root: Path
    release: Path

    def call(self, *arguments: str) -> Run:
        """The script, with this machine as its root."""
        options = ["--root", str(self.root), "--python", sys.executable, "--wheels", str(self.release)]
        return subprocess.run(
            [str(self.release / "deploy/install.sh"), *options, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.release.parent / "anybodys",
            env={"PATH": os.environ["PATH"], "HOME": str(self.release)},
        )

    def install(self, wheel: Path, *options: str) -> Run:
        """A wheel, with the hash it has."""
        return self.call(*options, "--sha256", sha256(wheel), str(wheel))

    def current(self) -> str:
        """The release in use."""
        return str((self.root / "opt/sluicegate/current").readlink())

    def says(self, release: str) -> str:
        """What the command of a release prints."""
        python = self.root / "opt/sluicegate" / release / "bin/python"
        done = subprocess.run(
            [python, "-P", "-m", "console.cli.main"], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def files(self) -> set[str]:
        """Everything there is."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}


def unpack(folder: Path) -> Machine:
    """This repository's deploy/, whose release needs no packages, and no machine yet."""
    release = folder / "release"
    shutil.copytree(DEPLOY, release / "deploy")
    (release / "deploy/requirements.txt").write_text("# none\n")
    # From where it is called: a folder such as /tmp, in which others may lay modules for root to trip over.
    (folder / "anybodys").mkdir()
    for module in ("venv", "ensurepip", "pip", "compileall", "random"):
        (folder / "anybodys" / f"{module}.py").write_text("open('was-run-as-root', 'w')\n")
    return Machine(folder / "root", release)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing on it."""
    return unpack(tmp_path)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, list[Run]]:
    """1.0 with a package that is not the pinned one, then with the right one, then 2.0 beside it."""
    folder = tmp_path_factory.mktemp("installed")
    machine = unpack(folder)
    package = make_wheel(machine.release, "9", name="helper")
    runs = []
    for version, pinned in (("1.0", "0" * 64), ("1.0", sha256(package)), ("2.0", sha256(package))):
        (machine.release / "deploy/requirements.txt").write_text(f"helper==9 --hash=sha256:{pinned}\n")
        runs.append(machine.install(make_wheel(folder, version)))
        if len(runs) == 1:  # what it left behind is no release
            assert not (machine.root / "opt/sluicegate/current").exists()
            runs.append(machine.call("--switch", "1.0"))
    return machine, runs


@pytest.fixture(scope="module")
def installed(story: tuple[Machine, list[Run]]) -> Machine:
    """The machine after it."""
    return story[0]


def test_a_package_that_is_not_the_one_that_was_pinned_stops_it_before_anything_is_switched(
    story: tuple[Machine, list[Run]],
) -> None:
    _, (refused, incomplete, mended, beside) = story
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert (incomplete.returncode, "not completely" in incomplete.stderr) == (1, True)
    assert (mended.returncode, beside.returncode) == (0, 0)


def test_nothing_of_the_folder_it_is_called_from_is_run(installed: Machine) -> None:
    assert not (installed.release.parent / "anybodys/was-run-as-root").exists()


def test_the_first_release_is_switched_to_and_the_next_lies_beside_it(installed: Machine) -> None:
    assert installed.current() == "1.0"
    assert (installed.says("current"), installed.says("2.0")) == ("1.0", "2.0")


def test_switching_goes_forwards_and_back_and_needs_a_whole_release(installed: Machine) -> None:
    assert installed.call("--switch", "2.0").returncode == 0
    assert installed.says("current") == "2.0"
    broken = installed.call("--switch", "3.0")
    assert (broken.returncode, installed.current()) == (1, "2.0")
    assert "3.0: not installed" in broken.stderr
    assert installed.call("--switch", "../../etc").returncode == 2
    assert installed.call("--switch", "1.0").returncode == 0
    assert installed.says("current") == "1.0"


def test_a_release_calls_its_own_interpreter_wherever_current_points(installed: Machine) -> None:
    """A generation that still drains must not import half of it from the next release."""
    script = installed.root / "opt/sluicegate/1.0/bin/sluicegate"
    assert "/opt/sluicegate/1.0/bin/python" in script.read_text()
    assert str(installed.root) not in script.read_text()
    assert (
        str(installed.root)
        not in (installed.root / "opt/sluicegate/1.0/pyvenv.cfg").read_text().split("command")[0]
    )


def test_what_tickets_need_comes_from_the_folder_it_was_built_in(machine: Machine, tmp_path: Path) -> None:
    built = tmp_path / "kerberos"
    built.mkdir()
    for name in ("decorator", "gssapi"):
        make_wheel(built, "9", name=name)
    assert machine.install(make_wheel(tmp_path, "1.0"), "--kerberos", str(built)).returncode == 0
    assert {"decorator-9.dist-info", "gssapi-9.dist-info"} <= {Path(path).name for path in machine.files()}


def test_nothing_but_our_own_command_is_left_to_be_run(installed: Machine) -> None:
    programs = {path.name for path in (installed.root / "opt/sluicegate/1.0/bin").iterdir()}
    assert {name for name in programs if not name.startswith("python")} == {"sluicegate"}
    done = subprocess.run(
        [installed.root / "opt/sluicegate/1.0/bin/python", "-c", "import pip"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1


def test_settings_and_state_are_for_the_account_alone(installed: Machine) -> None:
    modes = {
        path: (installed.root / path).stat().st_mode & 0o777
        for path in ("etc/sluicegate", "etc/sluicegate/sluicegate.toml", "var/lib/sluicegate")
    }
    assert list(modes.values()) == [0o750, 0o640, 0o700], modes
    assert "sluicegate:" in (installed.root / "etc/passwd").read_text()
    if os.geteuid() == 0:
        account = (installed.root / "etc/passwd").read_text().split(":")
        state = (installed.root / "var/lib/sluicegate").stat()
        config = (installed.root / "etc/sluicegate/sluicegate.toml").stat()
        assert (state.st_uid, state.st_gid) == (int(account[2]), int(account[3]))
        assert (config.st_uid, config.st_gid) == (0, int(account[3]))


def test_again_with_the_same_wheel_nothing_changes(installed: Machine) -> None:
    settings = installed.root / "etc/sluicegate/sluicegate.toml"
    settings.write_text(settings.read_text() + "# mine\n")
    before = installed.files()
    again = installed.install(installed.release.parent / "sluicegate-1.0-py3-none-any.whl")
    assert (again.returncode, "installed already" in again.stdout) == (0, True)
    assert installed.files() == before
    assert settings.read_text().endswith("# mine\n")


def test_another_wheel_of_the_same_version_is_refused(installed: Machine, tmp_path: Path) -> None:
    other = make_wheel(tmp_path, "1.0")
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("console/more.py", "")
    refused = installed.install(other)
    assert (refused.returncode, "another build of 1.0" in refused.stderr) == (1, True)
    assert installed.says("1.0") == "1.0"


def test_every_unit_and_kernel_setting_is_where_the_system_looks(installed: Machine) -> None:
    units = installed.root / "usr/local/lib/systemd/system"
    for file in (DEPLOY / "systemd").rglob("*"):
        if file.suffix in {".service", ".timer"} or file.parent != DEPLOY / "systemd":
            assert (units / file.relative_to(DEPLOY / "systemd")).read_bytes() == file.read_bytes()
    for path in (
        "sysusers.d/sluicegate.conf",
        "sysctl.d/90-sluicegate.conf",
        "modules-load.d/sluicegate.conf",
    ):
        assert (installed.root / "usr/local/lib" / path).is_file()
    assert str((installed.root / "usr/bin/sluicegate").readlink()) == "/opt/sluicegate/current/sluicegate"


def test_what_is_removed_leaves_settings_state_and_account(installed: Machine, tmp_path: Path) -> None:
    copy = Machine(tmp_path / "root", installed.release)
    shutil.copytree(installed.root, copy.root, symlinks=True)
    (copy.root / "var/lib/sluicegate/sluicegate.sqlite").write_text("decisions")
    removed = copy.call("--uninstall")
    assert removed.returncode == 0, removed.stderr
    left = copy.files()
    assert {"var/lib/sluicegate/sluicegate.sqlite", "etc/sluicegate/sluicegate.toml", "etc/passwd"} <= left
    assert not [path for path in left if path.startswith(("opt/sluicegate", "usr/bin/"))]
    assert not [path for path in left if "sluicegate" in path and path.startswith("usr/")]


def test_a_rehearsal_changes_nothing_and_names_every_step(machine: Machine, tmp_path: Path) -> None:
    rehearsed = machine.install(make_wheel(tmp_path, "1.0"), "--dry-run")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert not machine.root.exists()
    for step in ("-m venv", "--require-hashes", "systemd-sysusers", "sluicegate.toml", "/usr/bin/sluicegate"):
        assert step in rehearsed.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "because"),
    [
        pytest.param([], 2, "which wheel?", id="nothing"),
        pytest.param(["WHEEL"], 2, "--sha256", id="no-hash"),
        pytest.param(["--sha256", "0" * 63, "WHEEL"], 2, "64 hexadecimal", id="half-a-hash"),
        pytest.param(["--sha256", "0" * 64, "WHEEL"], 1, "its SHA-256 differs", id="another-hash"),
        pytest.param(["--sha256", "0" * 64, "missing.whl"], 1, "no such file", id="no-file"),
        pytest.param(["--sha256", "0" * 64, "WHEEL", "WHEEL"], 2, "one wheel at a time", id="two-wheels"),
        pytest.param(["--sha256"], 2, "needs a value", id="no-value"),
        pytest.param(["--force", "WHEEL"], 2, "no such option", id="unknown-option"),
        pytest.param(["--switch", "1.0", "WHEEL"], 2, "take no wheel", id="a-switch-and-a-wheel"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_line_and_does_nothing(
    machine: Machine, tmp_path: Path, arguments: list[str], code: int, because: str
) -> None:
    wheel = str(make_wheel(tmp_path, "1.0"))
    done = machine.call(*(wheel if word == "WHEEL" else word for word in arguments))
    assert done.returncode == code
    assert because in done.stderr
    assert done.stderr.count("\n") == 1
    assert not machine.root.exists()


def test_an_old_interpreter_is_refused(machine: Machine, tmp_path: Path) -> None:
    old = tmp_path / "python3.12"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = machine.install(make_wheel(tmp_path, "1.0"), "--python", str(old))
    assert (refused.returncode, "need Python 3.13" in refused.stderr) == (1, True)
    assert not machine.root.exists()


def test_the_settings_it_puts_there_are_valid_and_change_nothing_but_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(DEPLOY / "sluicegate.toml"))
    settings = read_settings(State(tmp_path)).settings
    assert settings.gateway == GatewaySettings(name="gateway-1")


@pytest.mark.parametrize("script", ["install.sh", "sluicegate"])
def test_shellcheck_finds_nothing_in_a_script(script: str) -> None:
    done = subprocess.run(
        ["shellcheck", str(DEPLOY / script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
