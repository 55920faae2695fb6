"""What a partition publishes next: in line, behind the fence, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.errors import StageError
from agents.publish import lane as module
from agents.publish.fence import Fence
from agents.publish.lane import Lane
from pipeline.document.clean import clean
from pipeline.records.page import Page
from pipeline.records.wire import encode
from pipeline.verdict.ledger import Ledger

TEXT = "В посёлке Ясном открыли пекарню номер {}, сообщила районная газета. Хлеб там пекут с шести утра.\n"


@dataclass
class Record:
    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = field(default=())


def documents(count: int) -> list[Record]:
    made = []
    for number in range(count):
        page = Page(
            url=f"https://o.example/{number}", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=TEXT.format(number) * 2
        )
        made.append(Record(number, encode(clean(page, topic="pages", partition=0, offset=number))))
    return made


def verdicts(records: list[Record]) -> list[Record]:
    from pipeline.records.document import read_document  # noqa: PLC0415

    ledger = Ledger(0)
    found = [ledger.judge(read_document(one.value, partition=0, offset=one.offset), one.offset) for one in records]
    return [Record(number, encode(verdict)) for number, verdict in enumerate(found)]


def new_lane(fence: int = -1) -> Lane:
    producer: Any = None
    return Lane(0, Fence(fence, "id"), producer)


def keys(lane: Lane) -> list[bytes]:
    return [message.key for message in lane.next_messages("news.")]


def test_documents_and_their_verdicts_are_published_in_line() -> None:
    lane, records = new_lane(), documents(3)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))

    assert len(keys(lane)) == 3
    assert lane.fence.offset == 2
    assert lane.verdict_position == 3
    assert lane.buffered == 0


def test_a_verdict_waits_for_its_document() -> None:
    lane, records = new_lane(), documents(2)
    lane.take_verdicts(verdicts(records))

    assert keys(lane) == []
    lane.take_documents(records)
    assert len(keys(lane)) == 2


def test_verdicts_at_or_below_the_fence_are_replays_and_publish_nothing() -> None:
    lane, records = new_lane(fence=1), documents(3)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))

    assert len(keys(lane)) == 1
    assert lane.fence.offset == 2


def test_a_verdict_that_came_too_early_is_dropped_until_its_replay() -> None:
    lane, records = new_lane(), documents(3)
    first, second, third = verdicts(records)
    lane.take_documents(records)
    lane.take_verdicts([second, third])
    assert keys(lane) == []

    lane.take_verdicts([first, second, third])
    assert len(keys(lane)) == 3
    lane.check_gap()


def test_a_gap_that_stays_ends_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAP_SECONDS", -1.0)
    lane, records = new_lane(), documents(2)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records)[1:])
    lane.next_messages("news.")

    with pytest.raises(StageError, match="offset 0 has been missing"):
        lane.check_gap()


def test_a_transaction_is_bounded_in_bytes_and_in_events(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, records = new_lane(), documents(4)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))
    monkeypatch.setattr(module, "TRANSACTION_EVENTS", 3)
    assert len(keys(lane)) == 3

    lane = new_lane()
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))
    monkeypatch.setattr(module, "TRANSACTION_BYTES", 1)
    assert [len(keys(lane)) for _ in range(4)] == [1, 1, 1, 1]


def test_verdicts_that_wait_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, records = new_lane(), documents(3)
    waiting = verdicts(records)
    monkeypatch.setattr(module, "BUFFERED_BYTES", sum(len(one.value or b"") for one in waiting) - 1)
    lane.take_verdicts(waiting[:2])
    assert not lane.full["verdicts"]

    lane.take_verdicts(waiting[2:])
    assert lane.full == {"documents": False, "verdicts": True}
    lane.take_documents(records)
    assert len(keys(lane)) == 3
    assert not lane.full["verdicts"]
    assert lane.buffered_verdicts == 0


def test_documents_that_come_twice_or_ahead_are_taken_once_and_in_line() -> None:
    lane, records = new_lane(), documents(4)

    assert not lane.take_documents(records[2:])
    assert lane.next_document == 0
    assert lane.take_documents(records[:3])
    assert lane.take_documents(records)
    lane.take_verdicts(verdicts(records))

    assert len(keys(lane)) == 4
    assert lane.buffered == 0


def test_tombstones_are_passed_over() -> None:
    lane = new_lane()
    lane.take_verdicts([Record(0, None), Record(1, None)])

    assert keys(lane) == []
    assert lane.verdict_position == 2


def test_tombstones_behind_the_last_verdict_are_passed_with_it() -> None:
    """They came in the same poll: counted as waiting, they would make a stage that has nothing to do look stuck."""
    lane, records = new_lane(), documents(2)
    lane.take_documents(records)
    lane.take_verdicts([*verdicts(records), Record(2, None), Record(3, None)])

    assert len(lane.next_messages("news.")) == 2
    assert lane.verdict_position == 4


def test_after_the_checkpoint_only_events_that_nobody_can_read_are_published() -> None:
    """Documents 0 to 2 are behind the committed fence; Kafka showed the events of 0 and 3."""
    lane, records = new_lane(), documents(5)
    lane.claimed = 2
    lane.look_out({b"pages/0/0", b"pages/0/3"}, until=4)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))
    places = [dict(message.headers)["ce_id"] for message in lane.next_messages("news.")]

    assert places == [b"pages/0/1", b"pages/0/2", b"pages/0/4"]
    assert lane.repaired == {"published": 2, "kept": 1}
    assert lane.fence.offset == 4


def test_a_document_that_came_after_the_look_back_is_published_whatever_was_visible() -> None:
    lane, records = new_lane(), documents(2)
    lane.look_out({b"pages/0/0", b"pages/0/1"}, until=1)
    lane.take_documents(records)
    lane.take_verdicts(verdicts(records))

    assert len(lane.next_messages("news.")) == 1
    assert not lane.visible
