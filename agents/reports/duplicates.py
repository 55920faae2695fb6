"""Find an article and all pages that repeat it, in `articles` and `duplicates`, by a page's URL or by an id.

It only reads, up to the ends that the topics had at the start. Both topics are keyed by article id: if the id is known,
only its partition is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

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

AMBIGUOUS = 5  # articles that are listed if a question matches several
FETCH_BYTES = 8 << 20  # per fetch response: the records that are in memory at a time
SHOWN = 200  # characters of the question in an error message


class NotOneError(Exception):
    """The question matches no article, or several; the message is the line to show."""


async def find_copies(connection: Connection, prefix: str, question: Question, *, progress: Progress) -> Copies:
    """Find the article that a question is about and all pages that repeat it; NotOneError if there is not exactly one.

    `progress` is called with (records read, records to read); the count starts again with each pass.
    """
    topics = [prefix + ARTICLES.name, prefix + DUPLICATES.name]
    numbers = await partition_numbers(connection, topics)
    await check_rights(connection, prefix, ["duplicates"])
    settings: dict[str, Any] = {"name": "duplicates", "auto_offset_reset": "earliest", "fetch_max_bytes": FETCH_BYTES}
    async with answering(connection), connection.asker(**settings, isolation_level="read_committed") as reader:
        spans = await kept_spans(reader, [TopicPartition(name, number) for name in topics for number in numbers[name]])
        search = _Search(reader, prefix, question, spans, progress)
        if question.article_id is not None:
            copies = await search.read(question.article_id)
            if copies.found:
                return copies
        copies = await search.read(await search.find())
        if not copies.found:  # the record that named the article is not an event, or retention has deleted it
            raise NotOneError(
                f"no event of article {one_line(copies.article_id, SHOWN)} is left{_unreadable_note(copies.unreadable)}"
            )
        return copies


@dataclass(slots=True)
class _Search:
    """The search for one question: the reader, and the spans of the topics that it reads."""

    reader: AIOKafkaConsumer
    prefix: str
    question: Question
    spans: Spans
    progress: Progress

    async def find(self) -> str:
        """Read all records and return the id of the one article that the question is about."""
        articles: dict[str, None] = {}
        unreadable = Unreadable()

        def look(tp: TopicPartition, record: Any) -> None:
            if record.value is not None and len(articles) <= AMBIGUOUS:
                names = _names_in(record.value)
                if names is None:
                    unreadable.add(self._place(tp, record))
                elif _is_about(self.question, names):
                    articles[names.article_id] = None

        await read_spans(self.reader, self.spans, look, self.progress)
        if len(articles) != 1:
            raise NotOneError(_no_single_match(self.question, sorted(articles)) + _unreadable_note(unreadable))
        return next(iter(articles))

    async def read(self, article_id: str) -> Copies:
        """Read all events of one article."""
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

        await read_spans(self.reader, self._partitions_of(key), take, self.progress)
        return copies

    def _partitions_of(self, key: bytes) -> Spans:
        """Return the partitions that may hold a key: one per topic, or all if partitions were added to the topic."""
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


class _Names(NamedTuple):
    """The ids and URLs by which a question may name an event."""

    article_id: str
    page_id: str
    url: str
    canonical_url: str | None


def _names_in(value: bytes) -> _Names | None:
    """Read the names in an event; None if the event cannot be read."""
    try:
        event = orjson.loads(value)
        article, page, url = event["article_id"], event["page_id"], event["url"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if not (isinstance(article, str) and isinstance(page, str) and isinstance(url, str)):
        return None
    return _Names(article, page, url, event.get("canonical_url"))


def _is_about(question: Question, names: _Names) -> bool:
    return (
        question.names_id(names.article_id)
        or question.names_id(names.page_id)
        or question.names_url(names.url, names.canonical_url)
    )


def _no_single_match(question: Question, articles: list[str]) -> str:
    asked = one_line(question.text, SHOWN)
    if articles:
        named = ", ".join(one_line(name, SHOWN) for name in articles[:AMBIGUOUS])
        more = " and more" if len(articles) > AMBIGUOUS else ""
        what = "fits" if question.start else "is a page of"
        return f"{asked} {what} not one article but {named}{more}: give one of these ids"
    if question.start:
        return f"no article and no page of one has an id that begins with {asked}"
    hint = f"`chistovik trace {asked}` shows what happened to it" if question.canonical else "is it the whole URL?"
    return f"no article and no copy of one has the URL {asked}: {hint}"


def _unreadable_note(unreadable: Unreadable) -> str:
    return f" ({unreadable})" if unreadable.count else ""
