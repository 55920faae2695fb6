"""Decides which blocks of a page are its article, and by which rule or score.

The classifier scores the blocks. `choice.py` drops a block that a rule recognizes, whatever its score; only the rules
in `DOUBTED` (`rules/rule.py`) leave it to the score. Blocks are measured in `blocks/measures.py`; `rules/trim.py`
cuts boilerplate off the ends of a kept block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipeline import native
from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import KINDS, Layout
from pipeline.document.classifier.beyond import without_beyond
from pipeline.document.classifier.choice import choose, tables_of
from pipeline.document.classifier.confidence import confidence, expected_f1
from pipeline.document.classifier.live import with_entries
from pipeline.document.classifier.model import Kind, Model, Scores, model_for, scores_of
from pipeline.document.classifier.naming import name_rules
from pipeline.document.classifier.series import KEEPS, name_series, with_series
from pipeline.document.features.compute import Features, features_of_lines, features_of_tree
from pipeline.document.features.parts import Parts
from pipeline.document.metadata.head import Declared
from pipeline.document.rules.headline import find_headline, needed
from pipeline.document.rules.recognise import CODE, RULES, Codes
from pipeline.document.rules.rule import Rule
from pipeline.document.rules.sign_up import is_sign_up, may_sign_up
from pipeline.document.rules.trim import may_trim, trim
from pipeline.text.normalise import normalised

__all__ = ["Decisions", "Judged", "MeasuredPage", "Rule", "decide", "judge", "measure_layout", "measure_text"]

Models = Mapping[Kind, Model]
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
class Decisions:
    """The decisions about the blocks of a page, one entry per block."""

    texts: Sequence[str]
    kept: Sequence[str]  # the part of each text that stays, "" for none
    rules: Codes
    joined: frozenset[int]  # the blocks that continue the line of the block before
    scores: Scores
    confidence: float = 0.0  # 0 to 1: the F1 of words that the text may be expected to have

    @property
    def lines(self) -> tuple[str, ...]:
        """The article's lines: one per kept block, and one per table row, with tabs between the cells."""
        if not self.joined:
            return tuple(filter(None, self.kept))
        lines: list[str] = []
        for place, kept in enumerate(self.kept):
            if place in self.joined:
                lines[-1] += f"\t{kept}"
            elif kept:
                lines.append(kept)
        return tuple(lines)

    @property
    def removed(self) -> Iterator[tuple[Rule, int, int]]:
        """Each rule that removed text, with the number of whole blocks and of characters that it removed."""
        lines, characters = np.zeros((2, len(RULES)), np.int64)
        if native.COMPILED:
            native.choice.sum_removed(list(self.texts), list(self.kept), self.rules, lines, characters)
        else:
            for text, kept, rule in zip(self.texts, self.kept, self.rules.tolist(), strict=True):
                if len(kept) < len(text):
                    lines[rule] += not kept
                    characters[rule] += len(text) - len(kept)
        for rule in np.flatnonzero(characters).tolist():
            yield RULES[rule], int(lines[rule]), int(characters[rule])


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
    layout: Layout | None = None  # HTML only

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
    return MeasuredPage("html", numbers, layout.texts, layout.texts, heads, model, features, layout.sign_ups, layout)


def _model(kind: Kind, models: Models | None) -> Model:
    return (models or {}).get(kind) or model_for(kind)


def decide(measured: MeasuredPage, *, headline: str | None = None) -> Decisions:
    """Decide on every block of a page. Never fails; deterministic; linear in the length of the text.

    `headline` is the one that an HTML page declares. In a plain text the headline is searched for.
    """
    if measured.features is None:
        return Decisions((), [], np.empty(0, np.int16), frozenset(), np.empty(0))
    features = measured.features
    scores = scores_of(features, measured.model)
    chosen = choose(measured.kind, features, measured.bodies, scores, measured.model.threshold)
    chosen, listed = with_entries(chosen, measured.texts, features, scores, measured.layout)
    if measured.kind == "plain":
        chosen, in_series = with_series(chosen, measured.texts, features, scores)
        chosen = without_beyond(chosen, measured.texts, features)
        listed = (in_series if listed is None else in_series | listed) & chosen
    rules = name_rules(measured.bodies, features, chosen, tables_of(chosen, features))
    if listed is not None:
        name_series(rules, listed, features)
    stays = _kept(rules)
    if _drop_sign_ups(rules, stays, measured, features.parts):
        stays = _kept(rules)
    place = _headline(measured, features, stays, headline)
    if place is not None:
        rules[place] = CODE[Rule.HEADLINE]
        stays = _kept(rules)
    kept = [""] * len(rules)
    whole = [measured.texts[place] for place in stays]
    for place, text, may in zip(stays, whole, may_trim(whole), strict=True):
        kept[place] = text
        if may:
            rule = RULES[rules[place]]
            kept[place], named = _trimmed(text, rule)
            rules[place] = CODE[named]
    estimate = expected_f1(scores, features.measures["words"], KEEPS[rules])
    sure = confidence(measured.kind, estimate)
    return Decisions(measured.texts, kept, rules, _joined(features.parts, rules), scores, sure)


def judge(measured: MeasuredPage, *, headline: str | None = None) -> tuple[Judged, ...]:
    """Return the decisions of `decide` block by block."""
    made = decide(measured, headline=headline)
    rules = [RULES[code] for code in made.rules.tolist()]
    # A score that a rule overruled becomes 0.5 or 0.49, on the side of the decision.
    scores = np.where(KEEPS[made.rules], np.maximum(made.scores, 0.5), np.minimum(made.scores, 0.49)).round(4)
    joins = [place in made.joined for place in range(len(rules))]
    return tuple(map(Judged, measured.numbers, measured.texts, made.kept, rules, scores.tolist(), joins))


def _kept(rules: Codes) -> list[int]:
    """Return the blocks that stay by their rules."""
    places: list[int] = KEEPS[rules].nonzero()[0].tolist()
    return places


def _joined(parts: Parts, rules: Codes) -> frozenset[int]:
    """Return the blocks that continue the line of the block before: all cells of a table row but the first."""
    if not parts.tables:
        return frozenset()
    heads = {row for table in parts.tables for row in (table.first, *table.rows)}
    return frozenset(np.flatnonzero(rules == CODE[Rule.TABLE]).tolist()) - heads


def _trimmed(text: str, rule: Rule) -> tuple[str, Rule]:
    """Return the part of a kept block that stays, and the rule for that; cells of tables stay whole."""
    return (text, rule) if rule is Rule.TABLE else trim(text, rule)


def _drop_sign_ups(rules: Codes, kept: Sequence[int], measured: MeasuredPage, parts: Parts) -> bool:
    """Drop kept blocks of sign-up boxes, unless they are much of the page's text: then they are the article.

    This runs after the classifier, because a cue of a block is a feature of the blocks around it as well. Return
    whether a block was dropped.
    """
    tabled = CODE[Rule.TABLE]
    kept = [place for place in kept if rules[place] != tabled] if parts.tables else kept
    boxed = {place for first, end in measured.sign_ups for place in range(first, end)}
    bodies = measured.bodies
    if boxed.isdisjoint(kept) and not may_sign_up([bodies[place] for place in kept]):
        return False
    found = [place for place in kept if place in boxed or is_sign_up(bodies[place])]
    if not found:
        return False
    counts = {place: len(measured.texts[place].split()) for place in kept}
    drops = sum(counts[place] for place in found) <= SIGN_UP_SHARE * sum(counts.values())
    if drops:
        rules[found] = CODE[Rule.SUPPORT_BAR]
    return drops


def _headline(measured: MeasuredPage, features: Features, kept: Sequence[int], declared: str | None) -> int | None:
    """Return the block of the headline: in HTML the declared one above the text, else a line that reads like one."""
    if not kept:
        return None
    if measured.kind == "plain":
        most = needed(kept)
        cues = [RULES[cue] if cue >= 0 else None for cue in features.cues[:most].tolist()]
        return find_headline(measured.texts, features.measures["words"][:most].tolist(), cues, kept)
    own = normalised(declared or "")
    if not own:
        return None
    least, most = len(declared or "") // 2, 2 * len(declared or "")
    above = enumerate(measured.texts[: kept[0] + 1])
    same = [place for place, text in above if least <= len(text) <= most and normalised(text) == own]
    heads = [place for place in same if measured.heads[place]]
    return (heads or same)[-1] if same else None
