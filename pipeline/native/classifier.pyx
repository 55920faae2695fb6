# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Find the leaf that each tree of a forest reaches, for 32 rows at a time: `pipeline.document.classifier.forest`.

V-QuickScorer (Lucchese et al., SIGIR 2016) tests each condition for several rows at once, so that the compiler can use
vector instructions. Here it does so tree by tree: what is left of a tree's leaves then stays in a register.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memcpy


cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    typedef float chistovik_floats __attribute__((vector_size(64)));
    typedef int32_t chistovik_ints __attribute__((vector_size(64)));
    /* Three versions; the loader chooses the best one that the processor can run. */
    #if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
    #define CHISTOVIK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
    #else
    #define CHISTOVIK_CLONES
    #endif

    /* The position of the lowest bit that is set. */
    static inline int chistovik_lowest(uint32_t bits)
    {
    #if defined(__GNUC__)
        return __builtin_ctz(bits);
    #else
        int place = 0;
        while (!(bits & 1u)) { bits >>= 1; place++; }
        return place;
    #endif
    }

    /* Find, for 32 rows, the leaves that are left of a tree; `values` has as many numbers per feature. */
    CHISTOVIK_CLONES
    static void chistovik_ask(const float *values, Py_ssize_t trees, const int32_t *bounds, const uint16_t *features,
                              const float *thresholds, const uint32_t *masks, uint32_t *alive)
    {
        for (Py_ssize_t tree = 0; tree < trees; tree++) {
            chistovik_ints left = ~(chistovik_ints){0}, right = left; /* the first sixteen rows, and the others */
            for (int32_t at = bounds[tree]; at < bounds[tree + 1]; at++) {
                chistovik_floats one, other;
                memcpy(&one, values + (size_t)features[at] * 32, sizeof one);
                memcpy(&other, values + (size_t)features[at] * 32 + 16, sizeof other);
                left &= (int32_t)masks[at] | ~(one > thresholds[at]);
                right &= (int32_t)masks[at] | ~(other > thresholds[at]);
            }
            memcpy(alive + tree * 32, &left, sizeof left);
            memcpy(alive + tree * 32 + 16, &right, sizeof right);
        }
    }
    """
    void chistovik_ask(
        const float *, Py_ssize_t, const int32_t *, const uint16_t *, const float *, const uint32_t *, uint32_t *
    ) nogil
    int chistovik_lowest(uint32_t) nogil


cdef enum:
    ROWS = 32  # rows for which a condition is tested at once
    LEAVES = 32
    LINE = 64  # bytes of a cache line: a vector that is in one of them is read in half the time


def add_leaves(
    const float[:, ::1] columns,
    const int32_t[::1] bounds,
    const uint16_t[::1] features,
    const float[::1] thresholds,
    const uint32_t[::1] masks,
    const int64_t[:, ::1] values,
    int64_t[::1] sums,
):
    """Add the values of the leaves that each row reaches to `sums`.

    `columns` has one row per feature. The conditions of a tree are those from its bound to the next bound, in any order.
    """
    cdef Py_ssize_t rows = columns.shape[1], trees = values.shape[0], group, first, feature, row, wide, at, tree
    cdef bint beyond = False
    cdef void *room
    cdef float *some  # 32 rows of all features
    cdef uint32_t *alive  # the leaves that are left, of all trees
    if values.shape[1] != LEAVES or sums.shape[0] != rows:
        raise ValueError("not a value for each leaf, or not a sum for each row")
    if bounds.shape[0] != trees + 1 or bounds[0] != 0:
        raise ValueError("the bounds are not those of the trees")
    if not features.shape[0] == thresholds.shape[0] == masks.shape[0] == bounds[trees]:
        raise ValueError("the bounds are not those of the conditions")
    for at in range(trees):
        if bounds[at] > bounds[at + 1]:
            raise ValueError("the bounds are not in order")
    for at in range(features.shape[0]):
        beyond |= features[at] >= columns.shape[0]
    if beyond:
        raise ValueError("a condition of a feature that is not there")
    if not rows or not trees:
        return
    room = PyMem_Malloc((columns.shape[0] + trees) * ROWS * sizeof(float) + LINE)
    if room is NULL:
        raise MemoryError
    some = <float *>((<uintptr_t>room + LINE - 1) & ~<uintptr_t>(LINE - 1))
    alive = <uint32_t *>(some + columns.shape[0] * ROWS)
    with nogil:
        for group in range((rows + ROWS - 1) // ROWS):
            first = group * ROWS
            wide = min(rows - first, <Py_ssize_t>ROWS)
            for feature in range(columns.shape[0]):
                if wide == ROWS:
                    memcpy(some + feature * ROWS, &columns[feature, first], ROWS * sizeof(float))
                else:
                    for row in range(ROWS):
                        some[feature * ROWS + row] = columns[feature, first + (row if row < wide else 0)]
            chistovik_ask(some, trees, &bounds[0], &features[0], &thresholds[0], &masks[0], alive)
            for tree in range(trees):
                for row in range(wide):
                    # If an invalid forest has excluded all leaves, the last leaf counts.
                    at = chistovik_lowest(alive[tree * ROWS + row] | <uint32_t>1 << (LEAVES - 1))
                    sums[first + row] += values[tree, at]
    PyMem_Free(room)
