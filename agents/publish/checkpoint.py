"""The checkpoint: how far the events of a lane are known to be visible, stored beside the fence.

Kafka may confirm a transaction and lose the markers that end it (docs/decisions/0020). So the fence alone does not say
that its events can be read. A lane opens at its checkpoint, and compares what follows with the outcome topics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.records.wire import adapter, encode

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from agents.publish.fence import Fence

# Kafka keeps 4,096 bytes of metadata (offset.metadata.max.bytes); 40 partitions of outcome topics need about 400
MOST_METADATA = 3500


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Every event of a document up to `document` is visible; every event of a later one is at or after `ends`.

    `verdict` is the offset in `verdicts` to read from. `ends` has an offset for each partition of an outcome topic, by
    the topic's name without prefix; None if they are unknown.
    """

    document: int
    verdict: int
    ends: dict[str, tuple[int, ...]] | None = None

    @property
    def metadata(self) -> str:
        """The checkpoint as the metadata of the committed offset in `verdicts`."""
        whole = encode(self).decode("ascii")
        return whole if len(whole) <= MOST_METADATA else encode(Checkpoint(self.document, self.verdict)).decode("ascii")

    def start(self, topic: str, partition: int) -> int:
        """Return where to start reading a partition; 0 for one that was added since."""
        ends = (self.ends or {}).get(topic, ())
        return ends[partition] if partition < len(ends) else 0

    def is_as_good(self, document: int, ends: dict[str, tuple[int, ...]] | None, *, within: int) -> bool:
        """Whether a new checkpoint would save no work: the same document, and no more than so many records since."""
        if self.document != document:
            return False
        if self.ends is None or ends is None:
            return self.ends is ends
        later = sum(end - self.start(topic, number) for topic, all_ in ends.items() for number, end in enumerate(all_))
        return later <= within


def checkpoint_of(metadata: str, *, fence: Fence, verdict: int) -> Checkpoint:
    """Read a committed checkpoint.

    An older version wrote none, and it wrote the fence without one after a newer version. `verdicts` may also have been
    created again. Then nothing is known but the fence, and it is taken as the checkpoint.
    """
    try:
        found: Checkpoint = adapter(Checkpoint).validate_json(metadata)
    except ValidationError:
        return Checkpoint(fence.offset, verdict)
    if not (-1 <= found.document <= fence.offset and 0 <= found.verdict <= verdict):
        return Checkpoint(fence.offset, verdict)
    return found


def ends_by_topic(ends: dict[TopicPartition, int], prefix: str) -> dict[str, tuple[int, ...]]:
    """Return the ends of partitions as a checkpoint has them."""
    found: dict[str, list[int]] = {}
    for tp, end in sorted(ends.items()):
        found.setdefault(tp.topic.removeprefix(prefix), []).append(end)
    return {topic: tuple(offsets) for topic, offsets in found.items()}
