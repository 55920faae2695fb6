"""The repair of XML: bounded, without a DTD, and always something that a parser reads."""

import builtins
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing import repair
from pipeline.listing.entries import Listing
from pipeline.listing.feeds import KEPT
from pipeline.listing.reading import read_listing
from pipeline.listing.repair import repaired, root_of

URL = "https://sosny.example/feed"
ROOT = Path(__file__).parents[3]


def of(text: str) -> repair.Repaired:
    root = root_of(text)
    assert root is not None
    return repaired(text, root, KEPT)


def test_a_whole_feed_is_left_whole() -> None:
    found = of('<?xml version="1.0"?><rss version="2.0"><channel><item><title>a &amp; b</title></item></channel></rss>')
    assert found.text == '<rss version="2.0"><channel><item><title>a &amp; b</title></item></channel></rss>'
    assert (found.broken, found.cut, found.head) == ("", "", '<rss version="2.0"><channel>')


@given(st.lists(st.sampled_from(
    ["<item>", "</item>", "<title>", "</title>", "<link>", "</link>", "<b>", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "&", "&x;", "&#0;",
     "&#x110000;", "<", ">", "'", '"', "<!DOCTYPE x [", "<!ENTITY y 'z'>", "]>", "<a b='<'>", "<content>", "</content>", "\x00", "\x0b", "/>", "x"]
), max_size=30))  # fmt: skip
def test_text_and_attributes_of_any_mixture_are_well_formed(pieces: list[str]) -> None:
    found = of(f"<rss>{''.join(pieces)}</rss>").text
    assert "<!" not in found
    assert "<?" not in found
    for text in found.replace(">", "<").split("<")[::2]:
        ET.fromstring(f"<x>{text}</x>")


def test_no_entity_grows() -> None:
    declared = (
        f'<!DOCTYPE rss [<!ENTITY a "{"A" * repair.LONGEST_ENTITY}"><!ENTITY b "&a;&a;"><!ENTITY c "{"C" * 1000}">]>'
    )
    found = of(f"{declared}<rss><channel><item><title>{'&a;' * 100_000}&b;&c;</title></item></channel></rss>")
    assert "AAAA" in found.text
    assert len(found.text) < repair.MOST_EXPANDED + 1000
    assert "C" not in found.text


@pytest.mark.parametrize("end", range(25, 97))
def test_a_document_that_is_cut_is_closed_at_its_end(end: int) -> None:
    """Else feedparser reads all of it a second time."""
    text = (
        "<rss><channel><item><title>a</title><link>/a</link></item><item><link/><guid>/b</guid></item></channel></rss>"
    )
    found = of(text[:end])
    assert found.cut.startswith("cut off")
    assert not found.text or ET.fromstring(found.text).tag == "rss"


def test_a_document_whose_elements_cross_is_not_closed_for_each_of_them() -> None:
    found = of("<rss><channel>" + "<item><link></item>" * 1000)
    assert found.cut
    assert found.text.count("</") == 1000


def test_a_document_of_too_many_tags_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "MOST_TAGS", 20)
    listed = "".join(f"<item><link>/{number}</link></item>" for number in range(20))
    found = read_listing(f"<rss><channel>{listed}</channel></rss>".encode(), URL)
    assert isinstance(found, Listing)
    assert 3 <= len(found.entries) <= 5
    assert found.cut.startswith("longer than the limit")


def test_an_entry_of_too_many_parts_costs_itself_alone() -> None:
    found = read_listing(
        f"<rss><channel><item>{'<link>/x</link>' * 5000}</item><item><link>/b</link></item></channel></rss>".encode(),
        URL,
    )
    assert isinstance(found, Listing)
    assert [entry.url for entry in found.entries][-1] == "https://sosny.example/b"
    assert len(of(f"<rss><item>{'<link>' * 5000}</item></rss>").text) < 10 * repair.MOST_PARTS * 2


def test_attributes_are_bounded() -> None:
    attributes = " ".join(f'a{number}="x"' for number in range(20_000))
    assert len(of(f"<rss {attributes}><item></item></rss>").text) < 100


def test_nothing_is_opened_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object, **named: object) -> None:
        raise AssertionError(arguments)

    read_listing(b"<rss><channel/></rss>", URL)  # imports feedparser
    monkeypatch.setattr(builtins, "open", refused)
    monkeypatch.setattr(socket, "socket", refused)
    for text in (
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss><channel><item><link>/a</link></item></channel></rss>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><rss><channel><item><title>&p;</title></item></channel></rss>',
        '<rss xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></rss>',
        "/etc/passwd",
        "http://127.0.0.1:1/feed",
        "file:///etc/passwd",
    ):
        assert "root:" not in str(read_listing(text.encode(), URL))


def test_cleaning_pages_does_not_import_feedparser() -> None:
    code = "import sys, pipeline.document.clean, agents.cli; sys.exit('feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
