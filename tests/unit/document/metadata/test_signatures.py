"""Which names the markup of a page calls its authors."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import Metadata, with_desk, with_signatures
from pipeline.document.metadata.head import read_head
from pipeline.document.metadata.signatures import signatures

PROSE = f"<p>{'Снег начали убирать ещё ночью, и к утру по улице пошли автобусы. ' * 4}</p>"


def signed(body: str, metadata: Metadata | None = None) -> tuple[str, ...]:
    tree = LexborHTMLParser(f"<!doctype html><body>{body}</body>")
    head = read_head(tree, url="https://sosny.example/sneg")
    return with_signatures(metadata or Metadata(), head, signatures(tree)).author


@pytest.mark.parametrize(
    "byline",
    [
        '<span class="post-author">Ирина Белова</span>',
        '<div class="b-byline">Автор: Ирина Белова</div>',
        '<div data-testid="author">Ирина Белова</div>',
        '<p>Текст <a href="/authors/belova">Ирина Белова</a></p>',
        '<p>Текст <a rel="author" href="/u9">Ирина Белова</a></p>',
        '<div class="author"><b>Ирина Белова</b><i>Директор Музея</i><time>2 марта 2026</time></div>',
    ],
)
def test_a_name_is_an_author_by_its_class_or_by_a_link_to_a_profile(byline: str) -> None:
    assert signed(f"<h1>Снег убрали с улиц</h1>{byline}{PROSE}") == ("Ирина Белова",)


def test_a_name_below_the_headline_comes_before_one_elsewhere() -> None:
    below = '<div class="grid"><div class="author">Ирина Белова</div></div>'
    elsewhere = '<div class="author">Пётр Сосновский</div>'
    assert signed(f"{elsewhere}<h1>Снег убрали</h1>{below}{PROSE}{elsewhere}") == ("Ирина Белова",)
    assert signed(f"<h1>Снег убрали</h1>{PROSE}{elsewhere}") == ("Пётр Сосновский",)


@pytest.mark.parametrize(
    "box",
    [
        "<aside>{}</aside>",
        '<div class="related">{}</div>',
        '<div id="comments">{}</div>',
        '<div class="author-avatar">Ирина Белова</div>',
        '<div>Проверила: <span class="author">Ирина Белова</span></div>'.replace("Проверила", "Fact checked by"),
    ],
)
def test_a_name_in_a_box_about_others_is_no_author(box: str) -> None:
    assert signed(f"<h1>Снег убрали</h1>{PROSE}{box.format('<b class=author>Ирина Белова</b>')}") == ()


def test_the_names_of_many_articles_are_no_authors() -> None:
    names = ("Ирина Белова", "Пётр Сосновский", "Анна Лесная", "Олег Речной", "Майя Полевая")
    assert signed("".join(f'<b class="author">{name}</b>' for name in names)) == ()
    assert signed("".join(f'<b class="author">{name}</b>' for name in names[:4])) == names[:4]


def test_two_names_in_one_byline_are_two_authors() -> None:
    assert signed(f'<h1>Снег</h1><p class="byline">By <a>Ann Lee</a> and <a>Joe Roe</a></p>{PROSE}') == (
        "Ann Lee",
        "Joe Roe",
    )


def test_what_the_page_declares_counts_first() -> None:
    assert signed('<b class="author">Ирина Белова</b>', Metadata(author=("Пётр Сосновский",))) == ("Пётр Сосновский",)


@pytest.mark.parametrize("name", ["Ann Garland", "Joe Whitby", "Анна Бережной", "Zoe Everet"])
def test_a_name_that_ends_like_the_word_and_is_joined_to_nothing(name: str) -> None:
    byline = f'<div class="author"><b>{name}</b><i>Keeper of the Locks</i></div>'
    assert signed(f"<h1>Снег убрали</h1>{byline}{PROSE}") == (name,)


@pytest.mark.parametrize("date", ["4 марта 2026", "· Mar 4, 2026, 10:20", "| 04.03.2026"])
def test_a_date_behind_a_name_is_cut_off(date: str) -> None:
    assert signed(f'<h1>Снег убрали</h1><p class="author">Ирина Белова {date}</p>{PROSE}') == ("Ирина Белова",)


def test_the_author_of_the_next_article_in_an_endless_page_is_another() -> None:
    page = "<article><h1>{}</h1><b class=author>{}</b>{}</article>"
    articles = (page.format("Снег", "Ирина Белова", PROSE), page.format("Лёд", "Пётр Сосновский", PROSE))
    assert signed("".join(articles)) == ("Ирина Белова",)


def desk(html: str, metadata: Metadata | None = None) -> tuple[str, ...]:
    tree = LexborHTMLParser(f"<!doctype html>{html}")
    head = read_head(tree, url="https://paulinepines.example/sneg")
    return with_desk(metadata or Metadata(), head, *signatures(tree)).author


def typed(kind: str, name: str) -> str:
    author = f'{{"@type": "{kind}", "name": "{name}"}}'
    return f'<script type="application/ld+json">{{"@type": "Article", "headline": "A", "author": {author}}}</script>'


SITE = '<meta property="og:site_name" content="Pauline Pines">'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (SITE + typed("Person", "Pauline Pines"), "Pauline Pines"),  # a site of one person
        (
            SITE + '<meta name="author" content="Pauline Pines"><h1>A</h1><b class="author">Pauline Pines</b>',
            "Pauline Pines",
        ),
        (typed("Person", "Harbor Desk"), "Harbor Desk"),
        (typed("Person", "Портал «Сосны»"), "Портал «Сосны"),
        (
            '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Pines Team">',
            "Pines Team",
        ),
        ('<h1>A</h1><p class="byline">By the Harbor editors</p>', "the Harbor editors"),
        (typed("Organization", "Harbor Desk") + '<h1>A</h1><p class="byline">Harbor Desk</p>', "Harbor Desk"),
        ('<h1>A</h1><a rel="author" href="/m">Mirabel</a>', "Mirabel"),
        ('<h1>A</h1><b class="author">Mirabel</b>', "Mirabel"),
        (typed("Person", "pauline pines") + SITE, "pauline pines"),
    ],
)
def test_a_desk_signs_what_no_person_does(html: str, expected: str) -> None:
    assert desk(html) == (expected,)
    assert desk(html, Metadata(author=("Ирина Белова",))) == ("Ирина Белова",)


@pytest.mark.parametrize(
    "html",
    [
        typed("Organization", "Harbor Desk"),  # the publisher
        '<meta name="author" content="Harbor Desk">',
        *(typed("Person", name) for name in ("Staff Writer", "Редакция", "admin", "q_admin", "Redaktion", "undefined")),
        *(typed("Person", name) for name in ("bob1987", "someaccount", "paulinepines.example", "https://a.example/b")),
        '<h1>A</h1><p class="byline">By our newsroom</p>',
        '<h1>A</h1><b class="author">Mirabel</b><b class="author">Norbert</b>',
        '<a rel="author" href="/m">Mirabel</a><a rel="author" href="/n">Norbert</a>',
    ],
)
def test_what_is_anybody_s_or_only_declared_signs_nothing(html: str) -> None:
    assert desk(html) == ()
