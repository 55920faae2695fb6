"""`chistovik feed`: raw pages into the topic `pages`, URLs to fetch into the topic `urls`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.failing import Complaints, complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    from datetime import datetime

    from agents.feed.feeder import Feeder
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "feed"
HELP = (
    "Feed pages (HTML or plain text), or URLs of pages that are then fetched.\n\n"
    "URLs come one by one, in lists, feeds (RSS, Atom, JSON Feed), sitemaps; pages in files, folders, JSON lines, "
    "web archives and the pages of another prefix. An option may be repeated. Feeding the same thing twice changes "
    "nothing: a URL is fetched once within CHISTOVIK_FETCH_WINDOW, and the second outcome of a page is a duplicate of "
    "kind `redelivered`."
)
EXAMPLE = (
    "Example: `chistovik feed https://news.example/a.html --rss https://news.example/feed --urls list.txt`, "
    "`chistovik feed --pages dump/ --jsonl crawl.jsonl.xz --warc crawl.warc.gz`"
)


def command(
    context: typer.Context,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[URL|PATH...]", help="URLs to fetch, files and folders of pages.", show_default=False),
    ] = None,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--urls", help='A list of URLs, or of rows of {"url", ...}; `-` is standard input.', metavar="FILE"
        ),
    ] = None,
    rss: Annotated[
        list[str] | None, typer.Option("--rss", help="A feed: RSS, Atom or JSON Feed.", metavar="URL|FILE")
    ] = None,
    sitemap: Annotated[
        list[str] | None, typer.Option("--sitemap", help="A sitemap, or an index of them.", metavar="URL|FILE")
    ] = None,
    pages: Annotated[list[str] | None, typer.Option("--pages", help="A file, a folder or `-`.", metavar="PATH")] = None,
    jsonl: Annotated[
        list[str] | None, typer.Option("--jsonl", help='Rows of {"url", "html" or "text"}.', metavar="FILE")
    ] = None,
    warc: Annotated[
        list[str] | None, typer.Option("--warc", help="A web archive; nothing is fetched.", metavar="FILE")
    ] = None,
    from_topic: Annotated[
        list[str] | None,
        typer.Option("--from-topic", help="The pages of another prefix, such as `news.pages`.", metavar="TOPIC"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Of feeds, sitemaps and topics only what is newer: 2026-03-01, 36h, 7d.", metavar="TIME"),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(help="Note here how far --urls, --jsonl and --warc are fed; go on from there.", metavar="FILE"),
    ] = None,
    priority: Annotated[int | None, typer.Option(help="Of the URLs, within their host: 9 first.", min=0, max=9)] = None,
    refetch: Annotated[bool, typer.Option("--refetch", help="Fetch URLs that were fetched lately, too.")] = False,
    any_site: Annotated[
        bool, typer.Option("--any-site", help="Of sitemaps also the URLs of other sites than their own.")
    ] = False,
    charset: Annotated[str | None, typer.Option(help="The charset of files that do not say theirs.")] = None,
) -> None:
    from pathlib import Path

    from agents.feed.bookmarks import Bookmarks
    from agents.feed.sources import Sources
    from agents.feed.url_lists import is_url
    from agents.kafka import connect
    from pipeline.topics import PAGES

    named = {
        "urls": [one for one in items or [] if is_url(one)],
        "lists": urls or [],
        "rss": rss or [],
        "sitemap": sitemap or [],
        "pages": [*(pages or []), *(one for one in items or [] if not is_url(one))],
        "jsonl": jsonl or [],
        "warc": warc or [],
        "topics": from_topic or [],
    }
    if not any(named.values()):
        complain(
            "nothing to feed: name a URL, a PATH, --urls, --rss, --sitemap, --pages, --jsonl, --warc, --from-topic"
        )
        raise typer.Exit(EXIT_USAGE)
    if (ours := context.obj.prefix + PAGES.name) in named["topics"]:
        complain(f"--from-topic {ours} is what is fed: name the topic of another prefix, or another CHISTOVIK_PREFIX")
        raise typer.Exit(EXIT_USAGE)
    bookmarks = Bookmarks.load(Path(resume)) if resume else None
    sources = Sources(
        named=named,
        since=_since(since),
        charset=charset,
        bookmarks=bookmarks,
        priority=priority,
        refetch=refetch,
        any_site=any_site,
    )
    complaints = Complaints()
    fed = finish(_feed(sources, complaints, context.obj, connect(context.obj)))
    for line in sources.summaries:
        sys.stderr.write(f"{line}\n")
    sys.stderr.write(_said(fed, sources.rights))
    raise typer.Exit(complaints.exit_code())


async def _feed(sources: Any, complaints: Complaints, settings: Settings, connection: Connection) -> Feeder:
    import asyncio
    from importlib.metadata import version

    from agents.cli.show.feeding_bar import FeedingBar
    from agents.feed.feeder import Feeder
    from agents.kafka import answering
    from agents.kafka.outbox import KafkaOutbox
    from agents.kafka.rights import check_rights
    from agents.kafka.topics import check_topics
    from agents.observe.tracing import traces_of

    if not connection.embedded:
        await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, sources.rights)
    traces = traces_of(settings, version("chistovik"))
    async with answering(connection), connection.producer("feed") as producer:
        confirmed = sources.bookmarks.confirm if sources.bookmarks else lambda _places: None
        feeder = Feeder(outbox=KafkaOutbox(producer, settings.prefix), confirmed=confirmed, traces=traces)
        try:
            with FeedingBar(sources.meter) as bar:
                async for one in sources.read(settings, complaints.sift):
                    await feeder.add(one)
                    bar.update(feeder.pages + feeder.urls)
            await feeder.flush()
        except asyncio.CancelledError:
            if sources.bookmarks:
                complain(f"what Kafka has is noted in {sources.bookmarks.path}: the same command goes on from there")
            raise
        finally:
            if sources.bookmarks:
                sources.bookmarks.write()
            if traces:
                await asyncio.to_thread(traces.close)
    return feeder


def _since(text: str | None) -> datetime | None:
    from datetime import UTC, datetime

    from pipeline.listing.entries import since_of

    if text is None:
        return None
    found = since_of(text, now=datetime.now(UTC))
    if found is None:
        complain(f"--since {text!r}: expected a date (2026-03-01), a date and time, or 90m, 36h, 7d")
        raise typer.Exit(EXIT_USAGE)
    return found


def _said(fed: Feeder, kinds: list[str]) -> str:
    counts = {"feed urls": f"{fed.urls} URLs", "feed": f"{fed.pages} pages"}
    return f"{' and '.join(counts[kind] for kind in kinds)} fed\n"
