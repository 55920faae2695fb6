"""Text made comparable: what a reader would call the same becomes the same characters.

Used for identity (exact duplicates) and nowhere for output: the article keeps its own spelling.
"""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u0301"))
_INVISIBLE = re.compile(f"[{''.join(map(chr, INVISIBLE))}]")
_RUN = re.compile(r"\s{2,}")
_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile("[a-z]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
# Latin letters that stand in for Cyrillic ones, in words that are otherwise Cyrillic.
_LOOKALIKES = str.maketrans("aceiopxykmthb", "асеіорхукмтнв")


def words(text: str) -> list[str]:
    """Split into case-folded words of letters and digits, in a form that near copies share.

    NFKC; ё as е; soft hyphens, zero-width characters and stress marks gone; Latin look-alikes in Cyrillic words made
    Cyrillic.
    """
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().replace("ё", "е")
    found = _WORD.findall(unicodedata.normalize("NFC", folded))
    if not (_CYRILLIC.search(folded) and _LATIN.search(folded)):
        return found
    return [word if word.isascii() else _one_script(word) for word in found]


def _one_script(word: str) -> str:
    if not (_LATIN.search(word) and _CYRILLIC.search(word)):
        return word
    return word.translate(_LOOKALIKES)


def tidy(line: str) -> str:
    """Join runs of white space inside a line to one space; a single no-break space stays what it is."""
    return _RUN.sub(" ", line).strip()
