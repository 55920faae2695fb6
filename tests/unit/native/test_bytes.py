"""The compiled loops over the bytes of a body return what Python and any reader of JSON return."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import native

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

# Long runs of ASCII beside other characters, escapes, and halves of surrogate pairs.
PIECES = st.sampled_from(
    [
        "<p class=a>",
        "0123456789abcdef",
        "Привет",
        "é",
        "中文",
        "\ue000",
        "\uffff",
        "\U0001f600",
        "\n",
        '\t"',
        "\\",
        "\x7f",
    ]
)
ANY = st.one_of(
    st.text(),
    st.lists(PIECES).map("".join),
    st.text(st.characters(blacklist_categories=())),
    st.lists(st.one_of(PIECES, st.characters(blacklist_categories=()))).map("".join),
)


@given(ANY)
def test_a_text_is_written_in_utf_8_as_python_does(text: str) -> None:
    written = native.page.utf8(text)
    assert written is None or written == text.encode()


@given(ANY, ANY)
def test_a_json_string_is_read_as_by_any_reader(text: str, around: str) -> None:
    for written in (json.dumps(text).encode(), json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")):
        before = around.encode("utf-8", "surrogatepass") + b'"'
        found = native.page.unescaped(before + written[1:] + b"?", len(before), len(before) + len(written) - 2)
        assert found is None or found == text
        assert found is not None or rb"\ud" in written or not _is_utf8(written)


@given(st.binary())
def test_bytes_that_are_no_json_string_are_not_read(written: bytes) -> None:
    found = native.page.unescaped(written, 0, len(written))
    try:
        assert found is None or found == orjson.loads(b'"' + written + b'"')
    except orjson.JSONDecodeError:
        assert found is None


def _is_utf8(written: bytes) -> bool:
    try:
        written.decode()
    except UnicodeDecodeError:
        return False
    return True
