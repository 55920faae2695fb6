"""What stays of a plain-text page and why; all texts are our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.classifier.judge import Judged, Rule, measure_text
from pipeline.document.classifier.judge import judge as judge_sheet

LEAD = "Жители посёлка Верхние Сосны во вторник вышли на расчистку дороги после сильного снегопада."
SECOND = (
    "По словам главы поселения Ирины Беловой, за ночь выпало около сорока сантиметров снега. "
    "Школы перевели на дистанционное обучение, автобусы до райцентра не ходят."
)
SHORT = "Пострадавших нет."
QUOTE = "«Мы справимся сами, техника уже в пути», — сказала Белова в среду утром."
LAST = "Синоптики обещают, что к концу недели потеплеет, но ночью возможны новые метели и гололёд на трассах."
ARTICLE = (LEAD, SECOND, SHORT, QUOTE, LAST)


def judge(text: str) -> tuple[Judged, ...]:
    return judge_sheet(measure_text(text))


def kept(text: str) -> str:
    return "\n".join(block.kept for block in judge(text) if block.kept)


def found(text: str, line: str) -> Judged:
    return next(block for block in judge(text) if block.text == line.strip())


def page(*inside: str, above: tuple[str, ...] = (), below: tuple[str, ...] = ()) -> str:
    """Lay lines around and into the article: `inside` stands between the second and the third paragraph."""
    return "\n".join([*above, LEAD, SECOND, *inside, SHORT, QUOTE, LAST, *below])


def assert_dropped(text: str, line: str, rule: Rule) -> None:
    block = found(text, line)
    assert (block.kept, block.rule) == ("", rule)
    assert block.score < 0.5
    assert all(paragraph in kept(text) for paragraph in ARTICLE)


def test_a_clean_article_is_kept_whole() -> None:
    assert kept(page()).split("\n") == list(ARTICLE)


def test_a_short_true_sentence_between_paragraphs_is_kept() -> None:
    assert found(page(), SHORT).rule is Rule.SHORT_TRUE_SENTENCE


def test_an_article_of_one_line_is_kept() -> None:
    assert kept(SHORT) == SHORT
    assert kept("Мост через реку открыли после ремонта") == "Мост через реку открыли после ремонта"


def test_an_empty_page_has_no_blocks() -> None:
    assert judge("") == judge("\n \u200b\n") == ()


def test_a_page_of_headlines_only_keeps_nothing() -> None:
    headlines = [f"  {n}. Депутаты обсудили проект дороги номер {n}" for n in range(1, 12)]
    assert kept("\n".join(["Новости", "Спорт", *headlines])) == ""


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Поддержать нашу редакцию", Rule.SUPPORT_BAR),
        ("Підписуйтесь на наш Telegram, щоб не пропустити головне", Rule.SUPPORT_BAR),
        ("Subscribe to our morning newsletter", Rule.SUPPORT_BAR),
        ("Поделиться в социальных сетях", Rule.SHARE_BAR),
        ("Бөлісу", Rule.SHARE_BAR),
        ("вторник, 8 февраля 2022", Rule.DATE_BAR),
        ("08.02.2022, 14:35", Rule.SYMBOLS),
        ("USD 431.20 EUR 492.75 RUB 5.71", Rule.TICKER),
        ("Главная | Политика | Экономика | Спорт", Rule.MENU),
        ("Страницы: 1 2 3 4 ... 17", Rule.PAGINATION),
        ("1 2 3 4 5 6 ... 17", Rule.PAGINATION),
        ("Оставить комментарий", Rule.COMMENT_PROMPT),
        ("Пікір қалдыру", Rule.COMMENT_PROMPT),
        ("Comments (12)", Rule.COMMENT_PROMPT),
        ("События дня", Rule.WIDGET_LABEL),
        ("Күн жаңалықтары", Rule.WIDGET_LABEL),
        ("© 2022 Газета посёлка. Все права защищены.", Rule.LEGAL),
        ("Видео: телеграм-канал поселения", Rule.CREDIT),
    ],
)
@pytest.mark.parametrize("place", ["above", "below"])
def test_the_furniture_of_a_page_is_dropped_above_and_below_the_article(line: str, rule: Rule, place: str) -> None:
    assert_dropped(page(above=(line,)) if place == "above" else page(below=(line,)), line, rule)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Фото: Пётр Сидоров", Rule.CREDIT),
        ("Снимок дороги сделан в понедельник. Фото: Пётр Сидоров", Rule.CREDIT),
        ("Читайте также: Как готовят к зиме снегоуборочные машины", Rule.READ_ALSO),
        ("Нашли ошибку? Выделите её и нажмите Ctrl+Enter.", Rule.WIDGET_LABEL),
        ("14:05 Ещё одна новость из ленты", Rule.HEADLINE_LIST),
    ],
)
def test_furniture_inside_the_article_is_dropped_and_the_text_around_it_kept(line: str, rule: Rule) -> None:
    assert_dropped(page(line), line, rule)


@pytest.mark.parametrize(
    "sentence",
    [
        "Оставить комментарий чиновники отказались, но обещали ответить письменно до конца недели.",
        "Поддержать проект новой дороги решили четырнадцать депутатов из двадцати.",
        "Підтримати проєкт погодилися лише двоє депутатів із дванадцяти.",
        "Падтрымаць будаўніцтва моста згадзіліся ўсе жыхары вёскі.",
        "Посёлок стал учредителем издания, а свидетельство о регистрации получит в марте.",
        "Перепечатка карт для спасателей заняла три дня и две ночи.",
        "Водителей просят не пользоваться зимником: гиперссылка на карту была с ошибкой.",
        "Latest news from the snowed-in villages reached the town only on Thursday.",
        "No comments were heard from the road service during the whole week.",
        "Most read books in the village library last year were about gardening.",
        "Terms of the contract with the road service were agreed on Monday night.",
        "Copyright law had been changed twice by the time the archive was opened.",
        "The new privacy policy of the bus company lets passengers refuse cameras.",
        "The bank asked for one thing in return for the credit: a seat on the board.",
        "Соседи показали ещё одно видео: вода заливает подвал школы.",
        "Мешканці показали ще одне відео: вода заливає підвал школи.",
    ],
)
def test_a_true_sentence_with_the_words_of_a_label_stays_in_the_article(sentence: str) -> None:
    assert found(page(sentence), sentence).kept == sentence


@pytest.mark.parametrize(
    "prompt",
    [
        "Поддержите редакцию: подпишитесь на рассылку и расскажите о нас друзьям.",
        "Читайте нас в телеграме, там новости появляются раньше, чем на сайте.",
        "Subscribe to our newsletter and never miss a story from the villages.",
        "Follow us on Telegram for the news of the district every morning.",
        "Фото: Пётр Сидоров, пресс-служба посёлка",
        "Снег лежит у школы (фото: пресс-служба посёлка)",
    ],
)
def test_a_prompt_in_a_sentence_is_dropped_from_the_article(prompt: str) -> None:
    text = page(prompt)
    assert prompt not in kept(text)
    assert all(paragraph in kept(text) for paragraph in ARTICLE)


def test_a_numbered_list_of_headlines_above_the_article_is_dropped() -> None:
    headlines = (
        "  1. В районе заработала новая котельная",
        "  2. «Это было неожиданно». Чем закончился турнир по шахматам",
        "  3. Почему дорожает хлеб? Ответ экономиста",
        "  4. Назначен новый директор библиотеки",
    )
    text = page(above=headlines)
    assert not any(line.strip() in kept(text) for line in headlines)
    assert kept(text).startswith(LEAD)


def test_a_giant_line_of_headlines_glued_together_is_dropped() -> None:
    glued = " ".join(
        [
            "Открыт новый мост",
            "Ауданда жаңа мектеп ашылды",
            "Учителя получили премии",
            "Жители просят автобус",
        ]
        * 12
    )
    assert_dropped(page(above=(glued,)), glued, Rule.RUN_ON_HEADLINES)


def test_headlines_under_a_read_also_label_are_dropped_until_the_text_goes_on() -> None:
    text = page("Читайте также", "Где купить дрова", "Сколько стоит лопата для снега?")
    assert found(text, "Где купить дрова").rule is Rule.HEADLINE_LIST
    assert not found(text, "Сколько стоит лопата для снега?").kept
    assert found(text, QUOTE).rule is Rule.PROSE


def test_a_heading_that_text_follows_is_kept() -> None:
    heading = "Что говорят дорожники"
    assert found(page(heading), heading).rule is Rule.HEADING


def test_a_bare_short_line_that_heads_nothing_is_dropped() -> None:
    text = page("Как это выглядит", "Посёлок и деревня снова остаются без света", LAST)
    assert found(text, "Как это выглядит").rule is Rule.WIDGET_LABEL
    assert found(text, "Посёлок и деревня снова остаются без света").kept


def test_a_list_of_the_text_is_kept() -> None:
    items = ("- лопаты и соль", "- тёплая одежда", "- запас воды")
    text = page("Спасатели советуют иметь под рукой:", *items)
    assert found(text, "Спасатели советуют иметь под рукой:").rule is Rule.LEAD_IN
    assert all(found(text, item).rule is Rule.LIST_OF_THE_TEXT for item in items)


def test_a_repeated_caption_is_dropped_each_time() -> None:
    caption = "Дорога после снегопада. Фото: Пётр Сидоров"
    assert caption not in kept(page(caption, caption))


def test_a_repeated_paragraph_is_kept_once() -> None:
    text = page(LEAD)
    assert kept(text).count(LEAD) == 1
    assert [block.rule for block in judge(text) if block.text == LEAD] == [Rule.PROSE, Rule.REPEATED]


def test_a_last_paragraph_that_lost_its_full_stop_is_kept() -> None:
    last = "Дорогу до райцентра обещают открыть к утру четверга, если снегопад не начнётся снова"
    assert last in kept(page(below=(last, "", "Оставить комментарий")))


def test_the_headline_is_found_above_date_and_share_buttons() -> None:
    headline = "Жители Верхних Сосен расчищают дорогу"
    text = page(above=("Новости", "Погода", headline, "вторник, 8 февраля 2022", "Поделиться"))
    assert found(text, headline).rule is Rule.HEADLINE
    assert kept(text).startswith(headline)


@pytest.mark.parametrize("headline", ["Снегопад", "Белова ответила", "Дорога свободна", "Метели и гололёд"])
@pytest.mark.parametrize("text", ["\n".join(ARTICLE), " ".join(ARTICLE)])
def test_a_short_line_that_stands_alone_above_the_article_is_its_headline(headline: str, text: str) -> None:
    assert found(f"{headline}\n{text}", headline).rule is Rule.HEADLINE
    assert kept(f"{headline}\n\n{text}") == f"{headline}\n{text}"


@pytest.mark.parametrize("line", ["Общество", "8 февраля 2022", "Поделиться", "Фото:", "— Сосны"])
def test_another_line_alone_above_the_article_is_no_headline(line: str) -> None:
    assert found(f"{line}\n{' '.join(ARTICLE)}", line).rule is not Rule.HEADLINE


@pytest.mark.parametrize("below", ["Жители Верхних Сосен вышли на расчистку дороги\n", ""])
def test_a_path_of_sections_above_the_article_is_no_headline(below: str) -> None:
    line = "Главная / Общество / Погода"
    assert found(f"{line}\n{below}{' '.join(ARTICLE)}", line).rule is not Rule.HEADLINE


def test_comments_below_the_article_are_dropped() -> None:
    comment = "У нас на улице дорогу так и не почистили, звоню третий день и никто не берёт трубку."
    assert comment not in kept(page(below=("Комментарии (2)", "Гость", comment, "Ответить", "Гость", comment)))


def test_a_paragraph_far_below_in_the_footer_is_dropped() -> None:
    footer = "Газета основана группой жителей и выходит по четвергам в посёлке и двух соседних деревнях района."
    menu = tuple(f"Раздел {word}" for word in ("первый", "второй", "третий", "пятый", "шестой", "седьмой"))
    assert found(page(below=(*menu, footer)), footer).rule is Rule.FAR_FROM_ARTICLE


@pytest.mark.parametrize("prefix", ["date 2022-02 ", "date: 2022-02-08 ", "published 2022-02-08T10:15:00Z | "])
def test_what_a_crawler_wrote_before_the_text_is_cut_off(prefix: str) -> None:
    (block,) = judge(f" {prefix}{SECOND}")
    assert (block.kept, block.rule) == (SECOND, Rule.CRAWLER_PREFIX)
    assert block.text == f"{prefix}{SECOND}"


def test_a_prompt_glued_to_the_end_of_a_paragraph_is_cut_off() -> None:
    line = f"{SECOND} Подписывайтесь на наш канал"
    block = found(page(line), line)
    assert (block.kept, block.rule) == (SECOND, Rule.TAIL_PROMPT)


def test_a_credit_glued_to_the_end_of_a_paragraph_is_cut_off() -> None:
    block = found(page(f"{SECOND} Фото: Пётр Сидоров"), f"{SECOND} Фото: Пётр Сидоров")
    assert (block.kept, block.rule) == (SECOND, Rule.TAIL_CREDIT)


@pytest.mark.parametrize(
    "sentence",
    [
        "Комментарии чиновников редакция ждёт со вторника, но на звонки в районе не отвечают.",
        "Фото на месте аварии сделал случайный прохожий, полиция проверяет его рассказ.",
        "Поддержать соседей приехали жители трёх деревень, они привезли с собой лопаты и трактор.",
        "8 февраля 2022 года автобусы снова вышли на маршрут.",
        "За доллар в тот день давали 431 тенге, за евро 492 тенге.",
        "— Дорога закрыта, — повторил он.",
        "Ұсталғандар арасында бірнеше оқушы бар.",
        "Рух на трасі відновили лише ввечері.",
        "Nobody was hurt.",
    ],
)
def test_a_true_sentence_that_looks_like_furniture_is_kept(sentence: str) -> None:
    assert found(page(sentence), sentence).kept == sentence


def test_an_english_page_loses_its_menus_and_keeps_its_article() -> None:
    body = [
        "The harbour reopened on Monday after engineers cleared the last of the wreckage from the channel.",
        "Ferries will run every two hours until the end of the week, the port authority said in a statement.",
        "It was the longest closure since the war.",
    ]
    text = "\n".join(["Skip to content", "Home", "World", "Sign in", *body, "Share", "Read more", "Latest news"])
    assert kept(text).split("\n") == body


def test_a_chinese_page_loses_its_menus_and_keeps_its_article() -> None:
    body = [
        "市政府星期二宣布，通往山区的公路在大雪之后已经重新开放，公共汽车恢复运行，学校也将在星期四复课。",
        "气象部门表示，本周末气温会逐渐回升，但夜间仍有可能出现降雪，请居民出行时注意安全。",
    ]
    text = "\n".join(["首页", "新闻", "体育", "财经", *body, "分享到：", "相关新闻", "版权所有"])
    assert kept(text).split("\n") == body


def test_judging_what_was_kept_keeps_it_again() -> None:
    text = page("Что говорят дорожники", above=("Новости", "Спорт"), below=("Поделиться", "События дня"))
    assert kept(kept(text)) == kept(text)


@given(st.lists(st.one_of(st.text(), st.sampled_from([*ARTICLE, "Комментарии", "Читайте также", "1. пункт", ""]))))
def test_any_text_is_judged_and_what_is_kept_is_a_piece_of_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    judged = judge(text)
    assert judged == judge(text)
    for block in judged:
        assert block.kept in block.text
        assert block.text in text
        assert 0.0 <= block.score <= 1.0
        assert bool(block.kept) <= (block.score >= 0.5)


@pytest.mark.parametrize(
    "text",
    [
        "а" * 2_000_000,
        "слово " * 350_000,
        "." * 2_000_000,
        "Фото: " * 350_000,
        "<a href=" * 250_000,
        "1:1:" * 500_000,
        "\u200b" * 2_000_000,
        "Раз.\n" * 100_000,
        "Комментарии\nЕщё одно предложение о дороге и снеге, довольно длинное для строки.\n" * 50_000,
    ],
    ids=[
        "one word",
        "no stops",
        "stops",
        "credits",
        "tags",
        "clocks",
        "invisible",
        "short lines",
        "barriers",
    ],
)
def test_a_hostile_page_is_judged_to_the_end(text: str) -> None:
    assert len(judge(text)) <= 100_000
