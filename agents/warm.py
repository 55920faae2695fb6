"""Imported once by the fork server, so that every cleaning process starts with its libraries warm."""

from datetime import UTC, datetime

from pipeline.clean import clean
from pipeline.page import Page

_PAGE = "<html><head><title>Тёплый старт</title></head><body><article><p>{}</p></article></body></html>"
# The first page costs two seconds (regular expressions of the date parser, the language model): paid here, once.
clean(
    Page(
        url="http://warm.example/2022/01/06/",
        fetched_at=datetime(2022, 1, 6, tzinfo=UTC),
        body=_PAGE.format("Первая страница разогревает разбор дат, сообщили 6 января 2022 года. " * 8),
    ),
    topic="",
    partition=0,
    offset=0,
)
