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
from pipeline.url.patience import patience_of, wait_for_host, wait_of_url

if TYPE_CHECKING:
    from agents.fetch.answer import Answer
    from agents.fetch.fetcher import Fetcher
    from agents.fetch.frontier import Frontier, Item
    from agents.fetch.owned import OwnedPartition
    from agents.fetch.settle import Settler
    from agents.settings import Settings

MOST_WRITING = 256  # fetched pages that are not in `pages` yet: 64 MB
AFTER_OTHERS = 0.5  # seconds after the rest of its host for a URL that failed: others are requested first
SHUFFLED = 2  # failures of a host in a row after which its queue is put into a random order
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
        self._patience = settings.fetch_give_up or patience_of(settings.fetch_attempts, base=settings.fetch_backoff)

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
            if self._frontier.rests(item.host):
                self._frontier.done(item.host)
                self._slots.release()
                await self._settler.spawn_soon(self.hold(owned, item))
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
                    await self._write_page(owned, item, answer)
            finally:
                self._writing.release()
        finally:
            lease.give_back()
            self._began.pop(item.place, None)

    async def _get(self, owned: OwnedPartition, item: Item, lease: Lease) -> Answer:
        try:
            return await self._fetcher.get(item.url, self._wanted(owned, item), lease=lease)
        except Exception as error:  # one strange answer must not crash the worker repeatedly
            log.warning("fetch raised an error", stage=STAGE, url=item.url, exc_info=error)
            return Failed(url=item.url, problem=f"{type(error).__name__}: {error}", host=item.host)

    def _wanted(self, owned: OwnedPartition, item: Item) -> Wanted:
        wanted = self._usual if item.attempt < self._settings.fetch_attempts else self._last
        visit = owned.visits.get(item.name)
        if visit is None or visit.origin == item.origin or visit.url != item.url:
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
        if not isinstance(answer, Failed) or answer.asked:
            visit = _visit(owned, item, answer, at)
            owned.remember(item.name, visit)
            await (await self._settler.send(owned, visit_record(visit, item.name)))
        owned.pending.pop(item.name, None)
        self._settler.finish(owned, item.topic, item.offset)

    async def _after_failure(self, owned: OwnedPartition, item: Item, answer: Failed) -> None:
        """Try the URL again later, unless this was its last attempt. If its host rests, the others wait uncharged."""
        host = self._fetcher.hosts[item.host]
        if host.failures == SHUFFLED:
            self._frontier.shuffle(item.host)
        if self._frontier.rests(item.host):
            for other in self._frontier.drain(item.host):
                if (own := self._owned.get(other.partition)) is not None:
                    self._settler.spawn(self.hold(own, other))
        if answer.asked:
            await self._retry(owned, item, answer)
        else:
            await self.hold(owned, item, answer)

    async def _retry(self, owned: OwnedPartition, item: Item, answer: Failed) -> None:
        """Write a URL that was requested to `urls-later`, or its failure after the last attempt."""
        if item.attempt >= self._settings.fetch_attempts:
            url = answer.url if answer.redirects else item.url
            problem = f"{answer.problem} (attempt {item.attempt} of {self._settings.fetch_attempts})"
            await self._write_page(owned, item, Failed(url=url, problem=problem, redirects=answer.redirects))
            return
        wait = wait_of_url(item.attempt, asked=answer.wait, base=self._settings.fetch_backoff, name=item.origin)
        if (rest := self._fetcher.hosts[answer.host or item.host].rest) > 0:
            wait = max(wait, rest + AFTER_OTHERS)
        not_before = now() + timedelta(seconds=wait)
        ratio = self._settler.telemetry.ratio
        began = self._began.get(item.place)
        asked = replace(item, unanswered_since=None)
        record = waiting_record(
            asked, attempt=item.attempt + 1, not_before=not_before, problem=answer.problem, began=began, ratio=ratio
        )
        await self._settler.write(owned, item.topic, item.offset, record)

    async def hold(self, owned: OwnedPartition, item: Item, answer: Failed | None = None) -> None:
        """Write a URL that was not requested to `urls-later`, because its host rests. This is no attempt.

        After `fetch_give_up` seconds without an answer of the host the URL fails. `answer` is what its robots.txt
        failed with.
        """
        host, at = self._fetcher.hosts[item.host], now()
        since = (self._unanswered_since(item) if answer is None else item.unanswered_since) or at
        rest, problem = (host.rest, host.problem) if answer is None else (answer.wait or 0.0, answer.problem)
        waited = (at - since).total_seconds()
        if waited >= self._patience:
            await self._write_page(owned, item, self._given_up(item, problem, since))
            return
        wait = wait_for_host(rest, waited=waited, patience=self._patience, name=item.place)
        record = waiting_record(
            replace(item, unanswered_since=since),
            attempt=item.attempt,
            not_before=at + timedelta(seconds=wait),
            problem=item.problem,
            host_problem=problem,
            ratio=self._settler.telemetry.ratio,
        )
        await self._settler.write(owned, item.topic, item.offset, record)

    def _unanswered_since(self, item: Item) -> datetime | None:
        """Return since when the host of a URL has not answered, as far as the URL knows; None if it has since then."""
        since, answered = item.unanswered_since, self._fetcher.hosts[item.host].answered
        return since if since is not None and (answered is None or answered <= since) else None

    def _given_up(self, item: Item, problem: str, since: datetime) -> Failed:
        failed = f"its host has failed since {since.isoformat(timespec='seconds')} ({problem})"
        made = item.attempt - 1
        if made:
            own = f"{item.problem} (attempt {made} of {self._settings.fetch_attempts}); "
            return Failed(url=item.url, problem=f"{own}after that, {failed}", asked=False)
        return Failed(url=item.url, problem=f"this URL was never requested: {failed}", asked=False)

    async def postpone(self, owned: OwnedPartition, item: Item, *, wait: float) -> None:
        """Write a URL to `urls-later` because the queue of its host is full. This is no attempt."""
        not_before = now() + timedelta(seconds=wait)
        ratio = self._settler.telemetry.ratio
        item = replace(item, unanswered_since=self._unanswered_since(item))
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
    return Visit(url=item.url, at=at, origin=item.origin, result=result, etag=etag, last_modified=last_modified)
