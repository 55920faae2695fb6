"""The figures and names of a text, each with the words beside it: what tells one day's bulletin from the next.

Formulaic news repeats its sentences and changes what they say. Two bulletins have the same places (a figure behind "the
dollar costs") with other values in them; two copies of one bulletin have the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.tokens import Flags, Hashes, Tokens, distinct

FIGURES = 20  # places that are kept of a text
NAMES = 12
CONTEXT_BITS, VALUE_BITS = 14, 10  # of a place's hashes: two values are taken for one once in 1,024
PLACE_BYTES = 3

Places = npt.NDArray[np.uint32]  # context and value in one number, ascending
_CONTEXT_SHIFT, _VALUE_SHIFT = np.uint64(64 - CONTEXT_BITS), np.uint64(64 - VALUE_BITS)
_VALUE_BITS = np.uint64(VALUE_BITS)
_ODD = np.uint64(0x9E37_79B9_7F4A_7C15)
_NONE: Places = np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Compared:
    """In how many places that two texts share they say the same, and in how many another thing."""

    agreeing: int
    differing: int

    def __add__(self, other: Compared) -> Compared:
        return Compared(self.agreeing + other.agreeing, self.differing + other.differing)


def places_of(tokens: Tokens) -> tuple[Places, Places]:
    """Find the places of figures, and those of names: of each kind the ones whose contexts hash lowest.

    So two texts keep the same ones. A place is a run of figures or of names in a sentence; its value is what is said
    there, its context the last two other words before it in the sentence. Not the word behind: in a date it is a month,
    which changes too.
    """
    return _compiled(tokens) if native.COMPILED else _found(tokens)


def _compiled(tokens: Tokens) -> tuple[Places, Places]:
    figures, names = np.empty(FIGURES, dtype=np.uint32), np.empty(NAMES, dtype=np.uint32)
    flags = (tokens.figures.view(np.uint8), tokens.names.view(np.uint8), tokens.after_stop.view(np.uint8))
    of_figures, of_names = native.text.places(tokens.hashes, *flags, figures, names)
    return figures[:of_figures], names[:of_names]


def _found(tokens: Tokens) -> tuple[Places, Places]:
    chosen = tokens.figures | tokens.names
    found = chosen.nonzero()[0]
    if not len(found):
        return _NONE, _NONE
    kinds = tokens.figures.take(found)
    begins = np.empty(len(found), dtype=np.bool_)
    begins[0] = True
    begins[1:] = (found[1:] != found[:-1] + 1) | tokens.after_stop.take(found[1:]) | (kinds[1:] != kinds[:-1])
    starts = begins.nonzero()[0]
    contexts = _contexts(tokens, (~chosen).nonzero()[0], found.take(starts), starts)
    values = _values(tokens.hashes.take(found), begins, starts)
    contexts >>= _CONTEXT_SHIFT
    contexts <<= _VALUE_BITS
    contexts |= values >> _VALUE_SHIFT
    packed, figures = contexts.astype(np.uint32), kinds.take(starts)
    return distinct(packed[figures])[:FIGURES], distinct(packed[~figures])[:NAMES]


def _contexts(
    tokens: Tokens, plain: npt.NDArray[np.intp], first: npt.NDArray[np.intp], chosen: npt.NDArray[np.intp]
) -> Hashes:
    """Hash the last two plain words of its sentence before each place, of which `chosen` words are none."""
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
    """Hash the words of each run, each with its number in the run."""
    order = np.arange(len(hashes)) - starts.take(begins.cumsum() - 1)
    return np.add.reduceat(hashes * (2 * order + 1).astype(np.uint64), starts) * _ODD


def write_places(places: Places) -> bytes:
    """Write places, PLACE_BYTES each."""
    return b"".join([place.to_bytes(PLACE_BYTES, "little") for place in places.tolist()])


def read_places(data: bytes) -> Places:
    """Read what `write_places` wrote; what is no whole place is passed over."""
    count = len(data) // PLACE_BYTES
    whole = np.zeros((count, 4), dtype=np.uint8)
    whole[:, :PLACE_BYTES] = np.frombuffer(data, dtype=np.uint8, count=count * PLACE_BYTES).reshape(-1, PLACE_BYTES)
    return whole.view("<u4").reshape(-1).astype(np.uint32)


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


def _last(places: Places, most: int) -> int:
    return int(places[-1]) if len(places) >= most else 1 << 32


def _by_context(places: Places, limit: int) -> dict[int, set[int]]:
    values: dict[int, set[int]] = {}
    for place in places.tolist():
        if place <= limit:
            values.setdefault(place >> VALUE_BITS, set()).add(place)
    return values
