# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Extract the texts between tags, find words and count characters by kind; for raw pages, before any parser.

Whatever the arguments hold, nothing outside of them is read or written.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FindChar, PyUnicode_KIND
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memchr

from pipeline.native.spelling cimport is_space

ctypedef fused Character:
    uint8_t
    uint16_t
    uint32_t


def runs(str text, Py_ssize_t least):
    """Return the pieces between tags of at least `least` characters, without empty pieces and pieces of white space."""
    cdef Py_ssize_t length = len(text), start = 0, end, close
    cdef list found = []
    cdef str piece
    while start <= length:
        end = PyUnicode_FindChar(text, u"<", start, length, 1)
        end = length if end < 0 else end
        # An unclosed tag counts as text.
        close = PyUnicode_FindChar(text, u">", start, end, 1) if end - start >= least else -1
        if end - (close + 1 if close >= 0 else start) >= max(least, 1):
            piece = text[close + 1 if close >= 0 else start : end]
            if not piece.isspace():
                found.append(piece)
        start = end + 1
    return found


cdef inline bint is_one_of(Py_UCS4 char, Py_UCS4 small) noexcept:
    """Return whether a character is the given ASCII letter, in either case."""
    return char == small or <int>char + 32 == <int>small


cdef bint begins(str text, Py_ssize_t at, Py_ssize_t length, str name):
    """Return whether a name is at a position, in ASCII letters of either case."""
    cdef Py_ssize_t step
    if at + len(name) > length:
        return False
    for step in range(len(name)):
        if not is_one_of(text[at + step], name[step]):
            return False
    return True


cdef str unseen_at(str text, Py_ssize_t at, Py_ssize_t length):
    """Return the name of the invisible element that starts at a position, "--" for a comment, None for others."""
    cdef str name = None
    cdef Py_UCS4 first
    if at + 4 > length:
        return None
    first = text[at + 1]
    if first == u"!":
        return "--" if text[at + 2] == u"-" and text[at + 3] == u"-" else None
    if is_one_of(first, u"s"):
        name = "script" if is_one_of(text[at + 2], u"c") else "style"
    elif is_one_of(first, u"n"):
        name = "noscript"
    elif is_one_of(first, u"t"):
        name = "template"
    return name if name is not None and begins(text, at + 1, length, name) else None


cdef Py_ssize_t end_of(str text, Py_ssize_t at, Py_ssize_t length, str name):
    """Return where the end tag of an element begins, or the ">" of a comment's end; -1 without one."""
    if name == "--":
        at += 2
        while True:
            at = PyUnicode_FindChar(text, u">", at, length, 1) if at < length else -1
            if at < 0 or (text[at - 1] == u"-" and text[at - 2] == u"-"):
                return at
            at += 1
    at += 1 + len(name)
    while True:
        at = PyUnicode_FindChar(text, u"<", at, length, 1) if at < length else -1
        if at < 0 or (at + 1 < length and text[at + 1] == u"/" and begins(text, at + 2, length, name)):
            return at
        at += 1


def mentions(bytes text, bytes word):
    """Return whether a text contains a word of ASCII letters, given in small letters, in either case."""
    cdef const uint8_t* chars = text
    cdef const uint8_t* wanted = word
    cdef const uint8_t* found
    cdef Py_ssize_t length = len(word), last = len(text) - length, at, same
    cdef uint8_t first
    if length == 0:
        return True
    for first in (wanted[0], wanted[0] - 32):
        at = 0
        while at <= last:
            found = <const uint8_t*>memchr(chars + at, first, last + 1 - at)
            if found == NULL:
                break
            at = found - chars
            same = 1
            while same < length and chars[at + same] | 32 == wanted[same]:
                same += 1
            if same == length:
                return True
            at += 1
    return False


def without_unseen(str text):
    """Remove comments and invisible elements in the order of their starts; an unclosed one extends to the end."""
    cdef Py_ssize_t length = len(text), at = 0, kept = 0
    cdef list parts = []
    cdef str name
    while True:
        at = PyUnicode_FindChar(text, u"<", at, length, 1) if at < length else -1
        if at < 0:
            if not kept:
                return text
            parts.append(text[kept:])
            return "".join(parts)
        name = unseen_at(text, at, length)
        if name is None:
            at += 1
            continue
        parts.append(text[kept:at])
        at = end_of(text, at, length, name)
        at = PyUnicode_FindChar(text, u">", at, length, 1) if 0 <= at < length else -1
        if at < 0:
            return "".join(parts)
        at += 1
        kept = at


def without_short(list runs, Py_ssize_t least):
    """Return the runs that have `least` characters or more with one space for each run of white space."""
    return [run for run in runs if is_long(run, least)]


cdef bint is_long(str text, Py_ssize_t least):
    cdef Py_ssize_t count = 0
    cdef bint was_space = True
    for char in text:
        if not is_space(char):
            count += 1 if count == 0 or not was_space else 2  # with the space before the word
            was_space = False
            if count >= least:
                return True
        else:
            was_space = True
    return count >= least


cdef Py_ssize_t count_in(const Character *characters, Py_ssize_t length, bint letters) noexcept nogil:
    cdef Py_ssize_t at, count = 0
    cdef uint32_t after
    if not letters:
        for at in range(length):
            count += characters[at] == 0x3C
        return count
    for at in range(length - 1):
        after = characters[at + 1] | 0x20
        count += characters[at] == 0x3C and 0x61 <= after <= 0x7A
    return count


def count_tags(str html, bint letters):
    """Count the "<", or those before an ASCII letter."""
    cdef int kind = PyUnicode_KIND(html)
    cdef void *data = PyUnicode_DATA(html)
    if kind == 1:
        return count_in(<const uint8_t *>data, len(html), letters)
    if kind == 2:
        return count_in(<const uint16_t *>data, len(html), letters)
    return count_in(<const uint32_t *>data, len(html), letters)


def tally(str text, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Add the number of characters of each kind to `counts`; characters beyond the table are not counted."""
    cdef Py_ssize_t number = kinds.shape[0], most = counts.shape[0]
    cdef uint8_t kind
    for char in text:
        if char < number:
            kind = kinds[<Py_ssize_t>char]
            if kind < most:
                counts[kind] += 1
