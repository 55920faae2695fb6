"""Untrusted feeds and sitemaps: valid entries are read, malformed ones refused, attacks have no effect."""

import gzip
import json
import time
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.listing import entries
from pipeline.listing.decoding import Unpacked, unpacked
from pipeline.listing.entries import Kind, Listing, Unread, date_of, resolve
from pipeline.listing.reading import read_listing

URL = "https://sosny.example/news/feed.xml"
AT = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


def read(raw: bytes | str, **said: str) -> Listing:
    found = read_listing(raw.encode() if isinstance(raw, str) else raw, URL, **said)
    assert isinstance(found, Listing), found
    return found


def why(raw: bytes | str) -> str:
    found = read_listing(raw.encode() if isinstance(raw, str) else raw, URL)
    assert isinstance(found, Unread), found
    return found.why


def urls(found: Listing) -> list[str]:
    return [entry.url for entry in found.entries]


def rss(*items: str, head: str = "", attributes: str = "") -> str:
    return f'{head}<rss version="2.0" {attributes}><channel><title>Сосны</title><link>https://sosny.example/</link>{"".join(items)}</channel></rss>'


def item(link: str = "https://sosny.example/a", more: str = "") -> str:
    return f"<item><link>{link}</link>{more}</item>"


def test_rss_2_carries_links_titles_and_dates() -> None:
    found = read(
        rss(
            item("https://sosny.example/a", "<title>Снег</title><pubDate>Mon, 02 Mar 2026 14:30:00 +0300</pubDate>"),
            item("https://sosny.example/b"),
        )
    )
    assert (found.kind, found.is_feed, found.broken, found.flawed) == (Kind.RSS, True, "", 0)
    first, second = found.entries
    assert (first.url, first.title, first.published, first.number) == ("https://sosny.example/a", "Снег", AT, 1)
    assert (second.url, second.title, second.date) == ("https://sosny.example/b", None, None)


def test_rss_1_has_its_items_beside_the_channel() -> None:
    found = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://sosny.example/"><title>x</title>'
        '<items><rdf:Seq><rdf:li rdf:resource="https://sosny.example/a"/></rdf:Seq></items></channel>'
        '<item rdf:about="https://sosny.example/a"><title>Снег</title><link>https://sosny.example/a</link>'
        "<dc:date>2026-03-02T14:30:00+03:00</dc:date></item></rdf:RDF>"
    )
    assert [(entry.url, entry.title, entry.published) for entry in found.entries] == [
        ("https://sosny.example/a", "Снег", AT)
    ]


@pytest.mark.parametrize("namespace", ["http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"])
def test_atom_takes_the_alternate_link_and_the_first_date(namespace: str) -> None:
    found = read(
        f'<feed xmlns="{namespace}"><link rel="self" href="/feed"/><entry><title type="html">&lt;b&gt;Снег&lt;/b&gt;</title>'
        '<link rel="self" href="/self"/><link rel="enclosure" href="/a.mp3"/><link href="/a"/><link rel="alternate" href="/c"/>'
        "<published>2026-03-02T11:30:00Z</published><updated>2026-03-03T00:00:00Z</updated></entry></feed>"
    )
    (entry,) = found.entries
    assert (entry.url, entry.title, entry.published) == ("https://sosny.example/a", "Снег", AT)
    assert entry.modified == datetime(2026, 3, 3, tzinfo=UTC)
    assert entry.date == AT


def test_an_atom_entry_with_a_change_alone_is_dated_by_it() -> None:
    (entry,) = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/><updated>2026-03-02T11:30:00Z</updated></entry></feed>'
    ).entries
    assert (entry.published, entry.date) == (None, AT)


def test_a_json_feed_is_read_and_its_odd_items_are_flaws() -> None:
    items = [
        {"id": "1", "url": "/a", "title": "Снег &amp; лёд", "date_published": "2026-03-02T11:30:00Z"},
        {"id": "https://sosny.example/b"},
        {"id": "3", "external_url": "https://o.example/c", "date_published": 7},
        "nonsense",
        {"id": 5},
        {"url": "mailto:a@o.example"},
    ]
    found = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items}))
    assert urls(found) == ["https://sosny.example/a", "https://sosny.example/b", "https://o.example/c"]
    assert (found.entries[0].title, found.entries[0].published) == ("Снег & лёд", AT)
    assert [(flaw.number, flaw.why) for flaw in found.flaws] == [
        (4, "no link"),
        (5, "no link"),
        (6, "not an http(s) URL: 'mailto:a@o.example'"),
    ]


def test_a_sitemap_carries_dates_and_google_news_titles() -> None:
    found = read(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><image:image><image:loc>https://sosny.example/i.jpg'
        "</image:loc></image:image><loc> https://sosny.example/a </loc><lastmod>2026-03-03</lastmod><n:news><n:publication>"
        "<n:name>Сосны</n:name></n:publication><n:publication_date>2026-03-02T14:30:00+03:00</n:publication_date>"
        "<n:title>Снег</n:title></n:news></url><url><lastmod>2026</lastmod></url></urlset>"
    )
    (entry,) = found.entries
    assert (found.kind, found.is_feed) == (Kind.SITEMAP, False)
    assert (entry.url, entry.title, entry.published) == ("https://sosny.example/a", "Снег", AT)
    assert entry.modified == datetime(2026, 3, 3, tzinfo=UTC)
    assert [(flaw.number, flaw.why) for flaw in found.flaws] == [(2, "no link")]


def test_an_index_lists_sitemaps() -> None:
    found = read(
        '<?xml version="1.0"?><sitemapindex><sitemap><loc>https://sosny.example/s1.xml.gz</loc>'
        "<lastmod>2026-03-02T11:30Z</lastmod></sitemap><sitemap><loc>/s2.xml</loc></sitemap></sitemapindex>"
    )
    assert found.kind is Kind.SITEMAP_INDEX
    assert [(entry.url, entry.modified) for entry in found.entries] == [
        ("https://sosny.example/s1.xml.gz", AT),
        ("https://sosny.example/s2.xml", None),
    ]


def test_a_text_is_a_sitemap_where_it_begins_with_a_url() -> None:
    found = read("\ufeffhttps://sosny.example/a\r\n\nHTTPS://sosny.example/b\nsosny.example/c\n")
    assert (found.kind, urls(found)) == (Kind.TEXT, ["https://sosny.example/a", "https://sosny.example/b"])
    assert [(flaw.number, flaw.why) for flaw in found.flaws] == [(3, "not an http(s) URL: 'sosny.example/c'")]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"Not found", "neither XML nor JSON nor a list of URLs"),
        (b"<!DOCTYPE html><html><body>Not found<br></body></html>", "an HTML page, not a feed or sitemap"),
        (b"<opml/>", "XML with the root <opml>, not a feed or sitemap"),
        (b"<", "not XML"),
        (b"{", "not JSON: "),
        (b"[1]", "JSON, but not a JSON Feed: it has no `items`"),
        (b'{"items": {}}', "JSON, but not a JSON Feed: it has no `items`"),
        (b"\x1f\x8bnonsense", "damaged gzip: "),
        (gzip.compress(b"<rss/>", mtime=0)[:-9], "truncated gzip"),
        (b"<feed xmlns='urn:x'/>", "XML with the root <feed>, not a feed or sitemap"),
    ],
)
def test_bytes_that_are_not_a_listing_give_the_reason(raw: bytes, says: str) -> None:
    assert why(raw).startswith(says)


def test_links_are_resolved_and_counted_once_without_their_fragments() -> None:
    found = read(rss(item("a#top"), item("../b"), item("//o.example/c"), item("/news/a"), item(" /d \n e ")))
    assert urls(found) == [
        "https://sosny.example/news/a",
        "https://sosny.example/b",
        "https://o.example/c",
        "https://sosny.example/d%20%20e",
    ]


def test_xml_base_counts_from_the_outside_in() -> None:
    found = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://o.example/x/"><entry xml:base="y/"><link href="a"/>'
        "</entry></feed>"
    )
    assert urls(found) == ["https://o.example/x/y/a"]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://o.example/a",
        "http://",
        "http://[::1/a",
        "http://o.example:x/",
    ],
)
def test_a_link_that_is_not_http_is_a_flaw(link: str) -> None:
    found = read(rss(item(link), item("/good")))
    assert urls(found) == ["https://sosny.example/good"]
    assert (found.flawed, found.flaws[0].number) == (1, 1)


def test_a_link_that_is_too_long_is_a_flaw_with_a_short_line() -> None:
    found = read(rss(item("/" + "a" * 9000)))
    assert found.entries == ()
    assert len(found.flaws[0].why) < 160


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ("<guid>https://sosny.example/g</guid>", "https://sosny.example/g"),
        ('<guid isPermaLink="true">https://sosny.example/g</guid>', "https://sosny.example/g"),
        ('<guid isPermaLink="false">https://sosny.example/g</guid>', None),
        ("<guid>5071</guid>", None),
        ("<link></link><guid>https://sosny.example/g</guid>", "https://sosny.example/g"),
        ('<link href="/attribute"/>', "https://sosny.example/attribute"),
        ("<link><![CDATA[https://sosny.example/?a=1&b=2]]></link>", "https://sosny.example/?a=1&b=2"),
        ("<link>https://sosny.example/?a=1&amp;b=2</link>", "https://sosny.example/?a=1&b=2"),
        (
            '<fb:origLink xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0">https://sosny.example/o</fb:origLink>',
            "https://sosny.example/o",
        ),
    ],
)
def test_the_link_of_an_item_is_found_where_it_is(more: str, url: str | None) -> None:
    assert urls(read(rss(f"<item>{more}</item>"))) == ([url] if url else [])


def test_titles_and_links_of_other_namespaces_are_ignored() -> None:
    (entry,) = read(
        rss(
            "<item><media:title>Фото</media:title><media:link>https://o.example/</media:link><atom:link rel='self' href='/s'/>"
            "<title>Снег</title><link>/a</link></item>",
            attributes='xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"',
        )
    ).entries
    assert (entry.url, entry.title) == ("https://sosny.example/a", "Снег")


def test_undeclared_prefixes_do_not_lose_the_item() -> None:
    found = read(rss(item("/a", "<dc:creator>x</dc:creator>&nbsp;<title>Снег &mdash; лёд & вода</title>")))
    assert urls(found) == ["https://sosny.example/a"]
    assert found.broken


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl> 5\n</ttl><ttl>60</ttl>", 300.0),
        ("<ttl>soon</ttl>", 0.0),
        ("<ttl>-5</ttl>", 0.0),
        ("", 0.0),
        ("<x:ttl xmlns:x='http://x.example/'>60</x:ttl>", 0.0),
        (item("/b", "<ttl>60</ttl>"), 0.0),
    ],
)
def test_the_ttl_of_a_feed_is_read(said: str, seconds: float) -> None:
    assert read(rss(said, item("/a"))).ttl == seconds


def test_a_truncated_feed_gives_the_entries_before_the_end() -> None:
    whole = rss(item("/a"), item("/b"), item("/c"))
    found = read(whole[: whole.index("/c")])
    assert urls(found)[:2] == ["https://sosny.example/a", "https://sosny.example/b"]
    assert found.broken


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            b"<?xml version='1.0' encoding='windows-1251'?>" + rss(item("/a", "<title>Снег</title>")).encode("cp1251"),
            None,
        ),
        (rss(item("/a", "<title>Снег</title>")).encode("koi8-r"), "koi8-r"),
        # What is said is wrong: it is UTF-8 all the same
        (rss(item("/a", "<title>Снег</title>"), head='<?xml version="1.0" encoding="ISO-8859-1"?>').encode(), None),
        (rss(item("/a", "<title>Снег</title>")).encode(), "windows-1251"),
        (
            rss(item("/a", "<title>Снег</title>"), head='<?xml version="1.0" encoding="no-such"?>').encode(),
            "no-such-either",
        ),
        (b"\xef\xbb\xbf" + rss(item("/a", "<title>Снег</title>")).encode(), None),
        (rss(item("/a", "<title>Снег</title>")).encode("utf-16"), None),
        (
            b"<?xml version='1.0' encoding='utf-8'?>"
            + rss(item("/a", "<title>Снег убрали к полудню, сообщила районная газета</title>")).encode("cp1251"),
            "utf-8",
        ),
    ],
)
def test_the_charset_is_found_despite_wrong_declarations(raw: bytes, said: str | None) -> None:
    found = read_listing(raw, URL, charset=said)
    assert isinstance(found, Listing)
    assert (found.entries[0].title or "").startswith("Снег")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 02 Mar 2026 14:30:00 +0300", AT),
        ("Mon, 2 Mar 26 11:30:00 GMT", AT),
        ("Mon, 02 Mar 2026 05:30:00 CST", AT),
        ("2026-03-02T11:30:00Z", AT),
        ("2026-03-02T14:30:00.000+03:00", AT),
        ("2026-03-02T11:30Z", AT),
        ("20260302T113000Z", AT),
        ("02 Mar 2026 14:30 MSK", AT),
        ("Mon Mar  2 11:30:00 UTC 2026", AT),
        ("1772451000", AT),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2 марта 2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02 11:30:00", AT),  # of which zone nobody knows: UTC
        ("", None),
        ("soon", None),
        ("Mon, 32 Mar 2026 11:30:00 GMT", None),
        ("9999999999999999999999", None),
        ("2026-13-45T99:99:99Z", None),
    ],
)
def test_dates_are_read_as_feeds_write_them(text: str, expected: datetime | None) -> None:
    assert date_of(text) == expected


def test_entities_are_not_expanded_and_no_file_is_read(tmp_path) -> None:
    (tmp_path / "secret").write_text("geheim", encoding="utf-8")
    doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret"><!ENTITY p SYSTEM "http://127.0.0.1:1/"><!ENTITY in "внутри">]>'
    (entry,) = read(rss(item("/a", "<title>a&x;&p;&in;b</title>"), head=doctype)).entries
    assert entry.title == "aвнутриb"  # only what stands in the document itself


@pytest.mark.parametrize("where", ["<title>&l9;</title>", '<link href="/&l9;"/>'])
def test_a_billion_laughs_attack_expands_nothing(where: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    began = time.process_time()
    found = read_listing(rss(item("/a", where), head=f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>').encode(), URL)
    assert time.process_time() - began < 2
    assert len(str(found)) < 2000


def test_a_gzip_bomb_is_not_unpacked() -> None:
    assert unpacked(gzip.compress(bytes(1 << 20)), most=1000) == Unread(
        "too large (gzip with more than 1000 bytes after decompression)"
    )
    assert unpacked(bytes(1001), most=1000) == Unread("too large (1001 bytes, at most 1000)")
    whole = gzip.compress(rss(item()).encode())
    assert unpacked(whole, most=1000) == Unpacked(rss(item()).encode())


def test_a_compressed_sitemap_is_decompressed_whatever_its_name() -> None:
    assert urls(read(gzip.compress(b"<urlset><url><loc>/a</loc></url></urlset>"))) == ["https://sosny.example/a"]


def test_a_listing_is_bounded_in_entries_and_in_flaws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_ENTRIES", 10)
    found = read(rss(*(item(f"/{n}") for n in range(25)), *("<item/>" for _ in range(30))))
    assert (len(found.entries), found.left_out, found.flawed, len(found.flaws)) == (10, 15, 30, entries.MOST_FLAWS)


@pytest.mark.parametrize(
    "raw",
    [
        b"<urlset>" + b"<url/>" * 1_000_000 + b"</urlset>",
        b"<rss><channel>" + b"<item/>" * 1_000_000 + b"</channel></rss>",
        b'{"items":[' + b"{}," * 1_000_000 + b"{}]}",
        b"http://a.example/\n" * 500_000,
        b"<rss><channel>" + b"<item>" * 20_000,
        b"<rss>" + b"<a>" * 100_000,
        b"<rss " + b" ".join(b'a%d="x"' % n for n in range(20_000)) + b"/>",
        b"<urlset>" + b"<url>" * 100_000,
        b'{"items": ' + b"[" * 100_000,
        b"http://o.example/" + b"\nx" * 200_000,
        b"<feed xmlns='http://www.w3.org/2005/Atom'>"
        b"<entry><title>" + b"<b>" * 200 + b"x" * 1_000_000 + b"</title></entry></feed>",
        b"<?xml encoding='" + b"a" * 100_000,
    ],
)
def test_a_hostile_listing_ends_soon(raw: bytes) -> None:
    began = time.process_time()
    read_listing(raw, URL)
    assert time.process_time() - began < 5


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert isinstance(read_listing(raw, URL), Listing | Unread)


def test_a_feed_on_which_its_parser_fails_is_refused_with_a_reason():
    found = read_listing(b"<rss><channel><item><link><item></item></link></item></channel></rss>", URL)
    assert isinstance(found, Unread)
    assert "feedparser fails on it (KeyError('links'))" in found.why


PIECES = st.sampled_from(
    ["<rss>", "<channel>", "<item>", "</item>", "<link>", "</link>", "/a", "<link href='/b'/>", "<guid>", "&x;", "&#0;", "&#x10FFFF;", "<![CDATA[", "]]>", "<!--", "-->",
     "<?xml version='1.0'?>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "<urlset>", "<url>", "<loc>", "</loc>", "<sitemapindex>", "<sitemap>", "<pubDate>", "2026-03-02", "\x00", "\ud7ff", "xml:base='//['",
     "<entry xml:base='http://[' >", "{", '"items"', ":", "[", "http://[", "<!DOCTYPE rss [", "<!ENTITY x 'y'>", "]>"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=25), st.sampled_from(["utf-8", "utf-16", "cp1251"]))
def test_any_mixture_of_feed_elements_is_read_or_refused(pieces: list[str], charset: str) -> None:
    found = read_listing("".join(pieces).encode(charset, "replace"), URL)
    for entry in found.entries if isinstance(found, Listing) else ():
        assert entry.url.startswith(("http://", "https://"))


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_link_is_resolved_or_refused(url: str, base: str) -> None:
    found = resolve(url, "https://sosny.example/" + base)
    assert isinstance(found, Unread) or "#" not in found


TITLES = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Cf", "Co", "Zl", "Zp"], exclude_characters="<>&"
    ),
    min_size=1,
    max_size=40,
)


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z0-9/]{1,20}", fullmatch=True), TITLES), max_size=8, unique_by=lambda one: one[0]
    )
)
def test_the_entries_that_a_feed_was_written_from_are_read_back(said: list[tuple[str, str]]) -> None:
    found = read(
        rss(*(item(f"https://sosny.example/x{path}", f"<title>{escape(title)}</title>") for path, title in said))
    )
    assert [(entry.url, entry.title) for entry in found.entries] == [
        (f"https://sosny.example/x{path}", " ".join(title.split()) or None) for path, title in said
    ]
