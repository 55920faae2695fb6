"""The live state of the page: one task measures the stages, another follows the newest records.

If Kafka does not answer, the last state stays, together with the problem, until Kafka answers again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from agents.errors import BrokerError
from agents.reports.lag import LagReader, StageMonitor
from agents.reports.status import StatusReport
from agents.reports.tail import NewestNotes, NewestProfiles, following, outcomes_of
from pipeline.records.profile import EMPTY, Profile, read_profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.kafka import Connection
    from pipeline.article.newest import Newest

LOOK_SECONDS = 2.0
RETRY_SECONDS = 3.0  # after Kafka did not answer
CATCHING_SECONDS = 30.0
HISTORY = 150  # measurements: five minutes
log = structlog.get_logger("chistovik")


@dataclass(slots=True)
class LiveState:
    """The state that the pages show."""

    connection: Connection
    prefix: str
    events: int
    monitor: StageMonitor = field(default_factory=StageMonitor)
    history: deque[dict[str, tuple[int, int]]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    newest: Newest = field(init=False)
    profiles: NewestProfiles = field(default_factory=NewestProfiles)
    notes: NewestNotes = field(default_factory=NewestNotes)
    problem: str | None = None  # why the stages cannot be measured
    tail_problem: str | None = None  # why the newest records cannot be read
    is_caught_up: bool = False
    measured: asyncio.Event = field(default_factory=asyncio.Event)  # set after the first measurement

    def __post_init__(self) -> None:
        self.newest = outcomes_of(self.events).newest

    async def run(self) -> None:
        """Measure the stages and follow the newest records, until cancelled."""
        await asyncio.gather(self._forever(self._measure, "problem"), self._forever(self._follow, "tail_problem"))

    async def _forever(self, work: Callable[[], Awaitable[None]], attribute: str) -> None:
        """Run `work` again and again. The problem of the last failure is kept in the attribute of that name."""
        while True:
            try:
                await work()
            except (BrokerError, KafkaError, OSError, TimeoutError) as error:
                line = self._problem_of(error)
                if getattr(self, attribute) != line:
                    log.warning("Kafka cannot be read", why=line)
                setattr(self, attribute, line)
            await asyncio.sleep(RETRY_SECONDS)

    def _problem_of(self, error: Exception) -> str:
        """Return an error as one line. All errors that end when Kafka is back get the same line."""
        cause = error.__cause__ if isinstance(error, BrokerError) else error
        if isinstance(cause, (KafkaError, OSError, TimeoutError)) and getattr(cause, "retriable", True):
            return f"no Kafka answers at {self.connection.brokers}"
        return str(error) or type(error).__name__

    async def _measure(self) -> None:
        async with LagReader(self.connection, self.prefix) as reader:
            while True:
                sample = await asyncio.wait_for(reader.sample(), 30)
                self.monitor.take(sample)
                self.history.append({stage.name: (stage.arrived, stage.done) for stage in sample.stages})
                self.problem = None
                self.measured.set()
                await asyncio.sleep(LOOK_SECONDS)

    async def _follow(self) -> None:
        outcomes, profiles, notes = outcomes_of(self.events), NewestProfiles(), NewestNotes()
        async with following(self.connection, self.prefix, outcomes, profiles, notes) as tail:
            began = time.monotonic()
            if not self.newest.count:  # the old state is empty, so the incomplete new one is better
                self.newest, self.profiles, self.notes = outcomes.newest, profiles, notes
            await tail.catch_up(CATCHING_SECONDS)
            self.newest, self.profiles, self.notes, self.tail_problem = outcomes.newest, profiles, notes, None
            log.info("newest events read", events=self.newest.count, seconds=round(time.monotonic() - began, 1))
            self.is_caught_up = True
            while True:
                await tail.poll(500)

    @property
    def standings(self) -> StatusReport:
        """Return the current status of the stages and outcomes."""
        samples = self.monitor.samples
        return StatusReport(
            brokers=self.connection.brokers,
            prefix=self.prefix,
            at=samples[-1].at if samples else datetime.now(UTC),
            reports=self.monitor.reports(),
            newest=self.newest,
        )

    def steps(self, stage: str) -> list[int]:
        """Return how many records a stage finished between two measurements, over the last five minutes."""
        done = [one[stage][1] for one in self.history if stage in one]
        return [max(0, after - before) for before, after in pairwise(done)]

    def profile(self, key: bytes) -> Profile:
        """Return a host's profile; an empty one if it is not among the newest."""
        return read_profile(self.profiles.known[key]) if key in self.profiles.known else EMPTY
