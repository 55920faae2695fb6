"""Tells of many texts in one pass which may begin with one of a few words, so that patterns are tried on few of them.

It decides nothing: a text that may begin so is left to its pattern. Without a compiler that is every text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from pipeline import native

_HEAD: Final = 2  # letters of a word that are compared


class Beginnings:
    """The beginnings of the words with which a pattern that ignores the case begins."""

    def __init__(self, words: str) -> None:
        """Take the words, or their first two letters, with spaces between them."""
        self.heads: Final = frozenset(word[:_HEAD] for word in words.split())

    @cached_property
    def _compiled(self) -> native.rules.Heads:
        return native.rules.Heads(self.heads)

    def near(self, text: str, words: int = 1) -> bool:
        """Return whether one of a text's first words may be one of these; False is certain."""
        return self._compiled.near(text, words) if native.COMPILED else True

    def places(self, texts: Sequence[str], among: range, *, longest: int, digits: int = 0) -> list[int]:
        """Return which texts may begin with one of these words, or have so many digits; others surely do not.

        `longest` is the most characters of such a text. No number of digits is enough if `digits` is 0.
        """
        if native.COMPILED:
            return self._compiled.places(list(texts), among.start, among.stop, longest, digits)
        return [place for place in among if len(texts[place]) <= longest]
