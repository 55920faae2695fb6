"""Articles into an index of OpenSearch (or Elasticsearch): how each stands, to be searched.

python deploy/examples/to_opensearch.py http://localhost:9200

The document's id is the article's, its version the article's edition, given from outside (`version_type=external`): the
index itself refuses what is older or the same, so events may come again or late. What is refused for now (429, 503, no
connection) is sent again, ever more slowly, for ten minutes; a document that it will never take ends the program with
one line, or goes to --rejects FILE.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import orjson
from reading import SinkError, options, run
from yarl import URL

from agents.subscribe import Event, Subscription
from pipeline.records.article import Article, edition

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

BYTES = 5_000_000  # of a request; http.max_content_length is 100 MB
PATIENCE = 600.0
OK, CONFLICT = 200, 409
LATER = {429, 502, 503, 504}
FIELDS = (
    *("article_id", "revision", "url", "canonical_url", "headline", "article_body", "description", "author"),
    *("date_published", "date_modified", "in_language", "publisher", "image", "word_count"),
)
WORDS, NUMBER = {"type": "text"}, {"type": "long"}
WORD, DAY = {"type": "keyword", "ignore_above": 8191}, {"type": "date", "ignore_malformed": True}
MAPPING = {
    "mappings": {
        "dynamic": False,
        "properties": {
            **dict.fromkeys(("headline", "article_body", "description"), WORDS),
            **dict.fromkeys(("article_id", "url", "canonical_url", "author", "in_language", "publisher"), WORD),
            **dict.fromkeys(("date_published", "date_modified", "fetched_at"), DAY),
            **dict.fromkeys(("revision", "word_count"), NUMBER),
        },
    }
}


class Action(NamedTuple):
    """Two lines of a bulk request: what is to be done, and the document."""

    name: str
    body: bytes


def action(event: Event, index: str) -> Action:
    article = event.outcome()
    if not isinstance(article, Article):
        raise SinkError(f"{event.place} is no article: is another topic named articles?")
    at = article.provenance.fetched_at
    head = {
        "_index": index,
        "_id": article.article_id,
        "version": edition(at, article.revision),
        "version_type": "external",
    }
    document = {name: getattr(article, name) for name in FIELDS} | {"fetched_at": at}
    return Action(event.place, orjson.dumps({"index": head}) + b"\n" + orjson.dumps(document) + b"\n")


class Index:
    """The index, and where goes what it will never take."""

    def __init__(self, http: aiohttp.ClientSession, url: URL, name: str, rejects: Path | None) -> None:
        self.http, self.url, self.name, self.rejects = http, url, name, rejects

    async def create(self) -> None:
        """Make the index with its mapping, where it is not there."""
        status, said = await self.ask("PUT", self.url / self.name, orjson.dumps(MAPPING))
        if status != OK and b"resource_already_exists_exception" not in said:
            raise SinkError(f"{self.url.with_user(None)}, index {self.name}: {status} {text(said)}")

    async def write(self, batch: list[Event]) -> None:
        """Index a batch; when it returns, the index has all of it, or newer states."""
        waiting, size = list[Action](), 0
        for event in batch:
            waiting.append(action(event, self.name))
            size += len(waiting[-1].body)
            if size >= BYTES:
                await self.send(waiting)
                waiting, size = [], 0
        if waiting:
            await self.send(waiting)

    async def send(self, actions: list[Action]) -> None:
        """Send actions until each was taken, was old, or was refused for good."""
        until, pause = time.monotonic() + PATIENCE, 0.5
        while True:
            status, said = await self.ask("POST", self.url / "_bulk", b"".join(one.body for one in actions))
            if status == OK:
                items = [item["index"] for item in orjson.loads(said)["items"]]
                both = list(zip(actions, items, strict=True))
                self.reject([(one, item) for one, item in both if is_refused(item["status"])])
                actions = [one for one, item in both if item["status"] in LATER]
            elif status not in LATER:
                raise SinkError(f"{self.url.with_user(None)}: {status} {text(said)}")
            if not actions:
                return
            if time.monotonic() > until:
                raise SinkError(f"{self.url.with_user(None)} took too little for {PATIENCE:g} s: {status} {text(said)}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30.0)

    async def ask(self, method: str, url: URL, body: bytes) -> tuple[int, bytes]:
        """Send a request; status 503 where nobody answers, which is as good a reason to try again."""
        headers = {"Content-Type": "application/x-ndjson" if method == "POST" else "application/json"}
        try:
            async with self.http.request(method, url, data=body, headers=headers) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
            return 503, (str(error) or type(error).__name__).encode()

    def reject(self, refused: list[tuple[Action, dict[str, Any]]]) -> None:
        """Put aside what the index will never take, or end with it."""
        for one, item in refused:
            why = f"{item['status']} {text(orjson.dumps(item.get('error')))}"
            if self.rejects is None:
                raise SinkError(f"{one.name} was refused: {why} (--rejects FILE puts such aside and goes on)")
            with self.rejects.open("ab") as file:
                file.write(orjson.dumps({"event": one.name, "why": why}) + b"\n")


def is_refused(status: int) -> bool:
    """Say whether an action was refused for good; 409 means that the index has this state or a newer one."""
    return status >= 400 and status != CONFLICT and status not in LATER


def text(said: bytes) -> str:
    """Cut an answer to what fits into a line."""
    return said[:300].decode("utf-8", "replace")


def main() -> None:
    parser = options(__doc__ or "", "to-opensearch")
    parser.add_argument("url", type=URL, help="with user:password@ where it asks for them")
    parser.add_argument("--index", default="articles")
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="where the events are noted that it will never take"
    )
    chosen = parser.parse_args()

    async def read(connection: Connection, settings: Settings) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            index = Index(http, chosen.url, chosen.index, chosen.rejects)
            await index.create()
            async with Subscription(
                connection,
                [settings.prefix + "articles"],
                group=chosen.group,
                timeout=chosen.timeout,
                session_seconds=settings.session_timeout,
            ) as subscription:
                async for batch in subscription.batches(500, 1.0):
                    await index.write(batch)

    run(read, aiohttp.InvalidURL, OSError)


if __name__ == "__main__":
    main()
