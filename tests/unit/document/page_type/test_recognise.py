"""Pages that stand in for an article are discarded with a reason of their own; news about the same matters are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document, Refusal
from pipeline.records.reason import STAND_INS, Reason
from tests.support.stand_ins import cases, html, page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WALLS = [(case[0].split()[0], case[0].split()[1], case[1:]) for case in cases("walls.txt")]
ARTICLES = [(case[0], case[1:]) for case in cases("articles.txt")]
FORMS: dict[str, Callable[[Sequence[str], str], str]] = {
    "html": lambda lines, lang: html(lines, lang=lang),
    "menu": lambda lines, lang: html(lines, lang=lang, menu=True),
    "text": lambda lines, lang: "\n".join(lines),
}
# The first lines of these are dropped as widgets, and what is left could be an advertisement.
MISSED = {("text", "log-in", "pl")}


def cleaned(
    body: str, url: str = "https://news.example/2026/06/ferry-1234", asked: str | None = None
) -> Document | Refusal:
    return clean(page(body, url=url, asked=asked), topic="pages", partition=0, offset=0)


def test_there_are_pages_of_all_kinds_and_in_many_languages() -> None:
    assert len(WALLS) >= 140
    assert len(ARTICLES) >= 70
    assert {reason for reason, _, _ in WALLS} == set(STAND_INS) - {Reason.FRONT_PAGE}
    assert {lang for _, lang, _ in WALLS} > {
        "be",
        "de",
        "el",
        "en",
        "es",
        "fr",
        "it",
        "ja",
        "kk",
        "pl",
        "pt",
        "ru",
        "tr",
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_page_that_stands_in_for_an_article_is_no_article(form: str) -> None:
    articles = [
        (form, reason, lang) for reason, lang, lines in WALLS if isinstance(cleaned(FORMS[form](lines, lang)), Document)
    ]
    assert set(articles) <= MISSED, articles


def test_its_reason_is_its_own() -> None:
    """A page may be two things, such as a consent wall that offers a subscription; most have the expected reason."""
    found = [(reason, cleaned(html(lines, lang=lang))) for reason, lang, lines in WALLS]
    wrong = [(reason, one.reason) for reason, one in found if isinstance(one, Refusal) and one.reason != reason]
    assert len(wrong) <= 6, wrong
    assert all(got in STAND_INS for _, got in wrong), wrong


@pytest.mark.parametrize("form", FORMS)
def test_short_news_about_such_matters_are_articles(form: str) -> None:
    """Even without a date and an author, which would speak for them."""
    refused = [
        (lines[0], one.reason, one.detail)
        for lang, lines in ARTICLES
        if isinstance(one := cleaned(FORMS[form](lines, lang)), Refusal)
    ]
    assert not refused


def test_the_detail_names_the_evidence() -> None:
    refused = cleaned(html(["Page not found", "Sorry, the page that you are looking for has been removed."]))
    assert isinstance(refused, Refusal)
    assert refused.reason == Reason.ERROR_PAGE
    assert "its title says nothing else (+3)" in refused.detail
    assert refused.cleaning is not None


CHALLENGE = "<script>(function(){window._cf_chl_opt = {cvId: '3'};}());</script>"
UNKNOWN = "<p>Tietoturvatarkistus on käynnissä. Odota hetki.</p>"


def test_the_script_of_a_challenge_counts_in_any_language() -> None:
    def named(script: str, text: str) -> Document | Refusal:
        return cleaned(f"<html><head><title>news.example</title>{script}</head><body>{text}</body></html>")

    refused = named(CHALLENGE, UNKNOWN)
    assert isinstance(refused, Refusal)
    assert refused.reason == Reason.BROWSER_CHECK


def test_an_article_about_a_protecting_program_is_an_article() -> None:
    lines = ["DDoS-Guard опроверг уход с рынка", "Компания DDoS-Guard опровергла сообщения о своём уходе с рынка.",
             "Скрипт _cf_chl_opt, о котором писали в сети, принадлежит Cloudflare, пояснил её директор."]  # fmt: skip
    assert isinstance(cleaned(html(lines, lang="ru")), Document)


def test_an_empty_element_that_a_script_fills_is_a_page_without_text() -> None:
    shell = '<html><head><title>Harbour Courier</title></head><body><div id="root"></div>'
    noscript = "<noscript>You need to enable JavaScript to run this app.</noscript></body></html>"
    refused = cleaned(shell + noscript)
    assert isinstance(refused, Refusal)
    assert refused.reason == Reason.SCRIPT_ONLY


def test_a_paywall_on_the_page_of_an_article_is_no_article() -> None:
    body = (
        '<html><head><title>Harbour plan in doubt</title><meta property="og:type" content="article">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Harbour plan in doubt", '
        '"datePublished": "2026-06-01T08:00:00Z", "isAccessibleForFree": false}</script></head><body>'
        "<h1>Harbour plan in doubt</h1><p>This article is for subscribers only. Subscribe now to keep reading: your "
        "first month is free.</p><p>Already a subscriber? Log in to your account.</p></body></html>"
    )
    refused = cleaned(body)
    assert isinstance(refused, Refusal)
    assert refused.reason == Reason.PAYWALL


def test_an_article_with_a_consent_box_and_a_log_in_form_is_an_article() -> None:
    story = "".join(f"<p>{line}</p>" for _, lines in ARTICLES[:3] for line in lines[1:])
    body = (
        '<html><head><title>Three stories</title></head><body><form class="login-form"><input type="password"></form>'
        f"<article><h1>Three stories</h1>{story}</article><div class='cookie'><h2>We value your privacy</h2><p>We and "
        "our partners use cookies to show you personalised ads and to measure them. You can accept or refuse.</p></div>"
        "</body></html>"
    )
    assert isinstance(cleaned(body), Document)


ARTICLE = html(ARTICLES[0][1])


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        ("https://news.example/2026/05/the-old-story-12345.html", "https://news.example/"),
        ("https://news.example/2026/05/the-old-story-12345.html", "https://www.news.example/index.php"),
        ("https://news.example/ru/news/12345", "https://news.example/ru/"),
        ("https://news.example/politics/12345-old-story", "https://news.example/politics/"),
        ("https://news.example/sea/b/old-story-about-ferries", "https://news.example/sea"),
        ("https://short.example/x1Y2z", "https://news.example/"),
        ("https://news.example/node/88231", "https://news.example/home.html"),
    ],
)
def test_the_url_of_an_article_that_leads_to_a_front_page_or_section_gives_no_article(asked: str, url: str) -> None:
    for body in (ARTICLE, "\n".join(ARTICLES[0][1])):
        refused = cleaned(body, url=url, asked=asked)
        assert isinstance(refused, Refusal), url
        assert (refused.reason, asked in refused.detail) == (Reason.FRONT_PAGE, True)


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        ("http://news.example/2026/05/story-12345.html", "https://www.news.example/2026/05/story-12345.html"),
        ("https://news.example/story-12345/amp", "https://news.example/story-12345"),
        ("https://news.example/news/old-story-of-ferries/2", "https://news.example/news/old-story-of-ferries/"),
        ("https://news.example/politics/12345", "https://news.example/politics/12345-a-new-slug"),
        ("https://short.example/x1Y2z", "https://news.example/2026/05/story-12345.html"),
        ("https://news.example/", "https://www.news.example/"),
        ("https://news.example/12345", "https://news.example/?p=12345"),
        ("https://old.example/a-story-about-ferries", "https://new.example/ferries/"),
    ],
)
def test_other_redirects_lead_to_articles(asked: str, url: str) -> None:
    assert isinstance(cleaned(ARTICLE, url=url, asked=asked), Document)


def test_a_redirect_to_a_page_that_says_that_it_is_an_article_leads_to_an_article() -> None:
    body = ARTICLE.replace("<title>", '<meta property="og:type" content="article"><title>')
    asked = "https://news.example/special-12345"
    assert isinstance(cleaned(body, url="https://special.example/", asked=asked), Document)


def test_a_redirect_to_a_log_in_counts() -> None:
    body = html(["Merrow Gazette", "Sisäänkirjaudu ensin, kiitos. Sitten jatkamme yhdessä eteenpäin."], lang="fi")
    body = body.replace("</body>", '<form><input type="password"></form></body>')
    refused = cleaned(body, url="https://news.example/login?return=%2F2026%2F1", asked="https://news.example/2026/1")
    assert isinstance(refused, Refusal)
    assert refused.reason == Reason.LOG_IN
