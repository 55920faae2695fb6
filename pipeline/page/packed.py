"""Read records of `pages` and decompress bodies that travel as the server compressed them, up to a limit.

Every reader of `pages` uses `read_page`, so that no other code meets a compressed page.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.page import Page, text_of
from pipeline.records.reason import Reason
from pipeline.records.wire import Malformed, decode

LARGEST = 64 << 20  # bytes, for readers that have no limit of their own


def read_page(value: bytes | None, largest: int = LARGEST) -> Page | Malformed:
    """Read a record of `pages`; a compressed body may have at most `largest` bytes after decompression."""
    page: Page | Malformed = decode(Page, value)
    return page if isinstance(page, Malformed) else unpacked(page, largest)


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
