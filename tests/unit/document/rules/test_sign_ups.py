"""Boxes that ask for an e-mail address are no article; sentences that speak of one are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import native
from pipeline.document.clean import clean
from pipeline.document.rules.phrases import ADDRESS_FIELDS, INBOX
from pipeline.document.rules.sign_up import is_sign_up, may_sign_up
from pipeline.records.document import Document
from pipeline.records.page import page_of

AT = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = (
    "The swing bridge at Tarn Quay carried its first cars in nine days on Saturday morning, "
    "after engineers freed a jammed bearing that had left the old span stuck halfway across the river."
)
SECOND = (
    "Traffic had been sent on a long detour through Holt Cross since June, doubling the journey to the hospital "
    "and emptying the shops on the east bank, said Imran Sethi, who runs the bakery on Quay Street."
)
THIRD = (
    "The county put the repair at a third of a million, of which about a half will come from its emergency fund, "
    "and the rest will have to be borrowed before the end of the year, the engineers said on Sunday."
)


def cleaned(text: str, name: str) -> Document:
    document = clean(page_of(f"file:{name}", text.encode(), fetched_at=AT), topic="", partition=0, offset=0)
    assert isinstance(document, Document)
    return document


def of_html(middle: str) -> Document:
    return cleaned(
        f"<html><body><h1>Swing bridge reopens</h1><div class=story><p>{FIRST}</p><p>{SECOND}</p>{middle}"
        f"<p>{THIRD}</p></div></body></html>",
        "page.html",
    )


def of_text(*middle: str) -> list[str]:
    return cleaned("\n\n".join((FIRST, SECOND, *middle, THIRD)), "page.txt").article_body.split("\n")


@pytest.mark.parametrize(
    "field",
    [
        '<input type="email" placeholder="you@mail.example">',
        '<input type="text" name="userEmail">',
        '<input placeholder="Your E-Mail">',
    ],
)
def test_a_box_around_an_address_field_is_no_article(field: str):
    box = (
        "<div><h4>The Echo in your inbox</h4><p>Get the five stories the valley is talking about, every weekday at 7am.</p>"
        f"<form>{field}<button>Count me in</button></form></div>"
    )

    document = of_html(box)

    assert document.article_body.split("\n")[-3:] == [FIRST, SECOND, THIRD]
    assert "support-bar" in {removed.rule for removed in document.cleaning.removed}


def test_the_paragraphs_beside_a_form_stay_whatever_holds_both():
    form = '<form><input type="email"><button>Send</button></form>'

    assert THIRD in of_html(form).article_body
    assert SECOND in of_html(f"<section><p>{SECOND} Twice.</p>{form}</section>").article_body


def test_a_form_around_the_whole_page_is_no_box():
    page = (
        f"<html><body><form id=aspnet><h1>Swing bridge reopens</h1><p>{FIRST}</p><p>{SECOND}</p>"
        f'<input type="email"><p>{THIRD}</p></form></body></html>'
    )

    assert cleaned(page, "page.html").article_body.split("\n")[-3:] == [FIRST, SECOND, THIRD]


def test_a_page_that_is_hardly_more_than_a_box_keeps_it():
    page = (
        "<html><body><p>The ferry will not sail on Monday because of the storm.</p>"
        "<div><p>The council will tell subscribers by letter when the ferry sails again this week.</p>"
        '<form><input type="email"></form></div></body></html>'
    )

    assert "sails again" in cleaned(page, "page.html").article_body


@pytest.mark.parametrize(
    "prompt",
    [
        "Enter your email address",
        "Your e-mail:",
        "Please enter a valid email address.",
        "Введите ваш e-mail",
        "Адрес электронной почты",
        "Введіть адресу електронної пошти",
        "Увядзіце адрас электроннай пошты",
        "Электрондық поштаңызды енгізіңіз",
        "Podaj swój adres e-mail",
        "Ihre E-Mail-Adresse eingeben",
        "Entrez votre adresse e-mail",
        "The news of the valley, delivered straight to your inbox.",
        "No spam, we promise. You can unsubscribe at any time.",
        "Главное за неделю — прямо на вашу почту",
        "Найважливіше за тиждень — просто на вашу пошту",
    ],
)
def test_a_line_that_asks_for_an_address_or_offers_letters_is_no_article(prompt: str):
    assert of_text(prompt) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "sentence",
    [
        "She told us in an email: enter your email address and you will never hear from them again, as thousands have.",
        '"The bill is delivered straight to your inbox every month," the director of the water company told the council.',
        "The council said that the answers would be sent to your inbox every Friday until the inquiry ends in May.",
        "Полиция просит не вводить адрес электронной почты на сайтах, которые обещают вернуть деньги за проезд.",
        "«Письмо придёт прямо на вашу почту», — пообещал директор водоканала Степан Журба на встрече с жителями.",
    ],
)
def test_a_true_sentence_that_speaks_of_an_address_stays(sentence: str):
    assert sentence in of_text(sentence)


@given(
    st.lists(
        st.lists(st.sampled_from(sorted({*INBOX, *ADDRESS_FIELDS, "Каждый день", "word", "news " * 40}))).map(" ".join),
        max_size=4,
    )
)
def test_no_box_is_overlooked_among_several_blocks(bodies: list[str]) -> None:
    may = may_sign_up(bodies)
    assert may or not any(map(is_sign_up, bodies))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "COMPILED", False)
        assert may_sign_up(bodies) == may
