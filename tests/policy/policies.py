"""Policies that differ from the shipped one in a few lines, as an organisation's own would."""

import tomllib
from typing import Any

from policy.document import SHIPPED, Policy
from policy.file import PolicyFile


def policy_with(extra: str = "", **categories: dict[str, Any]) -> Policy:
    """
    The shipped policy with more tables at its end, and other keys in some categories.

    Raises pydantic's `ValidationError` for what does not fit.
    """
    text = f"{SHIPPED.read_text('utf-8')}\n{extra}"
    parsed = tomllib.loads(text)
    for name, keys in categories.items():
        parsed["category"][name] = {**parsed["category"].get(name, {}), **keys}
    return Policy(PolicyFile.model_validate(parsed), "0" * 64, SHIPPED, text)
