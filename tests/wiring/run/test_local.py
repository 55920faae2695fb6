"""The pipeline without a broker: the same events as the stages give, in the order of the input, as it comes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import StageError
from agents.feed.page_files import Input, Problem, read_inputs
from agents.run import local
from agents.run.local import run
from agents.run.tally import Tally
from agents.settings import Settings
from pipeline.records.page import Page
from tests.support import embedded_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.clean.record import CleanRecord

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
FETCHED = datetime(2031, 1, 6, tzinfo=UTC)
SETTINGS = Settings(prefix="t.", processes=1)
TEXT = "В посёлке {} открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n"
Events = list[tuple[str, bytes]]


def demo() -> list[Input]:
    found = [one for one in read_inputs([str(DEMO)]) if not isinstance(one, Problem)]
    assert len(found) > 10
    return [*found, found[0], found[3]]


def page(name: str, body: str | None = None) -> Input:
    text = TEXT.format(name) * 3 if body is None else body
    return Input(page=Page(url=f"https://outlet.example/{name}", fetched_at=FETCHED, body=text), where=name)


def events(inputs: list[Input] | Iterator[Input], settings: Settings = SETTINGS) -> tuple[Tally, Events]:
    found: Events = []
    tally = asyncio.run(
        run(inputs, settings, emit=lambda topic, event: found.append((topic, event)), progress=lambda _: None)
    )
    return tally, found


def test_the_events_are_those_of_the_stages_on_a_broker() -> None:
    expected: Events = []
    inputs = demo()
    emit = embedded_run.run(
        inputs, SETTINGS, emit=lambda topic, event: expected.append((topic, event)), progress=lambda _: None
    )
    assert asyncio.run(emit).whole

    tally, found = events(inputs)
    assert tally.whole
    assert found == expected
    assert {topic for topic, _ in found} >= {"articles", "duplicates", "discarded"}


def test_an_outcome_comes_before_the_input_ends() -> None:
    seen: list[str] = []
    came = []

    def slow() -> Iterator[Input]:
        yield page("Ясное")
        time.sleep(2 * local.GATHER_SECONDS)
        yield page("Тихое")
        for number in range(10_000):
            time.sleep(0.01)
            if seen:
                came.append(number)
                return
            yield page(f"Дальнее-{number}")

    asyncio.run(run(slow(), SETTINGS, emit=lambda _topic, event: seen.append(event.decode()), progress=lambda _: None))
    assert came
    assert "Ясное" in seen[0]


def test_pages_are_read_as_they_are_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "BATCH", 2)
    found: list[bytes] = []
    ahead: list[int] = []

    def counted() -> Iterator[Input]:
        for number in range(60):
            ahead.append(number - len(found))
            yield page(str(number))

    asyncio.run(run(counted(), SETTINGS, emit=lambda _topic, event: found.append(event), progress=lambda _: None))
    assert len(found) == 60
    assert max(ahead) <= 2 * 6  # four batches under way, one that waits for room and one that is being made


def test_a_large_page_has_an_article_as_in_the_pipeline() -> None:
    lines = "".join(TEXT.format(f"Ясное-{number}") for number in range(12_000))
    assert len(lines.encode()) > 2_000_000

    tally, found = events([page("large", lines)])
    assert tally.outcomes == {"articles": 1}
    assert "Ясное-11999" in found[0][1].decode()


def test_an_error_of_the_cleaning_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_cleaners: object, _deliveries: object) -> list[CleanRecord]:
        raise StageError("clean: no cleaning process came up")

    monkeypatch.setattr("agents.clean.pool.Cleaners.clean", broken)
    with pytest.raises(StageError, match="no cleaning process"):
        events([page("Ясное")])


def test_no_pages_have_no_events() -> None:
    tally, found = events([])
    assert (tally.whole, tally.fed, found) == (True, 0, [])


@given(st.integers(1, 9).flatmap(lambda count: st.tuples(st.just(count), st.lists(st.integers(0, count - 1)))))
def test_each_page_is_counted_once_or_missed(drawn: tuple[int, list[int]]) -> None:
    count, outcomes = drawn
    tally = Tally()
    for number in range(count):
        assert tally.feed(f"page {number}") == number
    taken = [number for number in outcomes if tally.take(number, "articles")]
    tally.close()

    assert taken == sorted(set(taken))
    assert tally.outcomes.total() == len(taken)
    assert tally.missing == [f"page {number}" for number in range(count) if number not in taken]
    assert len(tally.twice) == len(outcomes) - len(taken)
    assert tally.whole == (taken == outcomes == list(range(count)))
