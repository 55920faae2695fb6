# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The passages of a text, and which of them speak of its headline: `pipeline.text.outline` explains them.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from libc.stdint cimport uint8_t, uint64_t

from pipeline.native.mixing cimport mixed

cdef enum:  # as in outline.py
    ZONES = 16
    STEMS = 8
    LEAST_LEAD = 10  # words
    LEAD_WORDS = 48
    PLACES = 0xFFFF

cdef enum:
    MOST_BINS = 256


cdef extern from *:
    """
    #include <stdint.h>
    static inline int chistovik_bits(uint8_t value)
    {
        int count = 0;
        for (; value; value &= value - 1)
            count++;
        return count;
    }
    """
    int chistovik_bits(uint8_t) nogil


cdef inline Py_ssize_t bin_of(uint64_t value, const uint64_t[::1] edges) noexcept nogil:
    cdef Py_ssize_t count = edges.shape[0]
    cdef Py_ssize_t own = <Py_ssize_t>((value >> 32) * <uint64_t>count >> 32)  # this bin or the next
    while own + 1 < count and value >= edges[own + 1]:
        own += 1
    return own


cdef inline uint64_t stem_at(
    const uint64_t[::1] hashes, const uint64_t[::1] stems, Py_ssize_t at, bint pairs
) noexcept nogil:
    """Return the stem of a word; in a script without spaces, that of a character and its successor."""
    if not pairs:
        return stems[at]
    return mixed(hashes[at] + (hashes[at + 1] << 1)) if at + 1 < hashes.shape[0] else 0


def outline(
    const uint64_t[::1] hashes,
    const uint64_t[::1] stems,
    const uint8_t[::1] after_stop,
    const uint64_t[::1] head_hashes,
    const uint64_t[::1] head_stems,
    bint dense,
    const uint64_t[::1] minima,
    const uint64_t[::1] edges,
    uint8_t[::1] told,
    uint8_t[::1] zones,
    uint8_t[::1] topics,
):
    """Write the zone of each minimum and the topics of each zone; return the number of stems, and the lead's words.

    `told` has room for a byte for each word. `dense`: the headline has characters of a script without spaces.
    """
    cdef Py_ssize_t count = hashes.shape[0], heads = head_hashes.shape[0], bins = edges.shape[0], at, one, own
    cdef Py_ssize_t common = 0, repeated = 0, of_head, many = 0, zone = 0, least, start, end
    cdef Py_ssize_t sentence, best = -1, bits
    cdef uint64_t[STEMS] wanted
    cdef Py_ssize_t[MOST_BINS] places
    cdef Py_ssize_t[ZONES] begins
    cdef uint64_t value
    cdef uint8_t said
    cdef bint pairs, some = False
    if not count == stems.shape[0] == after_stop.shape[0] == told.shape[0] or heads != head_stems.shape[0]:
        raise ValueError("not an entry for each word")
    if not 0 < bins <= MOST_BINS or not bins == minima.shape[0] == zones.shape[0] or topics.shape[0] != ZONES:
        raise ValueError("not an entry for each bin or zone")
    if not count or not after_stop[0]:
        raise ValueError("a text begins a sentence")
    # The words of the headline that the text begins with, if a sentence begins after them.
    while common < count and common < heads and hashes[common] == head_hashes[common]:
        common += 1
    if 1 < common < count and after_stop[common]:
        repeated = common
    of_head = repeated if repeated else heads
    pairs = dense
    for at in range(of_head):
        pairs = pairs and not head_stems[at]
    if pairs:
        of_head = min(max(1, of_head - 1), heads)
    for at in range(of_head):
        value = stem_at(head_hashes, head_stems, at, pairs)
        one = 0
        while one < many and wanted[one] != value:
            one += 1
        if value and one == many and many < STEMS:
            wanted[many] = value
            many += 1
    for at in range(count):
        said = 0
        if at >= repeated and many:
            value = stem_at(hashes, stems, at, pairs)
            for one in range(many):
                if wanted[one] == value:
                    said |= <uint8_t>(1 << one)
        told[at] = said
        some |= said != 0
    topics[:] = 0
    for own in range(bins):
        places[own] = -1
    least = (count + ZONES - 1) // ZONES
    begins[0] = 0
    for at in range(count):
        if after_stop[at] and at - begins[zone] >= least and zone + 1 < ZONES:
            zone += 1
            begins[zone] = at
        topics[zone] |= told[at]
    for at in range(count - 2):
        value = (hashes[at] * 0xD6E8FEB86659FD93ULL + hashes[at + 1]) * 0xD6E8FEB86659FD93ULL + hashes[at + 2]
        own = bin_of(value, edges)
        if places[own] < 0 and (value ^ minima[own]) <= PLACES:  # the lowest bits are left out
            places[own] = min(at, <Py_ssize_t>PLACES)
    for own in range(bins):
        at = places[bin_of(minima[own], edges)]
        one = zone
        while one and begins[one] > at:
            one -= 1
        zones[own] = <uint8_t>one
    # The first sentence that says most of what the headline says, or the first one below the headline.
    start = end = -1
    sentence = 0
    said = 0
    for at in range(count + 1):
        if at < count and not after_stop[at]:
            said |= told[at]
            continue
        if at:  # the end of a sentence
            bits = chistovik_bits(said) if some else sentence >= repeated
            if bits > best and (some or bits):
                best, start, end = bits, sentence, at
        if at < count:
            sentence = at
            said = told[at]
    start = max(0, min(start, count - LEAST_LEAD))
    end = min(min(max(end, start + LEAST_LEAD), start + LEAD_WORDS), count)
    return many, start, end
