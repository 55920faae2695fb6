"""Decides which blocks of a page are its article, and by which rule or score.

The classifier scores the blocks; a rule overrules it where it recognises what no article has. What a block measures is
measures.py's, what is cut off the ends of one that stays surgery.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import KINDS, Layout
from pipeline.document.classifier.choice import BESIDE, INSIDE, Columns, choose, tables_of
from pipeline.document.classifier.model import Kind, Model, Scores, model_for, scores_of
from pipeline.document.features.compute import Features, features_of_lines, features_of_tree
from pipeline.document.features.parts import Parts
from pipeline.document.metadata.head import Declared
from pipeline.document.rules.headline import find_headline
from pipeline.document.rules.recognise import RULES
from pipeline.document.rules.rule import Rule
from pipeline.document.rules.sign_up import is_sign_up
from pipeline.document.rules.trim import operate
from pipeline.text.normalise import words

__all__ = ["Judged", "Rule", "Sheet", "judge", "lines_of_judged", "sheet_of_layout", "sheet_of_text"]

Models = Mapping[Kind, Model]
LAPSE = 5  # blocks of none of its headlines, after which a "read also" no longer heads what follows
ENTRY = 40  # words: what is longer is no headline below a "read also"
LABEL = 4  # words: a longer "read also" names what to read in the same line
SIGN_UP_SHARE = 0.3  # of the words that stay: where boxes have more of them, none is dropped
_HEADINGS = frozenset(KINDS.index(f"h{level}") for level in range(1, 7))


class Judged(NamedTuple):
    """One block with its verdict; `kept` is always a piece of `text`."""

    line: int  # 1-based number of the line in a plain text, of the block in HTML
    text: str  # the block as it stands in the page (white space at the ends removed)
    kept: str  # what stays of it: "" when dropped, a shorter string after in-line surgery
    rule: Rule  # what decided
    score: float  # 0 surely boilerplate .. 1 surely article
    joins: bool = False  # it stands on the line of the block before it: both are cells of a table's row


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page cut into blocks and measured, whatever it was: what the classifier reads."""

    kind: Kind
    numbers: Sequence[int]
    texts: Sequence[str]
    bodies: Sequence[str]  # without list markers
    heads: Sequence[bool]  # a heading's element, in HTML
    model: Model  # that its features were made for
    features: Features | None  # None where there is no block
    sign_ups: tuple[tuple[int, int], ...] = ()  # boxes that ask for an e-mail address, in HTML: spans of blocks

    @property
    def cues(self) -> list[Rule | None]:
        """The rule that recognises each block as boilerplate."""
        return [RULES[cue] if cue >= 0 else None for cue in self.features.cues.tolist()] if self.features else []


def sheet_of_text(text: str, *, models: Models | None = None) -> Sheet:
    """Cut a plain text into lines; `models` are others than those that are shipped."""
    model = _model("plain", models)
    lines = lines_of(text)
    features = None
    if lines.texts:
        features = features_of_lines(lines.bodies, lines.after_blank, lines.markers, codes=model.codes)
    return Sheet("plain", lines.numbers, lines.texts, lines.bodies, [False] * len(lines.texts), model, features)


def sheet_of_layout(layout: Layout, said: Declared, *, models: Models | None = None) -> Sheet:
    """Take the blocks of a parsed page; `models` are others than those that are shipped."""
    model = _model("html", models)
    features = features_of_tree(layout, said, codes=model.codes) if layout.texts else None
    kinds = layout.elements[1, layout.frames].tolist()
    heads = [kind in _HEADINGS for kind in kinds]
    numbers = range(1, len(layout.texts) + 1)
    return Sheet("html", numbers, layout.texts, layout.texts, heads, model, features, layout.sign_ups)


def _model(kind: Kind, models: Models | None) -> Model:
    return (models or {}).get(kind) or model_for(kind)


def judge(sheet: Sheet, *, headline: str | None = None) -> tuple[Judged, ...]:
    """Judge every block of a page. Total, deterministic, linear in the length of the text.

    `headline` is the one that the page declares; a plain text's is looked for.
    """
    if sheet.features is None:
        return ()
    scores = scores_of(sheet.features, sheet.model)
    cues = sheet.cues
    rules = _rules(sheet, sheet.features, scores, cues, sheet.model.threshold)
    _drop_sign_ups(rules, sheet)
    place = _headline(sheet, sheet.features, rules, headline)
    if place is not None:
        rules[place] = Rule.HEADLINE
    keeps = [rule.keeps for rule in rules]
    # Where a rule overruled the score, what is left of that is half a chance at most.
    bounded = np.where(keeps, np.maximum(scores, 0.5), np.minimum(scores, 0.49)).round(4).tolist()
    left = [
        _left(text, rule) if keep else ("", rule) for text, rule, keep in zip(sheet.texts, rules, keeps, strict=True)
    ]
    kept, rules = [text for text, _ in left], [rule for _, rule in left]
    joins = _joins(sheet.features.parts, rules)
    return tuple(map(Judged, sheet.numbers, sheet.texts, kept, rules, bounded, joins))


def _joins(parts: Parts, rules: Sequence[Rule]) -> list[bool]:
    """Say which blocks stand on the line of the one before: the cells of a table's row but its first."""
    if not parts.tables:
        return [False] * len(rules)
    heads = {row for table in parts.tables for row in (table.first, *table.rows)}
    return [rule is Rule.TABLE and place not in heads for place, rule in enumerate(rules)]


def lines_of_judged(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Return the article's lines: one a kept block, but one a row of a table, with tabs between its cells."""
    lines: list[str] = []
    for block in judged:
        if block.joins:
            lines[-1] += f"\t{block.kept}"
        elif block.kept:
            lines.append(block.kept)
    return tuple(lines)


def _left(text: str, rule: Rule) -> tuple[str, Rule]:
    """Return what stays of a block that is kept, and the rule that says so."""
    return (text, rule) if rule is Rule.TABLE else operate(text, rule)


def _rules(
    sheet: Sheet, features: Features, scores: Scores, cues: Sequence[Rule | None], threshold: float
) -> list[Rule]:
    """Name for each block the rule that keeps or drops it."""
    columns = _columns(sheet.kind, features)
    chosen = choose(scores, cues, threshold, columns)
    tabled = tables_of(chosen, columns)
    likely = (chosen | tabled).tolist()
    first = likely.index(True) if True in likely else 0
    last = len(likely) - 1 - likely[::-1].index(True) if True in likely else -1
    shapes = _Shapes(features, cues)
    seen: set[str] = set()
    under_label = False
    passed = 0  # blocks since the label or what was kept below it
    rules = []
    for place, (keep, table, cue) in enumerate(zip(likely, tabled.tolist(), cues, strict=True)):
        rule = cue or (Rule.UNLIKELY if first < place < last else Rule.FAR_FROM_ARTICLE)
        under_label &= not keep or passed < LAPSE
        passed = 0 if keep else passed + 1
        if table:
            rule = Rule.TABLE
        elif keep:
            body = sheet.bodies[place]
            rule = Rule.REPEATED if body in seen else shapes.rule(place, under_label=under_label)
            if rule.keeps:
                seen.add(body)
            under_label &= rule is not Rule.PROSE
        elif cue is Rule.READ_ALSO:
            under_label |= shapes.is_label(place)
            passed = 0
        elif under_label and cue is None and place < last:
            rule = Rule.HEADLINE_LIST
        rules.append(rule)
    return rules


def _drop_sign_ups(rules: list[Rule], sheet: Sheet) -> None:
    """Drop what was kept of sign-up boxes, unless that is much of the page's text: then it is no box beside it.

    The classifier does not see it: what a rule says of a block is a feature of the blocks around it, too.
    """
    kept = [place for place, rule in enumerate(rules) if rule.keeps and rule is not Rule.TABLE]
    boxed = {place for first, end in sheet.sign_ups for place in range(first, end)}
    found = [place for place in kept if place in boxed or is_sign_up(sheet.bodies[place])]
    if not found:
        return
    counts = {place: len(sheet.texts[place].split()) for place in kept}
    if sum(counts[place] for place in found) <= SIGN_UP_SHARE * sum(counts.values()):
        for place in found:
            rules[place] = Rule.SUPPORT_BAR


def _columns(kind: Kind, features: Features) -> Columns:
    """Return what the choice asks of the blocks; HTML's `li` are menus and texts alike, so of lists it says none."""
    measures = features.measures
    return Columns(
        words=measures["words"].astype(np.float64),
        ends=measures["ends"] > 0,
        opens=measures["ends_colon"] > 0,
        listed=features.listed if kind == "plain" else np.zeros_like(features.listed),
        items=features.listed,
        styles=features.styles,
        parts=features.parts,
        inside=INSIDE[kind],
        beside=BESIDE[kind],
    )


class _Shapes:
    """Names the shape of the blocks that stay."""

    def __init__(self, features: Features, cues: Sequence[Rule | None]) -> None:
        self.cues = cues
        names = ("words", "ends", "ends_colon", "sentences")
        columns: list[list[float]] = [features.measures[name].tolist() for name in names]
        self.words, self.ends, self.colon, self.sentences = columns
        self.listed: list[bool] = features.listed.tolist()

    def is_label(self, place: int) -> bool:
        """Say whether a "read also" stands for itself, with headlines below it."""
        return self.words[place] <= LABEL or self.colon[place] > 0

    def rule(self, place: int, *, under_label: bool) -> Rule:
        """Name a block; below a "read also" only a paragraph is text again: headlines there may end in "?" or "!"."""
        count, closed = self.words[place], self.ends[place] > 0
        under_label = under_label and count <= ENTRY
        if self.sentences[place] * 30 >= count >= 25 or (closed and count >= (12 if under_label else 8)):
            return Rule.PROSE
        if under_label or closed:
            return Rule.HEADLINE_LIST if under_label else Rule.SHORT_TRUE_SENTENCE
        return self._open(place, count)

    def _open(self, place: int, count: float) -> Rule:
        """Name a block without end punctuation."""
        if self.colon[place]:
            return Rule.LEAD_IN
        if self.listed[place]:
            return Rule.LIST_OF_THE_TEXT
        if count >= 8:
            return Rule.UNCLOSED_PARAGRAPH
        return Rule.HEADING if count > LABEL or self.heads(place) else Rule.WIDGET_LABEL

    def heads(self, place: int) -> bool:
        """Say whether text stands right below a short line; a credit or a date between them does not count."""
        below = (at for at in range(place + 1, min(place + 4, len(self.words))) if self.cues[at] is None)
        after = next(below, None)
        return after is not None and bool(
            self.ends[after] or self.colon[after] or self.listed[after] or self.words[after] >= 12
        )


def _headline(sheet: Sheet, features: Features, rules: Sequence[Rule], declared: str | None) -> int | None:
    """Find the block of the headline: the declared one above the text, or in a plain text what reads like one."""
    kept = [place for place, rule in enumerate(rules) if rule.keeps]
    if not kept:
        return None
    if sheet.kind == "plain":
        return find_headline(sheet.texts, features.measures["words"].tolist(), sheet.cues, kept)
    own = words(declared or "")
    near = range(len(declared or "") // 2, 2 * len(declared or "") + 1)
    above = (place for place in range(kept[0] + 1) if own and len(sheet.texts[place]) in near)
    same = [place for place in above if words(sheet.texts[place]) == own]
    heads = [place for place in same if sheet.heads[place]]
    return (heads or same)[-1] if same else None
