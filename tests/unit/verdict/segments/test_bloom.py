"""A filter never denies a key that it has, seldom has another one, and is the same with and without a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline import native
from pipeline.verdict.claim import By
from pipeline.verdict.segments.bloom import band_hashes, blocks_for, fill, may_have, name_hash, name_hashes

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


def test_a_key_is_found_in_the_filter_that_has_it() -> None:
    for blocks, hashes in zip(filled(), HASHES, strict=True):
        assert may_have(blocks, hashes).all()


def test_one_key_in_a_hundred_at_most_is_found_where_it_is_not() -> None:
    found = may_have(filled()[2], STRANGE).sum()
    assert 0 < found < len(STRANGE) / 100


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
def test_filters_are_the_same_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = filled()
    monkeypatch.setattr(native, "COMPILED", False)
    assert [one.tolist() for one in filled()] == [one.tolist() for one in compiled]


@pytest.mark.parametrize("kind", By)
def test_one_name_has_the_hash_that_it_has_among_many(kind: By) -> None:
    assert [name_hash(kind, int(name)) for name in STRANGE[:50]] == name_hashes(kind, STRANGE[:50]).tolist()
    assert not set(name_hashes(kind, STRANGE).tolist()) & set(
        band_hashes(np.full(len(STRANGE), kind), STRANGE.astype(np.uint32)).tolist()
    )
