"""`docs/configuration.md` names every setting there is, no other, and each default as it is."""

import re
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, SecretStr

from console.cli.settings import Settings, setting_keys
from policy.document import SHIPPED

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \|(?: (.+?))? \| .+ \|$", re.MULTILINE)


def _written(value: object) -> str:
    if value is None or value in ("", (), {}, frozenset()):
        return ""
    if isinstance(value, SecretStr):
        return "a secret"
    if value == SHIPPED:
        return "the shipped one"
    if isinstance(value, tuple):
        return f"`{', '.join(map(str, value))}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _default(key: str) -> object:
    value: object = Settings()
    for part in key.split("."):
        assert isinstance(value, BaseModel)
        value = getattr(value, part)
    return value


def test_every_setting_is_documented_in_order() -> None:
    assert [key for key, _ in ROW.findall(PAGE.read_text("utf-8"))] == list(setting_keys())


def test_every_default_is_documented_as_it_is() -> None:
    documented = dict(ROW.findall(PAGE.read_text("utf-8")))
    assert documented == {key: _written(_default(key)) for key in setting_keys()}
