"""The features in a reader's words: what each measures, and with which others it is summed up.

A table only; a feature that is not in it is said by its name.
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

PAGE_WIDE: Final = "page"  # the kind of what is the same for all blocks
_STARTS: Final = ("a sign", "a capital", "a figure", "a small letter", "a quotation mark")
_LEVELS: Final = {"0": "its element", "1": "the element around", "2": "the second element around"}

# A template is formatted with the value as `v` and what the pattern found as 0, 1 …; of two the second is said where
# the value is above zero. "(s)" goes where the value is one.
Template = str | tuple[str, str] | Callable[..., str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a feature is said, and the kind of reasons that it belongs to."""

    kind: str
    template: Template
    found: tuple[str, ...] = ()

    def say(self, value: float) -> str:
        """Say what was measured."""
        template = self.template
        if isinstance(template, tuple):
            template = template[value > 0]
        said = template.format(*self.found, v=value) if isinstance(template, str) else template(value, *self.found)
        return said.replace("(s)", "" if value == 1 else "s")


def _name(value: float, name: str) -> str:
    return f"{name} = {value:.4g}"


def _per_sentence(value: float) -> str:
    return f"a sentence ends every {1 / value:.0f} words" if value > 0 else "no sentence ends in it"


def _per_comma(value: float) -> str:
    return f"a comma every {1 / value:.0f} words" if value > 0 else "no comma in it"


def _starts(value: float) -> str:
    return f"begins with {_STARTS[int(value)] if 0 <= value < len(_STARTS) else 'something else'}"


def _cue(value: float) -> str:
    return f"a rule knows it for {RULES[int(value)]}" if 0 <= value < len(RULES) else "no rule knows it for boilerplate"


def _blocks(value: float) -> str:
    return f"{abs(value):,.0f} block{'' if abs(value) == 1 else 's'}"


def _to_prose(value: float) -> str:
    if not value:
        return "stands in the run of prose"
    return f"stands {_blocks(value)} {'above' if value < 0 else 'below'} the run of prose"


def _off_prose(value: float) -> str:
    return f"stands {_blocks(value)} off the run of prose" if value else "stands in the run of prose"


def _in_prose(value: float) -> str:
    return f"stands in the run of prose, {value:.0%} into it" if value >= 0 else "stands outside the run of prose"


def _from_prose(value: float) -> str:
    return f"stands {_blocks(value)} {'above' if value < 0 else 'below'} where the run of prose begins"


def _side(value: float) -> str:
    return f"stands {'in' if not value else 'above' if value < 0 else 'below'} the run of prose"


def _since(what: str, where: str) -> Callable[[float], str]:
    return lambda value: f"no {what} {where}" if value >= NEVER else f"{_blocks(value)} from the nearest {what} {where}"


def _list_run(value: float) -> str:
    if value > 0:
        return f"one of {value:.0f} links or list items in a row" if value > 1 else "a single link or list item"
    return f"one of {-value:.0f} blocks in a row that are none" if value < -1 else "alone among links or list items"


def _copies(value: float) -> str:
    return f"stands {value:.0f} times on the page" if value > 1 else "stands once on the page"


def _of_said(part: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} of its words stand in the {part}" if value >= 0 else f"the page has no {part}"


def _size_of(part: str) -> Callable[[float], str]:
    return lambda value: f"{value:.0%} as long as the page's {part}" if value >= 0 else f"the page has no {part}"


def _element(value: float) -> str:
    return f"is a <{KINDS[int(value)]}>" if 0 <= value < len(KINDS) else "is of an unknown element"


def _parent(value: float) -> str:
    return f"inside a <{KINDS[int(value)]}>" if 0 <= value < len(KINDS) else "inside nothing"


def _hint(value: float, hint: str) -> str:
    if value >= FAR:
        return f"in no element named like “{hint}”"
    if not value:
        return f"its element is named like “{hint}”"
    return f"an element named like “{hint}” {value:.0f} level{'' if value == 1 else 's'} up"


def _of_level(template: str) -> Callable[..., str]:
    return lambda value, level: template.format(_LEVELS.get(level, f"element {level} up"), v=value)


def _beside(template: str | tuple[str, str]) -> Callable[..., str]:
    def say(value: float, step: str) -> str:
        side = "above" if step.startswith("-") else "below"
        if value < 0:
            return f"no block {side} it"
        where = f"the block {side}" if step[1:] == "1" else f"the block {step[1:]} further {side}"
        chosen = template[value > 0] if isinstance(template, tuple) else template
        return chosen.format(where, v=value)

    return say


def _reach(template: str) -> Callable[..., str]:
    return lambda value, side, reach: template.format(
        f"the {reach} blocks" if reach != "1" else "the block", "above" if side == "before" else "below", v=value
    )


def _to_container(value: float, share: str) -> str:
    where = "inside" if not value else f"{value:.0f} levels outside"
    return f"{where} the element that holds {float(share):.0%} of the prose"


def _from_title(value: float) -> str:
    if not value:
        return "says the page's title"
    if abs(value) >= NO_TITLE:
        return "no block says the page's title"
    return f"{abs(value):.0f} block(s) {'below' if value > 0 else 'above'} the one that says the page's title"


def _to_title(value: float) -> str:
    if value >= NO_LEVEL:
        return "no block says the page's title"
    return f"{value:.0f} levels around the page's title the element that holds both"


def _below_container(value: float, share: str) -> str:
    held = f"the element that holds {float(share):.0%} of the prose"
    return f"{value:.0f} levels below {held}" if value >= 0 else f"{-value:.0f} levels outside {held}"


def _child_of_container(value: float, share: str) -> str:
    return f"{'stands' if value else 'does not stand'} right in the element of {float(share):.0%} of the prose"


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
        "weight": "its length and its end weigh {v:.0f} words of article",
    },
    "wording": {
        "short_words": "{v:.0f} short word(s)",
        "short_share": "{v:.0%} of its words are short",
        "long_words": "{v:.0f} long word(s)",
        "word_length": "words of {v:.1f} letters",
        "dense": "{v:.0%} of it in a script without spaces",
    },
    "capitals": {
        "capitals": "{v:.0f} capitalised word(s)",
        "capital_share": "{v:.0%} of its words are capitalised",
        "starts": _starts,
    },
    "figures": {"digits": "{v:.0f} figure(s)", "digit_share": "{v:.0%} of it are figures"},
    "signs": {
        "commas": "{v:.0f} comma(s)",
        "per_comma": _per_comma,
        "colons": "{v:.0f} colon(s) or bracket(s)",
        "quotes": "{v:.0f} quotation mark(s)",
        "dashes": "{v:.0f} dash sign(s)",
        "bars": "{v:.0f} bar(s) or arrow(s)",
        "bar_share": "{v:.0%} of it are bars or arrows",
    },
    "rules": {
        "cue": _cue,
        r"cued_around_(\d+)": "rules know {v:.0f} of the blocks up to {0} away",
    },
    "comments": {
        "comments_before": ("no comments begin above", "{v:.0f} sign(s) of comments above"),
        "barriers_before": ("no comments begin above", "{v:.0f} sign(s) of comments above"),
        "since_comment": _since("sign of comments", "above"),
        "hint_comment": lambda value: _hint(value, "comment"),
    },
    "run of prose": {
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
    "place": {
        "place": "{v:.0%} down the page",
        "words_before": "{v:.0%} of the page's words stand above",
        "good_before": "{v:.0%} of the page's prose stand above",
        "likely_before": "{v:.0%} of the likely article stand above",
    },
    PAGE_WIDE: {
        "blocks": "a page of {v:,.0f} block(s)",
        "page_words": "a page of {v:,.0f} words",
        "good_of_page": "{v:.0%} of the page are prose",
        "cued_of_page": "rules know {v:.0%} of the page's blocks",
        "labels_of_page": "{v:.0%} of the page's blocks are labels of a word or some",
        "blank_share": "{v:.0%} of the page's lines have an empty one above",
        "span_weight": "a run of prose that weighs {v:,.0f} words",
        "run_words": "a run of prose of {v:,.0f} words",
        "run_share": "{v:.0%} of the prose are in one run",
        "likely_words": "{v:,.0f} words of the page are likely",
        "span_noise": "rules know {v:.0%} of the run of prose for boilerplate",
        "best_score": "the page's best first score is {v:.2f}",
        "likely_run": "a likely run of {v:,.0f} words",
        "likely_run_share": "{v:.0%} of what is likely are in one run",
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
        r"digit_share_at_([-+]\d)": _beside("{v:.0%} of {0} are figures"),
        r"capital_share_at_([-+]\d)": _beside("{v:.0%} of the words in {0} are capitalised"),
        r"starts_at_([-+]\d)": _beside("what {0} begins with"),
    },
    "bold": {"strong_share": "{v:.0%} of it is bold"},
    "line breaks": {
        "broken": ("its element ends it", "a line break ends it"),
        "after_blank": ("no empty line above", "an empty line above"),
        "before_blank": ("no empty line below", "an empty line below"),
    },
    "lists": {
        "marker": ("no list marker", "has a list marker"),
        "list_run": _list_run,
        "in_li": ("not inside a <li>", "inside a <li>"),
    },
    "repeats": {"copies": _copies},
    "title": {
        "in_title": _of_said("title"),
        "size_to_title": _size_of("title"),
        "from_title": _from_title,
        "to_title": _to_title,
    },
    "description": {
        "in_description": _of_said("description"),
        "size_to_description": _size_of("description"),
        "in_said_body": _of_said("JSON-LD"),
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
    "element around": {
        r"good_of_(\d)": _of_level("{v:.0%} of {0} is prose"),
        r"blocks_of_(\d)": _of_level("{v:.0f} block(s) in {0}"),
        r"words_of_(\d)": _of_level("{v:.0f} word(s) a block in {0}"),
        r"share_of_(\d)": _of_level("{v:.0%} of the page's prose in {0}"),
        r"to_container_([\d.]+)": _to_container,
        r"below_container_([\d.]+)": _below_container,
        r"child_of_container_([\d.]+)": _child_of_container,
    },
    "blocks of its style": {
        "alike": "{v:.0f} block(s) of its style",
        "words_of_alike": "{v:.0f} words in a block of its style",
        "good_of_alike": "{v:.0%} of its style is prose",
        "ends_of_alike": "{v:.0%} of its style end like sentences",
        "links_of_alike": "{v:.0%} of its style is link text",
        "share_of_alike": "{v:.0%} of the page's prose is of its style",
    },
    "its first score": {"score": "its first score was {v:.2f}"},
    "scores around": {
        r"score_at_([-+]\d)": _beside("{0} was scored {v:.2f} at first"),
        r"likely_(before|after)_(\d+)": _reach("{v:.0%} of the words in {0} {1} are likely"),
    },
}
_PATTERNS: Final = tuple(
    (re.compile(pattern), kind, template) for kind, said in _TABLE.items() for pattern, template in said.items()
)


@cache
def phrase_of(name: str) -> Phrase:
    """Return how a feature is said; the first pattern that fits counts."""
    for pattern, kind, template in _PATTERNS:
        if (found := pattern.fullmatch(name)) is not None:
            return Phrase(kind, template, found.groups())
    return Phrase(name, _name, (name,))


def is_said(name: str) -> bool:
    """Say whether a feature is in the table."""
    return phrase_of(name).template is not _name


__all__ = ["PAGE_WIDE", "Phrase", "is_said", "phrase_of"]
