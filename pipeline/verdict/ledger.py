"""The verdicts of one partition of `documents`: those that a replay may need again, and the claims of all verdicts.

`pipeline/verdict/decide.py` decides a document's verdict; `agents/dedupe/verdicts.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.expiry import Ages

if TYPE_CHECKING:
    from pipeline.records.document import Cleaned
    from pipeline.records.verdict import Verdict

DAY = 86_400.0  # seconds
KEPT = 10_000  # the newest verdicts, at least, that are kept verbatim
PATIENCE = 50_000  # verdicts that may be out of order in a changelog: a replay writes its verdicts again, at the end


class DisorderError(ValueError):
    """A verdict comes so late in the changelog that verdicts on later documents were already learned."""


@dataclass(slots=True)
class Ledger:
    """The verdicts of one partition, and the claims of all verdicts learned so far.

    First, `remember` and `forget` read the changelog back. Then `open_at` opens the ledger, and it can judge. Memory
    holds the claims inside the window, the verdicts that are not committed, and `KEPT` more.
    """

    partition: int
    first: int = 0  # first offset of the log of documents: no document below it can be read any more
    committed: int = 0  # documents below are finished; they are read again only if somebody resets the group's offsets
    patience: int = PATIENCE
    start: int = 0  # the lowest verdict that the changelog may still hold, or the first offset of the log
    passed: int = 0  # the claims include every verdict below this document offset
    begun: bool = False  # at least one verdict was learned, or the ledger was opened
    verdicts: dict[int, Verdict] = field(default_factory=dict)  # the newest learned verdicts, by document offset
    ahead: dict[int, Verdict] = field(default_factory=dict)  # read back but not learned yet
    claims: ClaimIndex = field(default_factory=ClaimIndex)
    ages: Ages = field(default_factory=Ages)
    holes: list[range] = field(default_factory=list)  # missing offsets that were skipped while reading back

    def remember(self, verdict: Verdict) -> None:
        """Take a verdict that was read back from the changelog. Verdicts are learned in the order of the documents.

        Raise DisorderError if later documents were already learned; a larger `patience` would have avoided that.
        """
        offset = verdict.document_offset
        if self.begun and offset < self.passed:
            if self._was_missed(offset) and not self.ages.is_over(verdict.timestamp):
                raise DisorderError(
                    f"the verdict on document {offset} comes after {self.patience} verdicts on later documents, "
                    f"up to {self.passed}"
                )
            return
        self.ahead.setdefault(offset, verdict)
        if len(self.ahead) > self.patience:
            self._pass(leave=self.patience // 2)
            if len(self.ahead) > self.patience:  # the next verdict comes later: do not search for it every time
                self.patience *= 2

    def forget(self, offset: int) -> None:
        """Drop a verdict after its tombstone was read back."""
        self.ahead.pop(offset, None)
        self.verdicts.pop(offset, None)
        if self.begun and self.start <= offset < self.passed:
            self.start = offset + 1

    def open_at(self, first_offset: int) -> None:
        """Open the ledger after all verdicts were read back; `first_offset` is where the log of documents begins."""
        self.first = first_offset
        self._pass()
        if not self.begun:
            self.start = self.passed = first_offset
            self.begun = True
        self.holes.clear()
        self.release(self.committed)  # the group may have committed more since the snapshot

    def verdict_on(self, offset: int) -> Verdict | None:
        """Return the verdict on a document if it is still kept verbatim, else None."""
        return self.verdicts.get(offset) or self.ahead.get(offset)

    def is_finished(self, offset: int) -> bool:
        """Return whether a document is finished: its verdict is in the changelog but no longer in memory.

        Such a document was committed after its verdict was written, so publish finds the verdict in the changelog.
        """
        return self.start <= offset < self.passed and offset not in self.verdicts

    def judge(self, document: Cleaned, offset: int, *, timestamp: float | None = None) -> Verdict | None:
        """Return the verdict on the document at an offset: the existing verdict, or a new one.

        None if an earlier document has no verdict yet: a decision now would ignore its claims, and a replay will
        deliver both documents. `timestamp` is the timestamp of the document's record, in seconds since the epoch.
        """
        known = self.verdict_on(offset)
        if known is not None:
            return known
        if offset != self.passed:
            return None
        decider = Decider(self.claims)
        verdict = decider.decide(document, partition=self.partition, offset=offset, timestamp=timestamp)
        self._learn(verdict)
        self._catch_up()
        return verdict

    def accept(self, verdict: Verdict) -> bool:
        """Take a verdict that another worker wrote meanwhile; False if our verdict on the document differs."""
        offset = verdict.document_offset
        if offset < self.passed:
            return self.verdicts.get(offset, verdict) == verdict
        self.ahead.setdefault(offset, verdict)
        self._catch_up()
        return True

    def release(self, committed: int) -> None:
        """Drop committed verdicts, except for the newest `KEPT`."""
        self.committed = max(self.committed, committed)
        while len(self.verdicts) > KEPT:
            oldest = next(iter(self.verdicts))
            if oldest >= self.committed:
                return
            del self.verdicts[oldest]

    def expired(self, limit: int) -> range:
        """Return the next documents whose verdicts nobody can need: outside of the window and outside of the log.

        Publish has read them or never can, because it needs the document too. The last verdict always stays: it
        records up to which document all were judged.
        """
        end = min(self.ages.expired, self.first, self.passed - 1, self.start + limit)
        return range(self.start, max(self.start, end))

    def bury(self, offset: int) -> None:
        """Record that every verdict below an offset has a tombstone."""
        self.start = max(self.start, offset)

    def _catch_up(self) -> None:
        while (later := self.ahead.pop(self.passed, None)) is not None:
            self._learn(later)

    def _was_missed(self, offset: int) -> bool:
        return offset < self.start or any(offset in hole for hole in self.holes)

    def _pass(self, leave: int = 0) -> None:
        """Learn the verdicts that are ahead, in order. A hole is skipped if its documents are gone from the log.

        A hole below the first offset of the log consists of expired verdicts; a zombie may have written one again.
        """
        offsets = sorted(self.ahead)
        for offset in offsets[: len(offsets) - leave]:
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
        """Learn the verdict on the next document."""
        self.claims.learn(verdict)
        self.verdicts[verdict.document_offset] = verdict
        self.passed = verdict.document_offset + 1
        if self.ages.learn(verdict) and self.ages.horizon is not None:
            self.claims.forget(self.ages.horizon)
        self.release(self.committed)
