"""What a worker looks at before it lets anybody in, and again and again afterwards."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import cast

import pytest

from addons.identity.settings import IdentityKind, IdentitySettings
from addons.lines import Lines
from addons.never_decrypt import NeverDecrypt
from addons.observe.settings import ObserveSettings
from addons.server.listen import open_listeners
from addons.server.plan import ServePlan
from addons.server.service import Loaded, Refresher, check, own_addresses
from addons.settings import DestinationSettings, Endpoint, Mode
from categories.store import CurrentRuleset
from policy.document import read_policy
from policy.errors import ConfigurationError
from tests.addons.server.supervised import eventually


class Current:
    """Something that is refreshed, and fails when told to."""

    def __init__(self) -> None:
        self.looks = 0
        self.fails = False

    def refresh(self) -> bool:
        self.looks += 1
        if self.fails:
            raise ValueError("damaged")
        return False


def test_each_is_looked_at_as_often_as_it_should_be_until_it_is_stopped() -> None:
    often, seldom = Current(), Current()
    looking = Refresher({often: 0.01, seldom: 0.03})
    looking.look()
    looking.start()
    eventually(lambda: seldom.looks > 3)
    looking.stop()
    assert not looking.is_alive()
    assert often.looks - 1 >= 3 * (seldom.looks - 1)


@pytest.mark.parametrize("which", [0, 1], ids=["the-first", "the-second"])
def test_one_that_fails_does_not_keep_the_other_from_its_refreshing(
    which: int, caplog: pytest.LogCaptureFixture
) -> None:
    both = (Current(), Current())
    both[which].fails = True
    looking = Refresher(dict.fromkeys(both, 0.01))
    looking.start()
    eventually(lambda: both[0].looks > 3 and both[1].looks > 3)
    looking.stop()
    assert "could not be refreshed" in caplog.text


class NoRuleset:
    """A chain that is only put together asks no Ruleset."""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    lines = Lines.open()
    yield Loaded(read_policy(), lines, NeverDecrypt(), cast("CurrentRuleset", NoRuleset()), bytes(32))
    lines.close()


def test_settings_that_name_what_is_there_are_in_order(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 intranet.test\n")
    check(ServePlan(tmp_path, destinations=DestinationSettings(hosts_file=tmp_path / "hosts")), loaded)


@pytest.mark.parametrize(
    ("destinations", "identity", "says"),
    [
        pytest.param(
            DestinationSettings(hosts_file=Path("/nonexistent")),
            IdentitySettings(),
            "destinations.hosts_file",
            id="no-hosts-file",
        ),
        pytest.param(
            DestinationSettings(ca_file=Path("/nonexistent")),
            IdentitySettings(),
            "destinations.ca_file",
            id="no-certificates",
        ),
        pytest.param(
            DestinationSettings(),
            IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=Path("/nonexistent")),
            "nonexistent",
            id="no-passwords",
        ),
    ],
)
def test_a_file_that_is_not_there_is_found_before_anything_starts(
    loaded: Loaded, tmp_path: Path, destinations: DestinationSettings, identity: IdentitySettings, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        check(ServePlan(tmp_path, destinations=destinations, identity=identity), loaded)


def test_where_we_answer_ourselves_is_never_a_destination() -> None:
    """The observer's listener too: it lets in who may ask, and through the proxy everybody would be us."""
    [listener] = open_listeners([Endpoint("127.0.0.1", 0, Mode.EXPLICIT)])
    told = ObserveSettings(listen="192.0.2.1:9465", allow_from=(ip_network("192.0.2.0/24"),))
    with listener.socket:
        assert own_addresses(told, [listener]) == (listener.address, ("192.0.2.1", 9465))
        assert own_addresses(ObserveSettings(listen=""), [listener]) == (listener.address,)
