"""A filter never denies a key that it has, seldom has another one, and is the same with and without a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline import native
from pipeline.verdict.claim import By
from pipeline.verdict.segments.bloom import Filters, band_hashes, blocks_for, fill, filters_of, name_hash, name_hashes

if TYPE_CHECKING:
    import numpy.typing as npt

DRAW = np.random.default_rng(4)
HASHES = [DRAW.integers(0, 2**64, size, dtype=np.uint64) for size in (1, 700, 3000)]
STRANGE = DRAW.integers(0, 2**64, 20_000, dtype=np.uint64)


def filled() -> list[npt.NDArray[np.uint32]]:
    found = []
    for hashes in HASHES:
        found.append(blocks_for(len(hashes)))
        fill(found[-1], hashes)
    return found


def hits(filters: Filters, hashes: npt.NDArray[np.uint64], oldest: int) -> list[tuple[int, int]]:
    segments, which = np.empty((2, len(HASHES) * len(hashes)), dtype=np.int32)
    count = filters.hits(hashes, oldest, segments, which)
    return list(zip(segments[:count].tolist(), which[:count].tolist(), strict=True))


def test_a_key_is_found_in_each_filter_that_has_it_newest_first() -> None:
    filters = filters_of(filled())
    for at, hashes in enumerate(HASHES):
        assert {(at, key) for key in range(len(hashes))} <= set(hits(filters, hashes, 0))
        assert all(filters.newest(int(hashed), at + 1) == at for hashed in hashes)
    found = hits(filters, STRANGE, 0)
    assert found == sorted(found, key=lambda pair: (-pair[0], pair[1]))
    assert hits(filters, STRANGE, 1) == [pair for pair in found if pair[0] >= 1]
    assert hits(filters, STRANGE, 3) == []


def test_one_key_in_a_hundred_at_most_is_found_where_it_is_not() -> None:
    found = hits(filters_of(filled()[2:]), STRANGE, 0)
    assert 0 < len(found) < len(STRANGE) / 100


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
def test_filters_are_the_same_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, asked = filled(), np.concatenate((STRANGE, *HASHES))
    found, newest = hits(filters_of(compiled), asked, 0), [filters_of(compiled).newest(int(one), 3) for one in asked]
    monkeypatch.setattr(native, "COMPILED", False)
    plain = filled()
    assert [one.tolist() for one in plain] == [one.tolist() for one in compiled]
    assert hits(filters_of(plain), asked, 0) == found
    assert [filters_of(plain).newest(int(one), 3) for one in asked[:500]] == newest[:500]


@pytest.mark.parametrize("kind", By)
def test_one_name_has_the_hash_that_it_has_among_many(kind: By) -> None:
    assert [name_hash(kind, int(name)) for name in STRANGE[:50]] == name_hashes(kind, STRANGE[:50]).tolist()
    assert not set(name_hashes(kind, STRANGE).tolist()) & set(
        band_hashes(np.full(len(STRANGE), kind), STRANGE.astype(np.uint32)).tolist()
    )
