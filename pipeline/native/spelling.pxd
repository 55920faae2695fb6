"""Invisible characters and white space: which characters they are, and a text without them."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FromKindAndData, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint32_t


cdef inline bint is_space(uint32_t code) noexcept nogil:
    """Return the same as str.isspace."""
    if code < 0x80:
        return code == 0x20 or 9 <= code <= 13 or 0x1C <= code <= 0x1F
    if code < 0x1680:
        return code == 0x85 or code == 0xA0
    return (
        code == 0x1680 or 0x2000 <= code <= 0x200A or 0x2028 <= code <= 0x2029 or code == 0x202F or code == 0x205F
        or code == 0x3000
    )


cdef inline bint is_invisible(uint32_t code) noexcept nogil:
    """Return whether a character is in `normalise.INVISIBLE`."""
    if code < 0x2000:
        return code == 0xAD or code == 0x301
    return 0x200B <= code <= 0x200D or code == 0x2060 or code == 0xFEFF


cdef enum:
    JOINED = 0  # each run of white space becomes a space, none at the ends; invisible characters are dropped
    SEEN = 1  # likewise, but control characters count as white space, and the dropped characters are others
    TIDY = 2  # runs of two or more become a space; a single white space character is kept
    SPLIT = 3  # each run of white space becomes a space, none at the ends; nothing is dropped


cdef inline bint is_blank(uint32_t code, int how) noexcept nogil:
    return is_space(code) or (how == SEEN and code < 0x20)


cdef inline bint is_dropped(uint32_t code, int how) noexcept nogil:
    if how == JOINED:
        return is_invisible(code)
    if how == TIDY or how == SPLIT or code < 0xAD:
        return False
    return code == 0xAD or code == 0x200B or 0x200E <= code <= 0x200F or code == 0x2060 or code == 0xFEFF


cdef inline str spelled(str text, Py_ssize_t start, Py_ssize_t end, int how):
    """Return a part of a text in the chosen spelling."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef uint32_t *written = <uint32_t *>PyMem_Malloc(max(end - start, 1) * sizeof(uint32_t))
    cdef Py_ssize_t at, count = 0, spaces = 0
    cdef uint32_t code, space = 0x20
    if written is NULL:
        raise MemoryError
    try:
        for at in range(start, end):
            code = PyUnicode_READ(kind, data, at)
            if is_blank(code, how):
                spaces += 1
                space = code
                continue
            if is_dropped(code, how):
                continue
            if spaces and count:  # never writes more characters than were read
                written[count] = space if how == TIDY and spaces == 1 else 0x20
                count += 1
            spaces = 0
            written[count] = code
            count += 1
        return PyUnicode_FromKindAndData(4, written, count)
    finally:
        PyMem_Free(written)


cdef inline str respelled(str text, int how):
    """Return a text in the chosen spelling; the text itself if it is already so."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at
    cdef uint32_t code
    cdef bint space, was_space = True
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        space = is_blank(code, how)
        if (space and (was_space or (how != TIDY and code != 0x20))) or is_dropped(code, how):
            return spelled(text, 0, length, how)
        was_space = space
    return spelled(text, 0, length, how) if was_space else text
