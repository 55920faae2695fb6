"""The verdicts of one partition of `documents`: those that may be asked for again, and the claims that follow from all.

What a document's verdict is, is decided in `pipeline/dedupe.py`; where verdicts are written, in `agents/verdicts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.dedupe import Claims

if TYPE_CHECKING:
    from pipeline.document import Cleaned
    from pipeline.verdict import Verdict


@dataclass(slots=True)
class Ledger:
    """The verdicts of one partition of `documents`, and the claims that follow from those already passed.

    `start` is where the prefix begins: the lowest verdict that is known, or the first offset of the log.
    """

    partition: int
    start: int = 0
    verdicts: dict[int, Verdict] = field(default_factory=dict)  # by document offset
    claims: Claims = field(default_factory=Claims)
    passed: int = 0  # every verdict below this offset is in the claims

    def remember(self, verdict: Verdict) -> None:
        """Keep a verdict that was read back from the changelog; it is learned when its offset is passed."""
        self.verdicts.setdefault(verdict.document_offset, verdict)

    def forget(self, offset: int) -> None:
        """Drop a verdict whose tombstone was read back."""
        self.verdicts.pop(offset, None)

    def open_at(self, first_offset: int) -> None:
        """Begin to judge, once all verdicts were read back; `first_offset` is where the log of documents begins."""
        self.start = self.passed = min([first_offset, *self.verdicts])
        self.claims = Claims()
        self._advance()

    def judge(self, document: Cleaned, offset: int) -> Verdict | None:
        """Give the verdict on the document at an offset: the one that was given before, or a new one.

        None where an earlier document has no verdict yet: deciding now would ignore its claims, and a replay brings
        both.
        """
        known = self.verdicts.get(offset)
        if known is not None:
            return known
        if offset != self.passed:
            return None
        verdict = self.claims.decide(document, partition=self.partition, offset=offset)
        self.verdicts[offset] = verdict
        self._advance()
        return verdict

    def _advance(self) -> None:
        """Learn verdicts strictly in the order of their documents."""
        while (verdict := self.verdicts.get(self.passed)) is not None:
            self.claims.learn(verdict)
            self.passed += 1
