"""Lines are shown without the remains of escaping and without characters that nobody sees."""

import pytest

from pipeline.text.plain import legible


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("&laquo;Снег идёт&raquo;,&nbsp;&mdash; сказал дворник.", "«Снег идёт»,\u00a0— сказал дворник."),
        ("&amp;laquo;Снег&amp;raquo;", "«Снег»"),
        ("The baker&#8217;s shop &amp; caf&eacute;", "The baker’s shop & café"),
        ("&lt;b&gt;Snow&lt;/b&gt; fell, 5 &lt; 7", "Snow fell, 5 < 7"),
        ("сне\u00adго\u00adпад на ули\u200bце\ufeff", "снегопад на улице"),
    ],
)
def test_what_a_reader_would_not_see_goes(line: str, seen: str) -> None:
    assert list(legible((line,))) == [seen]


@pytest.mark.parametrize(
    "line",
    [
        "AT&T and R&D; the rest is unknown",
        "В HTML сущность &nbsp; означает неразрывный пробел.",
        "می\u200cخواهم",  # a joiner is part of the spelling
        "за\u0301мок и замо\u0301к",
        "Plain words, nothing else.",
    ],
)
def test_a_line_that_says_what_it_means_stays(line: str) -> None:
    assert list(legible((line,))) == [line]


def test_an_entity_never_breaks_a_line() -> None:
    assert list(legible(("one&#10;two",))) == ["one two"]
