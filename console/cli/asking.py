"""Asking the running gateway how it is, over its Unix socket."""

from pathlib import Path

import msgspec

from addons.observe.status_socket import ask
from addons.server.status import GatewayStatus
from console.cli import show
from console.cli.settings import read_settings
from console.cli.state import State
from policy.errors import Away, ConfigurationError, Refused

# The observer answers within milliseconds; on a machine that is as busy as it can be, within a second.
ANSWER_SECONDS = 5.0


def ask_gateway(path: Path, seconds: float = ANSWER_SECONDS) -> GatewayStatus:
    """
    What the gateway says of itself at `path`.

    Raises `Away` where nobody is there, or does not answer; `Refused` where this account is not answered.
    """
    try:
        said = ask(path, seconds)
    except (FileNotFoundError, ConnectionRefusedError):
        raise Away("no gateway runs with this state folder; start one with: sluicegate run") from None
    except PermissionError:
        raise Refused(
            f"{path}: this account is not told how the gateway is; be root, the gateway's account, or a "
            "member of its group where observe.socket lies in a folder that the group may enter"
        ) from None
    except TimeoutError:
        raise Away(
            f"{path}: the gateway does not say how it is within {seconds:.0f} s: its observer hangs; "
            "its log says more (journalctl -u sluicegate)"
        ) from None
    except OSError as error:
        raise Away(f"{path}: the gateway cannot be asked: {error.strerror}") from error
    try:
        return msgspec.json.decode(said, type=GatewayStatus)
    except msgspec.DecodeError:
        raise Away(
            f"{path}: the gateway that answers is of another release; use that release's command"
        ) from None


def socket_of(state: State) -> Path:
    """
    Where the gateway of this state folder is asked.

    A settings file that was broken since it started must not keep anybody from asking whether it serves.
    """
    usual = state.run / "status.sock"
    try:
        return read_settings(state).settings.observe.socket or usual
    except ConfigurationError as error:
        show.note(f"{error}; asking at {usual}")
        return usual
