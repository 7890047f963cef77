"""What sending has in common: nobody is trusted by accident, and every attempt has an end."""

import threading
from pathlib import Path

import pytest

from addons.desk.sending import NotSent, ending, trusting


def test_a_file_of_certificates_adds_to_the_systems(tmp_path: Path) -> None:
    assert trusting(None).check_hostname
    (tmp_path / "no.pem").write_text("no certificate")
    for path in (tmp_path / "no.pem", tmp_path / "missing.pem"):
        with pytest.raises(NotSent, match="ca-file"):
            trusting(path)


def test_what_takes_too_long_is_cut_and_what_does_not_is_left_alone() -> None:
    cut = threading.Event()
    with ending(cut.set, 0.02):
        assert cut.wait(10)
    left = threading.Event()
    with ending(left.set, 60):
        pass
    assert not left.is_set()
