"""The bits that `pipeline.document.rules.prefilter` gives to a block; lists of phrases add their own."""

cdef enum:
    OPENS = 1 << 0
    LABELS = 1 << 1
    PHRASE = 1 << 2
    RIGHTS = 1 << 3
    MARKUP = 1 << 4
    COPYRIGHT = 1 << 5
    DATED = 1 << 13
    TITLED = 1 << 14
    UNREAD = 1 << 15
