"""The routes and their partitions in `documents`; `pipeline/page/routing.py` chooses the route of a page."""

from __future__ import annotations

from enum import StrEnum


class Route(StrEnum):
    """The groups of scripts that have a partition of their own.

    They are scripts and not languages, because ru, uk, be and kk mix on one page. A Russian article under a Ukrainian
    menu must reach the same partition as its duplicates.
    """

    CYRILLIC = "cyrillic"
    LATIN = "latin"
    HAN = "han"
    OTHER = "other"


PARTITION: dict[Route, int] = {Route.CYRILLIC: 0, Route.LATIN: 1, Route.HAN: 2, Route.OTHER: 3}


PARTITIONS = len(PARTITION)
