"""Articles that a page shows only after a script has run; all texts are our own."""

import json

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document, Refusal
from pipeline.records.page import page_of
from tests.support.documents import AT

TITLE = "The ferry to Gull Island runs again"
STORY = (
    "The ferry to Gull Island left the harbor on Saturday for the first time in three years, with forty people on deck.",
    "Its engine was rebuilt by two brothers from the village, who learned the trade on their father's trawler.",
    '"We were told to buy a new boat, but this one knows the way," said the captain, Ada Lunde, before she cast off.',
    "A ticket costs four crowns, half as much as before, and the council pays the rest from the tax on summer houses.",
)
MENU = '<nav><a href="/">Front page</a> <a href="/sea">Sea</a> <a href="/sport">Sport</a></nav>'
PARAGRAPHS = "".join(f"<p>{text}</p>" for text in STORY)


def cleaned(head: str, body: str) -> Document | Refusal:
    html = f"<html lang=en><head><title>{TITLE}</title>{head}</head><body>{MENU}{body}<footer>© Mail</footer></body></html>"
    page = page_of("https://mail.example/sea/ferry-runs-again", html.encode(), fetched_at=AT)
    return clean(page, topic="pages", partition=0, offset=0)


def jsonld(body: str) -> str:
    said = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, "articleBody": body}
    return f'<script type="application/ld+json">{json.dumps(said)}</script>'


SHELL = f"<main><h1>{TITLE}</h1><div id=app></div></main>"
LEAD = f"<main><h1>{TITLE}</h1><p>{STORY[0]}</p><div class=skeleton></div></main>"
STATE = json.dumps(
    {"props": {"menu": ["Sea", "Sport"], "story": {"id": 7, "parts": [{"text": text} for text in STORY]}}}
)


@pytest.mark.parametrize(
    ("source", "head", "body"),
    [
        ("json-ld", jsonld("\n".join(STORY)), SHELL),
        ("json-ld", jsonld("\n\n".join(STORY)), LEAD),
        ("json-ld", jsonld(PARAGRAPHS), LEAD),
        ("noscript", "", f"<main><h1>{TITLE}</h1><div id=app></div><noscript>{PARAGRAPHS}</noscript></main>"),
        ("json", f'<script type="application/json">{STATE}</script>', "<div id=app></div>"),
    ],
)
def test_the_text_comes_from_where_it_is(source: str, head: str, body: str) -> None:
    document = cleaned(head, body)
    assert isinstance(document, Document)
    assert document.article_body.split("\n") == list(STORY)
    assert document.provenance.extractor == source


@pytest.mark.parametrize("said", ["\n".join(STORY), STORY[0], "", "Another text. " * 60])
def test_a_text_that_is_seen_stays(said: str) -> None:
    document = cleaned(jsonld(said), f"<main><h1>{TITLE}</h1>{PARAGRAPHS}</main>")
    assert isinstance(document, Document)
    assert document.provenance.extractor.startswith("blocks/")
    assert all(text in document.article_body for text in STORY)


@pytest.mark.parametrize(
    "body",
    [
        "<noscript><p>You need to enable JavaScript to run this app.</p></noscript><div id=app></div>",
        '<script type="application/json">{"texts": ["Enable scripts, please.", 3, null]}</script>',
        '<script type="application/json">{"broken": </script>',
    ],
)
def test_a_message_is_no_article(body: str) -> None:
    assert cleaned("", body).provenance.extractor not in {"noscript", "json"}
