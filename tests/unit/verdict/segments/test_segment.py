"""A segment gives back what was sealed, finds what brute force finds, and is refused if any byte of it is another."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.verdict.claim import CLAIM, RECORD, By, First
from pipeline.verdict.lsh import KEYS
from pipeline.verdict.segments.segment import DIGEST_BYTES, Segment, packed

if TYPE_CHECKING:
    import numpy.typing as npt

FIRST = First(1000, 400)


def arrays(claims: int, sketches: int, values: int, seed: int = 1) -> list[npt.NDArray[Any]]:
    """Make claims and sketches whose keys have so many values."""
    draw = np.random.default_rng(seed)
    records = np.zeros(sketches, dtype=RECORD)
    records["keys"] = draw.integers(0, values, (sketches, KEYS)) * 0x0101_0101
    records["shingles"] = np.arange(sketches)
    rows = np.zeros(claims, dtype=CLAIM)
    rows["revision"] = np.arange(claims)
    found = [np.sort(draw.random(claims) * 100), rows, records, np.sort(draw.integers(0, claims, sketches, np.uint32))]
    for kind in By:
        names = np.unique(draw.integers(0, 2**64, claims // (kind + 1), dtype=np.uint64))
        draw.shuffle(names)
        found += [names, draw.integers(0, claims, len(names), dtype=np.uint32)]
    return found


def whole(given_arrays: list[npt.NDArray[Any]]) -> bytes:
    return b"".join(packed(FIRST, given_arrays))


@pytest.mark.parametrize(("claims", "sketches"), [(1, 0), (9, 1), (700, 511), (1500, 1200)])
def test_what_was_sealed_is_read_and_found(claims: int, sketches: int) -> None:
    given_arrays = arrays(claims, sketches, 40)
    segment = Segment(whole(given_arrays))
    assert (segment.first, segment.end) == (FIRST, (1000 + claims, 400 + sketches))
    read = segment.times, segment.claims, segment.records, segment.sketched
    assert all((one == other).all() for one, other in zip(read, given_arrays[:4], strict=True))
    for kind in By:
        names, rows = given_arrays[4 + 2 * kind], given_arrays[5 + 2 * kind]
        found = [segment.row_of(kind, int(name)) for name in names]
        assert found == [1000 + row for row in rows.tolist()]
        assert segment.row_of(kind, 12345) is None


SMALL = whole(arrays(12, 6, 40))


@given(st.data())
def test_a_segment_with_any_byte_changed_or_missing_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SMALL) - 1))
    bent = bytes([SMALL[at] ^ data.draw(st.integers(1, 255))])
    for broken in (SMALL[:at], SMALL[:at] + bent + SMALL[at + 1 :]):
        with pytest.raises(ValueError, match=r"the segment is truncated or damaged|are not a segment"):
            Segment(broken)


def test_a_segment_of_another_version_is_refused() -> None:
    body = SMALL[:-DIGEST_BYTES].replace(b'"version":1', b'"version":7')
    with pytest.raises(ValueError, match="version 7, this software reads version 1"):
        Segment(body + blake2b(body, digest_size=DIGEST_BYTES).digest())


def test_only_the_filter_and_the_fence_of_a_segment_are_in_memory() -> None:
    data = whole(arrays(3000, 3000, 255))
    segment = Segment(data)
    assert segment.size < 110 * 3000
    assert not segment.filter.flags.writeable or segment.filter.base is None
    for mapped in (segment.times, segment.claims, segment.records, segment.sketched):
        assert np.shares_memory(mapped.view(np.uint8), np.frombuffer(data, dtype=np.uint8))
