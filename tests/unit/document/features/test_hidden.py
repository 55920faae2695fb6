"""What becomes of text that a page hides; all texts are our own."""

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of
from tests.support.documents import AT

TITLE = "Village of Oak Ford gets its post office back"
STORY = (
    "The post office of Oak Ford opened its doors again on Monday, two years after the last letter was stamped there.",
    "It shares a room with the library now, and the librarian, Mary Stoll, learned to weigh parcels over the summer.",
    '"People bring a book back and take a package home," she said, while a line of six waited in front of the desk.',
    "The county pays the rent for the first three years, after that the village has to find the money for itself.",
    "A mailbox in front of the door is emptied at noon, and a van takes the parcels to the town twice a week.",
)
MESSAGE = "Thank you, your remark has been sent to the editors and will be read by one of them before the evening."


def cleaned(inner: str) -> str:
    html = (
        f"<html lang=en><head><title>{TITLE}</title></head><body><nav><a href=/>News</a> <a href=/s>Sport</a></nav>"
        f"<article><h1>{TITLE}</h1>{inner}</article><footer>© Courier</footer></body></html>"
    )
    page = page_of("https://courier.example/2030/post-office", html.encode(), fetched_at=AT)
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    return document.article_body


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize("how", ['style="display:none"', 'style="Visibility: hidden; height:0"', "hidden", 'hidden=""'])
@pytest.mark.parametrize("element", ["<div {}><p>{}</p></div>", "<p {}>{}</p>"])
def test_a_hidden_message_between_paragraphs_goes(how: str, element: str) -> None:
    found = cleaned(paragraphs(*STORY[:2]) + element.format(how, MESSAGE) + paragraphs(*STORY[2:]))
    assert MESSAGE not in found
    assert all(text in found for text in STORY)


@pytest.mark.parametrize(
    "how", ["role=dialog", 'class="cookie-consent" hidden', 'id=comment-rules style="display:none"']
)
def test_a_dialog_goes_wherever_it_is(how: str) -> None:
    found = cleaned(paragraphs(*STORY) + f"<div {how}><p>{MESSAGE}</p></div>")
    assert MESSAGE not in found
    assert all(text in found for text in STORY)


def test_a_hidden_copy_goes() -> None:
    found = cleaned(paragraphs(*STORY) + f"<div hidden><p>{' '.join(STORY[1:4])}</p></div>")
    assert [found.count(text) for text in STORY] == [1] * len(STORY)


@pytest.mark.parametrize(
    "inner",
    [
        f"{paragraphs(*STORY[:2])}<div class=more style='display:none'>{paragraphs(*STORY[2:])}</div>",
        f"{paragraphs(*STORY[:4])}<div class=more hidden>{paragraphs(STORY[4])}</div>",
        f"<div id=story style='visibility:hidden'>{paragraphs(*STORY)}</div>",
        f"{paragraphs(*STORY[:4])}<h3>When?</h3><div hidden>{paragraphs(STORY[4])}</div><h3>Where?</h3><p>There.</p>",
        f"{paragraphs(*STORY[:3])}<div hidden=until-found>{paragraphs(STORY[3])}</div>{paragraphs(STORY[4])}",
    ],
)
def test_a_hidden_part_of_the_article_stays(inner: str) -> None:
    found = cleaned(inner)
    assert all(text in found for text in STORY)
