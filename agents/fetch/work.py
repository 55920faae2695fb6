"""Fetch each URL in its turn, and write the result: a page, a later retry, or a final failure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from agents.fetch.answer import Failed, Fetched, Refused
from agents.fetch.messages import page_record, visit_record, waiting_record
from agents.fetch.request import Lease, Wanted
from agents.fetch.settle import STAGE
from pipeline.records.reason import Reason
from pipeline.records.target import Visit
from pipeline.url.answers import LONGEST_WAIT, backoff

if TYPE_CHECKING:
    from agents.fetch.answer import Answer
    from agents.fetch.fetcher import Fetcher
    from agents.fetch.frontier import Frontier, Item
    from agents.fetch.owned import OwnedPartition
    from agents.fetch.settle import Settler
    from agents.settings import Settings

MOST_WRITING = 256  # fetched pages that are not in `pages` yet: 64 MB
REST_IN_MEMORY = 30.0  # seconds; the URLs of a host that rests longer go to `urls-later`
FAILURES_OF_HOST = 3  # consecutive failures that count as a failure of the host
log = structlog.get_logger("chistovik")


class FetchLoop:
    """Fetches the URLs that the frontier hands out, a fixed number at a time, for the partitions in `ours`."""

    def __init__(
        self,
        settings: Settings,
        fetcher: Fetcher,
        frontier: Frontier,
        settler: Settler,
        ours: dict[int, OwnedPartition],
    ) -> None:
        self._settings, self._fetcher, self._frontier, self._settler = settings, fetcher, frontier, settler
        self._owned = ours
        self._usual = Wanted(largest=settings.max_page_bytes, packed=True)
        self._last = replace(self._usual, short=True)  # after it there is no other attempt
        self._slots = asyncio.Semaphore(settings.fetch_parallel)
        self._writing = asyncio.Semaphore(MOST_WRITING)
        self._began: dict[str, datetime] = {}  # start of each fetch by place, if traces are recorded

    async def run(self) -> None:
        """Fetch the next URL of the frontier, in an endless loop."""
        while True:
            await self._slots.acquire()
            try:
                item = await self._frontier.next()
            except BaseException:
                self._slots.release()
                raise
            owned = self._owned.get(item.partition)
            if owned is None:
                self._frontier.done(item.host)
                self._slots.release()
                continue
            self._settler.spawn(self._fetch(owned, item))

    async def _fetch(self, owned: OwnedPartition, item: Item) -> None:
        lease = Lease(self._fetcher.large)
        if self._settler.telemetry.traces:
            self._began[item.place] = now()
        try:
            try:
                answer = await self._get(owned, item, lease)
                await self._writing.acquire()
            finally:
                self._frontier.done(item.host)
                self._slots.release()
            try:
                if isinstance(answer, Failed):
                    await self._after_failure(owned, item, answer)
                else:
                    self._fetcher.hosts[item.host].failures = 0
                    await self._write_page(owned, item, answer)
            finally:
                self._writing.release()
        finally:
            lease.give_back()
            self._began.pop(item.place, None)

    async def _get(self, owned: OwnedPartition, item: Item, lease: Lease) -> Answer:
        try:
            return await self._fetcher.get(item.canonical, self._wanted(owned, item), lease=lease)
        except Exception as error:  # one strange answer must not crash the worker repeatedly
            log.warning("fetch raised an error", stage=STAGE, url=item.canonical, exc_info=error)
            return Failed(url=item.canonical, problem=f"{type(error).__name__}: {error}", host=item.host)

    def _wanted(self, owned: OwnedPartition, item: Item) -> Wanted:
        wanted = self._usual if item.attempt < self._settings.fetch_attempts else self._last
        visit = owned.visits.get(item.name)
        if visit is None or visit.origin == item.origin:
            return wanted
        return replace(wanted, etag=visit.etag, last_modified=visit.last_modified)

    async def _write_page(self, owned: OwnedPartition, item: Item, answer: Answer) -> None:
        """Write the final page of a URL, and then the visit for the next time."""
        if owned.closed:
            return
        at = now()
        began = self._began.get(item.place, at)
        record = page_record(item, answer, at=at, place=item.place, began=began, ratio=self._settler.telemetry.ratio)
        await self._settler.write(owned, item.topic, item.offset, record, finish=False)
        visit = _visit(owned, item, answer, at)
        owned.remember(item.name, visit)
        await (await self._settler.send(owned, visit_record(visit, item.name)))
        owned.pending.pop(item.name, None)
        self._settler.finish(owned, item.topic, item.offset)

    async def _after_failure(self, owned: OwnedPartition, item: Item, answer: Failed) -> None:
        """Retry later, unless this was the last attempt. A host that is down delays all its URLs."""
        host = self._fetcher.hosts[answer.host or item.host]
        host.failures += 1
        wait = self._wait(item, answer)
        of_all = host.failures >= FAILURES_OF_HOST or (answer.of_host and answer.wait is None)
        if of_all or answer.of_host:
            host.rests_until = max(host.rests_until, asyncio.get_running_loop().time() + wait)
        if host.name == item.host and (of_all or (answer.of_host and wait > REST_IN_MEMORY)):
            for other in self._frontier.drain(item.host):
                if (own := self._owned.get(other.partition)) is None:
                    continue
                if of_all:
                    self._settler.spawn(self._retry(own, other, answer))
                else:
                    await self.postpone(own, other, wait=wait)
        await self._retry(owned, item, answer)

    def _wait(self, item: Item, answer: Failed) -> float:
        drawn = backoff(item.attempt, base=self._settings.fetch_backoff, name=item.origin)
        return drawn if answer.wait is None else min(answer.wait + min(drawn, 1.0), LONGEST_WAIT)

    async def _retry(self, owned: OwnedPartition, item: Item, answer: Failed) -> None:
        if item.attempt >= self._settings.fetch_attempts:
            url = answer.url if answer.redirects else item.canonical
            problem = f"{answer.problem} (attempt {item.attempt} of {self._settings.fetch_attempts})"
            await self._write_page(owned, item, Failed(url=url, problem=problem, redirects=answer.redirects))
            return
        not_before = now() + timedelta(seconds=self._wait(item, answer))
        ratio = self._settler.telemetry.ratio
        began = self._began.get(item.place)
        record = waiting_record(
            item, attempt=item.attempt + 1, not_before=not_before, problem=answer.problem, began=began, ratio=ratio
        )
        await self._settler.write(owned, item.topic, item.offset, record)

    async def postpone(self, owned: OwnedPartition, item: Item, *, wait: float) -> None:
        """Write a URL to `urls-later` to wait. This does not count as an attempt."""
        not_before = now() + timedelta(seconds=wait)
        ratio = self._settler.telemetry.ratio
        record = waiting_record(item, attempt=item.attempt, not_before=not_before, problem=item.problem, ratio=ratio)
        await self._settler.settle_soon(owned, item.topic, item.offset, record)


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def _visit(owned: OwnedPartition, item: Item, answer: Answer, at: datetime) -> Visit:
    known = owned.visits.get(item.name)
    etag = last_modified = None
    if isinstance(answer, Fetched):
        result = "page"
        if not answer.redirects:  # validators belong to one URL only
            etag, last_modified = answer.etag, answer.last_modified
    else:
        result = answer.reason if isinstance(answer, Refused) else "failed"
        if known is not None and result in {Reason.NOT_MODIFIED, "failed"}:
            etag, last_modified = known.etag, known.last_modified
    return Visit(url=item.canonical, at=at, origin=item.origin, result=result, etag=etag, last_modified=last_modified)
