"""Host profiles: what they learn, what they take, and what they can never be taught to take."""

import random

import pytest

from pipeline.document.profile import Lesson, alike, familiar, familiar_ends, learn
from pipeline.document.recurring import RULE, can_recur, lesson_of, may_recur, without_recurring
from pipeline.records.document import Cleaning, Document, Provenance
from pipeline.records.fields import digest
from pipeline.records.profile import EMPTY, LINES, RECENT, Profile, read_profile
from pipeline.records.route import Route
from pipeline.records.wire import decode, encode
from pipeline.text.fingerprint import text_hash

NOTICE = (
    "Данное сообщение (материал) создано и распространено иностранным средством массовой информации, выполняющим "
    "функции иностранного агента, и предназначено для лиц старше восемнадцати лет."
)
PLEA = (
    "Мы работаем без рекламы и без начальников, и каждый наш день оплачивают читатели: если эта работа вам нужна, "
    "подпишитесь на ежемесячный взнос, это займёт у вас одну минуту."
)
VOCABULARY = [
    f"{head}{tail}" for head in ("мост", "завод", "река", "школа", "рынок", "поезд") for tail in "абвгдежзиклмн"
]


def prose(seed: object, words: int = 14) -> str:
    """A sentence of its own."""
    rng = random.Random(str(seed))
    return " ".join(rng.choices(VOCABULARY, k=words)).capitalize() + "."


def article(seed: object, *, lines: int = 5) -> list[str]:
    return [prose(f"{seed}/{number}") for number in range(lines)]


def document(lines: list[str], url: str = "https://outlet.example/1", headline: str | None = None) -> Document:
    body = "\n".join(lines)
    return Document(
        url=url,
        route=Route.CYRILLIC,
        article_body=body,
        word_count=len(body.split()),
        text_hash=text_hash(body),
        headline=headline,
        cleaning=Cleaning(kept_lines=len(lines), kept_characters=sum(map(len, lines))),
        provenance=Provenance(page_id=digest(url.encode(), body.encode()), topic="pages", partition=0, offset=0),
    )


def lesson(lines: list[str], url: str = "https://outlet.example/1") -> Lesson:
    found = lesson_of(document(lines, url))
    assert found is not None
    return found


def taught(*articles: list[str], start: Profile = EMPTY) -> Profile:
    """Learn pages in a row, each under a URL of its own."""
    profile = start
    for number, lines in enumerate(articles):
        profile = learn(profile, lesson(lines, f"https://outlet.example/{number}"))
    return profile


def cleaned(profile: Profile, lines: list[str], headline: str | None = None) -> list[str]:
    one = document(lines, "https://outlet.example/new", headline)
    found = lesson_of(one)
    assert found is not None
    return without_recurring(one, found, profile).article_body.split("\n")


def host(count: int, *standing: str) -> Profile:
    return taught(*(article(number) + list(standing) for number in range(count)))


@pytest.mark.parametrize("standing", [NOTICE, PLEA, "Читайте нас в телеграме, там новости выходят раньше"])
def test_what_recurs_on_the_articles_of_a_host_goes(standing: str) -> None:
    assert cleaned(host(8, standing), [*article("new"), standing]) == article("new")


def test_a_notice_in_the_middle_of_an_article_goes_alone() -> None:
    before, after = article("before"), article("after")
    assert cleaned(host(8, NOTICE), [*before, NOTICE, *after]) == before + after


def test_a_notice_on_a_third_of_the_articles_is_enough() -> None:
    pages = [article(number) + [NOTICE] * (number % 3 == 0) for number in range(30)]
    assert cleaned(taught(*pages), [*article("new"), NOTICE]) == article("new")


def test_what_went_is_told_and_the_document_agrees_with_its_text() -> None:
    one = document([*article("new"), NOTICE])
    profile = host(8, NOTICE)
    found = without_recurring(one, lesson([*article("new"), NOTICE]), profile)

    (removed,) = found.cleaning.removed
    assert (removed.rule, removed.lines, removed.characters) == (RULE, 1, len(NOTICE))
    assert found.cleaning.kept_lines == 5
    assert found.text_hash == text_hash(found.article_body)
    assert found.word_count == len(found.article_body.replace("-", " ").split())
    assert found.provenance.profile == profile.version == 8


def test_a_document_of_a_host_without_a_profile_is_left_as_it_is() -> None:
    one = document(article("new"))
    found = without_recurring(one, lesson(article("new")), EMPTY)
    assert (found.article_body, found.cleaning, found.provenance.profile) == (one.article_body, one.cleaning, 0)


def test_a_young_profile_takes_nothing() -> None:
    assert cleaned(host(2, NOTICE), [*article("new"), NOTICE])[-1] == NOTICE


# What must never be learned


def test_sixty_fetches_of_a_page_teach_one_article() -> None:
    profile = taught(*[article("same")] * 60)
    assert (profile.articles, profile.version) == (1, 1)
    assert cleaned(profile, article("same")) == article("same")


def test_sixty_fetches_between_other_pages_teach_nothing_more() -> None:
    pages = [article("same") if number % 2 else article(number) for number in range(120)]
    profile = taught(*pages)
    assert cleaned(profile, article("same")) == article("same")
    assert max(each.support for each in familiar(profile, lesson(article("same")))) == 0


def test_pages_that_come_round_again_after_they_were_forgotten_keep_their_lines() -> None:
    turn = [article(number) for number in range(RECENT * 2)]
    profile = taught(*turn * 5)
    assert all(cleaned(profile, lines) == lines for lines in turn)


def test_an_article_under_five_addresses_of_the_host_is_one_article() -> None:
    text = article("syndicated", lines=8)
    profile = taught(*([f"Источник: {name}", *text] for name in ("ТАСС", "РИА", "АП", "ДПА", "АФП")))
    assert profile.articles == 1
    assert cleaned(profile, text) == text


def test_an_article_that_is_edited_and_grows_stays_one_article() -> None:
    text = article("live", lines=4)
    versions = [[f"Обновлено в {hour}:00", *text, *article("later", lines=hour)] for hour in range(20)]
    profile = taught(*versions)
    assert profile.articles == 1
    assert cleaned(profile, versions[-1]) == versions[-1]


def bulletin(day: int) -> list[str]:
    moved = "подорожал" if day % 3 else "подешевел"
    return [
        f"Официальный курс доллара на {day % 28 + 1} марта",
        f"Доллар {moved} на {day * 7 % 90} копеек, до {78 + day % 5},{day % 90} рубля, сообщил Банк России.",
        f"Евро {moved} на {day * 3 % 90} копеек, до {84 + day % 4},{day % 80} рубля.",
        "Курсы установлены по итогам торгов на бирже и действуют до следующего рабочего дня.",
        "Официальные курсы не обязывают банк покупать или продавать валюту.",
    ]


def test_a_hundred_daily_bulletins_stay_whole() -> None:
    profile = taught(*map(bulletin, range(100)))
    assert cleaned(profile, bulletin(101)) == bulletin(101)


def test_bulletins_among_the_news_of_a_host_stay_whole() -> None:
    pages = [page for day in range(60) for page in (bulletin(day), article(day), article(-1 - day))]
    assert cleaned(taught(*pages), bulletin(61)) == bulletin(61)


def test_the_standing_intro_of_a_column_stays_where_the_column_is_one_of_many_pages() -> None:
    intro = "Каждую пятницу наш обозреватель рассказывает о том, как живёт и чем дышит город у реки."
    pages = [[intro, *article(number)] if number % 5 == 0 else article(number) for number in range(50)]
    assert cleaned(taught(*pages), [intro, *article("new")])[0] == intro


def test_on_a_host_of_nothing_but_the_column_only_the_intro_goes() -> None:
    intro = "Каждую пятницу наш обозреватель рассказывает о том, как живёт и чем дышит город у реки."
    profile = taught(*([intro, *article(number)] for number in range(20)))
    assert cleaned(profile, [intro, *article("new")]) == article("new")


def test_background_that_a_story_repeats_stays_in_a_host_of_many_stories() -> None:
    background = prose("background", 25)
    pages = [[*article(number), background] if number % 6 == 0 else article(number) for number in range(60)]
    assert cleaned(taught(*pages), [*article("new"), background])[-1] == background


def test_a_heading_stays_above_its_text_however_often_it_recurs() -> None:
    text = [*article(1), "Справка", *article(2)]
    profile = taught(*([*article(number), "Справка", *article(-number)] for number in range(1, 30)))
    assert cleaned(profile, text) == text


def test_a_heading_goes_with_what_it_heads() -> None:
    profile = taught(*([*article(number), "Поддержите нас", PLEA] for number in range(10)))
    assert cleaned(profile, [*article("new"), "Поддержите нас", PLEA]) == article("new")


def test_a_short_sentence_stays_that_many_articles_have() -> None:
    pages = [article(number) + ["Никто не пострадал."] * (number % 3 == 0) for number in range(30)]
    assert cleaned(taught(*pages), [*article("new"), "Никто не пострадал."])[-1] == "Никто не пострадал."


def test_the_headline_stays_though_every_page_of_the_host_shows_it() -> None:
    headline = "На площади у старой мельницы открыли новый мост через реку"
    profile = host(12, headline)
    assert cleaned(profile, [headline, *article("new")], headline)[0] == headline


def test_a_page_of_nothing_but_known_lines_stays() -> None:
    assert cleaned(host(20, NOTICE, PLEA), [NOTICE, PLEA]) == [NOTICE, PLEA]


def test_of_a_third_of_a_page_only_what_is_certain_goes() -> None:
    brief = article("brief", lines=1)
    assert cleaned(host(5, NOTICE), [*brief, NOTICE]) == [*brief, NOTICE]
    assert cleaned(host(20, NOTICE), [*brief, NOTICE]) == brief


# How it learns


def test_a_page_delivered_again_changes_nothing() -> None:
    profile = host(5, NOTICE)
    again = lesson([*article(4), NOTICE], "https://outlet.example/4")
    assert learn(profile, again) is profile


def test_the_order_of_the_lessons_is_all_that_matters() -> None:
    assert encode(host(40, NOTICE, PLEA)) == encode(host(40, NOTICE, PLEA))


def test_what_a_host_no_longer_shows_is_forgotten_and_what_it_shows_instead_is_learned() -> None:
    profile = host(60, NOTICE)
    after = [
        taught(*([*article(f"b{number}"), PLEA] for number in range(count)), start=profile) for count in (150, 600)
    ]
    assert cleaned(after[0], [*article("new"), PLEA]) == article("new")
    assert cleaned(after[1], [*article("new"), NOTICE])[-1] == NOTICE


def test_a_profile_that_has_seen_much_learns_from_a_sample() -> None:
    profile = host(64, NOTICE)
    learned = sum(learn(profile, lesson(article(f"s{number}"))) is not profile for number in range(400))
    assert 60 < learned < 140


def test_a_profile_stays_small_and_keeps_what_recurs() -> None:
    profile = taught(*([*article(number, lines=60), NOTICE] for number in range(200)))
    assert len(profile.lines) <= LINES
    assert len(encode(profile)) < 40_000
    assert profile.articles < 64
    assert cleaned(profile, [*article("new"), NOTICE]) == article("new")


def test_a_line_that_stands_twice_in_an_article_counts_once() -> None:
    text = article(1)
    assert {count for _, count, _ in taught(text + text).lines} == {1}


@pytest.mark.parametrize(
    "lines", [["Коротко."], [prose(number, 3) for number in range(1001)]], ids=["too short", "too long"]
)
def test_a_page_that_is_no_usual_article_teaches_nothing(lines: list[str]) -> None:
    assert lesson_of(document(lines)) is None


def test_a_file_has_no_host_to_learn_of() -> None:
    assert lesson_of(document(article(1), "file:///pages/1.html")) is None


def test_a_profile_comes_back_from_its_bytes() -> None:
    profile = host(10, NOTICE)
    assert decode(Profile, encode(profile)) == profile == read_profile(encode(profile))


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[]", b'{"version":-1}', b'{"lines":[[1]]}', b'{"recent":[[-1]]}', b"\xff" * 50_000]
)
def test_what_is_no_profile_is_an_empty_one(value: bytes | None) -> None:
    assert read_profile(value) == EMPTY


def test_a_profile_whose_figures_cannot_be_takes_no_article() -> None:
    keys = lesson(article("new")).keys
    absurd = read_profile(encode(Profile(version=9, articles=1, lines=tuple((key, 1 << 60, 1) for key in keys))))
    assert cleaned(absurd, article("new")) == article("new")


def test_lines_are_in_the_order_of_their_counts_and_versions_and_then_of_their_keys() -> None:
    rng, profile = random.Random(7), EMPTY
    for number in range(150):
        before = {key: (count, seen) for key, count, seen in profile.lines}
        lines = [prose(f"s{rng.randrange(40)}") for _ in range(rng.randrange(3, 9))] + article(number, lines=3)
        found = lesson(lines, f"https://outlet.example/{number}")
        learned = learn(profile, found)
        if learned.articles > profile.articles:
            counted = before | {key: (before.get(key, (0, 0))[0] + 1, learned.version) for key in set(found.keys)}
            expected = sorted(((key, *one) for key, one in counted.items()), key=lambda one: (-one[1], -one[2], one[0]))
            assert list(learned.lines) == expected[:LINES]
        profile = learned
    assert profile.version > 60
    assert len(profile.lines) > 100


def test_a_line_that_is_taken_is_one_that_may_recur() -> None:
    rng = random.Random(8)
    for articles in range(70):
        lines = [[prose(f"s{rng.randrange(12)}") for _ in range(3)] + article(n, lines=3) for n in range(articles + 1)]
        profile, found = taught(*lines[:-1]), lesson(lines[rng.randrange(articles + 1)])
        assert may_recur(profile, found) or not can_recur(familiar(profile, found))


def test_a_profile_without_articles_takes_nothing() -> None:
    found = lesson(article("new"))
    empty = Profile(version=1, articles=0, lines=tuple((key, 9, 1) for key in found.keys))
    assert cleaned(empty, article("new")) == article("new")
    assert may_recur(empty, found) >= can_recur(familiar(empty, found))


def test_likeness_is_of_the_shorter_article() -> None:
    short, long = lesson(article(1, lines=3)).sketch, lesson(article(1, lines=12)).sketch
    assert alike(short, long) >= 0.6
    assert alike(lesson(article(1)).sketch, lesson(article(2)).sketch) < 0.3
    assert alike((), ()) == alike(short, ()) == 0.0


def headlined(profile: Profile, seed: object, headline: str) -> str | None:
    one = document(article(seed), f"https://outlet.example/{seed}", headline)
    found = lesson_of(one)
    assert found is not None
    assert may_recur(profile, found) or not can_recur(familiar_ends(profile, found))
    return without_recurring(one, found, profile).headline


@pytest.mark.parametrize("form", ["Новости Сосен :: {}", "{} — Сосны сегодня", "Сосны | {} | Общество"])
def test_the_end_that_the_headlines_of_a_host_have_in_common_is_cut(form: str) -> None:
    profile = EMPTY
    for number in range(4):
        one = document(article(number), f"https://outlet.example/{number}", form.format(f"Снег убрали {number} раз"))
        found = lesson_of(one)
        assert found is not None
        profile = learn(profile, found)
    assert headlined(profile, "new", form.format("Каток открыли у моста")) == "Каток открыли у моста"
    assert headlined(profile, "other", "Каток — Дети рады льду") == "Каток — Дети рады льду"
    assert headlined(EMPTY, "first", form.format("Каток открыли")) == form.format("Каток открыли")


def test_a_word_that_some_headlines_begin_with_is_no_name_of_the_site() -> None:
    profile = EMPTY
    for number in range(12):
        headline = f"Срочно: снег убрали {number} раз" if number < 3 else f"Снег убрали {number} раз"
        found = lesson_of(document(article(number), f"https://outlet.example/{number}", headline))
        assert found is not None
        profile = learn(profile, found)
    assert headlined(profile, "new", "Срочно: каток открыли у моста") == "Срочно: каток открыли у моста"
