"""What of people and exemptions an operator is told by `check`."""

from datetime import UTC, datetime, timedelta

from console.people.unsettled import unsettled
from db.exemption_rows import AccessRequest
from db.person_rows import Disabled, PersonEntry, RegisteredPerson
from policy.document import read_policy
from policy.people import HeldRole
from policy.registers import GranteeKind, TargetKind

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
POLICY = read_policy()
OFFICES = ("information security officer", "Operational Security Officer")


def person(*roles: str, until: datetime = NOW + 90 * DAY, disabled: bool = False) -> RegisteredPerson:
    held = tuple(HeldRole(role, until) for role in roles)
    return RegisteredPerson(PersonEntry("", "jane"), held, Disabled(NOW, "b", "x") if disabled else None, NOW)


def request(at: datetime) -> AccessRequest:
    return AccessRequest(
        *("R1234567", "", GranteeKind.PERSON, "jane", TargetKind.HOST, "a.test", None, "work", None, "jane"),
        *(False, None, 0, at, None, None),
    )


def told(*people: RegisteredPerson, requests: tuple[AccessRequest, ...] = ()) -> str:
    return "\n".join(": ".join(one) for one in unsettled(people, requests, POLICY, NOW))


def test_where_everything_is_in_order_nothing_is_told() -> None:
    assert told(person(*OFFICES), requests=(request(NOW - 6 * DAY),)) == ""


def test_an_empty_register_is_told() -> None:
    assert "the register is empty" in told()
    assert "requests have waited" in told(requests=(request(NOW - 7 * DAY),))
    assert "category" not in told(), "nobody is in it yet who could have an office"


def test_a_register_of_people_who_are_all_refused_is_not_called_empty() -> None:
    """Whoever proves another login is refused too: they are not in it."""
    assert "the register is empty" not in told(person(disabled=True))
    assert "category.messaging: nobody" in told(person(disabled=True))


def test_an_office_that_nobody_has_is_told_with_its_category() -> None:
    assert "category.messaging: nobody of the register has the role Operational" in told(person(OFFICES[0]))
    assert "role Information Security Officer" in told(person(OFFICES[1]), person(OFFICES[0], disabled=True))


def test_roles_that_run_out_or_have_are_counted() -> None:
    assert "2 run out within 14 days" in told(person(*OFFICES, until=NOW + 14 * DAY))
    late = told(person(*OFFICES), person("press", until=NOW))
    assert "1 were not confirmed in time" in late
    assert "category" not in late


def test_requests_that_wait_long_are_counted() -> None:
    assert "1 requests have waited for more than 7 days" in told(
        person(*OFFICES), requests=(request(NOW - 7 * DAY), request(NOW))
    )
