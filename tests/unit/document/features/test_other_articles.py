"""Whole articles that a page puts behind its own, and parts of an article that look like them; all texts are our own."""

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of
from tests.support.documents import AT

TITLE = "Лодочная станция в Верхних Соснах откроется в мае"
OWN = (
    "Лодочную станцию на озере в Верхних Соснах откроют в первых числах мая, если лёд сойдёт в обычный срок.",
    "Прокат будет работать с девяти утра до захода солнца, детям до семи лет выдадут жилеты без всякой платы.",
    "«Мы покрасили двадцать лодок и починили причал», — рассказал смотритель станции Виктор Корнеев.",
)
NEXT_TITLE = "В Речном испекли самый длинный пирог долины"
NEXT = (
    "Пирог длиной в сорок метров испекли в воскресенье жители Речного, чтобы отметить день рождения моста.",
    "Тесто месили в школьной столовой всю ночь, а начинку из брусники собирали ещё прошлой осенью в лесу.",
    "«Ели всем посёлком, и каждому хватило по два куска», — вспоминает пекарь Анна Лаптева.",
)
DATE = '<div class="when">3 марта 2026, 10:20</div>'


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def body(inner: str, title: str = TITLE) -> str:
    menu = '<nav><a href="/">Главная</a> <a href="/sport">Спорт</a> <a href="/town">Посёлок</a></nav>'
    html = (
        f"<html lang=ru><head><title>{title}</title></head><body>{menu}{inner}<footer>© Вестник</footer></body></html>"
    )
    page = page_of("https://sosny.example/news/17-stantsiya", html.encode(), fetched_at=AT)
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    return document.article_body


OTHERS = {
    "an article behind an article": (
        "<main><article><h1>{title}</h1>{own}</article><div><article><h1>{next_title}</h1>{next}</article></div></main>"
    ),
    "a container with an address of its own": (
        '<main><div class=a data-url="/17"><h1>{title}</h1>{own}</div>'
        '<div class=b data-url="/16"><h1>{next_title}</h1>{next}</div></main>'
    ),
    "a typed item with a smaller headline and a date": (
        '<main><div itemscope itemtype="https://schema.org/NewsArticle"><h1>{title}</h1>{own}</div>'
        '<div itemscope itemtype="https://schema.org/NewsArticle"><h2>{next_title}</h2>{date}{next}</div></main>'
    ),
    "a headline with its own date": (
        "<main><div><h1>{title}</h1>{date}{own}</div><div><h1>{next_title}</h1>{date}{next}</div></main>"
    ),
    "a headline with its own date in the same element": (
        "<main><div><h1>{title}</h1>{date}{own}<h1>{next_title}</h1>{date}{next}</div></main>"
    ),
    "an article of the same kind with a smaller headline": (
        "<main><article class=post><h1>{title}</h1>{own}</article><article class=post><h2>{next_title}</h2>{next}</article></main>"
    ),
    "a second body of an article": (
        "<main><div><h1>{title}</h1><div itemprop=articleBody>{own}</div></div>"
        "<div><h2>{next_title}</h2><div itemprop=articleBody>{next}</div></div></main>"
    ),
    "a section announced as the next to read": (
        "<main><div><h1>{title}</h1>{own}</div><section><h3>Читайте также</h3><h2>{next_title}</h2>{next}</section></main>"
    ),
}
PARTS = {
    "sections with headings of the first level": (
        "<main><section><h1>{title}</h1>{own}</section><section><h1>{next_title}</h1>{next}</section></main>"
    ),
    "headings of the first level in one element": "<article><h1>{title}</h1>{own}<h1>{next_title}</h1>{next}</article>",
    "headings of the second level": "<article><h1>{title}</h1>{own}<h2>{next_title}</h2>{next}</article>",
    "entries of a live report": (
        "<main><h1>{title}</h1><article><time>11:40</time><h2>Лёд сошёл</h2>{own}</article>"
        "<article><time>10:20</time><h2>{next_title}</h2>{next}</article></main>"
    ),
    "a body in two elements": (
        "<main><div><h1>{title}</h1><div itemprop=articleBody>{own}</div></div>"
        "<div><div itemprop=articleBody><h2>{next_title}</h2>{next}</div></div></main>"
    ),
    "entries behind a summary": (
        "<main class=live-blog><article><h1>{title}</h1><p>{lead}</p></article><article><h2>Лёд сошёл</h2>"
        "<time>10:20</time>{own}</article><article><h2>{next_title}</h2><time>9:20</time>{next}</article></main>"
    ),
    "entries inside of the article": (
        "<article><header><h1>{title}</h1></header><div><p>{lead}</p></div><div><article><h2>Лёд сошёл</h2>"
        "<time>10:20</time>{own}</article><article><h2>{next_title}</h2><time>9:20</time>{next}</article></div></article>"
    ),
}


def page(form: str) -> str:
    return form.format(
        title=TITLE, next_title=NEXT_TITLE, own=paragraphs(OWN), next=paragraphs(NEXT), date=DATE, lead=OWN[0]
    )


@pytest.mark.parametrize("kind", OTHERS)
def test_only_the_page_s_own_article_is_kept(kind: str) -> None:
    found = body(page(OTHERS[kind]))
    assert all(text in found for text in OWN)
    assert not any(text in found for text in (*NEXT, NEXT_TITLE))


def test_the_title_says_which_article_is_the_page_s_own() -> None:
    found = body(page(OTHERS["an article behind an article"]), title=f"{NEXT_TITLE} | Вестник")
    assert all(text in found for text in NEXT)
    assert not any(text in found for text in OWN)


@pytest.mark.parametrize("kind", PARTS)
def test_parts_of_an_article_stay(kind: str) -> None:
    found = body(page(PARTS[kind]))
    assert all(text in found for text in (*OWN, *NEXT))
