"""The language of a cleaned text, as a BCP 47 tag."""

from __future__ import annotations

import re

import py3langid

SHORT = 60  # letters: below that any tag would be a guess
READ = 2000  # characters: more changes no answer and costs time
UNDETERMINED = "und"
_LETTER = re.compile(r"[^\W\d_]")
_WRITTEN_AS = {"yue": "zh", "wuu": "zh", "nb": "no"}  # Chinese is told apart by speech, not by newspapers


def language_of(text: str) -> str:
    """Name the language of a text (ISO 639-1); a short one is `und`."""
    head = text[:READ]
    if len(_LETTER.findall(head)) < SHORT:
        return UNDETERMINED
    tag = str(py3langid.classify(head)[0])
    return _WRITTEN_AS.get(tag, tag)
