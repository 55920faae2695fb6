"""Decides which blocks of a page are its article, and by which rule or score.

The classifier scores the blocks. `choice.py` drops a block that a rule recognizes, whatever its score; only the rules
in `DOUBTED` (`rules/rule.py`) leave it to the score. Blocks are measured in `blocks/measures.py`; `rules/trim.py`
cuts boilerplate off the ends of a kept block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import KINDS, Layout
from pipeline.document.classifier.choice import BESIDE, INSIDE, BlockFacts, choose, tables_of
from pipeline.document.classifier.model import Kind, Model, Scores, model_for, scores_of
from pipeline.document.features.compute import Features, features_of_lines, features_of_tree
from pipeline.document.features.parts import Parts
from pipeline.document.metadata.head import Declared
from pipeline.document.rules.headline import find_headline
from pipeline.document.rules.recognise import RULES
from pipeline.document.rules.rule import Rule
from pipeline.document.rules.sign_up import is_sign_up
from pipeline.document.rules.trim import trim
from pipeline.text.normalise import words

__all__ = ["Judged", "MeasuredPage", "Rule", "judge", "lines_of_judged", "measure_layout", "measure_text"]

Models = Mapping[Kind, Model]
LAPSE = 5  # blocks without a headline, after which a "read also" no longer applies
ENTRY = 40  # words: a longer block below a "read also" is no headline
LABEL = 4  # words: a longer "read also" has its headline in the same line
SIGN_UP_SHARE = 0.3  # the share of the kept words: if sign-up boxes have more, no box is dropped
_HEADINGS = frozenset(KINDS.index(f"h{level}") for level in range(1, 7))


class Judged(NamedTuple):
    """One block with the decision about it; `kept` is always a piece of `text`."""

    line: int  # 1-based number of the line in a plain text, of the block in HTML
    text: str  # the block as in the page, without white space at the ends
    kept: str  # the part that stays: "" if the block is dropped, shorter than `text` if an end was cut off
    rule: Rule  # the rule that decided
    score: float  # 0 surely boilerplate .. 1 surely article
    joins: bool = False  # it continues the line of the block before it: both are cells of one table row


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """A page cut into blocks and measured: the input of the classifier, for HTML and plain text alike."""

    kind: Kind
    numbers: Sequence[int]
    texts: Sequence[str]
    bodies: Sequence[str]  # the texts without list markers
    heads: Sequence[bool]  # the block is a heading element (HTML only)
    model: Model  # the model that the features were made for
    features: Features | None  # None if the page has no blocks
    sign_ups: tuple[tuple[int, int], ...] = ()  # boxes that ask for an e-mail address (HTML only): spans of blocks

    @property
    def cues(self) -> list[Rule | None]:
        """The rule that recognizes each block as boilerplate, None for other blocks."""
        return [RULES[cue] if cue >= 0 else None for cue in self.features.cues.tolist()] if self.features else []


def measure_text(text: str, *, models: Models | None = None) -> MeasuredPage:
    """Cut a plain text into lines and measure them; `models` replace the shipped ones."""
    model = _model("plain", models)
    lines = lines_of(text)
    features = None
    if lines.texts:
        features = features_of_lines(lines.bodies, lines.after_blank, lines.markers, codes=model.codes)
    return MeasuredPage("plain", lines.numbers, lines.texts, lines.bodies, [False] * len(lines.texts), model, features)


def measure_layout(layout: Layout, declared: Declared, *, models: Models | None = None) -> MeasuredPage:
    """Measure the blocks of a parsed HTML page; `models` replace the shipped ones."""
    model = _model("html", models)
    features = features_of_tree(layout, declared, codes=model.codes) if layout.texts else None
    kinds = layout.elements[1, layout.frames].tolist()
    heads = [kind in _HEADINGS for kind in kinds]
    numbers = range(1, len(layout.texts) + 1)
    return MeasuredPage("html", numbers, layout.texts, layout.texts, heads, model, features, layout.sign_ups)


def _model(kind: Kind, models: Models | None) -> Model:
    return (models or {}).get(kind) or model_for(kind)


def judge(measured: MeasuredPage, *, headline: str | None = None) -> tuple[Judged, ...]:
    """Decide on every block of a page. Never fails; deterministic; linear in the length of the text.

    `headline` is the one that an HTML page declares. In a plain text the headline is searched for.
    """
    if measured.features is None:
        return ()
    scores = scores_of(measured.features, measured.model)
    cues = measured.cues
    rules = _rules_of(measured, measured.features, scores, cues, measured.model.threshold)
    _drop_sign_ups(rules, measured)
    place = _headline(measured, measured.features, rules, headline)
    if place is not None:
        rules[place] = Rule.HEADLINE
    keeps = [rule.keeps for rule in rules]
    # A score that a rule overruled becomes 0.5 or 0.49, on the side of the decision.
    bounded = np.where(keeps, np.maximum(scores, 0.5), np.minimum(scores, 0.49)).round(4).tolist()
    trimmed = [
        _trimmed(text, rule) if keep else ("", rule)
        for text, rule, keep in zip(measured.texts, rules, keeps, strict=True)
    ]
    kept, rules = [text for text, _ in trimmed], [rule for _, rule in trimmed]
    joins = _joining(measured.features.parts, rules)
    return tuple(map(Judged, measured.numbers, measured.texts, kept, rules, bounded, joins))


def _joining(parts: Parts, rules: Sequence[Rule]) -> list[bool]:
    """Mark the blocks that continue the line of the block before: all cells of a table row but the first."""
    if not parts.tables:
        return [False] * len(rules)
    heads = {row for table in parts.tables for row in (table.first, *table.rows)}
    return [rule is Rule.TABLE and place not in heads for place, rule in enumerate(rules)]


def lines_of_judged(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Return the article's lines: one per kept block, and one per table row, with tabs between the cells."""
    lines: list[str] = []
    for block in judged:
        if block.joins:
            lines[-1] += f"\t{block.kept}"
        elif block.kept:
            lines.append(block.kept)
    return tuple(lines)


def _trimmed(text: str, rule: Rule) -> tuple[str, Rule]:
    """Return the part of a kept block that stays, and the rule for that; cells of tables stay whole."""
    return (text, rule) if rule is Rule.TABLE else trim(text, rule)


def _rules_of(
    measured: MeasuredPage, features: Features, scores: Scores, cues: Sequence[Rule | None], threshold: float
) -> list[Rule]:
    """Return for each block the rule that keeps or drops it."""
    facts = _facts_of(measured.kind, features)
    chosen = choose(scores, cues, threshold, facts)
    tabled = tables_of(chosen, facts)
    naming = _Naming(measured, features, cues, (chosen | tabled).tolist(), tabled.tolist())
    return [naming.rule(place) for place in range(len(cues))]


class _Naming:
    """Names the rule of one block after the other, from the top: some rules depend on the blocks above."""

    def __init__(
        self,
        measured: MeasuredPage,
        features: Features,
        cues: Sequence[Rule | None],
        stays: Sequence[bool],
        tabled: Sequence[bool],
    ) -> None:
        self.bodies, self.cues, self.stays, self.tabled = measured.bodies, cues, stays, tabled
        places = [place for place, keep in enumerate(stays) if keep]
        self.first, self.last = (places[0], places[-1]) if places else (0, -1)
        self.kept_rules = _KeptRules(features, cues)
        self.seen: set[str] = set()  # the bodies that were kept so far
        self.under_label = False  # headlines below a "read also" are expected
        self.passed = 0  # blocks since that label, or since the last kept block below it

    def rule(self, place: int) -> Rule:
        """Return the rule of the next block."""
        keep, cue = self.stays[place], self.cues[place]
        self.under_label &= not keep or self.passed < LAPSE
        self.passed = 0 if keep else self.passed + 1
        if self.tabled[place]:
            return Rule.TABLE
        if keep:
            return self._kept(place)
        if cue is Rule.READ_ALSO:
            self.under_label |= self.kept_rules.is_label(place)
            self.passed = 0
        elif self.under_label and cue is None and place < self.last:
            return Rule.HEADLINE_LIST
        return cue or (Rule.UNLIKELY if self.first < place < self.last else Rule.FAR_FROM_ARTICLE)

    def _kept(self, place: int) -> Rule:
        """Return the rule of a block that the choice keeps: it may still repeat another one or be a headline."""
        body = self.bodies[place]
        rule = Rule.REPEATED if body in self.seen else self.kept_rules.rule(place, under_label=self.under_label)
        if rule.keeps:
            self.seen.add(body)
        self.under_label &= rule is not Rule.PROSE
        return rule


def _drop_sign_ups(rules: list[Rule], measured: MeasuredPage) -> None:
    """Drop kept blocks of sign-up boxes, unless they are much of the page's text: then they are the article.

    This runs after the classifier, because a cue of a block is a feature of the blocks around it as well.
    """
    kept = [place for place, rule in enumerate(rules) if rule.keeps and rule is not Rule.TABLE]
    boxed = {place for first, end in measured.sign_ups for place in range(first, end)}
    found = [place for place in kept if place in boxed or is_sign_up(measured.bodies[place])]
    if not found:
        return
    counts = {place: len(measured.texts[place].split()) for place in kept}
    if sum(counts[place] for place in found) <= SIGN_UP_SHARE * sum(counts.values()):
        for place in found:
            rules[place] = Rule.SUPPORT_BAR


def _facts_of(kind: Kind, features: Features) -> BlockFacts:
    """Return the facts that the choice needs; none is `listed` in HTML, where menus and texts both use `li`."""
    measures = features.measures
    return BlockFacts(
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


class _KeptRules:
    """Names the rules of the blocks that stay, by their shape."""

    def __init__(self, features: Features, cues: Sequence[Rule | None]) -> None:
        self.cues = cues
        names = ("words", "ends", "ends_colon", "sentences")
        columns: list[list[float]] = [features.measures[name].tolist() for name in names]
        self.words, self.ends, self.colon, self.sentences = columns
        self.listed: list[bool] = features.listed.tolist()

    def is_label(self, place: int) -> bool:
        """Return whether a "read also" is a label on its own, with headlines below it."""
        return self.words[place] <= LABEL or self.colon[place] > 0

    def rule(self, place: int, *, under_label: bool) -> Rule:
        """Return the rule of a block. Below a "read also" a block must be longer: headlines may end in "?" or "!"."""
        count, closed = self.words[place], self.ends[place] > 0
        under_label = under_label and count <= ENTRY
        if self.sentences[place] * 30 >= count >= 25 or (closed and count >= (12 if under_label else 8)):
            return Rule.PROSE
        if under_label or closed:
            return Rule.HEADLINE_LIST if under_label else Rule.SHORT_TRUE_SENTENCE
        return self._open(place, count)

    def _open(self, place: int, count: float) -> Rule:
        """Return the rule of a block without end punctuation."""
        if self.colon[place]:
            return Rule.LEAD_IN
        if self.listed[place]:
            return Rule.LIST_OF_THE_TEXT
        if count >= 8:
            return Rule.UNCLOSED_PARAGRAPH
        return Rule.HEADING if count > LABEL or self.heads(place) else Rule.WIDGET_LABEL

    def heads(self, place: int) -> bool:
        """Return whether text follows right below a short line; a credit or a date between them is skipped."""
        below = (at for at in range(place + 1, min(place + 4, len(self.words))) if self.cues[at] is None)
        after = next(below, None)
        return after is not None and bool(
            self.ends[after] or self.colon[after] or self.listed[after] or self.words[after] >= 12
        )


def _headline(measured: MeasuredPage, features: Features, rules: Sequence[Rule], declared: str | None) -> int | None:
    """Return the block of the headline: in HTML the declared one above the text, else a line that reads like one."""
    kept = [place for place, rule in enumerate(rules) if rule.keeps]
    if not kept:
        return None
    if measured.kind == "plain":
        return find_headline(measured.texts, features.measures["words"].tolist(), measured.cues, kept)
    own = words(declared or "")
    near = range(len(declared or "") // 2, 2 * len(declared or "") + 1)
    above = (place for place in range(kept[0] + 1) if own and len(measured.texts[place]) in near)
    same = [place for place in above if words(measured.texts[place]) == own]
    heads = [place for place in same if measured.heads[place]]
    return (heads or same)[-1] if same else None
