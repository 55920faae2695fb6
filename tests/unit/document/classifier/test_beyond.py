"""Below the article of a plain text, further articles and comments of readers are dropped; live reports stay whole."""

import pytest

from pipeline.document.classifier.judge import decide, measure_text

HEADLINE = "Bakers of Upper Sosny reopen the old mill"
ARTICLE = (
    (
        "The bakers of Upper Sosny reopened the old mill on Friday, nine years after its wheel had stopped turning. Nobody "
        "in the village had expected that the work would be done before the winter."
    ),
    (
        "Irina Belova sold her van and bought oak planks for the wheel. Her neighbours worked for a share of the flour, and "
        "some of them came for nothing at all."
    ),
    "The council will pay for a new roof in spring. Until then a tarpaulin keeps the rain off the stones inside.",
)
OTHER = (
    (
        "Passengers on the Lindau river will have to wait for two weeks longer than planned, the harbour company said on "
        "Thursday, because a gate of the lower lock has cracked."
    ),
    "Engineers found the damage during a routine inspection of the walls. They closed the basin to all large vessels.",
    "Tickets that were bought for the cancelled trips stay valid until the end of the season, said the company.",
)


def kept(*lines: str) -> tuple[str, ...]:
    return decide(measure_text("\n".join(["Sosny Post", "News", "Sport", "", *lines]))).lines


@pytest.mark.parametrize("between", [(), ("Share",), ("Share", "Comments (3)"), ("Tags: mill, bread",)])
@pytest.mark.parametrize(
    ("own", "others"),
    [
        (("12 May 2026",), ("11 May 2026",)),
        (("By Anna Snow",), ("By Peter Frost",)),
        (("12 May 2026", "By Anna Snow"), ("9 May 2026", "By Peter Frost")),
        (("12.05.2026 14:20",), ("11.05.2026 09:05",)),
    ],
)
def test_a_further_article_with_a_headline_like_that_of_the_first_goes(
    own: tuple[str, ...], others: tuple[str, ...], between: tuple[str, ...]
) -> None:
    second = ("", "Ferry timetable changes after lock repairs", *others, "", *OTHER)
    found = kept(HEADLINE, *own, "", *ARTICLE, "", *between, *second)
    assert found[0] == HEADLINE
    assert set(ARTICLE).issubset(found)
    assert set(OTHER).isdisjoint(found)


def test_a_headline_with_a_date_inside_an_article_cuts_nothing_off() -> None:
    link = ("Ferry timetable changes after lock repairs", "3 March 2026")
    assert set(ARTICLE + OTHER).issubset(kept(HEADLINE, "By Anna Snow", "", *ARTICLE, *link, *OTHER))


def test_entries_of_a_live_report_are_no_further_articles() -> None:
    entry = "The mill of Upper Sosny turns for the bakers"
    found = kept(HEADLINE, "12 May 2026 10:00", "", *ARTICLE, "", entry, "12 May 2026 11:30", *OTHER)
    assert set(ARTICLE + OTHER).issubset(found)


@pytest.mark.parametrize(
    ("button", "signed"),
    [
        ("Reply", ("Old Miller\n12.05.2026 15:02", "Olga K.\n12.05.2026 16:40")),
        ("Report comment", ("Old Miller, 2 hours ago", "Olga K., 1 hour ago")),
        ("Пожаловаться", ("Старый мельник\n12.05.2026 15:02", "Ольга\n12.05.2026 16:40")),
        ("Ответить\nПожаловаться", ("Старый мельник 12 мая, 15:02", "Ольга 12 мая, 16:40")),
    ],
)
def test_comments_of_readers_go(button: str, signed: tuple[str, str]) -> None:
    texts = (
        (
            "My grandfather worked at this mill before the war, and I am glad that the wheel turns again. The roof should "
            "have been the first thing to do, though."
        ),
        "Where can one buy this flour now? The shop by the bridge has none, although it was promised for yesterday.",
    )
    comments = [line for name, text in zip(signed, texts, strict=True) for line in (name, text, button, "")]
    assert kept(HEADLINE, "12 May 2026", "", *ARTICLE, "", *comments) == (HEADLINE, *ARTICLE)


TEASERS = (
    (
        "Ferry timetable changes after lock repairs",
        "Passengers on the Lindau river will have to wait for two weeks longer than planned, said the harbour company.",
    ),
    (
        "Why do the swallows leave earlier?",
        "Ornithologists counted fewer nests along the coast in July, and think that a dry June made insects scarce.",
    ),
    (
        "School choir invited to Vienna",
        "Forty pupils rehearse three evenings a week for their concert, which television will broadcast at Easter.",
    ),
    (
        "Tram line seven gets longer",
        "Rails reach the hospital district by autumn, and engineers test two low-floor carriages at night.",
    ),
    (
        "Football club sells its goalkeeper",
        "Supporters protested outside the stadium after officials confirmed a transfer worth eight million.",
    ),
    (
        "Library opens on Sundays",
        "Readers may borrow films and games as well, while volunteers look after children in another room.",
    ),
)


@pytest.mark.parametrize("label", [(), ("Culture",), ("Read more", "Society")])
def test_a_row_of_headlines_with_a_paragraph_of_other_subjects_goes(label: tuple[str, ...]) -> None:
    teasers = [line for teaser in TEASERS for line in (*label, *teaser)]
    found = kept(HEADLINE, "12 May 2026", "", *ARTICLE, "", *teasers)
    assert found == (HEADLINE, *ARTICLE)


def test_what_stands_behind_teasers_and_is_about_the_article_stays() -> None:
    last = "The bakers of the village say that the mill and its wheel will grind flour for Irina Belova until winter."
    teasers = [line for teaser in TEASERS for line in teaser]
    assert kept(HEADLINE, "", *ARTICLE, "", *teasers, "", last) == (HEADLINE, *ARTICLE, last)


def test_sections_of_an_article_are_no_teasers() -> None:
    sections = (
        (
            "The wheel",
            "Oak planks for the wheel came from a neighbour, who asked for flour and for nothing else at all.",
        ),
        ("The stones", "Both stones turned for the last time nine years ago, and the village had to clean them first."),
        ("The roof", "A new roof will be paid for by the council, and until spring a tarpaulin keeps the rain off."),
        (
            "The bakers",
            "The bakers of Upper Sosny bake twice a week, and each neighbour who worked gets bread on Friday.",
        ),
        (
            "The van",
            "Irina Belova sold her van to a farmer, who carries flour to the bakers of three villages with it.",
        ),
        (
            "The money",
            "Nobody in the village counted the money, because most of the work was done for a share of flour.",
        ),
    )
    lines = [line for section in sections for line in section]
    assert set(lines).issubset(kept(HEADLINE, "12 May 2026", "", *ARTICLE, "", *lines))
