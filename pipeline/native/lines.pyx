# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Lines cut and tidied; `pipeline.document.blocks.lines`, `pipeline.text.normalise` and `pipeline.document.metadata.head` say what this is about."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FromKindAndData, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint32_t

from pipeline.native.spelling cimport is_invisible, is_space


cdef enum:
    JOINED = 0  # each run of white space one space, none at the ends, without what is invisible
    SEEN = 1  # likewise, but control characters are white space, and other characters are left out
    TIDY = 2  # runs of two and more are one space, and one alone stays what it is


cdef inline bint is_blank(uint32_t code, int how) noexcept nogil:
    return is_space(code) or (how == SEEN and code < 0x20)


cdef inline bint is_dropped(uint32_t code, int how) noexcept nogil:
    if how == JOINED:
        return is_invisible(code)
    if how == TIDY or code < 0xAD:
        return False
    return code == 0xAD or code == 0x200B or 0x200E <= code <= 0x200F or code == 0x2060 or code == 0xFEFF


cdef str spelled(str text, Py_ssize_t start, Py_ssize_t end, int how):
    """Write a part of a text anew."""
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
            if spaces and count:  # of what was read at least as much as is written
                written[count] = space if how == TIDY and spaces == 1 else 0x20
                count += 1
            spaces = 0
            written[count] = code
            count += 1
        return PyUnicode_FromKindAndData(4, written, count)
    finally:
        PyMem_Free(written)


cdef inline str respelled(str text, int how):
    """Write a text anew where it is not yet as it should be."""
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


def tidy(str line):
    """Join runs of white space to one space; a single one inside stays what it is."""
    return respelled(line, TIDY)


def joined(str text):
    """Leave out what is invisible, join white space to one space."""
    return respelled(text, JOINED)


def seen(str text):
    """Leave out what is invisible, join white space and control characters to one space."""
    return respelled(text, SEEN)


def cut(str text, marker_of, list numbers, list texts, list bodies, list after_blank, list markers):
    """Append the lines of a text that are not blank; `marker_of` is asked of those that do not begin with a letter."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at = 0, number = 0, first, last, spaces
    cdef uint32_t code
    cdef bint blank = True, odd, plain
    cdef str line, body
    while at < length:
        number += 1
        first = last = -1
        spaces = 0
        odd = False
        while at < length:
            code = PyUnicode_READ(kind, data, at)
            plain = 0x20 < code < 0x7F or 0x301 < code < 0x1680  # what most of any text is
            if not plain and is_space(code):
                if code == 0x0A or code == 0x0D:
                    break
                # White space at the end is no part of the line, which is known only there.
                spaces += 1 if code == 0x20 else 2
            else:
                if first < 0:
                    first = at
                    spaces = 0
                odd |= spaces > 1 or (not plain and is_invisible(code))
                spaces = 0
                last = at
            at += 1
        if at < length:
            at += 2 if code == 0x0D and at + 1 < length and PyUnicode_READ(kind, data, at + 1) == 0x0A else 1
        if first < 0:
            blank = True
            continue
        line = text[first : last + 1]
        body = spelled(text, first, last + 1, JOINED) if odd else line
        if not body:
            blank = True
            continue
        code = body[0]
        marker = None if (<Py_UCS4>code).isalpha() else marker_of(body)
        numbers.append(number)
        texts.append(line)
        bodies.append(body if marker is None else body[<Py_ssize_t>marker.end() :])
        after_blank.append(blank)
        markers.append(marker is not None)
        blank = False
