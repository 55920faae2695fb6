# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The loops that compute the columns of features, along the blocks and up the tree.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from pipeline.native.bounds cimport room_for, within
from pipeline.native.mixing cimport mixed


cdef extern from *:
    """
    #include <stdint.h>
    /* FNV-1a, 64 bits */
    static const uint64_t CHISTOVIK_FIRST = 0xCBF29CE484222325ULL, CHISTOVIK_PRIME = 0x100000001B3ULL;
    """
    const uint64_t FIRST "CHISTOVIK_FIRST"
    const uint64_t PRIME "CHISTOVIK_PRIME"

# -- along the blocks of a page: sums have the order and precision of the numpy in `pipeline.document.features.windows`

def sum_windows(const float[::1] values, list windows, float[:, ::1] rows):
    cdef Py_ssize_t count = values.shape[0], at, low, high, row
    cdef double *sums
    cdef double total = 0.0
    if len(windows) != rows.shape[0] or rows.shape[1] != count:
        raise ValueError("a row for each window")
    sums = room_for(count + 1)
    try:
        for at in range(count):
            sums[at] = total
            total += values[at]
        sums[count] = total
        for row in range(rows.shape[0]):
            low, high = windows[row]
            for at in range(count):
                rows[row, at] = <float>(sums[within(at + high, count)] - sums[within(at + low, count)])
    finally:
        free(sums)


def mean_windows(const double[::1] sums, const double[::1] weights, list windows, float[:, ::1] rows):
    cdef Py_ssize_t count = sums.shape[0] - 1, at, low, high, row
    cdef double weight
    if weights.shape[0] != count + 1 or len(windows) != rows.shape[0] or rows.shape[1] != count:
        raise ValueError("a row for each window")
    for row in range(rows.shape[0]):
        low, high = windows[row]
        for at in range(count):
            weight = weights[within(at + high, count)] - weights[within(at + low, count)]
            rows[row, at] = <float>((sums[within(at + high, count)] - sums[within(at + low, count)]) / max(weight, 1.0))


def since(const uint8_t[::1] marks, Py_ssize_t most, float[::1] row):
    cdef Py_ssize_t at, ago = most
    if row.shape[0] != marks.shape[0]:
        raise ValueError("an entry for each mark")
    for at in range(marks.shape[0]):
        ago = 0 if marks[at] else min(ago + 1, most)
        row[at] = ago


def until(const uint8_t[::1] marks, Py_ssize_t most, float[::1] row):
    cdef Py_ssize_t at, count = marks.shape[0], ahead = most
    if row.shape[0] != count:
        raise ValueError("an entry for each mark")
    for at in range(count):
        ahead = 0 if marks[count - 1 - at] else min(ahead + 1, most)
        row[count - 1 - at] = ahead


def copies(list texts, float[::1] row):
    cdef Py_ssize_t at, count = len(texts)
    cdef dict firsts = {}
    cdef Py_ssize_t *first
    if row.shape[0] != count:
        raise ValueError("an entry for each text")
    first = <Py_ssize_t *>malloc(max(count, 1) * sizeof(Py_ssize_t))
    if first is NULL:
        raise MemoryError
    try:
        for at in range(count):
            first[at] = firsts.setdefault(texts[at], at)
            row[at] = 0
            row[first[at]] += 1
        for at in range(count):
            row[at] = row[first[at]]
    finally:
        free(first)


def signed_runs(const uint8_t[::1] marks, float[::1] row):
    cdef Py_ssize_t count = marks.shape[0], first = 0, end, at
    if row.shape[0] != count:
        raise ValueError("an entry for each mark")
    while first < count:
        end = first + 1
        while end < count and (marks[end] != 0) == (marks[first] != 0):
            end += 1
        for at in range(first, end):
            row[at] = end - first if marks[first] else first - end
        first = end


def best_run(const float[::1] weights):
    cdef Py_ssize_t at, first = 0, last = 0, lowest_at = 0
    cdef double total = 0.0, lowest = 0.0, best = 0.0, lowest_of_best = 0.0, total_of_best = 0.0
    for at in range(weights.shape[0]):
        total += weights[at]
        if at == 0 or total - lowest > best:
            best, last, first = total - lowest, at, lowest_at
            lowest_of_best, total_of_best = lowest, total
        if total < lowest:
            lowest, lowest_at = total, at + 1
    return first, last, total_of_best - lowest_of_best


def inside_run(Py_ssize_t first, Py_ssize_t last, float[::1] row):
    cdef Py_ssize_t at
    cdef double most = max(last - first, 1)
    for at in range(row.shape[0]):
        row[at] = <float>((at - first) / most) if first <= at <= last else -1


def beyond_run(Py_ssize_t first, Py_ssize_t last, float[::1] row):
    cdef Py_ssize_t at
    for at in range(row.shape[0]):
        row[at] = at - first if at < first else at - last if at > last else 0


def from_block(Py_ssize_t place, Py_ssize_t most, float[::1] row):
    cdef Py_ssize_t at
    for at in range(row.shape[0]):
        row[at] = max(min(at - place, most), -most)


def shares_before(const float[::1] values, float total, float[::1] row):
    cdef Py_ssize_t at
    cdef float before = 0
    if row.shape[0] != values.shape[0]:
        raise ValueError("an entry for each block")
    for at in range(row.shape[0]):
        before += values[at]
        row[at] = <float>(before - values[at]) / total


# -- up the tree of a page, and over its elements: `pipeline.document.features.ancestors` has the numpy

def inherited(const int64_t[::1] parent, const int64_t[::1] kind, const int64_t[::1] bits, int64_t[::1] marks):
    cdef Py_ssize_t at, count = parent.shape[0]
    if kind.shape[0] != count or marks.shape[0] != count:
        raise ValueError("an entry for each element")
    for at in range(count):
        marks[at] = bits[kind[at]] if 0 <= kind[at] < bits.shape[0] else 0
        if 0 <= parent[at] < at:
            marks[at] |= marks[parent[at]]


def levels_to(
    const int64_t[::1] parent,
    const int64_t[::1] hints,
    list bits,
    int far,
    const int64_t[::1] frames,
    float[:, ::1] rows,
):
    cdef Py_ssize_t at, row, count = parent.shape[0]
    cdef int *levels
    cdef int above
    cdef int64_t bit
    if hints.shape[0] != count or frames.shape[0] != rows.shape[1] or len(bits) != rows.shape[0]:
        raise ValueError("hints for each element, an entry for each block, a row for each bit")
    levels = <int *>malloc(max(count, 1) * sizeof(int))
    if levels is NULL:
        raise MemoryError
    try:
        for row in range(rows.shape[0]):
            bit = bits[row]
            for at in range(count):
                above = levels[parent[at]] if 0 <= parent[at] < at else far
                levels[at] = 0 if hints[at] & bit else min(above + 1, far)
            for at in range(frames.shape[0]):
                rows[row, at] = levels[frames[at]] if 0 <= frames[at] < count else far
    finally:
        free(levels)


def levels_up(
    const int64_t[::1] parent,
    const int64_t[::1] first,
    const int64_t[::1] end,
    Py_ssize_t at,
    Py_ssize_t far,
    float[::1] near,
):
    cdef Py_ssize_t count = parent.shape[0], blocks = near.shape[0], block, below
    cdef float level = 0
    if first.shape[0] != count or end.shape[0] != count:
        raise ValueError("an entry for each element")
    for block in range(blocks):
        near[block] = far
    while 0 <= at < count:
        for block in range(within(first[at], blocks), within(end[at], blocks)):
            near[block] = min(near[block], level)
        below, at = at, parent[at]
        level += 1
        if at >= below:
            break


def depths_below(
    const int64_t[::1] depth, Py_ssize_t at, const int64_t[::1] frames, const float[::1] above, float[::1] below
):
    cdef Py_ssize_t block, count = depth.shape[0]
    if not 0 <= at < count or above.shape[0] != frames.shape[0] or below.shape[0] != frames.shape[0]:
        raise ValueError("an entry for each block, and an element that there is")
    for block in range(frames.shape[0]):
        below[block] = -above[block]
        if above[block] == 0:
            below[block] = depth[frames[block]] - depth[at] if 0 <= frames[block] < count else 0


def deepest(const double[::1] values, double least, const int64_t[::1] depth):
    cdef Py_ssize_t at, found = -1
    if values.shape[0] != depth.shape[0]:
        raise ValueError("an entry for each element")
    for at in range(values.shape[0]):
        if values[at] >= least and (found < 0 or depth[at] > depth[found]):
            found = at
    if found < 0:
        raise ValueError("a value for one element at least that is not below the least")
    return found


def sums_within(const float[:, ::1] values, const int64_t[::1] first, const int64_t[::1] end, double[:, ::1] within_):
    cdef Py_ssize_t count = values.shape[1], wide = first.shape[0], row, at
    cdef double *sums
    cdef double total
    if end.shape[0] != wide or within_.shape[0] != values.shape[0] or within_.shape[1] != wide:
        raise ValueError("a row for each of the values, an entry for each span")
    sums = room_for(count + 1)
    try:
        for row in range(values.shape[0]):
            total = 0.0
            for at in range(count):
                sums[at] = total
                total += values[row, at]
            sums[count] = total
            for at in range(wide):
                within_[row, at] = sums[within(end[at], count)] - sums[within(first[at], count)]
    finally:
        free(sums)


def sums_alike(const float[:, ::1] values, const int64_t[::1] groups, double[:, ::1] sums):
    cdef Py_ssize_t row, at
    if groups.shape[0] != values.shape[1] or sums.shape[0] != values.shape[0]:
        raise ValueError("a row for each of the values, a group for each block")
    for row in range(values.shape[0]):
        for at in range(groups.shape[0]):
            if 0 <= groups[at] < sums.shape[1]:
                sums[row, groups[at]] += values[row, at]


def ratios(const double[:, ::1] sums, const int64_t[::1] sizes, double total, float[:, ::1] told):
    cdef Py_ssize_t at, count = sizes.shape[0]
    cdef int64_t size
    if sums.shape[0] != 4 or told.shape[0] != 5 or sums.shape[1] != count or told.shape[1] != count:
        raise ValueError("a column for each part, of four rows and of five")
    for at in range(count):
        size = max(sizes[at], 1)
        told[0, at] = <float>(sums[1, at] / max(sums[0, at], 1.0))
        told[1, at] = <float>(sums[2, at] / max(sums[3, at], 1.0))
        told[2, at] = size
        told[3, at] = <float>(sums[0, at] / <double>size)
        told[4, at] = <float>(sums[1, at] / total)


# -- the words of blocks that occur elsewhere on the page too: `pipeline.document.features.echoes`


cdef struct Known:  # sorted words
    Py_ssize_t count
    uint32_t *letters  # the letters of all words
    int64_t *starts  # where the letters of each word begin, and the end
    uint8_t *sets  # the sets that contain each word, one bit per set
    int32_t *numbers  # a table of hashes: the number of each word, from 1
    uint64_t slots  # the number of its slots less one
    int32_t begins[0x602]  # for each letter, the first word that begins with it or with a higher letter


cdef int read_known(Known *known, list words, list sets) except -1:
    """Store the words; `count_known` frees the memory."""
    cdef Py_ssize_t number, at, row, total = 0, first = 0
    cdef str word
    for word in words:
        total += len(word)
    known.count = len(words)
    known.letters = <uint32_t *>malloc(max(total, 1) * sizeof(uint32_t))
    known.starts = <int64_t *>malloc((known.count + 1) * sizeof(int64_t))
    known.sets = <uint8_t *>malloc(max(known.count, 1))
    if known.letters is NULL or known.starts is NULL or known.sets is NULL:
        raise MemoryError
    total = 0
    for number in range(known.count):
        word = words[number]
        known.starts[number] = total
        known.sets[number] = 0
        for row in range(len(sets)):
            known.sets[number] |= (word in sets[row]) << row
        for at in range(len(word)):
            known.letters[total + at] = word[at]
        total += len(word)
    known.starts[known.count] = total
    for number in range(0x602):
        while first < known.count and (
            known.starts[first] == known.starts[first + 1] or known.letters[known.starts[first]] < <uint32_t>number
        ):
            first += 1
        known.begins[number] = first
    return 0


cdef inline uint64_t with_letter(uint64_t key, uint32_t letter) noexcept nogil:
    return (key ^ letter) * PRIME


cdef int index_known(Known *known) except -1:
    """Store the number of each word, from 1, in a table of hashes."""
    cdef Py_ssize_t number, at, room = 16
    cdef uint64_t key, slot
    while room < 4 * known.count:
        room *= 2
    known.slots = room - 1
    known.numbers = <int32_t *>calloc(room, sizeof(int32_t))
    if known.numbers is NULL:
        raise MemoryError
    for number in range(known.count):
        key = FIRST
        for at in range(known.starts[number], known.starts[number + 1]):
            key = with_letter(key, known.letters[at])
        slot = mixed(key) & known.slots
        while known.numbers[slot]:
            slot = (slot + 1) & known.slots
        known.numbers[slot] = <int32_t>number + 1
    return 0


cdef bint is_word(
    int kind, const void *data, Py_ssize_t at, Py_ssize_t end, const Known *known, Py_ssize_t number,
    const uint32_t[:, ::1] folds,
) noexcept:
    """Return whether a part of a text, folded, is a known word."""
    cdef Py_ssize_t place = known.starts[number], last = known.starts[number + 1], part
    cdef uint32_t char, letter
    while at < end:
        char = PyUnicode_READ(kind, data, at)
        at += 1
        for part in range(folds.shape[1] if char < <uint32_t>folds.shape[0] else 1):
            letter = folds[char, part] if char < <uint32_t>folds.shape[0] else char
            if part and not letter:
                break
            if place >= last or known.letters[place] != letter:
                return False
            place += 1
    return place == last


cdef Py_ssize_t count_text(
    str text, const Known *known, const uint32_t[:, ::1] folds, int64_t[:, ::1] hits, Py_ssize_t number
):
    """Count the words of a text, and add the known ones to its hits."""
    cdef Py_ssize_t length = len(text), at = 0, start, part, row, count = 0, found
    cdef int kind = PyUnicode_KIND(text)
    cdef const void *data = PyUnicode_DATA(text)
    cdef uint32_t char, letter
    cdef uint64_t key, slot
    while at <= length:
        count += 1
        start = at
        key = FIRST
        while at < length:
            char = PyUnicode_READ(kind, data, at)
            if char == 0x20:
                break
            letter = folds[char, 0] if char < <uint32_t>folds.shape[0] and folds.shape[1] else char
            if at == start and letter < 0x601 and known.begins[letter] == known.begins[letter + 1]:
                while at < length and PyUnicode_READ(kind, data, at) != 0x20:
                    at += 1
                start = at  # no known word begins with this letter
                break
            key = with_letter(key, letter)
            if char < <uint32_t>folds.shape[0]:
                for part in range(1, folds.shape[1]):
                    letter = folds[char, part]
                    if not letter:
                        break
                    key = with_letter(key, letter)
            at += 1
        if at > start:
            slot = mixed(key) & known.slots
            while known.numbers[slot]:
                found = known.numbers[slot] - 1
                if is_word(kind, data, start, at, known, found, folds):
                    for row in range(hits.shape[0]):
                        hits[row, number] += known.sets[found] >> row & 1
                    break
                slot = (slot + 1) & known.slots
        at += 1
    return count


def count_known(
    list texts,
    list words,
    list sets,
    const uint32_t[:, ::1] folds,
    int64_t[::1] counts,
    int64_t[:, ::1] hits,
):
    cdef Py_ssize_t number
    cdef Known known
    if counts.shape[0] != len(texts) or hits.shape[1] != len(texts):
        raise ValueError("an entry for each text")
    if hits.shape[0] != len(sets) or len(sets) > 8:
        raise ValueError("a row for each set, eight at most")
    known.letters, known.starts, known.sets, known.numbers = NULL, NULL, NULL, NULL
    try:
        read_known(&known, words, sets)
        index_known(&known)
        for number in range(len(texts)):
            hits[:, number] = 0
            counts[number] = count_text(texts[number], &known, folds, hits, number)
    finally:
        free(known.letters)
        free(known.starts)
        free(known.sets)
        free(known.numbers)


# -- blocks that read like prose, their weights, and the heaviest run: `pipeline.document.features.article_span`

def prose(const float[::1] words, const float[::1] sentences, const float[::1] links, float[::1] good):
    cdef Py_ssize_t at, count = words.shape[0]
    cdef float some = <float>0.4
    if sentences.shape[0] != count or links.shape[0] != count or good.shape[0] != count:
        raise ValueError("an entry for each block")
    for at in range(count):
        good[at] = words[at] if (
            sentences[at] >= 1 and words[at] >= 8 and links[at] < some
            and words[at] < <float>(<float>50.0 * sentences[at]) + <float>10.0
        ) else 0


def weigh(
    const float[::1] words,
    const float[::1] sentences,
    const float[::1] ends,
    const float[::1] dots,
    const float[::1] colons,
    const uint8_t[::1] noise,
    const uint8_t[::1] listed,
    int lonely,
    double lonely_factor,
    float[::1] weights,
):
    cdef Py_ssize_t at, count = words.shape[0]
    cdef double weight
    cdef float own, capped
    cdef bint sentence, before = False, after
    if not (sentences.shape[0] == ends.shape[0] == dots.shape[0] == colons.shape[0] == count):
        raise ValueError("an entry for each block")
    if not (noise.shape[0] == listed.shape[0] == weights.shape[0] == count):
        raise ValueError("an entry for each block")
    sentence = count > 0 and not noise[0] and ends[0] > 0 and words[0] >= 5
    for at in range(count):
        after = at + 1 < count and not noise[at + 1] and ends[at + 1] > 0 and words[at + 1] >= 5
        own = words[at]
        capped = min(own, <float>20.0)
        if noise[at]:
            weight = -<float>(<float>3.0 + <float>(capped * <float>0.4))
        elif (ends[at] > 0 and dots[at] == 0) or colons[at] > 0:
            if own >= 12:
                weight = min(own, <float>80.0) * (0.75 if own >= 40 else 0.6 if own >= 20 else 0.35)
            else:
                weight = 1.0 if own >= 8 else -1.0 if own >= 4 else -2.0
        elif <float>(sentences[at] * <float>30.0) >= own and own >= 25:
            weight = <float>(min(own, <float>60.0) * <float>0.5)
        elif own <= 2:
            weight = -2.5
        else:
            weight = -(3.0 + capped * (0.4 if listed[at] else 0.25))
        if sentence and weight > 0 and own < lonely and not before and not after:
            weight *= lonely_factor
        weights[at] = <float>weight
        before, sentence = sentence, after


def span_of(const float[::1] weights, Py_ssize_t start, Py_ssize_t end, double deepest):
    cdef double best = 0.0, total = 0.0, peak = 0.0, weight
    cdef Py_ssize_t at, begin = start, first = start, stop = start
    if not 0 <= start <= end <= weights.shape[0]:
        raise ValueError("an entry for each block of the part")
    for at in range(start, end):
        weight = weights[at]
        if weight > 0.0 and total <= 0.0:
            total, begin = 0.0, at
        total = max(total + weight, peak - deepest)
        if weight > 0.0:
            peak = total
        if total > best:
            best, first, stop = total, begin, at + 1
    return best, first, stop


# -- the elements of a page that say what is in them: `pipeline.document.features.ancestors` and its neighbors have the
# -- Python. `elements` has the columns of `Layout.elements`, one row for each field.

cdef enum:
    FIELDS = 7  # of an element: parent, kind, depth, hints, style, first block, block after the last


cdef inline bint is_one_of(int64_t kind, uint64_t kinds) noexcept nogil:
    return 0 <= kind < 64 and kinds >> <int>kind & 1


def places(const int64_t[:, ::1] elements, uint64_t kinds, int64_t hints, Py_ssize_t least, Py_ssize_t most):
    """Return the first elements of some kinds or with some hints that hold enough blocks, as `places_of` does."""
    cdef list found = []
    cdef Py_ssize_t at
    if elements.shape[0] != FIELDS:
        raise ValueError("not the fields of elements")
    for at in range(elements.shape[1]):
        if len(found) >= most:
            break
        if elements[3, at] & hints or is_one_of(elements[1, at], kinds):
            if <double>elements[6, at] - <double>elements[5, at] >= least:
                found.append(at)
    return found


cdef inline double total(const float[::1] values, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Return the sum of whole numbers, so its order does not matter."""
    cdef double summed = 0.0
    cdef Py_ssize_t at
    for at in range(start, end):
        summed += values[at]
    return summed


def lists(
    const int64_t[:, ::1] elements,
    list candidates,
    const float[::1] words,
    const float[::1] characters,
    const float[::1] linked,
    double listed,
    double item_words,
    uint64_t captions,
    int64_t pictured,
    uint64_t beside,
):
    """Return the spans of the lists of text among some elements, as `parts._lists` does."""
    cdef list found = []
    cdef Py_ssize_t place, at, blocks = words.shape[0], count = elements.shape[1]
    cdef int64_t start, end, above
    cdef bint out
    if elements.shape[0] != FIELDS or not blocks == characters.shape[0] == linked.shape[0]:
        raise ValueError("not the fields of elements, or not an entry for each block")
    for place in candidates:
        if not 0 <= place < count:
            raise IndexError(place)
        start, end, above = elements[5, place], elements[6, place], elements[0, place]
        if not 0 <= above < place or start == elements[5, above] or end == elements[6, above]:
            continue
        if not 0 <= start <= end <= blocks:
            raise ValueError("a span beyond the blocks")
        if total(linked, start, end) > listed * total(characters, start, end):
            continue
        if total(words, start, end) < item_words * <double>(end - start):
            continue
        out = False
        for at in range(place, count):
            if elements[5, at] >= end:
                break
            if elements[3, at] & pictured or is_one_of(elements[1, at], captions):
                out = True
                break
        while not out and 0 <= above < count:
            out = is_one_of(elements[1, above], beside)
            if elements[0, above] >= above:
                break
            above = elements[0, above]
        if not out:
            found.append((start, end))
    return found


def lone_lines(
    const int64_t[:, ::1] elements,
    const int64_t[::1] frames,
    const float[::1] words,
    const float[::1] ends,
    const float[::1] colons,
    const int16_t[::1] cues,
    const float[::1] link_share,
    uint64_t lines,
    int64_t pictured,
    float paragraph,
    float linked,
    float link_words,
    float caption_words,
):
    """Return the blocks between two paragraphs that are one link, and those in an element named after a picture."""
    cdef list links = [], captions = []
    cdef Py_ssize_t at, count = words.shape[0]
    cdef int64_t frame
    if elements.shape[0] != FIELDS or not (
        count == frames.shape[0] == ends.shape[0] == colons.shape[0] == cues.shape[0] == link_share.shape[0]
    ):
        raise ValueError("not the fields of elements, or not an entry for each block")
    for at in range(1, count - 1):
        if ends[at] > 0 or colons[at] != 0 or cues[at] >= 0:
            continue
        if not (ends[at - 1] > 0 and words[at - 1] >= paragraph and ends[at + 1] > 0 and words[at + 1] >= paragraph):
            continue
        frame = frames[at]
        if not 0 <= frame < elements.shape[1] or not is_one_of(elements[1, frame], lines):
            continue
        if link_share[at] >= linked and words[at] >= link_words:
            links.append(at)
        if words[at] <= caption_words and elements[3, frame] & pictured:
            captions.append(at)
    return links, captions


def apart(const int64_t[:, ::1] elements, Py_ssize_t own, Py_ssize_t heading, int64_t never):
    """Return the lines up from two elements to below their nearest common ancestor, and that ancestor.

    None if one contains the other, or if an ancestor of the first or an element of the second line has a hint of
    `never`.
    """
    cdef Py_ssize_t one = own, other = heading, count = elements.shape[1]
    cdef list ours = [], line = []
    cdef int64_t hints = 0
    if elements.shape[0] != FIELDS or not 0 <= own < count or not 0 <= heading < count:
        raise ValueError("not the fields of elements, or not two of them")
    # A parent comes before its children: of two different elements the later one is no ancestor of the other.
    while one != other and one >= 0 and other >= 0:
        if one > other:
            ours.append(one)
            one = parent_of(elements, one)
        else:
            line.append(other)
            hints |= elements[3, other]
            other = parent_of(elements, other)
    if one != other or one < 0 or not ours or not line:
        return None
    other = own
    while other >= 0:
        hints |= elements[3, other]
        other = parent_of(elements, other)
    return None if hints & never else (ours, line, one)


cdef inline Py_ssize_t parent_of(const int64_t[:, ::1] elements, Py_ssize_t at) noexcept nogil:
    return elements[0, at] if 0 <= elements[0, at] < at else -1


# -- the runs of words that texts share: `pipeline.document.features.hidden`

cdef class Runs:
    """The runs of so many words in some texts, each as a hash of its folded words."""

    cdef const uint32_t[:, ::1] folds
    cdef Py_ssize_t size
    cdef uint64_t *table  # open addressing; 0 is an empty slot
    cdef uint64_t slots  # their number less one

    def __cinit__(self, list texts, folds, Py_ssize_t size):
        """Take texts with one space between two words and no other white space, and the result of `folds`."""
        cdef Py_ssize_t words = 0, room = 16
        cdef str text
        self.table = NULL
        self.folds, self.size = folds, max(size, 1)
        for text in texts:
            words += text.count(" ") + 1
        while room < 2 * words:
            room *= 2
        self.slots = room - 1
        self.table = <uint64_t *>calloc(room, sizeof(uint64_t))
        if self.table is NULL:
            raise MemoryError
        for text in texts:
            self.read(text, True)

    def __dealloc__(self):
        free(self.table)

    def shared_with(self, list texts):
        """Return the number of runs of other texts, and how many of them are among these."""
        cdef Py_ssize_t count = 0, shared = 0
        cdef str text
        for text in texts:
            count += max(text.count(" ") + 2 - self.size, 0) if text else 0
            shared += self.read(text, False)
        return count, shared

    cdef Py_ssize_t read(self, str text, bint add) except -1:
        """Add the runs of a text to the table, or return how many are in it."""
        cdef Py_ssize_t length = len(text), at, part, words = 0, shared = 0, first
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *data = PyUnicode_DATA(text)
        cdef uint64_t key = FIRST, run
        cdef uint32_t char
        cdef uint64_t *keys
        cdef uint64_t slot
        if not length:
            return 0
        keys = <uint64_t *>malloc((text.count(" ") + 1) * sizeof(uint64_t))
        if keys is NULL:
            raise MemoryError
        for at in range(length + 1):
            char = PyUnicode_READ(kind, data, at) if at < length else 0x20
            if char == 0x20:
                keys[words] = mixed(key)
                words += 1
                key = FIRST
            elif char >= <uint32_t>self.folds.shape[0]:
                key = (key ^ char) * PRIME
            else:
                for part in range(self.folds.shape[1]):
                    if part and not self.folds[char, part]:
                        break
                    key = (key ^ self.folds[char, part]) * PRIME
        for first in range(words - self.size + 1):
            run = 0
            for at in range(first, first + self.size):
                run = mixed(run * PRIME + keys[at])
            run = run if run else 1
            slot = run & self.slots
            while self.table[slot] and self.table[slot] != run:
                slot = (slot + 1) & self.slots
            shared += self.table[slot] != 0
            if add:
                self.table[slot] = run
        free(keys)
        return shared
