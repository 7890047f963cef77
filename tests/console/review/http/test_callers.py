"""Who asks: the account at the other end of the socket, or a ticket, and never what a request says."""

import os
import pwd
from pathlib import Path

import pytest

from console.review.http.callers import Callers, account_name
from policy.errors import ReviewRefused
from tests.console.review.serving import Tickets

ACCOUNT = os.getuid()
NAME = pwd.getpwuid(ACCOUNT).pw_name


def test_the_account_at_the_other_end_of_the_socket_is_who_asks() -> None:
    assert Callers(Tickets().redeem, accounts=True).login(ACCOUNT, None) == NAME


def test_where_accounts_are_not_people_the_socket_needs_a_ticket_too() -> None:
    tickets = Tickets()
    callers = Callers(tickets.redeem, accounts=False)
    with pytest.raises(ReviewRefused, match="who asks"):
        callers.login(ACCOUNT, None)
    assert callers.login(ACCOUNT, f"Ticket {tickets.give('jane')}") == "jane"


def test_over_a_network_nobody_is_known_without_a_ticket() -> None:
    with pytest.raises(ReviewRefused, match="who asks"):
        Callers(Tickets().redeem, accounts=True).login(None, None)


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="empty"),
        pytest.param("Ticket", id="without-one"),
        pytest.param("Ticket ", id="with-none"),
        pytest.param("Basic cm9vdDpyb290", id="another-scheme"),
        pytest.param("Ticket " + "x" * 1000, id="too-long"),
        pytest.param("root", id="a-name"),
    ],
)
def test_what_is_no_ticket_is_refused_though_the_account_is_known(authorization: str) -> None:
    """Whoever shows something that is not good does not become somebody else by it."""
    with pytest.raises(ReviewRefused):
        Callers(Tickets().redeem, accounts=True).login(ACCOUNT, authorization)


def test_a_ticket_counts_before_the_account() -> None:
    tickets = Tickets()
    assert Callers(tickets.redeem, accounts=True).login(ACCOUNT, f"ticket {tickets.give('jane')}") == "jane"


def test_an_account_without_a_name_is_nobodys_login() -> None:
    assert account_name(4_000_000_000) == "uid 4000000000"


def test_an_account_of_another_namespace_is_nobodys_though_it_has_a_name() -> None:
    """The kernel calls all of them by one number, which has a name in /etc/passwd."""
    assert account_name(int(Path("/proc/sys/kernel/overflowuid").read_text())) == "uid 65534"
