"""Run the stage `watch`: the owner of a partition polls its watches, feeds new entries, and writes the states.

The order matters. After a crash in between, the same entries are fed again, which changes nothing; nothing is lost.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from agents.feed.send import feed_target
from agents.kafka.places import position_of
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
AT_ONCE = 8  # parallel polls; each may keep a listing and its tree in memory
LOOK_SECONDS = 1.0
LEAVING_SECONDS = 15.0  # for polls in progress to end when a partition is revoked


class WatchStage(GroupStage):
    """The stage `watch`."""

    name = STAGE
    reset = "earliest"  # the stage commits no offsets: the owner of a partition reads all of it

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
        # A poll may follow redirects, and each may take the whole timeout
        progress = Progress(limit=60.0 + 8 * settings.fetch_timeout)
        super().__init__(settings, connection, [WATCHES.name], progress=progress, telemetry=telemetry)
        self._watches, self._client, self._outbox, self._partitions = watches, client, outbox, partitions
        self._states = States()
        self._open: set[int] = set()  # partitions that we own and have read to the end
        self._generation = 0  # of the assignment
        self._is_settled = False  # False while the group rebalances
        self._busy: dict[str, asyncio.Task[None]] = {}  # by watch, whose parts are polled one after the other
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._polls = 0

    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the loops by name: reading states, and polling."""
        return {"states": self._follow(self._consumer), "polls": self._poll_due()}

    def pace(self) -> tuple[int, int]:
        """Return how many watches are being polled, and how many polls have finished."""
        return len(self._busy), self._polls

    def backlog(self) -> list[Backlog]:
        """Return no backlog: the stage waits for a time, not for records."""
        return []

    def sizes(self) -> dict[str, float]:
        """Return the number of our watches, and of their feeds and sitemaps whose last poll failed."""
        ours = [watch for watch in self._watches if self._is_ours(watch)]
        states = [self._states.get(watch, url) for watch in ours for url in self._states.parts(watch)]
        return {
            "chistovik_watch_watches": len(ours),
            "chistovik_watch_failing": sum(state is not None and state.failures > 0 for state in states),
        }

    async def open(self, partitions: list[int]) -> None:  # noqa: ARG002 — the consumer knows our partitions
        """Start to read the states of the partitions."""
        self._generation += 1
        self._is_settled = True

    async def close(self) -> None:
        """Wait for the polls in progress, and cancel them after `LEAVING_SECONDS`."""
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
        """Read the states as they are written. Open a partition once it is read to its end at the assignment."""
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
                if tp.partition in self._open:
                    continue
                position = await position_of(consumer, tp)
                if position is not None and position >= end:
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
        if not self._is_ours(watch):  # it was revoked while we waited
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
        """Poll the due parts of a watch, including parts that one of these polls has just found."""
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
    """Return the metric label for the result of a poll."""
    if found.polled.problem:
        return "problem"
    if found.polled.is_unchanged:
        return "unchanged"
    return "new" if found.targets or found.polled.found else "nothing"


def _line(state: Watched, found: Poll) -> Line | None:
    """Return the log line of a poll, or None if it needs no line."""
    wait = round((state.next_at - state.at).total_seconds())
    if state.problem:
        if state.failures & (state.failures - 1):  # only the first, second, fourth, eighth … in a row
            return None
        facts = {"url": state.url, "why": state.problem, "failures": state.failures, "again_in": wait}
        return Line("not polled", facts)
    is_told = found.note and not state.polls & (state.polls - 1)  # only at the first, second, fourth, eighth … poll
    if not (
        found.targets or found.held_back or found.polled.found or is_told or (found.of_others and state.polls == 1)
    ):
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
    if found.note:
        facts["note"] = found.note
    return Line("polled", facts, is_warning=False)
