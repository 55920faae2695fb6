"""The tests see nothing of the user's settings, and nothing of what else runs here."""

from __future__ import annotations

import os
import socket

import pytest

from tests.support.environment import clean
from tests.support.ports import nobody
from tests.support.relay import relayed

USERS = [
    *("CHISTOVIK_BROKERS", "CHISTOVIK_EXTRACTOR", "KAFKA_OPTS", "BROKER_URL", "WEB_PORT", "TIMEZONE", "F_DATADIR"),
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "TZ", "LC_ALL", "LANGUAGE", "PYTHONIOENCODING"),
    *("PYTHONWARNINGS", "OTEL_SDK_DISABLED", "PGHOST", "PGOPTIONS", "GITHUB_ACTIONS", "TYPER_USE_RICH"),
]


@pytest.mark.parametrize("name", USERS)
def test_a_setting_of_the_user_does_not_reach_the_tests(name: str):
    assert name not in clean({name: "x"})
    assert name not in os.environ


def test_the_machine_is_still_found():
    needed = {"PATH": "/bin", "HOME": "/root", "JAVA_HOME": "/jdk", "PIP_CERT": "x", "CHISTOVIK_REQUIRE_KAFKA": "1"}
    assert needed.items() <= clean(needed).items()


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_a_proxy_stands_before_the_world_and_not_before_this_machine(name: str):
    kept = clean({"http_proxy": "http://proxy.example", name: "intra.example"})
    assert kept["http_proxy"] == "http://proxy.example"
    assert kept["no_proxy"] == kept["NO_PROXY"] == "intra.example,127.0.0.1,localhost"


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))


def test_nobody_answers_where_nobody_is_and_nobody_else_gets_the_port():
    with pytest.raises(ConnectionRefusedError):
        connect(nobody())
    host, _, port = nobody().rpartition(":")
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((host, int(port)))


def test_a_relay_passes_bytes_on_and_counts_the_connections():
    with socket.create_server(("127.0.0.1", 0)) as server, relayed(f"127.0.0.1:{server.getsockname()[1]}") as relay:
        for number in (1, 2):
            with connect(relay.brokers) as asking, server.accept()[0] as answering:
                asking.sendall(b"ask")
                assert answering.recv(10) == b"ask"
                answering.sendall(b"answer")
                assert asking.recv(10) == b"answer"
            assert relay.connections == number
