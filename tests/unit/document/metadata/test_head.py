"""The declarations of a page are found by few selectors as by one for each."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.selectors import found_by
from pipeline.document.metadata import head

EACH = (
    'html[lang], html, title, base[href], meta, link[rel~="canonical" i], script[type^="application/ld+json" i], '
    'h1, h2, time[datetime], [itemprop~="headline"], [itemprop~="author"], [itemprop~="datePublished"], '
    '[itemprop~="dateModified"], a[rel~="author" i], a[href="/"]'
)
ATTRIBUTES = (
    *(
        'itemprop="headline"',
        "itemprop='author x\tauthor'",
        "itemprop",
        'itemprop="name"',
        "itemprop='headline\u00a0author'",
    ),
    *(
        'rel="canonical"',
        'rel="Author nofollow"',
        'rel="co-author"',
        "datetime",
        'datetime="2031-01-01"',
        "href=/",
        "lang=en",
    ),
    *('type="application/LD+json; x"', "itemprop='datePublished\ndateModified headline'"),
)
TAGS = ("title", "base", "meta", "link", "script", "h1", "h2", "time", "a", "p", "svg", "div")


@given(
    st.lists(st.sampled_from(ATTRIBUTES), max_size=3),
    st.lists(st.tuples(st.sampled_from(TAGS), st.lists(st.sampled_from(ATTRIBUTES), max_size=3), st.booleans())),
)
def test_an_element_counts_once_for_each_selector_that_matches_it(
    root: list[str], elements: list[tuple[str, list[str], bool]]
) -> None:
    inside = "".join(f"<{tag} {' '.join(said)}>x{f'</{tag}>' if closed else ''}" for tag, said, closed in elements)
    tree = LexborHTMLParser(f"<html {' '.join(root)}>{inside}")
    counted: Counter[int] = Counter()
    for node, selected in found_by(head._WANTED, tree):
        counted[node.mem_id] = selected - 1 + head._times_named(node.tag or "", node.attributes)
    order = [place for place in counted if counted[place]]
    wanted = Counter(node.mem_id for node in tree.css(EACH))
    assert +counted == wanted
    assert order == list(wanted)
