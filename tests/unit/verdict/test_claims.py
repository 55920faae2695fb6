"""ClaimIndex follow from verdicts alone: whatever was written, read back or forgotten on the way, the next verdict is the same."""

import random
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import native
from pipeline.records.document import Cleaned
from pipeline.records.verdict import Decision, Verdict
from pipeline.records.wire import decode, encode, encode_sparse
from pipeline.text.fingerprint import read
from pipeline.verdict.claims import COMPACTED_FROM, ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.hash_map import HashMap
from pipeline.verdict.lsh import KEYS, NEWEST, BandIndex
from tests.bench.bulletins import BACKGROUND, bulletins
from tests.bench.perturbed import cut, edited, with_menu
from tests.support.documents import document, failure, fingerprinted, naming, refusal

WINDOW = 100.0
_DRAW = random.Random(1)
TEXTS = [
    text
    for base in [*BACKGROUND.values(), *(one.text for one in bulletins(random.Random(2), 2))]
    for text in (base, cut(0.8)(base, _DRAW), edited(0.04)(base, _DRAW), with_menu(base, _DRAW))
]


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[Cleaned, float]]:
    """Draw documents with the timestamps of their records, which may go back."""
    log: list[tuple[Cleaned, float]] = []
    time = 1000.0
    for offset in range(draw(st.integers(2, 24))):
        time += draw(st.sampled_from([0.0, 1.0, 10.0, 40.0, -5.0, -60.0, 150.0]))
        kind = draw(st.sampled_from(["page"] * 8 + ["refused", "failed", "again"]))
        if kind == "refused":
            log.append((refusal("x", offset), time))
        elif kind == "failed":
            log.append((failure("x", offset), time))
        elif kind == "again" and log:
            log.append((draw(st.sampled_from(log))[0], time))
        else:
            path, text = draw(st.sampled_from([None, *"abcdef"])), draw(st.sampled_from(TEXTS))
            one = document(path, text, offset, minute=draw(st.integers(0, 3)))
            log.append((fingerprinted(naming(one, draw(st.sampled_from(["", "", "a", "b"])))), time))
    return log


def judged(log: Sequence[tuple[Cleaned, float]], claims: ClaimIndex | None = None) -> list[Verdict]:
    claims = ClaimIndex(WINDOW) if claims is None else claims
    verdicts = []
    for offset, (one, time) in enumerate(log):
        verdicts.append(Decider(claims).decide(one, partition=0, offset=offset, timestamp=time))
        claims.learn(verdicts[-1])
    return verdicts


@settings(max_examples=60, deadline=None)
@given(logs(), st.data())
def test_dumping_loading_and_forgetting_change_no_verdict(
    log: list[tuple[Cleaned, float]], data: st.DataObject
) -> None:
    expected = judged(log)
    claims = ClaimIndex(WINDOW)
    for offset, (one, time) in enumerate(log):
        step = data.draw(st.sampled_from(["", "dump", "forget", "compact"]))
        if step == "dump":
            claims = ClaimIndex.load(claims.dump())
        elif step == "forget":
            claims.forget(data.draw(st.sampled_from([0.0, time - WINDOW, time, 1e12])))
        elif step == "compact":
            claims.forget(1e12)
            claims._compact()
        verdict = Decider(claims).decide(one, partition=0, offset=offset, timestamp=time)
        assert verdict == expected[offset]
        claims.learn(decode(Verdict, data.draw(st.sampled_from([encode, encode_sparse]))(verdict)))


@settings(max_examples=60, deadline=None)
@given(logs(), st.data())
def test_verdicts_out_of_the_window_need_not_be_learned_at_all(
    log: list[tuple[Cleaned, float]], data: st.DataObject
) -> None:
    expected = judged(log)
    start = data.draw(st.integers(0, len(log) - 1))
    horizon = expected[start].horizon or 0.0
    claims = ClaimIndex(WINDOW)
    for verdict in expected[: start + 1]:
        assert verdict.timestamp is not None
        if verdict.timestamp >= horizon:  # the others have tombstones
            claims.learn(verdict)
    for offset in range(start + 1, len(log)):
        verdict = Decider(claims).decide(log[offset][0], partition=0, offset=offset, timestamp=log[offset][1])
        assert verdict == expected[offset]
        claims.learn(verdict)


@settings(max_examples=60, deadline=None)
@given(logs())
def test_every_duplicate_points_at_an_article_that_was_created_before(log: list[tuple[Cleaned, float]]) -> None:
    created = set()
    for verdict in judged(log):
        if verdict.decision is Decision.CREATED:
            created.add(verdict.article_id)
        elif verdict.article_id is not None:
            assert verdict.article_id in created


def some_claims(number: int) -> ClaimIndex:
    claims = ClaimIndex(WINDOW)
    judged([(fingerprinted(document(str(n), f"{n} {TEXTS[n % 8]}", n)), float(n)) for n in range(number)], claims)
    return claims


def of_version(version: int, data: bytes) -> bytes:
    said = data[:-16].replace(b'"version":5', b'"version":%d' % version)
    return said + blake2b(said, digest_size=16).digest()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[:-1], "truncated or damaged"),
        (lambda data: data[:200] + b"?" + data[201:], "truncated or damaged"),
        (lambda data: b"x" + data, "not claims"),
        (lambda data: b"", "not claims"),
        (lambda data: of_version(4, data), "version 4, this software reads version 5"),
        (lambda data: data.replace(b'"version":5', b'"version":9'), "truncated or damaged"),
    ],
)
def test_claims_that_were_not_dumped_like_this_are_refused(spoil, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ClaimIndex.load(spoil(some_claims(5).dump()))


def test_what_is_forgotten_gives_its_memory_back() -> None:
    claims = ClaimIndex(WINDOW)
    keys = np.random.default_rng(1).integers(0, 256, (COMPACTED_FROM * 2, 128 + 12 * 3), dtype=np.uint8)
    base = judged([(fingerprinted(document("a", TEXTS[0], 0)), 0.0)])[0]
    for n in range(COMPACTED_FROM * 2):
        claims.learn(verdict_like(base, n, keys[n].tobytes()))
    before = len(claims.dump())
    claims.forget(1e12)
    assert len(claims) <= WINDOW + 2
    assert len(claims.dump()) < before / 20


def verdict_like(base: Verdict, number: int, keys: bytes) -> Verdict:
    assert base.fingerprint is not None
    fingerprint = read(base.fingerprint)._replace(minhash=keys[:128], anchors=keys[128:]).packed()
    name = f"{number:032x}"
    return replace(
        base,
        page_id=name,
        page_offset=number,
        article_id=name,
        text_hash=name,
        fingerprint=fingerprint,
        timestamp=float(number),
        horizon=number - WINDOW,
    )


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2**32 - 2)), max_size=80), st.integers(0, 2**32 - 2))
def test_a_hashed_map_is_a_dict(puts: list[tuple[int, int]], since: int) -> None:
    model: dict[int, int] = {}
    hashed = HashMap()
    for low, row in puts:
        key = low << (low % 5 * 12)  # some share a bucket, some do not
        hashed.put(key, row)
        model[key] = row
    assert {key: hashed.get(key) for key in model} == model
    assert hashed.get(0xFFFF_FFFF_FFFF_FFFF) is None
    later = hashed.since(since)
    assert {key: later.get(key) for key in model} == {
        key: row - since if row >= since else None for key, row in model.items()
    }


def test_a_hashed_map_grows() -> None:
    draw = random.Random(3)
    model = {draw.getrandbits(64): number for number in range(5000)}
    hashed = HashMap()
    for key, row in model.items():
        hashed.put(key, row)
    assert all(hashed.get(key) == row for key, row in model.items())
    again = HashMap(*hashed.arrays())
    assert all(again.get(key) == row for key, row in model.items())


def brute(keys: np.ndarray, wanted: np.ndarray, since: int) -> dict[int, int]:
    agreeing: dict[int, int] = {}
    for key in range(KEYS):
        for row in [row for row in range(since, len(keys)) if keys[row, key] == wanted[key]][-NEWEST:]:
            agreeing[row] = agreeing.get(row, 0) + 1
    return agreeing


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("values", [2, 40, 3000])
def test_bands_find_the_newest_texts_of_each_key_and_no_others(
    values: int, *, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "COMPILED", compiled and native.COMPILED)
    draw = np.random.default_rng(values)
    keys = draw.integers(0, values, (2600, KEYS)).astype(np.uint32)
    added = BandIndex()
    for row in keys:
        added.add(row)
    for bands in (added, BandIndex(keys)):
        for since in (0, 1, 1300, 2599):
            wanted = draw.integers(0, values, KEYS).astype(np.uint32)
            found = bands.candidates(wanted, since=since)
            expected = brute(keys, wanted, since)
            assert dict(zip(found.rows.tolist(), found.agreeing.tolist(), strict=True)) == expected
    later = added.since(1000)
    found = later.candidates(keys[2000])
    assert dict(zip(found.rows.tolist(), found.agreeing.tolist(), strict=True)) == brute(keys[1000:], keys[2000], 0)


def test_what_all_texts_share_gives_a_bounded_number_of_candidates() -> None:
    bands = BandIndex()
    for _ in range(3000):
        bands.add(np.zeros(KEYS, dtype=np.uint32))
    assert len(bands.candidates(np.zeros(KEYS, dtype=np.uint32)).rows) == NEWEST


def test_equal_claims_have_equal_dumps_and_others_do_not() -> None:
    assert some_claims(4).dump() == some_claims(4).dump()
    assert some_claims(4).dump() != some_claims(5).dump()
    assert ClaimIndex().dump() != some_claims(5).dump()
