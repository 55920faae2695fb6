"""A relay before a broker: it passes bytes on and counts the connections, so that no clock has to tell how many tries were made."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Relay:
    """Where it listens, by the name of the host that it stands before, and how many came."""

    host: str
    port: int
    brokers: str = ""
    connections: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on until either side closes it."""
        self.connections += 1
        with suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(self.host, self.port)
            self._open |= {writer, there_writer}
            await asyncio.gather(_pass_on(reader, there_writer), _pass_on(there_reader, writer))
        writer.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for writer in self._open:
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(1 << 16):
            writer.write(some)
            await writer.drain()
    writer.close()


@contextmanager
def relayed(brokers: str) -> Iterator[Relay]:
    """Listen before one address, in a thread, until the block ends."""
    host, _, port = brokers.rpartition(":")
    relay, is_up, loop, over = Relay(host, int(port)), threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(relay.take, "127.0.0.1", 0)
        relay.brokers = f"{host}:{server.sockets[0].getsockname()[1]}"
        is_up.set()
        await over.wait()
        server.close()
        relay.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait()
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
