"""Read records of `pages` and decompress bodies that travel as the server compressed them, up to a limit.

Every reader of `pages` uses `read_page`, so that no other code meets a compressed page.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from pipeline import native
from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.page import Page, text_of
from pipeline.records.reason import Reason
from pipeline.records.wire import Malformed, decode

LARGEST = 64 << 20  # bytes, for readers that have no limit of their own


# A record as we write it, around the characters of its body.
_BEGINNING: Final = re.compile(rb'\{[^{\[\\]{0,20000}?,"body":"')
_END: Final = b'","body_base64":null,'
_LONGEST_END: Final = 20_000  # bytes
_WORTH: Final = 4_096  # bytes: a shorter record is read at once


def read_page(value: bytes | None, largest: int = LARGEST) -> Page | Malformed:
    """Read a record of `pages`; a compressed body may have at most `largest` bytes after decompression."""
    page: Page | Malformed | None = _with_body(value) if value is not None and native.COMPILED else None
    if page is None:
        page = decode(Page, value)
    return page if isinstance(page, Malformed) else unpacked(page, largest)


def _with_body(value: bytes) -> Page | None:
    """Read a record whose body is most of it, the body apart; None if that may differ from reading it at once.

    pydantic takes three times as long for the characters of a body. It still validates all else, as a record with an
    empty body. No string of JSON holds `","body` or `,"body`: a quotation mark inside is escaped. So these are what
    is between fields, unless the record is no JSON, which the rest or the body then shows.
    """
    beginning = _BEGINNING.match(value) if len(value) >= _WORTH else None
    end = value.rfind(_END) if beginning else -1
    if beginning is None or end < max(beginning.end(), len(value) - _LONGEST_END):
        return None
    before, after = beginning.group(), value[end:]
    if b'"body"' in after or b"\\u" in after:  # the last of two fields would count, however it is spelled
        return None
    body = native.page.unescaped(value, len(before), end)
    rest: Page | Malformed = Malformed("") if body is None else decode(Page, before + after)
    return replace(rest, body=body) if isinstance(rest, Page) and rest.body == "" else None


def unpacked(page: Page, largest: int = LARGEST) -> Page:
    """Return a page with its body decompressed, equal to the page that `page_of` makes from the original body.

    A body with more than `largest` bytes makes a refused page. A body that is not in its coding makes a failed page.
    """
    if page.content_coding is None:
        return page
    bare = replace(page, body_base64=None, content_coding=None, refused=Reason.TOO_LARGE, charset=None)
    unpacker = Unpacker(page.content_coding, largest)
    try:
        raw = b"".join(unpacker.take(page.body_base64 or b""))
        unpacker.end()
    except TooMuchError as error:
        return replace(bare, detail=f"{error} (CHISTOVIK_MAX_PAGE_BYTES)")
    except UnpackingError as error:
        return replace(bare, refused=None, failed=str(error))
    text = text_of(raw, page.charset)
    return replace(
        bare,
        refused=None,
        charset=page.charset if text is None else None,
        body=text,
        body_base64=raw if text is None else None,
    )
