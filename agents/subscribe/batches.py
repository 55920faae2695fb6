"""What a poll brought, and what is gathered of several polls to be handed out at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from agents.subscribe.event import Event, Mark


@dataclass(slots=True)
class Polled:
    """Events by partition, and the number of the assignment that they were fetched in."""

    epoch: int
    events: dict[TopicPartition, list[Event]] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Events of one assignment; the positions lie behind them, and behind what the reader has already."""

    epoch: int
    events: list[Event] = field(default_factory=list)
    marks: list[Mark | None] = field(default_factory=list)
    positions: dict[TopicPartition, int] = field(default_factory=dict)

    def begin_again(self, epoch: int) -> None:
        """Drop everything: the partitions were assigned anew."""
        self.epoch, self.events, self.marks, self.positions = epoch, [], [], {}
