# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What is found up the tree of a page and summed over its elements; `pipeline.document.features.ancestors` has the numpy.

Whatever the arguments hold, nothing outside of them is read or written.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from pipeline.native.bounds cimport room_for, within


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


# What is said elsewhere
