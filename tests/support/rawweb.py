"""A web server that sends the very bytes a test gives it: what no HTTP library would send."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.fetch.fetcher import Fetcher
from agents.fetch.guard import Guard
from agents.fetch.pace import Hosts
from pipeline.url.addresses import networks_of
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

AGENT = "ChistovikTest/1.0 (+https://example.org/bot)"
WORDS = " ".join(
    f"The council of Merrow met for the {number}th time and counted its {number * 7} boats." for number in range(40)
)


def article(name: str) -> str:
    """Return a page whose text names it."""
    return f"<!DOCTYPE html><html><head><title>{name}</title></head><body><h1>{name}</h1><p>{WORDS}</p></body></html>"


def answer(
    body: bytes | str = b"", *lines: bytes | str, status: bytes = b"HTTP/1.1 200 OK", length: bool = True
) -> bytes:
    """Return an answer with these header lines; Content-Type is text/html unless a line gives another one."""
    raw = body.encode() if isinstance(body, str) else body
    head = [status, *(line.encode("latin-1") if isinstance(line, str) else line for line in lines)]
    if not any(line.lower().startswith(b"content-type") for line in head):
        head.append(b"Content-Type: text/html")
    if length:
        head.append(b"Content-Length: %d" % len(raw))
    return b"\r\n".join([*head, b"Connection: close", b"", b""]) + raw


@dataclass
class RawWeb:
    """Answers by host and path. `pieces` cuts what it sends into pieces of so many bytes.

    With `stalls`, connections stay open after an answer, until the web ends.
    """

    answers: Mapping[tuple[str, str], bytes | Callable[[str], bytes]]
    pieces: int = 0
    stalls: bool = False
    port: int = 0
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, str]] = field(default_factory=list)  # (host, path), without robots.txt
    requests: list[str] = field(default_factory=list)  # their heads
    serving: set[asyncio.Task[None] | None] = field(default_factory=set)

    def url(self, host: str, path: str) -> str:
        """Spell a URL of this web."""
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection."""
        self.serving.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            host = next(line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")).partition(":")[0]
            if path != "/robots.txt":
                self.asked.append((host, path))
                self.requests.append(head)
            found = self.answers.get((host, path), b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            raw = found if isinstance(found, bytes) else found(head)
            for at in range(0, len(raw), self.pieces or len(raw) or 1):
                writer.write(raw[at : at + (self.pieces or len(raw))])
                await writer.drain()
                if self.pieces:
                    await asyncio.sleep(0.001)
            if self.stalls and path != "/robots.txt":
                await self.ends.wait()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def raw_web(
    answers: Mapping[tuple[str, str], bytes | Callable[[str], bytes]], *, pieces: int = 0, stalls: bool = False
) -> AsyncIterator[tuple[RawWeb, Fetcher]]:
    """Serve answers on a loopback address, with a fetcher that finds all their hosts there."""
    web = RawWeb(answers, pieces, stalls)
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]
    guard = Guard(frozenset({80, 443, web.port}), networks_of("127.0.0.0/8"))
    known = {host: ("127.0.0.1",) for host, _ in answers}
    try:
        async with Fetcher(
            user_agent=AGENT, guard=guard, hosts=Hosts(delay=0, parallel=4), known_hosts=known, timeout=SECONDS
        ) as fetcher:
            yield web, fetcher
    finally:
        web.ends.set()
        server.close()
        await asyncio.gather(*filter(None, web.serving))
        await server.wait_closed()
