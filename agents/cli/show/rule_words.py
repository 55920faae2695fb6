"""Names for people of the rules that remove lines: a noun for one line, and one for several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pipeline.document.recurring import RULE as RECURRING
from pipeline.document.rules.rule import Rule
from pipeline.page.forms.form import RULE as FORM

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS: Final[dict[str, tuple[str, str]]] = {
    Rule.SYMBOLS: ("line of symbols", "lines of symbols"),
    Rule.MARKUP: ("piece of markup", "pieces of markup"),
    Rule.MENU: ("menu", "menus"),
    Rule.TICKER: ("line of rates", "lines of rates"),
    Rule.DATE_BAR: ("date line", "date lines"),
    Rule.PAGINATION: ("page number line", "page number lines"),
    Rule.RUN_ON_HEADLINES: ("run of headlines", "runs of headlines"),
    Rule.SUPPORT_BAR: ("request to subscribe or donate", "requests to subscribe or donate"),
    Rule.SHARE_BAR: ("share button line", "share button lines"),
    Rule.READ_ALSO: ("“read also” line", "“read also” lines"),
    Rule.COMMENT_PROMPT: ("comment prompt", "comment prompts"),
    Rule.COMMENT_SIGNATURE: ("comment signature", "comment signatures"),
    Rule.WIDGET_LABEL: ("widget label", "widget labels"),
    Rule.CREDIT: ("photo credit", "photo credits"),
    Rule.LEGAL: ("legal notice", "legal notices"),
    Rule.HEADLINE_LIST: ("headline of another article", "headlines of other articles"),
    Rule.REPEATED: ("repeated line", "repeated lines"),
    Rule.FAR_FROM_ARTICLE: ("line outside the article", "lines outside the article"),
    Rule.UNLIKELY: ("line unlike the article", "lines unlike the article"),
    RECURRING: ("line that this host repeats", "lines that this host repeats"),
    FORM: ("line of the form", "lines of the form"),
    "trafilatura": ("line that trafilatura dropped", "lines that trafilatura dropped"),
    "json-ld": ("line that the JSON-LD article replaced", "lines that the JSON-LD article replaced"),
    "noscript": ("line that the text for no scripts replaced", "lines that the text for no scripts replaced"),
    "json": ("line that the text in a script replaced", "lines that the text in a script replaced"),
}
# These rules cut text off a line; the rest of the line stays.
_CUT: Final[dict[str, str]] = {
    Rule.CRAWLER_PREFIX: "a crawler's date before the text",
    Rule.TAIL_PROMPT: "a prompt after a paragraph",
    Rule.TAIL_CREDIT: "a credit after a paragraph",
    FORM: "marks of the form",
}


def removed_in_words(removed: Sequence[dict[str, Any]]) -> str:
    """Describe the removed lines, the most frequent rule first: "4 menus, 1 legal notice"."""
    most = sorted(removed, key=lambda one: (-one["lines"], one["rule"]))
    return ", ".join(_in_words(one["rule"], one["lines"]) for one in most) or "nothing"


def _in_words(rule: str, lines: int) -> str:
    if not lines:
        return _CUT.get(rule, f"part of a line ({rule})")
    one, several = WORDS.get(rule, (f"{rule} line", f"{rule} lines"))
    return f"{lines:,} {one if lines == 1 else several}"
