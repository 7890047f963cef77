"""Targets as people type them, in the spelling that is judged."""

import pytest
import typer

from console.cli.targets import read_host, read_prefix, read_target
from policy.registers import TargetKind

HOST, PREFIX = TargetKind.HOST, TargetKind.PREFIX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bet.test", (HOST, "bet.test"), id="a-host"),
        pytest.param("BET.test.", (HOST, "bet.test"), id="case-and-dot"),
        pytest.param("https://bet.test/", (HOST, "bet.test"), id="copied-from-a-browser"),
        pytest.param("münchen.test", (HOST, "xn--mnchen-3ya.test"), id="unicode"),
        pytest.param("http://0x7f.1/", (HOST, "127.0.0.1"), id="an-address-in-disguise"),
        pytest.param("bet.test/Games", (PREFIX, "bet.test/games"), id="a-prefix"),
        pytest.param("https://bet.test/a/../b?q=1", (PREFIX, "bet.test/b?q=1"), id="a-whole-url"),
    ],
)
def test_a_target_is_a_host_or_a_host_with_a_path(text: str, expected: tuple[TargetKind, str]) -> None:
    assert read_target(text) == expected


def test_a_host_and_a_prefix_can_be_meant_expressly() -> None:
    assert read_host(" Bet.test ") == (HOST, "bet.test")
    assert read_prefix("bet.test/") == (PREFIX, "bet.test/")


@pytest.mark.parametrize("text", ["", " ", "bet.test/x", "http://bet.test", "a b", "\x00", "x" * 3000])
def test_what_is_no_host_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_host(text)


@pytest.mark.parametrize("text", ["", "mailto:a@b.test", "http://a b/", "x" * 70000])
def test_what_is_no_target_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_target(text)
