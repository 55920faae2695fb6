"""Encode records to bytes and decode them: the only place that validates bytes from Kafka.

orjson encodes. pydantic decodes strictly, so that a malformed payload becomes a `Malformed` value, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import pybase64
from pydantic import TypeAdapter, ValidationError

LONGEST_ERROR = 500  # characters


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are not a valid record, with the first error found in them."""

    error: str


def encode(record: Any) -> bytes:
    """Write a record as JSON: RFC 3339 times in UTC with `Z`, bytes as base64."""
    return orjson.dumps(record, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def encode_sparse(record: Any) -> bytes:
    """Write a record without the fields that are None; for topics that keep many records. Otherwise like `encode`."""
    present = {each.name: value for each in fields(record) if (value := getattr(record, each.name)) is not None}
    return encode(present)


def decode(kind: Any, value: bytes | None) -> Any | Malformed:
    """Read a record of a kind: a record class, or a union of classes with `kind` or `event` as discriminator."""
    if value is None:
        return Malformed("the value is null")
    try:
        return adapter(kind).validate_json(value, strict=True)
    except ValidationError as error:
        return Malformed(_first(error))
    except RecursionError:
        return Malformed("JSON nested too deeply")


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the validator of a record class; it is built once per class."""
    return _adapter(kind)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def rfc3339(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, with `Z`."""
    try:
        time = time if time.tzinfo is UTC else time.astimezone(UTC)
    except OverflowError:  # in the years 1 and 9999 the time in UTC may be out of range
        return time.isoformat()
    return time.isoformat().removesuffix("+00:00") + "Z"


def read_time(text: str | None) -> datetime | None:
    """Read a time written by `rfc3339`; raise ValueError if it is not a time or has no offset."""
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return time


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return pybase64.b64encode_as_string(value)
    raise TypeError(f"no record holds a {type(value).__name__}")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = error.error_count() - 1
    what = " ".join(first["msg"].split())[:LONGEST_ERROR]  # the message may quote the payload
    return f"{where + ': ' if where else ''}{what}" + (f" (and {more} more)" if more else "")
