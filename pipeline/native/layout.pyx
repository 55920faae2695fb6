# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The walk over a parsed page; `pipeline.document.blocks.tree` says what this is about, and what a block and an element are."""

from cpython cimport array

from array import array as new_array

from libc.stdint cimport int64_t

cdef enum:  # what a tag is, below the number of its kind; layout.py has the same
    BLOCK = 1
    LINK = 2
    STRONG = 4
    BREAK = 8
    UNSEEN = 16
    TEXT = 32
    KIND = 8  # bits below it
    FIELDS = 7  # of an element
    COLUMNS = 4  # of a block
    KNOWN = 1024  # numbers of tags: lexbor gives larger ones to elements that it does not know, another each page


cdef class Walk:
    """The state of one walk: the blocks so far, the open elements, the block being gathered."""

    cdef readonly list texts
    cdef readonly array.array blocks  # COLUMNS each
    cdef readonly array.array elements  # FIELDS each
    cdef dict codes, styles, hints
    cdef object hints_of
    cdef list parts
    cdef array.array open  # elements, the innermost last
    cdef Py_ssize_t depth, deepest, most
    cdef Py_ssize_t links, strongs, in_links, in_strong
    cdef int[KNOWN] known

    def __init__(self, dict codes, hints_of, Py_ssize_t deepest, Py_ssize_t most):
        self.codes, self.hints_of, self.deepest, self.most = codes, hints_of, deepest, most
        self.texts, self.parts = [], []
        self.blocks, self.elements, self.open = new_array("q"), new_array("q"), new_array("q")
        self.styles, self.hints = {}, {}
        self.links = self.strongs = self.in_links = self.in_strong = self.depth = 0
        for number in range(KNOWN):
            self.known[number] = -1

    def walk(self, root):
        """Visit every node once, in document order, and leave every element that was entered."""
        cdef list up = [root], up_codes = [self.codes["body"]]
        cdef int code
        cdef str text
        self.open_frame(root, self.codes["body"])
        node = root.first_child
        while True:
            if node is None:
                node = up.pop()
                code = up_codes.pop()
                if code & BLOCK:
                    self.close_frame()
                elif code & (LINK | STRONG):
                    self.count(code, -1)
                if not up:
                    return
                node = node.next
                continue
            code = self.code_of(node)
            if code & TEXT:
                text = node.text_content
                # White space at the beginning of a block is none of it; most texts of a page are that alone.
                if text and (self.parts or not text.isspace()):
                    self.add(text)
            elif code & BREAK:
                if self.parts:
                    self.end_block(True)
            elif not code & UNSEEN:
                child = node.first_child
                if child is not None:
                    if code & BLOCK:
                        self.open_frame(node, code)
                    elif code & (LINK | STRONG):
                        self.count(code, 1)
                    up.append(node)
                    up_codes.append(code)
                    node = child
                    continue
                if self.parts and code & BLOCK:
                    self.end_block(False)
            node = node.next

    cdef int code_of(self, node) except -2:
        cdef Py_ssize_t number = node.tag_id
        cdef int code
        if 0 <= number < KNOWN and self.known[number] >= 0:
            return self.known[number]
        code = self.codes.get(node.tag or "", 0)
        if 0 <= number < KNOWN:
            self.known[number] = code
        return code

    cdef int count(self, int code, Py_ssize_t step) except -1:
        if code & LINK:
            self.links += step
        else:
            self.strongs += step
        return 0

    cdef int open_frame(self, node, int code) except -1:
        cdef Py_ssize_t parent, place = len(self.elements) // FIELDS
        cdef int64_t hints = 0, style = 0, depth = 0
        cdef str classes = ""
        cdef int64_t *above
        if self.parts:
            self.end_block(False)
        parent = self.open.data.as_longlongs[self.depth - 1] if self.depth else -1
        if self.depth >= self.deepest or place >= self.most:
            self.push(parent)
            return 0
        attributes = node.attributes
        if attributes:
            classes = attributes.get("class") or ""
            hints = self.hints_in(classes) | self.hints_in(attributes.get("id"))
            hints |= self.hints_in(attributes.get("itemprop"))
        if parent >= 0:
            above = <int64_t *>self.elements.data.as_longlongs + parent * FIELDS
            depth, style = above[2] + 1, above[4]
        # Ids are left out: they differ from paragraph to paragraph.
        style = self.styles.setdefault((style, code >> KIND, classes), len(self.styles))
        self.push(place)
        array.resize_smart(self.elements, (place + 1) * FIELDS)
        above = <int64_t *>self.elements.data.as_longlongs + place * FIELDS
        above[0], above[1], above[2], above[3], above[4] = parent, code >> KIND, depth, hints, style
        above[5] = above[6] = len(self.texts)
        return 0

    cdef int64_t hints_in(self, str names) except -1:
        if not names:
            return 0
        found = self.hints.get(names)
        if found is None:
            found = self.hints[names] = self.hints_of(names[:200])
        return found

    cdef int push(self, Py_ssize_t frame) except -1:
        if self.depth >= len(self.open):
            array.resize_smart(self.open, 2 * self.depth + 64)
        self.open.data.as_longlongs[self.depth] = frame
        self.depth += 1
        return 0

    cdef int close_frame(self) except -1:
        cdef Py_ssize_t frame
        if self.parts:
            self.end_block(False)
        self.depth -= 1
        frame = self.open.data.as_longlongs[self.depth]
        if not self.depth or self.open.data.as_longlongs[self.depth - 1] != frame:
            self.elements.data.as_longlongs[frame * FIELDS + 6] = len(self.texts)
        return 0

    cdef int add(self, str text) except -1:
        cdef Py_ssize_t length
        self.parts.append(text)
        if self.links or self.strongs:
            length = len(text.strip())
            if self.links:
                self.in_links += length
            if self.strongs:
                self.in_strong += length
        return 0

    cdef int end_block(self, bint broken) except -1:
        cdef str text = " ".join("".join(self.parts).split())
        cdef Py_ssize_t length = len(text), place = len(self.texts)
        cdef int64_t *block
        self.parts.clear()
        if text:
            self.texts.append(text)
            array.resize_smart(self.blocks, (place + 1) * COLUMNS)
            block = <int64_t *>self.blocks.data.as_longlongs + place * COLUMNS
            block[0] = self.open.data.as_longlongs[self.depth - 1]
            block[1], block[2], block[3] = min(self.in_links, length), min(self.in_strong, length), broken
        self.in_links = self.in_strong = 0
        return 0
