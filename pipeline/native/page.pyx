# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Extract the texts between tags, find words and count characters by kind; for raw pages, before any parser.

Whatever the arguments hold, nothing outside of them is read or written.
"""

from cpython.unicode cimport PyUnicode_FindChar
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memchr


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


def unseen_from(str text, Py_ssize_t at):
    """Return where the next comment or possibly invisible element starts, from `at` on; -1 if there is none."""
    cdef Py_ssize_t last = len(text) - 3
    cdef Py_UCS4 first, second, third
    while True:
        at = PyUnicode_FindChar(text, u"<", at, last, 1) if at < last else -1
        if at < 0:
            return -1
        first, second, third = text[at + 1], text[at + 2], text[at + 3]
        if first == u"!":
            if second == u"-" and third == u"-":
                return at
        elif is_one_of(first, u"s"):
            if is_one_of(second, u"c") or is_one_of(second, u"t") and is_one_of(third, u"y"):
                return at
        elif is_one_of(first, u"n"):
            if is_one_of(second, u"o") and is_one_of(third, u"s"):
                return at
        elif is_one_of(first, u"t"):
            if is_one_of(second, u"e") and is_one_of(third, u"m"):
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


def tally(str text, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Add the number of characters of each kind to `counts`; characters beyond the table are not counted."""
    cdef Py_ssize_t number = kinds.shape[0], most = counts.shape[0]
    cdef uint8_t kind
    for char in text:
        if char < number:
            kind = kinds[<Py_ssize_t>char]
            if kind < most:
                counts[kind] += 1
