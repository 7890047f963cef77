"""Single cells and attributes: what fits, beside what nearly does."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.people import fields
from policy.people import PersonKind


def column(function: Callable[[str, str], object]) -> Callable[[str], object]:
    return lambda text: function(text, "it")


text, moment = column(fields.text), column(fields.moment)


@pytest.mark.parametrize(
    ("read", "given", "found"),
    [
        pytest.param(fields.login, " Jane.DOE ", "jane.doe", id="login-folded"),
        pytest.param(fields.login, "ｊane", "jane", id="login-of-wide-letters"),  # noqa: RUF001 - the very point
        pytest.param(text, "  ", None, id="no-text"),
        pytest.param(text, "Élodie O'Neill", "Élodie O'Neill", id="a-name"),
        pytest.param(fields.mail, "", None, id="no-address"),
        pytest.param(
            fields.mail, "o'neill+x@force.example.org", "o'neill+x@force.example.org", id="an-address"
        ),
        pytest.param(fields.kind, "", PersonKind.EMPLOYEE, id="no-kind"),
        pytest.param(fields.kind, "Office Holder", PersonKind.OFFICE_HOLDER, id="a-kind"),
        pytest.param(moment, "", None, id="no-date"),
        pytest.param(moment, "2026-12-01T00:00:00Z", datetime(2026, 12, 1, tzinfo=UTC), id="a-moment"),
        pytest.param(moment, "2026-12-01", datetime(2026, 12, 1).astimezone(UTC), id="a-date"),
        pytest.param(fields.roles, "", (), id="no-roles"),
        pytest.param(fields.roles, "press; licensing;press;", ("licensing", "press"), id="roles"),
        pytest.param(fields.identifier, "LAP-0042.a", "LAP-0042.a", id="a-device"),
        pytest.param(fields.network, "10.1.2.3/32", "10.1.2.3", id="one-address"),
        pytest.param(fields.network, "10.1.2.0/24", "10.1.2.0/24", id="a-network"),
        pytest.param(fields.network, "2001:DB8::0:1", "2001:db8::1", id="an-address-of-version-6"),
    ],
)
def test_what_fits_is_read_in_one_spelling(read: Callable[[str], object], given: str, found: object) -> None:
    assert read(given) == found


@pytest.mark.parametrize(
    ("read", "given"),
    [
        pytest.param(fields.login, " ", id="no-login"),
        pytest.param(fields.login, "a:b", id="a-colon"),
        pytest.param(fields.login, "a\x00b", id="a-nul"),
        pytest.param(fields.login, "a\u202eb", id="an-override"),
        pytest.param(fields.login, "x" * 201, id="a-long-login"),
        pytest.param(text, "a\nb", id="two-lines"),
        pytest.param(text, "x" * 201, id="a-long-name"),
        pytest.param(text, "a\udcffb", id="half-a-character"),
        pytest.param(fields.mail, "jane", id="no-host"),
        pytest.param(fields.mail, "jane@a.test, bob@b.test", id="two-addresses"),
        pytest.param(fields.mail, "jane@a.test\r\nBcc: x@b.test", id="a-header"),
        pytest.param(fields.mail, "Jane <jane@a.test>", id="a-name-beside-it"),
        pytest.param(fields.kind, "manager", id="no-such-kind"),
        pytest.param(moment, "01/12/2026", id="a-date-that-two-people-read-differently"),
        pytest.param(moment, "9999-12-31T23:59:59-14:00", id="past-the-end-of-time"),
        pytest.param(fields.roles, ";".join(map(str, range(21))), id="many-roles"),
        pytest.param(fields.role, "a;b", id="two-roles-in-one"),
        pytest.param(fields.role, " ", id="no-role"),
        pytest.param(fields.identifier, "../etc", id="a-path"),
        pytest.param(fields.identifier, "x" * 65, id="a-long-id"),
        pytest.param(fields.network, "10.1.2.3/24", id="host-bits"),
        pytest.param(fields.network, "laptop-7", id="a-name"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(read: Callable[[str], object], given: str) -> None:
    with pytest.raises(ValueError, match=": ") as refused:
        read(given)
    assert str(refused.value).isprintable()


@given(st.text(max_size=50))
def test_a_login_that_is_read_is_read_the_same_again(given: str) -> None:
    try:
        once = fields.login(given)
    except ValueError:
        return
    assert fields.login(once) == once
