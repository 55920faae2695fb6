"""Sealing changes no verdict: claims in segments decide as claims in plain lists and dicts, whatever happens between."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.verdict.claim import RECORD, By, First
from pipeline.verdict.claims import SEALED_FROM, SEALED_MOST, ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.lsh import KEYS, NEWEST
from pipeline.verdict.segments.segment import Segment
from tests.support.documents import document, fingerprinted
from tests.unit.verdict.test_claims import TEXTS, WINDOW, judged, logs, verdict_like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records.document import Cleaned


class Rows(list[Any]):
    """A list in place of a growing array."""

    @property
    def array(self) -> Any:
        return np.asarray(list(self))


class PlainBands:
    """The newest texts of each key, by going through all texts."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def newest(self, keys: Any, *, since: int = 0) -> tuple[list[Any], Any]:
        found, left = [], np.full(KEYS, NEWEST)
        for key in range(KEYS):
            rows = [row for row in range(since, len(self.rows)) if self.rows[row]["keys"][key] == keys[key]][-NEWEST:]
            left[key] -= len(rows)
            found += [np.asarray(rows, dtype=np.intp)] if rows else []
        return found, left


class Plain:
    """The recent claims as lists and dicts, which are never sealed and never forgotten."""

    def __init__(self) -> None:
        self.first, self.times, self.claims, self.bands = First(0, 0), Rows(), Rows(), PlainBands()
        self.names: dict[tuple[By, int], int] = {}
        self.sketched: list[int] = []

    def __len__(self) -> int:
        return len(self.times)

    @property
    def end(self) -> First:
        return First(len(self.times), len(self.sketched))

    @property
    def records(self) -> Any:
        return np.asarray(self.bands.rows, dtype=RECORD)

    def put(self, kind: By, key: int, row: int) -> None:
        self.names[kind, key] = row

    def newest(self, kind: By, key: int) -> int | None:
        return self.names.get((kind, key))

    def add_sketch(self, row: tuple[Any, ...], claim: int) -> int:
        self.bands.rows.append(np.asarray([row], dtype=RECORD)[0])
        self.sketched.append(claim)
        return len(self.sketched) - 1

    def since(self, horizon: float) -> First:
        claim = bisect_left(self.times, horizon)
        return First(claim, bisect_left(self.sketched, claim))


class NeverFreed(ClaimIndex):
    """Claims over lists and dicts."""

    def __init__(self, window: float) -> None:
        super().__init__(window)
        self.recent = Plain()  # type: ignore[assignment]


def sealed(claims: ClaimIndex) -> None:
    """Seal what is recent, through bytes, if there is anything."""
    if len(claims.recent):
        claims.seal(Segment(b"".join(claims.packed())))


@settings(max_examples=100, deadline=None)
@given(logs(), st.data())
def test_claims_in_segments_decide_as_plain_lists_do(log: Sequence[tuple[Cleaned, float]], data: st.DataObject) -> None:
    expected = judged(log, NeverFreed(WINDOW))
    claims = ClaimIndex(WINDOW)
    for offset, (one, time) in enumerate(log):
        for step in data.draw(st.lists(st.sampled_from(["seal", "reload", "forget", "compact"]), max_size=3)):
            if step == "seal":
                sealed(claims)
            elif step == "reload":
                segments = [Segment(segment.data.tobytes()) for segment in claims.sealed.segments]
                claims = ClaimIndex.load(claims.dump(), segments)
            elif step == "forget":
                claims.forget(data.draw(st.sampled_from([0.0, time - WINDOW, time, 1e12])))
            else:
                claims.forget(1e12)
                claims._compact()
        assert Decider(claims).decide(one, partition=0, offset=offset, timestamp=time) == expected[offset]
        claims.learn(expected[offset])


@settings(max_examples=40, deadline=None)
@given(logs(), st.integers(0, 2**32), st.integers(1, 5))
def test_many_small_segments_decide_as_plain_lists_do(
    log: Sequence[tuple[Cleaned, float]], seed: int, every: int
) -> None:
    draw = np.random.default_rng(seed)
    log = [(log[at][0], 10.0 * number) for number, at in enumerate(draw.integers(0, len(log), 40).tolist())]
    expected = judged(log, NeverFreed(WINDOW))
    claims = ClaimIndex(WINDOW)
    for offset, (one, time) in enumerate(log):
        assert Decider(claims).decide(one, partition=0, offset=offset, timestamp=time) == expected[offset]
        claims.learn(expected[offset])
        claims.forget(claims.horizon)
        if draw.integers(0, every) == 0:
            sealed(claims)
    assert len(claims.sealed.segments) < len(log) / 2  # those before the window are gone


BASE = judged([(fingerprinted(document("a", TEXTS[0], 0)), 0.0)])[0]


def many(number: int, start: int = 0, claims: ClaimIndex | None = None) -> ClaimIndex:
    """Learn the verdicts on documents that have nothing in common, one a second."""
    claims = ClaimIndex(WINDOW) if claims is None else claims
    keys = np.random.default_rng(start).integers(0, 256, (number, 128 + 12 * 3), dtype=np.uint8)
    for at in range(number):
        claims.learn(verdict_like(BASE, start + at, keys[at].tobytes()))
    return claims


def test_segments_out_of_the_window_are_let_go_of() -> None:
    claims = many(90)
    sealed(claims)
    sealed(many(90, 90, claims))
    assert len(claims) == 180
    claims.forget(1e12)
    assert [segment.first for segment in claims.sealed.segments] == [(0, 0), (90, 90)]  # the horizon is at 79
    many(30, 180, claims)
    claims.forget(1e12)
    assert [segment.first for segment in claims.sealed.segments] == [(90, 90)]
    assert len(claims) == 120


@pytest.mark.parametrize(
    ("old", "new", "full"),
    [
        (0, SEALED_FROM - 1, False),
        (0, SEALED_FROM, True),
        (10**6, SEALED_FROM, False),
        (10**6, 10**6 // 9 + 1, True),
        (10**9, SEALED_MOST, True),
    ],
)
def test_a_share_of_the_window_is_in_memory(monkeypatch: pytest.MonkeyPatch, old: int, new: int, *, full: bool) -> None:
    claims = many(1)
    monkeypatch.setattr(type(claims.recent), "__len__", lambda _: new)
    monkeypatch.setattr(type(claims.sealed), "__len__", lambda _: old)
    assert claims.is_full is full
    claims.put_off()
    assert not claims.is_full


def test_claims_whose_times_may_change_are_not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.verdict.claims.SEALED_FROM", 1)
    claims = ClaimIndex(WINDOW)
    assert not claims.is_full
    many(2, claims=claims)
    assert claims.is_full


def test_a_segment_that_does_not_follow_is_refused() -> None:
    claims, other = many(3), many(4)
    with pytest.raises(ValueError, match="where the claims end at"):
        claims.seal(Segment(b"".join(other.packed())))
    sealed(claims)
    many(3, 3, claims)
    with pytest.raises(ValueError, match="does not follow"):
        claims.seal(Segment(b"".join(other.packed())))


def test_claims_with_other_segments_than_theirs_are_refused() -> None:
    claims = many(3)
    sealed(claims)
    with pytest.raises(ValueError, match="0 segments were given, which are not the 1 needed"):
        ClaimIndex.load(claims.dump())
