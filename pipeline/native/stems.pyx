# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The words that two texts share, by their beginnings; `pipeline.document.rules.headline` says what this is about."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint64_t
from libc.string cimport memset

cdef enum:  # as in headline.py
    LONGEST = 5  # characters of a stem, which has room for no more
    FEWEST = 4  # letters of a word that has one


cdef struct Stem:
    uint64_t head  # three characters, never 0
    uint64_t tail  # two


cdef class Stems:
    """The stems of a folded text."""

    cdef Stem *table  # open, with empty places of zeros
    cdef Py_ssize_t room

    def __cinit__(self, str folded):
        cdef Stem *found = NULL
        cdef Py_ssize_t count
        self.table = NULL
        try:
            count = gather(folded, &found)
            self.room = room_for(count)
            self.table = table_of(found, &count, self.room)
        finally:
            PyMem_Free(found)

    def __dealloc__(self):
        PyMem_Free(self.table)

    def shared_with(self, str folded):
        """Count the stems of another text, and those of them that are in this one."""
        cdef Stem *found = NULL
        cdef Stem *own = NULL
        cdef Py_ssize_t count, shared = 0, at
        try:
            count = gather(folded, &found)
            own = table_of(found, &count, room_for(count))
            for at in range(count):
                shared += self.table[place(self.table, self.room, found[at])].head != 0
            return count, shared
        finally:
            PyMem_Free(found)
            PyMem_Free(own)


cdef Py_ssize_t gather(str folded, Stem **found) except -1:
    """Find the stems of a text, in its order."""
    cdef int kind = PyUnicode_KIND(folded)
    cdef void *data = PyUnicode_DATA(folded)
    cdef Py_ssize_t length = len(folded), at, start = 0, count = 0, room = 0
    cdef Py_UCS4 code
    cdef bint letter, dense
    for at in range(length + 1):
        code = PyUnicode_READ(kind, data, at) if at < length else 0
        dense = 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF
        letter = code.isalpha() or (code.isalnum() and not code.isdecimal())
        if room < count + 2:
            room = 64 + 2 * room
            found[0] = <Stem *>grown(found[0], room * sizeof(Stem))
        if not letter:
            if at - start >= FEWEST:
                found[0][count] = stem(kind, data, start, min(at, start + LONGEST))
                count += 1
            start = at + 1
        if dense and at + 1 < length:
            found[0][count] = stem(kind, data, at, at + 2)
            count += 1
    return count


cdef void *grown(void *memory, size_t size) except NULL:
    cdef void *larger = PyMem_Realloc(memory, size)
    if larger is NULL:
        raise MemoryError
    return larger


cdef inline Stem stem(int kind, void *data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef Stem made
    cdef Py_ssize_t at
    made.head = made.tail = 0
    for at in range(start, end):
        if at - start < 3:
            made.head |= <uint64_t>PyUnicode_READ(kind, data, at) << (21 * (at - start))
        else:
            made.tail |= <uint64_t>PyUnicode_READ(kind, data, at) << (21 * (at - start - 3))
    return made


cdef Py_ssize_t room_for(Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t room = 16
    while room < 2 * count:
        room *= 2
    return room


cdef Stem *table_of(Stem *found, Py_ssize_t *count, Py_ssize_t room) except NULL:
    """Make a table of stems, and leave of `found` each once."""
    cdef Stem *table = <Stem *>PyMem_Malloc(room * sizeof(Stem))
    cdef Py_ssize_t at, slot, kept = 0
    if table is NULL:
        raise MemoryError
    memset(table, 0, room * sizeof(Stem))
    for at in range(count[0]):
        slot = place(table, room, found[at])
        if not table[slot].head:
            table[slot] = found[kept] = found[at]
            kept += 1
    count[0] = kept
    return table


cdef inline Py_ssize_t place(const Stem *table, Py_ssize_t room, Stem one) noexcept nogil:
    """Find the place of a stem, or the empty one where it would stand."""
    cdef uint64_t mixed = (one.head ^ (one.tail * 0xC2B2AE3D27D4EB4FULL)) * 0x9E3779B97F4A7C15ULL
    cdef Py_ssize_t slot = <Py_ssize_t>((mixed ^ mixed >> 32) & <uint64_t>(room - 1))
    while table[slot].head and (table[slot].head != one.head or table[slot].tail != one.tail):
        slot = (slot + 1) & (room - 1)
    return slot
