"""Claims as bytes: a head with the number of rows of each array, then the arrays one after another, then a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

MAGIC = b"chistovik claims\n"
VERSION = 5  # of this format, of the rows, and of the hashing (`fingerprint.SCHEME`)
DIGEST_BYTES = 16


def write_arrays(head: dict[str, Any], arrays: Sequence[npt.NDArray[Any]]) -> bytes:
    """Write arrays behind a head that includes the caller's values; `read_arrays` reads them."""
    whole_head = {"version": VERSION, **head, "rows": [len(array) for array in arrays]}
    parts: list[bytes] = [MAGIC, orjson.dumps(whole_head) + b"\n", *(array.tobytes() for array in arrays if len(array))]
    return b"".join([*parts, _digest(parts)])


def read_arrays(data: bytes, kinds: Sequence[Any]) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Read head and arrays of these types; ValueError with the reason if `write_arrays` did not write these bytes."""
    if not data.startswith(MAGIC):
        raise ValueError("these bytes are not claims")
    if _digest([memoryview(data)[:-DIGEST_BYTES]]) != data[-DIGEST_BYTES:]:
        raise ValueError("the claims are truncated or damaged")
    end = data.index(b"\n", len(MAGIC))
    head = orjson.loads(data[len(MAGIC) : end])
    if head["version"] != VERSION:
        raise ValueError(f"the claims have version {head['version']}, this software reads version {VERSION}")
    rest, arrays, at = memoryview(data)[end + 1 : -DIGEST_BYTES], [], 0
    for kind, count in zip(kinds, head["rows"], strict=True):
        dtype = np.dtype(kind)
        arrays.append(np.frombuffer(rest, dtype=dtype, count=count, offset=at) if count else np.empty(0, dtype=dtype))
        at += count * dtype.itemsize
    return head, arrays


def _digest(parts: Sequence[bytes | memoryview]) -> bytes:
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        state.update(part)
    return state.digest()
