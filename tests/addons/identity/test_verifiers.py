"""What a verifier is: each of ours is one."""

from pathlib import Path

from addons.identity.directory import Directory
from addons.identity.htpasswd import Htpasswd
from addons.identity.settings import LdapSettings
from addons.identity.verifiers import DirectoryAway, PasswordVerifier


def test_each_of_ours_can_be_asked_whose_a_password_is(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("")
    verifiers: list[PasswordVerifier] = [Htpasswd(tmp_path / "people"), Directory(LdapSettings())]
    assert [one.has("ann") for one in verifiers] == [False, True]
    assert verifiers[0].verify("ann", "secret") is None


def test_that_nobody_can_say_is_no_answer() -> None:
    assert not issubclass(DirectoryAway, OSError)
    assert str(DirectoryAway("ldaps://a.test: no answer in time")) == "ldaps://a.test: no answer in time"
