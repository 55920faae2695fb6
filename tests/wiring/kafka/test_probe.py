"""Probing a broker: which one is too old, and the error when none answers."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import CollectorRegistry

from agents.errors import BrokerError, SettingsError
from agents.http import serve
from agents.kafka import probe
from agents.kafka.probe import NEEDED, probe_broker, refusal, what_lacks
from agents.kafka.security import Security
from agents.settings import Settings
from tests.support.command import Chistovik
from tests.support.embedded import embedded_broker
from tests.support.ports import free_port

# About what these versions of Apache Kafka offer of the APIs in NEEDED; that of Metadata (3) is what matters.
KAFKA_2_7 = {0: (0, 8), 1: (0, 12), 3: (0, 9), 22: (0, 4), 28: (0, 3), 32: (0, 4)}
KAFKA_2_8 = KAFKA_2_7 | {0: (0, 9), 3: (0, 11)}
KAFKA_4 = {0: (3, 13), 1: (4, 17), 3: (0, 13), 22: (0, 5), 28: (0, 5), 32: (1, 4)}


@pytest.mark.parametrize("versions", [KAFKA_2_8, KAFKA_4])
def test_a_broker_with_all_that_we_use_is_new_enough(versions: dict[int, tuple[int, int]]):
    assert what_lacks(versions) is None


def test_a_broker_without_ids_of_topics_is_too_old():
    assert what_lacks(KAFKA_2_7) == "it has no topic ids; use Kafka 2.8 or newer"


def test_a_broker_of_another_age_lacks_more_and_the_newest_need_is_named():
    assert what_lacks({0: (0, 2), 1: (0, 3), 3: (0, 2)}) == (
        "it has no record headers, committed reads, topic ids, idempotent producers, offsets in transactions, "
        "topic settings; use Kafka 2.8 or newer"
    )


@pytest.mark.parametrize("api", NEEDED)
def test_each_api_that_is_needed_is_missed(api: int):
    assert NEEDED[api][1] in str(what_lacks({key: offer for key, offer in KAFKA_4.items() if key != api}))


def test_a_broker_that_is_too_old_is_one_line_at_start(tmp_path):
    with embedded_broker() as connection:  # no Kafka, and really without this one of the APIs
        command = Chistovik(brokers=connection.brokers, prefix="t.", folder=tmp_path)
        for arguments in (("worker", "clean"), ("topics", "apply")):
            said = command(*arguments, code=3).stderr.decode()
            assert said.startswith(f"chistovik: Kafka at {connection.brokers} is too old: it has no topic settings")
            assert said.count("\n") == 1


async def test_of_several_addresses_one_that_answers_is_enough(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probe, "NEEDED", {})
    with embedded_broker() as connection:
        await probe_broker(f"127.0.0.1:{free_port()},{connection.brokers}", Security())


async def test_where_nobody_listens_the_line_names_the_setting():
    brokers = f"127.0.0.1:{free_port()}"
    advice = "check that it is up and that CHISTOVIK_BROKERS is right"
    with pytest.raises(BrokerError, match=f"^no Kafka answers at {brokers}: {advice}"):
        await probe_broker(brokers, Security())


@pytest.mark.parametrize(("addresses", "least"), [(1, 0.3), (3, 0.3), (3, 36_000.0)])
async def test_one_who_listens_and_says_nothing_is_not_waited_for_long(
    addresses: int, least: float, monkeypatch: pytest.MonkeyPatch
):
    """Without a limit it would go on for ever; of the last three, none is waited for any longer than all together."""
    monkeypatch.setattr(probe, "ALL_SECONDS", 0.6)
    monkeypatch.setattr(probe, "LEAST_SECONDS", least)
    held = []
    server = await asyncio.start_server(lambda reader, writer: held.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(BrokerError, match=r"^no Kafka answers at"):
        await probe_broker(",".join(f"127.0.0.{number}:{port}" for number in range(1, 1 + addresses)), Security())
    for writer in held:
        writer.close()
    server.close()


@pytest.mark.parametrize(
    ("code", "says", "where"),
    [(18, "self-signed certificate", "CHISTOVIK_TLS_CA"), (62, "Hostname mismatch", "CHISTOVIK_BROKERS")],
)
def test_the_reason_is_found_behind_the_error_that_hides_it(code: int, says: str, where: str):
    hidden = KafkaConnectionError("closed")
    hidden.__cause__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    hidden.__cause__.verify_message = says
    hidden.__cause__.verify_code = code
    assert refusal(hidden, "a:1", Security(protocol="SSL")) == (
        f"Kafka at a:1 has a certificate that is not trusted ({says}): check {where}"
    )


async def _closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Behave as a container's port in front of a broker that is starting."""
    writer.close()


async def _aborts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.transport.abort()


@pytest.mark.parametrize("behave", [_closes, _aborts])
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT"])
async def test_a_broker_that_is_starting_is_not_ready_yet(behave: Any, protocol: str):
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    brokers = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        tls = ssl.create_default_context() if protocol == "SSL" else None
        with pytest.raises(BrokerError, match=f"^Kafka at {brokers} is not ready yet: "):
            await probe_broker(brokers, Security(protocol=protocol, tls=tls))


async def _speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Behave as a broker with another CHISTOVIK_SECURITY: a word, and then it closes the connection."""
    await reader.read(1)
    writer.write(b"\x15\x03\x03\0\2\2\x50")  # an alert of TLS
    await writer.drain()
    writer.close()


async def test_who_speaks_and_hangs_up_expects_something_else():
    server = await asyncio.start_server(_speaks, "127.0.0.1", 0)
    brokers = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with pytest.raises(BrokerError, match="check that it expects CHISTOVIK_SECURITY=plaintext"):
            await probe_broker(brokers, Security())


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), OSError("no such host")])
def test_silence_is_not_taken_for_a_refusal(error: OSError):
    assert refusal(error, "a:1", Security()).startswith("no Kafka answers at a:1")


async def test_a_worker_is_asked_for_its_health_on_loopback_unless_told_otherwise():
    settings = Settings.from_env({})
    runner, port = await serve(settings.http_host, settings.http_port, dict, CollectorRegistry())
    try:
        assert runner.addresses == [("127.0.0.1", port)]
    finally:
        await runner.cleanup()


async def test_a_port_that_is_taken_is_one_line_that_names_its_setting():
    settings = Settings.from_env({})
    runner, port = await serve(settings.http_host, 0, dict, CollectorRegistry())
    try:
        with pytest.raises(SettingsError, match=f"CHISTOVIK_HTTP_HOST=127.0.0.1, CHISTOVIK_HTTP_PORT={port}: "):
            await serve(settings.http_host, port, dict, CollectorRegistry())
    finally:
        await runner.cleanup()
