"""For whom and what, as it is typed."""

import pytest
import typer

from console.cli.exemption_options import FOR_WHOM, grantee_of, needed, target_of
from policy.registers import GranteeKind, TargetKind


@pytest.mark.parametrize(
    ("given", "everyone", "found"),
    [
        (("Jane", None, None, None), False, (GranteeKind.PERSON, "jane")),
        ((None, "press", None, None), False, (GranteeKind.ROLE, "press")),
        ((None, None, "CID", None), False, (GranteeKind.UNIT, "CID")),
        ((None, None, None, "10.1.0.0/16"), False, (GranteeKind.NETWORK, "10.1.0.0/16")),
        ((None, None, None, None), True, (GranteeKind.EVERYONE, "")),
        ((None, None, None, None), False, None),
    ],
)
def test_an_exemption_is_for_one_of_five(
    given: tuple[str | None, str | None, str | None, str | None], *, everyone: bool, found: object
) -> None:
    assert grantee_of(*given, everyone=everyone) == found


@pytest.mark.parametrize(
    ("given", "everyone"),
    [
        (("jane", "press", None, None), False),
        (("jane", None, None, None), True),
        (("a:b", None, None, None), False),
        ((None, None, None, "10.1.0.1/16"), False),
    ],
)
def test_two_of_them_or_none_of_them_is_refused(
    given: tuple[str | None, str | None, str | None, str | None], *, everyone: bool
) -> None:
    with pytest.raises(typer.BadParameter):
        grantee_of(*given, everyone=everyone)


def test_it_opens_one_of_three() -> None:
    assert target_of("games", None, None) == (TargetKind.CATEGORY, "games")
    assert target_of(None, "A.test.", None) == (TargetKind.HOST, "a.test")
    assert target_of(None, None, "a.test/x") == (TargetKind.PREFIX, "a.test/x")
    assert target_of(None, None, None) is None
    with pytest.raises(typer.BadParameter):
        target_of("games", "a.test", None)


def test_what_is_needed_and_was_not_given_is_named() -> None:
    assert needed("x", FOR_WHOM, "for whom") == "x"
    with pytest.raises(typer.BadParameter, match="--unit"):
        needed(None, FOR_WHOM, "for whom")
