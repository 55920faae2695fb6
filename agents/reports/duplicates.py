"""Finding an article with everything that repeats it, in `articles` and `duplicates`, by a page of it or by an id.

Only reads, up to the ends that the topics have at the begin. Both are keyed by article id: where that is known, only
its partition is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.log import Span, kept_spans, read_spans, recorded_at
from agents.kafka.partitions import partition_numbers, partition_of
from agents.kafka.rights import check_rights
from pipeline.article.copies import Copies, Question, Unreadable
from pipeline.records.article import Article, Duplicate
from pipeline.records.wire import Malformed, decode
from pipeline.text.plain import one_line
from pipeline.topics import ARTICLES, DUPLICATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection

    Spans = dict[TopicPartition, Span]
    Progress = Callable[[int, int], None]

AMBIGUOUS = 5  # articles that are named where a question fits more than one
FETCH_BYTES = 8 << 20  # of one broker's answer: what is in memory at a time
SHOWN = 200  # characters of what was asked for


class NotOneError(Exception):
    """What was asked for is no article or more than one; the message is its line."""


async def find_copies(connection: Connection, prefix: str, question: Question, *, progress: Progress) -> Copies:
    """Find the article that a question is about, and all that repeats it; NotOneError where there is not one.

    `progress` gets (records passed, records to pass), of each pass anew.
    """
    topics = [prefix + ARTICLES.name, prefix + DUPLICATES.name]
    numbers = await partition_numbers(connection, topics)
    await check_rights(connection, prefix, ["duplicates"])
    settings: dict[str, Any] = {"name": "duplicates", "auto_offset_reset": "earliest", "fetch_max_bytes": FETCH_BYTES}
    async with answering(connection), connection.asker(**settings, isolation_level="read_committed") as reader:
        spans = await kept_spans(reader, [TopicPartition(name, number) for name in topics for number in numbers[name]])
        desk = _Desk(reader, prefix, question, spans, progress)
        if question.article_id is not None:
            copies = await desk.read(question.article_id)
            if copies.found:
                return copies
        copies = await desk.read(await desk.find())
        if not copies.found:  # what named the article is no event, or retention took it meanwhile
            raise NotOneError(
                f"no event of article {one_line(copies.article_id, SHOWN)} is left{_but(copies.unreadable)}"
            )
        return copies


@dataclass(slots=True)
class _Desk:
    """Where the answer to one question is looked for."""

    reader: AIOKafkaConsumer
    prefix: str
    question: Question
    spans: Spans
    progress: Progress

    async def find(self) -> str:
        """Look through everything for the one article that the question is about."""
        found: dict[str, None] = {}
        unreadable = Unreadable()

        def look(tp: TopicPartition, record: Any) -> None:
            if record.value is not None and len(found) <= AMBIGUOUS:
                name = _asked_article(record.value, self.question)
                if name is None:
                    unreadable.add(self._place(tp, record))
                elif name:
                    found[name] = None

        await read_spans(self.reader, self.spans, look, self.progress)
        if len(found) != 1:
            raise NotOneError(_not_one(self.question, sorted(found)) + _but(unreadable))
        return next(iter(found))

    async def read(self, article_id: str) -> Copies:
        """Read all of one article."""
        copies, key = Copies(self.question, article_id), article_id.encode()

        def take(tp: TopicPartition, record: Any) -> None:
            if record.key != key or record.value is None:
                return
            kind = Article if tp.topic == self.prefix + ARTICLES.name else Duplicate
            event: Article | Duplicate | Malformed = decode(kind, record.value)
            place, at = self._place(tp, record), recorded_at(record)
            if isinstance(event, Article):
                copies.add_article(event, place=place, at=at)
            elif isinstance(event, Duplicate):
                copies.add_duplicate(event, place=place, at=at)
            else:
                copies.unreadable.add(place)

        await read_spans(self.reader, self._home(key), take, self.progress)
        return copies

    def _home(self, key: bytes) -> Spans:
        """Choose the partitions that a key may lie in: one of each topic, unless the topic was given more since."""
        counts = {tp.topic: 0 for tp in self.spans}
        for tp in self.spans:
            counts[tp.topic] += 1
        usual = {self.prefix + topic.name: topic.partitions for topic in (ARTICLES, DUPLICATES)}
        return {
            tp: span
            for tp, span in self.spans.items()
            if counts[tp.topic] > usual[tp.topic] or tp.partition == partition_of(key, counts[tp.topic])
        }

    def _place(self, tp: TopicPartition, record: Any) -> str:
        return f"{tp.topic.removeprefix(self.prefix)}/{tp.partition}/{record.offset}"


def _asked_article(value: bytes, question: Question) -> str | None:
    """Return the article of an event where the question is about it, "" where not; None where it cannot be read."""
    try:
        event = orjson.loads(value)
        article, page, url = event["article_id"], event["page_id"], event["url"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if not (isinstance(article, str) and isinstance(page, str) and isinstance(url, str)):
        return None
    asked = question.names_id(article) or question.names_id(page)
    return article if asked or question.names_url(url, event.get("canonical_url")) else ""


def _not_one(question: Question, articles: list[str]) -> str:
    asked = one_line(question.text, SHOWN)
    if articles:
        named = ", ".join(one_line(name, SHOWN) for name in articles[:AMBIGUOUS])
        more = " and more" if len(articles) > AMBIGUOUS else ""
        what = "fits" if question.start else "is a page of"
        return f"{asked} {what} not one article but {named}{more}: give one of these ids"
    if question.start:
        return f"no article and no page of one has an id that begins with {asked}"
    hint = f"`chistovik trace {asked}` tells what became of it" if question.canonical else "is it the whole URL?"
    return f"no article and no copy of one has the URL {asked}: {hint}"


def _but(unreadable: Unreadable) -> str:
    return f" ({unreadable})" if unreadable.count else ""
