# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The loops that split a text into blocks, find hints in names, and measure blocks.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

import numpy as np

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, Py_UNICODE_ISALNUM
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from pipeline.native.spelling cimport JOINED, is_invisible, is_space, respelled, spelled

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)


ctypedef fused Character:
    uint8_t
    uint16_t
    uint32_t

# -- hints in class names, without a regular expression: `pipeline.document.blocks.tree` has the words

cdef enum:
    ASCII = 128
    NAME = 256  # characters: for a longer name memory is asked for
    SYMBOLS = 32  # at most so many different characters in all words of a finder


cdef inline bint is_of_word(Py_UCS4 char):
    return char == u"_" or Py_UNICODE_ISALNUM(char)


cdef inline bint is_letter_of_ascii(uint8_t char) noexcept nogil:
    """Return the same as `is_of_word` for ASCII."""
    return char == 0x5F or 0x30 <= char <= 0x39 or 0x61 <= (char | 0x20) <= 0x7A


cdef struct End:  # of a word
    Py_ssize_t number
    bint opens
    bint closes
    long bits


cdef class Finder:
    """Find words in names as a regular expression of alternatives does: the leftmost match, there the first word.

    The words are a tree of characters: a row for each beginning of a word, with the row of each next character.
    """

    cdef uint8_t[ASCII] symbols  # the number of each character that words have, from 1
    cdef uint16_t[:, ::1] rows  # 0: no word goes on so
    cdef const uint8_t[::1] ended  # for each row, whether words end there
    cdef list ends  # for each row, the words that end there: (number, opens, closes, bits)
    cdef End *all_ends  # the same in one array
    cdef int32_t[::1] bounds  # the first of each row in it, and at the end their number

    def __cinit__(self, words):
        """Take (word, opens, closes, bits) in order of precedence; each word is in ASCII.

        A letter must not precede a word that opens, nor follow one that closes.
        """
        cdef list rows = [[0] * SYMBOLS]
        cdef Py_ssize_t at
        self.all_ends = NULL
        self.ends = [[]]
        for at in range(ASCII):
            self.symbols[at] = 0
        count = 0
        for number, (word, opens, closes, bits) in enumerate(words):
            at = 0
            for char in word:
                code = ord(char)
                if code >= ASCII:
                    raise ValueError(f"{word!r} is not in ASCII")
                if not self.symbols[code]:
                    count += 1
                    if count >= SYMBOLS:
                        raise ValueError(f"more than {SYMBOLS - 1} characters")
                    self.symbols[code] = count
                if not rows[at][self.symbols[code]]:
                    rows[at][self.symbols[code]] = len(rows)
                    rows.append([0] * SYMBOLS)
                    self.ends.append([])
                at = rows[at][self.symbols[code]]
            self.ends[at].append((number, opens, closes, bits))
        self.rows = np.array(rows, np.uint16)
        self.ended = bytes(map(bool, self.ends))
        self.bounds = np.cumsum([0, *map(len, self.ends)], dtype=np.int32)
        self.all_ends = <End *>PyMem_Malloc(max(<Py_ssize_t>count_of(self.ends), 1) * sizeof(End))
        if self.all_ends is NULL:
            raise MemoryError
        at = 0
        for row in self.ends:
            for number, opens, closes, bits in row:
                self.all_ends[at].number, self.all_ends[at].bits = number, bits
                self.all_ends[at].opens, self.all_ends[at].closes = opens, closes
                at += 1

    def __dealloc__(self):
        PyMem_Free(self.all_ends)

    def find(self, str name):
        """Return the bits of all words found; matches do not overlap."""
        return self.found(name)

    cdef long found(self, str name) except -1:
        cdef int kind = PyUnicode_KIND(name)
        cdef void *data = PyUnicode_DATA(name)
        cdef uint8_t[NAME] few
        cdef uint8_t *read = few
        cdef Py_ssize_t length = len(name), at
        cdef uint32_t code
        few[0] = 0
        if length > NAME:
            read = <uint8_t *>PyMem_Malloc(length)
            if read is NULL:
                raise MemoryError
        try:
            for at in range(length):
                code = PyUnicode_READ(kind, data, at)
                read[at] = self.symbols[code] if code < ASCII else 0
            return self.words(name, read, length)
        finally:
            if read is not few:
                PyMem_Free(read)

    cdef long words(self, str name, const uint8_t *read, Py_ssize_t length) except -1:
        cdef const uint16_t *rows = &self.rows[0, 0]
        cdef Py_ssize_t at = 0, size, step, row, best
        cdef long found = 0, bits
        while at < length:
            size = bits = row = 0
            best = -1
            for step in range(at, length):
                row = rows[row * SYMBOLS + read[step]]  # no word goes on with the symbol 0
                if not row:
                    break
                if not self.ended[row]:
                    continue
                for number, opens, closes, own in <list>self.ends[row]:
                    if 0 <= best < number or (opens and at > 0 and is_of_word(name[at - 1])):
                        continue
                    if not (closes and step + 1 < length and is_of_word(name[step + 1])):
                        best, bits, size = number, own, step + 1 - at
            found |= bits
            at += size if size else 1
        return found


    cdef long found_in(self, const uint8_t *name, Py_ssize_t length) noexcept:
        """Return the same as `found` for a name in ASCII."""
        cdef const uint16_t *rows = &self.rows[0, 0]
        cdef Py_ssize_t at = 0, size, step, row, best, end
        cdef const End *one
        cdef long found = 0, bits
        while at < length:
            size = bits = row = 0
            best = -1
            for step in range(at, length):
                row = rows[row * SYMBOLS + self.symbols[name[step]]]
                if not row:
                    break
                for end in range(self.bounds[row], self.bounds[row + 1]):
                    one = &self.all_ends[end]
                    if 0 <= best < one.number or (one.opens and at > 0 and is_letter_of_ascii(name[at - 1])):
                        continue
                    if not (one.closes and step + 1 < length and is_letter_of_ascii(name[step + 1])):
                        best, bits, size = one.number, one.bits, step + 1 - at
            found |= bits
            at += size if size else 1
        return found


cdef Py_ssize_t count_of(list rows):
    return sum([len(row) for row in rows])


cdef class Hints:
    """The hints in classes and ids; those of the latest names are remembered."""

    cdef Finder hints, paragraph
    cdef Finder telling
    cdef object is_of_comments, marks_of
    cdef tuple begins
    cdef long comments
    cdef Py_ssize_t most
    cdef dict known

    def __cinit__(
        self, Finder hints, Finder paragraph, is_of_comments, tuple begins, long comments, Py_ssize_t most,
        Finder telling, marks_of,
    ):
        """Take two finders, whose words may overlap; then the test of names of comments, the beginnings of these
        names, and their bit; then the words of which an attribute has one if `marks_of` finds marks in it.
        """
        self.hints, self.paragraph, self.is_of_comments = hints, paragraph, is_of_comments
        self.begins, self.comments, self.most = begins, comments, most
        self.telling, self.marks_of = telling, marks_of
        self.known = {}

    def marked(self, str names):
        """Return the bits of all names of an attribute, with its marks."""
        cdef long bits
        cdef bint tells
        if PyUnicode_IS_ASCII(names) and len(names) <= NAME:
            bits = self.of_ascii(names, &tells)
        else:
            bits, tells = self.of(names), self.telling.found(names.lower()) != 0
        return bits | <long>self.marks_of(names) if tells else bits

    def of(self, str names):
        """Return the bits of all names of an attribute."""
        cdef long bits = 0
        cdef bint tells
        if PyUnicode_IS_ASCII(names) and len(names) <= NAME:
            return self.of_ascii(names, &tells)
        for name in names.split():
            found = self.known.get(name)
            if found is None:
                found = self.of_name(name.lower())
                if len(self.known) >= self.most:
                    self.known.clear()
                self.known[name] = found
            bits |= <long>found
        return bits

    cdef object of_name(self, str name):
        cdef long bits = self.hints.found(name) | self.paragraph.found(name)
        if name.startswith(self.begins) and self.is_of_comments(name):
            bits |= self.comments
        return bits

    cdef long of_ascii(self, str names, bint *tells) except -1:
        """Return the bits of names in ASCII, without making an object of each; write whether `marks_of` is asked."""
        cdef const uint8_t *given = <const uint8_t *>PyUnicode_DATA(names)
        cdef uint8_t[NAME] lowered
        cdef Py_ssize_t length = len(names), start = 0, end, at
        cdef long bits = 0
        for at in range(length):
            lowered[at] = given[at] | 0x20 if 0x41 <= given[at] <= 0x5A else given[at]
        tells[0] = self.telling.found_in(lowered, length) != 0
        while start < length:
            if is_space(lowered[start]):
                start += 1
                continue
            end = start
            while end < length and not is_space(lowered[end]):
                end += 1
            bits |= self.hints.found_in(lowered + start, end - start)
            bits |= self.paragraph.found_in(lowered + start, end - start)
            if self.may_be_of_comments(lowered + start, end - start):
                if self.is_of_comments(names[start:end].lower()):
                    bits |= self.comments
            start = end
        return bits

    cdef bint may_be_of_comments(self, const uint8_t *name, Py_ssize_t length) except -1:
        cdef str begin
        cdef Py_ssize_t at
        for begin in self.begins:
            if len(begin) > length:
                continue
            at = 0
            while at < len(begin) and begin[at] == name[at]:
                at += 1
            if at == len(begin):
                return True
        return False


# -- measures of blocks, character by character: `pipeline.document.blocks.measures` has the classes

cdef enum:
    ROWS = 25  # length of measures.NAMES
    CHARACTERS = 0x30000  # characters in the table; a character beyond it counts as the last one

cdef enum:  # as in measures.py
    LETTER = 1 << 0
    UPPER = 1 << 1
    DIGIT = 1 << 2
    SPACE = 1 << 3
    STOP = 1 << 4
    COMMA = 1 << 5
    COLON = 1 << 6
    CLOSER = 1 << 7
    DENSE = 1 << 8
    BAR = 1 << 9
    QUOTE = 1 << 10
    DASH = 1 << 11
    ELLIPSIS = 1 << 12
    CLASSES = 1 << 13  # one more than all bits together


cdef inline int class_of(uint32_t char, const uint16_t[::1] table) noexcept nogil:
    if 0xD800 <= char < 0xE000:  # a lone surrogate: it counts as the character that replaces it when a text is encoded
        char = 0x3F
    return table[char if char < CHARACTERS else CHARACTERS - 1] & (CLASSES - 1)


cdef enum:  # bits of a sum of counts: a byte for each, in the order of the shares of `counts_of`
    LANE = 8
    FULL = 255  # the most that a byte counts


cdef uint64_t[CLASSES] COUNTS  # for each set of classes, one in the byte of each class that is counted by itself


cdef void prepare() noexcept:
    cdef int classes, lane, bit
    cdef int[8] counted
    counted[0], counted[1], counted[2], counted[3] = COMMA, COLON, DIGIT, QUOTE
    counted[4], counted[5], counted[6], counted[7] = BAR, DENSE, DASH, SPACE
    for classes in range(CLASSES):
        COUNTS[classes] = 0
        for lane in range(8):
            bit = counted[lane]
            COUNTS[classes] |= <uint64_t>(classes & bit != 0) << (LANE * lane)


prepare()


cdef struct Counts:
    long[8] singles  # commas, colons, digits, quotes, bars, dense, dashes, spaces
    long words
    long capitals
    long in_words  # characters of words in scripts with spaces
    long shorts
    long longs
    long sentences
    long letters
    int first  # the classes of the first character, of the last and of the last but one (or the only one)
    int last
    int before


cdef void count(const Character *text, Py_ssize_t length, const uint16_t[::1] table, Counts *counts) noexcept nogil:
    """Count the characters of a text that has at least one."""
    cdef Py_ssize_t at, start = -1, size, lane, flushed = FULL
    cdef int before = SPACE, own = class_of(text[0], table), after
    cdef uint64_t sums = 0
    cdef bint spaced
    memset(counts, 0, sizeof(Counts))
    counts.first = own
    for at in range(length):
        after = class_of(text[at + 1], table) if at + 1 < length else SPACE
        sums += COUNTS[own]
        flushed -= 1
        if not flushed:
            flushed = FULL
            for lane in range(8):
                counts.singles[lane] += sums >> (LANE * lane) & 0xFF
            sums = 0
        counts.letters += own & LETTER  # the lowest bit
        spaced = own & (LETTER | DIGIT) != 0 and not own & DENSE
        if spaced:
            if start < 0:
                start = at
                counts.capitals += own & UPPER != 0
        elif start >= 0:
            size = at - start
            start = -1
            counts.words += 1
            counts.in_words += size
            counts.shorts += size <= 3
            counts.longs += size >= 7
        if own & STOP and (after & (SPACE | CLOSER) or before & DENSE) and before & (LETTER | DIGIT | CLOSER):
            counts.sentences += 1
        counts.before = before
        before = own
        own = after
    if start >= 0:
        size = length - start
        counts.words += 1
        counts.in_words += size
        counts.shorts += size <= 3
        counts.longs += size >= 7
    for lane in range(8):
        counts.singles[lane] += sums >> (LANE * lane) & 0xFF
    counts.last = before
    if length == 1:
        counts.before = before


def measure_rows(list texts, const uint16_t[::1] table, const uint8_t[::1] starts, float[:, ::1] rows):
    """Measure texts. Each text fills a column of `rows`; the rows are `measures.NAMES`.

    `table` has the classes of each character. `starts` has the kind of start for a text with this first character.
    """
    cdef Py_ssize_t number, length
    cdef int last, closed_by, kind
    cdef long words, sentences, commas, digits, capitals, bars, dense, visible
    cdef double of_words, of_all
    cdef Counts counts
    cdef str text
    cdef void *data
    if table.shape[0] != CHARACTERS or starts.shape[0] != CLASSES:
        raise ValueError("not the classes of all characters, or not a start for each set of classes")
    if rows.shape[0] != ROWS or rows.shape[1] != len(texts):
        raise ValueError("not a row for each measure, or not a column for each text")
    for number in range(len(texts)):
        text = texts[number]
        length = len(text)
        kind, data = PyUnicode_KIND(text), PyUnicode_DATA(text)
        if not length:
            memset(&counts, 0, sizeof(Counts))
            counts.first = counts.last = counts.before = SPACE
        elif kind == 1:
            count(<const uint8_t *>data, length, table, &counts)
        elif kind == 2:
            count(<const uint16_t *>data, length, table, &counts)
        else:
            count(<const uint32_t *>data, length, table, &counts)
        words, sentences, capitals = counts.words, counts.sentences, counts.capitals
        commas, digits, bars, dense = counts.singles[0], counts.singles[2], counts.singles[4], counts.singles[5]
        last, closed_by = counts.last, counts.before
        visible = max(length - counts.singles[7], 1)
        of_words = max(words, 1)
        of_all = words + (dense + 1) // 2
        rows[0, number] = length
        rows[1, number] = of_all
        of_all = max(of_all, 1.0)
        rows[2, number] = sentences
        rows[3, number] = commas
        rows[4, number] = counts.singles[1]
        rows[5, number] = digits
        rows[6, number] = capitals
        rows[7, number] = counts.singles[3]
        rows[8, number] = bars
        rows[9, number] = counts.shorts
        rows[10, number] = counts.longs
        rows[11, number] = counts.in_words / of_words
        rows[12, number] = sentences / of_all
        rows[13, number] = commas / of_all
        rows[14, number] = digits / <double>visible
        rows[15, number] = capitals / of_words
        rows[16, number] = counts.shorts / of_words
        rows[17, number] = bars / <double>visible
        rows[18, number] = (last & STOP) != 0 or ((last & CLOSER) != 0 and (closed_by & STOP) != 0)
        rows[19, number] = (last & COLON) != 0
        rows[20, number] = (last & ELLIPSIS) != 0 or ((last & STOP) != 0 and (closed_by & STOP) != 0)
        rows[21, number] = starts[counts.first]
        rows[22, number] = dense / <double>visible
        rows[23, number] = counts.singles[6]
        rows[24, number] = counts.letters


# -- lines that were cut by width: `pipeline.document.blocks.wrapped`

def line_runs(const int64_t[::1] frames, const int64_t[::1] broken, Py_ssize_t least):
    """Return the spans of blocks that are lines of one element, if at least `least` end at one `<br>`."""
    cdef list found = []
    cdef Py_ssize_t at, start = 0, single = 0, count = frames.shape[0]
    if broken.shape[0] != count:
        raise ValueError("an entry for each block")
    for at in range(count):
        single += broken[at] == 1
        if at + 1 < count and frames[at + 1] == frames[at] and broken[at] != 0:
            continue
        if single >= least:
            found.append((start, at + 1))
        start = at + 1
        single = 0
    return found


# -- splitting and joining lines: `pipeline.document.blocks.lines` and `pipeline.document.blocks.block`

def joined(str text):
    """Drop invisible characters; replace runs of white space by one space."""
    return respelled(text, JOINED)


cdef Py_ssize_t end_of_marker(str body, marker_of) except -1:
    """Return where the marker of a list item ends at the beginning of a text in single spaces; 0 without a marker."""
    cdef Py_UCS4 code = body[0]
    cdef Py_ssize_t at = 0
    if code == 0x2D or code == 0x2A:  # - and *
        return 2 if len(body) > 2 and body[1] == 0x20 else 0
    if code >= 0x80:
        at = 0 if code in u"–•●▪■◦·・‣➤►▶" or code.isdecimal() else 1
    else:
        while at < len(body) and 0x30 <= body[at] <= 0x39:
            at += 1
        # Another digit of Unicode may follow, else a full stop or a bracket.
        at = 0 if 0 < at < len(body) and (body[at] == 0x2E or body[at] == 0x29 or body[at] >= 0x80) else 1
    marker = None if at else marker_of(body)
    return 0 if marker is None else marker.end()


def cut(str text, marker_of, list numbers, list texts, list bodies, list after_blank, list markers):
    """Append the non-blank lines of a text; `marker_of` is called for lines that do not begin with a letter."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at = 0, number = 0, first, last, spaces, marked
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
            plain = 0x20 < code < 0x7F or 0x301 < code < 0x1680  # most characters of any text
            if not plain and is_space(code):
                if code == 0x0A or code == 0x0D:
                    break
                # White space at the end is not part of the line; where it begins is known only at the end.
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
        marked = end_of_marker(body, marker_of)
        numbers.append(number)
        texts.append(line)
        bodies.append(body[marked:] if marked else body)
        after_blank.append(blank)
        markers.append(marked > 0)
        blank = False
