"""Pages of the sets as the classifier sees them, with labels: what it is trained on.

The labels of plain pages come with the sets; those of HTML are found here, by aligning blocks with the gold text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.lines import Lines, lines_of
from pipeline.document.blocks.tree import layout_of
from pipeline.document.features.compute import Features, features_of_lines, features_of_tree
from pipeline.document.features.selected import SELECTED
from pipeline.document.metadata.head import read_head
from tests.bench.scoring import scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from tests.bench.sets import Row

words = scorer().toks  # as the scorer splits: a Han character is a word

GRAM = 4  # words: runs of so many that the gold has too are taken from it
SURE = 0.8  # share of a block's words that must lie in such runs
LONG = 8  # words: a block of fewer is article only beside one that surely is
TITLE = 0.9  # overlap from which on a block is the title, which counts on neither side of the score
EMPTY = 0.15  # the weight of a page without an article
MOST_WORDS = 200  # of a block, in its weight
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«„“\"—–A-ZА-ЯЁІЇЄҐЎӘҒҚҢӨҰҮҺ-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A page: its blocks' texts and features, and for training their labels and weights."""

    row: Row
    texts: Sequence[str]
    features: Features
    labels: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]


def examples_of(rows: Iterable[Row], *, every: bool = False) -> list[Example]:
    """Make an example of each page that has a block at all, with the selected features or with every one."""
    return [example for row in rows if (example := example_of(row, every=every)) is not None]


def example_of(row: Row, *, every: bool = False) -> Example | None:
    """Cut and label a page."""
    selected = None if every else SELECTED[row.kind]
    return _of_html(row, selected) if row.kind == "html" else _of_lines(row, lines_of(row.body), row.labels, selected)


def _of_html(row: Row, selected: frozenset[str] | None) -> Example | None:
    tree = LexborHTMLParser(row.body)
    said = read_head(tree, url=row.address).texts
    layout = layout_of(tree)
    if not layout.texts:
        return None
    labels = labels_by_gold(layout.texts, row.gold_text)
    return _example(row, layout.texts, features_of_tree(layout, said, selected=selected), labels)


def _of_lines(
    row: Row, lines: Lines, labels: Sequence[int], selected: frozenset[str] | None = SELECTED["plain"]
) -> Example | None:
    if not lines.texts:
        return None
    features = features_of_lines(lines.bodies, lines.after_blank, lines.markers, selected=selected)
    kept = np.asarray([labels[number - 1] == 1 for number in lines.numbers], np.float32)
    return _example(row, lines.texts, features, kept)


def parts_of(row: Row, article: float, boilerplate: float, dice: np.random.Generator) -> Example | None:
    """Make a variant of a plain page: only a share of its article and of its boilerplate lines is left in."""
    lines = row.body.split("\n")
    shares = [article if label else boilerplate for label in row.labels]
    left = [place for place, share in enumerate(shares) if dice.random() < share]
    text = "\n".join(lines[place] for place in left)
    made = _of_lines(row, lines_of(text), [row.labels[place] for place in left])
    if made is None:
        return None
    # What is left of the gold is what its blocks are weighed by; a page without any says little, as it says it often.
    gold = float((made.labels * made.weights).sum())
    factor = min(1.0 / gold, 4.0) if gold > 0 else EMPTY
    return replace(made, weights=np.minimum(made.weights * factor, 1.0).astype(np.float32))


def sentences_apart(row: Row) -> Example | None:
    """Make a variant of a plain page in which each sentence of the article is a line, as in chronologies and lists."""
    told = [
        (part, label)
        for line, label in zip(row.body.split("\n"), row.labels, strict=True)
        for part in (SENTENCE_END.split(line) if label == 1 else [line])
    ]
    return _of_lines(row, lines_of("\n".join(line for line, _ in told)), [label for _, label in told])


def _example(row: Row, texts: Sequence[str], features: Features, labels: npt.NDArray[np.float32]) -> Example:
    return Example(row=row, texts=texts, features=features, labels=labels, weights=_weights(row, texts))


def _weights(row: Row, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Weigh blocks by what they move of the page's F1: their words, by those of the gold."""
    title = Counter(words(row.gold_title or ""))
    counts = [Counter(words(text)) for text in texts]
    sizes = np.asarray([min(max(count.total(), 2), MOST_WORDS) for count in counts], np.float32)
    titles = np.asarray([_is_title(count, title) for count in counts])
    gold = max(len(words(row.gold_text)), 50)
    return np.minimum(sizes * np.where(titles, 0.2, 1.0) / gold, 1.0).astype(np.float32)


def _is_title(block: Counter[str], title: Counter[str]) -> bool:
    both = block.total() + title.total()
    return bool(title) and 2 * (block & title).total() / both >= TITLE


def labels_by_gold(texts: Sequence[str], gold: str) -> npt.NDArray[np.float32]:
    """Label the blocks that the gold text is made of; of copies the one among most others (oracle F1: .987)."""
    tokens = [words(text) for text in texts]
    covered = _coverage(tokens, words(gold))
    size = np.asarray([len(one) for one in tokens])
    sure = (covered >= SURE) & (size >= LONG)
    if not sure.any():
        sure = (covered >= SURE) & (size >= GRAM)
    labels = ((covered >= 0.6) & (size >= LONG)) | sure
    _one_copy(tokens, labels, sure)
    sure &= labels
    places = np.flatnonzero(sure)
    for index in np.flatnonzero((size > 0) & (size < LONG) & (covered >= SURE)) if len(places) else ():
        near = np.abs(places - index).min()
        inside = places[0] < index < places[-1]
        labels[index] |= near <= (6 if inside else 2 if size[index] >= 3 else 1)
    return labels.astype(np.float32)


def _coverage(tokens: Sequence[Sequence[str]], gold: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the share of each block's words that lie in runs of GRAM words (or all of it) that the gold has."""
    known = {n: {tuple(gold[i : i + n]) for i in range(len(gold) - n + 1)} for n in range(1, GRAM + 1)}
    shares = np.zeros(len(tokens))
    for index, block in enumerate(tokens):
        n = min(GRAM, len(block))
        hit = np.zeros(len(block), bool)
        for start in range(len(block) - n + 1) if n else ():
            if tuple(block[start : start + n]) in known[n]:
                hit[start : start + n] = True
        shares[index] = hit.mean() if n else 0.0
    return shares


def _one_copy(tokens: Sequence[Sequence[str]], labels: npt.NDArray[np.bool_], sure: npt.NDArray[np.bool_]) -> None:
    copies: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in np.flatnonzero(labels).tolist():
        copies[tuple(tokens[index])].append(index)
    for places in copies.values():
        best = max(places, key=lambda index: int(sure[max(0, index - 5) : index + 6].sum()))
        for index in places:
            labels[index] = index == best
