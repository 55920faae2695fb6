"""A web of its own for the tests: many hosts on loopback addresses, good ones and bad ones, with a log of who asked what.

One process serves them all; names are told apart by the Host header, and found through a file like /etc/hosts.
What the hosts do is said in `sites.py`. As a process: `python -m tests.support.web FOLDER`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from protego import Protego

from tests.support.patience import SECONDS
from tests.support.ports import free_port
from tests.support.sites import NAMES, UNBOUND, Sites

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = "127.0.0.0/8"
INSIDE = {"inside.test": "10.1.2.3", "metadata.test": "169.254.169.254", "six.test": "fd00::1"}  # nobody is there


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was seen by the server; times are its monotonic clock's."""

    host: str
    path: str
    begin: float
    end: float
    status: int
    agent: str
    cookie: str
    validators: str


@dataclass
class Web:
    """The addresses of all hosts, and what was asked of them."""

    port: int
    sites: Sites = field(default_factory=Sites)
    log: list[Request] = field(default_factory=list)
    under_way: int = 0

    @property
    def addresses(self) -> dict[str, str]:
        """Name → address: a loopback address each, from 127.0.0.2 on."""
        own = {name: f"127.0.0.{2 + number}" for number, name in enumerate((*NAMES, *UNBOUND))}
        return own | INSIDE

    def hosts_file(self, folder: Path) -> Path:
        """Write the addresses for CHISTOVIK_FETCH_HOSTS."""
        path = folder / "hosts"
        path.write_text("".join(f"{address} {name}\n" for name, address in self.addresses.items()))
        return path

    def url(self, host: str, path: str = "/") -> str:
        """Spell a URL of this web."""
        return f"http://{host}:{self.port}{path}"

    def settings(self, folder: Path, **more: str) -> dict[str, str]:
        """Give the environment in which this web can be fetched from."""
        return {
            "CHISTOVIK_USER_AGENT": "ChistovikTest/1.0 (+https://example.org/bot)",
            "CHISTOVIK_FETCH_HOSTS": str(self.hosts_file(folder)),
            "CHISTOVIK_FETCH_NETWORKS": NETWORK,
            "CHISTOVIK_FETCH_PORTS": f"80,443,{self.port}",
        } | more

    async def start(self) -> web.AppRunner:
        """Serve on all addresses."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
        await runner.setup()
        for name, address in self.addresses.items():
            if name not in UNBOUND and name not in INSIDE:
                await web.TCPSite(runner, address, self.port, backlog=512).start()
        return runner

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        begin, host = time.monotonic(), request.host.partition(":")[0]
        status = 0
        self.under_way += 1
        try:
            response = await self.sites.answer(request, host, self)
            status = response.status
            return response
        finally:
            self.under_way -= 1
            headers = request.headers
            self.log.append(
                Request(
                    host=host,
                    path=request.raw_path,
                    begin=begin,
                    end=time.monotonic(),
                    status=status,
                    agent=headers.get("User-Agent", ""),
                    cookie=headers.get("Cookie", ""),
                    validators=headers.get("If-None-Match", "") + headers.get("If-Modified-Since", ""),
                )
            )

    def asked(self, host: str, path: str | None = None) -> list[Request]:
        """List the requests to a host, robots.txt aside unless it is named."""
        return [
            one for one in self.log if one.host == host and (one.path == path if path else one.path != "/robots.txt")
        ]


def impolite(log: list[Request], *, pace: float, token: str = "ChistovikTest", slack: float = 0.0) -> list[str]:
    """Say what in a log was impolite: two requests closer than the pace, a path that is disallowed, no name, a cookie."""
    found = []
    hosts: defaultdict[str, list[Request]] = defaultdict(list)
    for one in sorted(log, key=lambda one: one.begin):
        hosts[one.host].append(one)
    for host, requests in hosts.items():
        rules = Protego.parse(Sites.robots_text(host) or "")
        delay = max(pace, float(rules.crawl_delay(token) or 0.0)) - slack
        for one, other in pairwise(requests):
            if other.begin - one.begin < delay:
                found.append(f"{host}{other.path}: {other.begin - one.begin:.3f} s after {one.path}, not {delay:g}")
        for one in requests:
            if one.path != "/robots.txt" and not rules.can_fetch(f"http://{host}{one.path}", token):
                found.append(f"{host}{one.path} is disallowed")
            if token not in one.agent or "+https://" not in one.agent:
                found.append(f"{host}{one.path}: by {one.agent!r}")
            if one.cookie:
                found.append(f"{host}{one.path}: with cookie {one.cookie!r}")
    return found


def picked_port() -> int:
    """Find a port that is free on the first and the last address of the web."""
    return free_port(on=("127.0.0.1", "127.0.0.2", f"127.0.0.{2 + len(NAMES)}"))


@contextmanager
def running_web() -> Iterator[Web]:
    """Serve the test web from a thread of its own as long as the context lasts."""
    loop, made = asyncio.new_event_loop(), Web(picked_port())
    started = threading.Event()
    runners: list[web.AppRunner] = []

    async def serve() -> None:
        try:
            runners.append(await made.start())
        finally:
            started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(runners[0].cleanup())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run, name="test web", daemon=True)
    thread.start()
    if not started.wait(SECONDS) or not runners:
        raise OSError("the test web did not start")
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        gc.collect()


async def _main(folder: Path) -> None:
    """Serve until standard input ends; then write the log."""
    made = Web(picked_port())
    made.hosts_file(folder)
    runner = await made.start()
    sys.stdout.write(f"{made.port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    (folder / "log.json").write_text(json.dumps([asdict(one) for one in made.log]))
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
