# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Which rules could fit a block, and what they look at of it; `pipeline.document.rules.recognise` says what this is about."""

from libc.stdint cimport uint8_t, uint16_t

from pipeline.native.seen cimport COPYRIGHT, DATED, LABELS, MARKUP, OPENS, PHRASE, RIGHTS, TITLED

cdef enum:  # rows of measures.NAMES
    CHARACTERS = 0
    WORDS = 1
    SENTENCES = 2
    COMMAS = 3
    COLONS = 4
    DIGITS = 5
    BARS = 8
    DIGIT_SHARE = 14
    CAPITAL_SHARE = 15
    ENDS = 18
    ENDS_COLON = 19
    ENDS_DOTS = 20
    STARTS = 21
    LETTERS = 24


def could_fit(
    const float[:, ::1] measures,
    const uint16_t[::1] seen,
    const uint8_t[::1] dense,
    limits,
    float longest_caption,
    float longest_label,
    float longest_opener,
    uint16_t[::1] could,
):
    """Write which rules could fit each block, a bit each in the order of `cues._ASKED`; the limits are shapes.py's."""
    cdef float date_bar = limits.date_bar, date_bar_digits = limits.date_bar_digits
    cdef float ticker = limits.ticker, ticker_digits = limits.ticker_digits
    cdef float signature = limits.signature, stamp_digits = limits.stamp_digits, clock_digits = limits.clock_digits
    cdef float markup = limits.markup, menu_bars = limits.menu_bars, menu_entry = limits.menu_entry
    cdef float short_menu_bars = limits.short_menu_bars, short_menu_entry = limits.short_menu_entry
    cdef float unclosed = limits.unclosed, unclosed_pause = limits.unclosed_pause
    cdef float long_words = limits.long, long_sentence = limits.long_sentence, long_comma = limits.long_comma
    cdef float headline = limits.headline, headline_capitals = limits.headline_capitals
    cdef Py_ssize_t block
    cdef float words, sentences, commas, digits, bars, share, capitals
    cdef bint is_open, unlettered
    cdef int bits, saw
    if measures.shape[0] <= LETTERS or not measures.shape[1] == seen.shape[0] == dense.shape[0] == could.shape[0]:
        raise ValueError("not the measures of so many blocks")
    for block in range(measures.shape[1]):
        words, sentences, commas = measures[WORDS, block], measures[SENTENCES, block], measures[COMMAS, block]
        digits, bars, share = measures[DIGITS, block], measures[BARS, block], measures[DIGIT_SHARE, block]
        capitals = measures[CAPITAL_SHARE, block]
        is_open, unlettered = measures[ENDS, block] == 0, measures[LETTERS, block] == 0
        saw = seen[block]
        bits = (unlettered << 0) | (unlettered << 1)
        bits |= (words <= date_bar and share >= date_bar_digits and saw & DATED != 0) << 2
        bits |= (words <= ticker and is_open and share >= ticker_digits) << 3
        bits |= (words <= signature and is_open and digits >= stamp_digits) << 4
        bits |= (is_open and digits >= clock_digits and measures[STARTS, block] == 2) << 5
        bits |= (bars + measures[COLONS, block] >= markup and saw & MARKUP != 0) << 6
        bits |= (saw & RIGHTS != 0) << 7
        bits |= (
            (bars >= menu_bars and bars * menu_entry >= words)
            or (bars >= short_menu_bars and bars * short_menu_entry >= words and sentences <= 1)
        ) << 8
        bits |= (
            (words >= unclosed and is_open and (sentences + commas / 2) * unclosed_pause < words)
            or (words >= long_words and sentences * long_sentence < words and commas * long_comma < words)
            or (words >= headline and is_open and sentences == 0 and capitals >= headline_capitals)
        ) << 9
        bits |= (saw & PHRASE != 0) << 10
        bits |= (saw & TITLED != 0 and words <= longest_caption and sentences <= 1) << 11
        bits |= (saw & LABELS != 0 and words <= longest_label) << 12
        bits |= (dense[block] or saw & COPYRIGHT != 0) << 13
        bits |= (saw & OPENS != 0 and 0 < words <= longest_opener) << 14
        could[block] = bits


def blocks_of(list texts, list chosen, const float[:, ::1] measures, block, bars_of):
    """Make what the rules look at of some texts, as `cues._block` does."""
    cdef list made = []
    cdef Py_ssize_t at
    cdef double letters, bars
    cdef str text
    if measures.shape[0] <= LETTERS or measures.shape[1] != len(texts):
        raise ValueError("not the measures of so many texts")
    for at in chosen:
        if not 0 <= at < len(texts):
            raise IndexError(at)
        text = texts[at]
        letters, bars = measures[LETTERS, at], measures[BARS, at]
        made.append(
            tuple.__new__(
                block,
                (
                    0,
                    text,
                    text,
                    False,
                    "",
                    <long>measures[WORDS, at] if letters else <long>len(text.split()),
                    <long>measures[SENTENCES, at],
                    measures[ENDS, at] > 0,
                    measures[ENDS_COLON, at] > 0,
                    measures[ENDS_DOTS, at] > 0,
                    <double>measures[DIGIT_SHARE, at],
                    letters / <double>measures[CHARACTERS, at] if letters else 0.0,
                    <double>measures[CAPITAL_SHARE, at],
                    <long>measures[COMMAS, at],
                    bars_of(text) if bars >= 2 else 0,
                    0,
                ),
            )
        )
    return made
