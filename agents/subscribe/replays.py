"""The replay filter: at least once means that events come again; this tells which ones a reader has already."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from agents.subscribe.event import Event, Mark

MOST = 100_000


class Replays:
    """Drops events that the reader has: the same mark (`Event.mark`) with the same number or a higher one.

    So an article is dropped when the reader has this revision of it or a newer one, and anything else when the reader
    has that very event. An event counts as had when it was handed out and the next one was asked for, not before: one
    whose handling failed is handed out again. An event without a mark is never dropped.

    Memory is bounded: the `most` names met last are kept (and those of one poll), about 200 bytes each. Of a name that
    is not among them `known` is asked: it gets names (article ids and CloudEvents ids) and returns the number that the
    reader has of each, from wherever the reader keeps them; a name that is absent is new. Without `known` what was
    forgotten, and all that was read before the process started, may come again: the filter errs towards handing out.

    `known` must tell what has been stored of every event that was asked past, else an event that is still on its way
    to the store comes again (never less). One `Replays` belongs to one subscription.
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
        """Read the marks of events that are about to be handed out, and ask for what is not remembered."""
        while len(self._had) > self._most:  # only here, so that nothing goes between the question and the answer's use
            self._had.popitem(last=False)
        marks = [event.mark() for event in events]
        if self._known is not None:
            unknown = {mark[0] for mark in marks if mark is not None and mark[0] not in self._had}
            if unknown:
                for name, number in (await self._known(sorted(unknown))).items():
                    self._keep(name, number)
        return marks

    def has(self, mark: Mark | None) -> bool:
        """Say whether the reader has this already, and count it."""
        if mark is None or self._had.get(mark[0], -1) < mark[1]:
            return False
        self.dropped += 1
        return True

    def note(self, mark: Mark | None) -> None:
        """Note that the reader has this."""
        if mark is not None:
            self._keep(*mark)

    def _keep(self, name: str, number: int) -> None:
        self._had[name] = max(number, self._had.get(name, -1))
        self._had.move_to_end(name)
