"""Short news of made-up outlets that print standing notices on every page; all of it in our own words. Not a test.

`pages` makes the pages. News is a salad of words around the words of its headline. Its sentences have nothing in common
with those of other news, so all that two news share are notices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import random

Place = Literal["below", "above", "around"]
Order = Literal["after", "mixed", "at once"]

NOTICES: dict[str, tuple[str, ...]] = {
    "ru": (
        (
            "Настоящий материал создан и распространён иностранным средством массовой информации, выполняющим функции "
            "иностранного агента, либо российским юридическим лицом, выполняющим такие функции. Сведения об этом редакция "
            "обязана указывать под каждым сообщением."
        ),
        (
            "Редакция не несёт ответственности за содержание рекламных объявлений. Перепечатка материалов разрешена только "
            "с письменного согласия редакции и с активной ссылкой на источник. Мнения авторов колонок могут не совпадать с "
            "позицией издания, рукописи не возвращаются и не рецензируются."
        ),
        (
            "Если вы заметили ошибку в тексте, выделите её мышкой и нажмите две клавиши на клавиатуре: корректор получит "
            "ваше письмо сразу же. Мы исправляем неточности в течение рабочего дня и всегда пишем об этом в конце страницы."
        ),
        (
            "Мы работаем благодаря пожертвованиям читателей. Поддержите независимую журналистику любой посильной суммой: "
            "оформить ежемесячный платёж можно за минуту, а отменить его получится в любой день в личном кабинете. Спасибо, "
            "что остаётесь с нами и рассказываете о нас друзьям и соседям."
        ),
        (
            "Сетевое издание зарегистрировано Федеральной службой по надзору в сфере связи, свидетельство ЭЛ № ФС 77-40412 "
            "от 12 мая 2011 года. Учредитель: общество с ограниченной ответственностью «Лугавия Медиа». Главный редактор: "
            "Семён Ильич Громов. Телефон для справок (4999) 44-20-17, для детей старше 16 лет."
        ),
    ),
    "uk": (
        (
            "Редакція дотримується кодексу журналістської етики та щоразу відокремлює факти від коментарів. Якщо ви знайшли "
            "неточність, напишіть чергового редактору, і він відповість упродовж трьох робочих днів, а виправлення з'явиться "
            "наприкінці сторінки."
        ),
        (
            "Передрук дозволено лише за наявності прямого посилання, відкритого для пошукових систем, не нижче другого "
            "абзацу. Матеріали з позначками «партнерський» та «актуально» публікуються на правах реклами, і відповідальність "
            "за їхній зміст несе рекламодавець."
        ),
        (
            "Ми існуємо завдяки спільноті читачів, які щомісяця підтримують нас невеликим внеском. Долучайтеся, якщо маєте "
            "змогу: це забирає хвилину, а скасувати підписку можна будь-коли у власному кабінеті. Дякуємо кожному, хто вже з "
            "нами."
        ),
        (
            "Видання створено за підтримки фонду розвитку місцевих медіа. Погляди, висловлені в цій публікації, належать "
            "лише авторам і не обов'язково збігаються з позицією фонду чи його донорів. Онлайн-медіа, ідентифікатор R40-01873, "
            "директорка Олеся Кравець."
        ),
        (
            "Нагадуємо, що під час повітряної тривоги слід пройти до найближчого укриття та не ігнорувати сигнали оповіщення. "
            "Мапу укриттів громади можна переглянути на сайті ради або в мобільному застосунку, який працює без інтернету."
        ),
    ),
    "en": (
        (
            "This newspaper is regulated by an independent standards body and abides by its code of practice. Readers who "
            "feel that an item is inaccurate should contact the complaints desk within four months, and a correction will be "
            "printed on page two if it is upheld."
        ),
        (
            "Our journalism stays free for everyone because some readers choose to pay for it. If you value what you have "
            "just read, please think about becoming a member: it takes a minute, costs less than a cup of coffee a week and "
            "can be cancelled whenever you like."
        ),
        (
            "All content on this website is protected by copyright and may not be reproduced, stored or passed on without "
            "the publisher's prior consent in writing. Prices were right when the page went live, and we may earn a small "
            "commission if you buy through one of our links."
        ),
        (
            "Want the headlines in your inbox before breakfast? Sign up for our morning letter, which is sent at six every "
            "weekday by the night desk. You can leave the list at any time, and we never hand your address to anybody else."
        ),
        (
            "The Harrowmere Community Fund supports local reporting in fourteen towns under its 2024 programme. The fund has "
            "no say in what is published here, and its trustees see no article before it appears. Registered charity number "
            "1190442, with offices at 9 Tanner Row."
        ),
    ),
    "be": (
        (
            "Рэдакцыя не заўсёды падзяляе думкі аўтараў. Пры перадруку матэрыялаў спасылка на выданне абавязковая, а для "
            "сайтаў патрэбная гіперспасылка не ніжэй за другі абзац тэксту. Лісты чытачоў не вяртаюцца і не рэцэнзуюцца."
        ),
        (
            "Калі вы хочаце падзяліцца навіной ці расказаць пра сваю праблему, пішыце нашаму боту ў мэсэнджэры. Мы "
            "гарантуем ананімнасць кожнаму, хто да нас звяртаецца, і ніколі не перадаём асабістыя звесткі старонняй арганізацыі."
        ),
        (
            "Матэрыялы гэтага рэсурсу прызнаныя экстрэмісцкімі. Не распаўсюджвайце іх у сацыяльных сетках і не пакідайце "
            "каментароў пад уласным прозвішчам, каб засцерагчы сябе ад пераследу."
        ),
    ),
    "kk": (
        (
            "Сайттағы материалдарды көшіріп басқан жағдайда дереккөзге белсенді сілтеме жасау міндетті. Авторлардың пікірі "
            "редакция көзқарасымен сәйкес келмеуі мүмкін. Жарнама мазмұнына жарнама беруші жауап береді."
        ),
        (
            "Егер сіз оқиғаның куәгері болсаңыз немесе мәтіннен қате тапсаңыз, редакцияның нөміріне хабарласыңыз. Біз әр "
            "хатты оқимыз және тексерілген мәліметті ғана жариялаймыз, хабар берушінің аты құпия сақталады."
        ),
        (
            "Бұл басылым ақпарат саласындағы мемлекеттік тапсырыс аясында шығарылды. Куәлік нөмірі 17204, берілген күні 2019 "
            "жылғы 8 қазан. Меншік иесі «Сарыдала Ақпарат» серіктестігі, бас редакторы Айдос Серіков."
        ),
    ),
    "de": (
        (
            "Diese Zeitung hat sich dem Kodex des Presserats verpflichtet. Wer einen Fehler entdeckt, schreibt bitte an die "
            "Leserredaktion, die innerhalb von fünf Werktagen antwortet und Berichtigungen auf der dritten Seite der "
            "Samstagsausgabe veröffentlicht."
        ),
        (
            "Unser Angebot finanziert sich auch durch freiwillige Beiträge. Wenn Ihnen unabhängiger Lokaljournalismus wichtig "
            "ist, freuen wir uns über Ihre Unterstützung, die jederzeit mit einem Klick im Kundenkonto beendet werden kann."
        ),
        (
            "Alle Rechte vorbehalten. Vervielfältigung, Verbreitung und Weitergabe der Inhalte sind nur mit vorheriger "
            "schriftlicher Zustimmung des Verlags erlaubt. Für Inhalte verlinkter Seiten übernimmt der Verlag trotz "
            "sorgfältiger Prüfung keine Haftung."
        ),
    ),
    "pl": (
        (
            "Wszystkie materiały zamieszczone w serwisie są chronione prawem autorskim. Kopiowanie oraz rozpowszechnianie bez "
            "pisemnej zgody wydawcy jest zabronione, z wyjątkiem przypadków przewidzianych w ustawie o dozwolonym użytku."
        ),
        (
            "Jeśli zauważyłeś błąd albo chcesz podzielić się informacją, napisz na adres dyżurnego dziennikarza. Odpowiadamy "
            "na każdą wiadomość w ciągu dwóch dni roboczych, a sprostowania umieszczamy na dole strony."
        ),
        (
            "Nasza redakcja utrzymuje się wyłącznie z wpłat osób, które chcą nas czytać. Dołącz do grona stałych darczyńców i "
            "zdecyduj samodzielnie, jaką kwotę przekażesz. Zrezygnować możesz w dowolnej chwili, bez podawania przyczyny."
        ),
    ),
    "fr": (
        (
            "Ce journal respecte la charte de déontologie des journalistes. Toute personne qui relève une inexactitude peut "
            "écrire au médiateur, qui répond sous huit jours ouvrables et fait paraître les rectificatifs dans le numéro du "
            "samedi."
        ),
        (
            "Notre rédaction vit des dons de ses lecteurs. Si vous le pouvez, aidez-nous par un versement mensuel, déductible "
            "des impôts et que vous pourrez interrompre à tout moment depuis votre espace personnel. Merci de votre confiance."
        ),
        (
            "La reproduction, même partielle, de nos contenus est interdite sans autorisation préalable. Les offres de nos "
            "partenaires sont signalées comme telles, et leur rémunération n'influence jamais le choix des sujets que nous "
            "traitons."
        ),
    ),
}

_WORDS: dict[str, str] = {
    "ru": "вчера город район школа больница мост дорога жители глава совет решение проект деньги работа рабочие завод "
    "поезд автобус вокзал улица площадь парк река берег лес поле урожай погода снег дождь ветер вечер утро неделя месяц "
    "осень строители врачи учителя дети родители пенсионеры водители суд полиция пожар спасатели выставка музей театр "
    "концерт музыканты художник книга библиотека команда матч тренер победа турнир зрители новый старый первый большой "
    "местный долгий открыли закрыли построили обещают рассказал сообщил отметили начали завершили получили приехали "
    "увидели после перед вместо около также ещё только почти снова теперь здесь среди через который потому чтобы и в на "
    "с по из за для до от не",
    "uk": "учора місто громада школа лікарня міст дорога мешканці голова рада рішення проєкт кошти робота завод потяг "
    "автобус вокзал вулиця площа парк річка берег ліс поле врожай погода сніг дощ вітер вечір ранок тиждень місяць осінь "
    "будівельники лікарі вчителі діти батьки пенсіонери водії суд поліція пожежа рятувальники виставка музей театр концерт "
    "музиканти художник книга бібліотека команда матч тренер перемога турнір глядачі новий старий перший великий місцевий "
    "довгий відкрили закрили збудували обіцяють розповів повідомив відзначили почали завершили отримали приїхали побачили "
    "після перед замість біля також ще лише майже знову тепер тут серед через який тому щоб і в на з по із за для до від не",
    "en": "yesterday town district school hospital bridge road residents mayor council decision project money work workers "
    "factory train bus station street square park river shore forest field harvest weather snow rain wind evening morning "
    "week month autumn builders doctors teachers children parents pensioners drivers court police fire rescuers exhibition "
    "museum theatre concert musicians painter book library team match coach victory tournament spectators new old first "
    "large local long opened closed built promised told reported noted began finished received arrived saw after before "
    "instead near also still only almost again now here among through which because the a of to in on at with by from for",
    "be": "учора горад раён школа бальніца мост дарога жыхары старшыня савет рашэнне праект грошы праца завод цягнік аўтобус "
    "вакзал вуліца плошча парк рака бераг лес поле ураджай надвор'е снег дождж вецер вечар раніца тыдзень месяц восень "
    "будаўнікі лекары настаўнікі дзеці бацькі пенсіянеры кіроўцы суд міліцыя пажар ратавальнікі выстава музей тэатр канцэрт "
    "музыкі мастак кніга бібліятэка каманда матч трэнер перамога турнір гледачы новы стары першы вялікі мясцовы адкрылі "
    "закрылі пабудавалі абяцаюць расказаў паведаміў пачалі скончылі атрымалі прыехалі пасля перад замест каля таксама яшчэ "
    "толькі амаль зноў цяпер тут сярод праз які каб і у на з па для да ад не",
    "kk": "кеше қала аудан мектеп аурухана көпір жол тұрғындар әкім кеңес шешім жоба қаржы жұмыс зауыт пойыз автобус вокзал "
    "көше алаң саябақ өзен жаға орман дала егін ауа қар жаңбыр жел кеш таң апта ай күз құрылысшылар дәрігерлер мұғалімдер "
    "балалар зейнеткерлер жүргізушілер сот полиция өрт құтқарушылар көрме музей театр концерт сазгерлер суретші кітап "
    "кітапхана команда матч бапкер жеңіс турнир көрермендер жаңа ескі бірінші үлкен жергілікті ашылды жабылды салынды уәде "
    "айтты хабарлады бастады аяқтады алды келді кейін бұрын орнына жанында тағы әлі ғана дерлік қайта енді мұнда арасында "
    "арқылы және мен үшін дейін",
    "de": "gestern Stadt Bezirk Schule Krankenhaus Brücke Straße Anwohner Bürgermeister Gemeinderat Entscheidung Vorhaben "
    "Geld Arbeit Fabrik Zug Bus Bahnhof Gasse Platz Park Fluss Ufer Wald Feld Ernte Wetter Schnee Regen Wind Abend Morgen "
    "Woche Monat Herbst Bauleute Ärzte Lehrer Kinder Eltern Rentner Fahrer Gericht Polizei Brand Retter Ausstellung Museum "
    "Theater Konzert Musiker Maler Buch Bücherei Mannschaft Spiel Trainer Sieg Turnier Zuschauer neu alt erste groß örtlich "
    "lange öffnete schloss baute versprach erzählte berichtete begann beendete erhielt kam nach vor statt neben auch noch "
    "nur fast wieder jetzt hier unter durch weil damit die der das ein und in auf mit von zu für",
    "pl": "wczoraj miasto dzielnica szkoła szpital most droga mieszkańcy burmistrz rada decyzja projekt pieniądze praca "
    "fabryka pociąg autobus dworzec ulica rynek park rzeka brzeg las pole zbiory pogoda śnieg deszcz wiatr wieczór poranek "
    "tydzień miesiąc jesień budowlańcy lekarze nauczyciele dzieci rodzice emeryci kierowcy sąd policja pożar ratownicy "
    "wystawa muzeum teatr koncert muzycy malarz książka biblioteka drużyna mecz trener zwycięstwo turniej widzowie nowy "
    "stary pierwszy duży miejscowy długi otwarto zamknięto zbudowano obiecuje opowiedział poinformował zaczęto zakończono "
    "otrzymali przyjechali po przed zamiast obok także jeszcze tylko prawie znowu teraz tutaj wśród przez który aby i w na "
    "z do od nie",
    "fr": "hier ville quartier école hôpital pont route habitants maire conseil décision projet argent travail usine train "
    "autobus gare rue place parc rivière rive forêt champ récolte météo neige pluie vent soirée matin semaine mois automne "
    "maçons médecins enseignants enfants parents retraités chauffeurs tribunal police incendie secouristes exposition musée "
    "théâtre concert musiciens peintre livre bibliothèque équipe match entraîneur victoire tournoi spectateurs nouveau vieux "
    "premier grand local long ouvert fermé construit promet raconte annonce commence termine reçoit arrive après avant près "
    "aussi encore seulement presque maintenant ici parmi par qui afin le la les un une et en sur avec de pour",
}
OUTLETS = 8  # of a language


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news, as every outlet prints it."""

    lang: str
    headline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A made-up outlet and the notices that stand on each of its pages."""

    host: str
    notices: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Printed:
    """News on the page of an outlet."""

    news: int  # its number
    host: str
    lang: str
    headline: str
    lines: tuple[str, ...]
    news_words: int

    @property
    def share(self) -> float:
        """The share of notices in the words of the page."""
        return 1 - self.news_words / max(1, sum(len(line.split()) for line in self.lines))


def news_of(draw: random.Random, lang: str, paragraphs: int | None = None) -> News:
    """Write news of one to three paragraphs, about the words of its headline."""
    words = _WORDS[lang].split()
    topic = draw.sample([word for word in words if len(word) > 4], 5)
    headline = " ".join([*topic[:3], draw.choice(words), *topic[3:]])
    text = tuple(_paragraph(draw, words, topic) for _ in range(paragraphs or draw.randint(1, 3)))
    return News(lang, headline[:1].upper() + headline[1:], text)


def _paragraph(draw: random.Random, words: list[str], topic: list[str]) -> str:
    sentences = []
    for _ in range(draw.randint(2, 4)):
        chosen = [draw.choice(words) for _ in range(draw.randint(9, 16))] + draw.sample(topic, 2)
        draw.shuffle(chosen)
        if draw.random() < 0.4:
            chosen.insert(draw.randrange(2, len(chosen)), str(draw.randint(2, 900)))
        if draw.random() < 0.4:
            chosen.insert(draw.randrange(2, len(chosen)), draw.choice(words).capitalize() + draw.choice("овнкт") + "а")
        sentences.append(" ".join(chosen).capitalize() + ".")
    return " ".join(sentences)


def outlets_of(draw: random.Random, lang: str, *, place: Place = "below", at_least: int = 1) -> list[Outlet]:
    """Make the outlets of a language. Outlets of one agency have notices in common."""
    notices = NOTICES[lang]
    return [
        Outlet(
            f"outlet{number}.{lang}.example",
            tuple(draw.sample(notices, draw.randint(at_least, 3))),
            place,
        )
        for number in range(OUTLETS)
    ]


def printed(news: News, number: int, outlet: Outlet, *, stamp: str = "") -> Printed:
    """Print news on an outlet's page. A `stamp` is a date or a number that varies from page to page in a notice."""
    notices = [f"{notice} {stamp}".strip() if not at else notice for at, notice in enumerate(outlet.notices)]
    above = {"below": 0, "above": len(notices), "around": 1}[outlet.place]
    lines = (*notices[:above], *news.paragraphs, *notices[above:])
    return Printed(number, outlet.host, news.lang, news.headline, lines, sum(len(p.split()) for p in news.paragraphs))


def pages_of(
    draw: random.Random,
    news: list[News],
    outlets: list[Outlet],
    *,
    copies: int = 2,
    order: Order = "after",
    stamped: bool = False,
) -> list[Printed]:
    """Print each piece of news in one outlet and its copies in others: after all news, mixed, or at once."""

    def stamp() -> str:
        return f"{draw.randint(1, 28)}.{draw.randint(1, 12)}.2026 {draw.randint(100, 999)}" if stamped else ""

    pages = []
    for number, one in enumerate(news):
        hosts = draw.sample(outlets, 1 + copies)
        pages.append([printed(one, number, host, stamp=stamp()) for host in hosts])
    if order == "at once":
        return [page for of_news in pages for page in of_news]
    firsts, later = [of_news[0] for of_news in pages], [page for of_news in pages for page in of_news[1:]]
    draw.shuffle(later)
    if order == "after":
        return firsts + later
    both = firsts + later
    draw.shuffle(both)
    return both
