"""The topics of Chistovik: one table of data from which topics are created, documented and checked.

Topic creation, `deploy/asyncapi.json`, the JSON Schemas and the table in docs/reading.md are made from `TOPICS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate
from pipeline.records.document import Document, Failure, Refusal
from pipeline.records.note import Note
from pipeline.records.page import Page
from pipeline.records.profile import Profile
from pipeline.records.route import PARTITIONS
from pipeline.records.target import Target, Visit, Waiting
from pipeline.records.verdict import Verdict
from pipeline.records.watched import Watched

DAY_MS = 86_400_000
SMALL = 1 << 20  # bytes: records without a page, such as verdicts
LARGE = 24 << 20  # bytes: a record of `pages`, or a record that carries one in base64
LARGEST_VALUE = LARGE - (1 << 16)  # bytes; the rest of the record is for key, headers and batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The definition of a topic. `fixed` forbids a change of `partitions`."""

    name: str
    key: str
    says: str
    records: tuple[type[Any], ...]
    partitions: int
    partitioned_by: str
    fixed: bool = False
    retention_days: int | None = None  # None: kept forever
    compacted: bool = False
    compaction_lag_days: int = 0
    tombstones: bool = False  # its writer deletes keys that are older than the dedupe window
    max_bytes: int = LARGE
    segment_bytes: int | None = None  # None: the broker's default
    public: bool = False  # an outcome topic, for subscribers

    @property
    def policy(self) -> str:
        """Kafka's cleanup.policy."""
        if not self.compacted:
            return "delete"
        return "compact" if self.retention_days is None else "compact,delete"

    @property
    def config(self) -> dict[str, str]:
        """Kafka's settings of the topic."""
        settings = {
            "cleanup.policy": self.policy,
            "max.message.bytes": str(self.max_bytes),
            "message.timestamp.type": "CreateTime",
        }
        if self.compacted:
            settings["min.compaction.lag.ms"] = str(self.compaction_lag_days * DAY_MS)
        if self.retention_days is not None:
            settings["retention.ms"] = str(self.retention_days * DAY_MS)
        if self.segment_bytes is not None:
            settings["segment.bytes"] = str(self.segment_bytes)
        return settings

    @property
    def kept(self) -> str:
        """The retention of its records, in words."""
        if self.compacted:
            days = f", {self.retention_days} days" if self.retention_days else ""
            return "newest per key" + days + ("; tombstones after the dedupe window" if self.tombstones else "")
        return f"{self.retention_days} days"


WATCHES = Topic(
    name="watches",
    key="watch id:URL id",
    says="state of a watched feed, sitemap or site: next poll time and entries already seen",
    records=(Watched,),
    partitions=12,
    partitioned_by="watch",
    retention_days=90,  # for watches that were removed; the state of an active watch is written again every day
    compacted=True,
    max_bytes=SMALL,
    segment_bytes=32 << 20,  # as for profiles: a worker reads all of them when it starts
)
URLS = Topic(
    name="urls",
    key="host",
    says="a URL to fetch, with its priority, its source, and the feed's title and date",
    records=(Target,),
    partitions=12,
    partitioned_by="host",
    retention_days=7,
    max_bytes=SMALL,
)
URLS_LATER = Topic(
    name="urls-later",
    key="host",
    says="a URL that must wait: its host asked for a pause, the fetch failed, or too many URLs of the host are queued",
    records=(Waiting,),
    partitions=URLS.partitions,
    partitioned_by="the URL's partition in `urls`",
    retention_days=7,
    max_bytes=SMALL,
)
VISITS = Topic(
    name="visits",
    key="URL id",
    says="the last answer to a URL: time, result, and validators (ETag, Last-Modified)",
    records=(Visit,),
    partitions=URLS.partitions,
    partitioned_by="the URL's partition in `urls`",
    retention_days=30,
    compacted=True,
    max_bytes=SMALL,
    segment_bytes=32 << 20,  # as for profiles: a worker reads all of them when it starts
)
PAGES = Topic(
    name="pages",
    key="host",
    says="a raw page: URL, fetch time, media type, charset, body (HTML or plain text)",
    records=(Page,),
    partitions=12,
    partitioned_by="host",
    retention_days=7,
)
PROFILES = Topic(
    name="profiles",
    key="partition:host",
    says="lines that recur on the articles of a host; also the changelog of that state",
    records=(Profile,),
    partitions=PAGES.partitions,
    partitioned_by="the host's partition in `pages`",
    compacted=True,
    max_bytes=SMALL,
    # Kafka does not compact the active segment, and a worker reads the whole topic when it starts. With Kafka's default
    # of 1 GB per segment it would read 50,000 profiles of 20 KB.
    segment_bytes=32 << 20,
)
DOCUMENTS = Topic(
    name="documents",
    key="page id",
    says="the article cleaned from a page, with its fingerprint; or the reason why there is none",
    records=(Document, Refusal, Failure),
    partitions=PARTITIONS,
    partitioned_by="route",
    fixed=True,
    retention_days=7,
)
VERDICTS = Topic(
    name="verdicts",
    key="partition:offset of the document",
    says="the decision on a document; also the changelog of the dedupe state",
    records=(Verdict,),
    partitions=PARTITIONS,
    partitioned_by="the document's partition",
    fixed=True,
    compacted=True,
    compaction_lag_days=1,
    tombstones=True,
    max_bytes=SMALL,
)
ARTICLES = Topic(
    name="articles",
    key="article id",
    says="an article: `created`, or `updated` with a higher revision",
    records=(Article,),
    partitions=12,
    partitioned_by="article id",
    compacted=True,
    compaction_lag_days=7,  # as long as the retention of `pages`: `audit` looks back this far
    public=True,
)
DUPLICATES = Topic(
    name="duplicates",
    key="article id",
    says="a page that duplicates an article: exact, near or redelivered",
    records=(Duplicate,),
    partitions=12,
    partitioned_by="article id",
    retention_days=30,
    max_bytes=SMALL,
    public=True,
)
DISCARDED = Topic(
    name="discarded",
    key="page id",
    says="a page without an article, with the reason: one word from a list that later releases may extend",
    records=(Discarded,),
    partitions=12,
    partitioned_by="page id",
    retention_days=30,
    max_bytes=SMALL,
    public=True,
)
DEAD_LETTERS = Topic(
    name="dead-letters",
    key="page id",
    says="a page that could not be cleaned because of an error: stage, error, attempt, original bytes",
    records=(DeadLetter,),
    partitions=4,
    partitioned_by="page id",
    retention_days=90,
    public=True,
)
DEAD_LETTER_NOTES = Topic(
    name="dead-letter-notes",
    key="page id:partition:offset of the dead letter",
    says="how a dead letter was handled: replayed or dropped",
    records=(Note,),
    partitions=4,
    partitioned_by="its key",
    # A note must outlive its dead letter, which is kept for 90 days and then for up to one segment (7 days) longer.
    retention_days=120,
    max_bytes=SMALL,
)

TOPICS: tuple[Topic, ...] = (
    WATCHES,
    URLS,
    URLS_LATER,
    VISITS,
    PAGES,
    PROFILES,
    DOCUMENTS,
    VERDICTS,
    ARTICLES,
    DUPLICATES,
    DISCARDED,
    DEAD_LETTERS,
    DEAD_LETTER_NOTES,
)
OUTCOMES: dict[str, Topic] = {topic.name: topic for topic in TOPICS if topic.public}

# The stages in the order of the flow, each with the topic that it reads: first those that `chistovik worker` runs
WORKER_STAGES: dict[str, Topic] = {"fetch": URLS, "clean": PAGES, "dedupe": DOCUMENTS, "publish": DOCUMENTS}
STAGES: dict[str, Topic | None] = {**WORKER_STAGES, "watch": WATCHES, "serve": None}


def group_of(prefix: str, stage: str) -> str:
    """Return the consumer group of a stage. Each stage has its own group and scales independently."""
    return f"{prefix}{stage}"
