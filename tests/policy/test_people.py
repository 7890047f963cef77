"""A claim becomes a person by the registers and presence of that moment."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.facts import Who
from policy.people import Claim, Device, HeldRole, People, Person, fold_login, introduce
from policy.presence import Acknowledged, Presence, SignedIn
from policy.words import PersonHow, Standing
from tests.samples import NOW

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
JANE = Person("", "jane", unit="Licensing", roles=(HeldRole("sergeant", NOW + HOUR),))
TWO_ROLES = replace(JANE, roles=(*JANE.roles, HeldRole("tutor", NOW + HOUR)))
CLAIM = Claim("jane", PersonHow.BASIC)
ADDRESS = "192.0.2.7"


def known(
    person: Person = JANE, presence: Presence | None = None, *devices: Device, claim: Claim | None = CLAIM
) -> Who:
    return introduce(claim, ADDRESS, People.of([person], devices), presence or Presence(), NOW)


def device(id_: str = "D1", network: str = ADDRESS, **more: object) -> Device:
    return replace(Device(id_, "", network), **more)  # type: ignore[arg-type]  # each test names real fields


# Logins --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        pytest.param("jane.doe", "jane.doe", id="as-it-is"),
        pytest.param("Jane.DOE", "jane.doe", id="capitals"),
        pytest.param(" jane\t", "jane", id="spaces-around"),
        pytest.param("\N{FULLWIDTH LATIN SMALL LETTER J}ane", "jane", id="full-width"),
        pytest.param("Straße", "strasse", id="what-capitals-would-merge"),
        pytest.param(
            "jose\N{COMBINING ACUTE ACCENT}", "jos\N{LATIN SMALL LETTER E WITH ACUTE}", id="composed"
        ),
        pytest.param(
            "jos\N{LATIN SMALL LETTER E WITH ACUTE}",
            "jos\N{LATIN SMALL LETTER E WITH ACUTE}",
            id="an-accent-stays",
        ),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_login_has_one_form(typed: str, folded: str) -> None:
    assert fold_login(typed) == folded


@given(st.text(max_size=30))
def test_what_is_folded_twice_is_folded_once(text: str) -> None:
    assert fold_login(fold_login(text)) == fold_login(text)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=30))
def test_capitals_make_nobody_else(text: str) -> None:
    assert fold_login(text.upper()) == fold_login(text)


# Who it is -----------------------------------------------------------------------------------------


def test_a_person_comes_with_unit_role_and_organisation() -> None:
    who = known()
    assert (who.person, who.how, who.organisation) == ("jane", PersonHow.BASIC, "")
    assert (who.unit, who.role, who.client_ip) == ("Licensing", "sergeant", ADDRESS)
    assert who.standing is Standing.GOOD


def test_nobody_is_an_address() -> None:
    assert known(claim=None) == Who(client_ip=ADDRESS)


def test_the_same_login_of_another_organisation_is_another_person() -> None:
    who = known(claim=Claim("jane", PersonHow.NEGOTIATE, "other"))
    assert (who.organisation, who.unit, who.standing) == ("other", None, Standing.UNKNOWN)


def test_without_a_register_of_people_whoever_proves_a_login_is_somebody() -> None:
    who = introduce(CLAIM, ADDRESS, People(), Presence(), NOW)
    assert (who.person, who.standing) == ("jane", Standing.GOOD)


@pytest.mark.parametrize(
    ("person", "standing"),
    [
        pytest.param(JANE, Standing.GOOD, id="good"),
        pytest.param(replace(JANE, login="john"), Standing.UNKNOWN, id="not-in-the-register"),
        pytest.param(replace(JANE, disabled=True), Standing.DISABLED, id="disabled"),
        pytest.param(replace(JANE, ends=NOW), Standing.ENDED, id="ended-this-instant"),
        pytest.param(replace(JANE, ends=NOW + INSTANT), Standing.GOOD, id="not-ended-yet"),
        pytest.param(replace(JANE, ends=NOW, disabled=True), Standing.DISABLED, id="disabled-and-ended"),
    ],
)
def test_what_stands_against_a_person(person: Person, standing: Standing) -> None:
    assert known(person).standing is standing


# Roles (S3.4.4) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "chosen", "role"),
    [
        pytest.param(JANE, None, "sergeant", id="the-one"),
        pytest.param(JANE, "chief", "sergeant", id="the-one-whatever-was-chosen"),
        pytest.param(TWO_ROLES, None, None, id="none-of-several-until-one-is-chosen"),
        pytest.param(TWO_ROLES, "tutor", "tutor", id="the-chosen-one"),
        pytest.param(TWO_ROLES, "chief", None, id="chosen-and-not-held"),
        pytest.param(
            replace(TWO_ROLES, roles=(HeldRole("sergeant", NOW), HeldRole("tutor", NOW + INSTANT))),
            "sergeant",
            "tutor",
            id="what-was-not-confirmed-in-time-is-gone",
        ),
        pytest.param(replace(JANE, roles=(HeldRole("sergeant", NOW),)), None, None, id="none-left"),
        pytest.param(replace(JANE, roles=()), "sergeant", None, id="none-at-all"),
    ],
)
def test_the_active_role(person: Person, chosen: str | None, role: str | None) -> None:
    presence = Presence(active_role={JANE.key: chosen} if chosen else {})
    assert known(person, presence).role == role


# Notices -------------------------------------------------------------------------------------------


def test_who_has_read_a_notice_is_notified() -> None:
    presence = Presence(acknowledged={JANE.key: Acknowledged("2", NOW - HOUR)})
    who = known(JANE, presence)
    assert (who.notified, who.notice) == (True, "2")
    assert (known().notified, known().notice) == (False, None)


# Addresses: the page and devices -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "person", "how"),
    [
        pytest.param(INSTANT, "jane", PersonHow.PAGE, id="signed-in"),
        pytest.param(timedelta(0), None, PersonHow.NONE, id="over-this-instant"),
    ],
)
def test_a_sign_in_on_the_page_stands_for_its_address_until_it_ends(
    left: timedelta, person: str | None, how: PersonHow
) -> None:
    presence = Presence(signed_in={ADDRESS: SignedIn("jane", "", NOW + left)})
    who = known(JANE, presence, claim=None)
    assert (who.person, who.how) == (person, how)


def test_what_the_connection_proved_is_stronger_than_the_page() -> None:
    presence = Presence(signed_in={ADDRESS: SignedIn("john", "", NOW + HOUR)})
    assert known(JANE, presence).person == "jane"


def test_the_page_is_stronger_than_the_device() -> None:
    presence = Presence(signed_in={ADDRESS: SignedIn("jane", "", NOW + HOUR)})
    assert known(JANE, presence, device(person="john"), claim=None).person == "jane"


def test_a_device_of_one_person_stands_for_them_where_nothing_better_does() -> None:
    who = known(JANE, None, device(person="jane"), claim=None)
    assert (who.person, who.how, who.device, who.unit) == ("jane", PersonHow.DEVICE, "D1", "Licensing")


def test_a_device_says_nothing_of_its_person_where_devices_are_no_way_to_be_known() -> None:
    people = People.of([JANE], [device(person="jane")])
    who = introduce(None, ADDRESS, people, Presence(), NOW, by_device=False)
    assert (who.person, who.device) == (None, "D1")


def test_nobody_at_a_device_has_its_unit_and_organisation() -> None:
    who = known(JANE, None, device(unit="Front desk", organisation="other"), claim=None)
    assert (who.person, who.unit, who.organisation) == (None, "Front desk", "other")


def test_a_disabled_device_stands_against_whoever_uses_it() -> None:
    assert known(JANE, None, device(disabled=True)).standing is Standing.DEVICE_DISABLED
    assert known(JANE, None, device(disabled=True), claim=None).standing is Standing.DEVICE_DISABLED


DEVICES = [
    device("host", "192.0.2.7"),
    device("room", "192.0.2.0/28"),
    device("floor", "192.0.2.0/24"),
    device("six", "2001:db8::/32"),
    device("six-host", "2001:db8::7"),
]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        pytest.param("192.0.2.7", "host", id="the-address-itself"),
        pytest.param("192.0.2.8", "room", id="the-narrowest-network"),
        pytest.param("192.0.2.15", "room", id="its-last-address"),
        pytest.param("192.0.2.16", "floor", id="the-wider-one"),
        pytest.param("192.0.3.0", None, id="beside-it"),
        pytest.param("2001:db8::7", "six-host", id="an-address-of-version-6"),
        pytest.param("2001:db8:ffff::1", "six", id="a-network-of-version-6"),
        pytest.param("2001:db9::1", None, id="beside-that"),
        pytest.param("no address", None, id="no-address"),
    ],
)
def test_a_device_is_found_by_its_address_or_the_narrowest_network(address: str, found: str | None) -> None:
    device = People.of(devices=DEVICES).device(address)
    assert (device.id if device else None) == found


def test_every_device_is_still_there() -> None:
    assert {one.id for one in People.of(devices=DEVICES).devices} == {one.id for one in DEVICES}


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        People.of(devices=[device(network="192.0.2.0/33")])
