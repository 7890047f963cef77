"""How lists are chosen."""

import pytest
from pydantic import ValidationError

from categories.settings import CategoriesSettings


def test_the_shipped_lists_take_part_unless_told_otherwise() -> None:
    assert CategoriesSettings().shipped_lists is True
    assert CategoriesSettings(shipped_lists=False).shipped_lists is False


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match="shiped_lists"):
        CategoriesSettings.model_validate({"shiped_lists": False})
