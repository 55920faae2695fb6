"""The command as a user runs it: subprocesses with settings of their own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from agents.kafka import Connection
from agents.subscribe import subscribe
from pipeline.topics import OUTCOMES
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

# The worker's own line; Faust says "Worker ready" of each table, while other stages still read theirs.
READY = re.compile(r"\] ready\b|\"event\": ?\"ready\"")
COMMAND = (sys.executable, "-m", "agents.cli")


def stuck_on(text: str) -> tuple[str, ...]:
    """The command where pages and URLs that hold a text never come to an end."""
    return (sys.executable, str(Path(__file__).with_name("stuck.py")), text)


@dataclass(kw_only=True)
class Chistovik:
    """The command with its settings; every call is a process of its own."""

    brokers: str
    prefix: str
    folder: Path
    command: tuple[str, ...] = COMMAND
    processes: int = 2  # that clean

    @property
    def env(self) -> dict[str, str]:
        """The environment of the processes."""
        return os.environ | {
            "CHISTOVIK_BROKERS": self.brokers,
            "CHISTOVIK_PREFIX": self.prefix,
            "CHISTOVIK_DATA_DIR": str(self.folder / "data"),
            "CHISTOVIK_SESSION_TIMEOUT": "6",
            "CHISTOVIK_PROCESSES": str(self.processes),
        }

    def __call__(
        self, *arguments: str, code: int | None = 0, stdin: bytes = b"", **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a subcommand to its end, and expect an exit code; None: whichever."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.env | env,
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert code is None or done.returncode == code, f"{arguments} exited {done.returncode}:\n{done.stderr.decode()}"
        assert b"Traceback" not in done.stderr
        return done

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Read all committed events of an outcome topic."""
        out = self("subscribe", topic, "--from-beginning").stdout
        return [orjson.loads(line) for line in out.splitlines()]

    def outcomes(self, *, pages: int) -> dict[str, list[dict[str, Any]]]:
        """Wait until so many outcomes are there, and return them by topic."""
        found: dict[str, list[dict[str, Any]]] = {}

        def are_there() -> bool:
            found.update(asyncio.run(self._read_all()))
            return sum(map(len, found.values())) >= pages

        wait_until(are_there, every=0.2, said=lambda: {topic: len(events) for topic, events in found.items()})
        return found

    async def _read_all(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in OUTCOMES}
        names = [self.prefix + topic for topic in OUTCOMES]
        async for event in subscribe(Connection(brokers=self.brokers), *names, from_beginning=True, follow=False):
            found[event.topic.removeprefix(self.prefix)].append(event.json())
        return found

    @contextmanager
    def worker(self, *stages: str, seconds: float = SECONDS) -> Iterator[Worker]:
        """Run a worker until the block ends; it is ready when the block begins, within so many seconds."""
        log = self.folder / f"worker-{time.monotonic_ns()}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [*self.command, "worker", *stages], env=self.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )
        worker = Worker(process, log)
        try:
            worker.wait_ready(seconds)
            yield worker
        finally:
            worker.end(signal.SIGTERM)


@dataclass
class Worker:
    """A running worker and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """What it has logged so far."""
        return self.log.read_text(encoding="utf-8")

    def wait_ready(self, seconds: float = SECONDS) -> None:
        """Return when all its stages take records."""
        wait_until(self._is_ready, every=0.05, seconds=seconds, said=self.said)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"the worker exited {self.process.returncode}:\n{self.said()}"
        return READY.search(self.said()) is not None

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the worker did not leave:\n{self.said()}") from None
        return self.process.returncode
