"""Indexes, shops, services, forums and documentation are no articles; articles that look like lists stay articles."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document, Refusal
from pipeline.records.page import Page
from pipeline.records.page_type import PageType
from pipeline.records.reason import Reason

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOST = "https://rechka.example"
# A headline and its teaser.
NEWS = {
    "ru": [
        ("В Ольховке открыли мост через Сухую", "Движение пустили утром, автобусы вернулись на прежний путь."),
        ("Школьники нашли клад у старой мельницы", "Двести монет передали в музей района."),
        ("Пекарня переходит на ночную смену", "Хлеб обещают привозить к шести утра."),
        ("Лыжники вышли в финал", "Решающая гонка пройдёт в воскресенье."),
        ("На рынке подешевела капуста", "Килограмм стоит на треть меньше, чем осенью."),
        ("Библиотека ищет старые фотографии", "Снимки отсканируют и вернут хозяевам."),
        ("Трамвай пойдёт до вокзала", "Рельсы уложат к началу лета."),
    ],
    "uk": [
        ("У Вербовому запустили новий автобус", "Він їздить до лікарні щогодини."),
        ("Пасічники чекають раннього меду", "Акація зацвіла на два тижні раніше."),
        ("Музей показує вишиванки", "Найстарішій з них понад сто років."),
        ("Річку очистили від сміття", "Волонтери зібрали сорок мішків."),
        ("У школі відкрили майстерню", "Діти вчаться різьбити по дереву."),
        ("Футболісти здобули кубок", "У фіналі забили тричі."),
    ],
    "en": [
        ("Ferry returns to Harlow Bay", "The first boat left the pier before seven."),
        ("Old mill finds a new owner", "A family of bakers will move in by June."),
        ("School garden wins a prize", "Pupils grew forty kinds of beans."),
        ("Council delays the ring road", "Engineers want to look at the marsh again."),
        ("Choir sings in the quarry", "Two thousand people came to listen."),
        ("Storm takes the lighthouse roof", "Nobody was hurt, the keeper said."),
    ],
    "pl": [
        ("Prom wrócił na Zalew", "Pierwszy kurs ruszył przed siódmą."),
        ("Młyn ma nowego właściciela", "Rodzina piekarzy wprowadzi się w czerwcu."),
        ("Szkolny ogród z nagrodą", "Uczniowie wyhodowali czterdzieści odmian fasoli."),
        ("Obwodnica później", "Inżynierowie chcą jeszcze raz zbadać bagna."),
        ("Chór śpiewał w kamieniołomie", "Słuchało go dwa tysiące osób."),
        ("Wichura zerwała dach latarni", "Nikomu nic się nie stało."),
    ],
}  # fmt: skip
TITLES = {"ru": "Новости", "uk": "Новини", "en": "News", "pl": "Wiadomości"}
CARDS = (
    '<div class="card"><h3><a href="/n/{n}">{head}</a></h3><p>{lead}</p><span>{n}.02.2026</span></div>',
    '<article><h2><a href="/n/{n}">{head}</a></h2><p>{lead}</p></article>',
    '<li><a href="/n/{n}">{head}</a><div class="anons">{lead}</div></li>',
)


def page(main: str, *, title: str, path: str, head: str = "") -> Page:
    menu = "".join(f'<li><a href="/{name}/">{name}</a></li>' for name in ("alfa", "beta", "gamma", "delta"))
    body = (
        f"<html><head><title>{title} — Rechka</title>{head}</head><body><nav><ul>{menu}</ul></nav>"
        f"<main>{main}</main><footer><p>© 2026 Rechka</p></footer></body></html>"
    )
    return Page(url=HOST + path, fetched_at=AT, media_type="text/html", body=body)


def cleaned(one: Page, *accept: PageType) -> Document | Refusal:
    return clean(one, topic="pages", partition=0, offset=0, **({"accept": frozenset(accept)} if accept else {}))


def index(lang: str, card: str) -> Page:
    cards = "".join(card.format(n=number + 3, head=head, lead=lead) for number, (head, lead) in enumerate(NEWS[lang]))
    return page(f"<h1>{TITLES[lang]}</h1>{cards}", title=TITLES[lang], path="/news/")


def shop(items: list[tuple[str, str]], *, title: str, text: str) -> Page:
    cards = "".join(
        f'<li class="product"><a href="/product/{n}"><h3>{name}</h3></a><span class="price">{price}</span>'
        f'<form action="/cart/add"><button class="add-to-cart">+</button></form></li>'
        for n, (name, price) in enumerate(items)
    )
    return page(f"<h1>{title}</h1><p>{text}</p><ul>{cards}</ul>", title=title, path="/collections/chashki")


def article(paragraphs: list[str], *, title: str, path: str = "/2026/03/02/most-otkryli.html", head: str = "") -> Page:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return page(f"<article><h1>{title}</h1>{text}</article>", title=title, path=path, head=head)


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("lang", NEWS)
def test_an_index_of_news_is_discarded_and_its_type_is_in_the_detail(lang: str, card: str):
    refusal = cleaned(index(lang, card))

    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_ARTICLE
    assert refusal.detail


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_detail_has_the_score_and_signs_in_words(lang: str):
    refusal = cleaned(index(lang, CARDS[0]))

    assert isinstance(refusal, Refusal)
    kind, _, rest = refusal.detail.partition(": ")
    assert kind in set(PageType) - {PageType.ARTICLE}
    assert "article score 0." in rest
    assert "elements of the same form" in rest
    assert refusal.cleaning is not None
    assert refusal.cleaning.page_type == kind
    assert refusal.cleaning.article_score is not None
    assert refusal.cleaning.article_score < 0.5


PRODUCTS = {
    "ru": ("Чашка «Заря»", "Чашка из тонкого фарфора с росписью. Её можно мыть в машине и ставить в печь.", "1 200 ₽"),
    "en": ("Dawn mug", "A mug of thin china, painted by hand. It goes into the dishwasher and the oven.", "$18.00"),
    "de": ("Tasse Morgenrot", "Eine Tasse aus dünnem Porzellan, von Hand bemalt. Sie ist für die Spülmaschine geeignet.", "18,00 €"),
}  # fmt: skip


@pytest.mark.parametrize("lang", PRODUCTS)
def test_a_product_is_discarded(lang: str):
    name, text, price = PRODUCTS[lang]
    main = (
        f'<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">{name}</h1><span>{price}</span>'
        f'<p itemprop="description">{text}</p><form action="/cart/add"><button>+</button></form></div>'
    )
    head = '<meta property="og:type" content="product">'
    refusal = cleaned(page(main, title=name, path="/product/zarya", head=head))

    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_ARTICLE
    assert "it declares a product" in refusal.detail or "no block" in refusal.detail


def test_a_collection_of_a_shop_is_discarded():
    items = [(f"Чашка «Заря-{n}»", f"{n}00 ₽") for n in range(4, 14)]
    text = "Фарфоровые чашки ручной росписи. Выберите форму и цвет, а мы привезём заказ за два дня."

    assert isinstance(cleaned(shop(items, title="Чашки", text=text)), Refusal)


REPLIES = [
    "У меня такая же печь, и тяга пропадает только в оттепель. Попробуйте сначала прогреть трубу газетой.",
    "Газета не поможет, если забит дымоход. Я вызывал трубочиста, он достал птичье гнездо.",
    "Спасибо, трубочист придёт в субботу. Расскажу потом, что он там нашёл.",
    "Гнездо и правда было. Теперь топится хорошо, тема закрыта.",
]


def thread() -> Page:
    posts = "".join(
        f'<div class="post"><div class="user">sosed{n}</div><div class="message">{text}</div></div>'
        for n, text in enumerate(REPLIES)
    )
    head = '<meta name="generator" content="phpBB">'
    return page(f"<h1>Дымит печь</h1>{posts}", title="Дымит печь", path="/forum/viewtopic.php?t=4", head=head)


def test_a_thread_is_accepted_only_by_those_who_want_forums():
    refusal = cleaned(thread())
    assert isinstance(refusal, Refusal)
    assert refusal.cleaning is not None
    kind = PageType(refusal.cleaning.page_type or "")
    found = cleaned(thread(), PageType.ARTICLE, kind)
    assert isinstance(found, Document)
    assert found.cleaning == refusal.cleaning


def test_whoever_accepts_no_articles_gets_none():
    found = cleaned(
        article(["Мост открыли утром, сообщили в районе. Автобусы пошли сразу."] * 3, title="Мост открыт"),
        PageType.FORUM,
    )

    assert isinstance(found, Refusal)
    assert found.detail.startswith("article: ")


ROUND_UP = [f"<h2>{head}</h2><p>{lead} Об этом рассказали в администрации.</p>" for head, lead in NEWS["ru"]]
LIVE = [
    f"<p><time>1{n}:30</time> {text}</p>"
    for n, text in enumerate([
        "Пожарные подъехали к складу, горит крыша.",
        "Огонь перешёл на соседнее здание, людей вывели.",
        "Прибыли ещё две машины из Ольховки.",
        "Открытое горение потушили, сообщил начальник части.",
        "Пострадавших нет. Причину выяснят завтра.",
    ])
]  # fmt: skip
QUESTIONS = [
    f"<h3>{asked}</h3><p>{answer}</p>"
    for asked, answer in [
        ("Когда откроют мост?", "Мост откроют в понедельник утром, если позволит погода, говорит мэр."),
        ("Сколько он стоил?", "Район потратил сорок миллионов, ещё десять дала область."),
        ("Кто его строил?", "Строила местная бригада, опоры привезли с завода."),
    ]
]
PHOTOS = [
    f'<figure><img src="/{n}.jpg"><figcaption>{text}</figcaption></figure>'
    for n, text in enumerate([
        "Так мост выглядел весной, когда ещё не было перил.",
        "Опору везли по реке два дня.",
        "Последнюю плиту уложили в феврале.",
        "Первыми по мосту прошли школьники.",
    ])
]  # fmt: skip
DATED = '<meta property="article:published_time" content="2026-03-02T08:00:00+03:00">'
SHORT = {
    "ru": ("В Ольховке дали свет", "В Ольховке восстановили подачу света, сообщили в сетях. Без него сидели три улицы."),
    "uk": ("У Вербовому дали світло", "У Вербовому відновили подачу світла, повідомили в мережах. Без нього були три вулиці."),
    "kk": ("Қарасуда жарық қосылды", "Қарасу ауылында жарық қайта қосылды, деп хабарлады мекеме. Үш көше жарықсыз отырған."),
    "en": ("Lights back on in Harlow", "Power was restored in Harlow on Monday night, the grid said. Three streets had been dark."),
    "el": ("Επέστρεψε το ρεύμα", "Το ρεύμα επέστρεψε στο χωριό τη Δευτέρα, είπε η εταιρεία. Τρεις δρόμοι ήταν στο σκοτάδι."),
}  # fmt: skip


@pytest.mark.parametrize(
    "blocks", [ROUND_UP, LIVE, QUESTIONS, PHOTOS], ids=["round-up", "live blog", "questions", "photos"]
)
@pytest.mark.parametrize("head", ["", DATED], ids=["undeclared", "dated"])
def test_an_article_that_looks_like_a_list_stays(blocks: list[str], head: str):
    lead = "<p>2 марта 2026, 09:00. Анна Речная. Собрали главное о новом мосте через Сухую за прошедшую неделю.</p>"
    found = cleaned(page(f"<article><h1>Мост через Сухую: главное</h1>{lead}{''.join(blocks)}</article>", title="Мост через Сухую: главное", path="/2026/03/02/most-cherez-suhuyu-glavnoe.html", head=head))  # fmt: skip

    assert isinstance(found, Document)
    assert found.cleaning.page_type == PageType.ARTICLE


@pytest.mark.parametrize("lang", SHORT)
def test_a_short_item_without_date_or_author_stays(lang: str):
    title, text = SHORT[lang]

    assert isinstance(cleaned(article([text], title=title, path="/n/4711")), Document)


def test_an_article_about_a_product_stays():
    text = [
        "Завод в Ольховке показал новую чашку, её продают за 1 200 рублей, сообщил директор Пётр Ручьёв.",
        "Первую партию раскупили за день. Вторую обжигают сейчас, её привезут в магазин в пятницу.",
        "«Мы не ждали такой очереди», — сказал он в понедельник. Чашку рисовала художница из соседнего района.",
    ]
    found = cleaned(article(text, title="В Ольховке раскупили чашки", head=DATED))

    assert isinstance(found, Document)


def test_a_page_that_describes_itself_as_an_article_with_date_and_author_is_surely_one():
    head = DATED + '<meta property="og:type" content="article"><meta name="author" content="Анна Речная">'
    one = index("ru", CARDS[0])
    found = cleaned(Page(url=one.url, fetched_at=AT, media_type="text/html", body=(one.body or "").replace("</head>", f"{head}</head>")))  # fmt: skip

    assert isinstance(found, Document)
    assert found.cleaning.article_score == 1.0


def test_the_date_that_a_feed_gave_speaks_for_an_article():
    one = index("en", CARDS[0])
    alone = cleaned(one).cleaning
    fed = cleaned(replace(one, date_published="2026-03-01T08:00:00Z")).cleaning

    assert alone is not None
    assert fed is not None
    assert (fed.article_score or 0) > (alone.article_score or 0)


def test_plain_text_has_no_type():
    text = "В Ольховке открыли мост.\n\nДвижение пустили утром, сообщили в районе. Автобусы вернулись на прежний путь."
    found = clean(Page(url=f"{HOST}/a", fetched_at=AT, body=text), topic="pages", partition=0, offset=0)

    assert isinstance(found, Document)
    assert (found.cleaning.article_score, found.cleaning.page_type) == (None, None)


def test_a_page_is_typed_whatever_extracts_its_text():
    one = index("ru", CARDS[0])
    found = clean(one, topic="pages", partition=0, offset=0, extractor="trafilatura")

    assert isinstance(found, Refusal)
    assert found.cleaning is None or found.cleaning.page_type != PageType.ARTICLE
