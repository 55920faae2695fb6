# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Which words of blocks a page says elsewhere too; `pipeline.document.features.echoes` says what this is about."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    Py_UCS4 PyUnicode_READ(int, const void *, Py_ssize_t)


cdef struct Known:  # sorted words
    Py_ssize_t count
    uint32_t *letters  # of all words
    int64_t *starts  # where the letters of each begin, and the end
    uint8_t *sets  # that each is in, a bit each
    int32_t begins[0x602]  # the first word that begins with a letter like this or a higher one


cdef int read_known(Known *known, list words, list sets) except -1:
    """Write down the words; what is made room for is freed by `count_known`."""
    cdef Py_ssize_t number, at, row, total = 0, first = 0
    cdef str word
    for word in words:
        total += len(word)
    known.count = len(words)
    known.letters = <uint32_t *>malloc(max(total, 1) * sizeof(uint32_t))
    known.starts = <int64_t *>malloc((known.count + 1) * sizeof(int64_t))
    known.sets = <uint8_t *>malloc(max(known.count, 1))
    if known.letters is NULL or known.starts is NULL or known.sets is NULL:
        raise MemoryError
    total = 0
    for number in range(known.count):
        word = words[number]
        known.starts[number] = total
        known.sets[number] = 0
        for row in range(len(sets)):
            known.sets[number] |= (word in sets[row]) << row
        for at in range(len(word)):
            known.letters[total + at] = word[at]
        total += len(word)
    known.starts[known.count] = total
    for number in range(0x602):
        while first < known.count and (
            known.starts[first] == known.starts[first + 1] or known.letters[known.starts[first]] < <uint32_t>number
        ):
            first += 1
        known.begins[number] = first
    return 0


cdef inline void narrow(
    const Known *known, uint32_t letter, Py_ssize_t place, Py_ssize_t *low, Py_ssize_t *high
) noexcept nogil:
    """Narrow the words down to those with this letter at this place; they have the same letters before it."""
    cdef Py_ssize_t first = low[0], last = high[0], middle, end
    if place == 0 and letter < 0x601:
        low[0], high[0] = known.begins[letter], known.begins[letter + 1]
        return
    while first < last:  # the first word whose letter is not below
        middle = (first + last) // 2
        if (known.starts[middle] + place >= known.starts[middle + 1]
                or known.letters[known.starts[middle] + place] < letter):
            first = middle + 1
        else:
            last = middle
    low[0] = last = first
    end = high[0]
    while last < end:  # the first whose letter is above
        middle = (last + end) // 2
        if (known.starts[middle] + place < known.starts[middle + 1]
                and known.letters[known.starts[middle] + place] > letter):
            end = middle
        else:
            last = middle + 1
    high[0] = last


cdef Py_ssize_t count_text(
    str text, const Known *known, const uint32_t[:, ::1] folds, int64_t[:, ::1] hits, Py_ssize_t number
):
    """Count the words of a text, and add those that are known to its hits."""
    cdef Py_ssize_t length = len(text), at = 0, place, low, high, part, row, count = 0
    cdef int kind = PyUnicode_KIND(text)
    cdef const void *data = PyUnicode_DATA(text)
    cdef uint32_t char, letter
    while at <= length:
        count += 1
        low, high, place = 0, known.count, 0
        while at < length and low < high:
            char = PyUnicode_READ(kind, data, at)
            if char == 0x20:
                break
            at += 1
            if char >= <uint32_t>folds.shape[0]:
                narrow(known, char, place, &low, &high)
                place += 1
                continue
            for part in range(folds.shape[1]):
                letter = folds[char, part]
                if part and not letter:
                    break
                narrow(known, letter, place, &low, &high)
                place += 1
        if low < high:
            # Of those with these letters at their beginning the first ends with them, if one does.
            if known.starts[low + 1] - known.starts[low] == place:
                for row in range(hits.shape[0]):
                    hits[row, number] += known.sets[low] >> row & 1
        else:
            while at < length and PyUnicode_READ(kind, data, at) != 0x20:
                at += 1
        at += 1
    return count


def count_known(
    list texts,
    list words,
    list sets,
    const uint32_t[:, ::1] folds,
    int64_t[::1] counts,
    int64_t[:, ::1] hits,
):
    cdef Py_ssize_t number
    cdef Known known
    if counts.shape[0] != len(texts) or hits.shape[1] != len(texts):
        raise ValueError("an entry for each text")
    if hits.shape[0] != len(sets) or len(sets) > 8:
        raise ValueError("a row for each set, eight at most")
    known.letters, known.starts, known.sets = NULL, NULL, NULL
    try:
        read_known(&known, words, sets)
        for number in range(len(texts)):
            hits[:, number] = 0
            counts[number] = count_text(texts[number], &known, folds, hits, number)
    finally:
        free(known.letters)
        free(known.starts)
        free(known.sets)
