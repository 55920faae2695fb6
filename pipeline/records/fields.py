"""Types of fields that several records share, with the bounds that hold for all of them."""

from __future__ import annotations

import hashlib
from typing import Annotated

import pybase64
from pydantic import AfterValidator, Base64Encoder, EncodedBytes, Field
from pydantic_core import PydanticCustomError

from pipeline.text.fingerprint import read

Url = Annotated[str, Field(min_length=1, max_length=8192)]


Count = Annotated[int, Field(ge=0, lt=1 << 63)]  # orjson writes no larger one, so reading it would break a later stage


class _StrictBase64(Base64Encoder):
    """pydantic's own passes over what is not base64, the URL-safe alphabet too, and gives other bytes."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return pybase64.b64decode(data, validate=True)
        except ValueError as error:
            raise PydanticCustomError("base64_decode", "not base64: {error}", {"error": str(error)}) from None


Base64 = Annotated[bytes, EncodedBytes(encoder=_StrictBase64)]


def digest(*parts: bytes) -> str:
    """32 hexadecimal digits of BLAKE2b-128 over the parts, each preceded by its length."""
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


# As records have it: base64 of one piece.
Packed = Annotated[Base64, AfterValidator(_checked)]
