"""`chistovik duplicates` on the embedded broker, with events that the real stages have made of a few pages."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from typer.testing import CliRunner

from agents import kafka
from agents.cli import app
from agents.cli.show.copies import show
from agents.feed.page_files import Input
from agents.kafka.outbox import KafkaOutbox
from agents.reports.duplicates import find_copies
from agents.settings import Settings
from agents.subscribe import subscribe
from pipeline.article.copies import question_of
from pipeline.records.page import Page
from pipeline.topics import OUTCOMES
from tests.support import embedded_run as run_file
from tests.support.embedded import embedded_broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.kafka import Connection

PREFIX = "t."
AT = datetime(2031, 1, 6, 9, 30, tzinfo=UTC)
HOST = "https://sosny.example"
MILL = """Водяная мельница в Сосновке снова мелет муку: колесо и жёлоб восстановили за лето по старым чертежам.
Мастер Егор Тихонов вырезал лопасти из лиственницы, которую привезли с верховьев реки ещё прошлой осенью.
Первые мешки ржи отдали школьной пекарне, и теперь ученики пробуют хлеб из муки здешнего помола.
В сельсовете рассказали, что посмотреть на работу жерновов приезжают целыми семьями из соседних районов.
По выходным у плотины продают мёд, пряники и вязаные рукавицы, а ребятам разрешают засыпать зерно в ковш.
К зиме колесо поднимут над водой, чтобы его не повредил лёд, и запустят заново только после половодья.
"""
MORE = "Накануне в соседнем районе открыли выставку рыболовных снастей, которую собирали всем миром целых три года.\n"
CHANGED = MILL.replace("К зиме колесо поднимут над водой", "Уже в ноябре колесо подняли над водой") + MORE
OTHER = """The orchard behind the old school has been given back to the village after a decade behind a locked gate.
Volunteers cleared the brambles in the autumn and found that most of the apple trees had survived the neglect.
A retired gardener has labelled the varieties, some of which are no longer sold by any nursery in the county.
Children from the primary school will look after the beehives, and the honey is to be sold at the summer fair.
"""


def page(path: str, text: str, minute: int) -> Page:
    return Page(url=f"{HOST}/{path}", fetched_at=AT + timedelta(minutes=minute), media_type="text/plain", body=text)


PAGES = (
    page("mill", MILL, 0),
    page("orchard", OTHER, 1),
    page("reprint", MILL, 2),
    page("longer", MILL + MORE, 3),
    page("mill", MILL, 4),
    page("longer", MILL + MORE, 5),
    page("mill", CHANGED, 6),
    page("longer", MILL + MORE, 7),
)


@pytest.fixture(scope="module")
def published() -> Iterator[Connection]:
    """Give a broker on which the real stages have judged PAGES."""
    with embedded_broker() as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_file, "embedded_broker", lambda: nullcontext(connection))
        inputs = [Input(page=one, where=one.url) for one in PAGES]
        settings = Settings(prefix=PREFIX, processes=1)
        tally = asyncio.run(
            run_file.run(inputs, settings, emit=lambda _topic, _event: None, progress=lambda _tally: None)
        )
        assert tally.outcomes == {"articles": 3, "duplicates": 5}
        yield connection


@pytest.fixture
def duplicates(published: Connection, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Any], str]]:
    monkeypatch.setattr(kafka, "connect", lambda _settings: published)

    def invoke(*arguments: str, code: int = 0, prefix: str = PREFIX) -> tuple[list[Any], str]:
        done = CliRunner().invoke(app, ["duplicates", *arguments], obj=Settings(prefix=prefix))
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        return [orjson.loads(line) for line in done.stdout.splitlines()], done.stderr

    return invoke


def events_of(connection: Connection, topic: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        events = subscribe(connection, PREFIX + topic, from_beginning=True, follow=False)
        return [event.json() async for event in events]

    return asyncio.run(read())


def test_an_article_comes_first_and_then_all_its_events_in_the_order_of_time(duplicates: Callable[..., Any]):
    (head, *events), complaint = duplicates(f"{HOST}/mill", "--json")

    assert complaint == ""
    assert (head["event"], head["is_kept"], head["revision"], head["revisions"]) == ("article", True, 2, 2)
    assert (head["exact"], head["near"], head["redelivered"]) == (1, 1, 3)
    assert head["url"] == f"{HOST}/mill"
    assert head["headline"].startswith("Водяная мельница")
    assert head["asked"] == "the article itself, fed again 1 time"
    assert [(one["url"].rpartition("/")[2], one["kind"] or one["event"], one["asked"]) for one in events] == [
        ("mill", "created", True),
        ("reprint", "exact", False),
        ("longer", "near", False),
        ("mill", "redelivered", True),
        ("longer", "redelivered", False),
        ("mill", "updated", True),
        ("longer", "redelivered", False),
    ]
    assert {one["article_id"] for one in events} == {head["article_id"]}
    assert [one["fetched_at"] for one in events] == sorted(one["fetched_at"] for one in events)
    near, updated = events[2], events[5]
    shared = f"{near['evidence']['containment']:.2f} of the shorter text is shared, the article is part of the page; "
    assert near["why"].startswith(f"{shared}{near['evidence']['bands']} of 47 bands agree; ")
    assert near["evidence"]["contained"] == "article"
    assert near["similarity"] == near["evidence"]["jaccard"] > 0.6
    assert updated["changes"]["words_after"] == updated["word_count"] == head["word_count"]
    assert updated["why"].startswith(f"another text at the same URL: {head['word_count']} words, ")
    assert events[0]["place"].startswith("articles/")
    assert near["place"].startswith("duplicates/")


@pytest.mark.parametrize(
    ("path", "is_what"),
    [
        ("/mill", "the article itself, fed again 1 time"),
        ("/reprint", "an exact copy of the article"),
        ("/longer", "a near copy of the article, fed again 2 times"),
    ],
)
def test_a_page_is_named_by_its_url_in_any_spelling(duplicates: Callable[..., Any], path: str, is_what: str):
    (head, *_), _ = duplicates(f"HTTPS://Sosny.Example:443/{path}?utm_source=feed#top")

    assert head["asked"] == is_what


def test_a_piece_of_an_id_names_an_article_or_a_page(duplicates: Callable[..., Any], published: Connection):
    mill = next(one["article_id"] for one in events_of(published, "articles") if one["url"] == f"{HOST}/mill")
    reprint = next(one["page_id"] for one in events_of(published, "duplicates") if one["url"] == f"{HOST}/reprint")

    (by_whole, *events), _ = duplicates(mill)
    (by_piece, *_), _ = duplicates(mill[:14].upper())
    (by_page, *others), _ = duplicates(reprint[:14])
    (by_whole_page, *_), _ = duplicates(reprint)

    assert by_whole == by_piece
    assert by_whole["asked"] == "the article itself"
    assert not any(one["asked"] for one in events)
    assert by_page == by_whole_page
    assert (by_page["article_id"], by_page["asked"]) == (mill, "an exact copy of the article")
    assert [one["url"] for one in others if one["asked"]] == [f"{HOST}/reprint"]


def test_an_article_that_nothing_repeats_is_a_line_for_itself_and_one_for_its_event(duplicates: Callable[..., Any]):
    (head, *events), _ = duplicates(f"{HOST}/orchard")

    assert (head["exact"], head["near"], head["redelivered"]) == (0, 0, 0)
    assert [(one["event"], one["why"]) for one in events] == [
        ("created", "no page before it had this text or nearly the same")
    ]


def test_only_so_many_are_shown_the_one_that_is_asked_for_among_them(duplicates: Callable[..., Any]):
    (head, *events), complaint = duplicates(f"{HOST}/reprint", "--limit", "2")

    assert head["redelivered"] == 3
    assert [one["kind"] or one["event"] for one in events] == ["created", "exact", "updated", "redelivered"]
    assert complaint == "and 3 more (--limit shows more)\n"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("ffffffffffffffffffffffffffffffff", "no article and no page of one has an id that begins with ffff"),
        ("https://sosny.example/none", "`chistovik trace https://sosny.example/none` shows what happened to it"),
        ("sosny.example/mill", "has the URL sosny.example/mill: is it the whole URL?"),
    ],
)
def test_what_is_not_there_is_one_line(duplicates: Callable[..., Any], asked: str, says: str):
    lines, complaint = duplicates(asked, code=1)

    assert lines == []
    assert says in complaint
    assert len(complaint.splitlines()) == 1


def test_topics_that_are_not_there_are_one_line(duplicates: Callable[..., Any]):
    _, complaint = duplicates("3f9a", code=3, prefix="none.")

    assert complaint.startswith("chistovik: topic none.articles, none.duplicates are missing: run `chistovik topics")
    assert len(complaint.splitlines()) == 1


def test_nothing_at_all_is_a_wrong_use(duplicates: Callable[..., Any]):
    _, complaint = duplicates(" ", code=2)

    assert complaint == "chistovik: name a page by its URL or id, or an article by its id\n"


@pytest.mark.parametrize(("arguments", "is_shown"), [((), True), (("--json",), False)])
def test_a_terminal_is_shown_it_in_colors_unless_json_is_asked_for(
    published: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    arguments: tuple[str, ...],
    *,
    is_shown: bool,
):
    monkeypatch.setattr(kafka, "connect", lambda _settings: published)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    app(["duplicates", f"{HOST}/longer", *arguments], obj=Settings(prefix=PREFIX), standalone_mode=False)

    said = capfdbinary.readouterr().out.decode()
    assert ("\x1b[" in said) is is_shown
    assert "a near copy of the article, fed again 2 times" in said
    assert said.startswith("{") is not is_shown
    assert f"{HOST}/reprint" in said


async def send(connection: Connection, prefix: str, topic: str, key: str, *values: bytes) -> None:
    async with connection.admin() as admin, connection.producer("test") as producer:
        await admin.describe_topics([prefix + name for name in OUTCOMES])  # this makes them
        outbox = KafkaOutbox(producer, prefix)
        for value in values:
            await (await outbox.send(topic, key=key.encode(), value=value, headers=()))


def duplicate(article: str, path: str, number: int, **more: Any) -> bytes:
    source = {"page_id": f"ab{number:030}", "topic": "pages", "partition": 0, "offset": number}
    source["fetched_at"] = (AT + timedelta(minutes=number)).isoformat()
    event = {"event": "duplicate", "kind": "exact", "article_id": article, "page_id": source["page_id"]}
    return orjson.dumps(event | {"url": f"{HOST}/{path}", "similarity": 1.0, "provenance": source} | more)


def test_what_is_more_than_one_article_is_one_line_with_their_ids(
    duplicates: Callable[..., Any], published: Connection
):
    for number in range(7):
        asyncio.run(send(published, "many.", "duplicates", f"a{number}", duplicate(f"a{number}", "live", number)))

    _, by_url = duplicates(f"{HOST}/live", code=1, prefix="many.")
    _, by_piece = duplicates("a", code=1, prefix="many.")
    (head, only), _ = duplicates("a3", prefix="many.")

    for complaint, what in ((by_url, f"{HOST}/live is a page of"), (by_piece, "a fits")):
        assert complaint.startswith(f"chistovik: {what} not one article but a")
        assert complaint.endswith(" and more: give one of these ids\n")
        assert len(complaint.splitlines()) == 1
    assert (head["article_id"], head["is_kept"], head["headline"]) == ("a3", False, None)
    assert only["url"] == f"{HOST}/live"


def test_a_record_that_cannot_be_read_is_counted_and_stops_nothing(
    duplicates: Callable[..., Any], published: Connection
):
    strange = [b"{", b"[]", b'{"article_id": 1, "page_id": "ab", "url": "x"}', duplicate("a1", "b", 2, kind="kin")]
    asyncio.run(send(published, "odd.", "duplicates", "a1", duplicate("a1", "a", 1), *strange))

    (head, *events), complaint = duplicates(f"{HOST}/a", prefix="odd.")
    _, unknown = duplicates(f"{HOST}/c", code=1, prefix="odd.")

    assert (head["exact"], len(events)) == (1, 1)
    assert re.fullmatch(r"chistovik: 4 records cannot be read, the first is duplicates/\d/1\n", complaint)
    assert re.search(r"happened to it \(3 records cannot be read, the first is duplicates/\d/1\)\n", unknown)


def test_an_article_of_which_no_event_can_be_read_is_one_line(duplicates: Callable[..., Any], published: Connection):
    asyncio.run(send(published, "broken.", "duplicates", "a1", duplicate("a1", "a", 1, kind="kin")))

    lines, complaint = duplicates(f"{HOST}/a", code=1, prefix="broken.")

    assert lines == []
    assert re.fullmatch(r"chistovik: no event of article a1 is left \(duplicates/\d/0 cannot be read\)\n", complaint)


def test_hundreds_of_deliveries_of_one_page_are_one_row_on_a_terminal(
    published: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    fed = [duplicate("a1", "again", number, kind="redelivered", page_id="cd" * 16) for number in range(300)]
    asyncio.run(send(published, "fed.", "duplicates", "a1", *fed, duplicate("a1", "copy", 400)))
    monkeypatch.setenv("COLUMNS", "100")

    copies = asyncio.run(
        find_copies(published, "fed.", question_of(f"{HOST}/copy"), progress=lambda _passed, _total: None)
    )
    show(copies, 50)

    said = capsys.readouterr().out
    assert "301 duplicates: 1 exact, 300 redelivered" in said
    assert "the same page, fed again; 300 times since 2031-01-06 09:30" in said
    assert "--limit" not in said
    assert [line.split()[-1] for line in said.splitlines() if line.startswith("→")] == [f"{HOST}/copy"]
