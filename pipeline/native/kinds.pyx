# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The numbers of a page's type that need a pass over its blocks, its words or its markup.

`pipeline.document.page_type.kinds` has the twins. All sums are whole numbers, so their order does not matter. The loops
never read or write outside their arguments, whatever the arguments contain.
"""

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.unicode cimport (
    PyUnicode_DATA,
    PyUnicode_KIND,
    PyUnicode_READ,
    Py_UNICODE_ISALNUM,
    Py_UNICODE_ISDECIMAL,
    Py_UNICODE_TOLOWER,
)
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from pipeline.native.bounds cimport room_for, within

cdef enum:  # as in shape.py
    LABEL = 4
    PROSE = 20
    LONG = 40
    CARD_LEAST = 6
    CARD_MOST = 150
    CARDS = 4
    OF_PAGE = 43  # sums, in the order of shape.py

cdef enum:
    TABLE = 0x10000  # characters whose class is looked up
    SETS = 16  # of words, at most
    SLOTS = 16384  # of the table of stems; a power of two


ctypedef fused Character:
    uint8_t
    uint16_t
    uint32_t


cdef extern from *:
    """
    #include <stdint.h>
    /* Without branches, so that the compiler can use vector instructions; `few` is as wide as a character, and added up
       before it may overflow. */
    #define CHISTOVIK_CURRENCIES(name, type)                                                                          \\
        static Py_ssize_t name(const type *text, Py_ssize_t length)                                                   \\
        {                                                                                                             \\
            Py_ssize_t found = 0;                                                                                     \\
            for (Py_ssize_t at = 0; at < length;) {                                                                   \\
                Py_ssize_t end = length - at < 128 ? length : at + 128;                                               \\
                type few = 0;                                                                                         \\
                for (; at < end; at++) {                                                                              \\
                    uint32_t one = text[at];                                                                          \\
                    few += (type)((one == 0x24) | (one - 0xA2 < 4) | (one - 0x20A0 < 0x30));                          \\
                }                                                                                                     \\
                found += few;                                                                                         \\
            }                                                                                                         \\
            return found;                                                                                             \\
        }
    CHISTOVIK_CURRENCIES(chistovik_currencies_1, uint8_t)
    CHISTOVIK_CURRENCIES(chistovik_currencies_2, uint16_t)
    CHISTOVIK_CURRENCIES(chistovik_currencies_4, uint32_t)
    """
    Py_ssize_t chistovik_currencies_1(const uint8_t *, Py_ssize_t) nogil
    Py_ssize_t chistovik_currencies_2(const uint16_t *, Py_ssize_t) nogil
    Py_ssize_t chistovik_currencies_4(const uint32_t *, Py_ssize_t) nogil


cdef inline double largest(const double *values, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t at
    cdef double most = 0.0
    for at in range(count):
        most = max(most, values[at])
    return most


def sum_blocks(
    const float[:, ::1] measures,
    const int64_t[::1] measured,
    const int64_t[::1] linked,
    const int64_t[::1] strong,
    const uint8_t[::1] broken,
    kept,
    const int64_t[::1] frames,
    const int64_t[:, ::1] elements,
    double linky,
    Py_ssize_t first_heading,
    Py_ssize_t last_heading,
    Py_ssize_t all_kinds,
    const int64_t[::1] kinds,
    const int64_t[::1] hints,
    double[::1] into,
):
    """Write the sums of shape.py into `into`: those of blocks and elements, the elements of each kind, the kept words in
    each kind of `kinds`, the elements with each hint, and the sums of measures of kept blocks.

    `measured` are the rows of the measures: words, ends, characters, and those to be summed up.
    """
    cdef Py_ssize_t count = measures.shape[1], every = elements.shape[1], at, frame, above, kind, step, own, first, end
    cdef Py_ssize_t runs = 0, first_kept = count, end_kept = 0, since = -1
    cdef double *before
    cdef double *kept_before
    cdef double *links_before
    cdef double *room
    cdef double own_words, own_characters, with_words = 0.0, parents = 0.0, top = 0.0, inside, most
    cdef double[19] all_of
    cdef double[7] span
    cdef bint closed, is_prose, is_head, is_link, is_label, is_kept
    cdef const uint8_t *is_kept_at
    cdef const float *words
    cdef const float *ends
    cdef const float *characters
    cdef double *sums
    cdef double *of_kinds
    cdef double *kept_in
    cdef double *of_hints
    cdef double *of_measures
    if not count or not count == linked.shape[0] == strong.shape[0] == broken.shape[0] == len(kept):
        raise ValueError("not an entry for each block")
    if count != frames.shape[0]:
        raise ValueError("not an entry for each block")
    if elements.shape[0] != 7 or not every:
        raise ValueError("not a row for each number of an element")
    if all_kinds < 0 or measured.shape[0] < 3:
        raise ValueError("no measures or kinds")
    if into.shape[0] != OF_PAGE + all_kinds + kinds.shape[0] + hints.shape[0] + measured.shape[0] - 3:
        raise ValueError("not an entry for each sum")
    for at in range(measured.shape[0]):
        if not 0 <= measured[at] < measures.shape[0]:
            raise ValueError("no such measure")
    for at in range(count):
        if not 0 <= frames[at] < every:
            raise ValueError("a block in no element")
    memset(all_of, 0, sizeof(all_of))
    stays = bytes(map(bool, kept))
    if len(stays) != count:
        raise ValueError("not an entry for each block")
    is_kept_at = <const uint8_t *>PyBytes_AS_STRING(stays)
    before = room_for(3 * (count + 1) + 5 * every)
    kept_before = before + count + 1
    links_before = kept_before + count + 1
    room = links_before + count + 1
    memset(before, 0, (3 * (count + 1) + 5 * every) * sizeof(double))
    words, ends, characters = &measures[measured[0], 0], &measures[measured[1], 0], &measures[measured[2], 0]
    into[:] = 0
    sums = &into[0]
    of_kinds = sums + OF_PAGE
    kept_in = of_kinds + all_kinds
    of_hints = kept_in + kinds.shape[0]
    of_measures = of_hints + hints.shape[0]
    try:
        with nogil:
            for at in range(count):
                own_words, own_characters = words[at], max(characters[at], <float>1)
                frame = frames[at]
                closed, is_kept = ends[at] > 0, is_kept_at[at] != 0
                is_label, is_prose = own_words <= LABEL and not closed, own_words >= PROSE and closed
                is_link = linked[at] > linky * own_characters
                kind = elements[1, frame]
                is_head = first_heading <= kind <= last_heading
                all_of[0] += own_words
                all_of[4] += own_words * is_prose
                all_of[7] += is_label
                all_of[8] += is_link
                all_of[9] += linked[at]
                all_of[10] += own_characters
                all_of[14] += is_head
                all_of[16] += is_head and is_link
                before[at + 1] = before[at] + own_words
                kept_before[at + 1] = kept_before[at] + own_words * is_kept
                links_before[at + 1] = links_before[at] + is_link
                above = elements[0, frame]
                above = above if 0 <= above < every else 0
                room[4 * every + above] += own_words * is_prose
                if not is_kept:
                    if since >= 0:
                        top = max(top, before[at] - before[since])
                        since = -1
                    continue
                if since < 0:
                    since = at
                    runs += 1
                    if first_kept > at:
                        first_kept = at
                end_kept = at + 1
                all_of[1] += own_words
                all_of[2] += 1
                all_of[3] = max(all_of[3], own_words)
                all_of[5] += own_words * is_prose
                all_of[6] += own_words * (is_prose and own_words >= LONG)
                all_of[11] += linked[at]
                all_of[12] += own_characters
                all_of[13] += strong[at]
                all_of[15] += is_head
                all_of[17] += closed
                all_of[18] += broken[at] != 0
                for step in range(3, measured.shape[0]):
                    of_measures[step - 3] += measures[measured[step], at]
                with_words += own_words > 0
                for step in range(kinds.shape[0]):
                    if kinds[step] == kind:
                        kept_in[step] += own_words
                own = elements[4, frame]
                if 0 <= own < every:
                    room[own] += own_words
                room[every + above] += own_words
                own = elements[0, above]
                room[2 * every + (own if 0 <= own < every else 0)] += own_words
                room[3 * every + above] += own_words * is_prose
            if since >= 0:
                top = max(top, before[count] - before[since])
            memset(span, 0, sizeof(span))
            for at in range(first_kept, end_kept):
                own_words = words[at]
                kind = elements[1, frames[at]]
                span[0] += own_words <= LABEL and not ends[at] > 0
                span[1] += linked[at]
                span[2] += max(characters[at], <float>1)
                span[3] += first_heading <= kind <= last_heading
            for step in range(19):
                sums[step] = all_of[step]
            sums[19], sums[20], sums[21], sums[22] = runs, top, first_kept, end_kept
            sums[23] = before[end_kept] - before[first_kept] if runs else 0.0
            sums[24], sums[25], sums[26], sums[27] = span[0], span[1], span[2], span[3]
            sums[28] = largest(room, every)
            sums[29] = largest(room + every, every)
            for at in range(every):
                parents += room[every + at] > 0
            sums[30], sums[31] = parents, with_words
            sums[32] = largest(room + 2 * every, every)
            sums[33] = largest(room + 3 * every, every)
            sums[34] = largest(room + 4 * every, every)
            sums[35] = count
            sums[36] = every
            for at in range(every):
                kind = elements[1, at]
                if 0 <= kind < all_kinds:
                    of_kinds[kind] += 1
                for step in range(hints.shape[0]):
                    of_hints[step] += (elements[3, at] & hints[step]) != 0
            for step in range(2):
                memset(room, 0, 3 * every * sizeof(double))
                for at in range(every):
                    own, first, end = elements[4, at], within(elements[5, at], count), within(elements[6, at], count)
                    inside = before[end] - before[first]
                    if end - first < 2 or not CARD_LEAST <= inside <= CARD_MOST or not 0 <= own < every:
                        continue
                    if step and links_before[end] - links_before[first] < 1:
                        continue
                    room[own] += 1
                    room[every + own] += inside
                    room[2 * every + own] += kept_before[end] - kept_before[first]
                most = largest(room, every)
                if most < CARDS:
                    continue
                sums[37 + 3 * step] = most
                for own in range(every):
                    if room[own] >= CARDS:
                        sums[38 + 3 * step] = max(sums[38 + 3 * step], room[every + own])
                        sums[39 + 3 * step] = max(sums[39 + 3 * step], room[2 * every + own])
    finally:
        free(before)


def count_currencies(list texts):
    """Return how many signs of currencies are in texts: `$`, `¢` to `¥`, and those from U+20A0 on."""
    cdef Py_ssize_t found = 0, length
    cdef int kind
    cdef void *data
    cdef str text
    for text in texts:
        kind, data, length = PyUnicode_KIND(text), PyUnicode_DATA(text), len(text)
        if kind == 1:
            found += chistovik_currencies_1(<const uint8_t *>data, length)
        elif kind == 2:
            found += chistovik_currencies_2(<const uint16_t *>data, length)
        else:
            found += chistovik_currencies_4(<const uint32_t *>data, length)
    return found


cdef inline uint64_t begun(uint64_t so_far, Py_UCS4 letter) noexcept nogil:
    """Return the hash of a beginning of a word that is longer by a letter."""
    so_far = (so_far ^ <uint64_t>letter) * 0x9E3779B97F4A7C15ULL
    return so_far ^ so_far >> 29


cdef class Stems:
    """Count the words of a text by the sets that they belong to."""

    cdef uint64_t[SLOTS] keys  # of each beginning of an entry; 0 for none
    cdef uint16_t[SLOTS] whole  # the sets of a word, one bit each
    cdef uint16_t[SLOTS] begins  # the sets of all words that begin so
    cdef uint8_t[TABLE] letters
    cdef uint32_t[TABLE] lowers
    cdef Py_ssize_t used

    def __cinit__(self, dict whole, dict begins):
        """Take the sets of whole words, and those of beginnings, one bit each."""
        cdef Py_ssize_t at
        cdef Py_UCS4 one
        memset(self.keys, 0, sizeof(self.keys))
        memset(self.whole, 0, sizeof(self.whole))
        memset(self.begins, 0, sizeof(self.begins))
        self.used = 0
        for at in range(TABLE):
            one = <Py_UCS4>at
            self.lowers[at] = Py_UNICODE_TOLOWER(one)
            self.letters[at] = Py_UNICODE_ISALNUM(one) and not Py_UNICODE_ISDECIMAL(one)
        for word, sets in whole.items():
            self.whole[self.slot_of(word)] |= sets
        for word, sets in begins.items():
            self.begins[self.slot_of(word)] |= sets

    cdef Py_ssize_t slot_of(self, str word) except -1:
        cdef uint64_t key = 0
        cdef Py_ssize_t at = 0
        if not word:
            raise ValueError("an entry without letters")
        for letter in word:
            key = begun(key, <Py_UCS4>letter)
            at = self.place(key)
            self.used += self.keys[at] == 0
            self.keys[at] = key
            if 2 * self.used > SLOTS:
                raise ValueError("more entries than there is room for")
        return at

    cdef inline Py_ssize_t place(self, uint64_t key) noexcept nogil:
        cdef Py_ssize_t at = <Py_ssize_t>(key >> 40) & (SLOTS - 1)
        while self.keys[at] and self.keys[at] != key:
            at = (at + 1) & (SLOTS - 1)
        return at

    def count(self, texts, kept, Py_ssize_t most, int64_t[:, ::1] counts):
        """Count the words at the beginnings of what was kept (first row of `counts`) and of what was not (second row).

        `kept` has the part of each text that was kept, "" for none. Of each, `most` characters are read. The last number
        of a row is the number of words.
        """
        cdef Py_ssize_t[2] room
        cdef str text, part
        cdef Py_ssize_t row
        if counts.shape[0] != 2 or not 0 < counts.shape[1] <= SETS + 1:
            raise ValueError("not a row for what was kept and one for what was not")
        counts[:] = 0
        room[0] = room[1] = most
        for text, part in zip(texts, kept):
            row = not part
            if room[row] > 0:
                self.count_in(text if row else part, room[row], &counts[row, 0], counts.shape[1] - 1)
                room[row] -= len(text) if row else len(part)
            elif room[1 - row] <= 0:
                break

    cdef int count_in(self, str text, Py_ssize_t length, int64_t *counts, Py_ssize_t sets_counted) except -1:
        cdef int kind = PyUnicode_KIND(text)
        length = min(length, len(text))
        if kind == 1:
            self.count_of(<const uint8_t *>PyUnicode_DATA(text), length, counts, sets_counted)
        elif kind == 2:
            self.count_of(<const uint16_t *>PyUnicode_DATA(text), length, counts, sets_counted)
        else:
            self.count_of(<const uint32_t *>PyUnicode_DATA(text), length, counts, sets_counted)
        return 0

    cdef void count_of(self, const Character *text, Py_ssize_t length, int64_t *counts, Py_ssize_t sets_counted) noexcept:
        cdef Py_ssize_t at = 0, step, slot, words = 0
        cdef uint64_t key
        cdef uint32_t sets
        while at < length:
            if not self.is_letter(text[at]):
                at += 1
                continue
            words += 1
            key = 0
            sets = 0
            while True:
                key = begun(key, self.lower(text[at]))
                slot = self.place(key)
                at += 1
                if not self.keys[slot]:  # no entry goes on so
                    while at < length and self.is_letter(text[at]):
                        at += 1
                    break
                sets |= self.begins[slot]
                if at == length or not self.is_letter(text[at]):
                    sets |= self.whole[slot]
                    break
            if sets:
                for step in range(sets_counted):
                    counts[step] += sets >> step & 1
        counts[sets_counted] += words

    cdef inline Py_UCS4 lower(self, Py_UCS4 letter) noexcept:
        return self.lowers[letter] if letter < TABLE else Py_UNICODE_TOLOWER(letter)

    cdef inline bint is_letter(self, Py_UCS4 letter) noexcept:
        if letter < TABLE:
            return self.letters[letter]
        return Py_UNICODE_ISALNUM(letter) and not Py_UNICODE_ISDECIMAL(letter)
