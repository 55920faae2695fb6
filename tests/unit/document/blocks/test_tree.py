"""What a line of a page is, where its elements do not say so; all texts are our own."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks.tree import layout_of

LOAVES = (
    "The bakery on Quarry Lane sold its last loaf at nine on Monday.",
    "Its owner, Nell Harbury, said flour had become too dear for her.",
    "A queue of neighbours stood in the rain to say goodbye to the ovens.",
)


@pytest.fixture(autouse=True, params=["compiled", "python"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut each page with the compiled walk, and with the one in Python."""
    if request.param == "python":
        monkeypatch.setattr(native, "COMPILED", False)
    elif not native.COMPILED:
        pytest.skip("no C compiler was there")


def blocks(html: str) -> list[str]:
    return layout_of(LexborHTMLParser(f"<html><body>{html}</body></html>")).texts


def test_elements_that_a_site_made_up_are_lines_if_only_lines_are_beside_them() -> None:
    paragraphs = "".join(f"<news-par>{text}</news-par>" for text in LOAVES)
    assert blocks(f"<news-story><h1>Last loaf</h1><news-text>{paragraphs}</news-text></news-story>") == [
        "Last loaf",
        *LOAVES,
    ]


def test_an_element_that_a_site_made_up_stays_in_its_sentence() -> None:
    assert blocks("<p>The price of <x-term>rye</x-term> rose, <x-note>see below</x-note><b>!</b></p>") == [
        "The price of rye rose, see below!"
    ]


def test_a_span_is_a_line_if_its_style_says_so() -> None:
    for style in ("display:block", "color: red; DISPLAY : flex"):
        spans = "".join(f'<span style="{style}">{text}</span>' for text in LOAVES)
        assert blocks(f"<div>{spans}</div>") == list(LOAVES)
    assert blocks('<p>One <span style="display:inline-block">rye</span> loaf</p>') == ["One rye loaf"]


def test_the_reading_of_a_word_is_no_part_of_it() -> None:
    assert blocks("<p><ruby>麦<rp>(</rp><rt>むぎ</rt><rp>)</rp></ruby>の<ruby>店<rt>みせ</rt></ruby>です。</p>") == [
        "麦の店です。"
    ]


def wrapped(text: str, width: int, mark: str) -> str:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return mark.join(lines)


STORY = (
    "Пекарня на улице Каменщиков закрылась в понедельник, последний хлеб продали к девяти, очередь заняли затемно.",
    "Хозяйка Нина Гарбузова объяснила, что мука подорожала вдвое, а поднимать цену для соседей она не хочет и не будет.",
    "В здании, которое стоит пустым второй месяц, откроют библиотеку. Ремонт обещают закончить до первых заморозков.",
)


@pytest.mark.parametrize("width", [40, 44, 48])
@pytest.mark.parametrize("between", ["<br><br>", "<br />\n&nbsp;<br>", "<br>"])
def test_lines_that_were_cut_by_their_width_are_one_paragraph(width: int, between: str) -> None:
    body = between.join(wrapped(text, width, "<br>\n") for text in STORY)
    found = blocks(f"<div><h2>Пекарня</h2><div>{body}</div></div><p>Конец</p>")
    assert (found[0], found[-1]) == ("Пекарня", "Конец")
    assert " ".join(found[1:-1]) == " ".join(STORY)
    if between.count("br") == 2:
        assert found[1:-1] == list(STORY)


def test_joined_lines_move_the_elements_behind_them() -> None:
    layout = layout_of(
        LexborHTMLParser(f"<body><div>{wrapped(' '.join(STORY), 50, '<br>')}</div><p>Б</p><p>В</p></body>")
    )
    kind, first, end = layout.elements[[1, 5, 6]].tolist()
    assert layout.texts == [" ".join(STORY), "Б", "В"]
    assert [layout.texts[start:stop] for start, stop in zip(first[2:], end[2:], strict=True)] == [["Б"], ["В"]]
    assert len(layout.frames) == len(layout.linked) == len(layout.broken) == len(layout.texts) == len(kind) - 1


@pytest.mark.parametrize(
    "lines",
    [
        (
            "Rye in the morning",
            "and rye in the night,",
            "flour on the ceiling",
            "and flour on the light,",
            "we bake",
            "on",
        ),
        (
            "Flour, two pounds, sifted",
            "Salt",
            "One spoon of honey from the hill",
            "Water",
            "Butter",
            "A little time",
            "Rye",
        ),
    ],
)
def test_lines_of_a_poem_and_of_a_list_stay(lines: tuple[str, ...]) -> None:
    assert blocks(f"<div>{'<br>'.join(lines)}</div>") == list(lines)


def test_paragraphs_of_a_preformatted_text_are_lines() -> None:
    text = "\n \n".join(wrapped(text, 60, "\n") for text in STORY)
    assert blocks(f"<pre>{text}\n</pre><p>Конец</p>") == [*STORY, "Конец"]


def test_a_program_stays_whole() -> None:
    code = "def bake(loaf):\n    return loaf.heat(240)\n\n\ndef sell(loaf):\n    return loaf.price * 2"
    assert blocks(f"<pre><code>{code}</code></pre>") == [" ".join(code.split())]
