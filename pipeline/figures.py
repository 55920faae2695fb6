"""The figures and names of a text, each with the words beside it: what tells one day's bulletin from the next.

Formulaic news repeats its sentences and changes what they say. Two bulletins have the same places (a figure behind "the
dollar costs") with other values in them; two copies of one bulletin have the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tokens import Flags, Hashes, Tokens, mixed

FIGURES = 20  # places that are kept of a text
NAMES = 12
PLACE = np.dtype([("context", "<u2"), ("value", "u1")])  # 3 bytes

Places = npt.NDArray[np.void]  # of dtype PLACE


@dataclass(frozen=True, slots=True)
class Compared:
    """In how many places that two texts share they say the same, and in how many another thing."""

    agreeing: int
    differing: int

    def __add__(self, other: Compared) -> Compared:
        return Compared(self.agreeing + other.agreeing, self.differing + other.differing)


def figures_of(tokens: Tokens) -> Places:
    """Keep the places of figures: those whose contexts hash lowest, so that two texts keep the same ones."""
    return _places(tokens, tokens.figures, FIGURES)


def names_of(tokens: Tokens) -> Places:
    """Keep the places of names, likewise; a name is what has a capital letter inside a sentence."""
    return _places(tokens, tokens.names, NAMES)


def _places(tokens: Tokens, chosen: Flags, most: int) -> Places:
    """Hash each run of chosen words as a value, and as its context the last two words that are neither figure nor name.

    Only those of the same sentence; and not the word behind, which in a date is a month and changes too.
    """
    plain = np.flatnonzero(~(tokens.figures | tokens.names))
    found = np.flatnonzero(chosen)
    if not len(found) or not len(plain):
        return np.empty(0, dtype=PLACE)
    begins = np.ones(len(found), dtype=np.bool_)
    begins[1:] = (found[1:] != found[:-1] + 1) | tokens.after_stop[found[1:]]
    starts = np.flatnonzero(begins)
    values = _valued(tokens.hashes, found, starts)
    sentence = np.cumsum(tokens.after_stop)
    before = np.searchsorted(plain, found[starts])
    contexts = np.zeros(len(starts), dtype=np.uint64)
    for step in (1, 2):
        nearest = plain[np.maximum(before - step, 0)]
        same = (before >= step) & (sentence[nearest] == sentence[found[starts]])
        contexts = mixed(contexts + np.where(same, tokens.hashes[nearest], np.uint64(step)))
    places = np.empty(len(starts), dtype=PLACE)
    places["context"] = contexts >> np.uint64(48)
    places["value"] = values >> np.uint64(56)
    packed = np.unique(places["context"].astype(np.uint32) << np.uint32(8) | places["value"])[:most]
    kept = np.empty(len(packed), dtype=PLACE)
    kept["context"], kept["value"] = packed >> np.uint32(8), packed & np.uint32(255)
    return kept


def _valued(hashes: Hashes, found: npt.NDArray[np.intp], starts: npt.NDArray[np.intp]) -> Hashes:
    """Hash the words of each run, in their order."""
    run = np.repeat(starts, np.diff(np.append(starts, len(found))))
    order = (np.arange(len(found)) - run).astype(np.uint64)
    return mixed(np.add.reduceat(mixed(hashes[found] + order), starts))


def compare(own: Places, other: Places, most: int) -> Compared:
    """Compare the places that two texts share, of at most so many kept of each.

    A context that occurs with several values is compared as a set. Where one text has more places than are kept, only
    what would have been kept of both counts.
    """
    limit = min(_last(own, most), _last(other, most))
    theirs = _by_context(other, limit)
    agreeing = differing = 0
    for context, values in _by_context(own, limit).items():
        if context in theirs:
            same = len(values & theirs[context])
            agreeing += same
            differing += min(len(values), len(theirs[context])) - same
    return Compared(agreeing, differing)


def _last(places: Places, most: int) -> tuple[int, int]:
    last: tuple[int, int] = places[-1].item() if len(places) >= most else (1 << 16, 0)
    return last


def _by_context(places: Places, limit: tuple[int, int]) -> dict[int, set[int]]:
    values: dict[int, set[int]] = {}
    for place in places.tolist():
        if place <= limit:
            values.setdefault(place[0], set()).add(place[1])
    return values
