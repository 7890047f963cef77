"""A lean Master: only what was asked for, in its order, and nothing imported beside it."""

import asyncio
import logging

import pytest
from mitmproxy.addonmanager import Loader
from mitmproxy.log import LegacyLogEvents

from addons.server.master import make_master, prepare_loop


class Noting:
    """Notes the hooks it was called with."""

    def __init__(self, name: str, noted: list[str]) -> None:
        self.name, self.noted = name, noted

    def running(self) -> None:
        self.noted.append(self.name)


async def test_the_chain_is_called_in_its_order_and_is_all_there_is() -> None:
    noted: list[str] = []
    master = make_master([Noting("first", noted), Noting("second", noted)], {})
    assert [addon.name for addon in master.addons.chain] == ["first", "second"]
    await master.running()
    assert noted == ["first", "second"]
    await master.done()


async def test_the_options_of_an_addon_and_of_the_layers_can_be_set() -> None:
    class WithAnOption:
        def load(self, loader: Loader) -> None:
            loader.add_option("gate", int, 1, "Of an addon.")

    options = make_master([WithAnOption()], {"gate": 2, "connection_strategy": "lazy"}).options
    assert (options.gate, options.connection_strategy) == (2, "lazy")


async def test_an_option_that_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError):
        make_master([], {"no_such_option": 1})


async def test_log_records_do_not_become_hooks() -> None:
    make_master([], {})
    assert not [h for h in logging.getLogger().handlers if isinstance(h, LegacyLogEvents)]


async def test_what_fails_outside_of_any_connection_is_reported_without_its_context(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    prepare_loop(loop)
    loop.call_exception_handler({"message": "peer 192.0.2.1", "exception": ValueError("oops")})
    assert "an error outside of any connection" in caplog.text
    assert "192.0.2.1" not in caplog.text
