"""Imported once by the fork server, so that every cleaning process starts with its libraries warm."""

import gc
from datetime import UTC, datetime
from typing import get_args

from pipeline.document.clean import Extractor, clean
from pipeline.records.page import Page

_TEXT = "Первая страница разогревает разбор дат, сообщили 6 января 2022 года. " * 8
_PAGE = f"<html><head><title>Тёплый старт</title></head><body><article><p>{_TEXT}</p></article></body></html>"
_AT = datetime(2022, 1, 6, tzinfo=UTC)
# The first page costs two seconds (the models, the tables of characters, trafilatura's regular expressions), the first
# that is hardly an article 0.2 more (stop words in 100 languages): paid here, once, and the memory is shared.
clean(Page(url="http://warm.example/text", fetched_at=_AT, body=_TEXT), topic="", partition=0, offset=0)
for _page in (_PAGE, "<html><body><p>Пусто</p></body></html>"):
    for _extractor in get_args(Extractor):
        clean(
            Page(url="http://warm.example/2022/01/06/", fetched_at=_AT, body=_page),
            topic="",
            partition=0,
            offset=0,
            extractor=_extractor,
        )
# A page makes some ten thousand small objects and no cycles worth looking for as often as Python does: a tenth of the
# time of an HTML page, a sixth of a plain one's. What is loaded is never searched at all, and stays shared memory.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
