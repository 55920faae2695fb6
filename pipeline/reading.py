"""Reading the topic `documents`, the same way for whoever reads it."""

from __future__ import annotations

from pipeline.document import Cleaned, Failure, Provenance
from pipeline.fields import digest
from pipeline.routes import PARTITION
from pipeline.topics import DOCUMENTS
from pipeline.wire import Malformed, decode

_ROUTES = {number: route for route, number in PARTITION.items()}


def read_document(value: bytes | None, *, partition: int, offset: int) -> Cleaned:
    """Read a record of `documents`; a broken one is a failure, with an id made of its bytes."""
    record: Cleaned | Malformed = decode(Cleaned, value)
    if not isinstance(record, Malformed):
        return record
    return Failure(
        url=f"kafka:{DOCUMENTS.name}/{partition}/{offset}",
        route=_ROUTES[partition],
        stage="dedupe",
        error=f"not a document: {record.error}",
        original_base64=value or b"",
        provenance=Provenance(page_id=digest(value or b""), topic=DOCUMENTS.name, partition=partition, offset=offset),
    )
