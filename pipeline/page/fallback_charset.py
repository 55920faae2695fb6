"""Choose the charset of a page for which somebody names a fallback: what the page says of itself goes first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.page.charset import declared_charset, decoded, has_mark, is_utf8, known_charset
from pipeline.page.garbled import is_garbled

_XML = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
__all__ = ["Choice", "choose_charset", "is_garbled"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The charset to decode a page with; None leaves it to the page. `problem` says why a fallback was not used."""

    charset: str | None = None
    problem: str = ""


def choose_charset(raw: bytes, fallback: str | None, *, html: bool) -> Choice:
    """Return the charset of a page that comes without one; `fallback` is for pages that do not say.

    A byte-order mark, a declaration in the page that fits its bytes, and valid UTF-8 go before it. A fallback that
    makes the text unreadable is not used.
    """
    if fallback is None or has_mark(raw) or (b"\0" not in raw and is_utf8(raw)):
        return Choice()
    if html and (said := declared_charset(raw)) is not None and decoded(raw, said) is not None:
        return Choice()
    xml = _XML.match(raw)
    said = known_charset(xml[1].decode("ascii")) if xml else None
    if said is not None and decoded(raw, said) is not None:
        return Choice(said)
    name = known_charset(fallback)
    text = decoded(raw, name) if name else None
    if text is None:
        return Choice(problem=f"its bytes are not {fallback}")
    if is_garbled(text):
        return Choice(problem=f"in {fallback} its text would be unreadable")
    return Choice(fallback)
