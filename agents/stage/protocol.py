"""What a stage is: the calls that a worker and `chistovik run` make on each of them."""

from __future__ import annotations

from typing import Protocol

from agents.observe.backlog import Observed


class Stage(Observed, Protocol):
    """A running arrow between topics: what it shows of itself, and how it starts and ends."""

    async def start(self) -> None:
        """Start, and return when it takes records."""
        ...

    async def stop(self) -> None:
        """Finish the work in hand, commit, leave the group."""
        ...

    async def ended(self) -> None:
        """Return when it has come to an end by itself."""
        ...
