"""The checks that decide which URLs may be requested and which IP addresses may be contacted.

Which addresses are forbidden is listed in `pipeline/url/addresses.py`. The connection is made to the very address
that was checked. The resolver returns only allowed addresses to aiohttp's connector, and each socket is checked again
when it is created. This defeats DNS rebinding, where a name changes its address between check and use.
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
from pipeline.records.url import DEFAULT_PORTS, ascii_host, site_of, tidy
from pipeline.url.addresses import Address, Network, literal_address, networks_of, why_blocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.settings import Settings

RESOLVING = 64  # lookups at a time; each occupies a thread, for half a minute if the name server is dead
RESOLVE_SECONDS = 15.0
MOST_SITES = 20_000  # sites whose decision is cached


class BlockedError(OSError):
    """The address must not be contacted."""


class UnknownHostError(OSError):
    """The host name does not exist."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides which URLs and addresses must not be requested."""

    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    opened: tuple[Network, ...] = ()
    _sites: dict[str, tuple[Reason, str] | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def why_not(self, url: str) -> tuple[Reason, str] | None:
        """Return why a URL must not be fetched, judged by the URL alone; None if it may be."""
        url = tidy(url)
        site = site_of(url)
        if site is None:
            return self._why_not(url)
        if site not in self._sites:  # cached, because every URL of a site is checked more than once
            if len(self._sites) >= MOST_SITES:
                self._sites.clear()
            self._sites[site] = self._why_not(f"{site}/")
        return self._sites[site]

    def _why_not(self, url: str) -> tuple[Reason, str] | None:
        try:
            parts = urlsplit(tidy(url))
            port = parts.port
        except ValueError as error:
            return Reason.NOT_FETCHABLE, f"not a URL: {error}"
        if parts.scheme.lower() not in DEFAULT_PORTS:
            return Reason.NOT_FETCHABLE, f"only http and https are fetched, not {parts.scheme[:40] or 'this'}"
        host = ascii_host(parts.hostname or "")
        if not host:
            return Reason.NOT_FETCHABLE, "no host"
        if parts.username is not None or parts.password is not None:
            return Reason.NOT_FETCHABLE, "the URL contains credentials"
        if (port or DEFAULT_PORTS[parts.scheme.lower()]) not in self.ports:
            return Reason.NOT_FETCHABLE, f"port {port} is not among CHISTOVIK_FETCH_PORTS"
        literal = literal_address(host)
        why = literal if isinstance(literal, str) or literal is None else self.why_blocked(literal)
        return (Reason.BLOCKED_ADDRESS, f"{host}: {why}") if why is not None else None

    def why_blocked(self, address: Address) -> str | None:
        """Return why an address must not be contacted; None if it may be."""
        return why_blocked(address, self.opened)

    def socket_for(self, info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for a new connection; BlockedError if its address must not be contacted."""
        family, kind, protocol, _, (address, *_) = info
        if (why := self.why_blocked(ip_address(address))) is not None:
            raise BlockedError(f"{address}: {why}")
        return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class Resolver(AbstractResolver):
    """Looks up host names and returns only addresses that may be contacted."""

    guard: Guard
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # host → addresses, not looked up
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(RESOLVING, "resolve"))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the allowed addresses of a host.

        Raises BlockedError if none is allowed, UnknownHostError if the host does not exist, OSError if no name server
        answers.
        """
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
            raise UnknownHostError(f"{host}: not a valid host name") from None
        return list(dict.fromkeys(str(one[4][0]) for one in answer))

    async def close(self) -> None:
        """Shut down the threads without waiting for lookups."""
        self.threads.shutdown(wait=False, cancel_futures=True)


def guard_of(settings: Settings) -> Guard:
    """Return the guard for the settings; SettingsError if ports or networks cannot be parsed."""
    try:
        ports = frozenset(int(one) for one in settings.fetch_ports.split(","))
    except ValueError:
        raise SettingsError(
            f"CHISTOVIK_FETCH_PORTS={settings.fetch_ports!r}: expected port numbers separated by commas"
        ) from None
    try:
        opened = networks_of(settings.fetch_networks)
    except ValueError as error:
        raise SettingsError(f"CHISTOVIK_FETCH_NETWORKS={settings.fetch_networks!r}: {error}") from None
    return Guard(ports, opened)


def hosts_of(path: str) -> dict[str, tuple[str, ...]]:
    """Read a file in the format of /etc/hosts; return host → addresses. SettingsError names the wrong line."""
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
