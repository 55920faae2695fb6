"""Formulaic news of our own writing: the same sentences day after day, with other figures, names or dates in them.

Each template is a bulletin; `bulletins` fills it in for as many days as are asked for. Slots: {n} a figure of the day,
{d} its date, {w} a name or word of the day from the template's list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_SLOT = re.compile(r"\{([ndw])\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A bulletin's text with slots, and the words of the day."""

    name: str
    lang: str
    text: str
    words: tuple[str, ...] = ()
    months: tuple[str, ...] = ()


TEMPLATES = (
    Template(
        "rates-ru",
        "ru",
        "Центробанк объявил курсы валют на {d}. Доллар подешевел до {n} рубля, евро стоит {n} рубля, юань торгуется по "
        "{n} рубля. По данным биржи, объем сделок за день достиг {n} миллиарда рублей. Аналитики связывают движение "
        "курса с ценами на нефть и с налоговым периодом, когда экспортеры продают валютную выручку. Следующее решение "
        "по ставке регулятор примет на ближайшем заседании совета директоров.",
        months=("января", "февраля", "марта"),
    ),
    Template(
        "weather-ru",
        "ru",
        "Синоптики рассказали, какой погоды ждать жителям города {w}. {d} будет облачно с прояснениями, временами "
        "небольшой дождь. Ветер умеренный, до {n} метров в секунду. Температура воздуха днем составит {n} градусов, "
        "ночью похолодает до {n} градусов. Атмосферное давление будет около {n} миллиметров ртутного столба. "
        "Водителей просят соблюдать дистанцию и учитывать состояние дорожного покрытия. Спасатели напоминают, что в "
        "случае опасности следует звонить по единому номеру экстренных служб.",
        ("Тверь", "Рязань", "Вологда", "Курск", "Псков", "Кострома", "Омск", "Томск", "Пенза", "Чита"),
        ("мая", "июня", "июля"),
    ),
    Template(
        "fires-uk",
        "uk",
        "Упродовж доби {d} рятувальники області ліквідували {n} пожеж, з них {n} у житловому секторі. Врятовано {n} "
        "людей, загинуло двоє. До гасіння залучали особовий склад і техніку державних пожежних частин. Рятувальники "
        "закликають громадян дотримуватися правил пожежної безпеки, не залишати без нагляду ввімкнені електроприлади "
        "та не спалювати суху траву. У разі виникнення надзвичайної ситуації телефонуйте за номером служби порятунку.",
        months=("січня", "лютого", "березня"),
    ),
    Template(
        "duty-uk",
        "uk",
        "Комунальники повідомили про планове відключення води {d}. Роботи триватимуть з дев'ятої ранку до шостої "
        "вечора на вулиці {w}. Мешканців просять заздалегідь зробити запас води та перевірити, чи закриті крани. "
        "Підвезення питної води здійснюватимуть автоцистернами до місць, визначених районною адміністрацією. "
        "Підприємство перепрошує за тимчасові незручності та обіцяє завершити роботи вчасно.",
        ("Садова", "Шевченка", "Лесі Українки", "Паркова", "Соборна", "Набережна", "Зелена", "Миру"),
        ("квітня", "травня", "червня"),
    ),
    Template(
        "football-en",
        "en",
        "The evening's matches ended with a {n}-{n} scoreline at {w} after goals in both halves. The hosts had {n} per "
        "cent of possession and took {n} shots, while the visitors were content to wait for the counter-attack. The "
        "attendance was {n}. The manager praised the supporters for staying until the end and said that the squad "
        "would be given a day off before preparations begin for the next round. The league publishes the full table "
        "on its website after the last match of the day has been played.",
        ("Ashford", "Millbrook", "Carlow", "Stanmere", "Hollin", "Westby", "Norden", "Kelby", "Farrow", "Dunmore"),
    ),
    Template(
        "lottery-en",
        "en",
        "The winning numbers drawn on {d} were {n}, {n}, {n}, {n} and {n}. No ticket matched all of them, so the main "
        "prize rolls over to the next draw. Players have six months to claim what they have won at any licensed shop. "
        "Tickets are sold until an hour before the draw. The operator reminds players to set limits and to play only "
        "with money that they can afford to lose.",
        months=("January", "February", "March"),
    ),
    Template(
        "court-en",
        "en",
        "{w} appeared before magistrates on {d} charged with driving without due care. The court heard that no one was "
        "injured in the incident, which happened during the morning rush hour on the ring road. A plea of not guilty "
        "was entered and the case was adjourned for reports to be prepared. Unconditional bail was granted. The "
        "magistrates explained that the hearing would be held at the same court and that the police officers who "
        "attended the scene would be asked to give evidence.",
        ("Paul Renner", "Alice Marsh", "Tom Okoro", "Jane Whitlow", "Ravi Sandhu", "Mark Ellery", "Ruth Pole"),
        ("April", "May", "June"),
    ),
    Template(
        "fuel-pl",
        "pl",
        "Ceny paliw na stacjach {d}. Litr benzyny kosztuje średnio {n} zł, olej napędowy {n} zł, a autogaz {n} zł. "
        "Analitycy podkreślają, że na poziom cen wpływają notowania ropy na światowych giełdach oraz kurs dolara. W "
        "najbliższych dniach kierowcy nie powinni spodziewać się większych zmian. Najtaniej zatankować można przy "
        "supermarketach, najdrożej przy autostradach, gdzie marże są wyższe niż w miastach.",
        months=("stycznia", "lutego", "marca"),
    ),
    Template(
        "air-pl",
        "pl",
        "Jakość powietrza w mieście {w} jest dziś dobra. Stężenie pyłu zawieszonego wynosi {n} mikrogramów na metr "
        "sześcienny. Inspektorat ochrony środowiska nie widzi przeciwwskazań do spacerów i uprawiania sportu na "
        "świeżym powietrzu. Osoby starsze, dzieci oraz chorzy na astmę powinni jednak śledzić komunikaty, bo "
        "warunki mogą się zmienić wraz z kierunkiem wiatru. Dane aktualizowane są co godzinę.",
        ("Radom", "Opole", "Kielce", "Toruń", "Zamość", "Gniezno", "Leszno", "Płock"),
    ),
    Template(
        "briefs-ru-short",
        "ru",
        "Аэропорт {w} временно не принимал рейсы. Ограничения сняты {d}. Задержаны {n} рейсов. Пассажиров просят "
        "уточнять расписание у авиакомпаний.",
        ("Курумоч", "Кольцово", "Гумрак", "Стригино", "Храброво", "Рощино", "Пулково"),
        ("августа", "сентября", "октября"),
    ),
)
# What surrounds a bulletin when it is long: the same every day.
BACKGROUND = {
    "ru": "Ведомство публикует такие сводки ежедневно. Сведения собирают дежурные службы во всех районах, а затем их "
    "проверяют специалисты центрального аппарата. Если данные уточняются, на сайте появляется исправленная версия "
    "сообщения. Жители могут подписаться на рассылку и получать уведомления по электронной почте. Архив сводок за "
    "прошлые годы открыт для всех желающих, его часто используют исследователи и журналисты. Методика расчета "
    "показателей утверждена приказом и с тех пор не менялась, поэтому значения разных лет можно сравнивать между "
    "собой. Вопросы и замечания принимают по телефону горячей линии, ответ обещают дать в течение рабочего дня.",
    "uk": "Відомство публікує такі зведення щодня. Відомості збирають чергові служби в усіх районах, а потім їх "
    "перевіряють фахівці центрального апарату. Якщо дані уточнюються, на сайті з'являється виправлена версія "
    "повідомлення. Мешканці можуть підписатися на розсилку й отримувати сповіщення електронною поштою. Архів зведень "
    "за минулі роки відкритий для всіх охочих, його часто використовують дослідники та журналісти. Методику "
    "розрахунку показників затверджено наказом, і відтоді вона не змінювалася, тож значення різних років можна "
    "порівнювати між собою.",
    "en": "The office publishes a summary like this every day. The reports are collected by the duty teams in all "
    "districts and then checked by the staff of the central office. If a figure has to be corrected, a new version of "
    "the notice appears on the website. Residents can subscribe to the mailing list and receive each notice by email. "
    "The archive of past notices is open to everyone and is often used by researchers and journalists. The method "
    "behind the figures was set out in a regulation and has not been altered since, so that the values of different "
    "years can be compared with one another.",
    "pl": "Urząd publikuje takie zestawienie codziennie. Informacje zbierają służby dyżurne we wszystkich powiatach, a "
    "następnie sprawdzają je pracownicy centrali. Jeżeli dane wymagają korekty, na stronie pojawia się poprawiona "
    "wersja komunikatu. Mieszkańcy mogą zapisać się na listę mailingową i otrzymywać powiadomienia. Archiwum jest "
    "dostępne dla wszystkich, często korzystają z niego badacze i dziennikarze. Sposób liczenia wskaźników został "
    "określony w rozporządzeniu i od tamtej pory się nie zmienił, więc wartości z różnych lat można porównywać.",
}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One day's issue of a template."""

    template: str
    lang: str
    text: str


def bulletins(random: Random, days: int, *, long: bool = False) -> list[Bulletin]:
    """Fill in templates for so many days: one of each language with its background, or all the others without."""
    longer = {template.lang: template for template in TEMPLATES}.values()
    return [
        one for template in TEMPLATES if (template in longer) == long for one in _issues(template, random, days, long)
    ]


def _issues(template: Template, random: Random, days: int, long: bool) -> list[Bulletin]:
    dates = random.sample(range(28 * max(1, len(template.months))), days)
    named = [random.choice(template.words) for _ in dates] if template.words else []
    issues = []
    for number, date in enumerate(dates):
        day = f"{date % 28 + 1} {template.months[date // 28]}" if template.months else ""
        values = {"d": day, "w": named[number] if named else ""}
        text = _SLOT.sub(lambda slot, values=values: values.get(slot[1]) or _figure(random), template.text)
        issues.append(Bulletin(template.name, template.lang, f"{text}\n{BACKGROUND[template.lang]}" if long else text))
    return issues


def _figure(random: Random) -> str:
    return random.choice([str(random.randint(2, 98)), f"{random.randint(2, 98)},{random.randint(10, 99)}"])
