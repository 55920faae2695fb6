"""Records of `documents` whose bytes are changed without decoding them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document, read_document, with_profile
from pipeline.records.page import Page
from pipeline.records.wire import encode

TEXT = 'В посёлке Ясном открыли "пекарню", сообщила районная газета. Хлеб там пекут с шести утра и "profile":null}.'


def document() -> Document:
    page = Page(url="https://o.example/1", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body=f"{TEXT}\n{TEXT[::-1]}")
    made = clean(page, topic="pages", partition=0, offset=7)
    assert isinstance(made, Document)
    return made


@pytest.mark.parametrize("version", [1, 64, 12_345])
def test_a_profile_version_is_put_into_the_bytes_as_if_the_document_had_been_encoded_with_it(version: int):
    plain = document()
    stamped = replace(plain, provenance=replace(plain.provenance, profile=version))

    assert with_profile(encode(plain), version) == encode(stamped)


def test_bytes_that_are_no_document_without_a_profile_are_not_changed():
    with pytest.raises(ValueError, match="not a document"):
        with_profile(with_profile(encode(document()), 3), 4)
    assert read_document(encode(document()), partition=0, offset=0) == document()
