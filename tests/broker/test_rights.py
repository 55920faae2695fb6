"""What Kafka's access lists and changed passwords refuse us is one line that says what, where and what to do."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from aiokafka import TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from agents.dedupe.ledgers import Ledgers
from agents.errors import BrokerError, RefusedError
from agents.kafka import Connection
from agents.kafka.probe import probe_broker
from agents.kafka.security import Security
from agents.settings import Secret
from pipeline.topics import TOPICS
from pipeline.verdict.ledger import DAY
from tests.broker.test_security import PAGE, PASSWORD, USER, Guest, listeners
from tests.support.kafka import Kafka, ends_of, why_not
from tests.support.patience import SECONDS, wait_until
from tests.support.ports import free_port, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.command import Worker

pytestmark = pytest.mark.broker
ALL = ("clean", "dedupe", "publish")
TOPIC, GROUP, TRANSACTION = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
READ, WRITE, EVERYTHING = AclOperation.READ, AclOperation.WRITE, AclOperation.ALL
DENY, ALLOW = AclPermissionType.DENY, AclPermissionType.ALLOW
EVERY_LINE = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)


@dataclass(frozen=True)
class Guarded:
    """A broker with access lists: who comes through OPEN may do everything, `reader` what is allowed."""

    kafka: Kafka
    ports: dict[str, int]
    admin: AdminClient

    def guest(self, folder: Path, prefix: str, **said: str) -> Guest:
        keys = {"SECURITY": "sasl-plaintext", "SASL_USER": USER, "SASL_PASSWORD": PASSWORD}
        return Guest(brokers=f"127.0.0.1:{self.ports['CLEAR']}", prefix=prefix, folder=folder, said=keys | said)

    def let(self, kind: ResourceType, name: str, what: AclOperation, how: AclPermissionType, *, prefix: bool = False):
        """Write a line into the access lists; it holds when this returns."""
        pattern = ResourcePatternType.PREFIXED if prefix else ResourcePatternType.LITERAL
        binding = AclBinding(kind, name, pattern, f"User:{USER}", "*", what, how)
        for future in self.admin.create_acls([binding]).values():
            future.result(SECONDS)
        self._until(lambda: binding in self._lines())

    def forget(self) -> None:
        """Empty the access lists."""
        for future in self.admin.delete_acls([EVERY_LINE]).values():
            future.result(SECONDS)
        self._until(lambda: not self._lines())

    def _lines(self) -> list[AclBinding]:
        return list(self.admin.describe_acls(EVERY_LINE, request_timeout=SECONDS).result(SECONDS))

    def _until(self, holds: Callable[[], bool]) -> None:
        """Wait for the broker, whose lists follow the controller's; it tells of those by which it decides."""
        wait_until(holds, every=0.05, said=self._lines)

    def password(self, text: str) -> None:
        """Give the user another password."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion(USER, info, text.encode())
        for future in self.admin.alter_user_scram_credentials([change]).values():
            future.result(SECONDS)

    def lets_in(self) -> bool:
        """Say whether the user comes in with the password that all tests use."""
        security = Security(protocol="SASL_PLAINTEXT", mechanism="SCRAM-SHA-512", user=USER, password=Secret(PASSWORD))
        try:
            asyncio.run(probe_broker(f"127.0.0.1:{self.ports['CLEAR']}", security))
        except BrokerError:
            return False
        return True


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    if reason := why_not():
        if os.environ.get("CHISTOVIK_REQUIRE_KAFKA") == "1":
            pytest.fail(f"no real Kafka: {reason}", pytrace=False)
        pytest.skip(f"no real Kafka: {reason}")
    ports, controller = {"OPEN": free_port(), "AWAY": free_port(), "CLEAR": free_port()}, free_port()
    settings = listeners(ports, controller)
    settings["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    settings["super.users"] = "User:ANONYMOUS"
    kafka = Kafka(
        folder=tmp_path_factory.mktemp("guarded"),
        port=ports["OPEN"],
        controller_port=controller,
        settings=settings,
        format_arguments=("--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"),
    )
    kafka.start()
    yield Guarded(kafka, ports, AdminClient({"bootstrap.servers": kafka.brokers}))
    kafka.stop()


@pytest.fixture
def prefix(guarded: Guarded) -> Iterator[str]:
    """Give a prefix with topics, on which all is allowed."""
    name = f"t{secrets.token_hex(4)}."
    for kind in (TOPIC, GROUP, TRANSACTION):
        guarded.let(kind, name, EVERYTHING, ALLOW, prefix=True)
    yield name
    guarded.forget()


@pytest.fixture
def guest(guarded: Guarded, prefix: str, tmp_path: Path) -> Guest:
    command = guarded.guest(tmp_path, prefix)
    command("topics", "apply")
    return command


def test_with_all_rights_on_its_prefix_and_none_on_the_cluster_it_works(guest: Guest):
    with guest.worker(*ALL):
        guest("feed", PAGE)
        found = guest("subscribe", "articles", "--follow", "--from-beginning", "--limit", "1", "--timeout", "200")
    assert found.stdout.count(b'"event":"created"') == 1


@pytest.mark.parametrize(
    ("command", "kind", "name", "what", "says"),
    [
        (("worker", "clean"), TOPIC, "pages", READ, "read topic {}pages"),
        (("worker", *ALL), TOPIC, "documents", WRITE, "write topic {}documents"),
        (("worker", "dedupe"), TOPIC, "verdicts", WRITE, "write topic {}verdicts"),
        (("worker", "publish"), TOPIC, "dead-letters", WRITE, "write topic {}dead-letters"),
        (("worker", "clean"), GROUP, "clean", READ, "read group {}clean"),
        (("worker", "publish"), GROUP, "publish", EVERYTHING, "read group {}publish"),
        (("feed", PAGE), TOPIC, "pages", WRITE, "write topic {}pages"),
        (("subscribe", "articles", "--from-beginning"), TOPIC, "articles", READ, "topic {}articles"),
        (("worker", "clean"), TOPIC, "pages", EVERYTHING, "topic {}pages"),
        (("audit",), TOPIC, "articles", EVERYTHING, "topic {}articles"),
        (("duplicates", "3f9a"), TOPIC, "articles", READ, "read topic {}articles"),
        (("duplicates", "3f9a"), TOPIC, "duplicates", EVERYTHING, "topic {}duplicates"),
        (("topics", "list"), TOPIC, "pages", EVERYTHING, "topic {}pages"),
    ],
)
def test_a_right_that_lacks_is_one_line_before_anything_begins(
    guarded: Guarded,
    guest: Guest,
    prefix: str,
    command: tuple[str, ...],
    kind: ResourceType,
    name: str,
    what: AclOperation,
    says: str,
):
    guarded.let(kind, prefix + name, what, DENY)

    said = guest.turned_away(*command, connections=4)

    assert said.startswith("chistovik: Kafka")
    assert says.format(prefix) in said
    assert "kafka-acls --add" in said


def test_topics_that_may_not_be_made_are_one_line(guarded: Guarded, tmp_path: Path):
    said = guarded.guest(tmp_path, "other.").turned_away("topics", "apply", connections=4)
    assert "does not allow" in said
    assert all(f"other.{topic.name}" in said.partition("see topic ")[2] for topic in TOPICS)
    assert "kafka-acls --add" in said


def test_a_transactional_id_that_is_not_ours_ends_publish_with_one_line(guarded: Guarded, guest: Guest, prefix: str):
    guarded.let(TRANSACTION, prefix, EVERYTHING, DENY, prefix=True)

    done = guest("worker", "publish", code=3)

    (line,) = ended(done.stderr.decode())
    assert f"transactional id {prefix}publish-" in line  # of one of its lanes, which open side by side
    assert "kafka-acls --add" in line


@pytest.mark.parametrize(
    ("stage", "kind", "name", "what"),
    [
        ("clean", TOPIC, "pages", READ),
        ("clean", TOPIC, "documents", WRITE),
        ("publish", TOPIC, "documents", READ),
        ("clean", GROUP, "clean", EVERYTHING),
        ("publish", GROUP, "publish", EVERYTHING),
    ],
)
def test_a_right_that_is_taken_from_a_running_worker_ends_it_with_one_line(
    guarded: Guarded, guest: Guest, prefix: str, stage: str, kind: ResourceType, name: str, what: AclOperation
):
    with guest.worker(stage) as worker:
        guarded.let(kind, prefix + name, what, DENY)
        for _ in range(3):
            guest("feed", PAGE, code=0 if (kind, name, what) != (TOPIC, "pages", WRITE) else 3)
        code = worker.process.wait(SECONDS)
        line = ended(worker.said())[-1]

    assert code == 3, worker.said()
    assert f"{prefix}{name}" in line
    assert "kafka-acls --add" in line


def ended(said: str) -> list[str]:
    """Find the lines with the reason of a worker's end."""
    assert "Traceback" not in said
    assert PASSWORD not in said
    return [line for line in said.splitlines() if "stage ended" in line or line.startswith("chistovik: ")]


def test_a_password_that_was_changed_ends_a_worker_that_must_connect_anew(
    guarded: Guarded, guest: Guest, prefix: str, tmp_path: Path
):
    with guest.worker(*ALL) as worker:
        guarded.password("another")
        try:
            guarded.kafka.restart()
            code = worker.process.wait(SECONDS)
        finally:
            guarded.password(PASSWORD)
            guarded._until(guarded.lets_in)
        assert code == 3, worker.said()
        line = ended(worker.said())[-1]
    assert f"refuses CHISTOVIK_SASL_USER='{USER}': wrong name, password or mechanism" in line

    with guest.worker(*ALL) as worker:  # the silence of a broker is no refusal
        guarded.kafka.restart()
        guest("feed", PAGE)
        wait_for_article(guarded, prefix, worker)


async def test_a_refusal_while_verdicts_are_read_back_is_named(guarded: Guarded, prefix: str):
    """aiokafka says "Unable to bootstrap" only, and the worker ended with the code of an internal error."""
    security = Security(protocol="SASL_PLAINTEXT", mechanism="SCRAM-SHA-512", user=USER, password=Secret("old"))
    connection = Connection(brokers=f"127.0.0.1:{guarded.ports['CLEAR']}", security=security)
    ledgers = Ledgers(connection, prefix, f"{prefix}dedupe", DAY, None)
    with pytest.raises(RefusedError, match="wrong name, password or mechanism"):
        await ledgers.recover(0, None)


async def test_silence_while_verdicts_are_read_back_is_an_error_of_the_broker():
    ledgers = Ledgers(Connection(brokers=nobody()), "news.", "news.dedupe", DAY, None)
    with pytest.raises(BrokerError, match="no Kafka answers"):
        await ledgers.recover(0, None)


def wait_for_article(guarded: Guarded, prefix: str, worker: Worker) -> None:
    tps = [TopicPartition(f"{prefix}articles", number) for number in range(12)]

    def is_there() -> bool:
        assert worker.process.poll() is None, worker.said()
        return sum(ends_of(guarded.kafka, tps).values()) > 0

    wait_until(is_there, every=0.3, said=worker.said)
