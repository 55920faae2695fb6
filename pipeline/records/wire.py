"""Records to bytes and back: the one place where bytes are believed.

Encoded with orjson; decoded strictly, so that a poison payload becomes a `Malformed` value and never an exception.
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
    """Bytes that are not the record they should be, and the first thing that is wrong with them."""

    error: str


def encode(record: Any) -> bytes:
    """Write a record as JSON: RFC 3339 times in UTC with `Z`, bytes as base64."""
    return orjson.dumps(record, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def encode_sparse(record: Any) -> bytes:
    """Write a record of which many are kept: like `encode`, without the fields that are None."""
    present = {one.name: value for one in fields(record) if (value := getattr(record, one.name)) is not None}
    return encode(present)


def decode(kind: Any, value: bytes | None) -> Any | Malformed:
    """Read a record of a kind (a record class, or a union of them told apart by `kind` or `event`)."""
    if value is None:
        return Malformed("the value is null")
    try:
        return adapter(kind).validate_json(value, strict=True)
    except ValidationError as error:
        return Malformed(_first(error))
    except RecursionError:
        return Malformed("JSON nested too deeply")


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Make the validator of a record class, once."""
    return _adapter(kind)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def rfc3339(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, with `Z`."""
    try:
        time = time if time.tzinfo is UTC else time.astimezone(UTC)
    except OverflowError:  # in the year 1 or 9999, where UTC has no such time
        return time.isoformat()
    return time.isoformat().removesuffix("+00:00") + "Z"


def read_time(text: str | None) -> datetime | None:
    """Read a time as `rfc3339` wrote it; ValueError where it is none, or has no offset."""
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
    what = " ".join(first["msg"].split())[:LONGEST_ERROR]  # it may quote the payload
    return f"{where + ': ' if where else ''}{what}" + (f" (and {more} more)" if more else "")
