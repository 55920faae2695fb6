"""The finalizer of SplitMix64 (Steele, Lea & Flood 2014): spreads the bits of a number over all 64."""

from libc.stdint cimport uint64_t


cdef inline uint64_t mixed(uint64_t value) noexcept nogil:
    value ^= value >> 30
    value *= 0xBF58476D1CE4E5B9ULL
    value ^= value >> 27
    value *= 0x94D049BB133111EBULL
    return value ^ value >> 31
