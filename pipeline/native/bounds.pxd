"""Limit an index to an array, and allocate an array, for the loops over blocks and elements."""

from libc.stdlib cimport malloc


cdef inline Py_ssize_t within(Py_ssize_t at, Py_ssize_t count) noexcept nogil:
    return 0 if at < 0 else count if at > count else at


cdef inline double *room_for(Py_ssize_t count) except NULL:
    cdef double *room = <double *>malloc(max(count, 1) * sizeof(double))
    if room is NULL:
        raise MemoryError
    return room
