"""The stage `watch`: whoever owns the partition of a watch polls it, feeds what is new, and writes down what it saw.

In this order: a crash in between feeds again what was fed, which changes nothing; nothing is lost.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from agents.feed.send import feed_target
from agents.observe.telemetry import Finished, Line
from agents.stage.member import GroupStage
from agents.stage.progress import Progress
from agents.watch.poll import poll
from agents.watch.states import States, write_state
from pipeline.listing.schedule import after_poll, is_due
from pipeline.records.watched import partition_of
from pipeline.records.wire import encode
from pipeline.topics import WATCHES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterator, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.fetch.listing_client import ListingClient
    from agents.kafka import Connection
    from agents.kafka.outbox import Outbox
    from agents.observe.backlog import Backlog
    from agents.observe.telemetry import Telemetry
    from agents.settings import Settings
    from agents.watch.poll import Poll
    from pipeline.listing.watchlist import Watch
    from pipeline.records.watched import Watched

STAGE = "watch"
AT_ONCE = 8  # polls; each may hold a listing and its tree
LOOK_SECONDS = 1.0
LEAVING_SECONDS = 15.0  # that polls in hand may take when a partition is given up


class WatchStage(GroupStage):
    """The stage `watch`."""

    name = STAGE
    reset = "earliest"  # nothing is ever committed: the owner of a partition reads all of it

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        *,
        watches: Sequence[Watch],
        client: ListingClient,
        outbox: Outbox,
        partitions: int,
        telemetry: Telemetry | None = None,
    ) -> None:
        # A poll may follow redirects, each of which takes its time
        progress = Progress(limit=60.0 + 8 * settings.fetch_timeout)
        super().__init__(settings, connection, [WATCHES.name], progress=progress, telemetry=telemetry)
        self._watches, self._client, self._outbox, self._partitions = watches, client, outbox, partitions
        self._states = States()
        self._open: set[int] = set()  # partitions that are ours and were read to their end
        self._generation = 0  # of the assignment
        self._is_settled = False  # not while partitions are being given up and handed out
        self._busy: dict[str, asyncio.Task[None]] = {}  # by watch: its parts are polled one after the other
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._polls = 0

    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Name the loops: reading states, and polling."""
        return {"states": self._follow(self._consumer), "polls": self._poll_due()}

    def pace(self) -> tuple[int, int]:
        """Return how many watches are being polled, and how many polls were finished."""
        return len(self._busy), self._polls

    def backlog(self) -> list[Backlog]:
        """Nothing: it is time that it waits for, and no record."""
        return []

    def sizes(self) -> dict[str, float]:
        """Count what is watched, and how much of it fails."""
        ours = [watch for watch in self._watches if self._is_ours(watch)]
        states = [self._states.get(watch, url) for watch in ours for url in self._states.parts(watch)]
        return {
            "chistovik_watch_watches": len(ours),
            "chistovik_watch_failing": sum(state is not None and state.failures > 0 for state in states),
        }

    async def open(self, partitions: list[int]) -> None:  # noqa: ARG002 — the consumer knows which are ours
        """Begin to read the states of the partitions."""
        self._generation += 1
        self._is_settled = True

    async def close(self) -> None:
        """Finish or give up the polls in hand."""
        self._generation += 1
        self._is_settled = False
        self._open = set()
        if self._busy:
            _, late = await asyncio.wait(self._busy.values(), timeout=LEAVING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # — states —

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        """Take the states as they are written; open a partition when it was read to where it ended when we got it."""
        ends: dict[TopicPartition, int] = {}
        of_generation = -1
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._states.take(record)
            generation, ours = self._generation, consumer.assignment()
            if of_generation != generation:
                ends = await consumer.end_offsets(list(ours)) if ours else {}
                of_generation = generation
            for tp, end in ends.items():
                if tp.partition not in self._open and tp in ours and await consumer.position(tp) >= end:
                    if self._generation != generation or not self._is_settled:
                        break
                    self._open.add(tp.partition)

    # — polls —

    async def _poll_due(self) -> None:
        while not self._stopping.is_set():
            for watch in self._watches:
                if self._is_ours(watch):
                    await self._begin_polls(watch)
            await asyncio.sleep(LOOK_SECONDS)

    def _is_ours(self, watch: Watch) -> bool:
        return partition_of(watch.url, self._partitions) in self._open

    async def _begin_polls(self, watch: Watch) -> None:
        now = datetime.now(UTC)
        if watch.url in self._busy or not any(self._due(watch, now)):
            return
        await self._slots.acquire()
        if not self._is_ours(watch):  # while we waited
            self._slots.release()
            return
        self._busy[watch.url] = task = self._loops.run(watch.url, self._poll_parts(watch))
        task.add_done_callback(partial(self._done, watch.url))

    def _due(self, watch: Watch, now: datetime) -> Iterator[str]:
        for url in self._states.parts(watch):
            if is_due(self._states.get(watch, url), watch, now):
                yield url

    def _done(self, name: str, _task: asyncio.Task[None]) -> None:
        del self._busy[name]
        self._slots.release()

    async def _poll_parts(self, watch: Watch) -> None:
        """Poll what is due of a watch, also what a part leads to that was just polled."""
        for url in self._due(watch, datetime.now(UTC)):
            if self._stopping.is_set() or not self._is_ours(watch):
                return
            await self._poll(watch, url)

    async def _poll(self, watch: Watch, url: str) -> None:
        state = self._states.get(watch, url)
        others = self._states.seen_elsewhere(watch, url)
        found = await poll(
            watch, url, state, client=self._client, elsewhere=lambda key: any(key in other for other in others)
        )
        waiting: list[Awaitable[Any]] = [
            await feed_target(target, self._outbox, value=encode(target), traces=self._telemetry.traces)
            for target in found.targets
        ]
        await asyncio.gather(*waiting)
        after = after_poll(state, watch, url, found.polled, now=datetime.now(UTC))
        self._states.note(after, await write_state(after, self._outbox, partitions=self._partitions))
        self._polls += 1
        metrics = self._telemetry.metrics
        metrics.commits[STAGE].set_to_current_time()
        metrics.entries.inc(len(found.targets))
        self._telemetry.tell(Finished(stage=STAGE, result=_result(found), url=url, line=_line(after, found)))


def _result(found: Poll) -> str:
    """Name a poll as the metric does."""
    if found.polled.problem:
        return "problem"
    if found.polled.is_unchanged:
        return "unchanged"
    return "new" if found.targets or found.polled.found else "nothing"


def _line(state: Watched, found: Poll) -> Line | None:
    """Return the line for the log; None where a poll is not worth one."""
    wait = round((state.next_at - state.at).total_seconds())
    if state.problem:
        if state.failures & (state.failures - 1):  # only the first, second, fourth, eighth … in a row
            return None
        facts = {"url": state.url, "why": state.problem, "failures": state.failures, "again_in": wait}
        return Line("not polled", facts)
    if not (found.targets or found.held_back or found.polled.found or (found.of_others and state.polls == 1)):
        return None
    facts = {
        "url": state.url,
        "new": len(found.targets),
        "too_old": found.old,
        "held_back": found.held_back,
        "of_other_sites": found.of_others,
        "leads_to": len(found.polled.found or ()),
        "again_in": wait,
    }
    return Line("polled", facts, is_warning=False)
