"""What may be asked for at all, and which addresses a host's name may stand for.

The address that is checked is the one that is connected to: the connector gets nothing but checked addresses from the
resolver, and every socket is checked once more where it is made. So a name that changes its address in between (DNS
rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from agents.errors import SettingsError
from pipeline.records.reason import Reason
from pipeline.records.url import DEFAULT_PORTS, ascii_host, site_of
from pipeline.url.addresses import Address, Network, literal_address, networks_of, why_blocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.settings import Settings

RESOLVING = 64  # names looked up at once: each holds a thread up, for half a minute where its server is dead
RESOLVE_SECONDS = 15.0
MOST_SITES = 20_000  # on which the verdict is remembered


class BlockedError(OSError):
    """An address that is not spoken to."""


class UnknownHostError(OSError):
    """There is no such host."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Says what is not asked for."""

    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    opened: tuple[Network, ...] = ()
    _sites: dict[str, tuple[Reason, str] | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def why_not(self, url: str) -> tuple[Reason, str] | None:
        """Say why a URL must not be fetched, as far as the URL itself tells; None where it may be."""
        site = site_of(url)
        if site is None:
            return self._why_not(url)
        if site not in self._sites:  # it is asked for each URL of a site, more than once
            if len(self._sites) >= MOST_SITES:
                self._sites.clear()
            self._sites[site] = self._why_not(site)
        return self._sites[site]

    def _why_not(self, url: str) -> tuple[Reason, str] | None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            return Reason.NOT_FETCHABLE, f"no URL: {error}"
        if parts.scheme.lower() not in DEFAULT_PORTS:
            return Reason.NOT_FETCHABLE, f"only http and https are fetched, not {parts.scheme[:40] or 'this'}"
        host = ascii_host(parts.hostname or "")
        if not host:
            return Reason.NOT_FETCHABLE, "no host"
        if parts.username is not None or parts.password is not None:
            return Reason.NOT_FETCHABLE, "it has credentials"
        if (port or DEFAULT_PORTS[parts.scheme.lower()]) not in self.ports:
            return Reason.NOT_FETCHABLE, f"port {port} is not among CHISTOVIK_FETCH_PORTS"
        literal = literal_address(host)
        why = literal if isinstance(literal, str) or literal is None else self.why_blocked(literal)
        return (Reason.BLOCKED_ADDRESS, f"{host}: {why}") if why is not None else None

    def why_blocked(self, address: Address) -> str | None:
        """Say why an address is not spoken to."""
        return why_blocked(address, self.opened)

    def socket_for(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket of a connection that is about to be opened; BlockedError where it must not be."""
        family, kind, protocol, _, (address, *_) = info
        if (why := self.why_blocked(ip_address(address))) is not None:
            raise BlockedError(f"{address}: {why}")
        return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class Resolver(AbstractResolver):
    """Looks names up, and gives only addresses that may be spoken to."""

    guard: Guard
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # host → addresses: what no server is asked for
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(RESOLVING, "resolve"))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; BlockedError, UnknownHostError, or OSError where no server answers."""
        found = self.known.get(host.lower()) or await self._asked(host, family)
        blocked = [(one, self.guard.why_blocked(ip_address(one))) for one in found]
        allowed = [one for one, why in blocked if why is None]
        if not allowed:
            raise BlockedError("; ".join(f"{host} is {one}: {why}" for one, why in blocked[:3]))
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in allowed
        ]

    async def _asked(self, host: str, family: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            answer = await asyncio.wait_for(
                loop.run_in_executor(
                    self.threads, lambda: socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
                ),
                RESOLVE_SECONDS,
            )
        except socket.gaierror as error:
            if error.errno in {socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_FAIL}:
                raise UnknownHostError(f"{host}: {error.strerror}") from None
            raise
        except (UnicodeError, ValueError):
            raise UnknownHostError(f"{host}: no legal name") from None
        return list(dict.fromkeys(str(one[4][0]) for one in answer))

    async def close(self) -> None:
        """Let the threads go."""
        self.threads.shutdown(wait=False, cancel_futures=True)


def guard_of(settings: Settings) -> Guard:
    """Make the guard that the settings ask for; SettingsError where they cannot be read."""
    try:
        ports = frozenset(int(one) for one in settings.fetch_ports.split(","))
    except ValueError:
        raise SettingsError(
            f"CHISTOVIK_FETCH_PORTS={settings.fetch_ports!r}: expected ports, comma-separated"
        ) from None
    try:
        opened = networks_of(settings.fetch_networks)
    except ValueError as error:
        raise SettingsError(f"CHISTOVIK_FETCH_NETWORKS={settings.fetch_networks!r}: {error}") from None
    return Guard(ports, opened)


def hosts_of(path: str) -> dict[str, tuple[str, ...]]:
    """Read a file in the form of /etc/hosts: host → addresses; SettingsError names the line that is wrong."""
    found: dict[str, tuple[str, ...]] = {}
    if not path:
        return found
    where = f"CHISTOVIK_FETCH_HOSTS={path!r}"
    try:
        with open(path, encoding="utf-8") as lines:  # noqa: PTH123 — read once, at the start
            for number, line in enumerate(lines, 1):
                address, *names = line.partition("#")[0].split() or [""]
                for name in names:
                    found[name.lower()] = (*found.get(name.lower(), ()), str(ip_address(address)))
                if address and not names:
                    raise SettingsError(f"{where}: line {number} names no host")
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    return found
