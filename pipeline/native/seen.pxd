"""What is seen of a block at a glance: the bits of `pipeline.document.rules.prefilter`, of which the phrases of a list bring their own."""

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
