"""Records of `pages` that mean harm, as generators of their bytes: no file of 50 MB is kept. Not a test.

Bodies are `baits.py`'s; `python -m tests.hostile.pages` shows what becomes of all, `test_hostile.py` holds it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.records.page import Page
from pipeline.records.wire import encode
from tests.hostile.baits import BODIES, GOOD, filled

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://o.example/2031/01/06/"
FETCHED_AT = datetime(2031, 1, 6, tzinfo=UTC)
KB, MB = 1 << 10, 1 << 20
PAGE: dict[str, Any] = {"url": URL, "fetched_at": "2031-01-06T00:00:00Z", "body": GOOD}


def record_of(body: str | bytes) -> bytes:
    """Write the record of a page with this body."""
    if isinstance(body, str):
        return encode(Page(url=URL, fetched_at=FETCHED_AT, body=body))
    return encode(Page(url=URL, fetched_at=FETCHED_AT, body_base64=body))


def _with(**fields: Any) -> bytes:
    return json.dumps(PAGE | fields).encode()


def _without(key: str) -> bytes:
    return json.dumps({name: value for name, value in PAGE.items() if name != key}).encode()


def _and(field: bytes) -> bytes:
    """Write a field, as it is, into a page that is well otherwise."""
    return json.dumps(PAGE).encode()[:-1] + b", " + field + b"}"


def _deep(size: int) -> bytes:
    return b"[" * (size // 2) + b"]" * (size // 2)


RECORDS: dict[str, Callable[[int], bytes | None]] = {
    "null value": lambda size: None,
    "no bytes": lambda size: b"",
    "NULs": bytes,
    "half a record": lambda size: record_of(GOOD)[:-20],
    "half a character": lambda size: record_of(GOOD).replace("В".encode(), b"\xd0"),
    "an array": lambda size: b"[" + b"1," * (size // 2) + b"1]",
    "a number": lambda size: b"1" * size,
    "a string": lambda size: b'"' + b"a" * size + b'"',
    "missing url": lambda size: _without("url"),
    "missing time": lambda size: _without("fetched_at"),
    "no body": lambda size: _without("body"),
    "two bodies": lambda size: _with(body_base64="aGk="),
    "base64 that is none": lambda size: _with(body=None, body_base64="a" * (size | 1)),
    "body of the wrong type": lambda size: _with(body=[GOOD] * (size // 200)),
    "unknown schema version": lambda size: _with(schema_version=99),
    "time without a zone": lambda size: _with(fetched_at="2031-01-06T00:00:00"),
    "year 9999": lambda size: _with(fetched_at="9999-12-31T23:59:59-23:59"),
    "year 1": lambda size: _with(fetched_at="0001-01-01T00:00:00+23:59"),
    "lone surrogate": lambda size: _with(body="\ud800" + GOOD),
    "lone surrogate in the url": lambda size: _with(url="https://o.example/\udfff"),
    "deep array": _deep,
    "deep array in a page": lambda size: _and(b'"extra": ' + _deep(size)),
    "deep objects in a page": lambda size: _and(b'"extra": ' + b'{"a":' * (size // 6) + b"1" + b"}" * (size // 6)),
    "10,000 digits": lambda size: _and(b'"schema_version": ' + b"1" * 10_000),
    "digits in an extra": lambda size: _and(b'"extra": ' + b"1" * size),
    "exponent": lambda size: _and(b'"schema_version": 1e' + b"9" * size),
    "duplicate keys": lambda size: _and(b", ".join([b'"charset": "utf-8"'] * (size // 20))),
    "unknown keys": lambda size: _and(b", ".join(b'"k%d": 1' % number for number in range(size // 12))),
    "long url": lambda size: _with(url=URL + "a" * size),
    "url of brackets": lambda size: _with(url="https://[" + "[" * 8000),
    "url of dots": lambda size: _with(url="https://" + "." * 8000),
    "long media type": lambda size: _with(media_type="text/" + "x" * size),
    "media type of semicolons": lambda size: _with(media_type="text/html" + ";" * size),
    "long charset": lambda size: _with(body=None, body_base64="aGk=", charset="x" * size),
    "charset of another kind": lambda size: _with(body=None, body_base64="aGk=", charset="zlib_codec"),
    "escapes": lambda size: record_of("\1" * size),
    "escapes and an article": lambda size: record_of(GOOD + filled("\1а", size) + "."),
    "quotes": lambda size: record_of(GOOD + filled(' "Хлеб"', size) + "."),
}


def records(size: int) -> dict[str, bytes | None]:
    """Make every record, its body of about so many bytes; those of the cleaner first."""
    bodies = {name: record_of(make(size)) for name, make in BODIES.items()}
    return bodies | {name: make(size) for name, make in RECORDS.items()}


def giants() -> dict[str, bytes]:
    """Make the records whose size is their harm: beyond the limits, or at them."""
    limit = 8 * MB
    return {
        "body of 50 MB": record_of("а" * (25 * MB)),
        "50 MB of base64": record_of(b"\xff" * (37 * MB)),
        "line of 20 MB": record_of(BODIES["one line"](20 * MB)),
        "line of 20 MB of HTML": record_of(BODIES["one line html"](20 * MB)),
        "50 MB that are no page": b"[" + b"1," * (25 * MB) + b"1]",
        "8 MB of escapes": record_of("\1" * (limit - KB)),
        "5 MB of <": record_of(BODIES["<"](5 * MB)),
        "100,000 nested tags": record_of(BODIES["nested div"](100_000 * 11)),
        "a million <br>": record_of(BODIES["br"](4 * MB)),
    }


if __name__ == "__main__":
    from tests.hostile.table import main

    main()
