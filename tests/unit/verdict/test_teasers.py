"""A teaser replaces no article, whatever offer stands below it; an edit and a longer text still do."""

from dataclasses import replace

import pytest

from pipeline.records.document import Document
from pipeline.records.verdict import Verdict
from pipeline.text.fingerprint import sketches_of
from tests.support.documents import document, judged, naming

STORIES = {
    "de": """Schleuse am Erlkanal wird erst im Herbst fertig
Die neue Schleuse am Erlkanal wird erst im Herbst fertig, ein halbes Jahr später als geplant. Das sagte Bauleiterin Ute Reimann.
Taucher fanden im Februar alte Eichenpfähle im Grund, die zuerst vermessen und geborgen werden mussten.
Die Schiffer müssen so lange den Umweg über den Südarm nehmen, der drei Stunden kostet und nur bei Tag befahrbar ist.
Für die Verzögerung zahlt das Land 740.000 Euro, der Rest bleibt bei den Gemeinden am Ufer.
Die Pfähle kommen ins Museum von Erlau, wo sie zwei Jahre im Wasserbad liegen werden.""",
    "kk": """Шалқар кентіндегі моншаны мектеп оқушылары жөндеп жатыр
Шалқар кентіндегі ескі моншаны мектеп оқушылары өз күшімен жөндеп жатыр, деп хабарлады кент әкімі Серік Жанатов.
Ғимарат 1958 жылы салынған, оның пеші он екі жыл бойы жағылмаған, ал шатырын былтыр жел ұшырып кеткен.
Оқушылар сенбі сайын жиналып, кірпіштерді тазалап, жаңа құбыр тартып жүр, оларға бұрынғы пешші Қалдыбек көмектеседі.
Материалды аудандағы үш кәсіпкер тегін берді, оның құны екі миллион теңгеге жуық.
Монша көктемде ашылады, алғашқы апта қарттарға тегін болады.""",
    "fr": """Le bac de Saint-Vaury reprend la traversée
Le bac de Saint-Vaury a repris lundi la traversée de la Gartempe après onze mois de réparation, annonce le maire Paul Desnoyers.
La coque avait heurté une souche pendant la crue de décembre et prenait l'eau par trois endroits.
Les écoliers de la rive gauche faisaient depuis un détour de vingt-six kilomètres en car, deux fois par jour.
Le chantier naval de Limoges a facturé 118.000 euros, dont la moitié est payée par le département.
La traversée reste gratuite pour les piétons, les voitures paient deux euros.""",
}
OFFERS = {
    "de": "Lesen Sie den ganzen Text mit einem Abo. Vier Wochen kosten nur einen Euro, danach zahlen Sie 9,90 Euro im Monat.",
    "kk": "Толық нұсқасын жазылушылар ғана оқи алады. Бір айлық жазылым 990 теңге тұрады, кез келген уақытта бас тартуға болады.",
    "fr": "La suite est réservée aux abonnés. Essayez un mois pour un euro, puis 7,90 euros par mois sans engagement.",
}
EDIT = {
    "de": "Nach Angaben der Reederei liegen noch vierzehn Kähne fest.",
    "kk": "Ата-аналар комитеті бояуды өзі сатып алды.",
    "fr": "Un second passeur sera embauché avant les vacances.",
}


def page(path: str, text: str, *, minute: int, named: str = "", has_headline: bool = True) -> Document:
    one = naming(document(path, text, 0, minute=minute), named)
    headline = text.split("\n", maxsplit=1)[0] if has_headline else None
    fingerprint, outline = sketches_of(text, headline=headline, host="sosny.example")
    return replace(one, headline=headline, fingerprint=fingerprint, outline=outline)


def in_short(verdicts: list[Verdict]) -> list[str]:
    return [str(verdict.kinship or verdict.decision) for verdict in verdicts]


def teaser(lang: str, lines: int, *, above: bool = False) -> str:
    """Return the headline and so many paragraphs, and the offer below them or under the headline."""
    headline, *rest = STORIES[lang].split("\n")[: lines + 1]
    return "\n".join([headline, OFFERS[lang], *rest] if above else [headline, *rest, OFFERS[lang]])


@pytest.mark.parametrize("has_headline", [True, False])
@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("lang", STORIES)
def test_a_teaser_with_an_offer_replaces_no_article(lang: str, lines: int, has_headline: bool) -> None:
    texts = [STORIES[lang], teaser(lang, lines), f"{STORIES[lang]}\n{EDIT[lang]}"]
    pages = [page("a", text, minute=number, has_headline=has_headline) for number, text in enumerate(texts)]
    assert in_short(judged(*pages)) == ["created", "near", "updated"]


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("lang", STORIES)
def test_a_teaser_at_another_url_that_names_the_article_is_its_copy(lang: str, lines: int) -> None:
    whole, part = page("a", STORIES[lang], minute=0), page("amp/a", teaser(lang, lines), minute=1, named="a")
    assert in_short(judged(whole, part)) == ["created", "near"]


@pytest.mark.parametrize("lang", STORIES)
def test_the_whole_text_replaces_the_teaser(lang: str) -> None:
    texts = [teaser(lang, 2), STORIES[lang], teaser(lang, 1)]
    assert in_short(judged(*(page("a", text, minute=number) for number, text in enumerate(texts)))) == [
        "created",
        "updated",
        "near",
    ]


@pytest.mark.parametrize("lang", STORIES)
def test_an_edit_in_the_middle_and_a_new_end_of_the_same_length_are_revisions(lang: str) -> None:
    headline, *lines = STORIES[lang].split("\n")
    middle = "\n".join([headline, lines[0], EDIT[lang], *lines[3:]])
    end = "\n".join([headline, *lines[:3], EDIT[lang], OFFERS[lang]])
    for text in (middle, end):
        assert in_short(judged(page("a", STORIES[lang], minute=0), page("a", text, minute=1))) == ["created", "updated"]


@pytest.mark.parametrize("lang", STORIES)
def test_other_news_below_the_same_beginning_are_no_teaser(lang: str) -> None:
    """A notice above the news is what both begin with; the headline tells what the news is."""
    notice = " ".join([OFFERS[lang], EDIT[lang]])
    texts = [f"{line.split('.')[0]}\n{notice}\n{line} {more}" for line, more in _pairs(lang)]
    pages = [page("a" if not number else "b", text, minute=number, named="a") for number, text in enumerate(texts)]
    assert in_short(judged(*pages)) == ["created", "created"]


def _pairs(lang: str) -> list[tuple[str, str]]:
    lines = STORIES[lang].split("\n")
    return [(lines[1], f"{lines[2]} {lines[5]}"), (lines[3], "")]
