# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, allow_none_for_extension_args=False
"""Find the leaf that each tree of a forest reaches, for sixteen rows at a time: `pipeline.document.classifier.forest`.

V-QuickScorer (Lucchese et al., SIGIR 2016): each condition is tested for sixteen rows at once, so that the compiler can
use vector instructions.

The loops never read or write outside their arguments, whatever the arguments contain.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t
from libc.string cimport memset


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

    /* Exclude, for sixteen rows, the leaves that their values do not reach; `values` has as many per feature. */
    CHISTOVIK_CLONES
    static void chistovik_ask(const float *values, Py_ssize_t features, const int32_t *bounds, const float *thresholds,
                              const uint16_t *trees, const uint32_t *masks, uint32_t *alive)
    {
        for (Py_ssize_t feature = 0; feature < features; feature++) {
            chistovik_floats own;
            memcpy(&own, values + feature * 16, sizeof own);
            float highest = own[0];
            for (int row = 1; row < 16; row++)
                highest = own[row] > highest ? own[row] : highest;
            for (int32_t at = bounds[feature]; at < bounds[feature + 1] && thresholds[at] < highest; at++) {
                uint32_t *leaves = alive + (size_t)trees[at] * 16;
                chistovik_ints left;
                memcpy(&left, leaves, sizeof left);
                left &= (int32_t)masks[at] | ~(own > thresholds[at]);
                memcpy(leaves, &left, sizeof left);
            }
        }
    }

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
    """
    void chistovik_ask(
        const float *, Py_ssize_t, const int32_t *, const float *, const uint16_t *, const uint32_t *, uint32_t *
    ) nogil
    int chistovik_lowest(uint32_t) nogil


cdef enum:
    ROWS = 16  # rows for which a condition is tested at once
    LEAVES = 32


def add_leaves(
    const float[:, ::1] columns,
    const int32_t[::1] bounds,
    const float[::1] thresholds,
    const uint16_t[::1] trees,
    const uint32_t[::1] masks,
    const int64_t[:, ::1] values,
    float[:, ::1] some,
    uint32_t[:, ::1] alive,
    int64_t[::1] sums,
):
    """Add the values of the leaves that each row reaches to `sums`.

    `columns` has one row per feature. The conditions of a feature are those from its bound to the next bound, ascending
    by threshold. `some` and `alive` are work space for sixteen rows of all features and of all trees.
    """
    cdef Py_ssize_t rows = columns.shape[1], features = bounds.shape[0] - 1, count = values.shape[0]
    cdef Py_ssize_t group, first, feature, tree, row, wide, at
    cdef bint beyond = False
    if columns.shape[0] != features or some.shape[0] != features or some.shape[1] != ROWS:
        raise ValueError(f"{columns.shape[0]} columns for {features} features")
    if alive.shape[0] != count or alive.shape[1] != ROWS or values.shape[1] != LEAVES or sums.shape[0] != rows:
        raise ValueError("the room is not that of the rows and the trees")
    if not thresholds.shape[0] == trees.shape[0] == masks.shape[0] == bounds[features]:
        raise ValueError("the bounds are not those of the conditions")
    if bounds[0] != 0:
        raise ValueError("the bounds do not begin with the first condition")
    for feature in range(features):
        if bounds[feature] > bounds[feature + 1]:
            raise ValueError("the bounds are not in order")
    for at in range(trees.shape[0]):
        beyond |= trees[at] >= count
    if beyond:
        raise ValueError("a condition of a tree that is not there")
    if not rows or not count:
        return
    with nogil:
        for group in range((rows + ROWS - 1) // ROWS):
            first = group * ROWS
            wide = min(rows - first, <Py_ssize_t>ROWS)
            for feature in range(features):
                for row in range(ROWS):
                    some[feature, row] = columns[feature, first + (row if row < wide else 0)]
            memset(&alive[0, 0], 0xFF, count * ROWS * sizeof(uint32_t))
            chistovik_ask(&some[0, 0], features, &bounds[0], &thresholds[0], &trees[0], &masks[0], &alive[0, 0])
            for tree in range(count):
                for row in range(wide):
                    # If an invalid forest has excluded all leaves, the last leaf counts.
                    sums[first + row] += values[tree, chistovik_lowest(alive[tree, row] | <uint32_t>1 << (LEAVES - 1))]
