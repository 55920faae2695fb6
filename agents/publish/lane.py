"""The publishing state of one partition: its documents and verdicts in lockstep, the fence, and the checkpoint.

No consumer and no transaction here: `agents/publish/stage.py` reads, sends and commits.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from agents.errors import StageError
from agents.publish.checkpoint import Checkpoint
from agents.publish.report import STAGE
from pipeline.article.message import Message, message_of
from pipeline.article.outcome import outcome_of
from pipeline.records.document import read_document
from pipeline.records.verdict import Verdict
from pipeline.records.wire import Malformed, decode
from pipeline.topics import DOCUMENTS, VERDICTS
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from aiokafka import AIOKafkaProducer

    from agents.publish.fence import Fence

BUFFERED_BYTES = 16 << 20  # of documents that wait for their verdicts, and of verdicts that wait, per partition
TRANSACTION_EVENTS = 500
TRANSACTION_BYTES = 8 << 20
GAP_SECONDS = 120.0  # a restart and replay of dedupe takes less; a longer gap needs an operator
START = Checkpoint(-1, 0)


@dataclass(slots=True)
class Lane:
    """One partition: the fence, up to which all is published, and the documents and verdicts after it.

    A lane opens with its fence at the checkpoint. It is ready once it knows which later pages have a visible event.
    """

    partition: int
    fence: Fence
    producer: AIOKafkaProducer
    checkpoint: Checkpoint = START
    outcomes: list[TopicPartition] = field(default_factory=list)  # all partitions that the producer may write
    claimed: int = -1  # the last document that was published, as the committed fence said
    ready: bool = True
    visible: AbstractSet[bytes] = frozenset()  # places of pages that have a visible event already
    visible_until: int = 0  # the end of `documents` at that time; later documents have no event yet
    repaired: Counter[str] = field(default_factory=Counter)  # what Kafka left undone, since the last report
    documents: deque[Any] = field(default_factory=deque)
    verdicts: deque[tuple[int, int, Verdict]] = field(default_factory=deque)  # each with its offset and its bytes
    buffered: int = 0  # bytes of documents
    buffered_verdicts: int = 0  # bytes of verdicts
    verdict_position: int = 0  # the offset in `verdicts` to commit: the next verdict to read after a restart
    verdict_end: int = 0  # the offset after the last record that was read from `verdicts`
    gap_since: float | None = None
    ratio: float = 0.0  # share of traces that are sampled

    @property
    def next_document(self) -> int:
        """The offset of the next document to take; offsets of `documents` have no gaps."""
        return self.documents[-1].offset + 1 if self.documents else self.fence.offset + 1

    def take_documents(self, records: Iterable[Any]) -> bool:
        """Take documents strictly in order; return False if one is missing: then read again from `next_document`.

        Records that were fetched before a rebalance may be delivered after it, so records can come twice or too early.
        (A lane without this check met offset 353 instead of 466.)
        """
        in_line = True
        for record in records:
            if record.offset == self.next_document:
                self.documents.append(record)
                self.buffered += len(record.value or b"")
            elif record.offset > self.next_document:
                in_line = False
        return in_line

    def take_verdicts(self, records: Iterable[Any]) -> None:
        """Take verdicts in the order of the log; tombstones are skipped."""
        for record in records:
            self.verdict_end = record.offset + 1
            if record.value is None:
                if not self.verdicts:
                    self.verdict_position = record.offset + 1
                continue
            verdict: Verdict | Malformed = decode(Verdict, record.value)
            if isinstance(verdict, Malformed):
                raise StageError(
                    f"{VERDICTS.name}/{self.partition} offset {record.offset} is not a verdict: {verdict.error}"
                )
            self.verdicts.append((record.offset, len(record.value), verdict))
            self.buffered_verdicts += len(record.value)

    @property
    def full(self) -> dict[str, bool]:
        """Whether enough records are in memory, by topic; reading a full topic is paused."""
        return {
            DOCUMENTS.name: self.buffered > BUFFERED_BYTES,
            VERDICTS.name: self.buffered_verdicts > BUFFERED_BYTES,
        }

    def next_messages(self, prefix: str) -> list[Message]:
        """Move the fence over the next verdicts in order; return the messages to publish.

        Only the verdict at fence + 1 is published. A lower one is a replay and is skipped. A higher one came too early,
        because an earlier batch of dedupe failed. It is dropped, and dedupe's replay delivers it again.
        """
        messages: list[Message] = []
        room = TRANSACTION_BYTES
        while self.verdicts and len(messages) < TRANSACTION_EVENTS and room > 0:
            position, size, verdict = self.verdicts[0]
            ahead = verdict.document_offset - self.fence.offset
            if ahead == 1:
                if not self.documents:
                    break
                record = self._pop_document(verdict)
                document = read_document(record.value, partition=self.partition, offset=record.offset)
                outcome = outcome_of(document, verdict)
                if outcome is not None:
                    place = f"{DOCUMENTS.name}/{self.partition}/{record.offset}"
                    judged = child_of(header(record.headers, TRACEPARENT), "dedupe", place, ratio=self.ratio)
                    message = message_of(outcome, prefix=prefix, parent=judged, ratio=self.ratio)
                    if self._is_due(message, record.offset):
                        messages.append(message)
                        room -= len(message.value)
                self.fence = self.fence.passed(verdict.document_offset)
                self.gap_since = None
            elif ahead > 1 and self.gap_since is None:
                self.gap_since = time.monotonic()
            self.verdicts.popleft()
            self.buffered_verdicts -= size
            # Tombstones after the last verdict are skipped with it; otherwise they would count as lag.
            self.verdict_position = position + 1 if self.verdicts else max(position + 1, self.verdict_end)
        return messages

    @property
    def has_caught_up(self) -> bool:
        """Whether no later document has a visible event."""
        return self.fence.offset + 1 >= self.visible_until

    def look_out(self, visible: AbstractSet[bytes], *, until: int) -> None:
        """Take note of the pages that have a visible event; no document from the offset `until` on has one."""
        self.visible, self.visible_until, self.ready = visible, until, True

    def _is_due(self, message: Message, offset: int) -> bool:
        """Whether the event must be published; it may be visible since a transaction that Kafka ended only in part."""
        if offset >= self.visible_until:
            self.visible = frozenset()
        is_visible = header(message.headers, "ce_id") in self.visible
        if is_visible != (offset <= self.claimed):
            self.repaired["kept" if is_visible else "published"] += 1
        return not is_visible

    def check_gap(self) -> None:
        """Raise StageError if a verdict has been missing for GAP_SECONDS although later ones have arrived."""
        if self.gap_since is not None and time.monotonic() - self.gap_since > GAP_SECONDS:
            raise StageError(
                f"{STAGE}: the verdict on {DOCUMENTS.name}/{self.partition} offset {self.fence.offset + 1} has been "
                f"missing for {GAP_SECONDS:g} s while later ones came. Check that dedupe is running and that "
                f"{VERDICTS.name} has lost no records"
            )

    def _pop_document(self, verdict: Verdict) -> Any:
        record = self.documents.popleft()
        self.buffered -= len(record.value or b"")
        if record.offset != verdict.document_offset:
            raise StageError(
                f"{STAGE}: {DOCUMENTS.name}/{self.partition} has no offset {verdict.document_offset} (next is "
                f"{record.offset}): retention deleted it before it was published"
            )
        return record

    def offsets(self, prefix: str) -> dict[TopicPartition, OffsetAndMetadata]:
        """Return the offsets to commit: the positions after the fence; fence and checkpoint are their metadata.

        The committed fence never goes back: an earlier version, which knows no checkpoint, would publish again.
        """
        fence = self.fence.passed(max(self.fence.offset, self.claimed))
        return {
            TopicPartition(prefix + DOCUMENTS.name, self.partition): OffsetAndMetadata(
                fence.offset + 1, fence.metadata
            ),
            TopicPartition(prefix + VERDICTS.name, self.partition): OffsetAndMetadata(
                self.verdict_position, self.checkpoint.metadata
            ),
        }
