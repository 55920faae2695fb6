"""The verdicts of one partition of `documents`: those that may be asked for again, and the claims that follow from all.

`pipeline/verdict/decide.py` decides a document's verdict; `agents/dedupe/verdicts.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.verdict.decide import Claims
from pipeline.verdict.expiry import Ages

if TYPE_CHECKING:
    from pipeline.records.document import Cleaned
    from pipeline.records.verdict import Verdict

DAY = 86_400.0  # seconds
KEPT = 10_000  # verdicts at least that are kept verbatim
PATIENCE = 50_000  # verdicts that a changelog may have out of order: a replay writes its verdicts again, further on


class DisorderError(ValueError):
    """A changelog has a verdict too far behind those on later documents to be learned in its turn."""


@dataclass(slots=True)
class Ledger:
    """The verdicts of one partition, and the claims that follow from those already passed.

    What is in the changelog is read back with `remember` and `forget`, until `open_at`; then it judges. Memory holds
    the claims inside the window, the verdicts that are not committed, and `KEPT` more.
    """

    partition: int
    first: int = 0  # where the log of documents begins: of what lies below no document can come any more
    committed: int = 0  # documents below are finished: they come again only where somebody moves the group back
    patience: int = PATIENCE
    start: int = 0  # the lowest verdict that the changelog may still have, or the first offset of the log
    passed: int = 0  # every verdict below this offset is in the claims
    begun: bool = False  # passing
    verdicts: dict[int, Verdict] = field(default_factory=dict)  # the last of those passed, by document offset
    ahead: dict[int, Verdict] = field(default_factory=dict)  # read back, but not passed yet
    claims: Claims = field(default_factory=Claims)
    ages: Ages = field(default_factory=Ages)
    holes: list[range] = field(default_factory=list)  # that were passed over while reading back

    def remember(self, verdict: Verdict) -> None:
        """Take a verdict that was read back from the changelog; it is learned in the order of the documents.

        DisorderError where its turn is over; with a larger `patience` it would have been in time.
        """
        offset = verdict.document_offset
        if self.begun and offset < self.passed:
            if self._was_missed(offset) and not self.ages.is_over(verdict.timestamp):
                raise DisorderError(
                    f"the verdict on document {offset} comes after {self.patience} on later ones, up to {self.passed}"
                )
            return
        self.ahead.setdefault(offset, verdict)
        if len(self.ahead) > self.patience:
            self._pass(leave=self.patience // 2)
            if len(self.ahead) > self.patience:  # what is next comes later; it is not looked for every time
                self.patience *= 2

    def forget(self, offset: int) -> None:
        """Drop a verdict whose tombstone was read back."""
        self.ahead.pop(offset, None)
        self.verdicts.pop(offset, None)
        if self.begun and self.start <= offset < self.passed:
            self.start = offset + 1

    def open_at(self, first_offset: int) -> None:
        """Begin to judge, once all verdicts were read back; `first_offset` is where the log of documents begins."""
        self.first = first_offset
        self._pass()
        if not self.begun:
            self.start = self.passed = first_offset
            self.begun = True
        self.holes.clear()
        self.release(self.committed)  # the group may have gone on since the snapshot

    def known(self, offset: int) -> Verdict | None:
        """Return the verdict on a document that may be asked for again."""
        return self.verdicts.get(offset) or self.ahead.get(offset)

    def is_settled(self, offset: int) -> bool:
        """Say whether a verdict is in the changelog, but no longer here: nothing is left to be done.

        Such a document was committed after its verdict was written, so publish finds it in the changelog.
        """
        return self.start <= offset < self.passed and offset not in self.verdicts

    def judge(self, document: Cleaned, offset: int, *, timestamp: float | None = None) -> Verdict | None:
        """Give the verdict on the document at an offset: the one that was given before, or a new one.

        None where an earlier document has no verdict yet: deciding now would ignore its claims, and a replay brings
        both. `timestamp` is the document's, of its record, in seconds.
        """
        known = self.known(offset)
        if known is not None:
            return known
        if offset != self.passed:
            return None
        verdict = self.claims.decide(document, partition=self.partition, offset=offset, timestamp=timestamp)
        self._learn(verdict)
        self._catch_up()
        return verdict

    def meet(self, verdict: Verdict) -> bool:
        """Take a verdict that somebody else has written meanwhile; False where ours on the document is another."""
        offset = verdict.document_offset
        if offset < self.passed:
            return self.verdicts.get(offset, verdict) == verdict
        self.ahead.setdefault(offset, verdict)
        self._catch_up()
        return True

    def release(self, committed: int) -> None:
        """Let go of what is committed, but for the last of it."""
        self.committed = max(self.committed, committed)
        while len(self.verdicts) > KEPT:
            oldest = next(iter(self.verdicts))
            if oldest >= self.committed:
                return
            del self.verdicts[oldest]

    def expired(self, limit: int) -> range:
        """Name the next documents whose verdicts nothing can ask for: out of the window, and out of the log.

        So publish has read them, or never can: what it publishes is the document. The last verdict stays for ever; it
        says up to where all were judged.
        """
        end = min(self.ages.expired, self.first, self.passed - 1, self.start + limit)
        return range(self.start, max(self.start, end))

    def bury(self, offset: int) -> None:
        """Note that every verdict below an offset has a tombstone."""
        self.start = max(self.start, offset)

    def _catch_up(self) -> None:
        while (later := self.ahead.pop(self.passed, None)) is not None:
            self._learn(later)

    def _was_missed(self, offset: int) -> bool:
        return offset < self.start or any(offset in hole for hole in self.holes)

    def _pass(self, leave: int = 0) -> None:
        """Learn what is ahead, in order; a hole is passed over where its documents are gone from the log.

        A hole below the begin of the log is one of expired verdicts: a zombie may have written one of them once more.
        """
        known = sorted(self.ahead)
        for offset in known[: len(known) - leave]:
            if not self.begun:
                self.start = self.passed = min(offset, self.first)
                self.begun = True
            if self.passed < offset:
                reached = min(offset, max(self.first, self.passed))
                if reached > self.passed:
                    self.holes.append(range(self.passed, reached))
                    self.passed = reached
                if reached < offset:
                    return
            self._learn(self.ahead.pop(offset))

    def _learn(self, verdict: Verdict) -> None:
        """Learn the verdict that is next."""
        self.claims.learn(verdict)
        self.verdicts[verdict.document_offset] = verdict
        self.passed = verdict.document_offset + 1
        if self.ages.learn(verdict) and self.ages.horizon is not None:
            self.claims.forget(self.ages.horizon)
        self.release(self.committed)
