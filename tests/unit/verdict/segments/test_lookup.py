"""Look-ups in several segments find what brute force finds, with and without a compiler."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import native
from pipeline.verdict.claim import RECORD, By, First
from pipeline.verdict.lsh import KEYS
from pipeline.verdict.segments.bloom import name_hash
from pipeline.verdict.segments.lookup import bytes_of, lookup_in
from pipeline.verdict.segments.segment import Segment, packed
from tests.unit.verdict.segments.test_segment import arrays

SIZES = ((900, 800), (40, 0), (700, 513), (1, 1))
BOTH_WAYS = pytest.mark.parametrize("compiled", [True, False])


def segments(values: int) -> list[Segment]:
    """Make segments that follow one another."""
    found, first = [], First(1000, 400)
    for number, (claims, sketches) in enumerate(SIZES):
        found.append(Segment(b"".join(packed(first, arrays(claims, sketches, values, number)))))
        first = found[-1].end
    return found


@BOTH_WAYS
@pytest.mark.parametrize("values", [1, 30, 255])
def test_the_newest_rows_of_each_key_are_found(values: int, *, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "COMPILED", compiled and native.COMPILED)
    parts = segments(values)
    keys, lookup = np.concatenate([part.records["keys"] for part in parts]), lookup_in(parts)
    draw, count = np.random.default_rng(values), len(keys)
    for oldest, since in ((0, 0), (0, 401), (0, 1199), (1, 1200), (2, 1500), (3, 1713), (3, 9999), (9, 0)):
        wanted = keys[draw.integers(0, count, KEYS), np.arange(KEYS)]
        wanted[7], most = 0xFFFF_FFFE, draw.integers(0, 9, KEYS)
        left, rows = most.copy(), np.empty(most.sum() + 3, dtype=np.int64)
        found = rows[: lookup.find(wanted, left, since, oldest, rows)].tolist()
        least = max(since, parts[oldest].first.sketch if oldest < len(parts) else 9999)
        right = []
        for key in range(KEYS):
            own = [400 + row for row in (keys[:, key] == wanted[key]).nonzero()[0].tolist() if 400 + row >= least]
            right += own[len(own) - min(len(own), most[key]) :]
            assert left[key] == most[key] - min(len(own), most[key])
        assert sorted(found) == sorted(right)


@BOTH_WAYS
def test_rows_are_copied_from_the_segments_that_have_them(*, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "COMPILED", compiled and native.COMPILED)
    parts = segments(30)
    rows = np.array([400, 1199, 1200, 1201, 1712, 1713], dtype=np.int64)
    found = np.zeros(len(rows), dtype=RECORD)
    lookup_in(parts).copy(rows, bytes_of(found))
    assert (found == np.concatenate([part.records for part in parts])[rows - 400]).all()


@BOTH_WAYS
def test_a_name_is_found_in_the_newest_segment_that_may_have_it(
    *, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "COMPILED", compiled and native.COMPILED)
    parts = segments(30)
    lookup, draw = lookup_in(parts), np.random.default_rng(0)
    names = np.unique(draw.integers(0, 2**64, 50, dtype=np.uint64))
    for at, part in enumerate(parts):
        own = [name for name in map(int, np.concatenate([part._names[kind][0] for kind in By])) if part is parts[at]]
        for name in own[:40]:
            kind = next(kind for kind in By if part.row_of(kind, name) is not None)
            assert lookup.newest(name_hash(kind, name), at + 1) == at
            assert lookup.newest(name_hash(kind, name), len(parts)) >= at
    assert sum(lookup.newest(name_hash(By.PAGE, int(name)), len(parts)) < 0 for name in names) > 40


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
def test_a_row_that_no_segment_has_is_refused() -> None:
    for row in (399, 1714):
        with pytest.raises(ValueError, match="no segment has row"):
            lookup_in(segments(30)).copy(np.array([row]), np.zeros((1, RECORD.itemsize), dtype=np.uint8))
