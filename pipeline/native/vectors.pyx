# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What is counted along the blocks of a page; `pipeline.document.features.windows` has the numpy, in whose order and precision sums are made.

Whatever the arguments hold, nothing outside of them is read or written.
"""

from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

from pipeline.native.bounds cimport room_for, within


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
    for at in range(min(marks.shape[0], row.shape[0])):
        ago = 0 if marks[at] else min(ago + 1, most)
        row[at] = ago


def until(const uint8_t[::1] marks, Py_ssize_t most, float[::1] row):
    cdef Py_ssize_t at, count = min(marks.shape[0], row.shape[0]), ahead = most
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
    cdef Py_ssize_t count = min(marks.shape[0], row.shape[0]), first = 0, end, at
    while first < count:
        end = first + 1
        while end < count and (marks[end] != 0) == (marks[first] != 0):
            end += 1
        for at in range(first, end):
            row[at] = end - first if marks[first] else first - end
        first = end


def heaviest_run(const float[::1] weights):
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
