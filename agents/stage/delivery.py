"""A record as a stage sees it, and a batch that is acknowledged as a whole.

Brokers and stages share these types, so a stage is a plain generator. Faust is not imported here. Only `die` needs
aiokafka, to see whether the broker denied access.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One record of a topic, undecoded."""

    topic: str  # without its prefix
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: float | None = None  # of the record, in seconds since the epoch

    @property
    def place(self) -> str:
        """Its topic, partition and offset, separated by slashes."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def _die(stage: str, error: BaseException) -> NoReturn:
    from agents.stage.ending import die  # noqa: PLC0415 — it knows aiokafka, which `chistovik clean` has no use for

    die(stage, error)


@dataclass(slots=True)
class Batch:
    """Deliveries that are acknowledged together: all of them if the body succeeds, none if it fails.

    The body runs as `async with batch:`. An error in the body ends the process, and a restart replays the records.
    Faust alone would acknowledge them and continue (measured: a SIGTERM in a batch lost 64 documents).
    """

    stage: str
    deliveries: Sequence[Delivery]
    acknowledge: Callable[[Sequence[int]], Awaitable[None]]  # takes the indices of the finished deliveries
    on_error: Callable[[str, BaseException], None] = _die
    done: Callable[[], None] = field(default=lambda: None)
    left: set[int] = field(default_factory=set)

    def leave(self, index: int) -> None:
        """Leave a delivery unacknowledged: this worker or another one reads it again."""
        self.left.add(index)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.on_error(self.stage, error)
            return
        await self.acknowledge([index for index in range(len(self.deliveries)) if index not in self.left])
        self.done()
