"""Imported once by the fork server, so that every cleaning process starts with its libraries warm."""

from datetime import UTC, datetime

from pipeline.clean import clean
from pipeline.page import Page

_PAGE = "<html><head><title>Тёплый старт</title></head><body><article><p>{}</p></article></body></html>"
_SENTENCE = "Первая страница разогревает разбор дат, сообщили 6 января 2022 года. "
# The first page costs two seconds (regular expressions of the date parser, the language model), the first that is
# hardly an article 0.2 more (stop words in 100 languages): paid here, once, and the memory is shared.
for _times in (8, 1):
    clean(
        Page(
            url="http://warm.example/2022/01/06/",
            fetched_at=datetime(2022, 1, 6, tzinfo=UTC),
            body=_PAGE.format(_SENTENCE * _times),
        ),
        topic="",
        partition=0,
        offset=0,
    )
