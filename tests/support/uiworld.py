"""The world of the live page's tests: a broker with events of the real stages, the page, and its parsed answers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser

from agents.feed.page_files import Input
from agents.settings import Settings
from agents.subscribe import subscribe
from agents.ui import article as reading_file
from agents.ui import server as serving_file
from agents.ui.server import serving
from pipeline.article.message import message_of
from pipeline.records.article import Article, DeadLetter
from pipeline.records.document import Provenance
from pipeline.records.page import Page, page_id
from pipeline.records.wire import decode, encode
from pipeline.topics import ARTICLES, TOPICS
from tests.support import embedded_run as run_file
from tests.support.embedded import embedded_broker
from tests.support.patience import SECONDS, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from agents.kafka import Connection
    from pipeline.records.article import Outcome

PREFIX = "t."
HTML = {"Accept": "text/html"}
PATHS = ("/", "/live", "/articles", "/duplicates", "/discarded", "/dead-letters", "/dead-letters?all=yes", "/hosts")
AT = datetime(2031, 1, 6, 9, 30, tzinfo=UTC)
SETTINGS = Settings(prefix=PREFIX, processes=1, ui_port=0, ui_events=1000)
MENU = "Главная | Новости | Погода | Спорт | Контакты\nВойти   Подписаться   Поиск\n"
TAIL = "Читайте также\n* Как мы провели лето у реки\n* Курс валют на сегодня\nПоделиться: ВК ОК Telegram\n"
MILL = """Водяная мельница в Сосновке снова мелет муку

Водяная мельница в Сосновке снова мелет муку: колесо и жёлоб восстановили за лето по старым чертежам.
Мастер Егор Тихонов вырезал лопасти из лиственницы, которую привезли с верховьев реки ещё прошлой осенью.
Первые мешки ржи отдали школьной пекарне, и теперь ученики пробуют хлеб из муки здешнего помола.
В сельсовете рассказали, что посмотреть на работу жерновов приезжают целыми семьями из соседних районов.
По выходным у плотины продают мёд, пряники и вязаные рукавицы, а ребятам разрешают засыпать зерно в ковш.
К зиме колесо поднимут над водой, чтобы его не повредил лёд, и запустят заново только после половодья.
"""
KAZAKH = """Жылжымалы кітапхана алыстағы он ауылға жетті

Жылжымалы кітапхана биыл алыстағы он ауылға жетті, деп хабарлады аудандық мәдениет бөлімі бүгін таңертең.
Автобуста екі мыңға жуық кітап бар, олардың жартысы балаларға арналған ертегілер мен ғылыми-көпшілік басылымдар.
Кітапханашы Айгүл Серікқызының айтуынша, әр ауылда оқырмандар бірнеше сағат бойы кезекке тұрып күткен.
Келесі сапар көктемде болады, сонда автобус өзеннің арғы жағындағы ауылдарға да барады деп жоспарланып отыр.
"""
HOSTILE = """<script>alert("script")</script> The orchard behind the old school was given back to the village

The orchard behind the old school has been given back to the village after a decade behind a locked gate.
Volunteers cleared the brambles <img src=x onerror=alert("image")> in the autumn and found that most trees had survived.
A retired gardener has labelled the varieties, <b>some</b> of which are no longer sold by any nursery in the county.
Children from the primary school will look after the beehives, and the honey is to be sold at the summer fair.
{{ 7 * 7 }} jars were filled last year, "quoted" & ampersanded, and \u202eturned around\u202c by nobody in the village.
"""
MORE = "Накануне в соседнем районе открыли выставку рыболовных снастей, которую собирали всем миром целых три года.\n"
CHANGED = MILL.replace("К зиме колесо поднимут над водой", "Уже в ноябре колесо подняли над водой") + MORE


def page(url: str, text: str, minute: int = 0, **fields: Any) -> Page:
    """Make a page of plain text."""
    return Page(url=url, fetched_at=AT + timedelta(minutes=minute), media_type="text/plain", body=text, **fields)


PAGES = (
    page("https://sosny.example/mill", MENU + MILL + TAIL),
    page("https://verba.example/reprint", MILL, 1),
    page("https://sosny.example/longer", MILL + MORE, 2),
    page("https://sosny.example/mill", MENU + CHANGED + TAIL, 3),
    page("https://dala.example/kitap", KAZAKH, 4),
    page("https://hostile.example/<script>alert('url')</script>", HOSTILE, 5),
    page("javascript:alert('href')", "Меню\nВойти\n", 6),
    page("https://verba.example/menu", "Меню\nВойти\n", 7),
    Page(url="https://verba.example/late", fetched_at=AT, failed="<b>no answer</b> after 5 attempts"),
)
TALLY = {"articles": 4, "duplicates": 2, "discarded": 2, "dead-letters": 1}


@contextmanager
def judged(pages: tuple[Page, ...] = PAGES) -> Iterator[Connection]:
    """Run the stages on some pages, and yield the broker with their events."""
    with embedded_broker() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_file, "embedded_broker", lambda: nullcontext(connection))
        inputs = [Input(page=one, where=one.url) for one in pages]
        tally = asyncio.run(run_file.run(inputs, SETTINGS, emit=lambda _topic, _event: None, progress=lambda _: None))
        assert pages is not PAGES or tally.outcomes == TALLY
        yield connection


@contextmanager
def unused() -> Iterator[Connection]:
    """Yield a broker with empty topics."""

    async def make(connection: Connection) -> None:
        async with connection.admin() as admin:
            await admin.describe_topics([PREFIX + topic.name for topic in TOPICS])  # this makes them

    with embedded_broker() as connection:
        with ThreadPoolExecutor(1) as thread:  # the caller may run in an event loop
            thread.submit(asyncio.run, make(connection)).result()
        yield connection


def letter(name: str, text: str = MILL, **fields: Any) -> DeadLetter:
    """Make the dead letter of a page that would not fail again."""
    one = page(f"https://sosny.example/{name}", text)
    given: dict[str, Any] = {
        "stage": "clean",
        "error": "took longer than 30 s",
        "attempt": 1,
        "page_id": page_id(one),
        "url": one.url,
        "original_base64": encode(one),
        "original_key_base64": b"sosny.example",
        "provenance": Provenance(page_id=page_id(one), topic="pages", partition=0, offset=1_000_000),
    }
    return DeadLetter(**given | fields)


async def write(connection: Connection, *events: Outcome) -> list[tuple[int, int]]:
    """Write outcomes as publish does, but without a transaction. Return their partitions and offsets."""
    places = []
    producer = connection.producer("test")
    await producer.start()
    try:
        for event in events:
            message = message_of(event, prefix=PREFIX, parent=None)
            done = await producer.send_and_wait(
                PREFIX + message.topic, message.value, key=message.key, headers=list(message.headers)
            )
            places.append((done.partition, done.offset))
    finally:
        await producer.stop()
    return places


@asynccontextmanager
async def open_page(
    connection: Connection, *, cookies: bool = True, **settings: Any
) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """Serve the page. Yield a client without a cookie, and the link that the user gets."""
    with pytest.MonkeyPatch.context() as patch:  # the tests do not check how long a user waits
        patch.setattr(serving_file, "FIRST_LOOK_SECONDS", SECONDS)
        for name in ("EXPLAINING_SECONDS", "READING_SECONDS"):
            patch.setattr(reading_file, name, SECONDS)
        async with serving(replace(SETTINGS, **settings), connection, "0") as link:
            base = link.partition("?")[0]
            jar = aiohttp.CookieJar(unsafe=True) if cookies else aiohttp.DummyCookieJar()
            async with aiohttp.ClientSession(base, cookie_jar=jar) as client:
                yield client, link


async def settled(client: aiohttp.ClientSession) -> None:
    """Wait until the newest events are read, and until Kafka answers again if a busy machine delayed it."""

    async def is_read() -> bool:
        async with client.get("/") as answer:
            text = await answer.text()
            return "Still reading" not in text and "may be out of date" not in text

    await until(is_read)


async def tree(client: aiohttp.ClientSession, path: str, status: int = 200) -> LexborHTMLParser:
    """Request a page and parse it."""
    async with client.get(path, headers=HTML, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == status, text
        assert "Traceback" not in text
        return LexborHTMLParser(text)


def words(node: Any) -> str:
    """Return the text of a node with single spaces."""
    return " ".join(node.text(separator=" ").split())


async def place_of(connection: Connection, url: str, revision: int = 1) -> tuple[str, Article]:
    """Find the article of a URL; return its path on the page, and the article."""
    async for event in subscribe(connection, PREFIX + ARTICLES.name, from_beginning=True, follow=False):
        article = decode(Article, event.value)
        if article.url == url and article.revision == revision:
            return f"/articles/{event.partition}/{event.offset}", article
    raise AssertionError(f"no article {url}")
