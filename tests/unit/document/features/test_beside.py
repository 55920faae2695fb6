"""Dialogs, captions, boxes with requests and lone links beside an article's text; all texts are our own."""

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of
from tests.support.documents import AT

TITLE = "Oak Ford builds a bridge of its own timber"
STORY = (
    "A new footbridge across the Alder was opened in Oak Ford on Sunday, built from oaks that a storm felled last year.",
    "Forty volunteers sawed and planed the beams through the winter, and a retired engineer checked every joint twice.",
    '"It will outlive all of us," said the engineer, Paul Renner, who built his first bridge in the same place in 1971.',
    "The old crossing, a row of stones, was under water for three weeks each spring, and children missed school for it.",
)
ASKED = (
    "Our 90 partners and we keep and read details of your device, such as unique numbers, to measure our advertising.",
    "If you refuse, the advertising that you see will have less to do with what you read here before this day.",
)


def cleaned(*parts: str, before: str = "") -> str:
    body = "".join(part if part.startswith("<") else f"<p>{part}</p>" for part in parts)
    html = (
        f"<html lang=en><head><title>{TITLE}</title></head><body><nav><a href=/>News</a> <a href=/s>Sport</a></nav>{before}"
        f"<main><article><h1>{TITLE}</h1>{body}</article></main><footer>© Courier</footer></body></html>"
    )
    page = page_of("https://courier.example/2030/bridge", html.encode(), fetched_at=AT)
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    return document.article_body


@pytest.mark.parametrize(
    "named", ["role=dialog", "class=cookie-banner", 'id="gdpr_consent_overlay"', 'class="x site-cookies__wrapper y"']
)
@pytest.mark.parametrize("length", [2, 4])
def test_a_dialog_that_asks_for_consent_goes(named: str, length: int) -> None:
    found = cleaned(
        *STORY[:length], before=f"<div {named}><h2>Your choice</h2><p>{ASKED[0]}</p><p>{ASKED[1]}</p></div>"
    )
    assert not any(text in found for text in ASKED)
    assert all(text in found for text in STORY[:length])


@pytest.mark.parametrize("named", ["class=tag-cookies", "class=category-consent", "class=cookie-recipe"])
def test_an_article_about_cookies_stays(named: str) -> None:
    assert all(text in cleaned(f"<div {named}>{''.join(f'<p>{text}</p>' for text in STORY)}</div>") for text in STORY)


def test_a_caption_goes() -> None:
    caption = "Volunteers carry the last of the beams to the bank of the river on a foggy morning in March."
    found = cleaned(*STORY[:2], f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure>", *STORY[2:])
    assert caption not in found
    assert all(text in found for text in STORY)


def test_captions_stay_if_they_are_the_article() -> None:
    figures = [
        f"<figure><img src=/{at}.jpg><figcaption>{text}</figcaption></figure>" for at, text in enumerate(STORY[1:])
    ]
    found = cleaned(STORY[0], *figures)
    assert all(text in found for text in STORY)


def test_a_line_that_is_one_link_goes() -> None:
    link = "Mill wheel of Oak Ford turns again after ninety years"
    for form in ("<p><a href=/mill>{}</a></p>", "<p><em><a href=/mill><strong>{}</strong></a></em></p>"):
        found = cleaned(*STORY[:2], form.format(link), *STORY[2:])
        assert link not in found
        assert all(text in found for text in STORY)


def test_a_sentence_with_a_link_stays() -> None:
    sentence = (
        '<p>The council <a href="/council">voted for the bridge</a> by nine votes to two after a long debate.</p>'
    )
    assert "voted for the bridge" in cleaned(*STORY[:2], sentence, *STORY[2:])


def test_a_box_with_a_request_goes_with_its_heading() -> None:
    box = (
        "<div class=paywall-box><h3>To continue reading, choose a plan</h3>"
        "<p>Read the whole story and help local journalism from two crowns a week.</p><p>Cancel when you like.</p></div>"
    )
    found = cleaned(*STORY, box)
    assert "crowns" not in found
    assert all(text in found for text in STORY)
    inside = cleaned(f"<div class=paywall>{''.join(f'<p>{text}</p>' for text in STORY)}<p>Subscribe now.</p></div>")
    assert all(text in inside for text in STORY)
