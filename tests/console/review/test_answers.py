"""What comes out of the service: plain data that JSON has room for, whole."""

from dataclasses import fields, is_dataclass

import pytest

from console.review import answers
from console.review.answers import Explained, Figure, Transparency, Within


def shapes() -> list[type]:
    return [
        found
        for found in vars(answers).values()
        if isinstance(found, type) and found.__module__ == answers.__name__ and is_dataclass(found)
    ]


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.__name__)
def test_every_shape_is_frozen_and_without_room_for_more(shape: type) -> None:
    assert shape.__dataclass_params__.frozen  # type: ignore[attr-defined]  # what a dataclass has
    assert not hasattr(shape, "__dict__") or "__slots__" in vars(shape)
    assert fields(shape)


def test_shapes_are_values() -> None:
    assert Transparency("2026-Q4", (Figure("granted", None),)) == Transparency(
        "2026-Q4", (Figure("granted", None),)
    )
    assert {Within, Explained} <= set(shapes())
