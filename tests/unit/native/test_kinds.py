"""The compiled numbers of a page's type are those of the Python twins, to the last bit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks.measures import measure
from pipeline.document.blocks.tree import layout_of
from pipeline.document.page_type.kinds import shape, words
from tests.unit.native.test_columns import same
from tests.unit.native.test_native import TEXTS

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

CARD = (
    "<div class=card><h3><a href=/{0}>Лодка номер {0} на реке</a></h3><p>Три места, два весла, {0} ₽ за день.</p></div>"
)
PROSE = "<p>В среду утром паром снова пошёл через Сухую: ремонт длился пять недель, и всё это время людей возили катером.</p>"
PAGES = (
    f"<h1>Паром</h1>{PROSE * 3}",
    f"<nav><ul><li><a href=/>Домой</a><li>Ещё</ul></nav>{PROSE}<h2>Рядом</h2>{''.join(map(CARD.format, range(9)))}{PROSE}",
    "<table><tr><td>1 $<td>2 €</table><form>a</form><pre>b</pre>",
    "".join(map(CARD.format, range(4))),
    "text",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_the_shape_is_the_same_whatever_was_kept(page: str, kept: int) -> None:
    layout = layout_of(LexborHTMLParser(page))
    parts = [text if kept == 1 or (kept and place % kept) else "" for place, text in enumerate(layout.texts)]
    found = same(lambda: shape.shape_of(layout, measure(layout.texts), parts).tolist())
    assert len(found) == len(shape.NAMES)


LIKELY = st.sampled_from(
    ["Купить", "цена", "наши", "нашими", "we", "You", "FREE", "İx", "ΠΡΟΣ", "quote", "quoted", "5th", "²a", "_b"]
)


@given(st.lists(st.tuples(st.one_of(TEXTS, st.lists(LIKELY).map(" ".join)), st.booleans()), max_size=8))
def test_words_belong_to_the_same_sets(blocks: list[tuple[str, bool]]) -> None:
    texts = [text for text, _ in blocks]
    same(lambda: words.shares_of(texts, [text if kept else "" for text, kept in blocks]))


@pytest.mark.parametrize("length", [words.MOST_CHARACTERS - 3, words.MOST_CHARACTERS, 3 * words.MOST_CHARACTERS])
def test_as_many_characters_are_read(length: int) -> None:
    text = ("купить слово " * length)[:length]
    same(lambda: words.shares_of([text, "наши", text], ["", "наши", text]))


@given(TEXTS)
def test_signs_of_currencies_are_counted_the_same(text: str) -> None:
    same(lambda: shape._currencies([text, "5 $", "¢£¤¥¦", "€" * 300, "1 \u20a0\u20cf\u20d0 \U0001f600"]))
