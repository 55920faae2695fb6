"""An explanation as text or as JSON lines.

On a terminal, dropped text is colored and struck out; in a pipe, signs mark it.
The HTML form shares `facts` and `summary`. `pipeline/document/explain/folding.py` folds long runs of dropped blocks.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.article.evidence import what_was_believed
from pipeline.document.explain.folding import fold, harmless, runs
from pipeline.records.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.document.explain.explain import Explained, Explanation

SHOWN_CHARACTERS = 400  # of one block on a terminal
_INDENT = 7
_FACTS = (
    ("headline", "headline"),
    ("author", "author"),
    ("date_published", "published"),
    ("date_modified", "modified"),
    ("in_language", "language"),
    ("canonical_url", "canonical URL"),
    ("publisher", "publisher"),
)


class Sheet(Protocol):
    """An output for explanations, page after page."""

    def page(self, where: str, explanation: Explanation) -> None:
        """Write the explanation of one page."""
        ...

    def failed(self, where: str, error: str) -> None:
        """Write the error of a page that could not be cleaned."""
        ...

    def close(self) -> None:
        """Write the rest, after the last page."""
        ...


def facts(explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    """Yield the facts of a page as (label, value, source). Control characters are removed from the values."""
    cleaned = explanation.cleaned
    if isinstance(cleaned, Document):
        for name, label in _FACTS:
            value = getattr(cleaned, name)
            text = ", ".join(value) if isinstance(value, tuple) else value or ""
            yield label, harmless(text), getattr(cleaned.sources, name) or ""
        if cleaned.identity is not None:
            yield "identity", harmless(what_was_believed(cleaned.identity)), ""
        yield "article", f"{cleaned.word_count:,} words, {len(cleaned.article_body):,} characters", ""
    else:
        yield "no article", harmless(": ".join(filter(None, (cleaned.reason, cleaned.detail)))), ""
    if cleaned.cleaning is not None and cleaned.cleaning.page_type is not None:
        yield "page type", f"{cleaned.cleaning.page_type}, article score {cleaned.cleaning.article_score:.2f}", ""
    if cleaned.cleaning is not None and cleaned.cleaning.confidence is not None:
        yield "confidence", f"{cleaned.cleaning.confidence:.2f}: the F1 of words to expect of this text", ""
    if cleaned.provenance.extractor:
        kept = "" if explanation.threshold is None else f", keeps blocks with a score of {explanation.threshold:g}+"
        yield "cleaned by", cleaned.provenance.extractor + kept, ""
    if cleaned.provenance.profile is not None:
        yield "host profile", f"version {cleaned.provenance.profile}", ""


def score_decided(block: Explained, threshold: float | None) -> bool:
    """Return whether the score alone explains why a block was kept or dropped."""
    if block.score is None or threshold is None:
        return True
    return (block.score >= threshold) == bool(block.kept) and block.kept in {"", block.text}


class Terminal:
    """Writes explanations as text to standard output."""

    def __init__(self, *, everything: bool) -> None:
        # A character that the terminal's encoding lacks must not end the command.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        self._console = Console(highlight=False, soft_wrap=True)
        self._shown = self._console.is_terminal and not self._console.is_dumb_terminal
        self._everything = everything
        self._first = True

    def page(self, where: str, explanation: Explanation) -> None:
        """Write the explanation of one page."""
        self._head(where)
        for label, value, source in facts(explanation):
            if value:
                self._hanging(f"{label:15}", Text(value).append(f"  [{source}]" if source else "", "dim"), "dim")
        if explanation.note:
            self._line(Text(explanation.note, "yellow"))
        if explanation.blocks:
            self._line(Text())
            for run in runs(explanation.blocks, everything=self._everything):
                if len(run) == 1:
                    self._block(run[0], explanation.threshold)
                else:
                    self._line(Text(" " * _INDENT + fold(run), "dim"))
            self._summary(explanation)
        sys.stdout.flush()

    def failed(self, where: str, error: str) -> None:
        """Write the error of a page that could not be cleaned."""
        self._head(where)
        self._hanging(f"{'failed':15}", Text(harmless(error), "red"), "dim")

    def close(self) -> None:
        """Do nothing: every page is written at once."""

    def _head(self, where: str) -> None:
        if not self._first:
            self._line(Text())
        self._first = False
        self._line(Text(f"── {harmless(where)} ──", "bold"))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _hanging(self, prefix: str, text: Text, style: str = "") -> None:
        """Write a text after a prefix. If it is wrapped, indent its further lines to the same column."""
        width = self._console.width - len(prefix)
        lines = text.wrap(self._console, width) if self._shown and width >= 20 else [text]
        for number, line in enumerate(lines):
            self._line(Text.assemble((prefix if not number else " " * len(prefix), style), line))

    def _block(self, block: Explained, threshold: float | None) -> None:
        mark, style = ("+", "bold green") if block.kept else ("-", "red")
        self._hanging(f"{block.number:5}{mark} ", self._text(block), style)
        decision = Text(block.rule, style)
        if block.score is not None:
            decision.append(f" {block.score:.2f}")
        if not score_decided(block, threshold):
            decision.append(f" · {block.why}", "yellow")
        for reason in block.reasons:
            decision.append(f" · {reason.contribution:+.1f}", "green" if reason.contribution > 0 else "red")
            decision.append(f" {reason.says}", "dim")
        self._hanging(" " * _INDENT, decision)

    def _text(self, block: Explained) -> Text:
        text = Text()
        for piece, stays in block.pieces:
            if stays:
                text.append(harmless(piece))
            elif self._shown:
                text.append(harmless(piece), "strike red" if block.kept else "strike dim")
            else:
                text.append(f"[-{harmless(piece)}-]" if block.kept else harmless(piece))
        if len(text) > SHOWN_CHARACTERS and not self._everything:
            whole = len(text)
            text.truncate(SHOWN_CHARACTERS)
            text.append(f" … ({whole:,} characters)", "dim")
        return text

    def _summary(self, explanation: Explanation) -> None:
        table = Table("rule", box=None, header_style="dim", pad_edge=False)
        for name in ("kept: lines", "characters", "dropped: lines", "characters"):
            table.add_column(name, justify="right")
        for row in summary(explanation):
            table.add_row(*row)
        self._line(Text())
        self._console.print(table)


def summary(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    """Yield a row for each rule: its name, lines and characters kept, lines and characters dropped."""
    for one in explanation.by_rule:
        counts = (one.kept_lines, one.kept_characters, one.dropped_lines, one.dropped_characters)
        yield one.rule, *(f"{count:,}" if count else "" for count in counts)


class JsonLines:
    """Writes one JSON line per block, and before them one line with the reason for a page without an article."""

    def page(self, where: str, explanation: Explanation) -> None:
        """Write the explanation of one page."""
        cleaned = explanation.cleaned
        if not isinstance(cleaned, Document):
            self._write({"page": where, "reason": cleaned.reason, "detail": cleaned.detail})
        elif not explanation.blocks:
            self._write({"page": where})
        for block in explanation.blocks:
            self._write({"page": where, **_row(block)})
        sys.stdout.buffer.flush()

    def failed(self, where: str, error: str) -> None:
        """Write the error of a page that could not be cleaned."""
        self._write({"page": where, "reason": "failed", "detail": error})

    def close(self) -> None:
        """Do nothing: every page is written at once."""

    def _write(self, row: dict[str, Any]) -> None:
        sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def _row(block: Explained) -> dict[str, Any]:
    return {
        "line": block.number,
        "text": block.text,
        "kept": block.kept,
        "rule": block.rule,
        "score": block.score,
        "why": block.why,
        "reasons": [
            {
                "name": one.name,
                "says": one.says,
                "feature": one.feature,
                "value": one.value,
                "contribution": round(one.contribution, 4),
            }
            for one in block.reasons
        ],
    }


__all__ = ["JsonLines", "Sheet", "Terminal", "facts", "summary"]
