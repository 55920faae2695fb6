"""What the duplicates of an article share: today the hash of its normalised text."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.page import digest
from pipeline.text import words


def text_hash(article_body: str) -> str:
    """Hash the words of a text: equal for copies that differ in white space, quotes, dashes, case or ё."""
    return hash_of(words(article_body))


def hash_of(found: Sequence[str]) -> str:
    """Hash the words of a text where they are at hand."""
    return digest(*(word.encode("utf-8", "surrogatepass") for word in found))
