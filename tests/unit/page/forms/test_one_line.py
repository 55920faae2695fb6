"""A page in one line is cut into what stands above its text, the text, and what stands below it."""

import pytest

from pipeline.page.forms.read import read_form

TEXT = (
    "The bakers of Upper Sosny reopened the old mill on Friday, nine years after its wheel had stopped turning. Nobody "
    "in the village had expected that the work would be done before the winter. Irina Belova sold her van and bought "
    "oak planks for the wheel. Her neighbours worked for a share of the flour, and some of them came for nothing. The "
    "council will pay for a new roof in spring. “Until then we wait,” said Belova. A tarpaulin keeps the rain off the "
    "stones inside, and the school has already asked to see the wheel turn. About two tonnes of rye "
    "will be ground each week."
)
MENU = ("Sosny", "Post", "News", "Politics", "Business", "Sport", "Opinion", "Sign in")
HEADLINE = "Bakers of Upper Sosny reopen old mill"


def lines(text: str) -> list[str]:
    return [line for line in read_form(text).text.split("\n") if line]


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_parts_of_a_page_become_lines(end: str) -> None:
    head = f"{' '.join(MENU)} {HEADLINE} By Anna Snow 12 May 2026, 10:20"
    tail = "Share this story More from News Lock repairs delay ferry Buses run late"
    assert lines(f"{head} {TEXT} {tail}{end}") == [*MENU, HEADLINE, "By Anna Snow", "12 May 2026, 10:20", TEXT, tail]


@pytest.mark.parametrize(
    "byline", ["Autorka: Anna Snow", "Автор Анна Снежная", "Подготовила: Анна Снежная", "Мәтін: Анна Снежная"]
)
def test_a_byline_is_told_from_the_headline_by_the_words_that_bylines_have(byline: str) -> None:
    assert lines(f"{' '.join(MENU)} {HEADLINE} {byline} 12 May 2026, 10:20 {TEXT}")[-3:-1] == [
        byline,
        "12 May 2026, 10:20",
    ]


def test_a_tail_without_a_label_is_what_no_sentence_ends() -> None:
    assert lines(f"{TEXT} Lock repairs delay ferry Buses run late") == [TEXT, "Lock repairs delay ferry Buses run late"]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT + "\n",
        f"{HEADLINE}\n{TEXT}",
        f"{TEXT} The mill was built on 12 May 1951. It was closed in 1988.",
        f"Bakers met on Friday. The mill opened on 12 May 2026. {TEXT}",
        "Short page. 12 May 2026 Two words. Share this story",
    ],
)
def test_a_line_that_is_only_a_text_stays_one(text: str) -> None:
    assert read_form(text).text == text
