"""The desk put together: what its process does from its start until it is told to end."""

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from addons.desk.protocol import Answer, Question, Away
from addons.desk.server import DeskServer, serve_until
from addons.harden import harden

if TYPE_CHECKING:
    from addons.server.plan import ServePlan


def run_desk(plan: "ServePlan", listening: socket.socket, stop: threading.Event) -> None:
    """Answer the workers until `stop` is set."""
    harden()

    async def answer(_question: Question) -> Answer:
        return Away()

    asyncio.run(serve_until(stop, DeskServer(listening, answer)))
