"""Which blocks are asked for a rule at all, told by what is measured of all of them at once."""

import numpy as np
import pytest

from pipeline.document.blocks.measures import measure
from pipeline.document.rules.by_shape import SHAPES
from pipeline.document.rules.prefilter import prefilter
from pipeline.document.rules.recognise import RULES, _blocks, _could, cues_of
from pipeline.document.rules.rule import Rule

# A run of one piece before a shorter one of another comes to each of the limits.
PIECES = (
    *("слово", "Слово", "мая", "12", "1" * 30, "1:45", "1.3.24 1:45", "Ivan", "USD 5", "EUR", "|", ".", "слово,", "©"),
    "中文",
)
LENGTHS = (0, *range(1, 20), 29, 30, 31, 38, 39, 40, 41, 58, 59, 60, 61, 72, 79, 80, 81, 86)


@pytest.mark.parametrize("second", PIECES)
@pytest.mark.parametrize("times", [1, 2, 6, 9])
def test_no_block_that_a_rule_recognises_by_its_shape_is_passed_over(second: str, times: int) -> None:
    texts = [" ".join([first] * length + [second] * times) for first in PIECES for length in LENGTHS]
    measures = measure(texts)
    could = _could(texts, measures, prefilter(texts)).tolist()
    for block, bits in zip(_blocks(texts, np.arange(len(texts)), measures), could, strict=True):
        fitting = [number for number, (_, fits) in enumerate(SHAPES) if fits(block)]
        if fitting:  # the first says which rule it is
            assert bits >> fitting[0] & 1, (block, SHAPES[fitting[0]][0])


def test_such_runs_have_all_shapes_but_that_of_markup() -> None:
    texts = ["12 12 12 12", "| | |", "12 мая 10:45", "USD 5 EUR 12 1234567890", "Ivan 12.03.2024 10:45", "10:45 слово"]
    texts += ["© слово", "слово | слово | слово", " ".join(["слово"] * 45)]
    measures = measure(texts)
    first = [
        next(rule for rule, fits in SHAPES if fits(block)) for block in _blocks(texts, np.arange(len(texts)), measures)
    ]
    assert first == [rule for rule, _ in SHAPES if rule is not Rule.MARKUP]


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        (
            Rule.WIDGET_LABEL,
            "На правах реклами | Паказаць яшчэ | Жарнама орны | Зареди още | Текст се наставља испод огласа",
        ),
        (Rule.WIDGET_LABEL, "5 812 рет оқылды | Прочетена 864 пъти | Прегледа: 1 204 | Пријава | Рэгістрацыя"),
        (Rule.SHARE_BAR, "Версія для друку | Раздрукаваць | Басып шығару | Версия за печат | Штампај"),
        (Rule.COMMENT_PROMPT, "Коментари (3) | Абмеркаванне | Оқырман пікірі | Мнения на читателите | Komentari 12"),
        (Rule.READ_ALSO, "Осы тақырыпта: Тартылған теңіз | Още по темата | Повезане вести | Свързани новини: Мостът"),
        (
            Rule.DATE_BAR,
            "21 март 2031 г., 10:15 ч. | 20. септембра 2032. | Петак, 15. октобар 2032, 10:15 | 3. jula 2031.",
        ),
        (
            Rule.LEGAL,
            "Всички права запазени. | Сва права задржана. | Усе правы абаронены. | Працягваючы карыстацца сайтам, вы",
        ),
    ],
)
def test_labels_are_known_in_all_languages_of_the_kit(rule: Rule, labels: str) -> None:
    texts = labels.split(" | ")
    assert [RULES[cue] if cue >= 0 else None for cue in cues_of(texts, measure(texts)).tolist()] == [rule] * len(texts)


def test_sentences_with_the_words_of_such_labels_are_no_labels() -> None:
    texts = [
        "Коментари на изборите дадоха и двамата кандидати, но само след полунощ.",
        "Оглас за продају млина објављен је у петак, а купац се јавио истог дана.",
        "Рэгістрацыя на марафон пачнецца ў панядзелак а дзявятай раніцы.",
        "Жарнама орындары қалада екі есе азайды, деп хабарлады әкімдік.",
    ]
    assert (cues_of(texts, measure(texts)) < 0).all()
