"""Host profiles in the stage `clean`: what a batch learns, what is written, and when it is acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from faust.types import TP

from agents.clean import profiles as in_faust
from agents.clean.learning import MemoryProfiles
from agents.clean.profiles import FaustProfiles, partition_of, profile_key
from agents.clean.record import clean_record
from agents.clean.stage import clean_pages
from agents.kafka import Connection
from agents.settings import Settings
from agents.stage.faust_app import new_app
from agents.stage.faust_tables import Line
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.document import Document, read_document
from pipeline.records.page import Page
from pipeline.records.profile import EMPTY, Profile
from pipeline.records.wire import encode
from tests.support.command import Chistovik
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from pathlib import Path

    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery
    from agents.testing import Stream

LIMIT = 1 << 20
STANDING = (
    "Наш дежурный редактор отвечает на письма читателей каждый вечер и рассказывает, как устроена работа в городе."
)
_WORDS = [f"{head}{tail}" for head in ("мост", "завод", "рек", "школ", "рынк", "поезд") for tail in "абвгдежзиклмн"]


class HereCleaner:
    """Cleans in this process."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
        return [clean_record(one, LIMIT, LIMIT) for one in deliveries]


@dataclass
class RecordingProfiles(MemoryProfiles):
    """Profiles in memory that know how often they were written."""

    written: list[tuple[int, str]] = field(default_factory=list)
    fails: Exception | None = None

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        self.written.append((partition, host))
        if self.fails:
            failed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            failed.set_exception(self.fails)
            return failed
        return super().record(partition, host, profile)


def text_of(number: int) -> str:
    rng = random.Random(number)
    lines = [" ".join(rng.choices(_WORDS, k=16)).capitalize() + "." for _ in range(6)]
    return "\n".join([*lines, STANDING])


def row(number: int, host: str = "outlet.example") -> dict[str, str]:
    return {"url": f"https://{host}/{number}", "text": text_of(number)}


def page(number: int, host: str = "outlet.example") -> bytes:
    said = row(number, host)
    return encode(Page(url=said["url"], fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=said["text"]))


async def cleaned(stream: Stream, profiles: MemoryProfiles | None) -> list[Document]:
    outbox = MemoryOutbox()
    await clean_pages(aiter(stream), cleaner=HereCleaner(), outbox=outbox, profiles=profiles)
    found = [read_document(sent.value, partition=0, offset=0) for sent in outbox.sent]
    assert all(isinstance(one, Document) for one in found)
    return [one for one in found if isinstance(one, Document)]


async def test_what_the_pages_of_a_host_repeat_goes_from_the_fourth_on():
    documents = await cleaned(stream_of([page(number) for number in range(6)]), MemoryProfiles())

    assert [STANDING in one.article_body for one in documents] == [True, True, True, False, False, False]
    assert [one.provenance.profile for one in documents] == [None, 1, 2, 3, 4, 5]
    assert [one.cleaning.removed[-1].rule for one in documents[3:]] == ["host-profile"] * 3


async def test_the_texts_are_the_same_however_the_pages_were_batched():
    pages = [page(number, f"outlet{number % 3}.example") for number in range(24)]
    at_once = await cleaned(stream_of(pages), MemoryProfiles())
    one_by_one = await cleaned(stream_of(*([one] for one in pages)), MemoryProfiles())

    assert at_once == one_by_one


async def test_a_batch_writes_each_host_that_it_learned_of_once():
    profiles = RecordingProfiles()
    pages = [page(number, f"outlet{number % 2}.example") for number in range(10)]

    await cleaned(stream_of(pages, pages), profiles)

    assert Counter(profiles.written) == {
        (0, "outlet0.example"): 1,
        (0, "outlet1.example"): 1,
    }  # the second taught nothing


async def test_hosts_and_partitions_learn_apart():
    profiles = MemoryProfiles()
    await cleaned(stream_of([page(number) for number in range(6)]), profiles)
    other = await cleaned(stream_of([page(7, "other.example")]), profiles)
    elsewhere = await cleaned(stream_of([page(8)], partition=3), profiles)

    assert STANDING in other[0].article_body
    assert STANDING in elsewhere[0].article_body


async def test_a_batch_whose_profiles_are_not_kept_is_not_acknowledged():
    stream, outbox = stream_of([page(1)]), MemoryOutbox()

    with pytest.raises(ConnectionError):
        await clean_pages(
            aiter(stream),
            cleaner=HereCleaner(),
            outbox=outbox,
            profiles=RecordingProfiles(fails=ConnectionError("refused")),
        )

    assert stream.acknowledged == []


async def test_a_replay_gives_a_document_for_every_page_again():
    profiles = MemoryProfiles()
    pages = [page(number) for number in range(6)]
    first = await cleaned(stream_of(pages), profiles)
    again = await cleaned(stream_of(pages), profiles)

    assert [one.provenance.page_id for one in again] == [one.provenance.page_id for one in first]
    assert profiles.profile(0, "outlet.example").articles == 6
    assert [STANDING in one.article_body for one in again] == [False] * 6


async def test_records_that_are_no_documents_teach_nothing():
    profiles = RecordingProfiles()
    outbox = MemoryOutbox()

    await clean_pages(aiter(stream_of([None, b"{"])), cleaner=HereCleaner(), outbox=outbox, profiles=profiles)

    assert len(outbox.sent) == 2
    assert profiles.written == []


async def test_without_profiles_a_page_is_cleaned_by_itself():
    documents = await cleaned(stream_of([page(number) for number in range(6)]), None)

    assert all(STANDING in one.article_body for one in documents)
    assert {one.provenance.profile for one in documents} == {None}


def test_the_command_learns_when_it_is_told_to(tmp_path: Path):
    command = Chistovik(brokers="", prefix="", folder=tmp_path)
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"\n".join(orjson.dumps(row(number)) for number in range(6)))

    plain, learned = (
        [orjson.loads(line) for line in command("clean", *flags, str(rows)).stdout.splitlines()]
        for flags in ([], ["--learn"])
    )

    assert [STANDING in one["article_body"] for one in plain] == [True] * 6
    assert [STANDING in one["article_body"] for one in learned] == [True, True, True, False, False, False]


# In Faust


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaustProfiles:
    """Profiles in a Faust app without a broker; what would be sent is in `sent`."""
    sent: list[tuple[int, bytes, bytes | None]] = []

    def send(_: Any, *, partition: int, key: bytes, value: bytes | None, **__: Any) -> Any:
        sent.append((partition, key, value))
        return Arrived(partition)

    monkeypatch.setattr(Line, "put", send)
    app = new_app("clean", Settings(), Connection(brokers=nobody()), data_dir=tmp_path)
    found = FaustProfiles(app, "news.")
    found.sent = sent  # type: ignore[attr-defined]
    return found


class Arrived:
    """A record that the broker has."""

    def __init__(self, partition: int) -> None:
        self.message = SimpleNamespace(partition=partition)

    def __await__(self) -> Any:
        return asyncio.sleep(0).__await__()


def change(partition: int, key: bytes | None, value: bytes | None) -> Any:
    return SimpleNamespace(message=SimpleNamespace(partition=partition, key=key, value=value, offset=0))


KNOWN = Profile(version=7, articles=5)


def recover(kept: FaustProfiles, *changes: Any) -> None:
    kept.store.apply_changelog_batch(changes, bytes, bytes)
    kept.store.open.add(3)


def test_a_key_says_its_partition():
    assert partition_of(profile_key(11, "outlet.example")) == 11


async def test_a_profile_comes_back_from_the_changelog(kept: FaustProfiles):
    recover(kept, change(3, profile_key(3, "a.example"), b"old"), change(3, profile_key(3, "a.example"), encode(KNOWN)))

    assert kept.profile(3, "a.example") == KNOWN
    assert kept.profile(3, "b.example") == EMPTY
    assert kept.profile(4, "a.example") == EMPTY


@pytest.mark.parametrize("value", [None, b"", b"{}{", b'{"version": "7"}'])
async def test_a_profile_that_is_lost_or_broken_is_empty(kept: FaustProfiles, value: bytes | None):
    recover(kept, change(3, profile_key(3, "a.example"), encode(KNOWN)), change(3, profile_key(3, "a.example"), value))

    assert kept.profile(3, "a.example") == EMPTY


async def test_a_changelog_with_keys_of_no_profile_is_read_past(kept: FaustProfiles):
    recover(
        kept, change(3, None, b"x"), change(3, b"what", b"x"), change(3, profile_key(3, "a.example"), encode(KNOWN))
    )

    assert kept.profile(3, "a.example") == KNOWN


async def test_a_profile_is_written_to_the_partition_of_its_pages(kept: FaustProfiles):
    recover(kept)
    await kept.record(3, "a.example", KNOWN)

    assert kept.sent == [(3, profile_key(3, "a.example"), encode(KNOWN))]  # type: ignore[attr-defined]
    assert kept.profile(3, "a.example") == KNOWN


async def test_a_decoded_profile_is_used_only_as_long_as_its_bytes_are_stored(
    kept: FaustProfiles, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(in_faust, "DECODED", 2 * len(encode(KNOWN)))
    recover(kept, change(3, profile_key(3, "a.example"), encode(KNOWN)))
    first = kept.profile(3, "a.example")
    again = kept.profile(3, "a.example")
    recover(kept, change(3, profile_key(3, "a.example"), encode(Profile(version=9))))
    newer = kept.profile(3, "a.example")
    recover(kept, *(change(3, profile_key(3, f"{name}.example"), encode(KNOWN)) for name in "bcd"))

    assert first is again
    assert newer == Profile(version=9)
    assert [kept.profile(3, f"{name}.example") for name in "bcda"] == [KNOWN, KNOWN, KNOWN, newer]
    assert len(kept._decoded) == 2


async def test_a_rebalance_forgets_and_nothing_is_written_until_all_is_recovered(kept: FaustProfiles):
    recover(kept, change(3, profile_key(3, "a.example"), encode(KNOWN)))
    await kept.store.on_rebalance(set(), {TP("news.profiles", 3)}, set())

    assert kept.profile(3, "a.example") == EMPTY
    await kept.record(3, "a.example", Profile(version=1))
    assert kept.sent == []  # type: ignore[attr-defined]


async def test_a_partition_that_stays_keeps_its_profiles_because_faust_recovers_only_what_is_new(kept: FaustProfiles):
    recover(
        kept,
        change(3, profile_key(3, "a.example"), encode(KNOWN)),
        change(4, profile_key(4, "b.example"), encode(KNOWN)),
    )
    both, came = {TP("news.profiles", 3), TP("news.profiles", 4)}, {TP("news.profiles", 4)}
    await kept.store.on_rebalance(both, set(), came)

    assert kept.profile(3, "a.example") == KNOWN
    assert kept.profile(4, "b.example") == EMPTY
    await kept.record(3, "a.example", Profile(version=8))
    assert kept.sent == []  # type: ignore[attr-defined]
    await kept.store.on_recovery_completed(both, set())
    await kept.record(3, "a.example", Profile(version=8))
    assert len(kept.sent) == 1  # type: ignore[attr-defined]


async def test_a_profile_that_knows_less_is_not_written_over_one_that_knows_more(kept: FaustProfiles):
    recover(kept, change(3, profile_key(3, "a.example"), encode(KNOWN)))
    await kept.record(3, "a.example", Profile(version=1))

    assert kept.profile(3, "a.example") == KNOWN
    assert kept.sent == []  # type: ignore[attr-defined]


async def test_of_too_many_hosts_the_one_that_was_not_learned_of_for_longest_is_forgotten(
    kept: FaustProfiles, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(in_faust, "HOSTS", 2)
    recover(kept)
    for version, host in enumerate(["a.example", "b.example", "a.example", "c.example"], 1):
        await kept.record(3, host, Profile(version=version))

    assert kept.profile(3, "b.example") == EMPTY
    assert kept.sent[-1] == (3, profile_key(3, "b.example"), None)  # type: ignore[attr-defined]
    assert len(kept.store) == 2
