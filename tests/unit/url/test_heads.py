"""Heads of HTTP answers: how odd ones are read, and that a mended head says the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.url.heads import LARGEST, fields_in, head_of, mended

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n"
PIECES = [
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 103",
    b"\r\n",
    b"\n",
    b"\r",
    b"A: b",
    b" ",
    b":",
    b"\0",
    b"Content-Length: 3",
    b"\xff",
    b"chunked",
]


@pytest.mark.parametrize(
    ("raw", "status", "old"),
    [
        (HEAD, 200, False),
        (b"HTTP/1.0 404 Not Found\n\n", 404, True),
        (b"HTTP/2 301\r\n\r\n", 301, False),
        (b"ICY 200 OK\r\n\r\n", 200, True),
        (b"\r\n\xef\xbb\xbfHTTP/1.1 200\r\n\r\n", 200, False),
        (b"HTTP/1.1\r\n\r\n", 200, False),
    ],
)
def test_a_status_line_is_read(raw: bytes, status: int, old: bool) -> None:
    head = head_of(raw)
    assert head is not None
    assert (head.status, head.old, head.end) == (status, old, len(raw))


@pytest.mark.parametrize(
    "raw", [b"", b"<html>\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 2000\r\n\r\n", HEAD[:-2]]
)
def test_what_is_no_complete_head_is_none(raw: bytes) -> None:
    assert head_of(raw) is None


def test_fields_are_stripped_joined_and_skipped() -> None:
    lines = b"first\r\nA : 1\r\n folded\r\nno colon\r\n\tof it\r\n: x\r\nb c: 2\r\nD:\xe9\0\r\na:2\r\n"
    assert fields_in(lines) == ((b"A", b"1 folded"), (b"D", b"\xe9"), (b"a", b"2"))
    head = head_of(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n")
    assert head is not None
    assert (head.get("a"), head.get("D"), head.get("none")) == ("1 folded, 2", "é", "")


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        (b"Content-Length: 4\r\nContent-Length: 4", [b"Content-Length: 4"]),
        (b"Content-Length: 4, 4", [b"Content-Length: 4"]),
        (b"Content-Length: 4\r\nContent-Length: 5", [b"Content-Length: 4", b"Content-Length: 5"]),
        (b"Content-Length: +4\r\nContent-Length: 0x4", []),
        (b"Content-Length: 4\r\nTransfer-Encoding: gzip, chunked", [b"Transfer-Encoding: chunked"]),
        (b"Transfer-Encoding: identity", []),
        (b"Upgrade: h2\r\nConnection: upgrade", []),
    ],
)
def test_a_mended_head_has_one_framing_and_closes(lines: bytes, framing: list[bytes]) -> None:
    parts = mended(b"HTTP/1.1 200 OK\r\nbad\r\n" + lines + b"\r\nX: y\r\n\r\nbody")
    assert parts is not None
    assert parts[0].split(b"\r\n") == [b"HTTP/1.1 200 OK", b"Connection: close", *framing, b"X: y", b"", b""]
    assert parts[1] == b"body"


def test_informational_heads_are_dropped() -> None:
    parts = mended(b"HTTP/1.1 103 Early\r\nLink\r\n\r\nHTTP/1.1 100 Go\n\n" + HEAD + b"body")
    assert parts is not None
    assert parts[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert parts[1] == b"body"


@pytest.mark.parametrize(
    "raw", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * LARGEST, b"HTTP/1.1 103\r\n\r\nno\r\n\r\n"]
)
def test_a_head_that_nobody_can_read_is_an_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no head"):
        mended(raw)


@example([b"HTTP/1.1 200 OK", b"\r\n", b"\n"])
@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_a_mended_head_means_what_it_meant_and_is_mended_to_itself(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    try:
        parts = mended(raw)
    except ValueError:
        return
    if parts is None:
        return
    again = mended(parts[0])
    assert again is not None
    assert again == (parts[0], b"")
