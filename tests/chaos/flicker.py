"""A cleaning whose outcome for some pages changes between a page and its replay, as a learned host profile's may."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agents.clean.record import clean_record, failed_record

if TYPE_CHECKING:
    from agents.clean.record import CleanRecord
    from agents.stage.delivery import Delivery
    from pipeline.document.clean import Extractor
    from pipeline.document.metadata.reservations import Obey
    from pipeline.records.page_type import PageType

MARK = b"mertsanie"  # in the URL of the pages that flicker


def flickering_record(
    delivery: Delivery,
    max_page_bytes: int,
    max_record_bytes: int,
    extractor: Extractor,
    obey: Obey | None = None,
    accept: frozenset[PageType] | None = None,
) -> CleanRecord:
    """Clean a page; one that flickers fails every other time."""
    if MARK in (delivery.value or b"") and os.urandom(1)[0] % 2:
        return failed_record(delivery, "this time it failed", max_record_bytes)
    return clean_record(delivery, max_page_bytes, max_record_bytes, extractor, obey, accept)
