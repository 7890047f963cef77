"""A lean Master: only what was asked for, in its order, and nothing imported beside it."""

import asyncio
import logging
import subprocess
import sys

import pytest
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


async def test_connections_are_lazy_unless_an_option_says_otherwise() -> None:
    assert make_master([], {}).options.connection_strategy == "lazy"
    assert make_master([], {"tcp_timeout": 7}).options.tcp_timeout == 7


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
    before = loop.get_task_factory()
    prepare_loop(loop)
    loop.call_exception_handler({"message": "peer 192.0.2.1", "exception": ValueError("oops")})
    loop.set_task_factory(before)
    assert "an error outside of any connection" in caplog.text
    assert "192.0.2.1" not in caplog.text


def test_the_modules_of_mitmproxys_other_addons_are_not_imported() -> None:
    """A web framework and an LDAP client have no place in a process that reads what strangers send."""
    script = """
import sys
from addons.server.master import import_lean
import_lean()
import mitmproxy.master, mitmproxy.addons.tlsconfig, mitmproxy.addons.next_layer
assert mitmproxy.addons.tlsconfig.TlsConfig
print(sorted({"flask", "ldap3", "tornado", "mitmproxy.addons.onboarding"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_lean_leaves_a_package_that_is_there_alone() -> None:
    script = """
import mitmproxy.addons
from addons.server.master import import_lean
import_lean()
assert mitmproxy.addons.default_addons()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
