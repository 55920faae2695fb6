"""Field types that several records share, with the limits that apply to all of them."""

from __future__ import annotations

import hashlib
from typing import Annotated

import pybase64
from pydantic import AfterValidator, Base64Encoder, EncodedBytes, Field
from pydantic_core import PydanticCustomError

from pipeline.text.fingerprint import read
from pipeline.text.outline import read_outline

Url = Annotated[str, Field(min_length=1, max_length=8192)]


Count = Annotated[int, Field(ge=0, lt=1 << 63)]  # orjson cannot write a larger one: a later stage would fail on it


class _StrictBase64(Base64Encoder):
    """Decode base64 strictly. pydantic's own encoder skips characters outside the alphabet and returns wrong bytes."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return pybase64.b64decode(data, validate=True)
        except ValueError as error:
            raise PydanticCustomError("base64_decode", "not base64: {error}", {"error": str(error)}) from None


Base64 = Annotated[bytes, EncodedBytes(encoder=_StrictBase64)]


def digest(*parts: bytes) -> str:
    """Return 32 hexadecimal digits: BLAKE2b-128 over the parts, each preceded by its length in 8 bytes."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.hexdigest()


Share = Annotated[float, Field(ge=0, le=1)]


Text = Annotated[str, Field(max_length=1000)]


def _checked(packed: bytes) -> bytes:
    read(packed)
    return packed


# A fingerprint as records carry it: one base64 string.
Packed = Annotated[Base64, AfterValidator(_checked)]


def _readable(packed: bytes | None) -> bytes | None:
    """Take an outline of another release for a missing one: it only adds to a fingerprint."""
    return packed if packed is not None and read_outline(packed) is not None else None


# An outline as records carry it: one base64 string, or None.
Outlined = Annotated[Base64 | None, AfterValidator(_readable)]
