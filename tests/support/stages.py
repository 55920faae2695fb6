"""What stands beside the stages where they are tried as plain generators: a cleaner in this process, verdicts in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.clean.record import clean_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery
    from pipeline.records.verdict import Verdict
    from pipeline.verdict.ledger import Ledger

LIMIT = 1 << 20


class HereCleaner:
    """Cleans in this process."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]:
        return [clean_record(one, LIMIT, LIMIT) for one in deliveries]


@dataclass
class MemoryVerdicts:
    """Ledgers of the partitions that are ours, and what was written."""

    ledgers: dict[int, Ledger]
    written: list[Verdict] = field(default_factory=list)
    fails: Exception | None = None

    def ledger(self, partition: int) -> Ledger | None:
        return self.ledgers.get(partition)

    def record(self, verdict: Verdict) -> Awaitable[object]:
        self.written.append(verdict)
        arrived: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self.fails:
            arrived.set_exception(self.fails)
        else:
            arrived.set_result(None)
        return arrived

    async def keep_up(self) -> None:
        pass
