# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The walk over a parsed page: `pipeline.document.blocks.tree` explains it, and defines blocks and elements.

selectolax makes a Python object for each step over a tree, which was most of the walk's time. So the walk reads the
nodes where lexbor keeps them. `agrees` compares what is there with what selectolax says, for each kind of node and
each field; before it has agreed, `tree.py` walks over the objects.
"""

from cpython cimport array
from cpython.ref cimport PyObject

from array import array as new_array

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_DecodeUTF8, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int64_t, uint8_t, uint32_t, uintptr_t
from libc.string cimport memcmp

from pipeline.native.spelling cimport SPLIT, is_space, respelled

cdef enum:  # the flags of a tag, below the number of its kind; tree.py has the same
    BLOCK = 1
    LINK = 2
    STRONG = 4
    BREAK = 8
    UNSEEN = 16
    TEXT = 32
    SPAN = 64  # a block if its style says so
    KIND = 8  # number of bits below the kind
    FIELDS = 7  # per element
    COLUMNS = 4  # per block
    KNOWN = 1024  # tag numbers: lexbor gives larger ones to unknown elements, and different ones on each page

cdef enum:  # types of nodes (DOM, 4.4)
    ELEMENT_NODE = 1
    TEXT_NODE = 3

cdef enum:
    AS_BLOCK = 1  # the mark of an element whose style makes it a block

cdef enum:
    INLINE = 16  # characters of an attribute's name that lexbor keeps in the entry itself


cdef struct Node:
    void *events
    uintptr_t name  # the number of its tag or attribute, or the address of an entry with the name
    uintptr_t prefix
    uintptr_t space
    void *document
    Node *next
    Node *previous
    Node *parent
    Node *first
    Node *last
    void *user
    int type


cdef struct Text:
    Node node
    const char *characters  # UTF-8
    size_t length


cdef struct Value:
    const char *characters  # UTF-8
    size_t length


cdef struct Attribute:
    Node node
    uintptr_t upper
    uintptr_t qualified
    Value *value
    void *owner
    Attribute *next
    Attribute *previous


cdef struct Element:
    Node node
    uintptr_t upper
    uintptr_t qualified
    Value *kind
    Attribute *first


cdef struct Entry:  # of an attribute's name that is none of lexbor's own
    char[24] characters
    size_t length


cdef object NODE = None  # selectolax's class of nodes; it is loaded by those who parse


cdef Node *node_of(node) except NULL:
    global NODE
    if NODE is None:
        from selectolax.lexbor import LexborNode

        NODE = LexborNode
    if not isinstance(node, NODE):
        raise TypeError("not a node of a parsed page")
    return <Node *><uintptr_t>node.mem_id


cdef inline str decoded(const char *characters, size_t length):
    return PyUnicode_DecodeUTF8(characters, <Py_ssize_t>length, "replace")


cdef inline bint is_blank(const char *characters, size_t length) noexcept nogil:
    """Return whether a text is white space of ASCII."""
    cdef size_t at
    for at in range(length):
        if not (characters[at] == 0x20 or 9 <= characters[at] <= 13):
            return False
    return True


cdef bint is_named(const Attribute *attribute, uintptr_t number, const char *name, size_t length) noexcept nogil:
    """Return whether an attribute has a name; `number` is lexbor's own for it, or 0."""
    cdef const Entry *entry
    if number:
        return attribute.node.name == number
    if attribute.node.name < KNOWN:
        return False
    entry = <const Entry *>attribute.node.name
    return entry.length == length and not memcmp(entry.characters, name, length)


cdef inline Py_ssize_t stripped(str text) noexcept:
    """Return the length of a text without white space at its ends."""
    cdef int kind = PyUnicode_KIND(text)
    cdef const void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t first = 0, end = len(text)
    while first < end and is_space(PyUnicode_READ(kind, data, first)):
        first += 1
    while end > first and is_space(PyUnicode_READ(kind, data, end - 1)):
        end -= 1
    return end - first


cdef class Tags:
    """What lexbor's numbers of tags and attributes stand for."""

    cdef int[KNOWN] codes
    cdef int body  # the code of the element that a walk begins with
    cdef int preformatted  # the kind of `<pre>`
    cdef int own  # the code of an element whose name lexbor does not know, if it is a block
    cdef uintptr_t inputs
    cdef uintptr_t classes, ids, properties, styles, hidden, types, addresses, roles

    def __cinit__(self, dict codes, int body, int own, int preformatted, Py_ssize_t inputs, list attributes):
        """Take the code of each tag number, and the numbers of `<input>` and of attributes, 0 for none.

        The attributes are class, id, itemprop, style, hidden, itemtype, data-url and role.
        """
        cdef Py_ssize_t number
        for number in [inputs, *attributes]:
            if not 0 <= number < KNOWN:
                raise ValueError("not numbers of lexbor's own")
        if not inputs or len(attributes) != 8:
            raise ValueError("not numbers of lexbor's own")
        for number in range(KNOWN):
            self.codes[number] = 0
        for number, code in codes.items():
            if not 0 <= number < KNOWN:
                raise ValueError("not a number of lexbor's own")
            self.codes[number] = code
        self.body, self.own, self.preformatted, self.inputs = body, own, preformatted, inputs
        self.classes, self.ids, self.properties, self.styles = attributes[:4]
        self.hidden, self.types, self.addresses, self.roles = attributes[4:]

    cdef inline int code_of(self, const Node *node) noexcept:
        """Return the code of an element, and for one that lexbor does not know the code of its place."""
        if node.name < KNOWN:
            return self.codes[node.name]
        if node.type == ELEMENT_NODE and node.first is not NULL and self.stands_alone(node):
            return self.own
        return 0

    cdef bint stands_alone(self, const Node *node) noexcept:
        """Return whether an element has a block, or another one of its kind, on either side, and no text."""
        cdef const Node *before = node.previous
        cdef const Node *after = node.next
        cdef int beside = 0
        while before is not NULL and self.is_passed(before):
            before = before.previous
        while after is not NULL and self.is_passed(after):
            after = after.next
        if before is not NULL:
            if not self.is_block_beside(before):
                return False
            beside += 1
        if after is not NULL:
            if not self.is_block_beside(after):
                return False
            beside += 1
        return beside > 0

    cdef inline bint is_passed(self, const Node *node) noexcept:
        """Return whether a node is not seen: white space, or an element without text."""
        if node.type == TEXT_NODE:
            return is_blank((<Text *>node).characters, (<Text *>node).length)
        return node.type != ELEMENT_NODE or (node.name < KNOWN and self.codes[node.name] & UNSEEN != 0)

    cdef inline bint is_block_beside(self, const Node *node) noexcept:
        """Return whether a node beside an unknown element begins and ends lines, or is unknown as well."""
        if node.type != ELEMENT_NODE:
            return False
        return node.name >= KNOWN or self.codes[node.name] & (BLOCK | BREAK) != 0


cdef class Walk:
    """The state of one walk: the finished blocks, the open elements, and the current block."""

    cdef readonly list texts
    cdef readonly array.array blocks  # COLUMNS per block
    cdef readonly array.array elements  # FIELDS per element
    cdef Tags tags
    cdef dict styles, hints
    cdef object hints_of, marks_of, paragraphs_of
    cdef list parts
    cdef array.array open  # open elements, the innermost last
    cdef Py_ssize_t depth, deepest, most
    cdef Py_ssize_t links, strongs, in_links, in_strong

    def __cinit__(self, Tags tags, hints_of, marks_of, paragraphs_of, Py_ssize_t deepest, Py_ssize_t most):
        """Take the tags, the functions of tree.py that read names, other attributes and texts, and two limits."""
        self.tags, self.deepest, self.most = tags, deepest, most
        self.hints_of, self.marks_of, self.paragraphs_of = hints_of, marks_of, paragraphs_of
        self.texts, self.parts = [], []
        self.blocks, self.elements, self.open = new_array("q"), new_array("q"), new_array("q")
        self.styles, self.hints = {}, {}
        self.links = self.strongs = self.in_links = self.in_strong = self.depth = 0

    def walk(self, root):
        """Visit every node once, in document order; leave every element that was entered."""
        cdef Node *top = node_of(root)
        cdef Node *node = top.first
        cdef Node *done
        cdef int code
        self.open_frame(top, self.tags.body)
        done = top
        while True:
            if node is NULL:
                if done is not top:
                    code = self.code_of(done)
                    if code & BLOCK:
                        self.close_frame()
                    elif code & (LINK | STRONG):
                        self.count(code, -1)
                else:
                    self.close_frame()
                    return
                node = done.next
                done = done.parent
                continue
            code = self.code_of(node)
            if code & TEXT:
                if node.type == TEXT_NODE:
                    self.add(<Text *>node)
            elif code & BREAK:
                if self.parts:
                    self.end_block(1)
                elif len(self.blocks) and self.blocks.data.as_longlongs[len(self.blocks) - 1] == 1:
                    self.blocks.data.as_longlongs[len(self.blocks) - 1] = 2  # the second in a row: a blank line
            elif not code & UNSEEN:
                if node.first is not NULL:
                    if code & BLOCK:
                        self.open_frame(node, code)
                    elif code & (LINK | STRONG):
                        self.count(code, 1)
                    done = node
                    node = node.first
                    continue
                if self.parts and code & BLOCK:
                    self.end_block(0)
            node = node.next

    cdef inline int code_of(self, Node *node) except -1:
        cdef int code = self.tags.code_of(node)
        if code & SPAN:
            return self.tags.own if node.first is not NULL and self.is_styled_block(node) else 0
        return code

    cdef bint is_styled_block(self, Node *node) except -1:
        cdef Attribute *attribute = (<Element *>node).first
        while attribute is not NULL:
            if attribute.value is not NULL and is_named(attribute, self.tags.styles, b"style", 5):
                if holds(attribute.value, b"display", 7):
                    return bool(self.marks_in("style", attribute.value) & AS_BLOCK)
            attribute = attribute.next
        return False

    cdef int64_t marks_in(self, str name, const Value *value) except -1:
        """Return what an attribute says of its element, one bit each of tree.py's marks."""
        return self.marks_of(name, "" if value is NULL else decoded(value.characters, value.length)[:400])

    cdef int count(self, int code, Py_ssize_t step) except -1:
        if code & LINK:
            self.links += step
        else:
            self.strongs += step
        return 0

    cdef int open_frame(self, Node *node, int code) except -1:
        cdef Py_ssize_t parent, place = len(self.elements) // FIELDS
        cdef int64_t hints = 0, style = 0, depth = 0
        cdef str classes = ""
        cdef int64_t *above
        cdef Attribute *attribute
        if self.parts:
            self.end_block(0)
        parent = self.open.data.as_longlongs[self.depth - 1] if self.depth else -1
        if self.depth >= self.deepest or place >= self.most:
            self.push(parent)
            return 0
        attribute = (<Element *>node).first if node.type == ELEMENT_NODE else NULL
        while attribute is not NULL:
            if is_named(attribute, self.tags.hidden, b"hidden", 6):
                hints |= self.marks_in("hidden", attribute.value)
            elif attribute.value is not NULL and attribute.value.length:
                if is_named(attribute, self.tags.classes, b"class", 5):
                    classes = decoded(attribute.value.characters, attribute.value.length)
                    hints |= self.hints_in(classes)
                elif is_named(attribute, self.tags.ids, b"id", 2) or is_named(
                    attribute, self.tags.properties, b"itemprop", 8
                ):
                    hints |= self.hints_in(decoded(attribute.value.characters, attribute.value.length))
                elif is_named(attribute, self.tags.styles, b"style", 5):
                    if holds(attribute.value, b"display", 7) or holds(attribute.value, b"visibility", 10):
                        hints |= self.marks_in("style", attribute.value) & ~AS_BLOCK
                elif is_named(attribute, self.tags.types, b"itemtype", 8):
                    hints |= self.marks_in("itemtype", attribute.value)
                elif is_named(attribute, self.tags.addresses, b"data-url", 8):
                    hints |= self.marks_in("data-url", attribute.value)
                elif is_named(attribute, self.tags.roles, b"role", 4):
                    hints |= self.marks_in("role", attribute.value)
            attribute = attribute.next
        if parent >= 0:
            above = <int64_t *>self.elements.data.as_longlongs + parent * FIELDS
            depth, style = above[2] + 1, above[4]
        # Ids are ignored: they differ from paragraph to paragraph.
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
            self.end_block(0)
        self.depth -= 1
        frame = self.open.data.as_longlongs[self.depth]
        # Below zero: no element was accepted.
        if frame >= 0 and (not self.depth or self.open.data.as_longlongs[self.depth - 1] != frame):
            self.elements.data.as_longlongs[frame * FIELDS + 6] = len(self.texts)
        return 0

    cdef int add(self, Text *node) except -1:
        cdef str text
        # White space at the start is not part of a block; most text nodes of a page are only white space.
        if node.characters is NULL or not node.length:
            return 0
        if not self.parts and is_blank(node.characters, node.length):
            return 0
        text = decoded(node.characters, node.length)
        if not self.parts and text.isspace():
            return 0
        if self.in_paragraphs():
            *ended, text = self.paragraphs_of(text)
            for paragraph in ended:
                self.append(paragraph)
                self.end_block(2)
        self.append(text)
        return 0

    cdef inline bint in_paragraphs(self) noexcept:
        """Return whether the current element may have paragraphs with blank lines between them."""
        cdef int64_t frame = self.open.data.as_longlongs[self.depth - 1] if self.depth else -1
        if frame < 0:
            return False
        return (<int64_t *>self.elements.data.as_longlongs)[frame * FIELDS + 1] == self.tags.preformatted

    cdef int append(self, str text) except -1:
        cdef Py_ssize_t length
        self.parts.append(text)
        if self.links or self.strongs:
            length = stripped(text)
            if self.links:
                self.in_links += length
            if self.strongs:
                self.in_strong += length
        return 0

    cdef int end_block(self, int broken) except -1:
        cdef str text = respelled(self.parts[0] if len(self.parts) == 1 else "".join(self.parts), SPLIT)
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


cdef enum:
    MOST_STEPS = 32  # selectors of a list
    MOST_NAMES = 8  # attributes that they name
    PLACE = 3  # words of memory in one of selectolax's objects before the address of its node

cdef enum:  # how a selector compares a value
    ANY = 0
    EQUAL = 1
    BEGINS = 2
    WORD = 3
    HOLDS = 4


cdef inline bint is_same(char one, char wanted) noexcept nogil:
    """Return whether a character is the wanted one; a letter of ASCII, given small, may be large."""
    return one == wanted or (0x61 <= wanted <= 0x7A and one + 32 == wanted)


cdef bint is_at(const Value *value, size_t at, const char *word, size_t length) noexcept nogil:
    cdef size_t step
    if at + length > value.length:
        return False
    for step in range(length):
        if not is_same(value.characters[at + step], word[step]):
            return False
    return True


cdef inline Node *following(Node *node, Node *top) noexcept nogil:
    """Return the next node below `top` in the page's order, NULL behind the last one."""
    if node.first is not NULL:
        return node.first
    while node is not top and node.next is NULL:
        node = node.parent
    return NULL if node is top else node.next


cdef class Selectors:
    """A list of selectors of one step: a tag, an attribute, or both. `pipeline.document.blocks.selectors` explains it."""

    cdef uint32_t[KNOWN] by_tag  # the selectors that a tag is enough for, one bit each
    cdef int[KNOWN] by_number  # 1 and the place of an attribute that lexbor knows; 0 for one that no selector names
    cdef uintptr_t[MOST_STEPS] tags  # 0 for any
    cdef int[MOST_STEPS] ways
    cdef list words, names
    cdef uint32_t[MOST_NAMES] of_name  # the selectors of an attribute
    cdef uint32_t[MOST_NAMES] others  # those that are for one tag, or do not look for a word inside of the value
    cdef uint32_t[MOST_NAMES][256] begins  # those whose word begins with a character
    cdef uint32_t[MOST_NAMES][256] follows  # those whose word has it second

    def __cinit__(self, list steps):
        """Take (number of the tag, name of the attribute, its number or 0, how it compares, word) for each selector."""
        cdef Py_ssize_t place, at
        cdef uint32_t bit = 1
        cdef Py_ssize_t tag, number, way
        if len(steps) > MOST_STEPS:
            raise ValueError("too many selectors")
        self.words, self.names = [], []
        for at in range(KNOWN):
            self.by_tag[at] = self.by_number[at] = 0
        for place in range(MOST_NAMES):
            self.of_name[place] = self.others[place] = 0
            for at in range(256):
                self.begins[place][at] = self.follows[place][at] = 0
        for place, (tag, name, number, way, word) in enumerate(steps):
            if not (0 <= tag < KNOWN and 0 <= number < KNOWN and ANY <= way <= HOLDS and (tag or name)):
                raise ValueError("not a selector")
            if (way == ANY) != (not word) or len(name) > INLINE or (way == HOLDS and len(word) < 2):
                raise ValueError("not a selector")
            self.tags[place], self.ways[place] = tag, way
            self.words.append(word)
            if name:
                self.take(self.name_of(name, number), bit, tag, way, word)
            else:
                self.by_tag[tag] |= bit
            bit <<= 1

    cdef Py_ssize_t name_of(self, bytes name, Py_ssize_t number) except -1:
        if name not in self.names:
            if len(self.names) == MOST_NAMES:
                raise ValueError("too many attributes")
            self.names.append(name)
            if number:
                self.by_number[number] = len(self.names)
        return self.names.index(name)

    cdef int take(self, Py_ssize_t place, uint32_t bit, Py_ssize_t tag, Py_ssize_t way, bytes word) except -1:
        self.of_name[place] |= bit
        if way != HOLDS or tag:
            self.others[place] |= bit
        if way == HOLDS:
            for spelled in (word, word.upper()):
                self.begins[place][spelled[0]] |= bit
                self.follows[place][spelled[1]] |= bit
        return 0

    def find(self, root):
        """Return the elements from `root` on that a selector matches, each with how many do, in the page's order."""
        cdef Node *top = node_of(root)
        cdef Node *node = top
        cdef uint32_t bits
        cdef int count
        cdef list found = []
        while True:
            if node.type == ELEMENT_NODE:
                bits = self.matching(<Element *>node)
                if bits:
                    count = 0
                    while bits:
                        bits &= bits - 1
                        count += 1
                    found.append((made(root, node), count))
            node = following(node, top)
            if node is NULL:
                return found

    cdef uint32_t matching(self, Element *element) except? 0xFFFFFFFF:
        """Return the selectors that match an element, one bit each."""
        cdef uintptr_t tag = element.node.name
        cdef uint32_t found = self.by_tag[tag] if tag < KNOWN else 0
        cdef uint32_t seen = 0
        cdef int place
        cdef Attribute *attribute = element.first
        while attribute is not NULL:
            place = self.place_of(attribute)
            if place and not seen >> place & 1:
                seen |= 1 << place
                found |= self.compared(place - 1, tag, attribute.value)
            attribute = attribute.next
        return found

    cdef int place_of(self, const Attribute *attribute) except -1:
        cdef Py_ssize_t at
        cdef bytes name
        if attribute.node.name < KNOWN:
            return self.by_number[attribute.node.name]
        for at in range(len(self.names)):
            name = self.names[at]
            if is_named(attribute, 0, name, len(name)):
                return at + 1
        return 0

    cdef uint32_t compared(self, int place, uintptr_t tag, const Value *value) except? 0xFFFFFFFF:
        """Return the selectors of an attribute that its value satisfies, on an element with this tag."""
        cdef uint32_t wanted = self.of_name[place], rest = self.others[place], held, found = 0
        cdef const uint32_t *begins = self.begins[place]
        cdef const uint32_t *follows = self.follows[place]
        cdef size_t at
        cdef int step = 0
        cdef bytes word
        while rest:
            if rest & 1:
                if self.tags[step] and self.tags[step] != tag:
                    wanted &= ~(<uint32_t>1 << step)
                elif self.ways[step] == ANY or (self.ways[step] != HOLDS and self.is_like(step, value)):
                    found |= <uint32_t>1 << step
            rest >>= 1
            step += 1
        if value is NULL or not wanted:
            return found
        for at in range(1, value.length):
            held = begins[<uint8_t>value.characters[at - 1]] & follows[<uint8_t>value.characters[at]] & wanted & ~found
            step = 0
            while held:
                if held & 1:
                    word = self.words[step]
                    if is_at(value, at - 1, word, len(word)):
                        found |= <uint32_t>1 << step
                held >>= 1
                step += 1
        return found

    cdef bint is_like(self, int step, const Value *value) except -1:
        """Return whether a value is a word, begins with it, or has it between white space."""
        cdef bytes word = self.words[step]
        cdef size_t length = len(word), at
        if value is NULL:
            return False
        if self.ways[step] == BEGINS:
            return is_at(value, 0, word, length)
        if self.ways[step] == EQUAL:
            return value.length == length and is_at(value, 0, word, length)
        for at in range(value.length):
            if (at == 0 or is_blank(value.characters + at - 1, 1)) and is_at(value, at, word, length):
                if at + length == value.length or is_blank(value.characters + at + length, 1):
                    return True
        return False


cdef inline uintptr_t at_place(node) noexcept:
    return (<uintptr_t *><PyObject *>node)[PLACE]


cdef object made(root, Node *address):
    """Return selectolax's object for a node of the page of `root`: a new one for its root, made to stand for the node.

    selectolax has no way to get there from outside but a search with a selector of CSS, which takes ten times as long.
    """
    node = root.parser.root
    if type(node) is not NODE or at_place(node) != <uintptr_t>node.mem_id:
        raise TypeError("not a node as selectolax makes it")
    (<uintptr_t *><PyObject *>node)[PLACE] = <uintptr_t>address
    return node


def asks_for_address(root, Tags tags):
    """Return whether any `<input>` below a node has "mail" in an attribute: without one, there is no sign-up box."""
    cdef Node *top = node_of(root)
    cdef Node *node = top
    cdef Attribute *attribute
    while True:
        if node.name == tags.inputs and node.type == ELEMENT_NODE:
            attribute = (<Element *>node).first
            while attribute is not NULL:
                if attribute.value is not NULL and holds(attribute.value, b"mail", 4):
                    return True
                attribute = attribute.next
        node = following(node, top)
        if node is NULL:
            return False


cdef bint holds(const Value *value, const char *word, size_t size) noexcept nogil:
    """Return whether a value has a word of small letters, in letters of any case."""
    cdef size_t at, step
    for at in range(value.length - size + 1 if value.length >= size else 0):
        step = 0
        while step < size and value.characters[at + step] | 0x20 == word[step]:
            step += 1
        if step == size:
            return True
    return False


cdef inline bint is_address(uintptr_t number) noexcept nogil:
    """Return whether a number is one that a program's memory has: no small number, none of the system's."""
    return number >= 1 << 16 and number >> 47 == 0 and number % sizeof(void *) == 0


def agrees(list nodes, tuple texts, tuple attributes):
    """Return whether lexbor keeps nodes as this module reads them; all nodes are of one small page.

    `texts` are (node, its text), of different lengths. `attributes` are (element, {name: value}) in the page's order.
    No address is followed before its neighbors are what selectolax says.
    """
    cdef Node *read
    cdef Text *text
    cdef Attribute *attribute
    cdef uintptr_t here
    if sizeof(void *) != 8:
        return False
    for node in nodes:
        read = node_of(node)
        if type(node).__basicsize__ <= PLACE * sizeof(void *) or at_place(node) != <uintptr_t>read:
            return False
        if read.name != <uintptr_t>node.tag_id or <uintptr_t>read.next != address_of(node.next):
            return False
        if <uintptr_t>read.previous != address_of(node.prev) or <uintptr_t>read.first != address_of(node.first_child):
            return False
        if <uintptr_t>read.last != address_of(node.last_child):
            return False
        if node.parent is not None and <uintptr_t>read.parent != address_of(node.parent):
            return False
        if node.tag == "-text" and read.type != TEXT_NODE:
            return False
        if node.attributes and read.type != ELEMENT_NODE:
            return False
    for node, said in texts:
        text = <Text *>node_of(node)
        if text.length != <size_t>len(said.encode()):
            return False
    for node, said in texts:
        text = <Text *>node_of(node)
        if decoded(text.characters, text.length) != said:
            return False
    for node, named in attributes:
        here = <uintptr_t>node_of(node)
        attribute = (<Element *>node_of(node)).first
        for name, value in named.items():
            if not is_address(<uintptr_t>attribute) or <uintptr_t>attribute.owner != here:
                return False
            if attribute.node.name >= KNOWN:
                if not is_address(attribute.node.name) or len(name) > INLINE:
                    return False
                if not is_named(attribute, 0, name.encode(), len(name)):
                    return False
            if (attribute.value is NULL) != (value is None):
                return False
            if value is not None:
                if not is_address(<uintptr_t>attribute.value):
                    return False
                if attribute.value.length != <size_t>len(value.encode()):
                    return False
                if decoded(attribute.value.characters, attribute.value.length) != value:
                    return False
            attribute = attribute.next
        if attribute is not NULL:
            return False
    return True


def number_of(node, Py_ssize_t place):
    """Return lexbor's own number of an element's attribute at a place, 0 if it has none; for a page that `agrees`."""
    cdef Attribute *attribute = (<Element *>node_of(node)).first
    while place and attribute is not NULL:
        attribute = attribute.next
        place -= 1
    return attribute.node.name if attribute is not NULL and attribute.node.name < KNOWN else 0


cdef uintptr_t address_of(node) except? 1:
    return 0 if node is None else node.mem_id
