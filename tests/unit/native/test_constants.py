"""The constants that the compiled loops share with the Python modules have the same values."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline import native
from pipeline.document.blocks import attributes, measures, selectors, tree
from pipeline.document.classifier import choice, forest, model, naming, series
from pipeline.document.features import compute, rhythm, themes
from pipeline.document.page_type.kinds import shape
from pipeline.document.rules import headline, prefilter, trim
from pipeline.page.forms import read
from pipeline.text import figures, language, normalise, outline, tokens
from pipeline.verdict import lsh
from pipeline.verdict.segments import bloom, segment

SOURCES = sorted(path for path in Path(native.__file__).parent.iterdir() if path.suffix in {".pyx", ".pxd"})
BLOCK = re.compile(r"^cdef enum:(?: *#.*)?\n((?:    .*\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (\w+) = ([\w <]+?)(?: *#.*)?$", re.MULTILINE)


def constants() -> dict[str, int]:
    """Read the constants in the sources; each is a number or a shifted number."""
    found: dict[str, int] = {}
    for source in SOURCES:
        for block in BLOCK.findall(source.read_text("utf-8")):
            for name, value in ENTRY.findall(block):
                number, _, bits = value.partition(" << ")
                found[f"{source.stem}.{name}"] = int(number, 0) << int(bits or "0")
    return found


CLASSES = (
    *("LETTER", "UPPER", "DIGIT", "SPACE", "STOP", "COMMA", "COLON", "CLOSER", "DENSE", "BAR", "QUOTE", "DASH"),
    "ELLIPSIS",
)
MEASURED = (
    *("CHARACTERS", "WORDS", "SENTENCES", "COMMAS", "COLONS", "DIGITS", "BARS", "DIGIT_SHARE", "CAPITAL_SHARE", "ENDS"),
    *("ENDS_COLON", "ENDS_DOTS", "STARTS", "LETTERS"),
)
BITS = ("OPENS", "LABELS", "PHRASE", "RIGHTS", "MARKUP", "COPYRIGHT", "DATED", "TITLED", "UNREAD")

# The value of each in Python, and how selectors compare.
WAYS = {"ANY": None, "EQUAL": "=", "BEGINS": "^=", "WORD": "~=", "HOLDS": "*="}
SHARED = {
    "text.PLANE": tokens._PLANE,
    **{f"text.{name}": getattr(tokens, f"_{name}") for name in ("BETWEEN", "LETTER", "DIGIT", "SINGLE")},
    **{f"text.{name}": getattr(tokens, f"_{name}") for name in ("CLASS", "CAPITAL")},
    "text.STEM": tokens.STEM,
    "text.STOP": tokens._STOP,
    "text.BEGIN_BITS": 64 - int(tokens._BEGIN),
    "text.ASKED": normalise._ASKED,
    "text.DROPPED": normalise._DROPPED,
    "text.APART": ord(" "),
    "text.CONTEXT_SHIFT": 64 - figures.CONTEXT_BITS,
    "text.VALUE_SHIFT": 64 - figures.VALUE_BITS,
    "text.VALUE_BITS": figures.VALUE_BITS,
    **{
        f"kinds.{name}": getattr(shape, name) for name in ("LABEL", "PROSE", "LONG", "CARD_LEAST", "CARD_MOST", "CARDS")
    },
    "walk.BLOCK": tree._CODES["p"] & 0xFF,
    "walk.LINK": tree._CODES["a"],
    "walk.STRONG": tree._CODES["b"],
    "walk.BREAK": tree._CODES["br"],
    "walk.UNSEEN": tree._CODES["script"],
    "walk.TEXT": tree._CODES["-text"],
    "walk.SPAN": tree._CODES["span"],
    "walk.AS_BLOCK": attributes.AS_BLOCK,
    **{f"walk.{name}": selectors._WAYS.index(way) for name, way in WAYS.items()},
    **dict.fromkeys(("walk.FIELDS", "features.FIELDS"), len(tree._laid_out([], (), ()).elements)),
    **{f"blocks.{name}": getattr(measures, f"_{name}") for name in CLASSES},
    "blocks.CLASSES": len(measures._starts()),
    "blocks.CHARACTERS": len(measures._table()),
    "blocks.ROWS": len(measures.NAMES),
    **{f"rules.{name}": measures.NAMES.index(name.lower()) for name in MEASURED},
    "rules.PLANE": prefilter._PLANE,
    "rules.LONGEST_STEM": headline._STEM,
    "rules.FEWEST_LETTERS": headline._LEAST,
    "rules.DASH": trim._DASH,
    "rules.TAIL": trim._TAIL,
    "rules.LED": series.LED,
    **{f"text.{name}": getattr(read, name) for name in ("MARKDOWN", "NUMBERED", "RETURNS", "FEEDS")},
    **{f"seen.{name}": getattr(prefilter, name) for name in BITS},
    **{f"choice.{name}": getattr(choice, name) for name in ("GAP", "STEP", "FEW_WORDS", "FEW_BLOCKS", "LONG", "SHORT")},
    **{f"choice.{name}": getattr(naming, name) for name in ("LAPSE", "ENTRY", "LABEL", "SAID")},
    **{f"outline.{name}": getattr(outline, name) for name in ("ZONES", "STEMS", "LEAST_LEAD", "LEAD_WORDS")},
    "outline.PLACES": int(outline._PLACE),
    "columns.OF_PAGE": len(compute._OF_PAGE),
    "columns.OF_CUES": len(compute._OF_CUES) + 1,
    "columns.OF_SCORES": len(model._OF_SCORES),
    "columns.REACH": max(model._AROUND.values()),
    "columns.OF_HEADING": len(rhythm.NAMES),
    **{f"columns.{name}": getattr(rhythm, name) for name in ("LONGEST", "AROUND", "FEWEST")},
    **{
        f"themes.{name}": getattr(themes, name)
        for name in ("SHORTEST", "STEM", "DENSE", "NEAR", "AROUND", "GRAM", "FEWEST")
    },
    "themes.COLUMNS": len(themes.NAMES),
    "classifier.LEAVES": forest.MOST_LEAVES,
    "segments.WORDS": bloom.WORDS,
    "segments.PAGE": segment.PAGE,
    "segments.ROW_BITS": segment.ROW_BITS,
    "segments.KEY_AT": int(segment._KEY_AT),
    "segments.SPREAD": int(lsh._SPREAD),
}
# Python has no such constants, or a difference would change results (test_native.py, test_columns.py, test_words.py).
OWN = {
    *("text.LANGUAGES", "text.MULTIPLIER", "text.ROW_WORDS", "text.MOST_ENDS"),
    *("walk.KIND", "walk.COLUMNS", "walk.KNOWN", "walk.INLINE", "walk.MOST_STEPS", "walk.MOST_NAMES", "walk.PLACE"),
    *("walk.ELEMENT_NODE", "walk.TEXT_NODE", "outline.MOST_BINS", "columns.MOST_WORDS", "choice.STYLES"),
    *(f"choice.{name}" for name in ("FREE", "ALLOWED", "FIRM", "CHOSEN")),
    *(
        "blocks.ASCII",
        "kinds.TABLE",
        "kinds.SLOTS",
        "kinds.SETS",
        "kinds.OF_PAGE",
        "blocks.SYMBOLS",
        "blocks.NAME",
        "blocks.LANE",
        "blocks.FULL",
        "rules.SPACE",
        "rules.OF_WORD",
        "rules.DIGIT",
        "rules.SLOTS",
        "rules.CREDITED",
        "rules.ORDINAL",
        "rules.PLANE_GROUPS",
        "rules.CYRILLIC",
        "rules.BEYOND",
        "rules.LETTERS_OF_HEADS",
        "rules.IDEOGRAPHS",
        "rules.AFTER_IDEOGRAPHS",
    ),
    *(
        "classifier.ROWS",
        "classifier.LINE",
        "segments.MOST_KEYS",
        "spelling.JOINED",
        "spelling.SEEN",
        "spelling.TIDY",
        "spelling.SPLIT",
    ),
}


@pytest.mark.parametrize("name", SHARED)
def test_a_constant_that_is_written_twice_has_one_value(name: str) -> None:
    assert constants()[name] == SHARED[name]


def test_each_constant_is_compared_or_written_once() -> None:
    assert set(constants()) == {*SHARED, *OWN}
    assert not OWN & set(SHARED)


def test_a_tag_has_its_kind_above_the_bits_of_what_is_done_with_it() -> None:
    kind = constants()["walk.KIND"]
    assert {tree._CODES[name] >> kind for name in tree._BLOCKS} == set(map(tree._KIND.get, tree._BLOCKS))


def test_the_characters_that_no_reader_sees_are_those_of_the_text() -> None:
    source = (Path(native.__file__).parent / "spelling.pxd").read_text("utf-8")
    body = source[source.index("bint is_invisible") :].partition("\n\n")[0]
    written = {int(code, 16) for code in re.findall(r"0x[0-9A-F]+", body)} - {0x2000}
    between = set(range(0x200B, 0x200D + 1))
    assert written | between == set(normalise.INVISIBLE)


def test_languages_have_room() -> None:
    assert np.asarray(language._LOGS).shape[1] <= constants()["text.LANGUAGES"]
