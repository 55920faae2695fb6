"""Packed and damaged bytes of listings."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing.decoding import Unpacked, text_of, unpacked
from pipeline.listing.entries import Unread

WORDS = "Снег убрали к полудню, сообщила районная газета. " * 20


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=8), st.binary(max_size=20))
def test_members_on_end_are_one_file_whatever_follows(parts: list[bytes], after: bytes) -> None:
    after = after.removeprefix(b"\x1f\x8b")
    whole = b"".join(parts)
    packed = b"".join(map(gzip.compress, parts)) + after
    if not whole.startswith(b"\x1f\x8b"):
        assert unpacked(packed) == Unpacked(whole)


def test_the_limit_holds_for_all_members_together() -> None:
    assert isinstance(unpacked(gzip.compress(bytes(600)) * 2, most=1000), Unread)
    assert unpacked(gzip.compress(bytes(500)) * 2, most=1000) == Unpacked(bytes(1000))
    assert isinstance(unpacked(gzip.compress(gzip.compress(bytes(1 << 20))), most=1000), Unread)


def test_what_comes_before_damage_is_kept() -> None:
    packed = gzip.compress(bytes(range(256)) * 4000)
    found = unpacked(packed[:-4] + b"\xff\xff\xff\xff")
    assert isinstance(found, Unpacked)
    assert len(found.raw) == 256 * 4000
    assert found.cut.startswith("damaged gzip")
    assert unpacked(gzip.compress(b"whole") + gzip.compress(b"part" * 99)[:-8]) == Unpacked(
        b"whole" + b"part" * 99, "truncated gzip"
    )
    assert unpacked(b"\x1f\x8bnonsense") == Unread(
        "damaged gzip: Error -3 while decompressing data: unknown compression method"
    )


@pytest.mark.parametrize("charset", ["cp1251", "koi8-r", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "utf-8", "iso-8859-1", "none"])
@pytest.mark.parametrize("by_http", [None, "windows-1251", "utf-8", "iso-8859-1"])
def test_a_declaration_never_makes_rubbish_of_cyrillic(charset: str, declared: str, by_http: str | None) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><title>{WORDS}</title></rss>'
    assert WORDS in text_of(text.encode(charset), by_http)


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "windows-1251", "koi8-r", "utf-16", "idna"]))
def test_any_bytes_are_text(raw: bytes, charset: str | None) -> None:
    assert isinstance(text_of(raw, charset), str)


@given(st.integers(0, len(WORDS.encode()) - 1), st.integers(0x80, 0xFF))
def test_one_damaged_byte_costs_at_most_two_characters(at: int, byte: int) -> None:
    raw = bytearray(WORDS.encode())
    raw[at] = byte
    found = text_of(bytes(raw), None)
    assert abs(len(found) - len(WORDS)) <= 1
    assert sum(one == other for one, other in zip(found, WORDS, strict=False)) >= min(at // 2 - 2, len(WORDS) - 2)
