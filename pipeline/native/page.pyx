# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Extract the texts between tags, find words, count characters, and read and write bytes; before any parser.

Whatever the arguments hold, nothing outside of them is read or written.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_DecodeUTF8, PyUnicode_KIND
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memchr

from pipeline.native.spelling cimport is_space

cdef extern from *:
    """
    #include <stdint.h>
    /* Count a character with sums as narrow as the characters, so that the compiler counts many at once. */
    #define CHISTOVIK_COUNT(name, type, sum, holds)                                             \
        static Py_ssize_t name(const type *text, Py_ssize_t length)                             \
        {                                                                                       \
            Py_ssize_t count = 0;                                                               \
            for (Py_ssize_t at = 0; at < length; at += 128) {                                   \
                const Py_ssize_t size = length - at < 128 ? length - at : 128;                  \
                const type *some = text + at;                                                   \
                sum found = 0;                                                                  \
                for (Py_ssize_t step = 0; step < size; step++)                                  \
                    found += holds(type);                                                       \
                count += found;                                                                 \
            }                                                                                   \
            return count;                                                                       \
        }
    #define CHISTOVIK_OPENS(type) (some[step] == 0x3C)
    #define CHISTOVIK_NAMED(type) ((some[step] == 0x3C) & ((type)((some[step + 1] | 0x20) - 0x61) < 26))
    CHISTOVIK_COUNT(chistovik_count_one, uint8_t, uint8_t, CHISTOVIK_OPENS)
    CHISTOVIK_COUNT(chistovik_count_two, uint16_t, uint16_t, CHISTOVIK_OPENS)
    CHISTOVIK_COUNT(chistovik_count_four, uint32_t, uint32_t, CHISTOVIK_OPENS)
    CHISTOVIK_COUNT(chistovik_named_one, uint8_t, uint8_t, CHISTOVIK_NAMED)
    CHISTOVIK_COUNT(chistovik_named_two, uint16_t, uint16_t, CHISTOVIK_NAMED)
    CHISTOVIK_COUNT(chistovik_named_four, uint32_t, uint32_t, CHISTOVIK_NAMED)
    """
    Py_ssize_t chistovik_count_one(const uint8_t *, Py_ssize_t) noexcept nogil
    Py_ssize_t chistovik_count_two(const uint16_t *, Py_ssize_t) noexcept nogil
    Py_ssize_t chistovik_count_four(const uint32_t *, Py_ssize_t) noexcept nogil
    Py_ssize_t chistovik_named_one(const uint8_t *, Py_ssize_t) noexcept nogil  # these read one character more
    Py_ssize_t chistovik_named_two(const uint16_t *, Py_ssize_t) noexcept nogil
    Py_ssize_t chistovik_named_four(const uint32_t *, Py_ssize_t) noexcept nogil


cdef extern from *:
    """
    #include <string.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif

    /* Return where a character of ASCII is in a text from a position on, -1 if it is not there.

       CPython looks for a byte, and Cyrillic letters have the bytes of "<" and ">" in them. */
    static inline Py_ssize_t chistovik_find(const void *data, int kind, Py_ssize_t at, Py_ssize_t end, uint8_t wanted)
    {
        if (at >= end)
            return -1;
        if (kind == 1) {
            const uint8_t *const text = (const uint8_t *)data;
            const uint8_t *const found = (const uint8_t *)memchr(text + at, wanted, (size_t)(end - at));
            return found ? found - text : -1;
        }
        if (kind == 2) {
            const uint16_t *const text = (const uint16_t *)data;
    #if defined(__SSE2__)
            const __m128i many = _mm_set1_epi16((short)wanted);
            for (; at + 8 <= end; at += 8) {
                const __m128i some = _mm_loadu_si128((const __m128i *)(text + at));
                const int found = _mm_movemask_epi8(_mm_cmpeq_epi16(some, many));
                if (found)
                    return at + __builtin_ctz((unsigned)found) / 2;
            }
    #endif
            for (; at < end; at++)
                if (text[at] == wanted)
                    return at;
            return -1;
        }
        for (; at < end; at++)
            if (((const uint32_t *)data)[at] == wanted)
                return at;
        return -1;
    }
    """
    Py_ssize_t chistovik_find(const void *, int, Py_ssize_t, Py_ssize_t, uint8_t) noexcept nogil


cdef inline Py_ssize_t find(str text, Py_ssize_t at, Py_ssize_t end, uint8_t wanted) noexcept:
    return chistovik_find(PyUnicode_DATA(text), PyUnicode_KIND(text), at, end, wanted)


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
            at = find(text, at, length, 0x3E) if at < length else -1
            if at < 0 or (text[at - 1] == u"-" and text[at - 2] == u"-"):
                return at
            at += 1
    at += 1 + len(name)
    while True:
        at = find(text, at, length, 0x3C) if at < length else -1
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
        at = find(text, at, length, 0x3C) if at < length else -1
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
        at = find(text, at, length, 0x3E) if 0 <= at < length else -1
        if at < 0:
            return "".join(parts)
        at += 1
        kept = at


def runs(str text, Py_ssize_t least):
    """Return the pieces between tags of at least `least` characters, without empty pieces and pieces of white space.

    Comments and invisible elements are left out, as `without_unseen` does; that a whole text is made without them took
    half of the time.
    """
    cdef Py_ssize_t length = len(text), at = 0, start = 0
    cdef list found = [], parts = []
    cdef str name
    while True:
        at = find(text, at, length, 0x3C)
        if at < 0:
            break
        name = unseen_at(text, at, length)
        if name is None:
            add_run(found, text, start, at, parts, least)
            at += 1
            start = at
            continue
        parts.append(text[start:at])
        at = end_of(text, at, length, name)
        at = find(text, at, length, 0x3E) if at >= 0 else -1
        at = at + 1 if at >= 0 else length
        start = at
    add_run(found, text, start, length, parts, least)
    return found


cdef int add_run(list found, str text, Py_ssize_t start, Py_ssize_t end, list parts, Py_ssize_t least) except -1:
    """Add what is behind the tag in a piece of text, of which `parts` are the beginning; they are emptied."""
    cdef Py_ssize_t close
    cdef str piece
    if parts:
        parts.append(text[start:end])
        text = "".join(parts)
        start, end = 0, len(text)
        parts.clear()
    if end - start < max(least, 1):
        return 0
    close = find(text, start, end, 0x3E)  # an unclosed tag counts as text
    start = close + 1 if close >= 0 else start
    if end - start >= max(least, 1):
        piece = text[start:end]
        if not piece.isspace():
            found.append(piece)
    return 0


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


def count_tags(str html, bint letters):
    """Count the "<", or those before an ASCII letter."""
    cdef int kind = PyUnicode_KIND(html)
    cdef void *data = PyUnicode_DATA(html)
    cdef Py_ssize_t length = len(html)
    if letters:
        length = max(length - 1, 0)  # the last character has none after it
        if kind == 1:
            return chistovik_named_one(<const uint8_t *>data, length)
        if kind == 2:
            return chistovik_named_two(<const uint16_t *>data, length)
        return chistovik_named_four(<const uint32_t *>data, length)
    if kind == 1:
        return chistovik_count_one(<const uint8_t *>data, length)
    if kind == 2:
        return chistovik_count_two(<const uint16_t *>data, length)
    return chistovik_count_four(<const uint32_t *>data, length)


def tally(str text, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Add the number of characters of each kind to `counts`; characters beyond the table are not counted."""
    cdef Py_ssize_t number = kinds.shape[0], most = counts.shape[0]
    cdef uint8_t kind
    for char in text:
        if char < number:
            kind = kinds[<Py_ssize_t>char]
            if kind < most:
                counts[kind] += 1


# -- the bytes of a text, and of a body in a record: `pipeline.records.page` and `pipeline.page.packed`

cdef extern from *:
    """
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif

    /* Write 16-bit characters as UTF-8 and return the number of bytes; -1 for a lone surrogate. */
    static Py_ssize_t chistovik_utf8(const uint16_t *text, Py_ssize_t length, uint8_t *out)
    {
        const uint8_t *const first = out;
        for (Py_ssize_t at = 0; at < length;) {
            const uint16_t code = text[at];
            if (code < 0x80) {
    #if defined(__SSE2__)
                if (at + 8 <= length) { /* `out` has room for three bytes for each character, so eight fit */
                    const __m128i some = _mm_loadu_si128((const __m128i *)(text + at));
                    const __m128i high = _mm_and_si128(some, _mm_set1_epi16((short)0xFF80));
                    const int plain = _mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128()));
                    const int size = plain == 0xFFFF ? 8 : __builtin_ctz(~(unsigned)plain) / 2;
                    _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(some, some));
                    out += size;
                    at += size;
                    continue;
                }
    #endif
                *out++ = (uint8_t)code;
            } else if (code < 0x800) {
                *out++ = (uint8_t)(0xC0 | code >> 6);
                *out++ = (uint8_t)(0x80 | (code & 0x3F));
            } else {
                if ((code & 0xF800) == 0xD800)
                    return -1;
                *out++ = (uint8_t)(0xE0 | code >> 12);
                *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
                *out++ = (uint8_t)(0x80 | (code & 0x3F));
            }
            at++;
        }
        return out - first;
    }

    /* The number of a hexadecimal digit of ASCII, -1 for any other byte. */
    static inline int chistovik_digit(uint8_t code)
    {
        if (code >= '0' && code <= '9')
            return code - '0';
        code |= 0x20;
        return code >= 'a' && code <= 'f' ? code - 'a' + 10 : -1;
    }

    /* The number of four of them, -1 if one is none. */
    static inline int32_t chistovik_unit(const uint8_t *at)
    {
        int32_t unit = 0;
        for (int place = 0; place < 4; place++) {
            const int digit = chistovik_digit(at[place]);
            if (digit < 0)
                return -1;
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /* Write a JSON string without its escapes and return the number of bytes; -1 if it is none, or has surrogates. */
    static Py_ssize_t chistovik_unescape(const uint8_t *text, Py_ssize_t length, uint8_t *out)
    {
        const uint8_t *const first = out;
        Py_ssize_t at = 0;
        while (at < length) {
    #if defined(__SSE2__)
            if (at + 16 <= length) { /* nothing written is longer than what was read, so sixteen bytes fit */
                const __m128i some = _mm_loadu_si128((const __m128i *)(text + at));
                const __m128i quote = _mm_cmpeq_epi8(some, _mm_set1_epi8(0x22));
                const __m128i slash = _mm_cmpeq_epi8(some, _mm_set1_epi8(0x5C));
                const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(some, _mm_set1_epi8(0x1F)), some);
                const int odd = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
                const int size = odd ? __builtin_ctz((unsigned)odd) : 16;
                _mm_storeu_si128((__m128i *)out, some);
                out += size;
                at += size;
                if (!odd)
                    continue;
            }
    #endif
            const uint8_t code = text[at++];
            if (code != 0x5C) {
                if (code == 0x22 || code < 0x20)
                    return -1;
                *out++ = code;
                continue;
            }
            if (at == length)
                return -1;
            switch (text[at++]) {
            case 0x22: *out++ = 0x22; break;
            case 0x5C: *out++ = 0x5C; break;
            case '/': *out++ = '/'; break;
            case 'b': *out++ = 0x08; break;
            case 'f': *out++ = 0x0C; break;
            case 'n': *out++ = 0x0A; break;
            case 'r': *out++ = 0x0D; break;
            case 't': *out++ = 0x09; break;
            case 'u': {
                const int32_t unit = length - at < 4 ? -1 : chistovik_unit(text + at);
                if (unit < 0 || (unit & 0xF800) == 0xD800)
                    return -1;
                at += 4;
                if (unit >= 0x800)
                    *out++ = (uint8_t)(0xE0 | unit >> 12);
                if (unit >= 0x80)
                    *out++ = (uint8_t)(unit >= 0x800 ? 0x80 | (unit >> 6 & 0x3F) : 0xC0 | unit >> 6);
                *out++ = (uint8_t)(unit >= 0x80 ? 0x80 | (unit & 0x3F) : unit);
                break;
            }
            default:
                return -1;
            }
        }
        return out - first;
    }
    """
    Py_ssize_t chistovik_utf8(const uint16_t *, Py_ssize_t, uint8_t *) noexcept nogil
    Py_ssize_t chistovik_unescape(const uint8_t *, Py_ssize_t, uint8_t *) noexcept nogil


def utf8(str text):
    """Return a text in UTF-8; None for a text that Python writes faster, and for one with a lone surrogate."""
    cdef Py_ssize_t length = len(text), size
    cdef uint8_t *written
    if PyUnicode_KIND(text) != 2:
        return None
    written = <uint8_t *>PyMem_Malloc(3 * length)
    if written is NULL:
        raise MemoryError
    try:
        size = chistovik_utf8(<const uint16_t *>PyUnicode_DATA(text), length, written)
        return PyBytes_FromStringAndSize(<char *>written, size) if size >= 0 else None
    finally:
        PyMem_Free(written)


def unescaped(bytes text, Py_ssize_t start, Py_ssize_t end):
    """Return the JSON string of which `text` has the characters between its quotes.

    None if there is no such string, or one that has halves of surrogate pairs, which may be lone.
    """
    cdef Py_ssize_t length, size
    cdef uint8_t *written
    if not 0 <= start <= end <= len(text):
        raise ValueError("not a part of the text")
    length = end - start
    written = <uint8_t *>PyMem_Malloc(length + 1)
    if written is NULL:
        raise MemoryError
    try:
        size = chistovik_unescape(<const uint8_t *>PyBytes_AS_STRING(text) + start, length, written)
        return PyUnicode_DecodeUTF8(<char *>written, size, NULL) if size >= 0 else None
    except UnicodeDecodeError:
        return None
    finally:
        PyMem_Free(written)
