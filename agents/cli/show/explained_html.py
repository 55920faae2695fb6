"""Explanations as one HTML file without scripts or network access, for light and dark screens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agents.cli.show.explained import facts, summary
from pipeline.document.explain.folding import fold, harmless, runs
from pipeline.records.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.document.explain.explain import Explained, Explanation
    from pipeline.document.explain.reasons import Reason

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1d1f; --faint: #62666d; --rule: #d9dce1;
  --kept: #1a7f4b; --kept-paper: #eef8f2; --gone: #b3363e; --cut-paper: #fdecec; --note: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #e6e7e9; --faint: #9aa0a8; --rule: #34383e;
  --kept: #5fcf93; --kept-paper: #17271e; --gone: #f0858b; --cut-paper: #3a1e20; --note: #e2b45c } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; margin: 2.5rem 0 .75rem }
section:first-of-type h1 { margin-top: 1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem }
dt, .source, .n, .decision, th, caption, .legend { color: var(--faint) }
dd { margin: 0; overflow-wrap: anywhere }
.source, .decision, .legend, table, summary { font-size: .8125rem }
.source { border: 1px solid var(--rule); border-radius: .25rem; padding: 0 .3rem; margin-left: .4rem }
.note { color: var(--note) }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; border-block: 1px solid var(--rule); padding: .5rem 0 }
table { border-collapse: collapse; margin: 1rem 0 }
caption { text-align: left; padding-bottom: .25rem }
th { font-weight: normal }
th, td { text-align: right; padding: .1rem .9rem .1rem 0; font-variant-numeric: tabular-nums }
th:first-child, td:first-child { text-align: left }
.block { display: grid; grid-template-columns: 3.5rem 1fr; column-gap: .75rem; padding: .35rem .5rem;
  border-left: 3px solid var(--gone); margin-bottom: .25rem }
.kept { border-color: var(--kept); background: var(--kept-paper) }
.n { text-align: right; font-variant-numeric: tabular-nums }
.block p { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; white-space: pre-wrap }
.decision { grid-column: 2; display: flex; flex-wrap: wrap; gap: 0 .9rem; align-items: baseline }
del { color: var(--faint); text-decoration: line-through }
.kept del { background: var(--cut-paper); color: var(--gone) }
.bar { display: inline-block; width: 3rem; height: .45rem; border: 1px solid var(--rule); vertical-align: baseline }
.bar i { display: block; height: 100%; background: var(--gone) }
.kept .bar i { background: var(--kept) }
.rule, .against { color: var(--gone) }
.kept .rule, .for { color: var(--kept) }
summary { cursor: pointer; color: var(--faint); padding: .35rem .5rem }
""".strip()
# The page text is escaped. In case that ever fails, this policy forbids the browser to load anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
"""
_FOOT = "</main>\n</body>\n</html>\n"
_LEGEND = """<div class="legend">
<span><span class="for">▌</span>kept</span>
<span><span class="against">▌</span><del>dropped</del></span>
<span>score: 0 = surely boilerplate, 1 = surely article</span>
<span><span class="for">+1.2</span> reason to keep, <span class="against">−1.2</span> reason to drop (log-odds)</span>
</div>
"""
_COLUMNS = ("rule", "kept: lines", "characters", "dropped: lines", "characters")


class HtmlFile:
    """Collects the explanations of all pages and writes one file at the end."""

    def __init__(self, write: Callable[[bytes], object], *, everything: bool) -> None:
        self._write = write
        self._everything = everything
        self._sections: list[str] = []
        self._names: list[str] = []

    def page(self, where: str, explanation: Explanation) -> None:
        """Add the explanation of one page."""
        self._names.append(where)
        self._sections.append("".join(_section(where, explanation, everything=self._everything)))

    def failed(self, where: str, error: str) -> None:
        """Add the error of a page that could not be cleaned."""
        self._names.append(where)
        self._sections.append(
            f"<section>\n<h1>{_safe(where)}</h1>\n<p class='note'>failed: {_safe(error)}</p>\n</section>\n"
        )

    def close(self) -> None:
        """Write the file."""
        title = self._names[0] if len(self._names) == 1 else f"{len(self._names)} pages"
        head = _HEAD.format(policy=escape(_POLICY), title=_safe(f"{title} explained"), style=_STYLE)
        self._write((head + "".join(self._sections) + _FOOT).encode())


def _safe(text: str) -> str:
    return escape(harmless(text))


def _section(where: str, explanation: Explanation, *, everything: bool) -> Iterator[str]:
    cleaned = explanation.cleaned
    language = cleaned.in_language if isinstance(cleaned, Document) else "und"
    yield f"<section>\n<h1>{_safe(where)}</h1>\n<dl>\n"
    for label, value, source in facts(explanation):
        if value:
            shown = f' <span class="source">{_safe(source)}</span>' if source else ""
            yield f"<dt>{_safe(label)}</dt><dd>{_safe(value)}{shown}</dd>\n"
    yield "</dl>\n"
    if explanation.note:
        yield f'<p class="note">{_safe(explanation.note)}</p>\n'
    if explanation.blocks:
        yield from _table(explanation)
        yield _LEGEND
        yield f'<div lang="{_safe(language)}">\n'
        for run in runs(explanation.blocks, everything=everything):
            if len(run) > 1:
                yield f'<details>\n<summary lang="en">{_safe(fold(run))}</summary>\n'
            yield from map(_block, run)
            if len(run) > 1:
                yield "</details>\n"
        yield "</div>\n"
    yield "</section>\n"


def _table(explanation: Explanation) -> Iterator[str]:
    yield (
        "<table>\n<caption>Kept and dropped text by rule</caption>\n<tr>"
        + "".join(f"<th>{name}</th>" for name in _COLUMNS)
        + "</tr>\n"
    )
    for row in summary(explanation):
        yield "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>\n"
    yield "</table>\n"


def _block(block: Explained) -> str:
    text = "".join(_safe(piece) if stays else f"<del>{_safe(piece)}</del>" for piece, stays in block.pieces)
    decision = [f'<span class="rule">{_safe(block.rule)}</span>']
    if block.score is not None:
        decision.append(
            f'<span><span class="bar"><i style="width:{block.score:.0%}"></i></span> {block.score:.2f}</span>'
        )
    decision += [f"<span>{_safe(block.why)}</span>", *map(_reason, block.reasons)]
    return (
        f'<div class="block{" kept" if block.kept else ""}"><span class="n">{block.number}</span>'
        f'<p dir="auto">{text}</p><div class="decision" lang="en">{"".join(decision)}</div></div>\n'
    )


def _reason(reason: Reason) -> str:
    side = "for" if reason.contribution > 0 else "against"
    number = f"{reason.contribution:+.1f}".replace("-", "−")
    return f'<span title="{_safe(reason.feature)}"><span class="{side}">{number}</span> {_safe(reason.says)}</span>'


__all__ = ["HtmlFile"]
