"""How well duplicates are told, how fast, and what it costs as they grow in number: `python -m tests.bench.duplicates`.

Accuracy on the test set in file order, ours through the real cleaning and the claims, the peers on the same cleaned
texts; the same on perturbations of our own (`--own SEED`). Speed against datasketch in turn, on one core.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import lzma
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rensa
from datasketch import MinHash, MinHashLSH

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.fields import digest
from pipeline.records.page import page_of
from pipeline.records.verdict import Decision, Verdict
from pipeline.records.wire import decode, encode_sparse
from pipeline.text.fingerprint import fingerprint_of, read
from pipeline.text.minhash import ANCHOR_BITS, ANCHORS, BINS
from pipeline.text.normalise import words
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from tests.bench import sets
from tests.bench.cleaning import say
from tests.bench.perturbed import Sample, samples
from tests.bench.texts import WORDS, document_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FETCHED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KINDS = ("exact", "menu", "cut85", "tail", "light", "cut70", "cut50", "all", "bulletin copy")
APART = ("formulaic", "bulletin")  # each its own article
PERMUTATIONS = 128  # of the peers
KEY_BYTES = BINS + ANCHORS * ANCHOR_BITS // 8  # of a fingerprint, all of which differ from text to text
RENSA_BANDS = 32
BLOCK = 40  # documents that each system is timed on in its turn: a batch of the stage
FEWEST, MOST = 10_000, 1_000_000  # documents, between which the cost of a decision should stay


# -- accuracy


def tested(home: Path) -> list[Sample]:
    """Read the test set in file order."""
    with lzma.open(home / "neardup.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Sample(row["cluster"], row["kind"], row["lang"], row["text"]) for row in rows]


def own(home: Path, seed: int) -> list[Sample]:
    """Perturb 300 texts that the test set does not have."""
    used = {_begin(sample.text) for sample in tested(home)}
    texts = {}
    for row in sets.read("plain", home):
        begin = _begin(row.gold_text)
        if len(row.gold_text) >= 400 and len(begin) > 3 and begin not in used:
            texts.setdefault(begin, (row.lang, row.gold_text))
    drawn = random.Random(seed).sample(sorted(texts.values()), 300)
    return samples(drawn, seed)


def _begin(text: str) -> tuple[str, ...]:
    return tuple(words(text)[:12])


def cleaned(given: Sequence[Sample]) -> list[Document | None]:
    """Clean each page; None where there is no article in it."""
    found = []
    for offset, sample in enumerate(given):
        page = page_of(
            f"https://site{offset}.example/{offset}", sample.text.encode(), fetched_at=FETCHED, media_type="text/plain"
        )
        one = clean(page, topic="pages", partition=0, offset=offset)
        found.append(one if isinstance(one, Document) else None)
    return found


def ours(documents: Iterable[Document | None]) -> list[str | None]:
    """Give each document its article, by the claims."""
    claims, found = ClaimIndex(), []
    for offset, document in enumerate(documents):
        if document is None:
            found.append(None)
            continue
        verdict = Decider(claims).decide(document, partition=0, offset=offset, timestamp=float(offset))
        claims.learn(verdict)
        found.append(verdict.article_id)
    return found


def _shingles(text: str) -> list[bytes]:
    found = words(text)
    return list({" ".join(found[at : at + 3]).encode() for at in range(max(1, len(found) - 2))})


def by_datasketch(documents: Iterable[Document | None], threshold: float) -> list[str | None]:
    """Give each document the article of the most similar one at or above a threshold, or make it one."""
    index, signed, of = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS), {}, {}
    for number, document in enumerate(documents):
        if document is None:
            continue
        name, signature = str(number), MinHash(PERMUTATIONS)
        signature.update_batch(_shingles(document.article_body))
        near = [(signature.jaccard(signed[one]), one) for one in index.query(signature)]
        best = max((pair for pair in near if pair[0] >= threshold), default=None)
        of[number] = of[int(best[1])] if best else name
        index.insert(name, signature)
        signed[name] = signature
    return [of.get(number) for number in range(max(of) + 1)]


def by_rensa(documents: Iterable[Document | None], threshold: float) -> list[str | None]:
    """Do the same with rensa."""
    index: Any = rensa.RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=RENSA_BANDS)
    signed: dict[int, Any] = {}
    of: dict[int, str] = {}
    for number, document in enumerate(documents):
        if document is None:
            continue
        signature: Any = rensa.RMinHash(PERMUTATIONS, 42)
        signature.update([one.decode() for one in _shingles(document.article_body)])
        near = [(signature.jaccard(signed[one]), one) for one in index.query(signature)]
        best = max((pair for pair in near if pair[0] >= threshold), default=None)
        of[number] = of[best[1]] if best else str(number)
        index.insert(number, signature)
        signed[number] = signature
    return [of.get(number) for number in range(max(of) + 1)]


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of pages of one article: how many of those found are, how many of those that are were found."""

    precision: float
    recall: float
    by_kind: dict[str, float]
    apart: tuple[int, int]  # bulletins that are articles of their own, of so many
    wrong: Counter[tuple[str, str]]

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def scored(given: Sequence[Sample], found: Sequence[str | None]) -> Score:
    """Compare the articles that pages were given with their clusters."""
    labels = [one if one is not None else f"none {number}" for number, one in enumerate(found)]
    true, got = _pairs([sample.cluster for sample in given]), _pairs(labels)
    right = len(true & got)
    by_kind = {}
    for kind in KINDS:
        of_kind = [pair for pair in true if kind in {given[pair[0]].kind, given[pair[1]].kind}]
        if of_kind:
            by_kind[kind] = sum(pair in got for pair in of_kind) / len(of_kind)
    daily = [number for number, sample in enumerate(given) if sample.kind in APART]
    return Score(
        right / max(1, len(got)),
        right / max(1, len(true)),
        by_kind,
        (len({labels[number] for number in daily}), len(daily)),
        Counter(tuple(sorted((given[a].kind, given[b].kind))) for a, b in got - true),  # type: ignore[misc]
    )


def _pairs(labels: Sequence[str]) -> set[tuple[int, int]]:
    by_label: dict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        by_label[label].append(number)
    return {pair for numbers in by_label.values() for pair in itertools.combinations(numbers, 2)}


def accuracy(given: Sequence[Sample]) -> dict[str, Score]:
    """Score all systems on a set."""
    documents = cleaned(given)
    found = {"chistovik": ours(documents)}
    found |= {f"datasketch {at}": by_datasketch(documents, at) for at in (0.5, 0.6, 0.8)}
    found |= {f"rensa {at}": by_rensa(documents, at) for at in (0.5, 0.6)}
    return {name: scored(given, labels) for name, labels in found.items()}


def show(scores: dict[str, Score]) -> None:
    """Print a table, a system a line."""
    kinds = [kind for kind in KINDS if any(kind in score.by_kind for score in scores.values())]
    say(f"{'':16}{'P':>7}{'R':>7}{'F1':>7}  apart    " + "".join(f"{kind[:7]:>8}" for kind in kinds) + "  false pairs")
    for name, score in scores.items():
        by_kind = "".join(f"{score.by_kind.get(kind, 0):8.3f}" for kind in kinds)
        wrong = ", ".join(f"{number} {' and '.join(kinds)}" for kinds, number in score.wrong.most_common(2))
        apart = f"{score.apart[0]}/{score.apart[1]}"
        say(f"{name:16}{score.precision:7.4f}{score.recall:7.4f}{score.f1:7.4f}  {apart:9}{by_kind}  {wrong}")


# -- speed


def speed(texts: Sequence[str]) -> dict[str, float]:
    """Time normalising, signing, looking up and taking in, in microseconds of CPU a document; all in turn."""
    claims = ClaimIndex()
    one_by_one, batched = (MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS) for _ in range(2))

    def ours_on(text: str, number: int) -> None:
        verdict = Decider(claims).decide(document_of(text, number), partition=0, offset=number, timestamp=float(number))
        claims.learn(verdict)

    def datasketch_on(text: str, number: int) -> None:
        signature = MinHash(PERMUTATIONS)
        for shingle in _shingles(text):
            signature.update(shingle)
        one_by_one.query(signature)
        one_by_one.insert(number, signature)

    def batches_on(text: str, number: int) -> None:
        signature = MinHash(PERMUTATIONS)
        signature.update_batch(_shingles(text))
        batched.query(signature)
        batched.insert(number, signature)

    systems: dict[str, Callable[[str, int], None]] = {
        "chistovik": ours_on,
        "datasketch, update": datasketch_on,
        "datasketch, update_batch": batches_on,
    }
    spent: dict[str, list[float]] = {name: [] for name in systems}
    fingerprint_of(texts[0])  # its tables are made once
    gc.collect()
    gc.disable()  # it would be charged to whoever allocates when it is due
    for start in range(0, len(texts), BLOCK):
        for name, system in systems.items():
            began = time.process_time_ns()
            for number in range(start, min(start + BLOCK, len(texts))):
                system(texts[number], number)
            spent[name].append((time.process_time_ns() - began) / 1000 / (number + 1 - start))
    gc.enable()
    return {name: float(np.median(times)) for name, times in spent.items()}


# -- growth


def verdict_of(number: int, keys: bytes, like: Verdict) -> Verdict:
    """Make the verdict on a new article with some keys, all else its own."""
    if like.fingerprint is None:
        raise ValueError("a verdict with a fingerprint is needed")
    name = digest(number.to_bytes(8, "big"))
    return replace(
        like,
        document_offset=number,
        page_id=name,
        page_offset=number,
        article_id=name,
        source_key=name[:16],
        text_hash=name,
        fingerprint=read(like.fingerprint)._replace(minhash=keys[:BINS], anchors=keys[BINS:]).packed(),
        timestamp=float(number) / 1000,
        horizon=None,
    )


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def growth(texts: Sequence[str], fewest: int, most: int) -> None:
    """Print what a document costs with few others and with many, what it takes of memory, and how long a start is."""
    like = Decider(ClaimIndex()).decide(document_of(texts[0], 0), partition=0, offset=0, timestamp=0.0)
    draw = np.random.default_rng(1)
    few = ClaimIndex()
    for number in range(fewest):
        few.learn(verdict_of(number, draw.bytes(KEY_BYTES), like))
    many, before, slowest, spent = ClaimIndex(), resident(), 0.0, 0.0
    record = encode_sparse(like)
    for number in range(most):
        verdict = verdict_of(number, draw.bytes(KEY_BYTES), like)
        start = time.perf_counter()
        many.learn(verdict)
        took = time.perf_counter() - start
        slowest, spent = max(slowest, took), spent + took
    say(f"{(resident() - before) / most:9.0f} bytes a document in memory; {len(record)} in `verdicts`")
    say(f"{slowest * 1000:9.0f} ms the longest step of learning; {spent:.0f} s all {most:,}, from memory")
    costs = _decisions((few, many), like, draw)
    for claims, cost in zip((few, many), costs, strict=True):
        say(f"{cost:9.1f} µs a look-up among {len(claims):,} documents ({cost / costs[0]:.2f} ×)")
    wholes = _wholes((few, many), texts)
    for claims, cost in zip((few, many), wholes, strict=True):
        say(f"{cost:9.1f} µs a document, text in, taken in among {len(claims):,} ({cost / wholes[0]:.2f} ×)")
    _starts(many, record)


def _wholes(sizes: Sequence[ClaimIndex], texts: Sequence[str]) -> list[float]:
    """Time normalising, signing, looking up and taking in with each claims in turn: the medians, in microseconds."""
    times: list[list[float]] = [[] for _ in sizes]
    for number, text in enumerate(texts):
        for claims, spent in zip(sizes, times, strict=True):
            start = time.perf_counter()
            document = document_of(text, number)
            claims.learn(Decider(claims).decide(document, partition=0, offset=2 * 10**9 + number, timestamp=1e3))
            spent.append(time.perf_counter() - start)
    return [float(np.median(spent)) * 1e6 for spent in times]


def _decisions(
    sizes: Sequence[ClaimIndex], like: Verdict, draw: np.random.Generator, number: int = 4000
) -> list[float]:
    """Time decisions on documents that are new, as most are, in turn: the medians, in microseconds."""
    base = document_of("один два три четыре пять шесть семь восемь девять десять одиннадцать", 0)
    times: list[list[float]] = [[] for _ in sizes]
    for at in range(number):
        new = verdict_of(10**9 + at, draw.bytes(KEY_BYTES), like)
        document = replace(
            base,
            text_hash=new.text_hash or "",
            url=f"https://other.example/{at}",
            canonical_url=f"https://other.example/{at}",
            fingerprint=new.fingerprint,
            provenance=replace(base.provenance, page_id=new.page_id, offset=at),
        )
        for claims, spent in zip(sizes, times, strict=True):
            start = time.perf_counter()
            verdict = Decider(claims).decide(document, partition=0, offset=10**9 + at, timestamp=1e3)
            spent.append(time.perf_counter() - start)
            if verdict.decision is not Decision.CREATED:
                raise ValueError(f"{verdict} on a document that is new")
    return [float(np.median(spent)) * 1e6 for spent in times]


def _starts(claims: ClaimIndex, record: bytes) -> None:
    start = time.perf_counter()
    data = claims.dump()
    dumped = time.perf_counter() - start
    start = time.perf_counter()
    loaded = ClaimIndex.load(data)
    took = time.perf_counter() - start
    say(f"{len(data) / len(loaded):9.0f} bytes a document in a snapshot; {dumped:.1f} s to write, {took:.1f} s to read")
    start = time.perf_counter()
    for _ in range(10_000):
        decode(Verdict, record)
    say(f"{(time.perf_counter() - start) * 100:9.1f} µs to decode a verdict of the changelog")


def main() -> None:
    """Print what is asked for; all of it by default."""
    parser = argparse.ArgumentParser(prog="tests.bench.duplicates", description=__doc__)
    parser.add_argument("--only", choices=["accuracy", "own", "speed", "growth"], help="one of the four")
    parser.add_argument("--seed", type=int, default=1, help="of our own perturbations")
    parser.add_argument("--most", type=int, default=MOST, help="documents that the claims grow to")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where neardup.jsonl.xz and plain/ are")
    asked = parser.parse_args()
    texts = texts_of(asked.eval, 1200)
    if asked.only in {None, "accuracy"}:
        say("Test set, in file order")
        show(accuracy(tested(asked.eval)))
    if asked.only in {None, "own"}:
        say(f"Perturbations of our own, seed {asked.seed}")
        show(accuracy(own(asked.eval, asked.seed)))
    if asked.only in {None, "speed"}:
        found = speed(texts)
        for name, cost in found.items():
            ratio = cost / found["chistovik"]
            say(f"{cost:9.0f} µs a document of {WORDS} words, {1e6 / cost:5.0f} a second: {name} ({ratio:.1f} × ours)")
    if asked.only in {None, "growth"}:
        growth(texts, min(FEWEST, asked.most), asked.most)


if __name__ == "__main__":
    main()
