"""What the emulators share: a server inside a running event loop, and a signal that it changed."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn

HOST = "127.0.0.1"
T = TypeVar("T")


class Server(uvicorn.Server):
    """uvicorn without signal handlers, and with no waiting for its next tick."""

    def __init__(self, app: Any, port: int) -> None:
        quiet: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off"}
        # Longer than any client keeps an idle connection, so that none is closed under a call.
        quiet |= {"http": "httptools", "ws": "none", "timeout_keep_alive": 300}
        super().__init__(uvicorn.Config(app, **quiet))
        self.wanted_port = port
        self.stopping = asyncio.Event()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: Any = None) -> None:
        for server in self.servers:
            server.close()
        self.listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
            # uvicorn offers no event for this
            await asyncio.sleep(0.002)

    def hang_up(self, client: tuple[str, int]) -> None:
        """Closes that client's connection without a word."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.close()

    async def start(self) -> None:
        """Raises OSError where the port is taken."""
        # With the protocol named, asyncio sets TCP_NODELAY; else every answer takes 40 ms more.
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.listener.bind((HOST, self.wanted_port))
        except OSError:
            self.listener.close()
            raise
        self.running = asyncio.create_task(self.serve([self.listener]))
        while not self.started:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def stop(self) -> None:
        self.stopping.set()
        await self.running


class Signal:
    """Wakes everybody who waits for something to change."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def fire(self) -> None:
        self.event.set()
        self.event = asyncio.Event()

    async def wait_for(self, found: Callable[[], T | None], timeout: float) -> T | None:
        """The first thing that `found` finds, None after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while (result := found()) is None:
                    await self.event.wait()
                return result
        except TimeoutError:
            return None
