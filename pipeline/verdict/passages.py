"""Which passages of two texts are shared, which are each text's own, and which ones many articles have in common.

Estimated from signatures and outlines, bin by bin. A bin whose minimum lies in a passage tells about that passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from pipeline.text.minhash import BINS
from pipeline.text.outline import ZONES, Outline

Bins = npt.NDArray[np.bool_]  # of length BINS

ALIKE, CHANCE = 0.8, 0.04  # share of a shared passage's bins that agree, of those that can; the same of an own passage
REPEATED, SELDOM = 0.5, 0.08  # share of the bins of a passage that many articles have, and of another one
SAME, CHANGED = 0.92, 0.45  # share of the bins of a passage that was not changed, and of one that was
SWITCH = 2.0  # cost, in nats, of a border between an own and a shared passage
LEAST_RATE = 0.12


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts: shares of its shingles, and the headline's words in its passages."""

    own: float  # in passages that the other text lacks, and few articles have
    shared: float  # that the other text has too, without those that many articles have
    common: float  # in passages that many articles have
    apart: float  # in passages that the other text lacks, many articles or none
    changed: float  # in passages of which half or less is the same
    kept: float  # how much of the other passages is the same
    closeness: float  # how much of the shared passages is the same in both, words that were edited left out
    begins_own: bool  # whether the first passage that is not common is the text's own
    ends_own: bool  # whether own passages are the end of the text, and only the end
    edge_own: bool  # whether own passages stand together at one end of the text; true if there are none
    told_own: int  # words of the headline in own passages
    told_shared: int  # the same in shared passages
    stems: int  # words of the headline that were looked for
    host: int


@dataclass(frozen=True, slots=True)
class Passages:
    """A new text laid over an earlier one."""

    new: Side
    known: Side

    @property
    def same_host(self) -> bool:
        """Whether both texts come from one host."""
        return 0 < self.new.host == self.known.host


def side_of(outline: Outline, agreeing: Bins, common: Bins, share: float) -> Side:
    """Lay one text over another.

    `agreeing` are its bins with the same minimum in the other text, `common` those that many articles have. `share` is
    the text's part of the union of both, the probability with which a shared minimum agrees.
    """
    zones = outline.of_bins()
    counts = np.bincount(zones, minlength=ZONES).tolist()
    same = np.bincount(zones[agreeing], minlength=ZONES).tolist()
    rate = max(LEAST_RATE, ALIKE * min(1.0, share))
    shared = _labels(counts, same, rate, CHANCE)
    kept = _labels(counts, same, SAME * min(1.0, share), CHANGED * min(1.0, share))
    repeated = [False] * ZONES
    if common.any():
        repeated = _labels(counts, np.bincount(zones[common], minlength=ZONES).tolist(), REPEATED, SELDOM)
    own = [count > 0 and not shared[zone] and not repeated[zone] for zone, count in enumerate(counts)]
    both = [count > 0 and shared[zone] and not repeated[zone] for zone, count in enumerate(counts)]
    of_both = sum(count for count, here in zip(counts, both, strict=True) if here)
    found = sum(count for count, here in zip(same, both, strict=True) if here) / max(share, LEAST_RATE)
    first = next((zone for zone in range(ZONES) if own[zone] or both[zone]), None)
    return Side(
        own=sum(count for count, here in zip(counts, own, strict=True) if here) / BINS,
        shared=min(found, of_both) / BINS,
        common=sum(count for count, here in zip(counts, repeated, strict=True) if here) / BINS,
        apart=sum(count for count, here in zip(counts, shared, strict=True) if not here) / BINS,
        changed=sum(count for count, here in zip(counts, kept, strict=True) if not here) / BINS,
        kept=_rate(counts, same, kept) / max(share, LEAST_RATE),
        closeness=min(1.0, found / of_both) if of_both else 0.0,
        begins_own=first is not None and own[first],
        ends_own=any(own) and _is_end(own, both),
        edge_own=_is_end(own, both) or _is_end(own[::-1], both[::-1]),
        told_own=_told(outline, own),
        told_shared=_told(outline, both),
        stems=outline.stems,
        host=outline.host,
    )


def _is_end(own: list[bool], both: list[bool]) -> bool:
    """Return whether no shared passage comes after an own one."""
    first = own.index(True) if any(own) else ZONES
    return not any(both[first:])


def _rate(counts: list[int], hits: list[int], zones: list[bool]) -> float:
    here = [zone for zone, chosen in enumerate(zones) if chosen]
    return sum(hits[zone] for zone in here) / max(1, sum(counts[zone] for zone in here))


def _told(outline: Outline, zones: list[bool]) -> int:
    told = 0
    for stems, here in zip(outline.topics, zones, strict=True):
        if here:
            told |= stems
    return told.bit_count()


def _labels(counts: list[int], hits: list[int], rate: float, chance: float) -> list[bool]:
    """Return which zones have the higher rate of hits: the most probable sequence (Viterbi 1967)."""
    hit, miss = log(rate / chance), log((1 - rate) / (1 - chance))
    low, high = 0.0, 0.0  # the best scores of sequences that end in a zone of the lower and of the higher rate
    back: list[tuple[bool, bool]] = []  # for both, whether the zone before has the higher rate
    for count, found in zip(counts, hits, strict=True):
        back.append((high - SWITCH > low, high >= low - SWITCH))
        low, high = max(low, high - SWITCH), max(high, low - SWITCH) + found * hit + (count - found) * miss
    label = high >= low
    labels = []
    for before in reversed(back):
        labels.append(label)
        label = before[label]
    return labels[::-1]
