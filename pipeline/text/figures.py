"""The figures and names of a text, each with the words before it. They distinguish one day's bulletin from the next.

Formulaic news repeats its sentences and changes the values. Two different bulletins have the same places (a figure
after "the dollar costs") with different values. Two copies of one bulletin have the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.tokens import Flags, Hashes, Tokens, distinct

FIGURES = 20  # places of figures kept per text
NAMES = 12  # places of names kept per text
CONTEXT_BITS, VALUE_BITS = 14, 10  # bits kept of a place's hashes: two values collide once in 1,024
PLACE_BYTES = 3

Places = npt.NDArray[np.uint32]  # context and value in one number, ascending
_CONTEXT_SHIFT, _VALUE_SHIFT = np.uint64(64 - CONTEXT_BITS), np.uint64(64 - VALUE_BITS)
_VALUE_BITS = np.uint64(VALUE_BITS)
_ODD = np.uint64(0x9E37_79B9_7F4A_7C15)
_NONE: Places = np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Compared:
    """The number of shared places in which two texts have the same value, and in which they have different values."""

    agreeing: int
    differing: int

    def __add__(self, other: Compared) -> Compared:
        return Compared(self.agreeing + other.agreeing, self.differing + other.differing)


def places_of(tokens: Tokens) -> tuple[Places, Places]:
    """Return the places of figures and the places of names; of each kind, those with the lowest hashes of context.

    Two texts therefore keep the same places. A place is a run of figures or of names in a sentence. Its value is the
    run itself. Its context is the last two other words before it in the sentence, and not the word after it: in a date
    that is a month, which changes too.
    """
    return _compiled(tokens) if native.COMPILED else _in_numpy(tokens)


def _compiled(tokens: Tokens) -> tuple[Places, Places]:
    figures, names = np.empty(FIGURES, dtype=np.uint32), np.empty(NAMES, dtype=np.uint32)
    flags = (tokens.figures.view(np.uint8), tokens.names.view(np.uint8), tokens.after_stop.view(np.uint8))
    of_figures, of_names = native.text.places(tokens.hashes, *flags, figures, names)
    return figures[:of_figures], names[:of_names]


def _in_numpy(tokens: Tokens) -> tuple[Places, Places]:
    chosen = tokens.figures | tokens.names
    words = chosen.nonzero()[0]
    if not len(words):
        return _NONE, _NONE
    kinds = tokens.figures.take(words)
    begins = np.empty(len(words), dtype=np.bool_)
    begins[0] = True
    begins[1:] = (words[1:] != words[:-1] + 1) | tokens.after_stop.take(words[1:]) | (kinds[1:] != kinds[:-1])
    starts = begins.nonzero()[0]
    contexts = _contexts(tokens, (~chosen).nonzero()[0], words.take(starts), starts)
    values = _values(tokens.hashes.take(words), begins, starts)
    contexts >>= _CONTEXT_SHIFT
    contexts <<= _VALUE_BITS
    contexts |= values >> _VALUE_SHIFT
    packed, figures = contexts.astype(np.uint32), kinds.take(starts)
    return distinct(packed[figures])[:FIGURES], distinct(packed[~figures])[:NAMES]


def _contexts(
    tokens: Tokens, plain: npt.NDArray[np.intp], first: npt.NDArray[np.intp], chosen: npt.NDArray[np.intp]
) -> Hashes:
    """Hash the last two plain words before each place, in its sentence; `chosen` counts the other words before it."""
    contexts = np.zeros(len(first), dtype=np.uint64)
    if not len(plain):
        return contexts
    sentence = tokens.after_stop.cumsum()
    own, before = sentence.take(first), first - chosen
    for step in (1, 2):
        before -= 1
        nearest = plain.take(before, mode="clip")
        same = (before >= 0) & (sentence.take(nearest) == own)
        contexts += np.where(same, tokens.hashes.take(nearest), np.uint64(step))
        contexts *= _ODD
    return contexts


def _values(hashes: Hashes, begins: Flags, starts: npt.NDArray[np.intp]) -> Hashes:
    """Hash the words of each run together with their position in the run."""
    order = np.arange(len(hashes)) - starts.take(begins.cumsum() - 1)
    return np.add.reduceat(hashes * (2 * order + 1).astype(np.uint64), starts) * _ODD


def write_places(places: Places) -> bytes:
    """Write places as bytes, PLACE_BYTES each."""
    return b"".join([place.to_bytes(PLACE_BYTES, "little") for place in places.tolist()])


def read_places(data: bytes) -> Places:
    """Read places written by `write_places`; an incomplete place at the end is ignored."""
    count = len(data) // PLACE_BYTES
    whole = np.zeros((count, 4), dtype=np.uint8)
    whole[:, :PLACE_BYTES] = np.frombuffer(data, dtype=np.uint8, count=count * PLACE_BYTES).reshape(-1, PLACE_BYTES)
    return whole.view("<u4").reshape(-1).astype(np.uint32)


def compare(own: Places, other: Places, most: int) -> Compared:
    """Compare the places that two texts share; each text keeps at most `most` places.

    A context with several values is compared as a set. If a text had more places than it keeps, only places that both
    texts would have kept are compared.
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


def _last(places: Places, most: int) -> int:
    return int(places[-1]) if len(places) >= most else 1 << 32


def _by_context(places: Places, limit: int) -> dict[int, set[int]]:
    values: dict[int, set[int]] = {}
    for place in places.tolist():
        if place <= limit:
            values.setdefault(place >> VALUE_BITS, set()).add(place)
    return values
