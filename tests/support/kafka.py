"""A real Apache Kafka for the tests: one KRaft node on loopback, its jars fetched once by Maven.

Not a test, and nothing of Chistovik in it.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import os
import re
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree as ET

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.support.patience import SECONDS, wait_until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiokafka.admin import NewTopic

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "deploy" / "pom.xml"
CLUSTER_ID = "Y2hpc3RvdmlrLXRlc3Rpbg"  # any 16 bytes in base64, so that data written before a restart is known again
JAVA = 17  # Kafka 4 runs on no older one
FETCH_SECONDS = 280
STOP_SECONDS = 120
KNOCK_SECONDS = 5  # of a broker that starts: it is asked again
# A test's JVM lives for minutes: the quick compiler and the small collector start sooner on two cores.
JVM = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
T = TypeVar("T")


class StartError(RuntimeError):
    """Kafka did not start; the message ends with the last lines of its log."""


def why_not() -> str | None:
    """Say why a real Kafka cannot run here, None where it can; the jars are fetched on the way, once."""
    found = java_version()
    if found is None:
        return f"Java {JAVA} is not there"
    if found < JAVA:
        return f"Java {JAVA} is not there, only Java {found}"
    try:
        jars()
    except StartError as error:
        return str(error)
    return None


def java_version() -> int | None:
    """Ask `java` for its major version, None where there is none."""
    if shutil.which("java") is None:
        return None
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False, timeout=SECONDS).stderr
    major = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(major[1]) if major else None


def kafka_version() -> str:
    """Read the version of Kafka from deploy/pom.xml, the only place that names it."""
    maven = "{http://maven.apache.org/POM/4.0.0}"
    return ET.parse(POM).findtext(f"{maven}properties/{maven}kafka.version", "")


def jars() -> Path:
    """Return the folder of Kafka's jars; Maven fills it when it is not there or deploy/pom.xml has changed."""
    return jars_of(POM, f"kafka-{kafka_version()}")


def jars_of(pom: Path, name: str) -> Path:
    """Return the folder of the jars that a pom.xml names; Maven fills it when it is not there or the file has changed."""
    cache = ROOT / ".cache" / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made_from = cache / "pom.xml"  # written last: says that the folder is whole
        if not made_from.exists() or made_from.read_bytes() != pom.read_bytes():
            _fetch(pom, cache / "libs")
            shutil.copyfile(pom, made_from)
    return cache / "libs"


def _fetch(pom: Path, libs: Path) -> None:
    if shutil.which("mvn") is None:
        raise StartError("Maven is not there")
    shutil.rmtree(libs, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={libs}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        raise StartError(f"Maven did not fetch what {pom.name} names within {FETCH_SECONDS} s") from None
    if done.returncode:
        raise StartError(f"Maven could not fetch what {pom.name} names: {_tail(done.stdout, 3)}")


@dataclass(kw_only=True)
class Kafka:
    """One node, broker and controller, with its data and its log in `folder`.

    `settings` are put over `defaults()`, `client` is what aiokafka needs to speak with it (TLS, SASL), and
    `format_arguments` are StorageTool's (users of SCRAM). All calls
    block; inside an event loop that should go on meanwhile: `await asyncio.to_thread(kafka.restart)`.
    """

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    format_arguments: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def brokers(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the broker has written, over all its starts."""
        return self.folder / "kafka.log"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Launch it and wait until it answers; StartError, and no process left, where it does not."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the process without waiting: of several nodes none answers before most are there."""
        libs = jars()
        self.folder.mkdir(parents=True, exist_ok=True)
        server = self.folder / "server.properties"
        server.write_text("".join(f"{name}={value}\n" for name, value in {**self.defaults(), **self.settings}.items()))
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(libs, server)
        with self.log.open("ab") as log:
            # In our process group: what ends the tests as a whole (Ctrl-C, timeout) ends it too.
            self._process = subprocess.Popen(
                _java(libs, "kafka.Kafka", str(server)), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        atexit.register(self.kill)  # where nobody comes to stop it

    def wait(self, seconds: float = SECONDS) -> None:
        """Return when it answers; StartError where it ended, or did not answer in so many seconds."""
        deadline = time.monotonic() + seconds
        try:
            while self.running and time.monotonic() < deadline:
                if _listens(self.port) and self._knows_itself():
                    return
                time.sleep(0.1)
            said = "did not answer in time" if self.running else "ended"
        except BaseException:  # a test's time limit, too
            self.kill()
            raise
        self.kill()
        raise StartError(f"Kafka {said}; the end of {self.log}:\n{_tail(self.log.read_text(), 20)}")

    def stop(self) -> None:
        """End it in good order; by force after two minutes."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to its process, where it runs: SIGSTOP and SIGCONT make it a slow one."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def restart(self) -> None:
        """Stop it where it runs, and start it again on the same data and port."""
        self.stop()
        self.start()

    def ask(self, question: Callable[[AIOKafkaAdminClient], Awaitable[T]], *, seconds: float = SECONDS) -> T:
        """Put a question to it with an admin client; from anywhere, as it has an event loop of its own."""

        async def asked() -> T:
            admin = AIOKafkaAdminClient(
                bootstrap_servers=self.brokers, request_timeout_ms=int(seconds * 1000), **self.client
            )
            try:
                await admin.start()
                return await question(admin)
            finally:
                await admin.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, asked()).result()

    def create(self, *topics: NewTopic) -> None:
        """Create topics; they can be written to when this returns: the broker hears of them after the controller."""
        names = [topic.name for topic in topics]

        async def are_led(admin: AIOKafkaAdminClient) -> bool:
            found = await admin.describe_topics(names)
            return not any(one["error_code"] or any(part["error_code"] for part in one["partitions"]) for one in found)

        self.ask(lambda admin: admin.create_topics(list(topics)))
        wait_until(lambda: self.ask(are_led))

    def delete(self, *names: str) -> None:
        """Delete topics; nobody finds them when this returns."""
        self.ask(lambda admin: admin.delete_topics(list(names)))
        wait_until(lambda: not set(names) & set(self.ask(lambda admin: admin.list_topics())))

    def defaults(self) -> dict[str, str]:
        """Give the settings of a single node that starts fast and is small."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "broker.session.timeout.ms": "9000",  # after a kill, the new broker waits for the old one's to end
            "broker.heartbeat.interval.ms": "1000",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "log.cleaner.dedupe.buffer.size": str(16 << 20),
            "log.index.size.max.bytes": str(1 << 20),
        }

    def _format(self, libs: Path, server: Path) -> None:
        command = _java(
            libs, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(server), *self.format_arguments
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode:
            raise StartError(f"Kafka's folder was not formatted: {_tail(done.stdout + done.stderr, 20)}")

    def _knows_itself(self) -> bool:
        """Whether the broker is in the cluster's metadata: before that it listens, but creates no topic."""
        try:
            return bool(self.ask(lambda admin: admin.describe_cluster(), seconds=KNOCK_SECONDS)["brokers"])
        except (KafkaError, OSError, TimeoutError):
            return False


def commit(kafka: Kafka, group: str, tp: TopicPartition, offset: int | tuple[int, str]) -> None:
    """Commit an offset, or one with metadata, for a group that has no members, and nothing else on the way out."""

    async def forge() -> None:
        async with AIOKafkaConsumer(
            bootstrap_servers=kafka.brokers, group_id=group, enable_auto_commit=False, **kafka.client
        ) as consumer:
            consumer.assign([tp])
            await consumer.commit({tp: offset})

    asyncio.run(forge())


def ends_of(kafka: Kafka, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Ask where the logs of partitions end."""

    async def ask() -> dict[TopicPartition, int]:
        async with AIOKafkaConsumer(bootstrap_servers=kafka.brokers, **kafka.client) as consumer:
            found: dict[TopicPartition, int] = await consumer.end_offsets(tps)
            return found

    return asyncio.run(ask())


def _java(libs: Path, *command: str) -> list[str]:
    # The level of log4j's own default set-up, which writes to the console
    return ["java", *JVM, "-Dlog4j2.level=INFO", "-cp", f"{libs}{os.sep}*", *command]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _tail(text: str, lines: int) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])
