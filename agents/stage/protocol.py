"""The interface of a stage: the calls that a worker and `chistovik run` make on it."""

from __future__ import annotations

from typing import Protocol

from agents.observe.backlog import Observed


class Stage(Observed, Protocol):
    """A running stage between topics: how it starts and ends, and what it reports."""

    async def start(self) -> None:
        """Start; return when it takes records."""
        ...

    async def stop(self) -> None:
        """Finish the current work, commit, leave the group."""
        ...

    async def ended(self) -> None:
        """Wait until it ends by itself."""
        ...
