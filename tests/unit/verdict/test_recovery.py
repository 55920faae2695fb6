"""Whatever dies, is compacted, buried, forgotten or restored: every verdict is the one that an undisturbed ledger gives."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.records.document import Document
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.text.fingerprint import sketches_of, text_hash
from pipeline.verdict import claims as claims_module
from pipeline.verdict import ledger as ledger_module
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.ledger import DAY, DisorderError, Ledger
from pipeline.verdict.segments.segment import Segment
from pipeline.verdict.snapshot import ChangelogPosition, pack, unpack
from tests.bench.notices import NOTICES, news_of
from tests.support.documents import AT, BRIDGE, SNOW, SNOW_LATER, document, judged, logs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.records.document import Cleaned

WINDOW = 7 * DAY
NAME = {"topic": "t.verdicts", "topic_id": "id", "partition": 0}


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Let little be kept, so that a short log has something to let go of."""
    before = ledger_module.KEPT, claims_module.COMPACTED_FROM, claims_module.SEALED_FROM
    ledger_module.KEPT, claims_module.COMPACTED_FROM, claims_module.SEALED_FROM = 2, 1, 3
    yield
    ledger_module.KEPT, claims_module.COMPACTED_FROM, claims_module.SEALED_FROM = before


def at_length(one: Cleaned) -> Cleaned:
    """Make a text long enough for sketches, with the notices of its outlets.

    The later report on the snow is a near copy of the first. Each minute of `fetched_at` has its own news. Pages at `b`
    and `c` have more news and one notice. The others have short news below three notices and no headline, so that only
    `b` and `c` show that these are notices.
    """
    if not isinstance(one, Document):
        return one
    at = one.provenance.fetched_at
    number, brief = 0 if at is None else at.minute, (one.url or "")[-1] not in "bc"
    draw = random.Random(f"{one.article_body == BRIDGE} {number} {brief}")
    news = news_of(draw, "ru", 1 if brief else 3).paragraphs
    notices = NOTICES["ru"][:3] if brief else NOTICES["ru"][number % 3 : number % 3 + 1]
    end = "Так было утром." if one.article_body == SNOW_LATER else "Так было вечером."
    body = "\n".join([*notices, *news, end])
    fingerprint, outline = sketches_of(body, headline=None, host=f"{one.article_body == BRIDGE}-{number}.example")
    return replace(one, article_body=body, text_hash=text_hash(body), fingerprint=fingerprint, outline=outline)


class NeverForgets(ClaimIndex):
    """Claims that stay in memory after they have left the window."""

    def forget(self, before: float) -> None:
        """Free nothing."""


def undisturbed(log: list[Cleaned], times: list[float]) -> list[Verdict]:
    ledger = Ledger(0, claims=NeverForgets(WINDOW))
    found = [ledger.judge(one, n, timestamp=at) for n, (one, at) in enumerate(zip(log, times, strict=True))]
    return [verdict for verdict in found if verdict is not None]


@dataclass
class Changelog:
    """A compacted partition: records with their offsets, key → document offset; None for a tombstone."""

    records: list[tuple[int, int, Verdict | None]] = field(default_factory=list)
    end: int = 0

    def append(self, key: int, value: Verdict | None) -> None:
        self.records.append((self.end, key, value))
        self.end += 1

    def compact(self, upto: int, *, drop_tombstones: bool) -> None:
        """Clean what lies before the place `upto`, never the last record: its segment is written to."""
        newest = {key: offset for offset, key, _ in self.records}
        cleaned, rest = self.records[: min(upto, len(self.records) - 1)], self.records[len(self.records[:upto]) :]
        rest = self.records[len(cleaned) :]
        kept = [one for one in cleaned if newest[one[1]] == one[0] and not (one[2] is None and drop_tombstones)]
        self.records = kept + rest


class Disk(dict[str, bytes]):
    """The segments that were written, by digest."""

    def seal(self, claims: ClaimIndex) -> None:
        """Write the claims in memory as a segment, if there are enough."""
        if claims.is_full:
            segment = Segment(b"".join(claims.packed()), is_new=True)
            self[segment.digest.hex()] = segment.data.tobytes()
            claims.seal(segment)

    def read(self, digests: Sequence[str]) -> list[Segment]:
        return [Segment(self[digest]) for digest in digests]


def read(changelog: Changelog, ledger: Ledger, after: int, disk: Disk | None = None) -> None:
    for offset, key, value in changelog.records:
        if offset > after and value is None:
            ledger.forget(key)
        elif offset > after and value is not None:
            ledger.remember(value)
        if disk is not None:
            disk.seal(ledger.claims)


class Recovery(RuleBasedStateMachine):
    """A partition's life: a worker judges, commits, buries, takes snapshots and dies; the logs are cut and compacted."""

    @initialize(
        log=logs(most=40),
        steps=st.lists(st.sampled_from([-0.5, 0.0, 0.1, 1.0, 2.5, 6.0]), min_size=40, max_size=40),
    )
    def begin(self, log: list[Cleaned], steps: list[float]) -> None:
        self.log, at, self.times = [at_length(one) for one in log], AT.timestamp(), []
        for step in steps[: len(log)]:
            at += step * DAY
            self.times.append(at)
        self.right = undisturbed(self.log, self.times)
        self.changelog, self.first, self.committed, self.read = Changelog(), 0, 0, 0
        self.snapshot: tuple[bytes, int] | None = None
        self.disk = Disk()
        self.ledger = Ledger(0, claims=ClaimIndex(WINDOW))
        self.ledger.open_at(0)

    def judge_next(self) -> None:
        """Judge the next document, as the stage does, and check the verdict."""
        offset = self.read
        self.read += 1
        if self.ledger.is_finished(offset):
            return
        verdict = self.ledger.judge(self.log[offset], offset, timestamp=self.times[offset])
        assert verdict == self.right[offset]
        self.changelog.append(offset, verdict)

    @precondition(lambda self: self.read < len(self.log))
    @rule(count=st.integers(1, 8))
    def judge(self, count: int) -> None:
        for _ in range(min(count, len(self.log) - self.read)):
            self.judge_next()

    @rule()
    def commit(self) -> None:
        self.committed = self.read
        self.ledger.release(self.committed - 1)

    @rule(data=st.data())
    def cut_the_documents(self, data: st.DataObject) -> None:
        self.first = data.draw(st.integers(self.first, self.committed))

    @rule(limit=st.integers(1, 9), data=st.data())
    def bury(self, limit: int, data: st.DataObject) -> None:
        """Write tombstones, all or some of them; of some nothing is noted: the worker dies over it."""
        self.ledger.first = self.first
        expired = self.ledger.expired(limit)
        for offset in expired:
            assert self.right[offset].timestamp < max(one.horizon for one in self.right[: self.ledger.passed])
        written = data.draw(st.integers(0, len(expired)))
        for offset in expired[:written]:
            self.changelog.append(offset, None)
        if written == len(expired):
            self.ledger.bury(expired.stop)
        else:
            self.die(patience=1000, from_snapshot=True)

    @precondition(lambda self: self.changelog.records)
    @rule(data=st.data(), drop_tombstones=st.booleans())
    def compact(self, data: st.DataObject, drop_tombstones: bool) -> None:
        self.changelog.compact(data.draw(st.integers(0, len(self.changelog.records))), drop_tombstones=drop_tombstones)

    @rule(data=st.data())
    def zombie_repeats(self, data: st.DataObject) -> None:
        """A verdict is written once more, though it may be buried by now."""
        if self.ledger.passed:
            offset = data.draw(st.integers(0, self.ledger.passed - 1))
            self.changelog.append(offset, self.right[offset])

    @rule()
    def seal(self) -> None:
        """Write a segment, of which no snapshot knows yet."""
        self.disk.seal(self.ledger.claims)

    @rule()
    def take_a_snapshot(self) -> None:
        offset = self.changelog.end - 1
        self.snapshot = b"".join(pack(self.ledger, ChangelogPosition(**NAME, offset=offset))), offset

    @rule(patience=st.sampled_from([1, 3, 1000]), from_snapshot=st.booleans())
    def die(self, patience: int, from_snapshot: bool) -> None:
        """Begin anew with the changelog, or with a snapshot and what came after it; read on from what was committed."""
        after, ledger = -1, Ledger(0, patience=patience, claims=ClaimIndex(WINDOW))
        if from_snapshot and self.snapshot is not None:
            ledger, after = unpack(self.snapshot[0], **NAME, segments=self.disk.read)
            assert after == self.snapshot[1]
        ledger.first, ledger.committed = self.first, max(ledger.committed, self.committed - 1)
        try:
            read(self.changelog, ledger, after, self.disk)
        except DisorderError:
            ledger = Ledger(0, patience=1000, first=self.first, committed=self.committed - 1, claims=ClaimIndex(WINDOW))
            read(self.changelog, ledger, -1, self.disk)
        ledger.open_at(self.first)
        self.ledger, self.read = ledger, max(self.committed, self.first)

    @rule()
    def reset_the_group(self) -> None:
        """Somebody moves the group back to the begin of the log."""
        self.committed = self.read = self.first

    @invariant()
    def little_is_kept_verbatim(self) -> None:
        if hasattr(self, "ledger"):
            uncommitted = self.ledger.passed - max(self.ledger.committed, 0)
            assert len(self.ledger.verdicts) <= ledger_module.KEPT + max(uncommitted, 0)

    def teardown(self) -> None:
        if hasattr(self, "log"):
            while self.read < len(self.log):
                self.judge_next()


TestRecovery = Recovery.TestCase
TestRecovery.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(logs(), st.data())
def test_a_ledger_from_a_snapshot_and_the_tail_decides_as_one_that_read_everything(
    log: list[Cleaned], data: st.DataObject
) -> None:
    times = [AT.timestamp() + n * DAY for n in range(len(log))]
    right = undisturbed(log, times)
    cut = data.draw(st.integers(0, len(log)))
    end = data.draw(st.integers(cut, len(log)))
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    for offset in range(cut):
        ledger.judge(log[offset], offset, timestamp=times[offset])
    restored, after = unpack(b"".join(pack(ledger, ChangelogPosition(**NAME, offset=cut - 1))), **NAME)
    whole = Ledger(0, claims=ClaimIndex(WINDOW))
    for verdict in right[:end]:
        whole.remember(verdict)
        if verdict.document_offset > after:
            restored.remember(verdict)
    for one in (whole, restored):
        one.open_at(0)
        assert [one.judge(log[n], n, timestamp=times[n]) for n in range(end, len(log))] == right[end:]
    assert whole.claims.dump() == restored.claims.dump()


def packed() -> bytes:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    for offset, text in enumerate((SNOW, BRIDGE)):
        ledger.judge(document(str(offset), text, offset), offset, timestamp=AT.timestamp())
    return b"".join(pack(ledger, ChangelogPosition(**NAME, offset=1)))


def test_the_logs_of_these_tests_have_near_copies_and_news_that_witnesses_tell_apart() -> None:
    witnesses = [document(f"{n}{text[0]}b", text, 0, minute=n) for n in range(3) for text in (SNOW, BRIDGE)]
    pages = [document(str(n), text, n) for n, text in enumerate((SNOW, SNOW_LATER, BRIDGE))]
    log, at = [at_length(one) for one in (*witnesses, *pages)], AT.timestamp()
    for later, kinships in ((WINDOW, [None, Kinship.NEAR, None]), (WINDOW + 1, [None, Kinship.NEAR, Kinship.NEAR])):
        times = [at] * len(witnesses) + [at + later] * len(pages)
        assert [verdict.kinship for verdict in undisturbed(log, times)[-3:]] == kinships


def test_a_snapshot_gives_back_the_verdicts_verbatim() -> None:
    ledger, offset = unpack(packed(), **NAME)
    assert (offset, ledger.passed) == (1, 2)
    assert [ledger.verdict_on(n) for n in range(2)] == undisturbed(
        [document("0", SNOW, 0), document("1", BRIDGE, 1)], [AT.timestamp()] * 2
    )


@given(st.data())
def test_a_snapshot_with_any_byte_changed_or_missing_is_refused(data: st.DataObject) -> None:
    whole = packed()
    at = data.draw(st.integers(0, len(whole) - 1))
    bent = bytes([whole[at] ^ data.draw(st.integers(1, 255))])
    for broken in (whole[:at], whole[:at] + bent + whole[at + 1 :]):
        with pytest.raises(ValueError, match=r"it is truncated or damaged|it is not a snapshot"):
            unpack(broken, **NAME)


@pytest.mark.parametrize(
    "other", [{"topic": "other.verdicts"}, {"topic_id": "made anew"}, {"partition": 1}], ids=lambda one: next(iter(one))
)
def test_a_snapshot_of_another_partition_or_topic_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"it belongs to t\.verdicts/0"):
        unpack(packed(), **NAME | other)


def test_a_snapshot_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = packed()
    monkeypatch.setattr("pipeline.verdict.snapshot.VERSION", 4)
    with pytest.raises(ValueError, match="it has version 3, this software reads version 4"):
        unpack(whole, **NAME)


def test_a_ledger_in_which_a_verdict_waits_has_no_snapshot() -> None:
    [_, second] = judged(document("a", SNOW, 0), document("b", BRIDGE, 1))
    ledger = Ledger(0)
    ledger.remember(second)
    ledger.open_at(0)
    with pytest.raises(ValueError, match="wait for the one on document 0"):
        pack(ledger, ChangelogPosition(**NAME, offset=0))


def test_a_verdict_outlives_its_window_while_its_document_is_in_the_log() -> None:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    for offset in range(30):
        ledger.judge(document(str(offset), f"{SNOW} {offset}", offset), offset, timestamp=AT.timestamp() + offset * DAY)
    assert not ledger.expired(100)
    ledger.first = 12
    assert ledger.expired(100) == range(12)
    assert ledger.expired(5) == range(5)
    ledger.bury(5)
    assert ledger.expired(100) == range(5, 12)
    ledger.first = 30
    assert 20 <= ledger.expired(100).stop <= 22  # seven days before the last


def test_the_last_verdict_is_never_buried() -> None:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    ledger.judge(document("a", SNOW, 0), 0, timestamp=AT.timestamp())
    ledger.judge(document("b", BRIDGE, 1), 1, timestamp=AT.timestamp() + 30 * DAY)
    ledger.first = 2
    assert ledger.expired(100) == range(1)


def test_a_text_out_of_the_window_is_an_article_again_forgotten_or_not() -> None:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    times = [AT.timestamp(), AT.timestamp() + 6 * DAY, AT.timestamp() + 20 * DAY]
    verdicts = [
        ledger.judge(document(name, SNOW, n), n, timestamp=at)
        for n, (name, at) in enumerate(zip("abc", times, strict=True))
    ]
    assert [one.decision for one in verdicts if one] == [Decision.CREATED, Decision.DUPLICATE, Decision.CREATED]


def test_a_clock_that_goes_back_brings_nothing_back() -> None:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    ledger.judge(document("a", SNOW, 0), 0, timestamp=AT.timestamp())
    ledger.judge(document("b", BRIDGE, 1), 1, timestamp=AT.timestamp() + 8 * DAY)
    late = ledger.judge(document("c", SNOW, 2), 2, timestamp=AT.timestamp() + DAY)
    assert late is not None
    assert (late.decision, late.timestamp) == (Decision.CREATED, AT.timestamp() + 8 * DAY)


def test_a_worker_with_a_wider_window_brings_nothing_back() -> None:
    ledger = Ledger(0, claims=ClaimIndex(WINDOW))
    ledger.judge(document("a", SNOW, 0), 0, timestamp=AT.timestamp())
    ledger.judge(document("b", BRIDGE, 1), 1, timestamp=AT.timestamp() + 8 * DAY)
    ledger.claims.window = 30 * DAY
    third = ledger.judge(document("c", SNOW, 2), 2, timestamp=AT.timestamp() + 8 * DAY)
    assert third is not None
    assert third.decision is Decision.CREATED


def test_another_verdict_of_somebody_else_is_noticed_and_the_same_one_is_not() -> None:
    first, second = judged(document("a", SNOW, 0), document("b", BRIDGE, 1))
    ledger = Ledger(0)
    ledger.judge(document("a", SNOW, 0), 0)
    assert ledger.accept(first)
    assert ledger.accept(second)
    assert ledger.passed == 2
    assert not ledger.accept(judged(document("c", BRIDGE, 0))[0])


def test_a_document_below_what_is_kept_is_settled() -> None:
    ledger = Ledger(0)
    for offset in range(6):
        ledger.judge(document(str(offset), f"{SNOW} {offset}", offset), offset)
    assert not any(ledger.is_finished(offset) for offset in range(8))
    ledger.release(3)
    assert [ledger.is_finished(offset) for offset in range(8)] == [True] * 3 + [False] * 5
    ledger.release(6)
    assert [ledger.is_finished(offset) for offset in range(8)] == [True] * 4 + [False] * 4


def test_a_hole_below_the_log_is_passed_over_and_one_in_it_is_judged() -> None:
    log = [document(str(n), f"{SNOW} {n}", n) for n in range(8)]
    verdicts = judged(*log)
    ledger = Ledger(0)
    for offset in (1, 5, 7):  # 1 was buried, and written once more by a zombie; 6 was never written
        ledger.remember(verdicts[offset])
    ledger.open_at(4)
    assert (ledger.start, ledger.passed) == (1, 4)  # of document 4 the verdict may yet be asked for
    assert [ledger.judge(log[n], n) for n in (4, 5, 6, 7)] == verdicts[4:]
    assert ledger.passed == 8


def test_the_changelog_may_be_out_of_order_within_the_patience_and_says_so_beyond() -> None:
    verdicts = judged(*(document(str(n), f"{SNOW} {n}", n) for n in range(12)))
    patient, hasty = Ledger(0, patience=6), Ledger(0, patience=3)
    order = [4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11]
    for offset in order:
        patient.remember(verdicts[offset])
    patient.open_at(0)
    assert patient.passed == 12
    hasty.first = 4
    changelog = Changelog([(place, offset, verdicts[offset]) for place, offset in enumerate(order)])
    with pytest.raises(DisorderError, match="document 0 comes after 3"):
        read(changelog, hasty, -1)
