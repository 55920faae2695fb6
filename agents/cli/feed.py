"""`chistovik feed`: send raw pages to the topic `pages`, and URLs to the topic `urls`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.failing import CharsetOption, Complaints, complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    from datetime import datetime

    from agents.feed.feeder import Feeder
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "feed"
HELP = (
    "Send pages, or URLs to fetch, to the pipeline.\n\n"
    "Sources of pages: files, folders, JSON lines, web archives, another pipeline's topic.\n\n"
    "Sources of URLs: the command line, lists, feeds (RSS, Atom, JSON Feed), sitemaps.\n\n"
    "Options that name a source may be repeated. It is safe to feed the same thing twice: a URL is fetched only once "
    "within CHISTOVIK_FETCH_WINDOW, and a repeated page becomes a duplicate of kind `redelivered`."
)
EXAMPLE = (
    "Examples:\n\n`chistovik feed https://news.example/a.html --rss https://news.example/feed`\n\n"
    "`chistovik feed --pages dump/ --jsonl crawl.jsonl.xz --warc crawl.warc.gz`"
)


def command(
    context: typer.Context,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL|PATH", help="URLs to fetch; files or folders with pages.", show_default=False),
    ] = None,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--urls", help='Read URLs, one per line, or JSON lines with "url". `-`: standard input.', metavar="FILE"
        ),
    ] = None,
    rss: Annotated[
        list[str] | None,
        typer.Option("--rss", help="Read the URLs of a feed (RSS, Atom, JSON Feed).", metavar="URL|FILE"),
    ] = None,
    sitemap: Annotated[
        list[str] | None,
        typer.Option("--sitemap", help="Read the URLs of a sitemap or sitemap index.", metavar="URL|FILE"),
    ] = None,
    pages: Annotated[
        list[str] | None, typer.Option("--pages", help="Read pages from a file, a folder, or `-`.", metavar="PATH")
    ] = None,
    jsonl: Annotated[
        list[str] | None,
        typer.Option("--jsonl", help='Read pages from JSON lines: {"url", "html" or "text"}.', metavar="FILE"),
    ] = None,
    warc: Annotated[
        list[str] | None, typer.Option("--warc", help="Read pages from a web archive (WARC).", metavar="FILE")
    ] = None,
    from_topic: Annotated[
        list[str] | None,
        typer.Option("--from-topic", help="Copy the pages of another topic, such as `news.pages`.", metavar="TOPIC"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="Skip older entries of feeds, sitemaps and topics. Examples: 2026-03-01, 36h, 7d.", metavar="TIME"
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            help="Save the progress of --urls, --jsonl and --warc in FILE, and continue from it.", metavar="FILE"
        ),
    ] = None,
    priority: Annotated[
        int | None, typer.Option(help="Priority of the URLs within their host; 9 is fetched first.", min=0, max=9)
    ] = None,
    refetch: Annotated[bool, typer.Option("--refetch", help="Fetch URLs again that were fetched recently.")] = False,
    any_site: Annotated[
        bool, typer.Option("--any-site", help="Accept sitemap URLs that point to other sites.")
    ] = False,
    charset: CharsetOption = None,
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
            "nothing to feed: give a URL, a PATH, --urls, --rss, --sitemap, --pages, --jsonl, --warc or --from-topic"
        )
        raise typer.Exit(EXIT_USAGE)
    if (ours := context.obj.prefix + PAGES.name) in named["topics"]:
        complain(f"--from-topic {ours} is the topic to write to: name another topic, or change CHISTOVIK_PREFIX")
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
    sys.stderr.write(_fed_counts(fed, sources.rights))
    raise typer.Exit(complaints.exit_code())


async def _feed(sources: Any, complaints: Complaints, settings: Settings, connection: Connection) -> Feeder:
    import asyncio
    from importlib.metadata import version

    from agents.cli.show.input_bar import InputBar
    from agents.feed.feeder import Feeder
    from agents.kafka import answering
    from agents.kafka.outbox import KafkaOutbox, sending
    from agents.kafka.rights import check_rights
    from agents.kafka.topics import check_topics
    from agents.observe.tracing import traces_of

    if not connection.embedded:
        await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, sources.rights)
    traces = traces_of(settings, version("chistovik"))
    async with answering(connection), sending(connection, "feed") as producer:
        confirmed = sources.bookmarks.confirm if sources.bookmarks else lambda _places: None
        feeder = Feeder(outbox=KafkaOutbox(producer, settings.prefix), confirmed=confirmed, traces=traces)
        try:
            with InputBar("feeding", sources.meter) as bar:
                async for one in sources.read(settings, complaints.sift):
                    await feeder.add(one)
                    bar.update(feeder.pages + feeder.urls)
            await feeder.flush()
        except asyncio.CancelledError:
            if sources.bookmarks:
                complain(f"progress is saved in {sources.bookmarks.path}: run the same command again to continue")
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
        complain(f"--since {text!r}: expected a date (2026-03-01), a date and time, or a period (90m, 36h, 7d)")
        raise typer.Exit(EXIT_USAGE)
    return found


def _fed_counts(fed: Feeder, kinds: list[str]) -> str:
    """Write how much was fed; `kinds` are the kinds of input that the command was given."""
    counts = {"feed urls": f"{fed.urls} URLs", "feed": f"{fed.pages} pages"}
    return f"{' and '.join(counts[kind] for kind in kinds)} fed\n"
