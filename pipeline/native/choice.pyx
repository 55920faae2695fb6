# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The choice of the blocks that stay, and the rule of each: `pipeline.document.classifier` explains both.

All sums are of whole numbers of words, so their order does not matter. The loops never read or write outside their
arguments, whatever the arguments contain.
"""

from libc.stdint cimport int16_t, int64_t, uint8_t
from libc.stdlib cimport calloc, free

cdef enum:  # as in choice.py
    GAP = 5  # blocks
    STEP = 2  # blocks
    FEW_WORDS = 25
    FEW_BLOCKS = 3
    LONG = 10  # words
    SHORT = 8  # words

cdef enum:  # as in naming.py
    LAPSE = 5  # blocks
    ENTRY = 40  # words
    LABEL = 4  # words
    SAID = 7

cdef enum:  # marks of a block
    FREE = 1  # no rule recognizes it
    ALLOWED = 2  # it may stay by its score
    FIRM = 4  # a sentence, a lead-in, or as long as one
    CHOSEN = 8

cdef enum:
    STYLES = 1 << 24  # more than any page has elements


cdef class Choice:
    """The steps of `choice.choose`, on the blocks of one page."""

    cdef const double[::1] scores
    cdef const float[::1] words, ends, opens
    cdef const uint8_t[::1] items
    cdef const int64_t[::1] styles
    cdef uint8_t *marks
    cdef Py_ssize_t count

    def __cinit__(self, scores, cues, least, words, ends, opens, items, styles):
        cdef const int16_t[::1] coded = cues
        cdef const double[::1] lowest = least
        cdef Py_ssize_t at
        self.marks = NULL
        self.scores, self.words, self.ends, self.opens = scores, words, ends, opens
        self.items, self.styles = items, styles
        self.count = self.scores.shape[0]
        if not (
            self.count == coded.shape[0] == self.words.shape[0] == self.ends.shape[0] == self.opens.shape[0]
            == self.items.shape[0] == self.styles.shape[0]
        ):
            raise ValueError("not an entry for each block")
        self.marks = <uint8_t *>calloc(max(self.count, 1), sizeof(uint8_t))
        if self.marks is NULL:
            raise MemoryError
        for at in range(self.count):
            if coded[at] >= lowest.shape[0]:
                raise ValueError("not a lowest score for each rule")
            if coded[at] < 0:
                self.marks[at] = FREE | ALLOWED
            elif self.scores[at] >= lowest[coded[at]]:
                self.marks[at] = ALLOWED
            if self.ends[at] > 0 or self.opens[at] > 0 or self.words[at] >= LONG:
                self.marks[at] |= FIRM

    def __dealloc__(self):
        free(self.marks)

    def choose(
        self, double threshold, double promising, double inside, double beside, double heading, double open_,
        double item, double alike, double detached, bint listing, uint8_t[::1] chosen,
    ):
        """Write which blocks stay. The numbers are those of choice.py; `listing`: the items are those of a text."""
        cdef Py_ssize_t at
        if chosen.shape[0] != self.count:
            raise ValueError("not an entry for each block")
        threshold = self.lowered(threshold, promising)
        for at in range(self.count):
            if self.scores[at] >= threshold and self.marks[at] & ALLOWED:
                self.marks[at] |= CHOSEN
        self.attach(detached)
        self.grow(inside, beside, heading, open_, item)
        self.add_alike(item, alike)
        if listing:
            self.drop_lists()
        for at in range(self.count):
            chosen[at] = self.marks[at] & CHOSEN != 0

    cdef double lowered(self, double threshold, double promising) noexcept:
        cdef double kept = 0.0, closed = 0.0, total = 0.0, best = 0.0
        cdef Py_ssize_t at
        cdef bint some = False
        for at in range(self.count):
            total += self.words[at]
            if not self.marks[at] & FREE:
                continue
            if self.scores[at] >= threshold:
                kept += self.words[at]
            if self.ends[at] > 0:
                closed += self.words[at]
            if not some or self.scores[at] > best:
                best = self.scores[at]
            some = True
        if kept >= FEW_WORDS or not some:
            return threshold
        if self.count <= FEW_BLOCKS or 2 * closed >= total:
            return 0.0
        return min(threshold, best * 0.6) if best >= promising else threshold

    cdef int attach(self, double detached) except -1:
        """Drop short runs far away from the article, and then runs without a sentence."""
        cdef Py_ssize_t at, start, last = -1, runs = 0
        cdef double most = 0.0, words = 0.0, least
        # The runs of firm blocks: how many there are, and the words of the largest.
        for at in range(self.count):
            if self.marks[at] & (CHOSEN | FIRM) != CHOSEN | FIRM:
                continue
            if last < 0 or at - last > GAP:
                runs += 1
                words = 0.0
            words += self.words[at]
            most = max(most, words)
            last = at
        if runs < 2:
            return 0
        least = min(<double>FEW_WORDS, most * 0.3)
        start = 0
        while start < self.count:
            start = self.run(start, CHOSEN | FIRM, least, detached)
        start = 0
        while start < self.count:
            start = self.run(start, CHOSEN, 0.0, 0.0)
        return 0

    cdef Py_ssize_t run(self, Py_ssize_t start, int wanted, double least, double detached) noexcept:
        """Check the next run of blocks with these marks, and drop it if it is not part of an article.

        Runs of firm blocks must have enough words or a high score, other runs a firm block. Return the block after it.
        """
        cdef Py_ssize_t at, first = -1, last = -1
        cdef double words = 0.0, best = 0.0
        cdef bint firm = False
        for at in range(start, self.count):
            if self.marks[at] & wanted != wanted:
                continue
            if last >= 0 and at - last > GAP:
                break
            if first < 0:
                first = at
                best = self.scores[at]
            words += self.words[at]
            best = max(best, self.scores[at])
            firm |= self.marks[at] & FIRM != 0
            last = at
        if first < 0:
            return self.count
        if (words < least and best < detached) if wanted & FIRM else not firm:
            for at in range(first, last + 1):
                if self.marks[at] & wanted == wanted:
                    self.marks[at] &= ~CHOSEN
        return last + 1

    cdef bint is_likely(self, Py_ssize_t at, double beside) noexcept:
        return self.marks[at] & (FREE | FIRM) == FREE | FIRM and self.scores[at] >= beside

    cdef int grow(self, double inside, double beside, double heading, double open_, double item) except -1:
        cdef Py_ssize_t at, first = -1, last = -1, step, start, end, grown
        cdef int mark
        for at in range(self.count):
            if self.marks[at] & (CHOSEN | FIRM) == CHOSEN | FIRM:
                first = at if first < 0 else first
                last = at
        if first < 0:
            return 0
        step = 1
        while step <= STEP and last + step < self.count:
            if self.is_likely(last + step, beside):
                last += step
                step = 0
            step += 1
        step = 1
        while step <= STEP and first - step >= 0:
            if self.is_likely(first - step, beside):
                first -= step
                step = 0
            step += 1
        for at in range(first, last + 1):
            mark = self.marks[at]
            if mark & FREE and (self.scores[at] >= open_ or (mark & FIRM and self.scores[at] >= inside)):
                self.marks[at] |= CHOSEN
        start = 0
        while start <= last:  # runs of items, cut off after the last block
            if not self.items[start]:
                start += 1
                continue
            end = start
            grown = 0
            while end <= last and self.items[end]:
                grown += self.marks[end] & CHOSEN != 0
                end += 1
            if start > first and (
                2 * grown >= end - start or (self.marks[start - 1] & CHOSEN and self.opens[start - 1] > 0)
            ):
                for at in range(start, end):
                    if self.marks[at] & FREE and self.scores[at] >= item:
                        self.marks[at] |= CHOSEN
            start = end
        # A short line right above a kept paragraph is its heading; it makes no heading of the line above it.
        for at in range(first + 1, self.count - 1):
            if (
                self.marks[at + 1] & CHOSEN and self.marks[at] & FREE and self.scores[at] >= heading
                and self.words[at] <= SHORT
            ):
                self.marks[at] |= CHOSEN
        return 0

    cdef int add_alike(self, double item, double alike) except -1:
        """Add blocks in the article's style."""
        cdef Py_ssize_t at, first = -1, last = -1, number = 0
        cdef double *words
        cdef double *kept
        cdef Py_ssize_t *closed
        cdef bint some = False
        for at in range(self.count):
            if not 0 <= self.styles[at] < STYLES:
                raise ValueError("a style beyond any number of elements")
            number = max(number, <Py_ssize_t>self.styles[at] + 1)
            some |= self.styles[at] != 0
            if self.marks[at] & CHOSEN:
                first = at if first < 0 else first
                last = at
        if first < 0 or not some:
            return 0
        words, kept = <double *>calloc(number, sizeof(double)), <double *>calloc(number, sizeof(double))
        closed = <Py_ssize_t *>calloc(number, sizeof(Py_ssize_t))
        try:
            if words is NULL or kept is NULL or closed is NULL:
                raise MemoryError
            for at in range(self.count):
                words[self.styles[at]] += self.words[at]
                if self.marks[at] & CHOSEN:
                    kept[self.styles[at]] += self.words[at]
                    closed[self.styles[at]] += self.ends[at] > 0
            for at in range(self.count):
                number = <Py_ssize_t>self.styles[at]
                if not (self.marks[at] & FREE and self.scores[at] >= item and kept[number] >= alike * words[number]):
                    continue
                if first <= at < last or (
                    closed[number] >= FEW_BLOCKS and self.ends[at] > 0 and self.words[at] >= SHORT
                ):
                    self.marks[at] |= CHOSEN
        finally:
            free(words)
            free(kept)
            free(closed)
        return 0

    cdef int drop_lists(self) except -1:
        """Drop list items above the first sentence, or without one all of them, unless there are only a few."""
        cdef Py_ssize_t at, sentence = -1, alone = 0
        cdef int mark
        for at in range(self.count):
            mark = self.marks[at]
            if mark & CHOSEN and not self.is_headline(at) and (self.ends[at] > 0 or self.opens[at] > 0):
                sentence = at
                break
            alone += mark & CHOSEN and self.is_headline(at)
        if sentence < 0:
            if alone <= FEW_BLOCKS:
                return 0
            sentence = self.count
        for at in range(sentence):
            if self.is_headline(at):
                self.marks[at] &= ~CHOSEN
        return 0

    cdef inline bint is_headline(self, Py_ssize_t at) noexcept:
        """Return whether a list item is no sentence of LONG words."""
        return self.items[at] and not (self.ends[at] > 0 and self.words[at] >= LONG)


def name_rules(
    list bodies,
    const int16_t[::1] cues,
    const uint8_t[::1] stays,
    const uint8_t[::1] tabled,
    const float[::1] words,
    const float[::1] ends,
    const float[::1] colons,
    const float[::1] sentences,
    const uint8_t[::1] listed,
    numbers,
    int16_t[::1] rules,
):
    """Write the number of each block's rule, as `naming._Naming` does; `numbers` are those of `naming._NUMBERS`."""
    cdef int prose, short_true, lead_in, of_text, unclosed, heading, label, table, repeated, headlines, read_also
    cdef int unlikely, far
    cdef Py_ssize_t count = cues.shape[0], at, first = 0, last = -1, passed = 0, below
    cdef bint under = False, below_label, closed
    cdef set seen = set()
    cdef str before = ""
    cdef int rule
    cdef float many
    if not (
        count == len(bodies) == stays.shape[0] == tabled.shape[0] == words.shape[0] == ends.shape[0] == colons.shape[0]
        == sentences.shape[0] == listed.shape[0] == rules.shape[0]
    ):
        raise ValueError("not an entry for each block")
    prose, short_true, lead_in, of_text, unclosed, heading, label, table, repeated, headlines, *more = numbers
    read_also, unlikely, far = more
    for at in range(count):
        if stays[at]:
            first = at if last < 0 else first
            last = at
    for at in range(count):
        under = under and (not stays[at] or passed < LAPSE)
        passed = 0 if stays[at] else passed + 1
        if tabled[at]:
            rules[at] = table
            continue
        if not stays[at]:
            if cues[at] == read_also:
                under = under or words[at] <= LABEL or colons[at] > 0
                passed = 0
            elif under and cues[at] < 0 and at < last:
                rules[at] = headlines
                continue
            rules[at] = cues[at] if cues[at] >= 0 else unlikely if first < at < last else far
            continue
        body = bodies[at]
        many, closed = words[at], ends[at] > 0
        if body in seen and (body == before or not closed or many > SAID):
            rules[at] = repeated
            continue
        before = body
        below_label = under and many <= ENTRY
        if (sentences[at] * 30 >= many and many >= 25) or (closed and many >= (12 if below_label else 8)):
            rule = prose
        elif below_label:
            rule = headlines
        elif closed:
            rule = short_true
        elif colons[at] > 0:
            rule = lead_in
        elif listed[at]:
            rule = of_text
        elif many >= 8:
            rule = unclosed
        elif many > LABEL:
            rule = heading
        else:
            rule = label
            for below in range(at + 1, min(at + 4, count)):
                if cues[below] < 0:
                    if ends[below] > 0 or colons[below] > 0 or listed[below] or words[below] >= 12:
                        rule = heading
                    break
        if rule != headlines and rule != label:
            seen.add(body)
        under = under and rule != prose
        rules[at] = rule


def sum_removed(list texts, list kept, const int16_t[::1] rules, int64_t[::1] lines, int64_t[::1] characters):
    """Add up, for each rule, the texts of which nothing was kept, and the characters that were not kept."""
    cdef Py_ssize_t at, gone
    if not len(texts) == len(kept) == rules.shape[0] or lines.shape[0] != characters.shape[0]:
        raise ValueError("not an entry for each text, or for each rule")
    for at in range(rules.shape[0]):
        gone = len(<str?>texts[at]) - len(<str?>kept[at])
        if gone > 0:
            if not 0 <= rules[at] < lines.shape[0]:
                raise ValueError("not a rule")
            lines[rules[at]] += not kept[at]
            characters[rules[at]] += gone
