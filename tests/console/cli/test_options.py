"""What is typed for options that many commands have."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import typer

from console.cli.options import login_of, moment_of, reference_of, since_of


def test_what_is_typed_is_read() -> None:
    assert login_of(" Jane.DOE ") == "jane.doe"
    assert reference_of("k7qf-2m9t", "REF") == "K7QF2M9T"
    now = datetime.now(UTC)
    assert timedelta(minutes=59) < moment_of("+1h", "--until") - now <= timedelta(minutes=61)
    assert timedelta(minutes=59) < now - since_of("1h") <= timedelta(minutes=61)


@pytest.mark.parametrize("read", [login_of, reference_of, moment_of, since_of])
def test_what_cannot_be_meant_names_the_option(read: Callable[[str, str], object]) -> None:
    with pytest.raises(typer.BadParameter) as bad:
        read("no:thing", "--here")
    assert bad.value.param_hint == "--here"
    assert bad.value.message.isprintable()
