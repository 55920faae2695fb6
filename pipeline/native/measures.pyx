# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What blocks measure, character by character; `pipeline.document.blocks.measures` says what this is about, and knows the classes."""

from libc.stdint cimport uint8_t, uint16_t

cdef enum:  # in the order of measures.py
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


cdef inline int class_of(Py_UCS4 char, const uint16_t[::1] table) noexcept nogil:
    if 0xD800 <= char < 0xE000:  # half of a pair: what it is replaced by where a text is encoded
        char = u"?"
    return table[char] if char < 0x30000 else table[0x2FFFF]


def measure_rows(list texts, const uint16_t[::1] table, const uint8_t[::1] starts, float[:, ::1] rows):
    """Measure texts, a column each of `rows`, which are `measures.NAMES`.

    `table` has the classes of characters, `starts` the number of what a text with such a first character starts with.
    """
    cdef Py_ssize_t number, at, length
    cdef int before, own, after, last, closed_by
    cdef bint spaced, was_spaced
    cdef long words, run, sentences, commas, colons, digits, capitals, quotes, bars, shorts, longs, in_words, dense
    cdef long dashes, letters, spaces, visible
    cdef double of_words, of_all
    cdef str text
    if table.shape[0] != 0x30000 or starts.shape[0] != 1 << 13 or rows.shape[0] != 25 or rows.shape[1] != len(texts):
        raise ValueError("the tables are not those of the classes, or there is no room for the texts")
    for number in range(len(texts)):
        text = texts[number]
        length = len(text)
        words = run = sentences = commas = colons = digits = capitals = quotes = bars = shorts = longs = in_words = 0
        dense = dashes = letters = spaces = 0
        before = SPACE
        was_spaced = False
        own = class_of(text[0], table) if length else SPACE
        for at in range(length):
            after = class_of(text[at + 1], table) if at + 1 < length else SPACE
            spaced = (own & (LETTER | DIGIT)) != 0 and not own & DENSE
            if spaced:
                in_words += 1
                run += 1
                if not was_spaced:
                    words += 1
                    capitals += (own & UPPER) != 0
            if run and (not spaced or at + 1 == length):
                shorts += run <= 3
                longs += run >= 7
                run = 0
            was_spaced = spaced
            if own & STOP and (after & (SPACE | CLOSER) or before & DENSE) and before & (LETTER | DIGIT | CLOSER):
                sentences += 1
            commas += (own & COMMA) != 0
            colons += (own & COLON) != 0
            digits += (own & DIGIT) != 0
            quotes += (own & QUOTE) != 0
            bars += (own & BAR) != 0
            dense += (own & DENSE) != 0
            dashes += (own & DASH) != 0
            letters += (own & LETTER) != 0
            spaces += (own & SPACE) != 0
            before = own
            own = after
        last = before
        # The one before the last, or the first where there is but one.
        closed_by = class_of(text[length - 2 if length > 1 else 0], table) if length else SPACE
        visible = max(length - spaces, 1)
        of_words = max(words, 1)
        of_all = words + (dense + 1) // 2
        rows[0, number] = length
        rows[1, number] = of_all
        of_all = max(of_all, 1.0)
        rows[2, number] = sentences
        rows[3, number] = commas
        rows[4, number] = colons
        rows[5, number] = digits
        rows[6, number] = capitals
        rows[7, number] = quotes
        rows[8, number] = bars
        rows[9, number] = shorts
        rows[10, number] = longs
        rows[11, number] = in_words / of_words
        rows[12, number] = sentences / of_all
        rows[13, number] = commas / of_all
        rows[14, number] = digits / <double>visible
        rows[15, number] = capitals / of_words
        rows[16, number] = shorts / of_words
        rows[17, number] = bars / <double>visible
        rows[18, number] = (last & STOP) != 0 or ((last & CLOSER) != 0 and (closed_by & STOP) != 0)
        rows[19, number] = (last & COLON) != 0
        rows[20, number] = (last & ELLIPSIS) != 0 or ((last & STOP) != 0 and (closed_by & STOP) != 0)
        rows[21, number] = starts[class_of(text[0], table) if length else SPACE]
        rows[22, number] = dense / <double>visible
        rows[23, number] = dashes
        rows[24, number] = letters
