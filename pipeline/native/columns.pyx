# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Columns of features that need only a few numbers of each block, each group of columns in one pass.

Precision and order of each sum are those of the numpy in `pipeline.document.features.compute` and
`pipeline.document.classifier.model`. Sums of words are whole numbers, so their order does not matter. The loops never
read or write outside their arguments, whatever the arguments contain.
"""

from libc.stdint cimport int16_t, int64_t, uint8_t
from libc.stdlib cimport free

from pipeline.native.bounds cimport room_for, within

cdef enum:
    OF_PAGE = 15  # rows, in the order of compute._OF_PAGE
    OF_CUES = 5  # rows, in the order of compute._OF_CUES, and one for the windows
    OF_SCORES = 22  # rows, in the order of model._OF_SCORES
    REACH = 3  # blocks: the scores so far around a block
    MOST_WORDS = 120  # of a block, for the scores around it
    OF_HEADING = 4  # rows, in the order of rhythm.NAMES
    LONGEST = 5  # as in rhythm.py
    AROUND = 9
    FEWEST = 4


cdef struct Run:
    Py_ssize_t first
    Py_ssize_t last
    double weight


cdef Run heaviest(const float *weights, Py_ssize_t count) noexcept nogil:
    """Return the heaviest contiguous run, as `windows.best_run` does."""
    cdef Py_ssize_t at, lowest_at = 0
    cdef double total = 0.0, lowest = 0.0, best = 0.0, lowest_of_best = 0.0, total_of_best = 0.0
    cdef Run run
    run.first = run.last = 0
    for at in range(count):
        total += weights[at]
        if at == 0 or total - lowest > best:
            best, run.last, run.first = total - lowest, at, lowest_at
            lowest_of_best, total_of_best = lowest, total
        if total < lowest:
            lowest, lowest_at = total, at + 1
    run.weight = total_of_best - lowest_of_best
    return run


cdef inline float beyond(Py_ssize_t at, Run run) noexcept nogil:
    return at - run.first if at < run.first else at - run.last if at > run.last else 0


cdef inline float inside(Py_ssize_t at, Run run) noexcept nogil:
    return <float>((at - run.first) / <double>max(run.last - run.first, 1)) if run.first <= at <= run.last else -1


def page_columns(const float[::1] words, const float[::1] ends, const float[::1] good, float[:, ::1] rows):
    """Write the columns of a block's position on the page; `good` are the words of prose."""
    cdef Py_ssize_t count = words.shape[0], at, labels = 0
    cdef double all_words = 0.0, all_good = 0.0, of_run = 0.0
    cdef float total, total_good, before = 0, good_before = 0, most = 1
    cdef Run run
    if not count or not count == ends.shape[0] == good.shape[0] == rows.shape[1] or rows.shape[0] != OF_PAGE:
        raise ValueError("not an entry for each block, or not a row for each column")
    for at in range(count):
        all_words += words[at]
        all_good += good[at]
        most = max(most, good[at])
        labels += words[at] <= 4 and ends[at] == 0
        rows[9, at] = good[at] if good[at] > 0 else -min(words[at], <float>12) - 4
    run = heaviest(&rows[9, 0], count)
    for at in range(run.first, run.last + 1):
        of_run += good[at]
    total, total_good = max(<float>all_words, <float>1), max(<float>all_good, <float>1)
    for at in range(count):
        before += words[at]
        good_before += good[at]
        rows[0, at] = count
        rows[1, at] = total
        rows[2, at] = <float>all_good / total
        rows[3, at] = <float>(labels / <double>count)
        rows[4, at] = <float>(at / <double>count)
        rows[5, at] = <float>(before - words[at]) / total
        rows[6, at] = <float>(good_before - good[at]) / total_good
        rows[7, at] = words[at] / total
        rows[8, at] = good[at] / total_good
        rows[9, at] = abs(beyond(at, run))
        rows[10, at] = (at > run.last) - <int>(at < run.first)
        rows[11, at] = inside(at, run)
        rows[12, at] = <float>run.weight
        rows[13, at] = <float>of_run / total_good
        rows[14, at] = words[at] / most


def cue_columns(
    const int16_t[::1] cues, const int16_t[::1] coded, int prompt, int signature, Py_ssize_t never, float[:, ::1] rows
):
    """Write the columns of recognized blocks, and in the last row whether a block is one."""
    cdef Py_ssize_t count = cues.shape[0], at, comments = 0, ago = never, known = 0
    if not count or not count == coded.shape[0] == rows.shape[1] or rows.shape[0] != OF_CUES:
        raise ValueError("not an entry for each block, or not a row for each column")
    for at in range(count):
        known += cues[at] >= 0
    for at in range(count):
        if cues[at] == prompt or cues[at] == signature:
            comments += 1
            ago = 0
        else:
            ago = min(ago + 1, never)
        rows[0, at] = coded[at]
        rows[1, at] = <float>(known / <double>count)
        rows[2, at] = comments
        rows[3, at] = ago
        rows[4, at] = cues[at] >= 0


def score_columns(const double[::1] scores, const float[::1] words, list windows, float[:, ::1] rows):
    """Write the columns of the first pass's scores: of the block, around it, in windows, and of the page."""
    cdef Py_ssize_t count = scores.shape[0], at, step, low, high, row
    cdef double *likely
    cdef double *total
    cdef double best = 0.0, all_likely, weight, own
    cdef Run run
    if not count or not count == words.shape[0] == rows.shape[1] or rows.shape[0] != OF_SCORES:
        raise ValueError("not an entry for each block, or not a row for each column")
    if len(windows) != OF_SCORES - 14:
        raise ValueError("not a row for each window")
    likely = room_for(count + 1)
    total = NULL
    try:
        total = room_for(count + 1)
        likely[0] = total[0] = 0.0
        for at in range(count):
            own = min(words[at], <float>MOST_WORDS)
            likely[at + 1] = likely[at] + scores[at] * own
            total[at + 1] = total[at] + own
            best = max(best, scores[at])
            rows[18, at] = <float>(max(own, 2.0) * (scores[at] - 0.35))
        run = heaviest(&rows[18, 0], count)
        all_likely = max(likely[count], 1.0)
        row = 1
        for step in range(-REACH, REACH + 1):
            if not step:
                continue
            for at in range(count):
                rows[row, at] = <float>scores[at + step] if 0 <= at + step < count else 0
            row += 1
        for low, high in windows:
            for at in range(count):
                weight = total[within(at + high, count)] - total[within(at + low, count)]
                own = likely[within(at + high, count)] - likely[within(at + low, count)]
                rows[row, at] = <float>(own / max(weight, 1.0))
            row += 1
        for at in range(count):
            rows[0, at] = <float>scores[at]
            rows[15, at] = <float>(likely[at] / all_likely)
            rows[16, at] = <float>likely[count]
            rows[17, at] = <float>best
            rows[18, at] = beyond(at, run)
            rows[19, at] = inside(at, run)
            rows[20, at] = <float>run.weight
            rows[21, at] = <float>((likely[run.last + 1] - likely[run.first]) / all_likely)
    finally:
        free(likely)
        free(total)


def heading_columns(
    const uint8_t[::1] heads,
    const float[::1] words,
    const int16_t[::1] coded,
    const int64_t[::1] kinds,
    Py_ssize_t farthest,
    float[:, ::1] rows,
):
    """Write the columns of the last heading at or above each block."""
    cdef Py_ssize_t count = heads.shape[0], at, last = -1, row
    if not count == words.shape[0] == coded.shape[0] == kinds.shape[0] == rows.shape[1] or rows.shape[0] != OF_HEADING:
        raise ValueError("not an entry for each block, or not a row for each column")
    for at in range(count):
        if heads[at]:
            last = at
        if last < 0:
            for row in range(OF_HEADING):
                rows[row, at] = -1
            continue
        rows[0, at] = min(at - last, farthest)
        rows[1, at] = words[last]
        rows[2, at] = coded[last]
        rows[3, at] = kinds[last]


def rhythm(const int64_t[::1] forms, float[::1] row):
    """Write how regularly the forms of the blocks around a block come again."""
    cdef Py_ssize_t count = forms.shape[0], at, period, pairs, low, high
    cdef double *even = NULL
    cdef double *same = NULL
    cdef double *best = NULL
    cdef double share
    if row.shape[0] != count:
        raise ValueError("not an entry for each block")
    try:
        even, same, best = room_for(count), room_for(count + 1), room_for(count)
        for at in range(count):
            best[at] = 0.0
        for period in range(1, LONGEST + 1):
            pairs = max(count - period, 0)
            same[0] = 0.0
            for at in range(pairs):
                same[at + 1] = same[at] + (forms[at] == forms[at + period])
            for at in range(count):
                low = within(at - AROUND, pairs)
                high = max(within(at + AROUND + 1 - period, pairs), low)
                share = (same[high] - same[low]) / <double>max(high - low, <Py_ssize_t>FEWEST)
                if period == 1:
                    even[at] = share
                else:
                    best[at] = max(best[at], share - even[at])
        for at in range(count):
            row[at] = <float>best[at]
    finally:
        free(even)
        free(same)
        free(best)
