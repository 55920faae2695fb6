"""A front page that is sent at an article's URL without a redirect is no article, and digests stay articles."""

from datetime import UTC, datetime

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import Page
from pipeline.records.reason import Reason

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOST = "https://zeitung.example"
SITES = {
    "de": ("Talbote", "Nachrichten aus dem Tal"),
    "kk": ("Өзен жаңалықтары", "Аймақтың күнделікті хабарлары"),
    "pl": ("Kurier Doliny", "Codziennie z regionu"),
}
# A headline, its teaser, and what the article says further.
NEWS = {
    "de": [
        ("Seilbahn steht bis Ostern still", "Die Seilbahn zum Kahlen Horn fährt erst nach Ostern wieder.", "Ein Lager ist gebrochen, das Ersatzteil kommt aus Bozen."),
        ("Schule tauscht Kreide gegen Stifte", "In Unterau schreiben die Lehrer seit Montag mit Stiften.", "Die alten Tafeln gehen an den Kindergarten im Nachbarort."),
        ("Imker findet seltenen Käfer", "Ein Imker aus Hohenried hat einen Eremiten gefunden.", "Der Käfer galt hier seit 1978 als verschwunden, sagt die Behörde."),
        ("Feuerwehr rettet Kuh aus Teich", "Zwölf Feuerwehrleute zogen am Abend eine Kuh aus dem Teich.", "Das Tier war durch das dünne Eis gebrochen und blieb unverletzt."),
        ("Kirchturm bekommt neue Uhr", "Nach vierzig Jahren erhält der Kirchturm von Moos eine neue Uhr.", "Sie geht über Funk und läutet nachts nicht mehr."),
        ("Gemeinde kauft altes Gasthaus", "Das Gasthaus zur Linde gehört nun der Gemeinde Talheim.", "Im ersten Stock sollen drei Wohnungen für Lehrlinge entstehen."),
    ],
    "kk": [
        ("Ауыл мектебіне жаңа автобус берілді", "Қарасу ауылының мектебі сейсенбіде жаңа автобус алды.", "Оған отыз бала сыяды, бұрын олар арбамен қатынаған."),
        ("Көпірдің ескі тіреуі ауыстырылды", "Жөндеушілер Шідерті өзеніндегі көпірдің тіреуін ауыстырды.", "Жұмыс он бір күнге созылып, төрт миллион теңге жұмсалды."),
        ("Кітапханада түнгі оқу өтеді", "Қалалық кітапхана жұма күні таңға дейін ашық болады.", "Келушілерге шай мен бауырсақ беріледі, дейді басшысы."),
        ("Қойшы адасқан отарды тапты", "Қойшы Мұрат екі күн іздеген отарын сайдан тапты.", "Екі жүз қойдың бәрі аман, тек біреуі ақсап қалған."),
        ("Мұражайға ескі қобыз тапсырылды", "Зейнеткер мұражайға жүз жылдық қобызын сыйлады.", "Аспапты атасы 1921 жылы қайың түбінен ойып жасаған."),
        ("Су құбыры қайта қосылды", "Жарық көшесінің тұрғындарына су қайта берілді.", "Құбыр аяздан жарылып, алты үй төрт күн сусыз қалған еді."),
    ],
    "pl": [
        ("Kolejka na szczyt stanęła na tydzień", "Kolejka na Łysą Kopę nie pojedzie do przyszłej soboty.", "Pękło łożysko, a część zamienna jedzie z Włoch."),
        ("Szkoła w Dębnie oddaje tablice", "Nauczyciele z Dębna od poniedziałku piszą pisakami.", "Stare tablice trafią do przedszkola w Olszynie."),
        ("Pszczelarz znalazł rzadkiego chrząszcza", "Pszczelarz spod Lipna znalazł pachnicę dębową.", "Ostatni raz widziano ją tutaj w 1978 roku."),
        ("Strażacy wyciągnęli krowę ze stawu", "Dwunastu strażaków wyciągnęło wieczorem krowę ze stawu.", "Zwierzę wpadło pod lód, ale nic mu się nie stało."),
        ("Wieża kościoła ma nowy zegar", "Po czterdziestu latach wieża w Mszanie dostała nowy zegar.", "Chodzi na sygnał radiowy i w nocy nie bije."),
        ("Gmina kupiła starą karczmę", "Karczma pod Lipą należy od piątku do gminy Dolina.", "Na piętrze powstaną trzy mieszkania dla uczniów."),
    ],
}  # fmt: skip
HEADS = {
    "title": "",
    "canonical": f'<link rel="canonical" href="{HOST}/"><meta property="og:type" content="website">',
    "json-ld": '<script type="application/ld+json">{"@type": "WebSite", "name": "NAME", "url": "/"}</script>',
}
CARDS = (
    '<div class="card"><h2><a href="/a/{n}">{head}</a></h2><p>{lead}</p></div>',
    '<a class="card" href="/a/{n}"><img src="/{n}.jpg"><h3>{head}</h3></a><span>12:4{n}</span><p>{lead}</p>',
    '<li><a href="/a/{n}">{head}</a><div class="lead">{lead}</div></li>',
)


def html(lang: str, title: str, main: str, head: str = "") -> str:
    name, _ = SITES[lang]
    named = f'<meta property="og:site_name" content="{name}">'
    top = f'<header><a href="/">{name}</a><nav><a href="/sport">Sport</a><a href="/kontakt">Info</a></nav></header>'
    return f"<html lang={lang}><head><title>{title}</title>{named}{head}</head><body>{top}<main>{main}</main></body></html>"


def front(lang: str, card: str, head: str, *, slogan: bool) -> str:
    name, claim = SITES[lang]
    cards = "".join(card.format(n=n, head=title, lead=lead) for n, (title, lead, _) in enumerate(NEWS[lang]))
    return html(lang, f"{name} – {claim}" if slogan else name, cards, head.replace("NAME", name))


def reason_of(body: str, path: str = "/2026/03/seilbahn-steht-still-4711.html") -> Reason | None:
    page = Page(url=f"{HOST}{path}", fetched_at=AT, media_type="text/html", body=body)
    cleaned = clean(page, topic="pages", partition=0, offset=0)
    return None if isinstance(cleaned, Document) else cleaned.reason


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    ("head", "slogan"), [("title", False), ("canonical", False), ("canonical", True), ("json-ld", False)]
)
@pytest.mark.parametrize("lang", SITES)
def test_a_front_page_at_an_articles_url_is_no_article(lang: str, head: str, card: str, *, slogan: bool) -> None:
    body = front(lang, card, HEADS[head], slogan=slogan)
    assert reason_of(body) is Reason.FRONT_PAGE
    assert reason_of(body, "/node/17") is Reason.FRONT_PAGE


@pytest.mark.parametrize("lang", SITES)
def test_a_digest_with_linked_headlines_stays_an_article(lang: str) -> None:
    """It has a title of its own, as a digest or a live blog has."""
    cards = "".join(
        f"<h2><a href='/a/{n}'>{title}</a></h2><p>{lead} {more}</p>" for n, (title, lead, more) in enumerate(NEWS[lang])
    )
    name, claim = SITES[lang]
    assert reason_of(html(lang, f"{claim} 9/2026 | {name}", f"<h1>{claim} 9/2026</h1>{cards}")) is None


@pytest.mark.parametrize("lang", SITES)
def test_an_article_above_teasers_stays_an_article_whatever_the_page_declares(lang: str) -> None:
    """An old site has its name as the title of every page, and its front page as the canonical URL."""
    text = "".join(f"<p>{lead} {more}</p>" for _, lead, more in NEWS[lang])
    cards = "".join(CARDS[0].format(n=n, head=title, lead=lead) for n, (title, lead, _) in enumerate(NEWS[lang][:3]))
    body = html(lang, SITES[lang][0], f"<div><b>{NEWS[lang][0][0]}</b>{text}</div>{cards}", HEADS["canonical"])
    assert reason_of(body) is None


def test_a_dated_page_is_not_called_a_front_page() -> None:
    dated = '<meta property="article:published_time" content="2026-03-01T08:00:00Z">'
    assert reason_of(front("de", CARDS[0], HEADS["canonical"] + dated, slogan=False)) is None
