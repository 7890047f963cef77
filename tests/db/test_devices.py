"""The register of devices: by address, lost ones refused, and nobody's own changed by themselves."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from db.devices import DeviceEntry, DevicesEntered, DeviceStore
from db.engine import reading
from db.models import ChangeRow
from db.people import PeopleStore
from policy.errors import RegisterRefused
from tests.db.exemptions import me

KIOSK = DeviceEntry("", "kiosk", "10.0.0.0/24", unit="front desk")
LAPTOP = DeviceEntry("", "laptop-7", "10.0.0.7", person="jane")
SIX = DeviceEntry("fire", "six", "2001:db8::/64")


@pytest.fixture
def store(engine: Engine) -> DeviceStore:
    return DeviceStore(engine)


def test_devices_are_kept_as_they_were_entered_and_known_by_their_address(
    store: DeviceStore, engine: Engine
) -> None:
    assert store.enter([LAPTOP, KIOSK, SIX], because="the inventory") == DevicesEntered(3)
    assert [one.entry for one in store.devices()] == [KIOSK, LAPTOP, SIX]
    people = PeopleStore(engine).load()
    for address, identifier in (
        ("10.0.0.7", "laptop-7"),
        ("10.0.0.8", "kiosk"),
        ("2001:db8::1", "six"),
        ("10.0.1.1", None),
    ):
        found = people.device(address)
        assert (found and found.id) == identifier, address


def test_an_import_changes_what_differs_and_leaves_others_alone(store: DeviceStore) -> None:
    store.enter([LAPTOP, KIOSK], because="the inventory")
    moved = DeviceEntry("", "laptop-7", "10.0.0.9", person="bob")
    assert store.enter([moved, KIOSK], because="moved") == DevicesEntered(1)
    assert [one.entry for one in store.devices()] == [KIOSK, moved]


def test_a_lost_device_is_disabled_until_it_is_found(store: DeviceStore, engine: Engine) -> None:
    store.enter([LAPTOP], because="the inventory")
    disabled = store.disable("", "laptop-7", because="left on a train").disabled
    assert disabled is not None
    assert (disabled.because, disabled.by) == ("left on a train", me(engine))
    found = PeopleStore(engine).load().device("10.0.0.7")
    assert found is not None
    assert found.disabled
    with pytest.raises(RegisterRefused, match="disabled already"):
        store.disable("", "laptop-7", because="again")
    assert store.enable("", "laptop-7", because="handed in").disabled is None
    with pytest.raises(RegisterRefused, match="not disabled"):
        store.enable("", "laptop-7", because="again")
    with pytest.raises(RegisterRefused, match="no device"):
        store.disable("", "none", because="x")
    with reading(engine) as connection:
        told = connection.scalars(select(ChangeRow.what).order_by(ChangeRow.id)).all()
    assert told == ["devices entered", "device disabled", "device enabled"]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(DeviceEntry("", "x", "example.org"), id="no-network"),
        pytest.param(DeviceEntry("", "x", "10.0.0.1/24"), id="host-bits"),
        pytest.param(DeviceEntry("", "x", ""), id="nothing"),
        pytest.param(DeviceEntry("", "x" * 201, "10.0.0.1"), id="an-id-without-end"),
        pytest.param(DeviceEntry("", "x", "10.0.0.1", person="Jane"), id="a-login-in-another-form"),
        pytest.param(DeviceEntry("", "x", "10.0.0.7"), id="anothers-address"),
    ],
)
def test_what_cannot_be_a_device_is_refused_with_all_others(store: DeviceStore, entry: DeviceEntry) -> None:
    store.enter([LAPTOP], because="the inventory")
    with pytest.raises(RegisterRefused):
        store.enter([KIOSK, entry], because="the inventory")
    assert [one.entry for one in store.devices()] == [LAPTOP]


def test_two_devices_change_their_addresses_with_one_another(store: DeviceStore) -> None:
    other = DeviceEntry("", "laptop-8", "10.0.0.8")
    store.enter([LAPTOP, other], because="the inventory")
    swapped = [DeviceEntry("", "laptop-7", "10.0.0.8"), DeviceEntry("", "laptop-8", "10.0.0.7")]
    assert store.enter(swapped, because="swapped") == DevicesEntered(2)


def test_nobody_changes_a_device_of_their_own(store: DeviceStore, engine: Engine) -> None:
    mine = DeviceEntry("", "mine", "10.0.0.9", person=me(engine).casefold())
    assert store.enter([mine, KIOSK], because="mine") == DevicesEntered(1, ("mine",))
    assert [one.entry for one in store.devices()] == [KIOSK]


def test_a_change_says_when(store: DeviceStore) -> None:
    store.enter([LAPTOP], because="the inventory")
    (one,) = store.devices()
    assert abs((one.at - datetime.now(UTC)).total_seconds()) < 60
