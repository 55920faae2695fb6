# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A text's words, folded or as numbers; `pipeline.text.normalise` and `pipeline.text.tokens` say what this is about."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FromKindAndData, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef enum:  # as in tokens.py
    BETWEEN = 0
    DIGIT = 2
    SINGLE = 3
    CLASS = 3
    CAPITAL = 4
    STOP = 8
    ASKED = 0  # as in text.py: what a character becomes hangs on those beside it
    DROPPED = 1
    APART = 0x20


cdef inline uint64_t mixed(uint64_t value) noexcept nogil:
    value ^= value >> 30
    value *= 0xBF58476D1CE4E5B9ULL
    value ^= value >> 27
    value *= 0x94D049BB133111EBULL
    return value ^ value >> 31


cdef inline bint is_emoji(uint32_t code) noexcept nogil:
    return 0x1F300 <= code < 0x1FB00


def normalised(str text, const uint32_t[::1] folds, const uint16_t[::1] lookalikes):
    """Join the folded words of a text with a space each; None where `folds` does not say what a character becomes.

    `folds` has for each character of the basic plane one or two folded ones, the second in the upper half. In words of
    both scripts Latin letters become their Cyrillic `lookalikes`, of which there is one for each character of ASCII.
    """
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at, count = 0, start = 0, end = 0
    cdef uint32_t code, fold
    cdef bint cyrillic = False
    cdef uint16_t *written = <uint16_t *>PyMem_Malloc((2 * length + 1) * sizeof(uint16_t))
    if written is NULL:
        raise MemoryError
    try:
        for at in range(length):
            code = PyUnicode_READ(kind, data, at)
            fold = folds[code] if code < 0x10000 else APART if is_emoji(code) else ASKED
            if fold > APART:
                cyrillic |= 0x400 <= fold & 0xFFFF <= 0x52F or 0x400 <= fold >> 16 <= 0x52F
                written[count] = fold & 0xFFFF
                count += 1
                if fold >> 16:
                    written[count] = fold >> 16
                    count += 1
            elif fold == APART:
                if count > start:
                    if cyrillic:
                        one_script(written + start, count - start, lookalikes)
                    cyrillic = False
                    written[count] = APART
                    count += 1
                    start = count
            elif fold == ASKED:
                return None
        if cyrillic:
            one_script(written + start, count - start, lookalikes)
        if start and count == start:
            count -= 1  # the space behind the last word
        return PyUnicode_FromKindAndData(2, written, count)
    finally:
        PyMem_Free(written)


def bare(str text):
    """Leave the letters and digits."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at, count = 0
    cdef Py_UCS4 code
    cdef uint32_t *written = <uint32_t *>PyMem_Malloc(max(length, 1) * sizeof(uint32_t))
    if written is NULL:
        raise MemoryError
    try:
        for at in range(length):
            code = PyUnicode_READ(kind, data, at)
            if code.isalnum():
                written[count] = code
                count += 1
        return PyUnicode_FromKindAndData(4, written, count)
    finally:
        PyMem_Free(written)


cdef void one_script(uint16_t *word, Py_ssize_t length, const uint16_t[::1] lookalikes) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(length):
        if word[at] < 0x80:
            word[at] = lookalikes[word[at]]


def with_lengths(bytes text):
    """Write the length of each word before it, in 8 bytes, the highest first; a space ends each but the last."""
    cdef Py_ssize_t length = len(text), at, words = 1, start = 0, size, byte
    cdef const char *read = PyBytes_AS_STRING(text)
    cdef char *out
    if not length:
        return b""
    for at in range(length):
        words += read[at] == 0x20
    written = PyBytes_FromStringAndSize(NULL, length + 1 + 7 * words)
    out = PyBytes_AS_STRING(written)
    for at in range(length + 1):
        if at < length and read[at] != 0x20:
            continue
        size = at - start
        for byte in range(8):
            out[byte] = <char>(size >> (8 * (7 - byte)) & 0xFF)
        memcpy(out + 8, read + start, size)
        out += 8 + size
        start = at + 1
    return written


def form(str text, const uint32_t[::1] forms, uint16_t[::1] codes):
    """Write the characters that those of a text stand for, and return how many; -1 where `forms` does not say.

    `forms` has one or two for each character of the basic plane, as in `normalised`; `codes` has room for as many.
    """
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at, count = 0
    cdef uint32_t code, found
    for at in range(len(text)):
        code = PyUnicode_READ(kind, data, at)
        found = forms[code] if code < 0x10000 else APART if is_emoji(code) else ASKED
        if found == ASKED:
            return -1
        if found == DROPPED:
            continue
        codes[count] = found & 0xFFFF
        count += 1
        if found >> 16:
            codes[count] = found >> 16
            count += 1
    return count


def split(
    const uint16_t[::1] codes,
    const uint8_t[::1] marks,
    const uint64_t[::1] random,
    const uint8_t[::1] begins,
    months,
    uint64_t[::1] hashes,
    uint8_t[::1] figures,
    uint8_t[::1] names,
    uint8_t[::1] after_stop,
):
    """Split characters into words and return how many; all that is written to has an element for each character.

    `marks` and `random` have one for each character of the basic plane, `begins` for the first 14 bits of a hash: true
    for those of the names of `months`.
    """
    cdef Py_ssize_t length = codes.shape[0], at = 0, word = 0
    cdef uint8_t mark, kind, before = BETWEEN, behind
    cdef uint64_t sum, power
    cdef bint stopped = True, capital, was_capital = False, named
    while at < length:
        mark = marks[codes[at]]
        kind = mark & CLASS
        if kind == BETWEEN:
            if mark & STOP and not stopped:
                # The point of 580.97 and the colon of 12:30 end nothing.
                behind = marks[codes[at + 1]] & CLASS if at + 1 < length else BETWEEN
                stopped = before != DIGIT or behind != DIGIT
            before = BETWEEN
            at += 1
            continue
        sum, power = random[codes[at]], 1
        at += 1
        while kind != SINGLE and at < length:
            if marks[codes[at]] & CLASS != kind:
                break
            power *= 0x9E3779B97F4A7C15ULL
            sum += random[codes[at]] * power
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
