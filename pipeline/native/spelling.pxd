"""Characters that no reader sees, and the spaces between words, for the loops that look at every character."""

from libc.stdint cimport uint32_t


cdef inline bint is_space(uint32_t code) noexcept nogil:
    """As str.isspace."""
    if code < 0x80:
        return code == 0x20 or 9 <= code <= 13 or 0x1C <= code <= 0x1F
    if code < 0x1680:
        return code == 0x85 or code == 0xA0
    return (
        code == 0x1680 or 0x2000 <= code <= 0x200A or 0x2028 <= code <= 0x2029 or code == 0x202F or code == 0x205F
        or code == 0x3000
    )


cdef inline bint is_invisible(uint32_t code) noexcept nogil:
    """As `text.INVISIBLE`."""
    if code < 0x2000:
        return code == 0xAD or code == 0x301
    return 0x200B <= code <= 0x200D or code == 0x2060 or code == 0xFEFF
