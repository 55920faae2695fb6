"""Where in a text the parts of its signature are, and which of its passages speak of what the headline says.

The signature tells how much two texts share. The outline tells which passages these are: the news, or a notice that
stands on every page of an outlet.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.minhash import BINS, EDGES, LEADS, leads_of, runs_of
from pipeline.text.tokens import Hashes, Places, Tokens, mixed, tokens_of

SCHEME = 1  # version of this format; an outline of another scheme is not used
ZONES = 16  # at most so many passages, each of whole sentences
STEMS = 8  # words of the headline that are looked for
LEAST_LEAD, LEAD_WORDS = 10, 48  # words of the passage that the leads are taken from
LEAD_BYTES = 3
_HEAD = Struct("<BHB")  # scheme, host, number of stems
_ZONES_AT = _HEAD.size
_TOPICS_AT = _ZONES_AT + BINS // 2
_LEADS_AT = _TOPICS_AT + ZONES
OUTLINE_BYTES = _LEADS_AT + LEADS * LEAD_BYTES
_PLACE = np.uint64(0xFFFF)  # the lowest bits of a shingle's hash give way to its place

_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
Zones = npt.NDArray[np.uint8]
_NO_WORDS: Hashes = np.empty(0, dtype=np.uint64)


class Outline(NamedTuple):
    """The passages of a text, called zones."""

    host: int  # 16 bits of a hash of the host, never 0; 0 if there is no host
    stems: int  # number of stems that the headline has; 0 if there is no headline
    zones: bytes  # the zone of each bin's minimum, two in a byte
    topics: bytes  # for each zone, which stems of the headline occur in it: a bit each
    leads: bytes  # `minhash.leads_of` of the passage that says most of what the headline says

    def packed(self) -> bytes:
        """Return the outline as one byte string, which `read_outline` reads."""
        return b"".join((_HEAD.pack(SCHEME, self.host, self.stems), self.zones, self.topics, self.leads))

    def of_bins(self) -> Zones:
        """Return the zone of each bin's minimum."""
        pairs = np.frombuffer(self.zones, dtype=np.uint8)
        zones = np.empty(BINS, dtype=np.uint8)
        zones[::2], zones[1::2] = pairs & 15, pairs >> 4
        return zones


def read_outline(packed: bytes) -> Outline | None:
    """Read a packed outline; None if it has another scheme or length, as one of a later release may have."""
    if len(packed) != OUTLINE_BYTES or packed[0] != SCHEME:
        return None
    _, host, stems = _HEAD.unpack_from(packed)
    return Outline(host, stems, packed[_ZONES_AT:_TOPICS_AT], packed[_TOPICS_AT:_LEADS_AT], packed[_LEADS_AT:])


def outline_of(tokens: Tokens, minima: Hashes, *, headline: str | None, host: str) -> Outline:
    """Return the outline of a text whose shingles have these minima, one in each bin; it has a longer one too."""
    head = tokens_of(headline) if headline else None
    parts = _compiled if native.COMPILED else _in_numpy
    stems, zones, topics, lead = parts(tokens, minima, head, dense=_HAN.search(headline or "") is not None)
    return Outline(
        host=(crc32(host.removeprefix("www.").encode()) & 0xFFFF or 1) if host else 0,
        stems=stems,
        zones=(zones[::2] | zones[1::2] << 4).tobytes(),
        topics=topics.tobytes(),
        leads=b"".join([lead.to_bytes(LEAD_BYTES, "little") for lead in leads_of(lead).tolist()]),
    )


def _compiled(tokens: Tokens, minima: Hashes, head: Tokens | None, *, dense: bool) -> tuple[int, Zones, Zones, Hashes]:
    told, zones, topics = (np.empty(size, dtype=np.uint8) for size in (len(tokens), BINS, ZONES))
    words = (tokens.hashes, tokens.stems, tokens.after_stop.view(np.uint8))
    of_head = (_NO_WORDS, _NO_WORDS) if head is None else (head.hashes, head.stems)
    stems, start, end = native.outline.outline(*words, *of_head, dense, minima, EDGES, told, zones, topics)
    return stems, zones, topics, tokens.hashes[start:end]


def _in_numpy(tokens: Tokens, minima: Hashes, head: Tokens | None, *, dense: bool) -> tuple[int, Zones, Zones, Hashes]:
    """Return the number of the headline's stems, the zone of each minimum, the topics of each zone, and the lead."""
    sentences = tokens.after_stop.nonzero()[0]
    begins = _begins(sentences, len(tokens))
    stems, told, repeated = _told(tokens, head, dense=dense)
    topics = np.zeros(ZONES, dtype=np.uint8)
    topics[: len(begins)] = np.bitwise_or.reduceat(told, begins)
    zones = np.zeros(len(tokens), dtype=np.uint8)
    zones[begins[1:]] = 1
    of_bins = zones.cumsum(dtype=np.uint8).take(_first_places(tokens.hashes, minima))
    return stems, of_bins, topics, _lead(tokens.hashes, sentences, told, repeated)


def _begins(sentences: Places, words: int) -> list[int]:
    """Return the first word of each zone. Zones are of about equal length."""
    least = -(-words // ZONES)
    begins = [0]
    for start in sentences.tolist():
        if start - begins[-1] >= least:
            begins.append(start)
    return begins


def _told(tokens: Tokens, head: Tokens | None, *, dense: bool) -> tuple[int, Zones, int]:
    """Return the number of the headline's stems, the stem of each word as a bit, and the words of a headline on top.

    A headline that the text repeats on top says nothing of the text below it. It also shows where the headline ends
    and the name of the site begins.
    """
    told = np.zeros(len(tokens), dtype=np.uint8)
    if head is None or not len(head):
        return 0, told, 0
    repeated = _repeated(tokens, head)
    of_text, of_head = tokens.stems, head.stems[: repeated or len(head)]
    if not of_head.any() and dense:
        of_text, of_head = _pairs(tokens.hashes), _pairs(head.hashes)[: max(1, len(of_head) - 1)]
    stems = [stem for stem in dict.fromkeys(of_head.tolist()) if stem][:STEMS]
    for number, stem in enumerate(stems):
        told[of_text == np.uint64(stem)] |= 1 << number
    told[:repeated] = 0
    return len(stems), told, repeated


def _pairs(hashes: Hashes) -> Hashes:
    """Return a stem for each character and its successor: in a script without spaces, a pair is about a word."""
    pairs = np.zeros(len(hashes), dtype=np.uint64)
    pairs[:-1] = mixed(hashes[:-1] + (hashes[1:] << np.uint64(1)))
    return pairs


def _lead(hashes: Hashes, sentences: Places, told: Zones, repeated: int) -> Hashes:
    """Return the words of the first sentence that says most of what the headline says, whatever stands around it."""
    begins = np.concatenate((sentences, [len(hashes)]))
    first = int(begins.searchsorted(repeated))
    if told.any():
        first = int(np.bitwise_count(np.bitwise_or.reduceat(told, sentences)).argmax())
    start = max(0, min(int(begins[first]), len(hashes) - LEAST_LEAD))
    return hashes[start : min(max(int(begins[first + 1]), start + LEAST_LEAD), start + LEAD_WORDS)]


def _repeated(tokens: Tokens, head: Tokens) -> int:
    """Return the number of words of the headline that the text begins with, if a sentence begins after them."""
    length = min(len(tokens), len(head))
    differing = (tokens.hashes[:length] != head.hashes[:length]).nonzero()[0]
    common = int(differing[0]) if len(differing) else length
    ends = common > 1 and common < len(tokens) and bool(tokens.after_stop[common])
    return common if ends else 0


def _first_places(hashes: Hashes, minima: Hashes) -> npt.NDArray[np.intp]:
    """Return where in a text each of these shingles occurs first; the place is sorted along with the shingle."""
    runs = runs_of(hashes)
    placed = runs & ~_PLACE | np.minimum(np.arange(len(runs), dtype=np.uint64), _PLACE)
    placed.sort()
    return (placed.take(placed.searchsorted(minima & ~_PLACE)) & _PLACE).astype(np.intp)
