"""A relay before a broker: it passes bytes on and counts the connections, so that no clock has to tell how many tries were made.

With `Weather` it is a slow network: every piece comes late, and connections are cut in the middle of what they carry.
"""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Weather:
    """How late each piece comes, in seconds, and after how many bytes, on average, a connection is cut; 0: never."""

    seed: int = 0
    delay: float = 0.0
    cut_bytes: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def bytes_until_cut(self) -> float:
        """Draw how much a new connection carries, both ways together."""
        return self._dice.expovariate(1 / self.cut_bytes) if self.cut_bytes else float("inf")


@dataclass
class Relay:
    """Where it listens, by the name of the host that it stands before, and how many came."""

    host: str
    port: int
    brokers: str = ""
    connections: int = 0
    cuts: int = 0
    weather: Weather = field(default_factory=Weather)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on until either side closes it."""
        self.connections += 1
        with suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(self.host, self.port)
            ends = {writer, there_writer}
            self._open |= ends
            wire = _Wire(self.weather.delay, self.weather.bytes_until_cut())
            await asyncio.gather(wire.pass_on(reader, there_writer), wire.pass_on(there_reader, writer))
            self.cuts += wire.is_cut
            self._open -= ends
        writer.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for writer in self._open:
            writer.close()


@dataclass
class _Wire:
    """Both ways of one connection."""

    delay: float
    left: float  # bytes until it is cut
    is_cut: bool = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while not self.is_cut and (some := await reader.read(1 << 16)):
                if self.delay:
                    await asyncio.sleep(self.delay)
                self.left -= len(some)
                if self.left < 0:  # a part of it arrives
                    some, self.is_cut = some[: int(self.left)], True
                writer.write(some)
                await writer.drain()
        writer.close()


@contextmanager
def relayed(brokers: str, weather: Weather | None = None) -> Iterator[Relay]:
    """Listen before one address, in a thread, until the block ends."""
    host, _, port = brokers.rpartition(":")
    relay = Relay(host, int(port), weather=weather or Weather())
    is_up, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

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
