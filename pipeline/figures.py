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


def compare(own: Places, other: Places) -> Compared:
    """Compare the places that two texts share; a context that occurs with several values is compared as a set."""
    agreeing = differing = 0
    theirs: dict[int, set[int]] = {}
    for context, value in other.tolist():
        theirs.setdefault(context, set()).add(value)
    ours: dict[int, set[int]] = {}
    for context, value in own.tolist():
        if context in theirs:
            ours.setdefault(context, set()).add(value)
    for context, values in ours.items():
        same = len(values & theirs[context])
        agreeing += same
        differing += min(len(values), len(theirs[context])) - same
    return Compared(agreeing, differing)
