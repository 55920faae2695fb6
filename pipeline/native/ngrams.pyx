# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The classes of a naive Bayes classifier of byte n-grams; `pipeline.text.ngrams` says what this is about."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.math cimport log1p
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__GNUC__)
    #define CHISTOVIK_FETCH(at) __builtin_prefetch(at)
    #else
    #define CHISTOVIK_FETCH(at) ((void)(at))
    #endif

    /* Add a row of half-precision numbers, finite ones, times a weight. */
    static void chistovik_add(const uint16_t *halves, Py_ssize_t count, float weight, float *sums)
    {
        for (Py_ssize_t at = 0; at < count; at++) {
            uint32_t bits = (uint32_t)(halves[at] & 0x7FFF) << 13 | (uint32_t)(halves[at] & 0x8000) << 16;
            float own;
            memcpy(&own, &bits, sizeof own);
            sums[at] += weight * (own * 0x1p112f); /* the exponent of a half is less by 112, also where it is subnormal */
        }
    }

    /* Ask memory for a row that is added later: each lies somewhere else, and waiting for it is half of the time. */
    static void chistovik_fetch(const uint16_t *halves, Py_ssize_t count)
    {
        for (Py_ssize_t at = 0; at < count; at += 32)
            CHISTOVIK_FETCH(halves + at);
    }
    """
    void chistovik_add(const uint16_t *, Py_ssize_t, float, float *) nogil
    void chistovik_fetch(const uint16_t *, Py_ssize_t) nogil

cdef enum:
    AHEAD = 4  # rows that are on their way from memory
    MULTIPLIER = 40503  # odd, near 65536 divided by the golden ratio (Knuth)


def score(
    const uint8_t[::1] text,
    const uint32_t[::1] moves,
    const uint16_t[::1] rows,
    const int32_t[::1] outputs,
    const uint16_t[:, ::1] halves,
    float[::1] sums,
):
    """Add what the n-grams of a text say to the sums of the classes; return how many n-grams were told.

    `moves` has 256 states for each row, `rows` the row of each state and `outputs` its n-gram or less than 0, `halves`
    the logarithms of the classes' probabilities for each n-gram, as bits.
    """
    cdef Py_ssize_t length = text.shape[0], room = 16, at, slot, told = 0, found = 0, move
    cdef Py_ssize_t classes = min(halves.shape[1], sums.shape[0])
    cdef uint32_t state = 0
    cdef int32_t said
    while room < 2 * length:
        room *= 2
    # An open table of n-grams and how often each was found.
    cdef int32_t *table = <int32_t *>PyMem_Malloc(2 * room * sizeof(int32_t))
    if table is NULL:
        raise MemoryError
    memset(table, 0, 2 * room * sizeof(int32_t))
    try:
        for at in range(length):
            if state >= <uint32_t>rows.shape[0]:
                break
            move = (<Py_ssize_t>rows[state] << 8) + text[at]
            if move >= moves.shape[0]:
                break
            state = moves[move]
            said = outputs[state] if state < <uint32_t>outputs.shape[0] else -1
            if said < 0 or said >= halves.shape[0]:
                continue
            slot = <Py_ssize_t>(<uint32_t>said * <uint32_t>MULTIPLIER) & (room - 1)
            while table[2 * slot + 1] and table[2 * slot] != said:
                slot = (slot + 1) & (room - 1)
            table[2 * slot] = said
            table[2 * slot + 1] += 1
            told += 1
        for slot in range(room):
            if table[2 * slot + 1]:
                table[2 * found], table[2 * found + 1] = table[2 * slot], table[2 * slot + 1]
                found += 1
        for at in range(min(found, <Py_ssize_t>AHEAD)):
            chistovik_fetch(&halves[table[2 * at], 0], classes)
        for at in range(found):
            if at + AHEAD < found:
                chistovik_fetch(&halves[table[2 * (at + AHEAD)], 0], classes)
            chistovik_add(&halves[table[2 * at], 0], classes, <float>log1p(table[2 * at + 1]), &sums[0])
        return told
    finally:
        PyMem_Free(table)
