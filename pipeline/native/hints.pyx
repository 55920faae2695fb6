# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What the names of classes hint at, without a regular expression; `pipeline.document.blocks.tree` has the words."""

from cpython.unicode cimport Py_UNICODE_ISALNUM

cdef enum:
    ASCII = 128


cdef inline bint is_of_word(Py_UCS4 char):
    return char == u"_" or Py_UNICODE_ISALNUM(char)


cdef class Finder:
    """Finds words in names as a regular expression of alternatives does: leftmost, and there the first of them."""

    cdef list words
    cdef list bits
    cdef list opens  # whether no letter may stand right before a word
    cdef list closes  # and right behind it
    cdef list by_first  # of each character of ASCII the words that begin with it

    def __init__(self, words):
        """Take (word, opens, closes, bits) in the order in which they are asked; words begin in ASCII."""
        self.words, self.bits, self.opens, self.closes = [], [], [], []
        self.by_first = [[] for _ in range(ASCII)]
        for word, opens, closes, bits in words:
            self.by_first[ord(word[0])].append(len(self.words))
            self.words.append(word)
            self.opens.append(opens)
            self.closes.append(closes)
            self.bits.append(bits)

    def find(self, str name):
        """Return the bits of all words found, none of which share a letter."""
        cdef Py_ssize_t at = 0, length = len(name), size
        cdef long found = 0
        cdef Py_UCS4 first
        while at < length:
            first = name[at]
            size = 0
            if first < ASCII:
                for number in <list>self.by_first[<Py_ssize_t>first]:
                    size = self.size_at(name, length, at, number)
                    if size:
                        found |= <long>self.bits[number]
                        break
            at += size if size else 1
        return found

    cdef Py_ssize_t size_at(self, str name, Py_ssize_t length, Py_ssize_t at, Py_ssize_t number) except -1:
        """Return the length of a word where it stands at a place, 0 where it does not."""
        cdef str word = self.words[number]
        cdef Py_ssize_t size = len(word), step
        if at + size > length:
            return 0
        for step in range(1, size):
            if name[at + step] != word[step]:
                return 0
        if self.opens[number] and at > 0 and is_of_word(name[at - 1]):
            return 0
        if self.closes[number] and at + size < length and is_of_word(name[at + size]):
            return 0
        return size
