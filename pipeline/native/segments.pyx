# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Look up keys in the filters and the sorted arrays of segments, and in chains: `pipeline.verdict.segments` and `lsh`.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from pipeline.native.mixing cimport mixed

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define chistovik_ahead(address) __builtin_prefetch(address)
    #else
    #define chistovik_ahead(address) ((void)(address))
    #endif
    """
    void chistovik_ahead(const void *) noexcept nogil

cdef enum:
    WORDS = 8  # words of a block of a filter
    PAGE = 512  # entries between two entries of a fence
    ROW_BITS = 26  # of an entry
    KEY_AT = 58  # lowest bit of the number of a key in an entry
    MOST_KEYS = 64
    SPREAD = 0x9E3779B1  # factor of Fibonacci hashing


cdef struct Part:  # of one segment
    const uint32_t *words
    uint64_t blocks
    const uint64_t *entries
    Py_ssize_t count
    const uint64_t *fence
    Py_ssize_t fenced
    const uint8_t *records
    Py_ssize_t rows
    int64_t first


cdef inline bint has(const uint32_t *block, uint32_t low, const uint32_t *salts) noexcept nogil:
    cdef int word
    for word in range(WORDS):
        if not block[word] >> (low * salts[word] >> 27) & 1:
            return False
    return True


cdef inline uint64_t block_of(uint64_t hashed, uint64_t blocks) noexcept nogil:
    return (hashed >> 32) * blocks >> 32


cdef inline Py_ssize_t below(const Part *part, uint64_t needle) noexcept nogil:
    """Return the number of entries below a needle. The fence has every 512th entry, in memory of its own."""
    cdef Py_ssize_t low = 0, high = part.fenced, middle
    while low < high:  # the first entry of the fence that is not below the needle
        middle = (low + high) // 2
        if part.fence[middle] < needle:
            low = middle + 1
        else:
            high = middle
    high = min(low * PAGE, part.count)
    low = max(low - 1, 0) * PAGE
    while low < high:
        middle = (low + high) // 2
        if part.entries[middle] < needle:
            low = middle + 1
        else:
            high = middle
    return low


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


cdef class Lookup:
    """The look-ups in segments, oldest first. The arrays stay referenced, so that their memory stays valid."""

    cdef list kept
    cdef Part *parts
    cdef Py_ssize_t count, width
    cdef uint32_t salts[WORDS]

    def __cinit__(self, list segments, const uint32_t[::1] salts, Py_ssize_t width):
        """Take (filter, entries, fence, records, first) of each segment; a record has `width` bytes."""
        cdef const uint32_t[:, ::1] blocks
        cdef const uint64_t[::1] entries, fence
        cdef const uint8_t[:, ::1] records
        cdef Py_ssize_t at
        cdef Part *part
        if salts.shape[0] != WORDS or width < 1:
            raise ValueError(f"{WORDS} salts are needed, not {salts.shape[0]}")
        for at in range(WORDS):
            self.salts[at] = salts[at]
        self.kept, self.width = [], width
        self.parts = <Part *>calloc(max(len(segments), 1), sizeof(Part))
        if self.parts is NULL:
            raise MemoryError
        for at in range(len(segments)):
            blocks, entries, fence, records, first = segments[at]
            if blocks.shape[1] != WORDS or not 0 < blocks.shape[0] <= 0xFFFF_FFFF:
                raise ValueError(f"a filter of {blocks.shape[0]} blocks of {blocks.shape[1]} words")
            if fence.shape[0] != (entries.shape[0] + PAGE - 1) // PAGE:
                raise ValueError(f"a fence of {fence.shape[0]} for {entries.shape[0]} entries")
            if records.shape[1] != width:
                raise ValueError(f"a record has {width} bytes, not {records.shape[1]}")
            self.kept.append((blocks, entries, fence, records))
            part = &self.parts[at]
            part.words, part.blocks = &blocks[0, 0], blocks.shape[0]
            part.entries, part.count = &entries[0] if entries.shape[0] else NULL, entries.shape[0]
            part.fence, part.fenced = &fence[0] if fence.shape[0] else NULL, fence.shape[0]
            part.records, part.rows = &records[0, 0] if records.shape[0] else NULL, records.shape[0]
            part.first = first
        self.count = len(segments)

    def __dealloc__(self):
        free(self.parts)

    def newest(self, uint64_t hashed, Py_ssize_t before):
        """Return the newest segment below `before` that may have a hash; -1 if none has it."""
        cdef Py_ssize_t at, last = min(before, self.count) - 1
        cdef const Part *part
        for at in range(last + 1):
            part = &self.parts[at]
            chistovik_ahead(part.words + block_of(hashed, part.blocks) * WORDS)
        at = last
        while at >= 0:
            part = &self.parts[at]
            if has(part.words + block_of(hashed, part.blocks) * WORDS, <uint32_t>hashed, self.salts):
                return at
            at -= 1
        return -1

    def find(self, const uint32_t[::1] keys, int64_t[::1] left, int64_t since, Py_ssize_t oldest, int64_t[::1] rows):
        """Write the newest rows from `since` on with each key, from the segment `oldest` on; return their number.

        `left` says how many rows of each key are wanted at most. It is counted down.
        """
        cdef Py_ssize_t at, key, place, found = 0, wanted = 0, count = keys.shape[0]
        cdef uint64_t hashes[MOST_KEYS]
        cdef uint64_t entry, whole
        cdef const Part *part
        cdef int64_t row
        if count > MOST_KEYS or left.shape[0] != count:
            raise ValueError(f"{count} keys, and {left.shape[0]} numbers of rows")
        for key in range(count):
            hashes[key] = mixed(<uint64_t>key << 32 | keys[key])
            if left[key] > rows.shape[0]:
                raise ValueError(f"there is no room for {left[key]} rows")
            wanted += max(left[key], 0)
        if wanted > rows.shape[0]:
            raise ValueError(f"there is room for {rows.shape[0]} rows, not for {wanted}")
        at = self.count - 1
        while at >= max(oldest, 0):
            part = &self.parts[at]
            for key in range(count):
                if left[key] > 0:
                    chistovik_ahead(part.words + block_of(hashes[key], part.blocks) * WORDS)
            for key in range(count):
                if left[key] <= 0 or not has(
                    part.words + block_of(hashes[key], part.blocks) * WORDS, <uint32_t>hashes[key], self.salts
                ):
                    continue
                whole = <uint64_t>key << (KEY_AT - ROW_BITS) | keys[key]
                place = below(part, (whole + 1) << ROW_BITS) if whole + 1 < <uint64_t>1 << KEY_AT else part.count
                while place > 0 and left[key] > 0:
                    place -= 1
                    entry = part.entries[place]
                    row = part.first + <int64_t>(entry & ((<uint64_t>1 << ROW_BITS) - 1))
                    if entry >> ROW_BITS != whole or row < since:
                        break
                    rows[found] = row
                    found += 1
                    left[key] -= 1
            at -= 1
        return found

    def copy(self, const int64_t[::1] rows, uint8_t[:, ::1] records):
        """Copy the records in the given rows, which are in ascending order."""
        cdef Py_ssize_t at = 0, number
        cdef const Part *part
        cdef int64_t place
        if records.shape[0] != rows.shape[0] or records.shape[1] != self.width:
            raise ValueError(f"there is room for {records.shape[0]} records, not for {rows.shape[0]}")
        for number in range(rows.shape[0]):
            while at < self.count and rows[number] >= self.parts[at].first + self.parts[at].rows:
                at += 1
            if at == self.count or rows[number] < self.parts[at].first:
                raise ValueError(f"no segment has row {rows[number]}")
            part = &self.parts[at]
            place = rows[number] - part.first
            memcpy(&records[number, 0], part.records + place * self.width, self.width)


cdef inline Py_ssize_t bucket_of(uint32_t key, uint32_t shift, Py_ssize_t buckets) noexcept nogil:
    """Return the bucket of a key, or `buckets` if the shift is not that of so many."""
    return min(<Py_ssize_t>(<uint32_t>(key * <uint32_t>SPREAD) >> shift if shift < 32 else buckets), buckets)


def find_in_chains(
    const uint32_t[:, ::1] texts,
    const uint32_t[:, ::1] heads,
    const uint32_t[:, ::1] nexts,
    const uint32_t[::1] shifts,
    const uint32_t[::1] keys,
    Py_ssize_t since,
    int64_t[::1] left,
    int64_t[::1] rows,
):
    """Write the newest rows of each key in its chain of texts, from a row on; return their number.

    `left` says how many rows of each key are wanted at most. It is counted down.
    """
    cdef Py_ssize_t key, bucket, found = 0, count = keys.shape[0], buckets = heads.shape[1]
    cdef int64_t wanted = 0
    cdef uint32_t entry, before
    if not count == heads.shape[0] == nexts.shape[0] == shifts.shape[0] == left.shape[0] or texts.shape[1] < count:
        raise ValueError(f"{count} keys, and {heads.shape[0]} chains")
    if nexts.shape[1] != texts.shape[0]:
        raise ValueError(f"chains of {nexts.shape[1]} for {texts.shape[0]} texts")
    for key in range(count):
        if left[key] > rows.shape[0]:
            raise ValueError(f"there is no room for {left[key]} rows")
        wanted += max(left[key], 0)
    if wanted > rows.shape[0]:
        raise ValueError(f"there is room for {rows.shape[0]} rows, not for {wanted}")
    since = max(since, 0)
    for key in range(count):
        bucket = bucket_of(keys[key], shifts[key], buckets)
        if bucket < buckets:
            chistovik_ahead(&heads[key, bucket])
    for key in range(count):
        bucket = bucket_of(keys[key], shifts[key], buckets)
        entry = heads[key, bucket] if bucket < buckets else 0
        before = 0xFFFF_FFFF
        while since < entry <= texts.shape[0] and entry < before and left[key] > 0:  # a chain descends
            if texts[entry - 1, key] == keys[key]:
                rows[found] = entry - 1
                found += 1
                left[key] -= 1
            before, entry = entry, nexts[key, entry - 1]
    return found


def add_to_chains(
    const uint32_t[::1] keys,
    uint32_t[:, ::1] heads,
    uint32_t[:, ::1] nexts,
    const uint32_t[::1] shifts,
    Py_ssize_t row,
):
    """Put a text before the others in the chains of its keys."""
    cdef Py_ssize_t key, bucket, count = heads.shape[0], buckets = heads.shape[1]
    if not count == nexts.shape[0] == shifts.shape[0] or keys.shape[0] < count:
        raise ValueError(f"{keys.shape[0]} keys, and {count} chains")
    if not 0 <= row < nexts.shape[1] or row >= 0xFFFF_FFFF:
        raise ValueError(f"no room for row {row}")
    for key in range(count):
        bucket = bucket_of(keys[key], shifts[key], buckets)
        if bucket < buckets:
            chistovik_ahead(&heads[key, bucket])
    for key in range(count):
        bucket = bucket_of(keys[key], shifts[key], buckets)
        if bucket < buckets:
            nexts[key, row] = heads[key, bucket]
            heads[key, bucket] = <uint32_t>(row + 1)
