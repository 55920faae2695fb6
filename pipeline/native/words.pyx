# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A text's words as numbers; `pipeline.tokens` says what this is about, and knows the characters."""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef enum:  # as in tokens.py
    BETWEEN = 0
    DIGIT = 2
    SINGLE = 3
    CLASS = 3
    CAPITAL = 4
    STOP = 8


cdef inline uint64_t mixed(uint64_t value) noexcept nogil:
    value ^= value >> 30
    value *= 0xBF58476D1CE4E5B9ULL
    value ^= value >> 27
    value *= 0x94D049BB133111EBULL
    return value ^ value >> 31


cdef inline uint32_t plane_code(uint32_t char) noexcept nogil:
    """Give a character above the basic plane as another of its kind: Han stays Han, an emoji is no word."""
    if char < 0x10000:
        return char
    return 0x3400 + char % 0x6000 if char >= 0x20000 else 0x2000


def split(
    str text,
    const uint8_t[::1] marks,
    const uint64_t[::1] random,
    const uint8_t[::1] begins,
    months,
    uint64_t[::1] hashes,
    uint8_t[::1] figures,
    uint8_t[::1] names,
    uint8_t[::1] after_stop,
):
    """Split a text into words and return how many; all that is written to has an element for each character.

    `marks` and `random` have one for each character of the basic plane, `begins` for the first 14 bits of a hash: true
    for those of the names of `months`.
    """
    cdef Py_ssize_t length = len(text), at = 0, word = 0
    cdef int kind_of = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef uint32_t code
    cdef uint8_t mark, kind, before = BETWEEN, behind
    cdef uint64_t sum, power
    cdef bint stopped = True, capital, was_capital = False, named
    while at < length:
        code = plane_code(PyUnicode_READ(kind_of, data, at))
        mark = marks[code]
        kind = mark & CLASS
        if kind == BETWEEN:
            if mark & STOP and not stopped:
                # The point of 580.97 and the colon of 12:30 end nothing.
                behind = marks[plane_code(PyUnicode_READ(kind_of, data, at + 1))] & CLASS if at + 1 < length else BETWEEN
                stopped = before != DIGIT or behind != DIGIT
            before = BETWEEN
            at += 1
            continue
        sum, power = random[code], 1
        at += 1
        while kind != SINGLE and at < length:
            code = plane_code(PyUnicode_READ(kind_of, data, at))
            if marks[code] & CLASS != kind:
                break
            power *= 0x9E3779B97F4A7C15ULL
            sum += random[code] * power
            at += 1
        before = kind
        sum = mixed(sum)
        hashes[word] = sum
        figures[word] = kind == DIGIT or (begins[sum >> 50] and sum in months)
        capital = mark & CAPITAL != 0 and not figures[word]
        named = capital and not stopped
        names[word] = named
        if named and was_capital:
            names[word - 1] = True  # the first name of a person that begins a sentence
        after_stop[word] = stopped
        was_capital = capital
        stopped = False
        word += 1
    return word
