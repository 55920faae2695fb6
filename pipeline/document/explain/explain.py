"""Explains a cleaned page: every block with the rule or score that decided, and the strongest reasons of its score.

The decisions are those of `clean`. The command and the web UI display them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import Judged, MeasuredPage, Models, judge, measure_layout, measure_text
from pipeline.document.classifier.model import Kind, model_of
from pipeline.document.clean import NOTHING, TREE_LIMIT, Extractor, clean
from pipeline.document.explain.reasons import ModelFile, Reason, model_file, reasons_of
from pipeline.document.metadata.choose import metadata_of
from pipeline.document.metadata.head import read_head
from pipeline.document.metadata.reservations import Obey
from pipeline.document.profile import Familiarity, Lesson, familiar
from pipeline.document.recurring import RULE as HOST_PROFILE
from pipeline.document.recurring import boilerplate_by_profile, lesson_of, without_recurring
from pipeline.document.rules.rule import Rule
from pipeline.page.forms.read import read_form
from pipeline.page.markup import start_tags, visible_text
from pipeline.page.opening import Opened, open_page
from pipeline.records.document import Document, Refusal
from pipeline.records.page import Page
from pipeline.records.page_type import ARTICLES, PageType
from pipeline.records.profile import Profile
from pipeline.records.url import web_url
from pipeline.text.normalise import tidied
from pipeline.text.plain import legible

BY_TRAFILATURA: Final = "trafilatura"
_NEITHER: Final = "the classifier kept nothing, and trafilatura, which was tried next, kept nothing either"
_BY_LINES: Final = f"the page has {TREE_LIMIT:,} elements or more, so it was cleaned as lines of text, not as a tree"
_WHY: Final = {
    Rule.REPEATED: "the same text occurs further up",
    Rule.CRAWLER_PREFIX: "kept without the text that a crawler added in front of it",
    Rule.TAIL_PROMPT: "kept without the prompt at its end",
    Rule.TABLE: "a cell of a table in the article",
    Rule.TAIL_CREDIT: "kept without the credit at its end",
    Rule.UNLIKELY: "its score is low, although it is inside the article",
    Rule.FAR_FROM_ARTICLE: "its score is low, and it is outside the article",
}
_WHY_DROPPED: Final = {  # for blocks that no rule recognizes by themselves
    Rule.HEADLINE_LIST: "no paragraph, and it is below a “read also”",
    Rule.WIDGET_LABEL: "a short line with no text below it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A block of a page with the decision about it; `kept` is always a piece of `text`."""

    number: int  # the number of the line in a plain text, of the block in HTML; both start at 1
    text: str
    kept: str  # "" if the block was dropped
    rule: str
    score: float | None  # the classifier's score, which a rule may overrule; None if the classifier was not used
    why: str  # how the rule or the score decided
    reasons: tuple[Reason, ...] = ()  # the reasons of the score, the strongest first
    joins: bool = False  # it continues the line of the block before it, as another cell of a table row

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text cut into pieces, each with whether it stays."""
        if not self.kept:
            return ((self.text, False),)
        start = max(0, self.text.find(self.kept))
        end = start + len(self.kept)
        pieces = ((self.text[:start], False), (self.text[start:end], True), (self.text[end:], False))
        return tuple(piece for piece in pieces if piece[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The lines and characters that one rule kept and dropped; a line of which a part stays counts as kept."""

    rule: str
    kept_lines: int = 0
    kept_characters: int = 0
    dropped_lines: int = 0
    dropped_characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A page with its explained blocks; there are none if the page could not be read."""

    cleaned: Document | Refusal
    blocks: tuple[Explained, ...] = ()
    threshold: float | None = None  # the lowest score with which a block stays
    note: str = ""  # anything unusual about the cleaning
    lesson: Lesson | None = None  # the page's lesson about its host

    @property
    def by_rule(self) -> tuple[Tally, ...]:
        """The sums of the blocks by rule: rules that keep come first, each group with the largest first."""
        tallies: dict[str, Tally] = {}
        for block in self.blocks:
            tally = tallies.get(block.rule) or Tally(rule=block.rule)
            tallies[block.rule] = replace(
                tally,
                kept_lines=tally.kept_lines + (bool(block.kept) and not block.joins),
                kept_characters=tally.kept_characters + len(block.kept),
                dropped_lines=tally.dropped_lines + (not block.kept),
                dropped_characters=tally.dropped_characters + len(block.text) - len(block.kept),
            )
        largest = sorted(
            tallies.values(), key=lambda each: (-each.kept_characters, -each.dropped_characters, each.rule)
        )
        return tuple(largest)


def explain(
    page: Page,
    *,
    extractor: Extractor = "blocks",
    most: int | None = 3,
    profile: Profile | None = None,
    model_files: Mapping[Kind, ModelFile] | None = None,
    obey: Obey = NOTHING,
    accept: frozenset[PageType] = ARTICLES,
) -> Explanation:
    """Clean a page and explain why each block stays or goes, with the `most` strongest reasons of its score.

    `profile` is the profile of the page's host. `model_files` are contents of model files that replace the shipped
    ones.
    """
    raw = page.raw
    models = {kind: model_of(dict(contents)) for kind, contents in model_files.items()} if model_files else None
    cleaned = clean(
        page,
        topic="",
        partition=0,
        offset=0,
        raw=raw,
        extractor=extractor,
        models=models,
        obey=obey,
        accept=accept,
    )
    opened = open_page(page, raw)
    if not isinstance(opened, Opened) or cleaned.cleaning is None:
        return Explanation(cleaned=cleaned)
    by_trafilatura = cleaned.provenance.extractor.startswith(BY_TRAFILATURA)
    if by_trafilatura and isinstance(cleaned, Document):
        return _with_profile(_chosen_by_trafilatura(cleaned, extractor), profile)
    if by_trafilatura and extractor == BY_TRAFILATURA:
        return Explanation(cleaned=cleaned, note="trafilatura kept nothing; it gives no reasons")
    by_tree = opened.html and start_tags(opened.text) < TREE_LIMIT
    measured, headline = _of_tree(opened.text, page, models) if by_tree else _of_lines(opened, models)
    blocks, threshold = _judged(measured, headline, model_files, most)
    note = _NEITHER if by_trafilatura else _BY_LINES if opened.html and not by_tree else ""
    return _with_profile(Explanation(cleaned=cleaned, blocks=blocks, threshold=threshold, note=note), profile)


def _chosen_by_trafilatura(cleaned: Document, extractor: Extractor) -> Explanation:
    """Return only the lines that trafilatura kept: it reports neither the dropped ones nor its reasons."""
    why = "chosen by trafilatura, which gives no reasons"
    blocks = tuple(
        Explained(number=number, text=line, kept=line, rule=BY_TRAFILATURA, score=None, why=why)
        for number, line in enumerate(cleaned.article_body.split("\n"), start=1)
    )
    cause = "CHISTOVIK_EXTRACTOR selects it" if extractor == BY_TRAFILATURA else "the classifier kept nothing"
    note = f"trafilatura chose these lines, because {cause}; dropped lines are not shown"
    return Explanation(cleaned=cleaned, blocks=blocks, note=note)


def _of_tree(text: str, page: Page, models: Models | None) -> tuple[MeasuredPage, str | None]:
    tree = LexborHTMLParser(text)
    head = read_head(tree, url=web_url(page.url))
    layout = layout_of(tree)
    measured = measure_layout(layout, head.texts, models=models)
    return measured, metadata_of(head, fetched_at=page.fetched_at, blocks=layout.texts).headline


def _of_lines(opened: Opened, models: Models | None) -> tuple[MeasuredPage, None]:
    text = unescape(visible_text(opened.text)) if opened.html else read_form(opened.text).text
    return measure_text(text, models=models), None


def _judged(
    measured: MeasuredPage, headline: str | None, model_files: Mapping[Kind, ModelFile] | None, most: int | None
) -> tuple[tuple[Explained, ...], float | None]:
    if measured.features is None:
        return (), None
    threshold = measured.model.threshold
    judged = judge(measured, headline=headline)
    contents = (model_files or {}).get(measured.kind) or model_file(measured.kind)
    reasons = reasons_of(measured.features, measured.model, contents, most=most)
    blocks = tuple(
        Explained(
            number=block.line,
            text=block.text,
            kept=block.kept,
            rule=block.rule,
            score=round(score, 4),
            why=_why(block, measured.kind, cue, high=score >= threshold),
            reasons=of_block,
            joins=block.joins,
        )
        for block, cue, score, of_block in zip(judged, measured.cues, reasons.scores, reasons.of_blocks, strict=True)
    )
    return blocks, threshold


def _why(block: Judged, kind: Kind, cue: Rule | None, *, high: bool) -> str:
    rule = block.rule
    if rule is Rule.HEADLINE:
        return (
            "the headline that the page declares" if kind == "html" else "reads like the headline of the text below it"
        )
    if rule in _WHY:
        return _WHY[rule]
    if rule.keeps:
        return (
            "its score is high enough"
            if high
            else "its score is low, but hardly any block of the page has a better one"
        )
    if rule is cue:
        return f"a rule recognizes it as {rule}, {'which overrules its score' if high else 'and its score is low'}"
    return _WHY_DROPPED.get(rule, f"dropped as {rule}, whatever its score")


def _with_profile(explanation: Explanation, profile: Profile | None) -> Explanation:
    """Add the lines that are dropped because the page's host repeats them, and the page's lesson about its host."""
    document = explanation.cleaned
    if not isinstance(document, Document) or (lesson := lesson_of(document)) is None:
        return explanation
    explanation = replace(explanation, lesson=lesson)
    if profile is None or not profile.version:
        return explanation
    known = familiar(profile, lesson)
    going = boilerplate_by_profile(document.article_body.split("\n"), lesson, known, headline=document.headline)
    return replace(
        explanation,
        cleaned=without_recurring(document, lesson, profile),
        blocks=_without(explanation.blocks, going, known),
    )


def _without(blocks: Sequence[Explained], going: frozenset[int], known: Sequence[Familiarity]) -> tuple[Explained, ...]:
    """Drop the blocks of the article's lines in `going`; a block of white space alone is no line of the article."""
    found, line = [], -1
    for block in blocks:
        stays = bool(tidied(legible((block.kept,))))
        line += stays and not block.joins
        if stays and line in going:
            often = known[line]
            why = f"occurs in {often.support} other articles of its host, {often.share:.0%} of those seen"
            found.append(replace(block, kept="", rule=HOST_PROFILE, why=why))
        else:
            found.append(block)
    return tuple(found)


__all__ = ["Explained", "Explanation", "Tally", "explain"]
