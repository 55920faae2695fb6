"""The numbers that the compiled loops share with the modules of Python are the same in both."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline import figures, forest, glance, headline, language, layout, measures, native, text, tokens

SOURCES = sorted(path for path in Path(native.__file__).parent.iterdir() if path.suffix in {".pyx", ".pxd"})
BLOCK = re.compile(r"^cdef enum:(?: *#.*)?\n((?:    .*\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (\w+) = ([\w <]+?)(?: *#.*)?$", re.MULTILINE)


def constants() -> dict[str, int]:
    """Read the constants of the sources; each is a number, or one shifted."""
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

# What each is in Python.
SHARED = {
    "text.PLANE": tokens._PLANE,
    **{f"text.{name}": getattr(tokens, f"_{name}") for name in ("BETWEEN", "DIGIT", "SINGLE", "CLASS", "CAPITAL")},
    "text.STOP": tokens._STOP,
    "text.BEGIN_BITS": 64 - int(tokens._BEGIN),
    "text.ASKED": text._ASKED,
    "text.DROPPED": text._DROPPED,
    "text.APART": ord(" "),
    "text.CONTEXT_SHIFT": 64 - figures.CONTEXT_BITS,
    "text.VALUE_SHIFT": 64 - figures.VALUE_BITS,
    "text.VALUE_BITS": figures.VALUE_BITS,
    "blocks.BLOCK": layout._CODES["p"] & 0xFF,
    "blocks.LINK": layout._CODES["a"],
    "blocks.STRONG": layout._CODES["b"],
    "blocks.BREAK": layout._CODES["br"],
    "blocks.UNSEEN": layout._CODES["script"],
    "blocks.TEXT": layout._CODES["-text"],
    "blocks.FIELDS": len(layout._laid_out([], (), ()).elements),
    **{f"blocks.{name}": getattr(measures, f"_{name}") for name in CLASSES},
    "blocks.CLASSES": len(measures._starts()),
    "blocks.CHARACTERS": len(measures._table()),
    "blocks.ROWS": len(measures.NAMES),
    **{f"rules.{name}": measures.NAMES.index(name.lower()) for name in MEASURED},
    "rules.PLANE": glance._PLANE,
    "rules.LONGEST_STEM": headline._STEM,
    "rules.FEWEST_LETTERS": headline._FEWEST,
    **{f"seen.{name}": getattr(glance, name) for name in BITS},
    "classifier.ROWS": forest._ROWS,
    "classifier.LEAVES": forest.MOST_LEAVES,
}
# Nothing of Python has these, or the results would differ (test_native.py and its sisters).
OWN = {
    *("text.LANGUAGES", "text.AHEAD", "text.MULTIPLIER", "blocks.KIND", "blocks.COLUMNS", "blocks.KNOWN"),
    *("blocks.ASCII", "rules.SPACE", "rules.OF_WORD", "rules.DIGIT", "rules.SLOTS", "rules.CREDITED", "rules.ORDINAL"),
    *("spelling.JOINED", "spelling.SEEN", "spelling.TIDY"),
}


@pytest.mark.parametrize("name", SHARED)
def test_a_constant_that_stands_twice_is_the_same(name: str) -> None:
    assert constants()[name] == SHARED[name]


def test_each_constant_is_compared_or_stands_once() -> None:
    assert set(constants()) == {*SHARED, *OWN}
    assert not OWN & set(SHARED)


def test_a_tag_has_its_kind_above_the_bits_of_what_is_done_with_it() -> None:
    kind = constants()["blocks.KIND"]
    assert {layout._CODES[name] >> kind for name in layout._BLOCKS} == set(map(layout._KIND.get, layout._BLOCKS))


def test_the_characters_that_no_reader_sees_are_those_of_the_text() -> None:
    source = (Path(native.__file__).parent / "spelling.pxd").read_text("utf-8")
    body = source[source.index("bint is_invisible") :].partition("\n\n")[0]
    written = {int(code, 16) for code in re.findall(r"0x[0-9A-F]+", body)} - {0x2000}
    between = set(range(0x200B, 0x200D + 1))
    assert written | between == set(text.INVISIBLE)


def test_languages_have_room() -> None:
    assert np.asarray(language._LOGS).shape[1] <= constants()["text.LANGUAGES"]
