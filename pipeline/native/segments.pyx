# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Look up many keys in the filters and the sorted arrays of many segments: `pipeline.verdict.segments`.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

cdef enum:
    WORDS = 8  # words of a block of a filter
    PAGE = 512  # entries between two entries of a fence


cdef inline bint has(const uint32_t *block, uint32_t low, const uint32_t *salts) noexcept nogil:
    cdef int word
    for word in range(WORDS):
        if not block[word] >> (low * salts[word] >> 27) & 1:
            return False
    return True


cdef inline uint64_t block_of(uint64_t hashed, uint64_t blocks) noexcept nogil:
    return (hashed >> 32) * blocks >> 32


def fill(uint32_t[:, ::1] blocks, const uint64_t[::1] hashes, const uint32_t[::1] salts):
    """Set the bits of all hashes in a filter."""
    cdef Py_ssize_t at
    cdef int word
    cdef uint32_t low
    cdef uint64_t block, count = blocks.shape[0]
    if blocks.shape[1] != WORDS or salts.shape[0] != WORDS:
        raise ValueError(f"a block has {WORDS} words, not {blocks.shape[1]}")
    if not 0 < count <= 0xFFFF_FFFF:
        raise ValueError(f"{count} blocks")
    with nogil:
        for at in range(hashes.shape[0]):
            block = block_of(hashes[at], count)
            low = <uint32_t>hashes[at]
            for word in range(WORDS):
                blocks[block, word] |= <uint32_t>1 << (low * salts[word] >> 27)


cdef class Filters:
    """Filters of segments, oldest first. The arrays stay referenced, so that their memory stays valid."""

    cdef list kept
    cdef const uint32_t **words
    cdef uint64_t *blocks
    cdef Py_ssize_t count
    cdef uint32_t salts[WORDS]

    def __cinit__(self, list filters, const uint32_t[::1] salts):
        cdef const uint32_t[:, ::1] view
        cdef Py_ssize_t at, count = len(filters)
        if salts.shape[0] != WORDS:
            raise ValueError(f"{WORDS} salts are needed, not {salts.shape[0]}")
        for at in range(WORDS):
            self.salts[at] = salts[at]
        self.kept = []
        self.words = <const uint32_t **>malloc(max(count, 1) * sizeof(const uint32_t *))
        self.blocks = <uint64_t *>malloc(max(count, 1) * sizeof(uint64_t))
        if self.words is NULL or self.blocks is NULL:
            raise MemoryError
        for at in range(count):
            view = filters[at]
            if view.shape[1] != WORDS or not 0 < view.shape[0] <= 0xFFFF_FFFF:
                raise ValueError(f"a filter of {view.shape[0]} blocks of {view.shape[1]} words")
            self.kept.append(view)
            self.words[at], self.blocks[at] = &view[0, 0], view.shape[0]
        self.count = count

    def __dealloc__(self):
        free(self.words)
        free(self.blocks)

    def newest(self, uint64_t hashed, Py_ssize_t before):
        """Return the newest filter below `before` that may have a hash; -1 if none has it."""
        cdef Py_ssize_t at = min(before, self.count) - 1
        while at >= 0:
            if has(self.words[at] + block_of(hashed, self.blocks[at]) * WORDS, <uint32_t>hashed, self.salts):
                return at
            at -= 1
        return -1

    def hits(self, const uint64_t[::1] hashes, Py_ssize_t oldest, int32_t[::1] segments, int32_t[::1] which):
        """Write the filters from `oldest` on that may have each hash, newest filter first; return how many were found.

        `segments` and `which` have room for the hashes of all filters.
        """
        cdef Py_ssize_t at, key, found = 0, keys = hashes.shape[0], count = self.count
        cdef const uint32_t *words
        cdef uint64_t blocks
        oldest = max(oldest, 0)
        if oldest >= count:
            return 0
        if min(segments.shape[0], which.shape[0]) < (count - oldest) * keys:
            raise ValueError(f"there is no room for {count - oldest} filters and {keys} hashes")
        at = count - 1
        with nogil:
            while at >= oldest:
                words, blocks = self.words[at], self.blocks[at]
                for key in range(keys):
                    if has(words + block_of(hashes[key], blocks) * WORDS, <uint32_t>hashes[key], self.salts):
                        segments[found], which[found] = <int32_t>at, <int32_t>key
                        found += 1
                at -= 1
        return found


def locate(
    const uint64_t[::1] entries, const uint64_t[::1] fence, const uint64_t[::1] needles, int64_t[::1] places
):
    """Write for each needle the number of entries below it. The fence has every 512th entry, in memory of its own."""
    cdef Py_ssize_t at, low, high, middle, count = entries.shape[0]
    cdef uint64_t needle
    if fence.shape[0] != (count + PAGE - 1) // PAGE or places.shape[0] != needles.shape[0]:
        raise ValueError(f"a fence of {fence.shape[0]} for {count} entries")
    for at in range(needles.shape[0]):
        needle, low, high = needles[at], 0, fence.shape[0]
        while low < high:  # the first entry of the fence that is not below the needle
            middle = (low + high) // 2
            if fence[middle] < needle:
                low = middle + 1
            else:
                high = middle
        high = min(low * PAGE, count)
        low = max(low - 1, 0) * PAGE
        while low < high:
            middle = (low + high) // 2
            if entries[middle] < needle:
                low = middle + 1
            else:
                high = middle
        places[at] = low
