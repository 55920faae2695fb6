"""Probe a broker before the first client: whether it answers, accepts us, and is new enough.

The client libraries only log why a broker refused them, and retry. Here the reason becomes one line.
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
SPEAKING_SECONDS = 2.0  # for each way of asking whether anything behind an address speaks
# ApiVersions of version 0, by the client "door": what any broker answers, and a TLS listener refuses with an alert
_HELLO = b"\0\0\0\x0e\0\x12\0\0\0\0\0\1\0\4door"
REFUSALS = (SaslAuthenticationFailed, UnsupportedSaslMechanismError, ssl.SSLError)
OTHER_NAME = (62, 64)  # OpenSSL's codes for a certificate of another host or address
LEAST_SECONDS = 4.0  # at least, for each of several addresses

# API number: the lowest version that we can use, the feature that we need, the first Kafka release that has it
NEEDED = {
    0: (3, "record headers", "0.11"),
    1: (4, "committed reads", "0.11"),
    3: (10, "topic ids", "2.8"),  # the fence stores the id of the topic that its offsets belong to
    22: (0, "idempotent producers", "0.11"),
    28: (0, "offsets in transactions", "0.11"),
    32: (0, "topic settings", "0.11"),
}


async def probe_broker(brokers: str, security: Security) -> None:
    """Raise BrokerError unless one address, and one broker that it advertises, accepts us and is new enough."""
    first = {(host, port) for host, port, _ in collect_hosts(brokers)}
    advertised = await _first_answer(first, brokers, security)
    if advertised and not advertised & first:
        where = ", ".join(f"{host}:{port}" for host, port in sorted(advertised))
        await _first_answer(advertised, f"{where} (advertised by {brokers})", security)


async def _first_answer(addresses: set[Address], where: str, security: Security) -> set[Address]:
    refusals: list[str] = []
    is_refused = False
    timeout = int(1000 * max(LEAST_SECONDS, ALL_SECONDS / len(addresses)))
    try:
        async with asyncio.timeout(ALL_SECONDS):
            for host, port in addresses:
                try:
                    versions, advertised = await _query(host, port, timeout, security)
                except (KafkaError, OSError, TimeoutError) as error:
                    line = refusal(error, where, security)
                    if line == _closed(where, security) and not await _speaks(host, port):
                        line = _not_ready(where)
                    refusals.append(line)
                    is_refused = is_refused or any(_refusal(cause, security) for cause in _causes(error))
                else:
                    if lacking := what_lacks(versions):
                        raise BrokerError(f"Kafka at {host}:{port} is too old: {lacking}")
                    return advertised
    except TimeoutError:
        pass  # of all addresses together: report the answers so far
    kind = RefusedError if is_refused else BrokerError
    raise kind(next((line for line in refusals if line != _no_answer(where)), _no_answer(where)))


async def _query(host: str, port: int, timeout_ms: int, security: Security) -> tuple[Versions, set[Address]]:
    """Return the versions of each API that a broker offers, and the addresses of all brokers that it advertises."""
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
    """Return the features that a broker with these API versions lacks, as text; None if it has all that we use."""
    lacking = [
        (what, since) for key, (version, what, since) in NEEDED.items() if versions.get(key, (0, -1))[1] < version
    ]
    if not lacking:
        return None
    since = max((since for _, since in lacking), key=lambda text: [int(part) for part in text.split(".")])
    return f"it has no {', '.join(what for what, _ in lacking)}; use Kafka {since} or newer"


def refusal(error: BaseException, where: str, security: Security) -> str:
    """Return one line that says why a broker was not reached, or did not accept us."""
    chain = list(_causes(error))
    for cause in chain:
        if reason := _refusal(cause, security):
            return f"Kafka at {where} {reason}"
    reset = (ConnectionResetError, BrokenPipeError, EOFError, ssl.SSLError)
    if any(isinstance(cause, (KafkaError, *reset)) for cause in chain):
        return _closed(where, security)
    return _no_answer(where)


def _refusal(error: BaseException, security: Security) -> str | None:
    if isinstance(error, SaslAuthenticationFailed):
        return f"refuses CHISTOVIK_SASL_USER={security.user!r}: wrong name, password or mechanism"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"does not support CHISTOVIK_SASL_MECHANISM={security.mechanism.lower()}"
    if isinstance(error, IllegalSaslStateError):
        return f"has no login at this address: CHISTOVIK_SECURITY={_name(security)} does not fit"
    if isinstance(error, ssl.SSLCertVerificationError):
        where = "CHISTOVIK_BROKERS" if error.verify_code in OTHER_NAME else "CHISTOVIK_TLS_CA"
        return f"has a certificate that is not trusted ({error.verify_message.rstrip('.')}): check {where}"
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        return f"refuses our TLS certificate or version ({_words(error)}): check CHISTOVIK_TLS_CERT"
    return None


class RefusalListener:
    """Notices when a broker refuses a client of this process: the libraries only log that, and retry forever."""

    def __init__(self) -> None:
        self.is_refused = False

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
            self.is_refused = self.is_refused or any(isinstance(cause, REFUSALS) for cause in _causes(error))
            raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "no reason").replace("_", " ").lower()


def _name(security: Security) -> str:
    return {"SSL": "tls", "SASL_SSL": "sasl-tls"}.get(security.protocol, security.protocol.lower().replace("_", "-"))


async def _speaks(host: str, port: int) -> bool:
    """Return whether anything behind an address says a word, in plain text or in TLS.

    A broker that expects another CHISTOVIK_SECURITY does. One that is starting does not, nor does a container's port
    in front of it: both accept connections and close them.
    """
    any_tls = ssl.create_default_context()
    any_tls.check_hostname, any_tls.verify_mode = False, ssl.CERT_NONE
    for context in (None, any_tls):
        try:
            async with asyncio.timeout(SPEAKING_SECONDS):
                reader, writer = await asyncio.open_connection(host, port, ssl=context)
                try:
                    writer.write(_HELLO)
                    if context is not None or await reader.read(1):
                        return True
                finally:
                    writer.close()
        except ssl.SSLError as error:
            if not isinstance(error, ssl.SSLEOFError):
                return True
        except (OSError, TimeoutError):
            pass
    return False


def _closed(where: str, security: Security) -> str:
    return f"{where} closed the connection: check that it expects CHISTOVIK_SECURITY={_name(security)}"


def _not_ready(where: str) -> str:
    return f"Kafka at {where} is not ready yet: it closes connections without an answer. Try again in a moment"


def _no_answer(where: str) -> str:
    return f"no Kafka answers at {where}: check that it is up and that CHISTOVIK_BROKERS is right"
