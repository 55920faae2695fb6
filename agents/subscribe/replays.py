"""The replay filter: with at-least-once delivery events repeat, and this filter drops those a reader already has."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from agents.subscribe.event import Event, Mark

MOST = 100_000


class Replays:
    """Drop events that the reader already has: the same mark (`Event.mark`) with the same number or a higher one.

    An article is dropped if the reader has this revision or a newer one. Any other event is dropped if the reader has
    exactly this event. Only an acknowledged event counts: an event whose handling failed is delivered again. An event
    without a mark is never dropped.

    Memory is bounded: the filter keeps the `most` names that it met last, and those of one poll, about 200 bytes each.
    It asks `known` about other names (article ids and CloudEvents ids). `known` returns the number that the reader's
    own store has for each name; an absent name is new. Without `known`, forgotten events and events from before the
    process started may be delivered again: when in doubt, the filter delivers.

    `known` must cover every acknowledged event. An event that is still on its way to the store is otherwise delivered
    twice, but none is lost. Each subscription needs a `Replays` of its own.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        known: Callable[[Sequence[str]], Awaitable[Mapping[str, int]]] | None = None,
    ) -> None:
        if most < 1:
            raise ValueError("most: expected at least 1")
        self.dropped = 0
        self._most, self._known = most, known
        self._had: OrderedDict[str, int] = OrderedDict()

    async def marks(self, events: Sequence[Event]) -> list[Mark | None]:
        """Return the marks of events that are about to be delivered, and ask `known` about unknown names."""
        while len(self._had) > self._most:  # here only: an answer of `known` must not be dropped before its use
            self._had.popitem(last=False)
        marks = [event.mark() for event in events]
        if self._known is not None:
            unknown = {mark[0] for mark in marks if mark is not None and mark[0] not in self._had}
            if unknown:
                for name, number in (await self._known(sorted(unknown))).items():
                    self._keep(name, number)
        return marks

    def has(self, mark: Mark | None) -> bool:
        """Return whether the reader already has this event, and count it as dropped."""
        if mark is None or self._had.get(mark[0], -1) < mark[1]:
            return False
        self.dropped += 1
        return True

    def note(self, mark: Mark | None) -> None:
        """Remember that the reader has this event."""
        if mark is not None:
            self._keep(*mark)

    def _keep(self, name: str, number: int) -> None:
        self._had[name] = max(number, self._had.get(name, -1))
        self._had.move_to_end(name)
