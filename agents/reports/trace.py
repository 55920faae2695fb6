"""The history of one URL, read from all topics: submitted, waited, fetched, cleaned, judged, published.

It only reads, and no further back than the given hours. In `urls` and `pages`, it reads only the partition of the
URL's host.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.log import read_spans, recorded_at, spans_since
from agents.kafka.partitions import partition_of
from agents.kafka.topics import check_topics, topic_states
from pipeline.article.evidence import what_was_believed
from pipeline.page.packed import read_page
from pipeline.records.identity import Identity
from pipeline.records.page import Page, page_id
from pipeline.records.target import Target, Visit, Waiting, host_key, target_id
from pipeline.records.url import host_of, web_url
from pipeline.records.wire import decode
from pipeline.topics import DOCUMENTS, OUTCOMES, PAGES, URLS, URLS_LATER, VERDICTS, VISITS
from pipeline.topics.headers import ORIGIN, header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from agents.kafka import Connection

LONGEST_DETAIL = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A record about the URL."""

    at: datetime  # the record's timestamp
    topic: str  # without its prefix
    place: str  # "<topic>/<partition>/<offset>", the topic without its prefix
    says: str  # the record in words

    def row(self) -> dict[str, str]:
        """Return the JSON line."""
        return {"at": self.at.isoformat(), "topic": self.topic, "place": self.place, "says": self.says}


@dataclass(slots=True)
class Story:
    """The records about a URL that were found so far."""

    url: str
    canonical: str | None
    steps: list[Step] = field(default_factory=list)
    origins: set[bytes] = field(default_factory=set)  # places in `urls`
    pages: dict[bytes, str] = field(default_factory=dict)  # place in `pages` → page id
    documents: set[bytes] = field(default_factory=set)  # keys of `verdicts`, "partition:offset" of documents

    def add(self, topic: str, record: Any, says: str) -> None:
        """Add a step."""
        place = f"{topic}/{record.partition}/{record.offset}"
        self.steps.append(Step(at=recorded_at(record), topic=topic, place=place, says=says[:LONGEST_DETAIL]))

    def take_url(self, record: Any) -> None:
        """Add a record of `urls` if it is about the URL."""
        target = decode(Target, record.value)
        if isinstance(target, Target) and target.id == target_id(self.url):
            self.origins.add(f"{URLS.name}/{record.partition}/{record.offset}".encode())
            by = f" by {target.source}" if target.source else ""
            self.add(URLS.name, record, f"submitted{by}: {target.url}")

    def take_waiting(self, record: Any) -> None:
        """Add a record of `urls-later` if it is about the URL."""
        if header(record.headers, ORIGIN) not in self.origins:
            return
        waiting = decode(Waiting, record.value)
        if isinstance(waiting, Waiting):
            until = waiting.not_before.isoformat(timespec="seconds")
            self.add(URLS_LATER.name, record, f"waits until {until} for attempt {waiting.attempt}: {_why(waiting)}")

    def take_visit(self, record: Any) -> None:
        """Add a record of `visits` if it is about the URL."""
        visit = decode(Visit, record.value) if record.key == target_id(self.url).encode() else None
        if isinstance(visit, Visit):
            self.add(VISITS.name, record, f"last visited for {visit.origin}: {visit.result}")

    def take_page(self, record: Any) -> None:
        """Add a record of `pages` about the URL: a fetched page names its place in `urls`, a fed page its URL."""
        ours = header(record.headers, ORIGIN) in self.origins
        if not ours and record.key not in {host_key(self.url), host_of(self.url).encode()}:
            return
        page = read_page(record.value)
        if not isinstance(page, Page):
            return
        named = {page.url, page.requested_url}
        if ours or self.url in named or (self.canonical and self.canonical in {web_url(one) for one in named if one}):
            self.pages[f"{PAGES.name}/{record.partition}/{record.offset}".encode()] = page_id(page)
            self.add(PAGES.name, record, _page(page))

    def take_document(self, record: Any) -> None:
        """Add a record of `documents` if it is about the URL."""
        if (record.key or b"").decode("utf-8", "replace") not in self.pages.values():
            return
        value = orjson.loads(record.value)
        source = value["provenance"]
        if f"{source['topic']}/{source['partition']}/{source['offset']}".encode() in self.pages:
            self.documents.add(f"{record.partition}:{record.offset}".encode())
            more = value.get("reason") or value.get("error") or f"{value.get('word_count')} words, {value['route']}"
            self.add(DOCUMENTS.name, record, f"{value['kind']}: {more}")

    def take_verdict(self, record: Any) -> None:
        """Add a record of `verdicts` if it is about the URL."""
        if record.key in self.documents and record.value is not None:
            value = orjson.loads(record.value)
            kin = f", {value['kinship']}" if value.get("kinship") else ""
            article = f" of article {value['article_id']}" if value.get("article_id") else ""
            self.add(VERDICTS.name, record, f"{value['decision']}{kin}{article}")

    def take_outcome(self, topic: str, record: Any) -> None:
        """Add an outcome if it is about the URL."""
        if header(record.headers, "ce_id") not in self.pages or record.value is None:
            return
        value = orjson.loads(record.value)
        more = [value.get(name) for name in ("reason", "kind", "stage") if value.get(name)]
        more += [value.get(name) for name in ("detail", "error", "headline") if value.get(name)]
        says = ": ".join(map(str, [value["event"], *more]))
        identity = decode(Identity, orjson.dumps(value.get("identity")))
        self.add(topic, record, f"{says}; {what_was_believed(identity)}" if isinstance(identity, Identity) else says)


def _why(waiting: Waiting) -> str:
    if waiting.host_problem is None:
        return waiting.problem or "other URLs of its host come first"
    since = f" since {waiting.unanswered_since.isoformat(timespec='seconds')}" if waiting.unanswered_since else ""
    return f"not requested, because its host has failed{since}: {waiting.host_problem}"


def _page(page: Page) -> str:
    if page.refused is not None:
        return f"refused, {page.refused}: {page.detail}"
    if page.failed is not None:
        return f"failed: {page.failed}"
    hops = [page.requested_url, *page.redirects, page.url] if page.requested_url else [page.url]
    return f"{len(page.raw)} bytes, {page.media_type or 'media type not given'}: {' → '.join(filter(None, hops))}"


async def trace(
    connection: Connection, prefix: str, url: str, *, hours: float, progress: Callable[[int, int], None]
) -> list[Step]:
    """Find what happened to a URL in the last `hours`, in any spelling; return the steps in order of time."""
    await check_topics(connection, prefix)
    counts = {state.topic.name: state.partitions or 0 for state in await topic_states(connection, prefix)}
    story = Story(url, web_url(url))
    since = int((time.time() - hours * 3600) * 1000)
    settings: dict[str, Any] = {"name": "trace", "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    async with answering(connection), connection.asker(**settings) as reader:

        async def look(takes: Mapping[str, Callable[[Any], None]], *, only: Iterable[int] | None = None) -> None:
            tps = [
                TopicPartition(prefix + name, number)
                for name in takes
                for number in (range(counts[name]) if only is None else only)
            ]
            by_name = {prefix + name: take for name, take in takes.items()}
            spans = await spans_since(reader, tps, since)
            await read_spans(reader, spans, lambda tp, record: by_name[tp.topic](record), progress)

        mine = partition_of(host_key(url), counts[URLS.name])
        await look({URLS.name: story.take_url}, only=[mine])
        await look({URLS_LATER.name: story.take_waiting, VISITS.name: story.take_visit}, only=[mine])
        fed = partition_of(host_of(url).encode() or host_key(url), counts[PAGES.name])
        await look({PAGES.name: story.take_page}, only={mine % counts[PAGES.name], fed})
        if story.pages:
            await look({DOCUMENTS.name: story.take_document})
            await look({VERDICTS.name: story.take_verdict})
            await look({name: partial(story.take_outcome, name) for name in OUTCOMES})
    order = [URLS.name, URLS_LATER.name, PAGES.name, VISITS.name, DOCUMENTS.name, VERDICTS.name, *OUTCOMES]
    return sorted(story.steps, key=lambda step: (step.at, order.index(step.topic)))
