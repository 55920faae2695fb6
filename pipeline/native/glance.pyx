# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Which blocks could hold a phrase, in one pass over their characters; `pipeline.document.rules.prefilter` says what this is about."""

from array import array

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from pipeline.native.seen cimport DATED, TITLED, UNREAD

cdef enum:
    PLANE = 0x10000  # of Unicode; a block with characters beyond it is not read here
    SPACE = 0x20
    OF_WORD = 1  # classes of characters
    DIGIT = 2
    SLOTS = 4096  # of a table of hashes
    CREDITED = 64  # characters at a block's end in which the colon of a credit stands
    LONGEST = 12  # characters of "1st" and of "5pm"


cdef inline uint64_t hashed(uint64_t value, uint16_t char) noexcept nogil:
    """FNV-1a, a character at a time. Two words may have one hash: what is found is a guess that is looked into."""
    return (value ^ char) * <uint64_t>0x100000001B3


cdef class Words:
    """Words by their hashes, each with a number above zero."""

    cdef uint64_t[SLOTS] keys
    cdef uint16_t[SLOTS] numbers  # 0: nothing is here

    def __init__(self, dict numbers):
        cdef uint64_t key
        cdef Py_ssize_t slot
        cdef str word
        if len(numbers) > SLOTS // 2:
            raise ValueError(f"{len(numbers)} words, and room for {SLOTS // 2}")
        for slot in range(SLOTS):
            self.keys[slot] = self.numbers[slot] = 0
        for word, number in numbers.items():
            key = 0
            for char in word:
                key = hashed(key, <uint16_t>ord(char))
            slot = key & (SLOTS - 1)
            while self.numbers[slot]:
                slot = (slot + 1) & (SLOTS - 1)
            self.keys[slot] = key
            self.numbers[slot] = number

    cdef inline uint16_t number(self, uint64_t key) noexcept nogil:
        cdef Py_ssize_t slot = key & (SLOTS - 1)
        while self.numbers[slot] and self.keys[slot] != key:
            slot = (slot + 1) & (SLOTS - 1)
        return self.numbers[slot]


cdef class Phrases:
    """Phrases in groups; each has bits, which a block gets that holds it."""

    cdef uint16_t[::1] characters  # of all phrases
    cdef Py_ssize_t[::1] begins  # of each phrase, and the end
    cdef uint16_t[::1] bits
    cdef Py_ssize_t[::1] groups  # the first phrase of each group, and the end

    def __init__(self, list groups):
        characters, begins, bits, bounds = array("H"), array("q", [0]), array("H"), array("q", [0])
        for group in groups:
            for phrase, own in group:
                characters.extend(map(ord, phrase))
                begins.append(len(characters))
                bits.append(own)
            bounds.append(len(bits))
        self.characters, self.begins, self.bits, self.groups = characters, begins, bits, bounds

    cdef uint16_t found(self, Py_ssize_t group, const uint16_t *text, Py_ssize_t length) noexcept nogil:
        """Return the bits of the phrases of a group that a text begins with."""
        cdef uint16_t found = 0
        cdef Py_ssize_t phrase, at, first, size
        for phrase in range(self.groups[group], self.groups[group + 1]):
            first = self.begins[phrase]
            size = self.begins[phrase + 1] - first
            if size > length:
                continue
            at = 0
            while at < size and text[at] == self.characters[first + at]:
                at += 1
            if at == size:
                found |= self.bits[phrase]
        return found


cdef struct Word:
    Py_ssize_t start
    Py_ssize_t size
    uint64_t key
    uint8_t classes  # of all its characters


cdef class Reader:
    """Reads the blocks of pages; made once."""

    cdef const uint32_t[:, ::1] folds  # what each character is folded into, ended by zeros
    cdef const uint8_t[::1] classes  # whether it belongs to a word, and whether it is a digit
    cdef Words opening_heads, phrase_heads, date_words
    cdef Phrases openings, phrases, loose
    cdef uint8_t[PLANE] loose_heads  # the group of `loose` that begins with a character, from 1
    cdef uint16_t *folded  # room for a block
    cdef uint16_t *plain  # its words alone
    cdef Py_ssize_t room

    def __cinit__(self):
        self.folded = self.plain = NULL
        self.room = 0

    def __init__(self, folds, classes, dict openings, dict phrases, dict loose, date_words):
        """Take phrases that blocks begin with and those that they hold, by first words; and such that stand anywhere."""
        self.folds, self.classes = folds, classes
        if self.folds.shape[0] < PLANE or self.classes.shape[0] != PLANE:
            raise ValueError("the tables are not those of the basic plane")
        self.opening_heads = Words({head: number for number, head in enumerate(openings, start=1)})
        self.openings = Phrases(list(openings.values()))
        self.phrase_heads = Words({head: number for number, head in enumerate(phrases, start=1)})
        self.phrases = Phrases(list(phrases.values()))
        self.date_words = Words(dict.fromkeys(date_words, 1))
        by_first = {}
        for phrase, bits in loose.items():
            by_first.setdefault(phrase[0], []).append((phrase, bits))
        self.loose = Phrases(list(by_first.values()))
        for number in range(PLANE):
            self.loose_heads[number] = 0
        for number, first in enumerate(by_first, start=1):
            self.loose_heads[ord(first)] = number

    def __dealloc__(self):
        free(self.folded)
        free(self.plain)

    def read(self, list texts, uint16_t[::1] seen):
        """Write the bits of each text; UNREAD for one that has characters beyond the basic plane."""
        cdef Py_ssize_t number
        if seen.shape[0] != len(texts):
            raise ValueError("a number for each text")
        for number in range(len(texts)):
            self.make_room(len(texts[number]))
            seen[number] = self.bits_of(texts[number])

    cdef int make_room(self, Py_ssize_t length) except -1:
        if length < self.room:
            return 0
        free(self.folded)
        free(self.plain)
        self.room = 2 * length + 1000
        self.folded = <uint16_t *>malloc(self.room * self.folds.shape[1] * sizeof(uint16_t))
        self.plain = <uint16_t *>malloc((self.room * self.folds.shape[1] + 2) * sizeof(uint16_t))
        if self.folded == NULL or self.plain == NULL:
            self.room = 0
            raise MemoryError
        return 0

    cdef uint16_t bits_of(self, str text):
        cdef Py_ssize_t length = 0, step
        cdef uint16_t char
        for code in text:
            if code >= PLANE or code == 0:
                return UNREAD
            for step in range(self.folds.shape[1]):
                char = <uint16_t>self.folds[<Py_ssize_t>code, step]  # no fold leaves the plane
                if char == 0:
                    break
                self.folded[length] = char
                length += 1
        return self.opening(length) | self.inside(length) | self.dates(length) | self.credit(text)

    cdef Py_ssize_t next_word(self, Py_ssize_t at, Py_ssize_t length, Word *word) noexcept nogil:
        """Read the first word from a place on; return where it ends, or `length` with an empty one."""
        while at < length and not self.classes[self.folded[at]] & OF_WORD:
            at += 1
        word.start, word.key, word.classes = at, 0, 0xFF
        while at < length and self.classes[self.folded[at]] & OF_WORD:
            word.key = hashed(word.key, self.folded[at])
            word.classes &= self.classes[self.folded[at]]
            at += 1
        word.size = at - word.start
        return at

    cdef uint16_t dates(self, Py_ssize_t length) noexcept nogil:
        """Say whether all words are numbers, begin with one, or go with dates."""
        cdef Py_ssize_t at = 0
        cdef Word word
        while at < length:
            at = self.next_word(at, length, &word)
            if not word.size or word.classes & DIGIT or self.date_words.number(word.key):
                continue
            if word.size > LONGEST or not self.classes[self.folded[word.start]] & DIGIT:
                return 0
        return DATED

    cdef uint16_t credit(self, str text):
        """Say whether the last colon stands near the end, and behind no digit."""
        cdef Py_ssize_t at = len(text) - 1, first = max(<Py_ssize_t>len(text) - CREDITED, 1)
        while at >= first:
            if text[at] == u":":
                return 0 if self.classes[<Py_ssize_t>text[at - 1]] & DIGIT else TITLED
            at -= 1
        return 0

    cdef uint16_t opening(self, Py_ssize_t length) noexcept nogil:
        """Compare a block's words, without numbers and signs, with the phrases that begin with the first of them.

        A space stands behind each word, a NUL behind the last.
        """
        cdef Py_ssize_t at = 0, size = 0
        cdef uint16_t group = 0
        cdef Word word
        while at < length:
            at = self.next_word(at, length, &word)
            if not word.size or word.classes & DIGIT:
                continue
            if not group:
                group = self.opening_heads.number(word.key)
                if not group:
                    return 0
            memcpy(self.plain + size, self.folded + word.start, word.size * sizeof(uint16_t))
            size += word.size
            self.plain[size] = SPACE
            size += 1
        if not group:
            return 0
        self.plain[size] = 0
        return self.openings.found(group - 1, self.plain, size + 1)

    cdef uint16_t inside(self, Py_ssize_t length) noexcept nogil:
        """Look for phrases at each word's beginning, and for loose ones at each character."""
        cdef uint16_t found = 0
        cdef Py_ssize_t at, start = 0
        cdef uint64_t key = 0
        cdef uint16_t group
        for at in range(length):
            if self.folded[at] == SPACE:
                group = self.phrase_heads.number(key)
                if group:
                    found |= self.phrases.found(group - 1, self.folded + start, length - start)
                start = at + 1
                key = 0
                continue
            key = hashed(key, self.folded[at])
            group = self.loose_heads[self.folded[at]]
            if group:
                found |= self.loose.found(group - 1, self.folded + at, length - at)
        return found
