"""Which names the markup of a page calls its authors."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import Metadata, with_signatures
from pipeline.document.metadata.head import read_head
from pipeline.document.metadata.signatures import signatures

PROSE = f"<p>{'Снег начали убирать ещё ночью, и к утру по улице пошли автобусы. ' * 4}</p>"


def signed(body: str, metadata: Metadata | None = None) -> tuple[str, ...]:
    tree = LexborHTMLParser(f"<!doctype html><body>{body}</body>")
    head = read_head(tree, url="https://sosny.example/sneg")
    return with_signatures(metadata or Metadata(), head, lambda: signatures(tree)).author


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
