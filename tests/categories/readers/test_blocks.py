"""A text can be gone over again."""

from collections.abc import Iterator

from categories.readers.blocks import Blocks


def test_each_time_it_is_opened_anew() -> None:
    opened: list[int] = []

    def blocks() -> Iterator[bytes]:
        opened.append(1)
        yield b"bet.test\n"
        yield b"casino.test\n"

    text = Blocks(blocks)
    assert opened == []
    assert list(text) == list(text) == [b"bet.test\n", b"casino.test\n"]
    assert next(iter(text)) == b"bet.test\n"
    assert len(opened) == 3
