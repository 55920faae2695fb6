# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The words that a block shares with the rest of its page: `pipeline.document.features.themes`.

Words are compared by hashes of 64 bits. The loops never read or write outside their arguments.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, Py_UNICODE_ISALNUM
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from pipeline.native.bounds cimport within
from pipeline.native.mixing cimport mixed

cdef enum:  # as in themes.py
    SHORTEST = 4
    STEM = 5
    DENSE = 0x2E80
    NEAR = 4
    AROUND = 5
    FEWEST = 40
    COLUMNS = 6
    GRAM = 4


cdef struct Found:
    uint64_t *stems
    uint64_t *grams
    Py_ssize_t many_stems
    Py_ssize_t many_grams


cdef struct Reading:  # where the reader of a text is
    uint64_t word  # the hash of the word so far
    uint64_t prefix  # the hash of its first letters
    Py_ssize_t letters
    uint64_t dense  # the hash of the dense character right before
    uint64_t[GRAM - 1] before  # the last words
    Py_ssize_t words


cdef inline uint64_t joined(uint64_t one, uint64_t other) noexcept nogil:
    return mixed(one * 0x9E3779B97F4A7C15ULL + other + 1)


cdef inline void add_word(Reading *reading, uint64_t word, Found *found) noexcept nogil:
    """Add the run of words that ends with this one."""
    if reading.words >= GRAM - 1:
        found.grams[found.many_grams] = joined(
            joined(joined(reading.before[0], reading.before[1]), reading.before[2]), word
        )
        found.many_grams += 1
    reading.before[0], reading.before[1], reading.before[2] = reading.before[1], reading.before[2], word
    reading.words += 1


cdef inline void end_word(Reading *reading, Found *found) noexcept nogil:
    if reading.letters:
        if reading.letters >= SHORTEST:
            found.stems[found.many_stems] = reading.prefix
            found.many_stems += 1
        add_word(reading, reading.word, found)
        reading.letters = 0


cdef void read_text(str text, const uint32_t[::1] letters, Found *found):
    """Add the stems and runs of words of a text."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at, length = len(text)
    cdef uint32_t code
    cdef uint64_t own
    cdef Reading reading
    reading.letters = reading.words = 0
    reading.dense = reading.word = reading.prefix = 0
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        if code < <uint32_t>letters.shape[0]:
            code = letters[code]
        elif not Py_UNICODE_ISALNUM(code):
            code = 0
        if not code:
            end_word(&reading, found)
            reading.dense = 0
        elif code >= DENSE:
            end_word(&reading, found)
            own = mixed(code)
            if reading.dense:
                found.stems[found.many_stems] = joined(reading.dense, own)
                found.many_stems += 1
            add_word(&reading, own, found)
            reading.dense = own
        else:
            reading.dense = 0
            reading.word = joined(reading.word if reading.letters else 0, code)
            reading.letters += 1
            if reading.letters <= STEM:
                reading.prefix = reading.word
    end_word(&reading, found)


cdef Py_ssize_t number(uint64_t *values, Py_ssize_t count, int32_t *numbers) except -1:
    """Give equal values equal numbers, from 0; return how many different ones there are."""
    cdef Py_ssize_t room = 16, at, slot, told = 0
    cdef int32_t *table
    while room < 2 * count:
        room *= 2
    table = <int32_t *>calloc(room, sizeof(int32_t))  # 1 + the index of the first such value
    if table is NULL:
        raise MemoryError
    with nogil:
        for at in range(count):
            slot = <Py_ssize_t>(values[at] & <uint64_t>(room - 1))
            while table[slot] and values[table[slot] - 1] != values[at]:
                slot = (slot + 1) & (room - 1)
            if table[slot]:
                numbers[at] = numbers[table[slot] - 1]
            else:
                table[slot] = <int32_t>(at + 1)
                numbers[at] = <int32_t>told
                told += 1
    free(table)
    return told


cdef void without_copies(int32_t *numbers, Py_ssize_t *ends, Py_ssize_t blocks, int32_t *last) noexcept nogil:
    """Leave each number once in each block; `last` is 0 for every number. `ends` become those of what is left."""
    cdef Py_ssize_t at, block, start = 0, count = 0
    for block in range(blocks):
        for at in range(start, ends[block]):
            if last[numbers[at]] != block + 1:
                last[numbers[at]] = <int32_t>(block + 1)
                numbers[count] = numbers[at]
                count += 1
        start = ends[block]
        ends[block] = count


cdef inline float multiple(Py_ssize_t shared, Py_ssize_t size, double mean, double least, double most) noexcept nogil:
    return <float>min(shared / <double>size / max(mean, least), most) if size else -1


def theme_columns(
    list texts,
    const uint32_t[::1] letters,
    Py_ssize_t first,
    Py_ssize_t last,
    double least,
    double most,
    float[:, ::1] rows,
):
    """Write the columns of `themes.NAMES`; the main run of the page is from block `first` to block `last`."""
    cdef Py_ssize_t blocks = len(texts), block, at, start, end, length = 0, stems, grams, size, low, high
    cdef Py_ssize_t themed, before, after, echoed, main = 0, whole = 0, all_themed = 0, all_near = 0
    cdef Py_ssize_t shared, total
    cdef double mean, mean_near
    cdef bint own
    cdef str text
    cdef Found found
    cdef int32_t *of_stems = NULL
    cdef int32_t *of_grams = NULL
    cdef int32_t *in_run = NULL
    cdef int32_t *seen = NULL
    cdef int32_t *in_blocks = NULL
    cdef int32_t *counts = NULL  # of each block: stems in common with the main text, with the blocks before and after
    cdef Py_ssize_t *ends = NULL
    cdef Py_ssize_t *gram_ends = NULL
    if rows.shape[0] != COLUMNS or rows.shape[1] != blocks:
        raise ValueError("not a row for each column, or not an entry for each block")
    for text in texts:
        length += len(text)
    found.many_stems = found.many_grams = 0
    found.stems = <uint64_t *>malloc((length + 1) * sizeof(uint64_t))
    found.grams = <uint64_t *>malloc((length + 1) * sizeof(uint64_t))
    ends = <Py_ssize_t *>malloc((blocks + 1) * sizeof(Py_ssize_t))
    gram_ends = <Py_ssize_t *>malloc((blocks + 1) * sizeof(Py_ssize_t))
    try:
        if found.stems is NULL or found.grams is NULL or ends is NULL or gram_ends is NULL:
            raise MemoryError
        for block in range(blocks):
            read_text(texts[block], letters, &found)
            ends[block] = found.many_stems
            gram_ends[block] = found.many_grams
        of_stems = <int32_t *>malloc((found.many_stems + 1) * sizeof(int32_t))
        of_grams = <int32_t *>malloc((found.many_grams + 1) * sizeof(int32_t))
        if of_stems is NULL or of_grams is NULL:
            raise MemoryError
        stems = number(found.stems, found.many_stems, of_stems)
        grams = number(found.grams, found.many_grams, of_grams)
        in_run = <int32_t *>calloc(stems + 1, sizeof(int32_t))
        seen = <int32_t *>calloc(max(stems, grams) + 1, sizeof(int32_t))
        in_blocks = <int32_t *>calloc(grams + 1, sizeof(int32_t))
        if in_run is NULL or seen is NULL or in_blocks is NULL:
            raise MemoryError
        without_copies(of_grams, gram_ends, blocks, seen)
        for at in range(gram_ends[blocks - 1] if blocks else 0):
            in_blocks[of_grams[at]] += 1
        for at in range(grams):
            seen[at] = 0
        without_copies(of_stems, ends, blocks, seen)
        for at in range(stems):
            seen[at] = -NEAR - 1  # the last block with the stem
        start = 0
        for block in range(blocks):
            if first <= block <= last:
                for at in range(start, ends[block]):
                    in_run[of_stems[at]] += 1
            start = ends[block]
        counts = <int32_t *>malloc((3 * blocks + 1) * sizeof(int32_t))
        if counts is NULL:
            raise MemoryError
        start = 0
        for block in range(blocks):
            end = ends[block]
            own = first <= block <= last
            themed = before = 0
            for at in range(start, end):
                themed += in_run[of_stems[at]] > own
                before += block - seen[of_stems[at]] <= NEAR
                seen[of_stems[at]] = <int32_t>block
            counts[3 * block] = <int32_t>themed
            counts[3 * block + 1] = <int32_t>before
            rows[4, block] = end - start
            if own:
                whole += end - start
                all_themed += themed
                all_near += before
            start = end
        for at in range(stems):
            seen[at] = <int32_t>(blocks + NEAR + 1)
            main += in_run[at] > 0
        for block in range(blocks - 1, -1, -1):
            start = ends[block - 1] if block else 0
            after = 0
            for at in range(start, ends[block]):
                after += seen[of_stems[at]] - block <= NEAR
                seen[of_stems[at]] = <int32_t>block
            counts[3 * block + 2] = <int32_t>after
            if first <= block <= last:
                all_near += after
        start = 0
        for block in range(blocks):
            end = gram_ends[block]
            echoed = 0
            for at in range(start, end):
                echoed += in_blocks[of_grams[at]] > 1
            rows[5, block] = <float>(echoed / <double>(end - start)) if end > start else -1
            start = end
        if main < FEWEST or all_themed < least * whole:
            rows[:4, :] = -1
            return
        mean = all_themed / <double>max(whole, 1)
        mean_near = all_near / <double>max(2 * whole, 1)
        for block in range(blocks):
            size = ends[block] - (ends[block - 1] if block else 0)
            rows[0, block] = multiple(counts[3 * block], size, mean, least, most)
            rows[2, block] = multiple(counts[3 * block + 1], size, mean_near, least, most)
            rows[3, block] = multiple(counts[3 * block + 2], size, mean_near, least, most)
            low, high = within(block - AROUND, blocks), within(block + AROUND + 1, blocks)
            shared = 0
            for at in range(low, high):
                shared += counts[3 * at]
            total = (ends[high - 1] if high else 0) - (ends[low - 1] if low else 0)
            rows[1, block] = multiple(shared, total, mean, least, most)
    finally:
        free(found.stems)
        free(found.grams)
        free(ends)
        free(gram_ends)
        free(of_stems)
        free(of_grams)
        free(in_run)
        free(seen)
        free(in_blocks)
        free(counts)
