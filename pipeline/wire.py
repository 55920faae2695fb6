"""Records to bytes and back: the one place where bytes are believed.

Encoded with orjson; decoded strictly, so that a poison payload becomes a `Malformed` value and never an exception.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are not the record they should be, and the first thing that is wrong with them."""

    error: str


def encode(record: Any) -> bytes:
    """Write a record as JSON: RFC 3339 times in UTC with `Z`, bytes as base64."""
    return orjson.dumps(record, default=_base64, option=orjson.OPT_UTC_Z)


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


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Make the validator of a record class once."""
    return TypeAdapter(kind)


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"no record holds a {type(value).__name__}")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = error.error_count() - 1
    return f"{where + ': ' if where else ''}{first['msg']}" + (f" (and {more} more)" if more else "")
