"""The entries of a live report stay with their times; feeds of headlines and comments with times do not."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import decide, measure_layout, measure_text
from pipeline.document.metadata.head import read_head

HEADLINE = "Turbine travels through Zaslonava: night report"
LEAD = (
    "A turbine of two hundred tonnes was carried through the whole town last night. The convoy needed more than eight "
    "hours, and forty lamp posts had to be taken down for it."
)
TIMES = ("21:40", "22:20", "23:55", "1:30", "3:48")
TOLD = (
    "Lights in Factory Street are out. Off we go!",
    "The speed is four kilometres an hour. A man on crutches overtakes us.",
    "Folding chairs have grown in front of number 14. Children in pyjamas count the wheels.",
    "We stand. Somebody left an old car at the corner, and twelve people carry it onto the lawn.",
    "We passed under the bridge. Nine centimetres were left between the turbine and the beam.",
)
MENU = ("Transport", "Yards", "Posters", "Send news")
FEED = ("Ferry timetable changes", "School choir invited to Vienna", "Tram line gets longer", "Club sells its keeper")


def of_html(body: str) -> tuple[str, ...]:
    menu = "".join(f"<a href='/{word}'>{word}</a> " for word in MENU)
    page = f"<html><head><title>{HEADLINE}</title></head><body><nav>{menu}</nav>{body}<footer>© Zaslonava</footer></body></html>"
    tree = LexborHTMLParser(page)
    return decide(measure_layout(layout_of(tree), read_head(tree, url="").texts), headline=HEADLINE).lines


def entries(times: tuple[str, ...], told: tuple[str, ...], title: str = "") -> str:
    return "".join(
        f"<li class='post'><time>{time}</time><div><h3>{title}</h3><p>{text}</p><a href='#{time}'>Link</a></div></li>"
        for time, text in zip(times, told, strict=True)
    )


def article(rest: str) -> str:
    return f"<section><h1>{HEADLINE}</h1><p>{LEAD}</p></section>{rest}"


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_entries_stay_with_their_times(is_newest_first: bool) -> None:
    order = slice(None, None, -1 if is_newest_first else 1)
    found = of_html(article(f"<ul>{entries(TIMES[order], TOLD[order])}</ul>"))
    assert found == (HEADLINE, LEAD, *(line for pair in zip(TIMES[order], TOLD[order], strict=True) for line in pair))


def test_the_title_of_an_entry_stays() -> None:
    assert of_html(article(f"<ul>{entries(TIMES, TOLD, 'What we see')}</ul>")).count("What we see") == len(TIMES)


def test_headlines_with_times_do_not_stay() -> None:
    feed = "".join(
        f"<li><time>{time}</time><a href='/{time}'>{head}</a></li>" for time, head in zip(TIMES, FEED * 2, strict=False)
    )
    assert of_html(article(f"<p>{' '.join(TOLD)}</p><ul>{feed}</ul>")) == (HEADLINE, LEAD, " ".join(TOLD))


@pytest.mark.parametrize("times", [TIMES[:3], ("21:40", "3:10", "20:15", "1:05", "19:30")])
def test_few_times_or_times_in_no_order_are_not_those_of_a_report(times: tuple[str, ...]) -> None:
    assert set(times).isdisjoint(of_html(article(f"<ul>{entries(times, TOLD[: len(times)])}</ul>")))


def test_entries_of_a_plain_text_stay_with_their_times() -> None:
    pairs = [line for pair in zip(TIMES, TOLD, strict=True) for line in pair]
    found = decide(measure_text("\n".join([*MENU, "", HEADLINE, LEAD, "", *pairs, "", "Comments (3)"]))).lines
    assert found == (HEADLINE, LEAD, *pairs)
