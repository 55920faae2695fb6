"""Content codings: the bytes decide, however they are cut, and never more than the limits allow."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.codings import DEEPEST, Opener, codings_in, unpack
from pipeline.page.unpacking import TooMuchError, UnpackingError

TEXT = ("<!DOCTYPE html><html><body>" + "<p>Снег лежит до мая.</p>" * 200).encode()
WAYS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("", ()),
        ("GZIP", ("gzip",)),
        ("x-gzip, br;q=1", ("gzip", "br")),
        ('none, "deflate", utf-8', ("deflate",)),
        ("gzip," * 9, ("gzip",) * DEEPEST),
    ],
)
def test_only_known_codings_are_read(header: str, names: tuple[str, ...]) -> None:
    assert codings_in(header) == names


@given(
    layers=st.lists(st.sampled_from(sorted(WAYS)), max_size=DEEPEST),
    step=st.integers(1, 3000),
    said=st.booleans(),
)
def test_layers_are_undone_however_the_body_is_cut(layers: list[str], step: int, said: bool) -> None:
    body = TEXT
    for name in layers:
        body = WAYS[name](body)
    said = said or bool({"br", "deflate"} & set(layers))  # these have no magic number
    opener = Opener(", ".join(layers) if said else "", 1 << 20)
    pieces = [piece for at in range(0, len(body), step) for piece in opener.take(body[at : at + step])]
    assert b"".join(pieces + opener.end()) == TEXT
    assert (opener.coding, opener.depth) == (layers[-1] if layers else "", len(layers))


@pytest.mark.parametrize("header", [*WAYS, "gzip, br"])
@pytest.mark.parametrize(
    "body",
    [TEXT, b"", b"<p>x", b"ok", "Снег".encode("cp1251") * 99, "<p>Снег".encode("utf-16"), b"\xef\xbb\xbfplain"],
)
def test_text_is_text_whatever_its_header_says(header: str, body: bytes) -> None:
    assert unpack([body], header, 1 << 20) == body


def test_more_layers_than_allowed_stay_packed() -> None:
    body = TEXT
    for _ in range(DEEPEST + 1):
        body = gzip.compress(body, mtime=0)
    assert unpack([body], "", 1 << 20) == gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize("header", ["", "gzip", "gzip, gzip"])
def test_the_limit_holds_in_every_layer(header: str) -> None:
    with pytest.raises(TooMuchError):
        unpack([gzip.compress(gzip.compress(TEXT * 100))], header, len(TEXT))


def test_a_body_that_breaks_off_is_taken_only_if_allowed() -> None:
    cut = gzip.compress(TEXT)[:-20]
    with pytest.raises(UnpackingError, match="breaks off"):
        unpack([cut], "gzip", 1 << 20)
    assert TEXT.startswith(unpack([cut], "gzip", 1 << 20, short=True))


@given(header=st.sampled_from(["", "gzip", "br", "deflate", "zstd", "gzip, br", "none"]), body=st.binary(max_size=2000))
def test_no_bytes_raise_anything_else(header: str, body: bytes) -> None:
    try:
        unpack([body], header, 1 << 16)
    except (UnpackingError, TooMuchError):
        return
