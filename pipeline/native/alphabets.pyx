# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Letters counted by their script, and the vote of the sentences; `pipeline.text.language` says what this is about."""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

cdef enum:
    MOST = 32  # languages


def count(str text, Py_ssize_t most, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Count the characters of the basic plane by kind, of the first `most`; `kinds` has one for each of them."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at
    cdef uint32_t code
    for at in range(min(len(text), most)):
        code = PyUnicode_READ(kind, data, at)
        if code < 0x10000:
            counts[kinds[code]] += 1


def vote(
    str text,
    Py_ssize_t most,
    const uint8_t[::1] kinds,
    int own,
    const int32_t[:, ::1] logs,
    const int64_t[::1] groups,
    Py_ssize_t sentence,
):
    """Elect the language of a text's first `most` characters.

    Returns its number, the letters of the kind `own`, and by how much the two best languages differ over the text. The
    last row of `logs` is for the characters behind the others; `groups` has the number of the group of each language,
    and `sentence` is the fewest letters of one.
    """
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = min(len(text), most), at, last = logs.shape[0] - 1
    cdef Py_ssize_t languages = min(logs.shape[1], <Py_ssize_t>MOST), one, best, group
    cdef int64_t[MOST] scores, whole, votes
    cdef int64_t[MOST][MOST] totals  # of the sentences that chose a group, by language
    cdef int64_t letters = 0, before = 0, passed = 0, first, second
    cdef uint32_t code
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        letters += code < 0x10000 and kinds[code] == own
    for one in range(languages):
        scores[one] = whole[one] = votes[one] = 0
        for group in range(languages):
            totals[group][one] = 0
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        passed += code < 0x10000 and kinds[code] == own
        if code < last:
            for one in range(languages):
                scores[one] += logs[code, one]
        if at + 1 < length and not (
            is_stop(code) and passed - before >= sentence and letters - passed >= sentence
        ):
            continue
        best = 0
        for one in range(1, languages):
            if scores[one] > scores[best]:
                best = one
        group = groups[best]
        votes[group] += passed - before
        for one in range(languages):
            totals[group][one] += scores[one]
            whole[one] += scores[one]
            scores[one] = 0
        before = passed
    group = 0
    for one in range(1, languages):
        if votes[one] > votes[group]:
            group = one
    best = -1
    for one in range(languages):
        if groups[one] == group and (best < 0 or totals[group][one] > totals[group][best]):
            best = one
    first, second = whole[0], whole[1] if languages > 1 else whole[0]
    if second > first:
        first, second = second, first
    for one in range(2, languages):
        if whole[one] > first:
            first, second = whole[one], first
        elif whole[one] > second:
            second = whole[one]
    return best, letters, first - second


cdef inline bint is_stop(uint32_t code) noexcept nogil:
    return code == 0x2E or code == 0x21 or code == 0x3F or code == 0x2026 or code == 0x0A
