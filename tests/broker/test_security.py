"""Locked doors on a real Kafka: TLS, SASL and client certificates; and what is said at a door that stays shut."""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from tests.support.command import Chistovik
from tests.support.kafka import Kafka, why_not
from tests.support.patience import SECONDS
from tests.support.ports import free_port, nobody
from tests.support.relay import relayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.certificates import Signed

pytestmark = pytest.mark.broker

PAGE = str(Path(__file__).parents[2] / "deploy" / "demo" / "pages" / "04_uk_clean.txt")
USER, PASSWORD = "reader", "correct-horse-battery"
NOWHERE = nobody()
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}  # as /proc writes it


@dataclass(kw_only=True)
class Guest(Chistovik):
    """The command with settings of how Kafka is spoken to."""

    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return super().env | {f"CHISTOVIK_{name}": value for name, value in self.said.items()}

    def turned_away(self, *arguments: str, connections: int = 1) -> str:
        """Run a subcommand that the broker refuses; its one line, which comes after one try and not after many.

        A client that is not let in has one connection. One that lacks a right has a few: each library opens its own.
        """
        with relayed(self.brokers) as relay:
            done = replace(self, brokers=relay.brokers)(*arguments, code=3)
        said = done.stderr.decode().replace(relay.brokers, self.brokers)
        assert 1 <= relay.connections <= connections, f"{relay.connections} connections: {said}"
        assert said.count("\n") == 1, said
        assert PASSWORD not in said
        return said


@dataclass(frozen=True)
class Doors:
    """A broker with several doors, and what opens them."""

    kafka: Kafka
    authority: Authority
    ours: Signed
    ports: Mapping[str, int]

    def at(self, door: str, folder: Path, prefix: str = "locked.", **said: str) -> Guest:
        return Guest(brokers=f"127.0.0.1:{self.ports[door]}", prefix=prefix, folder=folder, said=said)

    @property
    def sasl_tls(self) -> dict[str, str]:
        return {**self.sasl, "SECURITY": "sasl-tls", "TLS_CA": str(self.authority.certificate)}

    @property
    def sasl(self) -> dict[str, str]:
        return {"SECURITY": "sasl-plaintext", "SASL_USER": USER, "SASL_PASSWORD": PASSWORD}

    @property
    def tls(self) -> dict[str, str]:
        return {
            "SECURITY": "tls",
            "TLS_CA": str(self.authority.certificate),
            "TLS_CERT": str(self.ours.certificate),
            "TLS_KEY": str(self.ours.key),
        }


def listeners(ports: Mapping[str, int], controller: int) -> dict[str, str]:
    """Kafka's settings: OPEN for itself, AWAY misnamed, LOCKED and CLEAR by password, CERTIFIED by certificate."""
    protocols = {
        "OPEN": "PLAINTEXT",
        "AWAY": "PLAINTEXT",
        "LOCKED": "SASL_SSL",
        "CLEAR": "SASL_PLAINTEXT",
        "CERTIFIED": "SSL",
    }
    at = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    module = "org.apache.kafka.common.security"
    settings = {
        "listeners": f"{at},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": at.replace(f"127.0.0.1:{ports['AWAY']}", NOWHERE),
        "listener.security.protocol.map": ",".join(
            f"{n}:{p}" for n, p in {**protocols, "CONTROLLER": "PLAINTEXT"}.items()
        ),
        "inter.broker.listener.name": "OPEN",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.clear.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
        "listener.name.certified.ssl.client.auth": "required",
    }
    for door in ("locked", "clear"):
        name = f"listener.name.{door}"
        for number in (256, 512):
            settings[f"{name}.scram-sha-{number}.sasl.jaas.config"] = f"{module}.scram.ScramLoginModule required;"
        settings[f"{name}.plain.sasl.jaas.config"] = (
            f'{module}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        )
    return settings


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    if reason := why_not():
        if os.environ.get("CHISTOVIK_REQUIRE_KAFKA") == "1":
            pytest.fail(f"no real Kafka: {reason}", pytrace=False)
        pytest.skip(f"no real Kafka: {reason}")
    folder = tmp_path_factory.mktemp("doors")
    authority = Authority(folder)
    store = authority.sign("broker").as_store(folder / "broker.pem")
    ports = {name: free_port() for name in ("OPEN", "AWAY", "LOCKED", "CLEAR", "CERTIFIED")}
    controller = free_port()
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate),
    }
    kafka = Kafka(
        folder=folder / "kafka",
        port=ports["OPEN"],
        controller_port=controller,
        settings=listeners(ports, controller) | tls,
        format_arguments=[
            word
            for number in (256, 512)
            for word in ("--add-scram", f"SCRAM-SHA-{number}=[name={USER},password={PASSWORD}]")
        ],
    )
    kafka.start()
    yield Doors(kafka, authority, authority.sign("ours"), ports)
    kafka.stop()


def test_a_page_becomes_an_article_through_tls_and_a_password(doors: Doors, tmp_path: Path):
    guest = doors.at("LOCKED", tmp_path, prefix="whole.", **doors.sasl_tls)
    guest("topics", "apply")
    with guest.worker("clean", "dedupe", "publish") as worker:
        guest("feed", PAGE)
        found = guest("subscribe", "articles", "--follow", "--from-beginning", "--limit", "1", "--timeout", "200")
        heard = {address for address, _ in listening(worker.process.pid)}
        (port,) = {port for _, port in listening(worker.process.pid)}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=SECONDS) as answer:
            assert answer.status == 200
        log = worker.said()

    assert found.stdout.count(b'"event":"created"') == 1
    assert heard <= LOOPBACK
    assert PASSWORD not in log
    assert len(guest.events("articles")) == 1


@pytest.mark.parametrize(
    ("door", "how"),
    [
        ("CLEAR", {"SASL_MECHANISM": "plain"}),
        ("CLEAR", {}),
        ("CERTIFIED", {}),
        ("LOCKED", {"SASL_MECHANISM": "plain"}),
        ("CLEAR", {"SASL_MECHANISM": "scram-sha-256"}),
    ],
)
def test_every_other_way_in_leads_to_the_topics_and_their_ids(
    doors: Doors, tmp_path: Path, door: str, how: dict[str, str]
):
    keys = {"CLEAR": doors.sasl, "CERTIFIED": doors.tls, "LOCKED": doors.sasl_tls}[door]
    prefix = f"{door}-{how.get('SASL_MECHANISM')}.".lower()
    done = doors.at(door, tmp_path, prefix=prefix, **keys, **how, LOG_LEVEL="debug")("topics", "apply")

    assert done.stdout.count(b"created") == len(done.stdout.splitlines())
    assert PASSWORD.encode() not in done.stdout + done.stderr


def test_a_password_in_a_file_opens_too(doors: Doors, tmp_path: Path):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    keys = {**doors.sasl_tls, "SASL_PASSWORD": "", "SASL_PASSWORD_FILE": str(tmp_path / "password")}
    assert b"news.pages" in doors.at("LOCKED", tmp_path, prefix="news.", **keys)("topics", "list").stdout


def test_a_wrong_password_is_one_line_from_every_command(doors: Doors, tmp_path: Path):
    guest = doors.at("LOCKED", tmp_path, **{**doors.sasl_tls, "SASL_PASSWORD": f"{PASSWORD}!"})
    for arguments in (("topics", "apply"), ("worker", "clean", "publish"), ("feed", PAGE), ("subscribe", "articles")):
        assert f"Kafka at {guest.brokers} refuses CHISTOVIK_SASL_USER='{USER}'" in guest.turned_away(*arguments)


@pytest.mark.parametrize(
    ("door", "keys", "says"),
    [
        (
            "LOCKED",
            {"SECURITY": "plaintext"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=plaintext",
        ),
        (
            "LOCKED",
            {"SECURITY": "sasl-plaintext"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=sasl-plaintext",
        ),
        (
            "LOCKED",
            {"SECURITY": "tls", "TLS_CA": "ours"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=tls",
        ),
        ("LOCKED", {"SECURITY": "sasl-tls"}, "has a certificate that is not trusted"),
        ("LOCKED", {"SECURITY": "sasl-tls", "TLS_CA": "other"}, "has a certificate that is not trusted"),
        (
            "LOCKED",
            {"SECURITY": "sasl-tls", "TLS_CA": "ours", "SASL_MECHANISM": "scram-sha-256"},
            "does not support CHISTOVIK_SASL_MECHANISM=scram-sha-256",
        ),
        (
            "CLEAR",
            {"SECURITY": "plaintext"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=plaintext",
        ),
        (
            "CLEAR",
            {"SECURITY": "tls", "TLS_CA": "ours"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=tls",
        ),
        ("OPEN", {"SECURITY": "sasl-plaintext"}, "has no login at this address: CHISTOVIK_SECURITY=sasl-plaintext"),
        (
            "OPEN",
            {"SECURITY": "sasl-tls", "TLS_CA": "ours"},
            "closed the connection: check that it expects CHISTOVIK_SECURITY=sasl-tls",
        ),
        ("CERTIFIED", {"SECURITY": "tls", "TLS_CA": "ours"}, "refuses our TLS certificate or version"),
    ],
)
def test_a_door_that_is_not_ours_says_in_one_line_why(
    doors: Doors, tmp_path: Path, door: str, keys: dict[str, str], says: str
):
    authorities = {"ours": doors.authority.certificate, "other": Authority(tmp_path, "other").certificate}
    said = {name: str(authorities.get(value, value)) for name, value in keys.items()}
    if said["SECURITY"].startswith("sasl"):
        said = {"SASL_USER": USER, "SASL_PASSWORD": PASSWORD, **said}
    guest = doors.at(door, tmp_path, **said)

    # A door that closes is asked twice at most whether anything speaks there at all: in plain text, and in TLS.
    line = guest.turned_away("topics", "list", connections=3 if says.startswith("closed") else 1)
    assert f"{guest.brokers} {says}" in line


def test_a_certificate_for_another_address_is_not_trusted(doors: Doors, tmp_path: Path):
    guest = doors.at("LOCKED", tmp_path, **doors.sasl_tls)
    guest.brokers = guest.brokers.replace("127.0.0.1", "localhost")
    said = guest.turned_away("topics", "list")
    assert "has a certificate that is not trusted (" in said
    assert "check CHISTOVIK_BROKERS" in said


def test_a_broker_that_names_an_address_where_none_answers_is_one_line(doors: Doors, tmp_path: Path):
    guest = doors.at("AWAY", tmp_path)
    assert f"no Kafka answers at {NOWHERE} (advertised by {guest.brokers})" in guest.turned_away("topics", "list")


def test_no_log_of_a_command_that_fails_shows_the_password(doors: Doors, tmp_path: Path):
    keys = {**doors.sasl_tls, "SASL_MECHANISM": "plain", "LOG_LEVEL": "debug"}  # plain: the password itself is sent
    stranger = doors.at("LOCKED", tmp_path, **{**keys, "SASL_USER": "stranger"})
    for arguments, code in ((("worker", "publish"), 3), (("subscribe", "no-such"), 2), (("--help",), 0)):
        done = stranger(*arguments, code=code)
        assert PASSWORD.encode() not in done.stdout + done.stderr
    missing = doors.at("LOCKED", tmp_path, prefix="none.", **keys)("worker", "clean", code=3)
    assert b"topics apply" in missing.stderr
    assert PASSWORD.encode() not in missing.stdout + missing.stderr


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses, as the system writes them, and ports on which a process takes connections."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(descriptor.readlink().name)
        except OSError:  # closed meanwhile
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and f"socket:[{parts[9]}]" in sockets:
                address, _, port = parts[1].partition(":")
                found.add((address, int(port, 16)))
    return found
