# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""The loops over the characters and words of a text: normal form, words, language and fingerprint.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_FromKindAndData, PyUnicode_KIND, PyUnicode_READ
from libc.math cimport log1p
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset

from pipeline.native.mixing cimport mixed
from pipeline.native.spelling cimport SEEN, TIDY, respelled

ctypedef fused Character:
    uint8_t
    uint16_t
    uint32_t

# -- words, folded or as numbers: `pipeline.text.normalise` and `pipeline.text.tokens` explain the purpose

cdef enum:
    PLANE = 0x10000  # characters in the tables: the basic plane

cdef enum:  # as in tokens.py
    STEM = 4  # letters
    BETWEEN = 0
    LETTER = 1
    DIGIT = 2
    SINGLE = 3
    CLASS = 3
    CAPITAL = 4
    STOP = 8
    BEGIN_BITS = 14  # highest bits of a hash

cdef enum:  # as in normalise.py
    ASKED = 0  # the form of a character depends on its neighbors
    DROPPED = 1
    APART = 0x20


cdef inline bint is_emoji(uint32_t code) noexcept nogil:
    return 0x1F300 <= code < 0x1FB00


def normalised(list texts, const uint32_t[::1] folds, const uint16_t[::1] lookalikes):
    """Return the folded words of each text joined by spaces; None if `folds` has no form for one of its characters.

    `folds` has one or two folded characters for each character of the basic plane, the second in the upper half. In
    words with both scripts, Latin letters become their Cyrillic `lookalikes`, one for each ASCII character.
    """
    if folds.shape[0] != PLANE or lookalikes.shape[0] != 0x80:
        raise ValueError("not a fold for each character of the plane, and a look-alike for each of ASCII")
    return [normal_of(<str?>text, folds, lookalikes) for text in texts]


cdef str normal_of(str text, const uint32_t[::1] folds, const uint16_t[::1] lookalikes):
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at, count = 0, start = 0, end = 0
    cdef uint32_t code, fold
    cdef bint cyrillic = False
    cdef uint16_t *written = <uint16_t *>PyMem_Malloc((2 * length + 1) * sizeof(uint16_t))
    if written is NULL:
        raise MemoryError
    try:
        for at in range(length):
            code = PyUnicode_READ(kind, data, at)
            fold = folds[code] if code < PLANE else APART if is_emoji(code) else ASKED
            if fold > APART:
                cyrillic |= 0x400 <= fold & 0xFFFF <= 0x52F or 0x400 <= fold >> 16 <= 0x52F
                written[count] = fold & 0xFFFF
                count += 1
                if fold >> 16:
                    written[count] = fold >> 16
                    count += 1
            elif fold == APART:
                if count > start:
                    if cyrillic:
                        one_script(written + start, count - start, lookalikes)
                    cyrillic = False
                    written[count] = APART
                    count += 1
                    start = count
            elif fold == ASKED:
                return None
        if cyrillic:
            one_script(written + start, count - start, lookalikes)
        if start and count == start:
            count -= 1  # the space after the last word
        return PyUnicode_FromKindAndData(2, written, count)
    finally:
        PyMem_Free(written)


def folded(str text, const uint16_t[::1] singles):
    """Return a text with all characters folded; None if `singles` has no form for one of them."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text)
    cdef bint whole = False
    cdef uint16_t *written
    if singles.shape[0] != PLANE:
        raise ValueError("not a form for each character of the plane")
    if kind == 4 or not length:
        return None if length else ""
    written = <uint16_t *>PyMem_Malloc(length * sizeof(uint16_t))
    if written is NULL:
        raise MemoryError
    try:
        if kind == 1:
            whole = fold_all(<const uint8_t *>data, length, &singles[0], written)
        else:
            whole = fold_all(<const uint16_t *>data, length, &singles[0], written)
        return PyUnicode_FromKindAndData(2, written, length) if whole else None
    finally:
        PyMem_Free(written)


cdef bint fold_all(const Character *text, Py_ssize_t length, const uint16_t *singles, uint16_t *written) noexcept nogil:
    cdef Py_ssize_t at
    cdef uint16_t code
    cdef bint whole = True
    for at in range(length):
        code = singles[<uint16_t>text[at]]
        whole &= code != 0
        written[at] = code
    return whole


def bare(str text):
    """Return only the letters and digits."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text), at, count = 0
    cdef Py_UCS4 code
    cdef uint32_t *written = <uint32_t *>PyMem_Malloc(max(length, 1) * sizeof(uint32_t))
    if written is NULL:
        raise MemoryError
    try:
        for at in range(length):
            code = PyUnicode_READ(kind, data, at)
            if code.isalnum():
                written[count] = code
                count += 1
        return PyUnicode_FromKindAndData(4, written, count)
    finally:
        PyMem_Free(written)


cdef void one_script(uint16_t *word, Py_ssize_t length, const uint16_t[::1] lookalikes) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(length):
        if word[at] < 0x80:
            word[at] = lookalikes[word[at]]


def with_lengths(bytes text):
    """Return the words, each preceded by its length in 8 bytes, highest byte first; in `text` spaces separate them."""
    cdef Py_ssize_t length = len(text), at, words = 1, start = 0, size, byte
    cdef const char *read = PyBytes_AS_STRING(text)
    cdef char *out
    if not length:
        return b""
    for at in range(length):
        words += read[at] == 0x20
    written = PyBytes_FromStringAndSize(NULL, length + 1 + 7 * words)
    out = PyBytes_AS_STRING(written)
    for at in range(length + 1):
        if at < length and read[at] != 0x20:
            continue
        size = at - start
        for byte in range(8):
            out[byte] = <char>(size >> (8 * (7 - byte)) & 0xFF)
        memcpy(out + 8, read + start, size)
        out += 8 + size
        start = at + 1
    return written


def tidy(str line):
    """Replace runs of white space by one space; a single white space character inside is kept."""
    return respelled(line, TIDY)


def tidied(list lines):
    """Return the tidy lines that are not empty."""
    cdef list found = []
    cdef str own
    for line in lines:
        own = respelled(<str?>line, TIDY)
        if own:
            found.append(own)
    return found


def seen(str text):
    """Drop invisible characters; replace runs of white space and control characters by one space."""
    return respelled(text, SEEN)


def form(str text, const uint32_t[::1] forms, uint16_t[::1] codes):
    """Write the forms of a text's characters to `codes` and return their number; -1 if `forms` lacks one.

    `forms` has one or two characters for each character of the basic plane, as in `normalised`. `codes` needs room for
    two characters for each character of the text.
    """
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at, count = 0
    cdef uint32_t code, found
    if forms.shape[0] != PLANE or codes.shape[0] < 2 * len(text):
        raise ValueError("not a form for each character of the plane, or no room for two for each of the text")
    for at in range(len(text)):
        code = PyUnicode_READ(kind, data, at)
        found = forms[code] if code < PLANE else APART if is_emoji(code) else ASKED
        if found == ASKED:
            return -1
        if found == DROPPED:
            continue
        codes[count] = found & 0xFFFF
        count += 1
        if found >> 16:
            codes[count] = found >> 16
            count += 1
    return count


def split(
    const uint16_t[::1] codes,
    const uint8_t[::1] marks,
    const uint64_t[::1] random,
    const uint8_t[::1] begins,
    months,
    uint64_t[::1] hashes,
    uint8_t[::1] figures,
    uint8_t[::1] names,
    uint8_t[::1] after_stop,
    uint64_t[::1] stems,
):
    """Split characters into words and return their number; each output array has an element for each character.

    `marks` and `random` have an element for each character of the basic plane. `begins` has one for each value of a
    hash's 14 highest bits; it is true if the name of one of the `months` has this value.
    """
    cdef Py_ssize_t length = codes.shape[0], at = 0, word = 0, first
    cdef uint8_t mark, kind, before = BETWEEN, behind
    cdef uint64_t value, power, stem
    cdef bint stopped = True, capital, was_capital = False, named
    if marks.shape[0] != PLANE or random.shape[0] != PLANE or begins.shape[0] != 1 << BEGIN_BITS:
        raise ValueError("not marks for each character of the plane, or not one for each beginning of a hash")
    if min(hashes.shape[0], figures.shape[0], names.shape[0], after_stop.shape[0], stems.shape[0]) < length:
        raise ValueError("no room for a word for each character")
    while at < length:
        mark = marks[codes[at]]
        kind = mark & CLASS
        if kind == BETWEEN:
            if mark & STOP and not stopped:
                # The point in 580.97 and the colon in 12:30 do not end a sentence.
                behind = marks[codes[at + 1]] & CLASS if at + 1 < length else BETWEEN
                stopped = before != DIGIT or behind != DIGIT
            before = BETWEEN
            at += 1
            continue
        value, power, stem, first = random[codes[at]], 1, 0, at
        at += 1
        while kind != SINGLE and at < length:
            if marks[codes[at]] & CLASS != kind:
                break
            if at - first == STEM:
                stem = value
            power *= 0x9E3779B97F4A7C15ULL
            value += random[codes[at]] * power
            at += 1
        before = kind
        value = mixed(value)
        stems[word] = mixed(stem) if kind == LETTER and at - first > STEM else 0
        hashes[word] = value
        figures[word] = kind == DIGIT or (begins[value >> (64 - BEGIN_BITS)] and value in months)
        capital = mark & CAPITAL != 0 and not figures[word]
        named = capital and not stopped
        names[word] = named
        if named and was_capital:
            names[word - 1] = True  # a person's first name at the start of a sentence
        after_stop[word] = stopped
        was_capital = capital
        stopped = False
        word += 1
    return word


# -- the signs of a form that a text may have: `pipeline.page.forms.read`

cdef enum:  # as in read.py
    MARKDOWN = 1
    NUMBERED = 2
    RETURNS = 4
    FEEDS = 8


cdef int signs_in(const Character *text, Py_ssize_t length) noexcept nogil:
    cdef int found = MARKDOWN if length and text[0] == 0x23 else 0
    cdef Py_ssize_t at
    cdef uint32_t code, next
    for at in range(length):
        code = text[at]
        # One test that is hardly ever true: the processor guesses it right.
        if not ((code == 0x2A) | (code == 0x5B) | (code == 0x5D) | (code - 0x0A < <uint32_t>4)):
            continue
        if code == 0x0D:
            found |= RETURNS
        elif code == 0x0C:
            found |= FEEDS
        if at + 1 >= length:
            continue
        next = text[at + 1]
        if code == 0x0A:
            if next == 0x23:
                found |= MARKDOWN
            elif (next == 0x2D or next == 0x3D) and at + 3 < length and text[at + 2] == next == text[at + 3]:
                found |= MARKDOWN
        elif code == 0x2A:
            if next == 0x2A:
                found |= MARKDOWN
        elif code == 0x5B:
            if next == 0x31 and at + 2 < length and text[at + 2] == 0x5D:
                found |= NUMBERED
        elif code == 0x5D:
            if next == 0x28:
                found |= MARKDOWN
    return found


def signs_of(str text):
    """Return which signs of a form a text has, a bit for each."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = len(text)
    if kind == 1:
        return signs_in(<const uint8_t *>data, length)
    if kind == 2:
        return signs_in(<const uint16_t *>data, length)
    return signs_in(<const uint32_t *>data, length)


# -- counts of letters by script, and the vote of the sentences: `pipeline.text.language`

cdef enum:
    LANGUAGES = 32  # at most


def count_kinds(str text, Py_ssize_t most, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Count the first `most` characters by kind; `kinds` has the kind of each character of the basic plane."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t at
    cdef uint32_t code
    if kinds.shape[0] != PLANE:
        raise ValueError("not a kind for each character of the plane")
    for at in range(min(len(text), most)):
        code = PyUnicode_READ(kind, data, at)
        if code < PLANE:
            if kinds[code] >= counts.shape[0]:
                raise ValueError("no count for a kind")
            counts[kinds[code]] += 1


def count_in_lines(str text, Py_ssize_t most, Py_ssize_t least, const uint8_t[::1] kinds, int64_t[::1] counts):
    """Count, by kind, the characters of those lines that have at least so many; of the first `most` characters alone."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = min(<Py_ssize_t>len(text), most)
    if kinds.shape[0] != PLANE:
        raise ValueError("not a kind for each character of the plane")
    if not length:
        return
    if kind == 1:
        count_lines(<const uint8_t *>data, length, least, &kinds[0], counts)
    elif kind == 2:
        count_lines(<const uint16_t *>data, length, least, &kinds[0], counts)
    else:
        count_lines(<const uint32_t *>data, length, least, &kinds[0], counts)


cdef inline bint ends_line(uint32_t code) noexcept nogil:
    """Return whether `str.splitlines` ends a line at a character."""
    if code < 0x1F:
        return 0x0A <= code <= 0x0D or 0x1C <= code
    return code == 0x85 or code == 0x2028 or code == 0x2029


cdef void count_lines(
    const Character *text, Py_ssize_t length, Py_ssize_t least, const uint8_t *kinds, int64_t[::1] counts
) noexcept nogil:
    cdef Py_ssize_t at, start = 0, read, most = counts.shape[0]
    cdef uint32_t code
    for at in range(length + 1):
        if at < length and not ends_line(text[at]):
            continue
        if at - start >= least:
            for read in range(start, at):
                code = text[read]
                if code < PLANE and kinds[code] < most:
                    counts[kinds[code]] += 1
        start = at + 1


def vote(
    str text,
    Py_ssize_t most,
    const uint8_t[::1] kinds,
    int own,
    const int32_t[:, ::1] logs,
    const int64_t[::1] groups,
    Py_ssize_t sentence,
):
    """Return the language that wins the vote of the sentences in a text's first `most` characters.

    Returns the number of the language, the count of letters of the kind `own`, and the lead over the second best
    language in the whole text. The last row of `logs` is for all characters beyond the other rows. `groups` has the
    group of each language. `sentence` is the smallest number of letters of a sentence.
    """
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef Py_ssize_t length = min(len(text), most), at, last = logs.shape[0] - 1
    cdef Py_ssize_t languages = logs.shape[1], one, best, group
    cdef int64_t[LANGUAGES] scores, whole, votes
    cdef int64_t[LANGUAGES][LANGUAGES] totals  # sums over the sentences that chose a group, by language
    cdef int64_t letters = 0, before = 0, passed = 0, first, second
    cdef uint32_t code
    if kinds.shape[0] != PLANE or groups.shape[0] != languages or not 0 < languages <= LANGUAGES:
        raise ValueError("not a kind for each character of the plane, or not a group for each language")
    for one in range(languages):
        if not 0 <= groups[one] < languages:
            raise ValueError("not a group of languages")
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        letters += code < PLANE and kinds[code] == own
    for one in range(languages):
        scores[one] = whole[one] = votes[one] = 0
        for group in range(languages):
            totals[group][one] = 0
    for at in range(length):
        code = PyUnicode_READ(kind, data, at)
        passed += code < PLANE and kinds[code] == own
        if code < last:
            for one in range(languages):
                scores[one] += logs[code, one]
        if at + 1 < length and not (
            is_stop(code) and passed - before >= sentence and letters - passed >= sentence
        ):
            continue
        best = 0
        for one in range(1, languages):
            if scores[one] > scores[best]:
                best = one
        group = groups[best]
        votes[group] += passed - before
        for one in range(languages):
            totals[group][one] += scores[one]
            whole[one] += scores[one]
            scores[one] = 0
        before = passed
    group = 0
    for one in range(1, languages):
        if votes[one] > votes[group]:
            group = one
    best = -1
    for one in range(languages):
        if groups[one] == group and (best < 0 or totals[group][one] > totals[group][best]):
            best = one
    first, second = whole[0], whole[min(1, languages - 1)]
    if second > first:
        first, second = second, first
    for one in range(2, languages):
        if whole[one] > first:
            first, second = whole[one], first
        elif whole[one] > second:
            second = whole[one]
    return best, letters, first - second


cdef inline bint is_stop(uint32_t code) noexcept nogil:
    return code == 0x2E or code == 0x21 or code == 0x3F or code == 0x2026 or code == 0x0A


# -- a naive Bayes classifier of byte n-grams: `pipeline.text.ngrams`

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__GNUC__)
    #define CHISTOVIK_FETCH(at) __builtin_prefetch(at)
    #else
    #define CHISTOVIK_FETCH(at) ((void)(at))
    #endif

    /* Add a row of half-precision numbers, finite ones, times a weight. Two versions, as in classifier.pyx. */
    #if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
    __attribute__((target_clones("avx2", "default")))
    #endif
    static void chistovik_add(const uint16_t *halves, Py_ssize_t count, float weight, float *sums)
    {
        for (Py_ssize_t at = 0; at < count; at++) {
            uint32_t bits = (uint32_t)(halves[at] & 0x7FFF) << 13 | (uint32_t)(halves[at] & 0x8000) << 16;
            float own;
            memcpy(&own, &bits, sizeof own);
            sums[at] += weight * (own * 0x1p112f); /* its exponent is less by 112, also where it is subnormal */
        }
    }

    /* The number of bits below one, of 256. */
    static int chistovik_rank(const uint64_t *words, int bit)
    {
        uint64_t below = words[bit >> 6] & (((uint64_t)1 << (bit & 63)) - 1);
        int count = 0;
        for (int word = 0; word <= bit >> 6; word++) {
            uint64_t bits = word == bit >> 6 ? below : words[word];
            bits -= bits >> 1 & 0x5555555555555555u;
            bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
            bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
            count += (int)(bits * 0x0101010101010101u >> 56);
        }
        return count;
    }

    /* Ask memory for a row that is added later: each lies somewhere else, and waiting for it is most of the time. */
    static void chistovik_fetch(const uint16_t *halves, Py_ssize_t count)
    {
        for (Py_ssize_t at = 0; at < count; at += 32)
            CHISTOVIK_FETCH(halves + at);
    }
    """
    void chistovik_add(const uint16_t *, Py_ssize_t, float, float *) nogil
    void chistovik_fetch(const uint16_t *, Py_ssize_t) nogil
    int chistovik_rank(const uint64_t *, int) nogil

cdef enum:
    ROW_WORDS = 5
    MOST_ENDS = 64  # no n-gram is so long
    MULTIPLIER = 40503  # odd, near 65536 divided by the golden ratio (Knuth)


def score_ngrams(
    const uint8_t[::1] text,
    const uint64_t[:, ::1] rows,
    const uint64_t[::1] nexts,
    const uint16_t[:, ::1] halves,
    float[::1] sums,
):
    """Add the log probabilities of a text's n-grams to the sums of the classes; return the number of n-grams found.

    A row has a bit for each byte that leads on to a longer beginning of n-grams, in four words. The fifth has the place
    of the first of these beginnings in `nexts` and, in its upper half, the row of the longest other end of what was
    read. Row 0 is for nothing read. An entry of `nexts` has the row of a beginning and, in its upper half, its n-gram
    plus one, or 0. `halves` has the log probabilities of the classes for each n-gram, as bits of half-precision floats.
    """
    cdef Py_ssize_t length = text.shape[0], room = 16, at, slot, told = 0, found = 0, row = 0, place, tries
    cdef Py_ssize_t classes = min(halves.shape[1], sums.shape[0])
    cdef uint64_t word
    cdef int32_t said
    cdef int code
    if rows.shape[1] != ROW_WORDS or not rows.shape[0]:
        raise ValueError("not five words for each row, or no row")
    while room < 2 * length:
        room *= 2
    # An open-addressing hash table of n-grams, with the count of each.
    cdef int32_t *table = <int32_t *>PyMem_Malloc(2 * room * sizeof(int32_t))
    if table is NULL:
        raise MemoryError
    memset(table, 0, 2 * room * sizeof(int32_t))
    try:
        for at in range(length):
            code = text[at]
            place = -1
            for tries in range(MOST_ENDS):
                word = rows[row, code >> 6]
                if word >> (code & 63) & 1:
                    place = <Py_ssize_t>(rows[row, 4] & 0xFFFFFFFF) + chistovik_rank(&rows[row, 0], code)
                    break
                if not row:
                    break
                row = min(<Py_ssize_t>(rows[row, 4] >> 32), rows.shape[0] - 1)
            if place < 0 or place >= nexts.shape[0]:
                row = 0
                continue
            said = <int32_t>(nexts[place] >> 32) - 1
            row = min(<Py_ssize_t>(nexts[place] & 0xFFFFFFFF), rows.shape[0] - 1)
            if said < 0 or said >= halves.shape[0]:
                continue
            slot = <Py_ssize_t>(<uint32_t>said * <uint32_t>MULTIPLIER) & (room - 1)
            while table[2 * slot + 1] and table[2 * slot] != said:
                slot = (slot + 1) & (room - 1)
            if not table[2 * slot + 1]:
                chistovik_fetch(&halves[said, 0], classes)
            table[2 * slot] = said
            table[2 * slot + 1] += 1
            told += 1
        for slot in range(room):
            if table[2 * slot + 1]:
                table[2 * found], table[2 * found + 1] = table[2 * slot], table[2 * slot + 1]
                found += 1
        for at in range(found):
            chistovik_add(&halves[table[2 * at], 0], classes, <float>log1p(table[2 * at + 1]), &sums[0])
        return told
    finally:
        PyMem_Free(table)


# -- a fingerprint's minima and places: `pipeline.text.minhash` and `pipeline.text.figures`

cdef enum:  # as in figures.py
    CONTEXT_SHIFT = 50  # keeps 14 bits of a context
    VALUE_SHIFT = 54  # keeps 10 bits of a value
    VALUE_BITS = 10


def hash_runs(const uint64_t[::1] hashes, Py_ssize_t length, uint64_t[::1] joined):
    """Hash each run of `length` words; `joined` has an element for each run."""
    cdef Py_ssize_t at, word
    cdef uint64_t value
    if length < 1 or joined.shape[0] != max(hashes.shape[0] - length + 1, 0):
        raise ValueError("not an element for each run")
    for at in range(joined.shape[0]):
        value = hashes[at]
        for word in range(at + 1, at + length):
            value = value * 0xD6E8FEB86659FD93ULL + hashes[word]
        joined[at] = value


def squeeze(uint64_t[::1] ascending):
    """Move the distinct values of an ascending array to its front; return their number."""
    cdef Py_ssize_t at, count = 0
    for at in range(ascending.shape[0]):
        if not count or ascending[at] != ascending[count - 1]:
            ascending[count] = ascending[at]
            count += 1
    return count


def minima(
    const uint64_t[::1] values,
    const uint64_t[::1] edges,
    const Py_ssize_t[:, ::1] others,
    uint64_t[::1] lowest,
    uint8_t[::1] full,
):
    """Write the minimum of each bin; an empty bin takes that of the first non-empty bin in its own order.

    `edges` has the start of each bin, the first at 0. All bins have the same width, except for rounding.
    """
    cdef Py_ssize_t count = edges.shape[0], at, own, step, other
    cdef uint64_t value
    if not count or not count == others.shape[0] == others.shape[1] == lowest.shape[0] == full.shape[0]:
        raise ValueError("not an entry for each bin, of which there is one at least")
    full[:] = False
    for at in range(values.shape[0]):
        value = values[at]
        own = <Py_ssize_t>((value >> 32) * <uint64_t>count >> 32)  # this bin or the next
        while own + 1 < count and value >= edges[own + 1]:
            own += 1
        if not full[own] or value < lowest[own]:
            full[own] = True
            lowest[own] = value
    for own in range(count):
        if not full[own]:
            for step in range(count):
                other = others[own, step]
                if not 0 <= other < count:
                    raise ValueError("not a bin")
                if full[other]:
                    lowest[own] = lowest[other]
                    break


cdef Py_ssize_t keep(uint32_t place, uint32_t[::1] kept, Py_ssize_t count) noexcept nogil:
    """Insert a place into the ascending array of the lowest distinct places; return their new number."""
    cdef Py_ssize_t at = count
    while at and kept[at - 1] > place:
        at -= 1
    if at and kept[at - 1] == place or at == kept.shape[0]:
        return count
    if count < kept.shape[0]:
        count += 1
    memmove(&kept[at] + 1, &kept[at], (count - 1 - at) * sizeof(uint32_t))
    kept[at] = place
    return count


def places(
    const uint64_t[::1] hashes,
    const uint8_t[::1] figures,
    const uint8_t[::1] names,
    const uint8_t[::1] after_stop,
    uint32_t[::1] of_figures,
    uint32_t[::1] of_names,
):
    """Write the lowest places of figures and of names, as many as fit, and return the number of each."""
    cdef Py_ssize_t count = hashes.shape[0], at, step, sentence = 0, first = 0, many_figures = 0, many_names = 0
    cdef Py_ssize_t[2] said  # the sentences of the last two plain words
    cdef uint64_t[2] plain
    cdef uint64_t context = 0, value = 0
    cdef uint32_t place
    cdef bint chosen, some_plain = False, within = False
    if not count == figures.shape[0] == names.shape[0] == after_stop.shape[0]:
        raise ValueError("not an entry for each word")
    for at in range(count):
        if not (figures[at] or names[at]):
            some_plain = True
            break
    said[0] = said[1] = -1
    plain[0] = plain[1] = 0
    for at in range(count + 1):
        chosen = at < count and (figures[at] or names[at])
        if within and (not chosen or after_stop[at] or figures[at] != figures[at - 1]):  # a run has ended
            place = <uint32_t>(context >> CONTEXT_SHIFT << VALUE_BITS | value * 0x9E3779B97F4A7C15ULL >> VALUE_SHIFT)
            if figures[at - 1]:
                many_figures = keep(place, of_figures, many_figures)
            else:
                many_names = keep(place, of_names, many_names)
            within = False
        if at == count:
            break
        sentence += after_stop[at]
        if not chosen:
            plain[1], said[1] = plain[0], said[0]
            plain[0], said[0] = hashes[at], sentence
            continue
        if not within:
            within = True
            first = at
            context = value = 0
            for step in range(2 if some_plain else 0):
                context += plain[step] if said[step] == sentence else <uint64_t>(step + 1)
                context *= 0x9E3779B97F4A7C15ULL
        value += hashes[at] * <uint64_t>(2 * (at - first) + 1)
    return many_figures, many_names


# -- the sketch of an article by its pairs of words: `pipeline.document.profile`

cdef uint32_t[256] TABLE


cdef void fill_table() noexcept:
    """Fill the table of the CRC-32 remainders of all bytes (RFC 1952, section 8)."""
    cdef uint32_t value
    cdef int byte, bit
    for byte in range(256):
        value = byte
        for bit in range(8):
            value = (value >> 1) ^ (0xEDB88320u if value & 1 else 0)
        TABLE[byte] = value


fill_table()  # once, when the module is loaded


cdef inline uint32_t crc_of(uint32_t crc, uint32_t code) noexcept nogil:
    """Return the CRC after the UTF-8 bytes of a character; a lone surrogate counts as any character of its plane."""
    if code < 0x80:
        return TABLE[(crc ^ code) & 0xFF] ^ (crc >> 8)
    if code < 0x800:
        crc = TABLE[(crc ^ (0xC0 | code >> 6)) & 0xFF] ^ (crc >> 8)
    else:
        if code < 0x10000:
            crc = TABLE[(crc ^ (0xE0 | code >> 12)) & 0xFF] ^ (crc >> 8)
        else:
            crc = TABLE[(crc ^ (0xF0 | code >> 18)) & 0xFF] ^ (crc >> 8)
            crc = TABLE[(crc ^ (0x80 | (code >> 12 & 0x3F))) & 0xFF] ^ (crc >> 8)
        crc = TABLE[(crc ^ (0x80 | (code >> 6 & 0x3F))) & 0xFF] ^ (crc >> 8)
    return TABLE[(crc ^ (0x80 | (code & 0x3F))) & 0xFF] ^ (crc >> 8)


cdef inline bint is_decimal(uint32_t code) noexcept:
    """Return the same as str.isdecimal; U+0660 is the first digit beyond ASCII."""
    if code < 0x660:
        return 0x30 <= code <= 0x39
    return (<Py_UCS4>code).isdecimal()


def sketch(list lines, Py_ssize_t words, uint32_t[::1] lowest):
    """Write the lowest distinct CRC-32 of the pairs of consecutive words, ascending; return their number.

    `lines` are normalized: one space between two words, none at the ends. Only their first `words` words are read. A
    run of digits counts as the digit 0.
    """
    cdef Py_ssize_t at, length, count = 0, passed = 0
    cdef uint32_t code
    cdef uint32_t own = 0xFFFFFFFF  # the CRC of the present word
    cdef uint32_t pair = 0xFFFFFFFF  # the CRC of the word before, the space and the present word
    cdef bint figure = False
    cdef int kind
    cdef void *data
    for line in lines:
        length = len(<str?>line)
        kind, data = PyUnicode_KIND(line), PyUnicode_DATA(line)
        for at in range(length + 1 if length else 0):
            code = PyUnicode_READ(kind, data, at) if at < length else APART
            if code == APART:
                if passed:
                    count = keep(pair ^ 0xFFFFFFFF, lowest, count)
                passed += 1
                if passed >= words:
                    return count
                pair, own, figure = crc_of(own, APART), 0xFFFFFFFF, False
                continue
            if is_decimal(code):
                if figure:
                    continue
                figure, code = True, u"0"
            else:
                figure = False
            own = crc_of(own, code)
            pair = crc_of(pair, code)
    return count
