# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A fingerprint's minima and places; `pipeline.text.minhash` and `pipeline.text.figures` say what this is about."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memmove

cdef enum:
    CONTEXT_SHIFT = 50  # as in figures.py: 14 bits are kept of a context
    VALUE_SHIFT = 54  # and 10 of a value
    VALUE_BITS = 10


def runs(const uint64_t[::1] hashes, Py_ssize_t length, uint64_t[::1] joined):
    """Hash each run of so many words; `joined` has an element for each."""
    cdef Py_ssize_t at, word
    cdef uint64_t value
    for at in range(min(joined.shape[0], hashes.shape[0] - length + 1)):
        value = hashes[at]
        for word in range(at + 1, at + length):
            value = value * 0xD6E8FEB86659FD93ULL + hashes[word]
        joined[at] = value


def squeeze(uint64_t[::1] ascending):
    """Move what differs from the one before it to the front; return how many there are."""
    cdef Py_ssize_t at, count = 0
    for at in range(ascending.shape[0]):
        if not count or ascending[at] != ascending[count - 1]:
            ascending[count] = ascending[at]
            count += 1
    return count


def minima(
    const uint64_t[::1] values,
    const uint64_t[::1] edges,
    const Py_ssize_t[:, ::1] others,
    uint64_t[::1] lowest,
    uint8_t[::1] full,
):
    """Take the minimum of each bin, and for an empty one that of the first in its order which is not.

    `edges` are where the bins begin, the first at 0, all of one width but for rounding.
    """
    cdef Py_ssize_t count = edges.shape[0], at, own, step
    cdef uint64_t value
    full[:] = False
    for at in range(values.shape[0]):
        value = values[at]
        own = <Py_ssize_t>((value >> 32) * <uint64_t>count >> 32)  # or one below
        while own + 1 < count and value >= edges[own + 1]:
            own += 1
        if not full[own] or value < lowest[own]:
            full[own] = True
            lowest[own] = value
    for own in range(count):
        if not full[own]:
            for step in range(count):
                if full[others[own, step]]:
                    lowest[own] = lowest[others[own, step]]
                    break


cdef Py_ssize_t keep(uint32_t place, uint32_t[::1] kept, Py_ssize_t count) noexcept nogil:
    """Keep the lowest places, each once, ascending; return how many there are now."""
    cdef Py_ssize_t at = count
    while at and kept[at - 1] > place:
        at -= 1
    if at and kept[at - 1] == place or at == kept.shape[0]:
        return count
    if count < kept.shape[0]:
        count += 1
    memmove(&kept[at] + 1, &kept[at], (count - 1 - at) * sizeof(uint32_t))
    kept[at] = place
    return count


def places(
    const uint64_t[::1] hashes,
    const uint8_t[::1] figures,
    const uint8_t[::1] names,
    const uint8_t[::1] after_stop,
    uint32_t[::1] of_figures,
    uint32_t[::1] of_names,
):
    """Find the places of figures and of names, the lowest that there is room for, and return how many of each."""
    cdef Py_ssize_t count = hashes.shape[0], at, step, sentence = 0, first = 0, many_figures = 0, many_names = 0
    cdef Py_ssize_t[2] said  # the sentences of the last two plain words
    cdef uint64_t[2] plain
    cdef uint64_t context = 0, value = 0
    cdef uint32_t place
    cdef bint chosen, some_plain = False, within = False
    for at in range(count):
        if not (figures[at] or names[at]):
            some_plain = True
            break
    said[0] = said[1] = -1
    plain[0] = plain[1] = 0
    for at in range(count + 1):
        chosen = at < count and (figures[at] or names[at])
        if within and (not chosen or after_stop[at] or figures[at] != figures[at - 1]):  # a run has ended
            place = <uint32_t>(context >> CONTEXT_SHIFT << VALUE_BITS | value * 0x9E3779B97F4A7C15ULL >> VALUE_SHIFT)
            if figures[at - 1]:
                many_figures = keep(place, of_figures, many_figures)
            else:
                many_names = keep(place, of_names, many_names)
            within = False
        if at == count:
            break
        sentence += after_stop[at]
        if not chosen:
            plain[1], said[1] = plain[0], said[0]
            plain[0], said[0] = hashes[at], sentence
            continue
        if not within:
            within = True
            first = at
            context = value = 0
            for step in range(2 if some_plain else 0):
                context += plain[step] if said[step] == sentence else <uint64_t>(step + 1)
                context *= 0x9E3779B97F4A7C15ULL
        value += hashes[at] * <uint64_t>(2 * (at - first) + 1)
    return many_figures, many_names
