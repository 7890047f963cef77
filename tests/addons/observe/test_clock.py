"""What the kernel says of its clock."""

import ctypes

import pytest

from addons.observe.clock import Clock, Timex, read_clock

UNSYNC, NANO, ERROR = 0x40, 0x2000, 5


@pytest.mark.parametrize(
    ("state", "status", "offset", "expected"),
    [
        pytest.param(0, NANO, 2_500_000, Clock(True, 0.0025, 0.016), id="nanoseconds"),
        pytest.param(0, 0, -2_500, Clock(True, -0.0025, 0.016), id="microseconds"),
        pytest.param(ERROR, UNSYNC | NANO, 0, Clock(False, 0.0, 0.016), id="nobody-keeps-it"),
        pytest.param(0, UNSYNC, 0, Clock(False, 0.0, 0.016), id="the-flag-alone"),
        pytest.param(1, 0, 0, Clock(True, 0.0, 0.016), id="a-leap-second-is-announced"),
    ],
)
def test_the_answer_is_read(state: int, status: int, offset: int, expected: Clock) -> None:
    def kernel(answer: Timex) -> int:
        assert answer.modes == 0, "nothing may be set"
        answer.status, answer.offset, answer.maxerror = status, offset, 16_000
        return state

    found = read_clock(kernel)
    assert found is not None
    assert found.synchronised is expected.synchronised
    assert (found.offset_s, found.max_error_s) == pytest.approx((expected.offset_s, expected.max_error_s))


def test_a_kernel_that_does_not_say_is_none() -> None:
    def missing(_: Timex) -> int:
        raise AttributeError("adjtimex")

    assert read_clock(lambda _: -1) is None
    assert read_clock(missing) is None


def test_this_machine_says_or_does_not_but_never_writes_beyond_its_room() -> None:
    """The structure is the kernel's: the whole of it is as long as glibc's, or longer."""
    found = read_clock()
    assert found is None or found.max_error_s >= 0
    assert ctypes.sizeof(Timex) >= 208
