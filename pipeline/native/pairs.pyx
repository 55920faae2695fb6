# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The hashes of the pairs of words of a text; `pipeline.document.profile` says what this is about."""

from libc.stdint cimport uint8_t, uint32_t

cdef enum:
    SPACE = 0x20

cdef uint32_t[256] TABLE


cdef void fill() noexcept:
    """Tabulate the remainders of all bytes (RFC 1952, section 8)."""
    cdef uint32_t value
    cdef int byte, bit
    for byte in range(256):
        value = byte
        for bit in range(8):
            value = (value >> 1) ^ (0xEDB88320u if value & 1 else 0)
        TABLE[byte] = value


fill()


def hash_pairs(const uint8_t[::1] text, uint32_t[::1] hashes):
    """Write the CRC-32 of each two words that follow one another, with the space between them; return how many."""
    cdef Py_ssize_t length = text.shape[0], most = hashes.shape[0], at, start = 0, second, count = 0
    cdef uint32_t value
    while count < most:
        value = 0xFFFFFFFF
        second = -1
        at = start
        while at < length and (second < 0 or text[at] != SPACE):
            if text[at] == SPACE:
                second = at + 1
            value = TABLE[(value ^ text[at]) & 0xFF] ^ (value >> 8)
            at += 1
        if second < 0:
            break
        hashes[count] = value ^ 0xFFFFFFFF
        count += 1
        start = second
    return count
