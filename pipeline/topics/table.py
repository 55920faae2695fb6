"""The topics of Chistovik: one table of data, from which they are created, documented and checked.

Topic creation, `deploy/asyncapi.json`, the JSON Schemas and the table in docs/reading.md are all made from `TOPICS`.
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
SMALL = 1 << 20  # bytes: verdicts
LARGE = 24 << 20  # bytes: a record of `pages`, and what carries one in base64
LARGEST_VALUE = LARGE - (1 << 16)  # bytes; key, headers and batch need the rest of the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as it should be: `partitions` is fixed where `fixed` says so."""

    name: str
    key: str
    says: str
    records: tuple[type[Any], ...]
    partitions: int
    partitioned_by: str
    fixed: bool = False
    retention_days: int | None = None  # None: kept for ever
    compacted: bool = False
    compaction_lag_days: int = 0
    tombstones: bool = False  # its writer takes keys out when the window of the duplicates has passed them
    max_bytes: int = LARGE
    segment_bytes: int | None = None  # None: the broker's
    public: bool = False  # an outcome, for subscribers

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
        """How long its records stay, in words."""
        if self.compacted:
            days = f", {self.retention_days} days" if self.retention_days else ""
            return "the newest of each key" + days + ("; tombstones after the window" if self.tombstones else "")
        return f"{self.retention_days} days"


WATCHES = Topic(
    name="watches",
    key="watch id:URL id",
    says="what is known of a feed, a sitemap or a site that is watched: when to poll it again, and what of it was seen",
    records=(Watched,),
    partitions=12,
    partitioned_by="watch",
    retention_days=90,  # of what is watched no more; what is, is written anew every day
    compacted=True,
    max_bytes=SMALL,
    segment_bytes=32 << 20,  # as of profiles: whoever starts reads them all
)
URLS = Topic(
    name="urls",
    key="host",
    says="a URL to fetch, with its priority, who named it, and the feed's own date",
    records=(Target,),
    partitions=12,
    partitioned_by="host",
    retention_days=7,
    max_bytes=SMALL,
)
URLS_LATER = Topic(
    name="urls-later",
    key="host",
    says="a URL that waits: its host asked for it, failed, or has too many in front of it",
    records=(Waiting,),
    partitions=URLS.partitions,
    partitioned_by="its place in `urls`",
    retention_days=7,
    max_bytes=SMALL,
)
VISITS = Topic(
    name="visits",
    key="URL id",
    says="the last answer to a URL: when, and its validators (ETag, Last-Modified)",
    records=(Visit,),
    partitions=URLS.partitions,
    partitioned_by="its place in `urls`",
    retention_days=30,
    compacted=True,
    max_bytes=SMALL,
    segment_bytes=32 << 20,  # as of profiles: a worker that starts reads them all
)
PAGES = Topic(
    name="pages",
    key="host",
    says="one raw page: URL, fetch time, media type, charset, body (HTML or plain text)",
    records=(Page,),
    partitions=12,
    partitioned_by="host",
    retention_days=7,
)
PROFILES = Topic(
    name="profiles",
    key="partition:host",
    says="what was learned of a host's pages: which lines recur on its articles; also the changelog of that state",
    records=(Profile,),
    partitions=PAGES.partitions,
    partitioned_by="its host's pages",
    compacted=True,
    max_bytes=SMALL,
    # Kafka compacts no segment that is written to, and a worker that starts reads them all: with 1 GB, its own default,
    # 50,000 profiles of 20 KB.
    segment_bytes=32 << 20,
)
DOCUMENTS = Topic(
    name="documents",
    key="page id",
    says="one cleaned page with its fingerprint, or the reason why there is none",
    records=(Document, Refusal, Failure),
    partitions=PARTITIONS,
    partitioned_by="route",
    fixed=True,
    retention_days=7,
)
VERDICTS = Topic(
    name="verdicts",
    key="partition:offset of the document",
    says="the one decision on a document; also the changelog of the duplicates' state",
    records=(Verdict,),
    partitions=PARTITIONS,
    partitioned_by="its document's partition",
    fixed=True,
    compacted=True,
    compaction_lag_days=1,
    tombstones=True,
    max_bytes=SMALL,
)
ARTICLES = Topic(
    name="articles",
    key="article id",
    says="an article: `created`, or `updated` with the next revision",
    records=(Article,),
    partitions=12,
    partitioned_by="article id",
    compacted=True,
    compaction_lag_days=7,  # the audit's horizon: as long as `pages` are kept
    public=True,
)
DUPLICATES = Topic(
    name="duplicates",
    key="article id",
    says="a page that repeats an article: exact, near or redelivered",
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
    says="a page without an article, with the reason: one word of a list that may grow",
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
    says="a page that broke the cleaning: stage, error, attempt, original bytes",
    records=(DeadLetter,),
    partitions=4,
    partitioned_by="page id",
    retention_days=90,
    public=True,
)
DEAD_LETTER_NOTES = Topic(
    name="dead-letter-notes",
    key="page id:partition:offset of the dead letter",
    says="what was done about a dead letter: replayed or dropped",
    records=(Note,),
    partitions=4,
    partitioned_by="its key",
    retention_days=120,  # a note must outlive its letter, which may stay a segment (7 days) longer than its 90
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
    """Name a stage's consumer group: one per arrow, so that each scales alone."""
    return f"{prefix}{stage}"
