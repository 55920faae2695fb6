"""The sources on the command line of `chistovik feed`, read one after the other."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from agents.feed.lines import Meter
from agents.feed.other_topic import copied_pages
from agents.feed.page_files import Input, Problem, read_inputs, read_rows
from agents.feed.url_lists import UrlInput, named_urls, read_urls
from agents.feed.warc import Archive
from agents.kafka import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from agents.feed.bookmarks import Bookmarks
    from agents.feed.other_topic import Copied
    from agents.settings import Settings

OneInput = TypeVar("OneInput", "Input", "UrlInput")
URLS, PAGES = ("urls", "lists", "rss", "sitemap"), ("pages", "jsonl", "warc", "topics")
METERED = ("lists", "jsonl", "warc")


class Sift(Protocol):
    """Yields the inputs that can be fed, and reports every problem."""

    def __call__(self, inputs: Iterable[OneInput | Problem], /) -> Iterator[OneInput]: ...


@dataclass(kw_only=True)
class Sources:
    """The sources by kind, in the order of `URLS` and `PAGES`. `summaries` lists what was left out."""

    named: Mapping[str, Sequence[str]]
    since: datetime | None = None
    charset: str | None = None
    bookmarks: Bookmarks | None = None
    priority: int | None = None
    refetch: bool = False
    any_site: bool = False  # sitemaps may list URLs of other sites than their own
    meter: Meter = field(default_factory=Meter)
    summaries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in METERED:
            for name in self.named.get(kind, ()):
                self.meter.expect(Path(name))

    @property
    def rights(self) -> list[str]:
        """The names in `NEEDS` (agents/kafka/rights.py) of the rights that these sources need."""
        wanted = {"feed urls": URLS, "feed": PAGES}
        return [name for name, kinds in wanted.items() if any(self.named.get(kind) for kind in kinds)]

    async def read(self, settings: Settings, sift: Sift) -> AsyncIterator[Input | UrlInput | Copied]:
        """Yield every input that can be fed; `sift` reports the others."""
        for url in sift(self._local_urls()):
            yield self._with_options(url)
        async for listed in self._listed(settings):
            for url in sift([listed]):
                yield self._with_options(url)
        for page in sift(self._pages()):
            yield page
        for topic in self.named.get("topics", ()):
            async for copy in copied_pages(connect(settings), topic, since=self.since):
                yield copy

    def _local_urls(self) -> Iterator[UrlInput | Problem]:
        yield from named_urls(self.named.get("urls", ()))
        for name in self.named.get("lists", ()):
            yield from read_urls(name, after=self._after(Path(name)), meter=self.meter)

    async def _listed(self, settings: Settings) -> AsyncIterator[UrlInput | Problem]:
        names = [(source, name) for source in ("rss", "sitemap") for name in self.named.get(source, ())]
        if not names:
            return
        from agents.feed.listings import Walk  # noqa: PLC0415 — files alone need no listings and no web client
        from agents.fetch.listing_client import WebListingClient  # noqa: PLC0415

        async with AsyncExitStack() as resources:
            client = WebListingClient(settings, resources)
            for source, name in names:
                walk = Walk(name, source=source, client=client, since=self.since, any_site=self.any_site)
                async for one in walk:
                    yield one
                self._summarize(walk.summary)

    def _pages(self) -> Iterator[Input | Problem]:
        yield from read_inputs(self.named.get("pages", ()), charset=self.charset)
        for name in self.named.get("jsonl", ()):
            yield from read_rows(Path(name), after=self._after(Path(name)), meter=self.meter)
        for name in self.named.get("warc", ()):
            archive = Archive(Path(name), after=self._after(Path(name)), meter=self.meter)
            yield from archive
            self._summarize(archive.summary)

    def _after(self, path: Path) -> int:
        return self.bookmarks.after(path) if self.bookmarks else 0

    def _summarize(self, line: str) -> None:
        if line:
            self.summaries.append(line)

    def _with_options(self, url: UrlInput) -> UrlInput:
        target = url.target
        if self.priority is not None:
            target = replace(target, priority=self.priority)
        return replace(url, target=replace(target, refetch=True) if self.refetch else target)
