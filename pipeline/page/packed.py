"""Pages whose bodies travel as the server packed them: undone where a record is read, within bounds.

Whatever reads `pages` reads it here, so that no page in hand is packed.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.page import Page, text_of
from pipeline.records.reason import Reason
from pipeline.records.wire import Malformed, decode

LARGEST = 64 << 20  # bytes, where whoever reads has no limit of its own


def read_page(value: bytes | None, largest: int = LARGEST) -> Page | Malformed:
    """Read a record of `pages`; its body is at most `largest` bytes where it was packed."""
    page: Page | Malformed = decode(Page, value)
    return page if isinstance(page, Malformed) else unpacked(page, largest)


def unpacked(page: Page, largest: int = LARGEST) -> Page:
    """Undo the content coding of a page's body, which then travels on as `page_of` would have made it.

    One that unpacks to more than `largest` bytes is refused, one that is not in its coding has failed.
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
