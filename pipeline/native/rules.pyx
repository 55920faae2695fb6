# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The loops that recognize blocks by their words, and find the rules that could match.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from array import array

from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from pipeline.native.spelling cimport is_space
from pipeline.native.seen cimport COPYRIGHT, DATED, LABELS, MARKUP, OPENS, PHRASE, RIGHTS, TITLED, UNREAD

ctypedef fused Character:
    uint8_t
    uint16_t
    uint32_t

# -- the rules that could match a block, and the values that they read: `pipeline.document.rules.recognise`

cdef enum:  # rows of measures.NAMES
    CHARACTERS = 0
    WORDS = 1
    SENTENCES = 2
    COMMAS = 3
    COLONS = 4
    DIGITS = 5
    BARS = 8
    DIGIT_SHARE = 14
    CAPITAL_SHARE = 15
    ENDS = 18
    ENDS_COLON = 19
    ENDS_DOTS = 20
    STARTS = 21
    LETTERS = 24


def could_fit(
    const float[:, ::1] measures,
    const uint16_t[::1] seen,
    const uint8_t[::1] dense,
    limits,
    float longest_caption,
    float longest_label,
    float longest_opener,
    uint16_t[::1] could,
):
    """Write the rules that could match each block, one bit per rule in the order of `recognise._ASKED`.

    The limits are those of by_shape.py.
    """
    cdef float date_bar = limits.date_bar, date_bar_digits = limits.date_bar_digits
    cdef float ticker = limits.ticker, ticker_digits = limits.ticker_digits
    cdef float signature = limits.signature, stamp_digits = limits.stamp_digits, clock_digits = limits.clock_digits
    cdef float markup = limits.markup, menu_bars = limits.menu_bars, menu_entry = limits.menu_entry
    cdef float short_menu_bars = limits.short_menu_bars, short_menu_entry = limits.short_menu_entry
    cdef float unclosed = limits.unclosed, unclosed_pause = limits.unclosed_pause
    cdef float long_words = limits.long, long_sentence = limits.long_sentence, long_comma = limits.long_comma
    cdef float headline = limits.headline, headline_capitals = limits.headline_capitals
    cdef Py_ssize_t block
    cdef float words, sentences, commas, digits, bars, share, capitals
    cdef bint is_open, unlettered
    cdef int bits, saw
    if measures.shape[0] <= LETTERS or not measures.shape[1] == seen.shape[0] == dense.shape[0] == could.shape[0]:
        raise ValueError("not the measures of so many blocks")
    for block in range(measures.shape[1]):
        words, sentences, commas = measures[WORDS, block], measures[SENTENCES, block], measures[COMMAS, block]
        digits, bars, share = measures[DIGITS, block], measures[BARS, block], measures[DIGIT_SHARE, block]
        capitals = measures[CAPITAL_SHARE, block]
        is_open, unlettered = measures[ENDS, block] == 0, measures[LETTERS, block] == 0
        saw = seen[block]
        bits = (unlettered << 0) | (unlettered << 1)
        bits |= (words <= date_bar and share >= date_bar_digits and saw & DATED != 0) << 2
        bits |= (words <= ticker and is_open and share >= ticker_digits) << 3
        bits |= (words <= signature and is_open and digits >= stamp_digits) << 4
        bits |= (is_open and digits >= clock_digits and measures[STARTS, block] == 2) << 5
        bits |= (bars + measures[COLONS, block] >= markup and saw & MARKUP != 0) << 6
        bits |= (saw & RIGHTS != 0) << 7
        bits |= (
            (bars >= menu_bars and bars * menu_entry >= words)
            or (bars >= short_menu_bars and bars * short_menu_entry >= words and sentences <= 1)
        ) << 8
        bits |= (
            (words >= unclosed and is_open and (sentences + commas / 2) * unclosed_pause < words)
            or (words >= long_words and sentences * long_sentence < words and commas * long_comma < words)
            or (words >= headline and is_open and sentences == 0 and capitals >= headline_capitals)
        ) << 9
        bits |= (saw & PHRASE != 0) << 10
        bits |= (saw & TITLED != 0 and words <= longest_caption and sentences <= 1) << 11
        bits |= (saw & LABELS != 0 and words <= longest_label) << 12
        bits |= (dense[block] or saw & COPYRIGHT != 0) << 13
        bits |= (saw & OPENS != 0 and 0 < words <= longest_opener) << 14
        could[block] = bits


def blocks_of(list texts, list chosen, const float[:, ::1] measures, block, bars_of):
    """Return the blocks that the rules read, for the chosen texts, as `recognise._blocks` does."""
    cdef list made = []
    cdef Py_ssize_t at
    cdef double letters, bars
    cdef str text
    if measures.shape[0] <= LETTERS or measures.shape[1] != len(texts):
        raise ValueError("not the measures of so many texts")
    for at in chosen:
        if not 0 <= at < len(texts):
            raise IndexError(at)
        text = texts[at]
        letters, bars = measures[LETTERS, at], measures[BARS, at]
        made.append(
            tuple.__new__(
                block,
                (
                    0,
                    text,
                    text,
                    False,
                    "",
                    <long>measures[WORDS, at] if letters else <long>len(text.split()),
                    <long>measures[SENTENCES, at],
                    measures[ENDS, at] > 0,
                    measures[ENDS_COLON, at] > 0,
                    measures[ENDS_DOTS, at] > 0,
                    <double>measures[DIGIT_SHARE, at],
                    letters / <double>measures[CHARACTERS, at] if letters else 0.0,
                    <double>measures[CAPITAL_SHARE, at],
                    <long>measures[COMMAS, at],
                    bars_of(text) if bars >= 2 else 0,
                    0,
                ),
            )
        )
    return made


# -- the blocks that could contain a phrase, in one pass over their characters: `pipeline.document.rules.prefilter`

cdef enum:
    PLANE = 0x10000  # Unicode's basic plane; a block with characters beyond it is not read here
    SPACE = 0x20
    OF_WORD = 1  # classes of characters
    DIGIT = 2
    SLOTS = 4096  # slots of a hash table
    CREDITED = 64  # characters at a block's end that may contain the colon of a credit
    PLANE_GROUPS = 0x100  # groups of loose phrases
    ORDINAL = 12  # longest word like "1st" or "5pm", in characters


cdef inline uint64_t hashed(uint64_t value, uint16_t char) noexcept nogil:
    """Return the next state of FNV-1a. Two words may have the same hash: a hit is only a guess and is checked later."""
    return (value ^ char) * <uint64_t>0x100000001B3


cdef class Words:
    """A hash table of words, each with a number above zero."""

    cdef uint64_t[SLOTS] keys
    cdef uint16_t[SLOTS] numbers  # 0: empty

    def __cinit__(self, dict numbers):
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
    """Phrases in groups. Each phrase has bits, which are given to a block that contains it."""

    cdef uint16_t[::1] characters  # the characters of all phrases
    cdef Py_ssize_t[::1] begins  # where each phrase begins, and the end
    cdef uint16_t[::1] bits
    cdef Py_ssize_t[::1] groups  # the first phrase of each group, and the end

    def __cinit__(self, list groups):
        characters, begins, bits, bounds = array("H"), array("q", [0]), array("H"), array("q", [0])
        for group in groups:
            for phrase, own in group:
                characters.extend(map(ord, phrase))
                begins.append(len(characters))
                bits.append(own)
            bounds.append(len(bits))
        self.characters, self.begins, self.bits, self.groups = characters, begins, bits, bounds

    cdef uint16_t found(self, Py_ssize_t group, const uint16_t *text, Py_ssize_t length) noexcept nogil:
        """Return the bits of those phrases of a group that a text begins with."""
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
    uint8_t classes  # the classes of all its characters


cdef class Reader:
    """Read the blocks of pages; one instance serves all pages."""

    cdef const uint32_t[:, ::1] folds  # the folded form of each character, padded with zeros
    cdef const uint8_t[::1] classes  # whether it belongs to a word, and whether it is a digit
    cdef Words opening_heads, phrase_heads, date_words
    cdef Phrases openings, phrases, loose
    cdef uint16_t[PLANE] single  # the folded form of each character where that is one character, else 0
    cdef uint8_t[PLANE] loose_heads  # for each character, the group of `loose` that begins with it, from 1
    cdef uint64_t[PLANE_GROUPS] loose_nexts  # for each of these groups, the lowest bits of the characters that follow
    cdef uint8_t[PLANE] phrase_begins  # whether one of `phrases` begins with a character
    cdef uint16_t *folded  # work space for a folded block
    cdef uint16_t *plain  # work space for its words
    cdef Py_ssize_t room

    def __cinit__(self, folds, classes, dict openings, dict phrases, dict loose, date_words):
        """Take phrases at the start of blocks and phrases inside blocks, both by first word; then loose phrases."""
        cdef Py_ssize_t place
        self.folded = self.plain = NULL
        self.room = 0
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
        for place in range(PLANE):
            self.loose_heads[place] = 0
            alone = self.folds.shape[1] == 1 or self.folds[place, 1] == 0
            self.single[place] = <uint16_t>self.folds[place, 0] if alone else 0  # no fold leaves the plane
            self.phrase_begins[place] = 0
        for head in phrases:
            if head:
                self.phrase_begins[<Py_ssize_t>ord(head[0])] = 1
        if len(by_first) >= PLANE_GROUPS:
            raise ValueError(f"{len(by_first)} groups of loose phrases, and room for {PLANE_GROUPS - 1}")
        for number, first in enumerate(by_first, start=1):  # no character beyond the plane: Phrases rejects those
            self.loose_heads[<Py_ssize_t>ord(first)] = number
            self.loose_nexts[<Py_ssize_t>number - 1] = 0
            for phrase, _ in by_first[first]:
                if len(phrase) == 1:
                    self.loose_nexts[<Py_ssize_t>number - 1] = ~<uint64_t>0
                else:
                    self.loose_nexts[<Py_ssize_t>number - 1] |= <uint64_t>1 << (<uint64_t>ord(phrase[1]) & 63)

    def __dealloc__(self):
        free(self.folded)
        free(self.plain)

    def read(self, list texts, uint16_t[::1] seen):
        """Write the bits of each text; UNREAD for a text with characters beyond the basic plane."""
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
        self.folded = <uint16_t *>malloc((self.room * self.folds.shape[1] + 1) * sizeof(uint16_t))
        self.plain = <uint16_t *>malloc((self.room * self.folds.shape[1] + 2) * sizeof(uint16_t))
        if self.folded == NULL or self.plain == NULL:
            self.room = 0
            raise MemoryError
        return 0

    cdef uint16_t bits_of(self, str text):
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *data = PyUnicode_DATA(text)
        cdef Py_ssize_t length = len(text), size, colon = -1
        if kind == 1:
            size = self.fold(<const uint8_t *>data, length, &colon)
        elif kind == 2:
            size = self.fold(<const uint16_t *>data, length, &colon)
        else:
            size = self.fold(<const uint32_t *>data, length, &colon)
        if size < 0:
            return UNREAD
        return self.opening(size) | self.inside(size) | self.dates(size) | self.credit(text, colon)

    cdef Py_ssize_t fold(self, const Character *text, Py_ssize_t length, Py_ssize_t *colon) noexcept nogil:
        """Fold a text, and find its last colon; return the new length, or -1 for a character that is not read here."""
        cdef Py_ssize_t at, size = 0, step
        cdef uint32_t code
        cdef uint16_t char
        cdef uint16_t *folded = self.folded
        cdef const uint16_t *single = self.single
        for at in range(length):
            code = text[at]
            if code >= PLANE or code == 0:
                return -1
            if code == 0x3A:
                colon[0] = at
            char = single[code]
            if char:
                folded[size] = char
                size += 1
                continue
            for step in range(self.folds.shape[1]):
                char = <uint16_t>self.folds[code, step]  # no fold leaves the plane
                if char == 0:
                    break
                folded[size] = char
                size += 1
        return size

    cdef Py_ssize_t next_word(self, Py_ssize_t at, Py_ssize_t length, Word *word) noexcept nogil:
        """Read the next word from a position on; return its end, or `length` with an empty word."""
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
        """Return DATED if every word is a number, begins with one, or is a word of dates; else 0."""
        cdef Py_ssize_t at = 0
        cdef Word word
        while at < length:
            at = self.next_word(at, length, &word)
            if not word.size or word.classes & DIGIT or self.date_words.number(word.key):
                continue
            if word.size > ORDINAL or not self.classes[self.folded[word.start]] & DIGIT:
                return 0
        return DATED

    cdef uint16_t credit(self, str text, Py_ssize_t colon):
        """Return TITLED if the last colon is near the end and not after a digit; else 0."""
        if colon < max(<Py_ssize_t>len(text) - CREDITED, 1):
            return 0
        return 0 if self.classes[<Py_ssize_t>text[colon - 1]] & DIGIT else TITLED

    cdef uint16_t opening(self, Py_ssize_t length) noexcept nogil:
        """Compare a block's words, without numbers and signs, with the phrases that begin with its first word.

        A space follows each word, and a NUL the last.
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
        """Look for phrases at the start of each word, and for loose phrases at each character."""
        cdef uint16_t found = 0
        cdef Py_ssize_t at, start = 0
        cdef uint64_t key = 0
        cdef uint16_t group, char
        cdef bint heads = length > 0 and self.phrase_begins[self.folded[0]]
        cdef const uint16_t *folded = self.folded
        cdef const uint8_t *loose = self.loose_heads
        for at in range(length):
            char = folded[at]
            if char == SPACE:
                if heads:
                    group = self.phrase_heads.number(key)
                    if group:
                        found |= self.phrases.found(group - 1, folded + start, length - start)
                start = at + 1
                key = 0
                heads = start < length and self.phrase_begins[folded[start]]
                continue
            if heads:
                key = hashed(key, char)
            group = loose[char]
            if group and (self.loose_nexts[group - 1] >> (folded[at + 1] & 63) & 1 or at + 1 == length):
                found |= self.loose.found(group - 1, folded + at, length - at)
        return found


# -- the texts whose ends may be cut off: `pipeline.document.rules.trim`

cdef enum:  # as in trim.py
    DASH = 17
    TAIL = 240


cdef inline uint32_t lowered(uint32_t code) noexcept nogil:
    """Return a letter of ASCII or a usual Cyrillic one in lower case; other characters as they are."""
    if 0x41 <= code <= 0x5A or 0x410 <= code < 0x430:
        return code + 0x20
    return code + 0x50 if 0x400 <= code < 0x410 else code


cdef inline bint is_stop(uint32_t code) noexcept nogil:
    """Return whether a prompt may follow a character, after white space."""
    if code < 0x80:
        return code == 0x2E or code == 0x21 or code == 0x3F or code == 0x22 or code == 0x29
    return code == 0x2026 or code == 0xBB or code == 0x201D


cdef bint may_be_cut(str text, set heads) except -1:
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at, next
    cdef uint32_t code, first, second
    for at in range(min(length, DASH)):
        if PyUnicode_READ(kind, data, at) == 0x2D:
            return True
    for at in range(length - 1, max(length - CREDITED, 1) - 1, -1):
        if PyUnicode_READ(kind, data, at) == 0x3A:
            if not (<Py_UCS4>PyUnicode_READ(kind, data, at - 1)).isdigit():
                return True
            break
    for at in range(max(length - TAIL - 1, 0), length - 3):
        code = PyUnicode_READ(kind, data, at)
        if not is_stop(code) or not is_space(PyUnicode_READ(kind, data, at + 1)):
            continue
        next = at + 2
        while next < min(at + 4, length) and is_space(PyUnicode_READ(kind, data, next)):
            next += 1
        if next + 1 >= length:
            continue
        first = lowered(PyUnicode_READ(kind, data, next))
        second = lowered(PyUnicode_READ(kind, data, next + 1))
        # Python decides on other letters: some are equal to one of these for a pattern that ignores the case.
        if 0x80 <= first < 0x400 or first >= 0x530 or 0x80 <= second < 0x400 or second >= 0x530:
            return True
        if (first << 16 | second) in heads:
            return True
    return False


def may_trim(list texts, set heads):
    """Return for each text whether its ends may be cut off; False is certain.

    `heads` are the first two letters of each prompt in lower case, the first one above the 16 bits of the second.
    """
    return [may_be_cut(text, heads) for text in texts]


# -- the texts that may begin with one of a few words: `pipeline.document.rules.beginnings`

cdef enum:  # letters are numbered: those of ASCII, then those of the Cyrillic alphabets of Europe
    CYRILLIC = 0x400
    BEYOND = 0x460
    LETTERS_OF_HEADS = 0xE0  # 0x80 and those from CYRILLIC to BEYOND
    IDEOGRAPHS = 0x2E80  # from here on, characters are like none of these letters, whatever the case
    AFTER_IDEOGRAPHS = 0xA640


cdef inline int number_of(uint32_t code) noexcept nogil:
    code = lowered(code)
    if code < 0x80:
        return <int>code
    return <int>(code - CYRILLIC + 0x80) if CYRILLIC <= code < BEYOND else -1


cdef class Heads:
    """The first two letters of a few words."""

    cdef uint8_t[LETTERS_OF_HEADS * LETTERS_OF_HEADS] pairs
    cdef uint8_t[LETTERS_OF_HEADS] firsts
    cdef bint ideographs  # whether a word begins with one: then each text that does is accepted

    def __cinit__(self, heads):
        cdef int first, second
        self.ideographs = False
        memset(self.pairs, 0, sizeof(self.pairs))
        memset(self.firsts, 0, sizeof(self.firsts))
        for head in heads:
            if len(head) != 2 or not head.isalpha() or head != head.lower():
                raise ValueError(f"{head!r} is not two small letters")
            first, second = number_of(ord(head[0])), number_of(ord(head[1]))
            self.ideographs |= IDEOGRAPHS <= <uint32_t>ord(head[0]) < AFTER_IDEOGRAPHS
            if first < 0:  # such a letter is accepted without looking, and so is such a second one
                continue
            self.firsts[first] = 1
            if second >= 0:
                self.pairs[first * LETTERS_OF_HEADS + second] = 1

    cdef bint are_at(self, int kind, const void *data, Py_ssize_t length, Py_ssize_t at) noexcept:
        """Return whether a text may go on with a head; letters without a number may be equal to others in a pattern."""
        cdef uint32_t code
        cdef int first, second
        if at + 1 >= length:
            return False
        code = PyUnicode_READ(kind, data, at)
        first = number_of(code)
        if first < 0:
            if IDEOGRAPHS <= code < AFTER_IDEOGRAPHS:
                return self.ideographs
            return (<Py_UCS4>code).isalpha()
        if not self.firsts[first]:
            return False
        second = number_of(PyUnicode_READ(kind, data, at + 1))
        return second < 0 or self.pairs[first * LETTERS_OF_HEADS + second]

    def near(self, str text, Py_ssize_t words):
        """Return whether one of the first words of a text, between white space, may begin with a head."""
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *data = PyUnicode_DATA(text)
        cdef Py_ssize_t length = len(text), at = 0, word
        for word in range(words):
            if self.are_at(kind, data, length, at):
                return True
            while at < length and not is_space(PyUnicode_READ(kind, data, at)):
                at += 1
            while at < length and is_space(PyUnicode_READ(kind, data, at)):
                at += 1
        return False

    def places(self, list texts, Py_ssize_t first, Py_ssize_t stop, Py_ssize_t longest, Py_ssize_t digits):
        """Return which of the texts from `first` to `stop` may begin with a head or have so many digits, if not none.

        Texts with more than `longest` characters are left out.
        """
        cdef list found = []
        cdef Py_ssize_t place, length
        cdef int kind
        cdef const void *data
        cdef str text
        for place in range(max(first, 0), min(stop, <Py_ssize_t>len(texts))):
            text = texts[place]
            length, kind, data = len(text), PyUnicode_KIND(text), PyUnicode_DATA(text)
            if length > longest:
                continue
            if self.are_at(kind, data, length, 0) or (digits and has_digits(kind, data, length, digits)):
                found.append(place)
        return found


cdef bint has_digits(int kind, const void *data, Py_ssize_t length, Py_ssize_t digits) noexcept:
    cdef Py_ssize_t at
    cdef uint32_t code
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        if 0x30 <= code <= 0x39 or (code >= 0x660 and (<Py_UCS4>code).isdecimal()):
            digits -= 1
            if not digits:
                return True
    return False


# -- the folded texts that contain one of a few words: `pipeline.document.rules.sign_up`

cdef class Parts:
    """A few strings that are looked for all at once."""

    cdef Phrases parts
    cdef uint8_t[PLANE] firsts  # for each character, the group of the parts that begin with it, from 1
    cdef uint64_t[PLANE_GROUPS] nexts  # for each group, the lowest bits of the characters that follow

    def __cinit__(self, parts):
        by_first = {}
        for part in parts:
            if len(part) < 2:
                raise ValueError(f"{part!r} has less than two characters")
            by_first.setdefault(part[0], []).append((part, 1))
        if len(by_first) >= PLANE_GROUPS:
            raise ValueError(f"{len(by_first)} first characters, and room for {PLANE_GROUPS - 1}")
        self.parts = Phrases(list(by_first.values()))
        memset(self.firsts, 0, sizeof(self.firsts))
        for number, first in enumerate(by_first, start=1):  # no character beyond the plane: Phrases rejects those
            self.firsts[<Py_ssize_t>ord(first)] = number
            self.nexts[<Py_ssize_t>number - 1] = 0
            for part, _ in by_first[first]:
                self.nexts[<Py_ssize_t>number - 1] |= <uint64_t>1 << (<uint64_t>ord(part[1]) & 63)

    def within(self, str text):
        """Return whether a text contains one of the strings."""
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *data = PyUnicode_DATA(text)
        cdef Py_ssize_t length = len(text)
        if kind == 1:
            return self.found(<const uint8_t *>data, length)
        if kind == 2:
            return self.found(<const uint16_t *>data, length)
        return self.found(<const uint32_t *>data, length)

    cdef bint found(self, const Character *text, Py_ssize_t length) noexcept nogil:
        cdef Py_ssize_t at, part, step, first, size
        cdef uint32_t code
        cdef Py_ssize_t group
        for at in range(length - 1):
            code = text[at]
            if code >= PLANE or not self.firsts[code]:
                continue
            group = self.firsts[code] - 1
            if not self.nexts[group] >> (text[at + 1] & 63) & 1:
                continue
            for part in range(self.parts.groups[group], self.parts.groups[group + 1]):
                first = self.parts.begins[part]
                size = self.parts.begins[part + 1] - first
                if size > length - at:
                    continue
                step = 1
                while step < size and text[at + step] == self.parts.characters[first + step]:
                    step += 1
                if step == size:
                    return True
        return False


# -- the texts that may be items of a series: `pipeline.document.classifier.series`

cdef enum:
    LED = 45  # as in series.py


def may_be_items(list texts, Py_ssize_t first, Py_ssize_t stop):
    """Return which of the texts from `first` to `stop` begin with a sign or a digit, or have a colon or a dash near."""
    return [
        place for place in range(max(first, 0), min(stop, <Py_ssize_t>len(texts))) if may_be_item(<str?>texts[place])
    ]


cdef inline bint is_dash(uint32_t code) noexcept nogil:
    return code == 0x2D or code == 0x2013 or code == 0x2014


cdef bint may_be_item(str text):
    cdef int kind = PyUnicode_KIND(text)
    cdef const void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = min(<Py_ssize_t>len(text), LED), at
    cdef uint32_t code = PyUnicode_READ(kind, data, 0) if length else 0, before
    if not (<Py_UCS4>code).isalpha() and length:
        if (<Py_UCS4>code).isdecimal() or is_dash(code) or code == 0x2A or code == 0x2B or code >= 0x80:
            return True
    for at in range(length):
        before, code = code, PyUnicode_READ(kind, data, at)
        if code == 0x3A or (is_dash(code) and is_space(before)):
            return True
    return False


# -- words that two texts share, compared by stems: `pipeline.document.rules.headline`

cdef enum:  # as in headline.py
    LONGEST_STEM = 5  # characters: `Stem` has room for no more
    FEWEST_LETTERS = 4  # letters: a shorter word has no stem


cdef struct Stem:
    uint64_t head  # the first three characters, never 0
    uint64_t tail  # the other two


cdef class Stems:
    """The stems of a folded text."""

    cdef Stem *table  # open addressing; an empty slot is all zeros
    cdef Py_ssize_t room

    def __cinit__(self, str folded):
        cdef Stem *found = NULL
        cdef Py_ssize_t count
        self.table = NULL
        try:
            count = gather_stems(folded, &found)
            self.room = table_room(count)
            self.table = table_of(found, &count, self.room)
        finally:
            PyMem_Free(found)

    def __dealloc__(self):
        PyMem_Free(self.table)

    def shared_with(self, str folded):
        """Return the number of stems of another text, and how many of them are in this one."""
        cdef Stem *found = NULL
        cdef Stem *own = NULL
        cdef Py_ssize_t count, shared = 0, at
        try:
            count = gather_stems(folded, &found)
            own = table_of(found, &count, table_room(count))
            for at in range(count):
                shared += self.table[slot_of(self.table, self.room, found[at])].head != 0
            return count, shared
        finally:
            PyMem_Free(found)
            PyMem_Free(own)


cdef inline bint is_letter(Py_UCS4 code):
    if code < 0x80:
        return 0x61 <= (<uint32_t>code | 0x20) <= 0x7A
    if 0x410 <= code < 0x450:  # the Russian alphabet
        return True
    return code.isalpha() or (code.isalnum() and not code.isdecimal())


cdef Py_ssize_t gather_stems(str folded, Stem **found) except -1:
    """Find the stems of a text, in order."""
    cdef int kind = PyUnicode_KIND(folded)
    cdef void *data = PyUnicode_DATA(folded)
    cdef Py_ssize_t length = len(folded), at, start = 0, count = 0, room = 0
    cdef Py_UCS4 code
    cdef bint letter, dense
    for at in range(length + 1):
        code = PyUnicode_READ(kind, data, at) if at < length else 0
        dense = 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF
        letter = is_letter(code)
        if room < count + 2:
            room = 64 + 2 * room
            found[0] = <Stem *>grown(found[0], room * sizeof(Stem))
        if not letter:
            if at - start >= FEWEST_LETTERS:
                found[0][count] = stem(kind, data, start, min(at, start + LONGEST_STEM))
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


cdef Py_ssize_t table_room(Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t room = 16
    while room < 2 * count:
        room *= 2
    return room


cdef Stem *table_of(Stem *found, Py_ssize_t *count, Py_ssize_t room) except NULL:
    """Build a table of stems, and keep each stem once in `found`."""
    cdef Stem *table = <Stem *>PyMem_Malloc(room * sizeof(Stem))
    cdef Py_ssize_t at, slot, kept = 0
    if table is NULL:
        raise MemoryError
    memset(table, 0, room * sizeof(Stem))
    for at in range(count[0]):
        slot = slot_of(table, room, found[at])
        if not table[slot].head:
            table[slot] = found[kept] = found[at]
            kept += 1
    count[0] = kept
    return table


cdef inline Py_ssize_t slot_of(const Stem *table, Py_ssize_t room, Stem one) noexcept nogil:
    """Return the slot of a stem, or the empty slot where it belongs."""
    cdef uint64_t mixed = (one.head ^ (one.tail * 0xC2B2AE3D27D4EB4FULL)) * 0x9E3779B97F4A7C15ULL
    cdef Py_ssize_t slot = <Py_ssize_t>((mixed ^ mixed >> 32) & <uint64_t>(room - 1))
    while table[slot].head and (table[slot].head != one.head or table[slot].tail != one.tail):
        slot = (slot + 1) & (room - 1)
    return slot
