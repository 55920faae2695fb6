"""The first knock at a broker: is anybody there, does it let us in, is it new enough.

The client libraries keep the reason of a refusal to their logs and try again; here it becomes one line.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, Self

from aiokafka import client
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import ApiVersionRequest
from aiokafka.protocol.metadata import MetadataRequest

from agents.errors import BrokerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.kafka.security import Security

Address = tuple[str, int]
Versions = dict[int, tuple[int, int]]  # API → the lowest and the highest version
ALL_SECONDS = 12.0
TURNED_AWAY = (SaslAuthenticationFailed, UnsupportedSaslMechanismError, ssl.SSLError)
OTHER_NAME = (62, 64)  # OpenSSL's codes of a certificate for another host or address
LEAST_SECONDS = 4.0  # for each of several addresses

# API: the lowest version with what we need of it, what that is, and the first Kafka that has it.
NEEDED = {
    0: (3, "headers of records", "0.11"),
    1: (4, "committed reads", "0.11"),
    3: (10, "ids of topics", "2.8"),  # the fence names the topic whose offsets it counts
    22: (0, "idempotent producers", "0.11"),
    28: (0, "offsets in transactions", "0.11"),
    32: (0, "settings of topics", "0.11"),
}


async def knock(brokers: str, security: Security) -> None:
    """BrokerError, unless one of the addresses, and of the brokers that it names, lets us in and is new enough."""
    first = {(host, port) for host, port, _ in collect_hosts(brokers)}
    named = await _first_answer(first, brokers, security)
    if named and not named & first:
        where = ", ".join(f"{host}:{port}" for host, port in sorted(named))
        await _first_answer(named, f"{where} (as {brokers} names its brokers)", security)


async def _first_answer(addresses: set[Address], where: str, security: Security) -> set[Address]:
    refusals: list[str] = []
    said_why = False
    timeout = int(1000 * max(LEAST_SECONDS, ALL_SECONDS / len(addresses)))
    try:
        async with asyncio.timeout(ALL_SECONDS):
            for host, port in addresses:
                try:
                    versions, named = await _ask(host, port, timeout, security)
                except (KafkaError, OSError, TimeoutError) as error:
                    refusals.append(refusal(error, where, security))
                    said_why = said_why or any(_said_why(one, security) for one in _causes(error))
                else:
                    if lacking := what_lacks(versions):
                        raise BrokerError(f"Kafka at {host}:{port} is too old: {lacking}")
                    return named
    except TimeoutError:
        pass  # the whole of it; what was heard until then is told
    kind = RefusedError if said_why else BrokerError
    raise kind(next((said for said in refusals if said != _silent(where)), _silent(where)))


async def _ask(host: str, port: int, timeout_ms: int, security: Security) -> tuple[Versions, set[Address]]:
    """Return the versions that a broker offers of each API, and the addresses of all brokers that it knows."""
    connection = await create_conn(
        host, port, client_id="chistovik-door", request_timeout_ms=timeout_ms, **security.aiokafka()
    )
    try:
        offered = await connection.send(ApiVersionRequest())
        metadata = await connection.send(MetadataRequest([]))
    finally:
        connection.close()
    versions = {key: (lowest, highest) for key, lowest, highest in offered.api_versions}
    return versions, {(broker[1], broker[2]) for broker in metadata.brokers}


def what_lacks(versions: Versions) -> str | None:
    """Say what a broker that offers these versions of the APIs lacks; None where it has all that we use."""
    lacking = [
        (what, since) for key, (version, what, since) in NEEDED.items() if versions.get(key, (0, -1))[1] < version
    ]
    if not lacking:
        return None
    since = max((since for _, since in lacking), key=lambda text: [int(part) for part in text.split(".")])
    return f"it has no {', '.join(what for what, _ in lacking)}; Kafka {since} has, or any newer one"


def refusal(error: BaseException, where: str, security: Security) -> str:
    """Put into one line why a broker was not reached, or did not let us in."""
    chain = list(_causes(error))
    for one in chain:
        if said := _said_why(one, security):
            return f"Kafka at {where} {said}"
    reset = (ConnectionResetError, BrokenPipeError, EOFError, ssl.SSLError)
    if any(isinstance(one, (KafkaError, *reset)) for one in chain):
        return f"{where} hangs up on CHISTOVIK_SECURITY={_name(security)}: does Kafka ask for something else there?"
    return _silent(where)


def _said_why(error: BaseException, security: Security) -> str | None:
    if isinstance(error, SaslAuthenticationFailed):
        return f"refuses CHISTOVIK_SASL_USER={security.user!r}: wrong name or password, or not of {security.mechanism}"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"knows no CHISTOVIK_SASL_MECHANISM={security.mechanism.lower()}"
    if isinstance(error, IllegalSaslStateError):
        return f"asks for no user: CHISTOVIK_SECURITY={_name(security)} is not what it speaks"
    if isinstance(error, ssl.SSLCertVerificationError):
        where = "CHISTOVIK_BROKERS" if error.verify_code in OTHER_NAME else "CHISTOVIK_TLS_CA"
        return f"has a certificate that is not trusted ({error.verify_message.rstrip('.')}): see {where}"
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        return f"refuses our side of TLS ({_words(error)}): see CHISTOVIK_TLS_CERT"
    return None


class Doorbell:
    """Hears when a client of this process is turned away: the libraries only log it, and try again for ever."""

    def __init__(self) -> None:
        self.heard = False

    def __enter__(self) -> Self:
        self._connect = client.create_conn
        client.create_conn = self._listening
        return self

    def __exit__(self, *_: object) -> None:
        client.create_conn = self._connect

    async def _listening(self, *arguments: Any, **settings: Any) -> Any:
        try:
            return await self._connect(*arguments, **settings)
        except (KafkaError, OSError) as error:
            self.heard = self.heard or any(isinstance(one, TURNED_AWAY) for one in _causes(error))
            raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "no reason").replace("_", " ").lower()


def _name(security: Security) -> str:
    return {"SSL": "tls", "SASL_SSL": "sasl-tls"}.get(security.protocol, security.protocol.lower().replace("_", "-"))


def _silent(where: str) -> str:
    return f"no Kafka answers at {where}: is it up, and is CHISTOVIK_BROKERS right?"
