"""Looking at a port from outside, for tests in which somebody closes it."""

import socket


def refuses_clients(host: str, port: int) -> bool:
    """
    Whether nobody listens there any more.

    A port that is closed in the middle of a handshake resets it, and one whose queue is full lets it wait:
    neither is an answer yet.
    """
    try:
        socket.create_connection((host, port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except (ConnectionResetError, TimeoutError):
        return False
    return False
