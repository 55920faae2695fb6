"""The events of one poll, and a batch collected from several polls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from agents.subscribe.event import Event, Mark


@dataclass(slots=True)
class Polled:
    """The events of one poll by partition, and the number of the assignment in which they were fetched."""

    epoch: int
    events: dict[TopicPartition, list[Event]] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Events of one assignment. `positions` are the next offsets, after delivered and after dropped events."""

    epoch: int
    events: list[Event] = field(default_factory=list)
    marks: list[Mark | None] = field(default_factory=list)
    positions: dict[TopicPartition, int] = field(default_factory=dict)

    def begin_again(self, epoch: int) -> None:
        """Drop everything, because the partitions were assigned again."""
        self.epoch, self.events, self.marks, self.positions = epoch, [], [], {}
