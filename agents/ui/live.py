"""What the page knows at every moment: looks at the stages and the newest records, in two tasks of their own.

Where Kafka does not answer, what was known stays, with the problem beside it, until it answers again.
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
    from agents.kafka import Connection
    from pipeline.article.newest import Newest

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 3.0  # after Kafka did not answer
CATCHING_SECONDS = 30.0
HISTORY = 150  # looks: five minutes
log = structlog.get_logger("chistovik")


@dataclass(slots=True)
class Live:
    """The state of the page."""

    connection: Connection
    prefix: str
    events: int
    monitor: StageMonitor = field(default_factory=StageMonitor)
    history: deque[dict[str, tuple[int, int]]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    newest: Newest = field(init=False)
    profiles: NewestProfiles = field(default_factory=NewestProfiles)
    notes: NewestNotes = field(default_factory=NewestNotes)
    problem: str | None = None  # why the stages cannot be looked at
    tail_problem: str | None = None
    is_caught_up: bool = False
    seen: asyncio.Event = field(default_factory=asyncio.Event)  # there was a first look
    _looks_at: float = 0.0

    def __post_init__(self) -> None:
        self.newest = outcomes_of(self.events).newest

    async def run(self) -> None:
        """Look and follow until cancelled."""
        await asyncio.gather(self._forever(self._look, "problem"), self._forever(self._follow, "tail_problem"))

    async def _forever(self, work: object, says: str) -> None:
        while True:
            try:
                await work()  # type: ignore[operator]
            except (BrokerError, KafkaError, OSError, TimeoutError) as error:
                line = self._why(error)
                if getattr(self, says) != line:
                    log.warning("Kafka is not there", why=line)
                setattr(self, says, line)
            await asyncio.sleep(AGAIN_SECONDS)

    def _why(self, error: Exception) -> str:
        """Say what is wrong; what passes by itself when Kafka is back is that it is not there."""
        cause = error.__cause__ if isinstance(error, BrokerError) else error
        if isinstance(cause, (KafkaError, OSError, TimeoutError)) and getattr(cause, "retriable", True):
            return f"no Kafka answers at {self.connection.brokers}"
        return str(error) or type(error).__name__

    async def _look(self) -> None:
        async with LagReader(self.connection, self.prefix) as reader:
            while True:
                sample = await asyncio.wait_for(reader.sample(), 30)
                self.monitor.take(sample)
                self.history.append({stage.name: (stage.arrived, stage.done) for stage in sample.stages})
                self.problem = None
                self.seen.set()
                await asyncio.sleep(LOOK_SECONDS)

    async def _follow(self) -> None:
        outcomes, profiles, notes = outcomes_of(self.events), NewestProfiles(), NewestNotes()
        async with following(self.connection, self.prefix, outcomes, profiles, notes) as tail:
            began = time.monotonic()
            if not self.newest.count:  # nothing better to show meanwhile
                self.newest, self.profiles, self.notes = outcomes.newest, profiles, notes
            await tail.catch_up(CATCHING_SECONDS)
            self.newest, self.profiles, self.notes, self.tail_problem = outcomes.newest, profiles, notes, None
            log.info("caught up", events=self.newest.count, seconds=round(time.monotonic() - began, 1))
            self.is_caught_up = True
            while True:
                await tail.poll(500)

    @property
    def standings(self) -> StatusReport:
        """How all stands now."""
        samples = self.monitor.samples
        return StatusReport(
            brokers=self.connection.brokers,
            prefix=self.prefix,
            at=samples[-1].at if samples else datetime.now(UTC),
            reports=self.monitor.reports(),
            newest=self.newest,
        )

    def steps(self, stage: str) -> list[int]:
        """Give what a stage finished between the looks of the last minutes."""
        done = [one[stage][1] for one in self.history if stage in one]
        return [max(0, after - before) for before, after in pairwise(done)]

    def profile(self, key: bytes) -> Profile:
        """Give a host's profile, an empty one where it is not among the newest."""
        return read_profile(self.profiles.known[key]) if key in self.profiles.known else EMPTY
