"""Why a page's article is what it is: every block with the rule or score that decided, and its strongest reasons.

What is told here is what `clean` does; how it is shown is the shell's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import Judged, Models, Sheet, judge, sheet_of_layout, sheet_of_text
from pipeline.document.classifier.model import Kind, model_of
from pipeline.document.clean import TREE_LIMIT, Extractor, clean
from pipeline.document.explain.reasons import ModelFile, Reason, model_file, reasons_of
from pipeline.document.metadata.choose import metadata_of
from pipeline.document.metadata.head import read_head
from pipeline.document.profile import Familiarity, Lesson, familiar
from pipeline.document.recurring import RULE as HOST_PROFILE
from pipeline.document.recurring import boilerplate_by_profile, lesson_of, without_recurring
from pipeline.document.rules.rule import Rule
from pipeline.page.markup import start_tags, visible_text
from pipeline.page.opening import Opened, open_page
from pipeline.records.document import Document, Refusal
from pipeline.records.page import Page
from pipeline.records.profile import Profile
from pipeline.records.url import web_url
from pipeline.text.normalise import tidy

BY_TRAFILATURA: Final = "trafilatura"
_NEITHER: Final = "our classifier kept nothing, and trafilatura, which was asked then, nothing either"
_BY_LINES: Final = f"with {TREE_LIMIT:,} elements or more a page is judged by its lines, not by its tree"
_WHY: Final = {
    Rule.REPEATED: "stands further up already",
    Rule.CRAWLER_PREFIX: "kept without what a crawler wrote in front of it",
    Rule.TAIL_PROMPT: "kept without the prompt at its end",
    Rule.TABLE: "a cell of a table in the article",
    Rule.TAIL_CREDIT: "kept without the credit at its end",
    Rule.UNLIKELY: "its score is low, though it stands inside the article",
    Rule.FAR_FROM_ARTICLE: "its score is low, and it stands outside the article",
}
_WHERE: Final = {  # of those that no rule knows by themselves
    Rule.HEADLINE_LIST: "no paragraph, and it stands below a “read also”",
    Rule.WIDGET_LABEL: "a short line with no text below it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A block of a page with what decided on it; `kept` is always a piece of `text`."""

    number: int  # of the line in a plain text, of the block in HTML, both from 1
    text: str
    kept: str  # "" when dropped
    rule: str
    score: float | None  # the classifier's, which a rule may outweigh; None where it was not asked
    why: str  # how the rule or the score decided
    reasons: tuple[Reason, ...] = ()  # of the score, the strongest first
    joins: bool = False  # it stands on the line of the block before it, as a cell of a table's row does

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """Cut the text into pieces, each with whether it stays."""
        if not self.kept:
            return ((self.text, False),)
        start = max(0, self.text.find(self.kept))
        end = start + len(self.kept)
        pieces = ((self.text[:start], False), (self.text[start:end], True), (self.text[end:], False))
        return tuple(piece for piece in pieces if piece[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one rule kept and dropped; a line that was cut counts as kept."""

    rule: str
    kept_lines: int = 0
    kept_characters: int = 0
    dropped_lines: int = 0
    dropped_characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A page with its blocks; none where the page was not read."""

    cleaned: Document | Refusal
    blocks: tuple[Explained, ...] = ()
    threshold: float | None = None  # the score from which on a block stays
    note: str = ""  # what is unusual about how it was cleaned
    lesson: Lesson | None = None  # what the page teaches about its host

    @property
    def by_rule(self) -> tuple[Tally, ...]:
        """Sum up the blocks by rule: what keeps first, the largest first."""
        tallies: dict[str, Tally] = {}
        for block in self.blocks:
            one = tallies.get(block.rule) or Tally(rule=block.rule)
            tallies[block.rule] = replace(
                one,
                kept_lines=one.kept_lines + (bool(block.kept) and not block.joins),
                kept_characters=one.kept_characters + len(block.kept),
                dropped_lines=one.dropped_lines + (not block.kept),
                dropped_characters=one.dropped_characters + len(block.text) - len(block.kept),
            )
        largest = sorted(tallies.values(), key=lambda one: (-one.kept_characters, -one.dropped_characters, one.rule))
        return tuple(largest)


def explain(
    page: Page,
    *,
    extractor: Extractor = "blocks",
    most: int | None = 3,
    profile: Profile | None = None,
    said: Mapping[Kind, ModelFile] | None = None,
) -> Explanation:
    """Clean a page and tell why each of its blocks stays or goes, with the `most` strongest reasons of its score.

    `profile` is what is known of its host, `said` the files of other models than those that are shipped.
    """
    raw = page.raw
    models = {kind: model_of(dict(one)) for kind, one in said.items()} if said else None
    cleaned = clean(page, topic="", partition=0, offset=0, raw=raw, extractor=extractor, models=models)
    opened = open_page(page, raw)
    if not isinstance(opened, Opened) or cleaned.cleaning is None:
        return Explanation(cleaned=cleaned)
    by_trafilatura = cleaned.provenance.extractor.startswith(BY_TRAFILATURA)
    if by_trafilatura and isinstance(cleaned, Document):
        return _with_profile(_chosen_by_trafilatura(cleaned, extractor), profile)
    if by_trafilatura and extractor == BY_TRAFILATURA:
        return Explanation(cleaned=cleaned, note="trafilatura kept nothing, and does not say why")
    by_tree = opened.html and start_tags(opened.text) < TREE_LIMIT
    sheet, headline = _of_tree(opened.text, page, models) if by_tree else _of_lines(opened, models)
    blocks, threshold = _judged(sheet, headline, said, most)
    note = _NEITHER if by_trafilatura else _BY_LINES if opened.html and not by_tree else ""
    return _with_profile(Explanation(cleaned=cleaned, blocks=blocks, threshold=threshold, note=note), profile)


def _chosen_by_trafilatura(cleaned: Document, asked: Extractor) -> Explanation:
    """Show only what trafilatura kept: it tells neither what it dropped nor why."""
    why = "trafilatura chose it, and does not say why"
    blocks = tuple(
        Explained(number=number, text=line, kept=line, rule=BY_TRAFILATURA, score=None, why=why)
        for number, line in enumerate(cleaned.article_body.split("\n"), start=1)
    )
    asked_for = "as CHISTOVIK_EXTRACTOR says" if asked == BY_TRAFILATURA else "because our classifier kept nothing"
    note = f"trafilatura chose these lines, {asked_for}; what it dropped is not shown"
    return Explanation(cleaned=cleaned, blocks=blocks, note=note)


def _of_tree(text: str, page: Page, models: Models | None) -> tuple[Sheet, str | None]:
    tree = LexborHTMLParser(text)
    head = read_head(tree, url=web_url(page.url))
    sheet = sheet_of_layout(layout_of(tree), head.texts, models=models)
    return sheet, metadata_of(head, fetched_at=page.fetched_at).headline


def _of_lines(opened: Opened, models: Models | None) -> tuple[Sheet, None]:
    text = unescape(visible_text(opened.text)) if opened.html else opened.text
    return sheet_of_text(text, models=models), None


def _judged(
    sheet: Sheet, headline: str | None, said: Mapping[Kind, ModelFile] | None, most: int | None
) -> tuple[tuple[Explained, ...], float | None]:
    if sheet.features is None:
        return (), None
    threshold = sheet.model.threshold
    judged = judge(sheet, headline=headline)
    reasons = reasons_of(sheet.features, sheet.model, (said or {}).get(sheet.kind) or model_file(sheet.kind), most=most)
    blocks = tuple(
        Explained(
            number=block.line,
            text=block.text,
            kept=block.kept,
            rule=block.rule,
            score=round(score, 4),
            why=_why(block, sheet.kind, cue, high=score >= threshold),
            reasons=of_block,
            joins=block.joins,
        )
        for block, cue, score, of_block in zip(judged, sheet.cues, reasons.scores, reasons.of_blocks, strict=True)
    )
    return blocks, threshold


def _why(block: Judged, kind: Kind, cue: Rule | None, *, high: bool) -> str:
    rule = block.rule
    if rule is Rule.HEADLINE:
        return "the headline that the page declares" if kind == "html" else "reads like the headline of the text below"
    if rule in _WHY:
        return _WHY[rule]
    if rule.keeps:
        return "its score is high enough" if high else "its score is low, but hardly a block here has a better one"
    if rule is cue:
        return f"a rule knows it for {rule}, {'which outweighs its score' if high else 'and its score is low'}"
    return _WHERE.get(rule, f"goes as {rule}, whatever its score")


def _with_profile(explanation: Explanation, profile: Profile | None) -> Explanation:
    """Tell what goes because the page's host repeats it, and what the page itself teaches of the host."""
    document = explanation.cleaned
    if not isinstance(document, Document) or (lesson := lesson_of(document)) is None:
        return explanation
    explanation = replace(explanation, lesson=lesson)
    if profile is None or not profile.version:
        return explanation
    known = familiar(profile, lesson)
    going = boilerplate_by_profile(document.article_body.split("\n"), known, headline=document.headline)
    return replace(
        explanation,
        cleaned=without_recurring(document, lesson, profile),
        blocks=_without(explanation.blocks, going, known),
    )


def _without(blocks: Sequence[Explained], going: frozenset[int], known: Sequence[Familiarity]) -> tuple[Explained, ...]:
    """Drop the blocks of the article's lines that go; a block that is all white space made no line."""
    found, line = [], -1
    for block in blocks:
        stays = bool(tidy(block.kept))
        line += stays and not block.joins
        if stays and line in going:
            often = known[line]
            why = f"stands on {often.support} other articles of its host, {often.share:.0%} of those seen"
            found.append(replace(block, kept="", rule=HOST_PROFILE, why=why))
        else:
            found.append(block)
    return tuple(found)


__all__ = ["Explained", "Explanation", "Tally", "explain"]
