"""The features in words: a phrase for each measurement, and the kind of reason that it belongs to.

This is a table only. A feature without an entry is shown by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from pipeline.document.blocks.tree import KINDS
from pipeline.document.features.ancestors import FAR, NO_LEVEL
from pipeline.document.features.compute import NEVER, NO_TITLE
from pipeline.document.rules.recognise import RULES

PAGE_WIDE: Final = "page"  # the kind of features that are equal for all blocks of a page
_STARTS: Final = ("a sign", "a capital letter", "a digit", "a small letter", "a quotation mark")
_LEVELS: Final = {"0": "its element", "1": "its parent element", "2": "its grandparent element"}

# A template is formatted with the value as `v` and with the groups of the pattern as 0, 1 … In a pair, the second
# text is for values above zero. "(s)" becomes "s" unless the value is shown as 1.
Template = str | tuple[str, str] | Callable[..., str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """The phrase for a feature, and the kind of reason that the feature belongs to."""

    kind: str
    template: Template
    found: tuple[str, ...] = ()

    def text_for(self, value: float) -> str:
        """Return the measurement in words."""
        template = self.template
        if isinstance(template, tuple):
            template = template[value > 0]
        text = template.format(*self.found, v=value) if isinstance(template, str) else template(value, *self.found)
        return text.replace("(s)", "" if f"{abs(value):.0f}" == "1" else "s")


def _name(value: float, name: str) -> str:
    return f"{name} = {value:.4g}"


def _per_sentence(value: float) -> str:
    return f"a sentence ends every {1 / value:.0f} words" if value > 0 else "no sentence ends in it"


def _per_comma(value: float) -> str:
    return f"a comma every {1 / value:.0f} words" if value > 0 else "no comma in it"


def _weight(value: float) -> str:
    return f"its length and end count as {abs(value):.0f} word(s) of {'article' if value >= 0 else 'boilerplate'}"


def _starts(value: float) -> str:
    return f"begins with {_STARTS[int(value)] if 0 <= value < len(_STARTS) else 'something else'}"


def _cue(value: float) -> str:
    return f"a rule recognizes it as {RULES[int(value)]}" if 0 <= value < len(RULES) else "no rule recognizes it"


def _blocks(value: float) -> str:
    return f"{abs(value):,.0f} block{'' if abs(value) == 1 else 's'}"


def _to_prose(value: float) -> str:
    if not value:
        return "inside the longest stretch of prose"
    return f"{_blocks(value)} {'above' if value < 0 else 'below'} the longest stretch of prose"


def _off_prose(value: float) -> str:
    return (
        f"{_blocks(value)} away from the longest stretch of prose" if value else "inside the longest stretch of prose"
    )


def _in_prose(value: float) -> str:
    return (
        f"inside the longest stretch of prose, at {value:.0%} of its length"
        if value >= 0
        else "outside the longest stretch of prose"
    )


def _from_prose(value: float) -> str:
    if not value:
        return "where the longest stretch of prose begins"
    return f"{_blocks(value)} {'above' if value < 0 else 'below'} the beginning of the longest stretch of prose"


def _side(value: float) -> str:
    return f"{'inside' if not value else 'above' if value < 0 else 'below'} the longest stretch of prose"


def _since(noun: str, where: str) -> Callable[[float], str]:
    return lambda value: f"no {noun} {where}" if value >= NEVER else f"{_blocks(value)} to the nearest {noun} {where}"


def _list_run(value: float) -> str:
    if value > 0:
        return f"one of {value:.0f} links or list items in a row" if value > 1 else "a single link or list item"
    if value < -1:
        return f"one of {-value:.0f} blocks in a row that are neither links nor list items"
    return "alone among links or list items"


def _copies(value: float) -> str:
    return f"occurs {value:.0f} times on the page" if value > 1 else "occurs once on the page"


def _words_in(part: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} of its words are in the {part}" if value >= 0 else f"the page has no {part}"


def _size_of(part: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} as long as the page's {part}" if value >= 0 else f"the page has no {part}"


def _element(value: float) -> str:
    return f"is a <{KINDS[int(value)]}>" if 0 <= value < len(KINDS) else "is an unknown element"


def _parent(value: float) -> str:
    return f"directly inside a <{KINDS[int(value)]}>" if 0 <= value < len(KINDS) else "has no parent element"


def _levels(value: float) -> str:
    return f"{value:.0f} level{'' if value == 1 else 's'}"


def _hint(value: float, hint: str) -> str:
    if value >= FAR:
        return f"in no element named like “{hint}”"
    if not value:
        return f"its element is named like “{hint}”"
    return f"in an element named like “{hint}”, {_levels(value)} up"


def _of_level(template: str) -> Callable[..., str]:
    return lambda value, level: template.format(_LEVELS.get(level, f"the element {level} levels up"), v=value)


def _beside(template: str | tuple[str, str]) -> Callable[..., str]:
    def text(value: float, step: str) -> str:
        side = "above" if step.startswith("-") else "below"
        if value < 0:
            return f"no block {side} it" if step[1:] == "1" else f"fewer than {step[1:]} blocks {side} it"
        where = f"the block {side}" if step[1:] == "1" else f"the block {step[1:]} places {side}"
        chosen = template[value > 0] if isinstance(template, tuple) else template
        return chosen.format(where, v=value)

    return text


def _starts_beside(value: float, step: str) -> str:
    side = "above" if step.startswith("-") else "below"
    return f"the block {side} {_starts(value)}" if value >= 0 else f"no block {side} it"


def _reach(template: str) -> Callable[..., str]:
    return lambda value, side, reach: template.format(
        f"the {reach} blocks" if reach != "1" else "the block", "above" if side == "before" else "below", v=value
    )


def _to_container(value: float, share: str) -> str:
    where = "inside" if not value else f"{_levels(value)} outside"
    return f"{where} the element that holds {float(share):.0%} of the prose"


def _from_title(value: float) -> str:
    if not value:
        return "repeats the page's title"
    if abs(value) >= NO_TITLE:
        return "no block repeats the page's title"
    return f"{_blocks(value)} {'below' if value > 0 else 'above'} the block with the page's title"


def _to_title(value: float) -> str:
    if value >= NO_LEVEL:
        return "no block repeats the page's title"
    return f"shares an element with the page's title, {_levels(value)} above the title"


def _below_container(value: float, share: str) -> str:
    container = f"the element that holds {float(share):.0%} of the prose"
    return f"{_levels(value)} below {container}" if value >= 0 else f"{_levels(-value)} outside {container}"


def _child_of_container(value: float, share: str) -> str:
    return f"{'' if value else 'not '}directly in the element that holds {float(share):.0%} of the prose"


def _shared(template: str) -> Callable[[float], str]:
    return lambda value: template.format(v=value) if value >= 0 else "it has no words to compare"


def _in_means(what: str) -> Callable[[float], str]:
    return lambda value: (
        f"{value:.1f} times as many {what} as in the main text on average"
        if value >= 0
        else "too few words to tell a theme by"
    )


def _from_heading(value: float) -> str:
    if value < 0:
        return "no heading above"
    return f"{_blocks(value)} below the nearest heading" if value else "is a heading"


def _of_heading(template: str | Callable[[float], str]) -> Callable[[float], str]:
    def text(value: float) -> str:
        if value < 0:
            return "no heading above that says more"
        return template.format(v=value) if isinstance(template, str) else f"the heading: {template(value)}"

    return text


_TABLE: Final[dict[str, dict[str, Template]]] = {
    "length": {
        "words": "{v:,.0f} word(s)",
        "characters": "{v:,.0f} character(s)",
        "letters": "{v:,.0f} letter(s)",
        "share_of_page": "{v:.0%} of the page's words",
        "share_of_good": "{v:.0%} of the page's prose",
        "of_biggest": "{v:.0%} of the longest paragraph",
    },
    "sentences": {
        "sentences": ("no sentence ends in it", "{v:.0f} sentence(s) in it"),
        "per_sentence": _per_sentence,
        "ends": ("does not end like a sentence", "ends like a sentence"),
        "ends_colon": ("no colon at its end", "ends in a colon"),
        "ends_dots": ("does not trail off", "trails off"),
        "weight": _weight,
    },
    "wording": {
        "short_words": "{v:.0f} short word(s)",
        "short_share": "{v:.0%} of its words are short",
        "long_words": "{v:.0f} long word(s)",
        "word_length": "words of {v:.1f} letters",
        "dense": "{v:.0%} of it in a script without spaces",
    },
    "capitals": {
        "capitals": "{v:.0f} capitalized word(s)",
        "capital_share": "{v:.0%} of its words are capitalized",
        "starts": _starts,
    },
    "digits": {"digits": "{v:.0f} digit(s)", "digit_share": "{v:.0%} of it are digits"},
    "signs": {
        "commas": "{v:.0f} comma(s)",
        "per_comma": _per_comma,
        "colons": "{v:.0f} colon(s) or bracket(s)",
        "quotes": "{v:.0f} quotation mark(s)",
        "dashes": "{v:.0f} hyphen(s) or dash sign(s)",
        "bars": "{v:.0f} bar(s) or arrow(s)",
        "bar_share": "{v:.0%} of it are bars or arrows",
    },
    "rules": {
        "cue": _cue,
        r"cued_around_(\d+)": "rules recognize {v:.0f} of the blocks up to {0} away",
    },
    "comments": {
        "comments_before": ("no comments begin above", "{v:.0f} sign(s) of comments above"),
        "barriers_before": ("no comments begin above", "{v:.0f} sign(s) of comments above"),
        "since_comment": _since("sign of comments", "above"),
        "hint_comment": lambda value: _hint(value, "comment"),
    },
    "stretch of prose": {
        "to_span": _to_prose,
        "in_span": _in_prose,
        "from_span_start": _from_prose,
        "to_run": _off_prose,
        "in_run": _in_prose,
        "side_of_run": _side,
        "to_likely_run": _to_prose,
        "in_likely_run": _in_prose,
        "since_good": _since("paragraph", "above"),
        "until_good": _since("paragraph", "below"),
    },
    "position": {
        "place": "{v:.0%} down the page",
        "words_before": "{v:.0%} of the page's words are above it",
        "good_before": "{v:.0%} of the page's prose is above it",
        "likely_before": "{v:.0%} of the likely article is above it",
    },
    PAGE_WIDE: {
        "blocks": "a page of {v:,.0f} block(s)",
        "page_words": "a page of {v:,.0f} words",
        "good_of_page": "{v:.0%} of the page is prose",
        "cued_of_page": "rules recognize {v:.0%} of the page's blocks",
        "labels_of_page": "{v:.0%} of the page's blocks are labels of a few words",
        "blank_share": "{v:.0%} of the page's lines have an empty line above",
        "span_weight": "the longest stretch of prose counts as {v:,.0f} words of article",
        "run_words": "the longest stretch of prose has {v:,.0f} words",
        "run_share": "{v:.0%} of the page's prose is in its longest stretch",
        "likely_words": "{v:,.0f} words of the page are likely article",
        "span_noise": "rules recognize {v:.0%} of the longest stretch of prose as boilerplate",
        "best_score": "the page's best first score is {v:.2f}",
        "likely_run": "a likely article of {v:,.0f} words in one piece",
        "likely_run_share": "{v:.0%} of the likely article is in one piece",
    },
    "links": {
        "link_share": "{v:.0%} of it is link text",
        "links_of_(0)": _of_level("{v:.0%} of {0} is link text"),
    },
    "links around": {
        r"links_(before|after)_(\d+)": _reach("{v:.0f} word(s) of links or list items in {0} {1}"),
        r"links_at_([-+]\d)": _beside("{v:.0%} of {0} is a link or list item"),
        r"links_of_([1-9])": _of_level("{v:.0%} of {0} is link text"),
    },
    "blocks around": {
        r"words_(before|after)_(\d+)": _reach("{v:.0f} word(s) in {0} {1}"),
        r"good_(before|after)_(\d+)": _reach("{v:.0f} word(s) of prose in {0} {1}"),
        r"ends_(before|after)_(\d+)": _reach("{v:.0f} of {0} {1} end like sentences"),
        r"words_at_([-+]\d)": _beside("{v:.0f} word(s) in {0}"),
        r"per_sentence_at_([-+]\d)": _beside(("no sentence ends in {0}", "sentences end in {0}")),
        r"ends_at_([-+]\d)": _beside(("{0} does not end like a sentence", "{0} ends like a sentence")),
        r"digit_share_at_([-+]\d)": _beside("{v:.0%} of {0} are digits"),
        r"capital_share_at_([-+]\d)": _beside("{v:.0%} of the words in {0} are capitalized"),
        r"starts_at_([-+]\d)": _starts_beside,
    },
    "bold": {"strong_share": "{v:.0%} of it is bold"},
    "line breaks": {
        "broken": ("ends with its element", "ends at a line break"),
        "after_blank": ("no empty line above", "an empty line above"),
        "before_blank": ("no empty line below", "an empty line below"),
    },
    "lists": {
        "marker": ("no list marker", "has a list marker"),
        "list_run": _list_run,
        "in_li": ("not inside a <li>", "inside a <li>"),
    },
    "repeats": {
        "copies": _copies,
        "repeated": _shared("{v:.0%} of its runs of words occur in another block"),
        "rhythm": ("the blocks around it repeat in no rhythm", "the blocks around it repeat in a rhythm, by {v:.2f}"),
    },
    "words in common": {
        "themed": _in_means("of its words are in other blocks of the main text"),
        "themed_around_5": _in_means("of the words around it are in other blocks of the main text"),
        "stems_(before|after)": lambda value, side: _in_means(
            f"of its words are in the blocks right {'above' if side == 'before' else 'below'}"
        )(value),
        "stems": "{v:.0f} long word(s)",
    },
    "the heading above": {
        "from_heading": _from_heading,
        "heading_words": _of_heading("a heading of {v:.0f} word(s) above"),
        "heading_cue": lambda value: f"{'a' if value >= 0 else 'no'} rule recognizes the heading above",
        "heading_kind": _of_heading(_element),
    },
    "title": {
        "in_title": _words_in("title"),
        "size_to_title": _size_of("title"),
        "from_title": _from_title,
        "to_title": _to_title,
    },
    "description": {
        "in_description": _words_in("description"),
        "size_to_description": _size_of("description"),
        "in_said_body": _words_in("JSON-LD text"),
    },
    "element": {
        "kind": _element,
        "parent_kind": _parent,
        "depth": "{v:.0f} level(s) deep",
        "in_(nav|header|footer|aside|article|main|table|form|figure|blockquote)": (
            "not inside a <{0}>",
            "inside a <{0}>",
        ),
    },
    "names of its elements": {"hint_(.+)": _hint},
    "elements around": {
        r"good_of_(\d)": _of_level("{v:.0%} of {0} is prose"),
        r"blocks_of_(\d)": _of_level("{v:.0f} block(s) in {0}"),
        r"words_of_(\d)": _of_level("{v:.0f} word(s) per block in {0}"),
        r"share_of_(\d)": _of_level("{v:.0%} of the page's prose is in {0}"),
        r"to_container_([\d.]+)": _to_container,
        r"below_container_([\d.]+)": _below_container,
        r"child_of_container_([\d.]+)": _child_of_container,
    },
    "blocks in its style": {
        "alike": "{v:.0f} block(s) in its style",
        "words_of_alike": "{v:.0f} word(s) per block in its style",
        "good_of_alike": "{v:.0%} of the text in its style is prose",
        "ends_of_alike": "{v:.0%} of the blocks in its style end like sentences",
        "links_of_alike": "{v:.0%} of the text in its style is link text",
        "share_of_alike": "{v:.0%} of the page's prose is in its style",
    },
    "its first score": {"score": "its first score was {v:.2f}"},
    "scores around": {
        r"score_at_([-+]\d)": _beside("{0} had a first score of {v:.2f}"),
        r"likely_(before|after)_(\d+)": _reach("{v:.0%} of the words in {0} {1} are likely article"),
    },
}
_PATTERNS: Final = tuple(
    (re.compile(pattern), kind, template) for kind, phrases in _TABLE.items() for pattern, template in phrases.items()
)


@cache
def phrase_of(name: str) -> Phrase:
    """Return the phrase for a feature; the first pattern that matches its name counts."""
    for pattern, kind, template in _PATTERNS:
        if (found := pattern.fullmatch(name)) is not None:
            return Phrase(kind, template, found.groups())
    return Phrase(name, _name, (name,))


def has_phrase(name: str) -> bool:
    """Return whether the table has an entry for a feature."""
    return phrase_of(name).template is not _name


__all__ = ["PAGE_WIDE", "Phrase", "has_phrase", "phrase_of"]
