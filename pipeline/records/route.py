"""The routes and their partitions of `documents`; `routing.py` chooses one for a page."""

from __future__ import annotations

from enum import StrEnum


class Route(StrEnum):
    """The language groups that have a partition of their own.

    They are groups of scripts, not languages: ru, uk, be and kk mix on one page, and a Russian article under a
    Ukrainian menu must meet its twins.
    """

    CYRILLIC = "cyrillic"
    LATIN = "latin"
    HAN = "han"
    OTHER = "other"


PARTITION: dict[Route, int] = {Route.CYRILLIC: 0, Route.LATIN: 1, Route.HAN: 2, Route.OTHER: 3}


PARTITIONS = len(PARTITION)
