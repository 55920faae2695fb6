# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Which blocks read like prose, what each weighs, and the heaviest run; `pipeline.document.features.article_span` says what this is about."""

from libc.stdint cimport uint8_t


def prose(const float[::1] words, const float[::1] sentences, const float[::1] links, float[::1] good):
    cdef Py_ssize_t at, count = words.shape[0]
    cdef float some = <float>0.4
    if sentences.shape[0] != count or links.shape[0] != count or good.shape[0] != count:
        raise ValueError("an entry for each block")
    for at in range(count):
        good[at] = words[at] if (
            sentences[at] >= 1 and words[at] >= 8 and links[at] < some
            and words[at] < <float>(<float>50.0 * sentences[at]) + <float>10.0
        ) else 0


def weigh(
    const float[::1] words,
    const float[::1] sentences,
    const float[::1] ends,
    const float[::1] dots,
    const float[::1] colons,
    const uint8_t[::1] noise,
    const uint8_t[::1] listed,
    int lonely,
    double lonely_factor,
    float[::1] weights,
):
    cdef Py_ssize_t at, count = words.shape[0]
    cdef double weight
    cdef float own, capped
    cdef bint sentence, before = False, after
    if not (sentences.shape[0] == ends.shape[0] == dots.shape[0] == colons.shape[0] == count):
        raise ValueError("an entry for each block")
    if not (noise.shape[0] == listed.shape[0] == weights.shape[0] == count):
        raise ValueError("an entry for each block")
    sentence = count > 0 and not noise[0] and ends[0] > 0 and words[0] >= 5
    for at in range(count):
        after = at + 1 < count and not noise[at + 1] and ends[at + 1] > 0 and words[at + 1] >= 5
        own = words[at]
        capped = min(own, <float>20.0)
        if noise[at]:
            weight = -<float>(<float>3.0 + <float>(capped * <float>0.4))
        elif (ends[at] > 0 and dots[at] == 0) or colons[at] > 0:
            if own >= 12:
                weight = min(own, <float>80.0) * (0.75 if own >= 40 else 0.6 if own >= 20 else 0.35)
            else:
                weight = 1.0 if own >= 8 else -1.0 if own >= 4 else -2.0
        elif <float>(sentences[at] * <float>30.0) >= own and own >= 25:
            weight = <float>(min(own, <float>60.0) * <float>0.5)
        elif own <= 2:
            weight = -2.5
        else:
            weight = -(3.0 + capped * (0.4 if listed[at] else 0.25))
        if sentence and weight > 0 and own < lonely and not before and not after:
            weight *= lonely_factor
        weights[at] = <float>weight
        before, sentence = sentence, after


def heaviest_run(const float[::1] weights, Py_ssize_t start, Py_ssize_t end, double deepest):
    cdef double best = 0.0, total = 0.0, peak = 0.0, weight
    cdef Py_ssize_t at, begin = start, first = start, stop = start
    if not 0 <= start <= end <= weights.shape[0]:
        raise ValueError("an entry for each block of the part")
    for at in range(start, end):
        weight = weights[at]
        if weight > 0.0 and total <= 0.0:
            total, begin = 0.0, at
        total = max(total + weight, peak - deepest)
        if weight > 0.0:
            peak = total
        if total > best:
            best, first, stop = total, begin, at + 1
    return best, first, stop
