"""Small feeds and sitemaps as sites write them: what is wrong with each, and what is to be read of it.

Not a test. tests/unit/listing/test_broken.py reads `CASES`; titles and hosts are invented.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.listing.entries import Listing

URL = "https://sosny.example/news/feed.xml"
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@dataclass(frozen=True, slots=True)
class Case:
    """A listing, and the (URL, title) of its entries; a URL without a host is of https://sosny.example."""

    name: str
    raw: bytes
    entries: tuple[tuple[str, str | None], ...]
    url: str = URL
    charset: str | None = None
    cut: bool = False


def read_of(listing: Listing) -> tuple[tuple[str, str | None], ...]:
    """Return what was read as a case states it."""
    return tuple((one.url.removeprefix("https://sosny.example"), one.title) for one in listing.entries)


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', root: str = "", more: str = "") -> str:
    return (
        f'{head}<rss version="2.0" {root}><channel><title>Сосны</title><link>https://sosny.example/</link>{more}'
        f"{''.join(items)}</channel></rss>"
    )


def item(link: str, title: str = "Снег", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def atom(*entries: str, head: str = "", more: str = "") -> str:
    return f"{head}<feed {ATOM}>{more}{''.join(entries)}</feed>"


def entry(links: str, title: str = "<title>Снег</title>") -> str:
    return f"<entry>{title}{links}</entry>"


def alternate(href: str, more: str = "") -> str:
    return f'<link rel="alternate" {more} href="{href}"/>'


def urlset(*urls: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>', root: str = SITEMAP) -> str:
    return f"{head}<urlset {root}>{''.join(urls)}</urlset>"


def loc(address: str, more: str = "") -> str:
    return f"<url><loc>{address}</loc>{more}</url>"


A, B, C = "/a", "/b", "/c"
LONG = "Снег убрали к полудню, сообщила районная газета, а к вечеру снова началась метель"
KAZAKH = "Қар түске дейін тазартылды"
THREE = rss(item("https://sosny.example/a"), item("https://sosny.example/b"), item("https://sosny.example/c"))
PAGES = urlset(loc("https://sosny.example/a"), loc("https://sosny.example/b"), loc("https://sosny.example/c"))
LOCS = ((A, None), (B, None), (C, None))
DECLARED = '<?xml version="1.0" encoding="%s"?>'
NOISE = b"\x00\x00\x00 trailing bytes"


def _one(title: str | None = "Снег", path: str = A) -> tuple[tuple[str, str | None], ...]:
    return ((path, title),)


def _of(name: str, text: str, *entries: tuple[str, str | None], **more: object) -> Case:
    return Case(name, text.encode(), entries or _one(), **more)  # type: ignore[arg-type]


AMPERSANDS = (
    _of("a bare & in a title", rss(item(A, "Рога & Копыта")), (A, "Рога & Копыта")),
    _of("a bare & before a space and a semicolon later", rss(item(A, "A & B; C")), (A, "A & B; C")),
    _of("parameters of a link", rss(item("/?a=1&b=2&copy=3&lang=ru")), ("/?a=1&b=2&copy=3&lang=ru", "Снег")),
    _of("a parameter named like an entity", rss(item("/?x=1&lt=2&amp=3")), ("/?x=1&lt=2&amp=3", "Снег")),
    _of("parameters of an Atom link", atom(entry('<link href="/?a=1&b=2&para=3"/>')), ("/?a=1&b=2&para=3", "Снег")),
    _of("escaped twice in a link", rss(item("/?a=1&amp;amp;b=2")), ("/?a=1&b=2", "Снег")),
    _of("escaped inside CDATA", rss(item("<![CDATA[/?a=1&#038;b=2]]>")), ("/?a=1&b=2", "Снег")),
    _of("a bare & beside CDATA with &", rss(item(A, "<![CDATA[A & B]]> & C")), (A, "A & B & C")),
    _of("parameters of a loc", urlset(loc("/?id=1&cat=2&reg=3")), ("/?id=1&cat=2&reg=3", None)),
    _of("parameters of a guid", rss("<item><title>Снег</title><guid>https://sosny.example/?p=1&q=2</guid></item>"), ("/?p=1&q=2", "Снег")),
    _of("a reference without its semicolon", rss(item(A, "Caf&eacute; &amp bar")), (A, "Café & bar")),
    _of("a bare <", rss(item(A, "5 < 6"), item(B)), (A, "5 < 6"), (B, "Снег")),
    _of("a bare < before letters", rss(item(A, "цена <100 рублей"), item(B)), (A, "цена <100 рублей"), (B, "Снег")),
    _of("a forbidden reference", rss(item(A, "Снег&#0;&#11;&#x1F; лёд"), item(B)), (A, "Снег\ufffd лёд"), (B, "Снег")),
)  # fmt: skip

ENTITIES = (
    _of("HTML's entities", rss(item(A, "Caf&eacute;&nbsp;&ndash; it&rsquo;s")), (A, "Café – it’s")),
    _of("HTML's entities in Atom", atom(entry('<link href="/a"/>', "<title>&laquo;Снег&raquo; &hellip;</title>")), (A, "«Снег» …")),
    _of("declared by the document", rss(item(A, "&firm; &ndash; снег"), head='<!DOCTYPE rss [<!ENTITY firm "Сосны"><!ENTITY ndash "&#8211;">]>'), (A, "Сосны – снег")),
    _of("a DTD from elsewhere", rss(item(A, "Caf&eacute;"), head='<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.example/rss-0.91.dtd">'), (A, "Café")),
    _of("unknown", rss(item(A, "Снег &foo; лёд")), (A, "Снег &foo; лёд")),
    _of("windows-1252 by number", rss(item(A, "Снег &#150; лёд&#133;")), (A, "Снег – лёд…")),
    _of("in a sitemap's news", urlset(loc(A, "<news:news><news:title>Caf&eacute; &mdash; лёд</news:title></news:news>")), (A, "Café — лёд")),
)  # fmt: skip

BYTES = (
    Case("one damaged byte", rss(item(A, "Привет мир новости"), item(B, "cafX")).encode().replace(b"X", b"\xe9"), ((A, "Привет мир новости"), (B, "caf\ufffd"))),
    Case("damaged bytes in a sitemap", urlset(loc(A, "<news:news><news:title>Снег X</news:title></news:news>"), loc(B)).encode().replace(b"X", b"\xff\xfe"), ((A, "Снег \ufffd\ufffd"), (B, None))),
    Case("a character cut in half", rss(item(A, LONG), item(B, "Снег")).encode().replace("Снег".encode(), "Снег".encode()[:-1]), ((A, LONG.replace("Снег", "Сне\ufffd")), (B, "Сне\ufffd"))),
    Case("zeros and control characters", rss(item(A, "Сн\x00ег\x0b"), item(B)).encode(), ((A, "Снег"), (B, "Снег"))),
    Case("windows-1251 that says UTF-8", rss(item(A, LONG), head=DECLARED % "utf-8").encode("cp1251"), _one(LONG), charset="utf-8"),
    Case("UTF-8 that says windows-1251", rss(item(A, LONG), head=DECLARED % "windows-1251").encode(), _one(LONG)),
    Case("koi8-r that says so", rss(item(A, LONG), head=DECLARED % "koi8-r").encode("koi8-r"), _one(LONG)),
    Case("koi8-r that says windows-1251", rss(item(A, LONG), head=DECLARED % "windows-1251").encode("koi8-r"), _one(LONG)),
    Case("windows-1251 that says koi8-r", rss(item(A, LONG), head=DECLARED % "koi8-r").encode("cp1251"), _one(LONG)),
    Case("HTTP says Latin-1, XML windows-1251", rss(item(A, LONG), head=DECLARED % "windows-1251").encode("cp1251"), _one(LONG), charset="iso-8859-1"),
    Case("HTTP says windows-1251, XML koi8-r", rss(item(A, LONG), head=DECLARED % "koi8-r").encode("cp1251"), _one(LONG), charset="windows-1251"),
    Case("HTTP says koi8-r, XML windows-1251", rss(item(A, LONG), head=DECLARED % "windows-1251").encode("cp1251"), _one(LONG), charset="koi8-r"),
    Case("Latin-1 that says UTF-8", rss(item(A, "Café fermé à Orléans"), head=DECLARED % "utf-8").replace("Сосны", "x").encode("latin-1"), _one("Café fermé à Orléans")),
    Case("Latin-1 that HTTP names", rss(item(A, "Straße gesperrt"), head="").replace("Сосны", "x").encode("latin-1"), _one("Straße gesperrt"), charset="iso-8859-1"),
    Case("windows-1250", rss(item(A, "Śnieg spadł w górach, źle się jeździ"), head=DECLARED % "windows-1250").replace("Сосны", "x").encode("cp1250"), _one("Śnieg spadł w górach, źle się jeździ")),
    Case("UTF-16 with its mark", THREE.replace("utf-8", "utf-16").encode("utf-16"), ((A, "Снег"), (B, "Снег"), (C, "Снег"))),
    Case("UTF-16 without a mark", THREE.replace("utf-8", "utf-16").encode("utf-16-be"), ((A, "Снег"), (B, "Снег"), (C, "Снег"))),
    Case("UTF-8 that says UTF-16", THREE.replace("utf-8", "utf-16").encode(), ((A, "Снег"), (B, "Снег"), (C, "Снег"))),
    Case("a charset that is none", rss(item(A, KAZAKH), head=DECLARED % "unicode-1").encode(), _one(KAZAKH), charset="none"),
    Case("ISO-2022-JP", rss(item(A, "雪が降る"), head=DECLARED % "iso-2022-jp").replace("Сосны", "x").encode("iso-2022-jp"), _one("雪が降る")),
    Case("Shift_JIS", rss(item(A, "雪が降る"), head=DECLARED % "Shift_JIS").replace("Сосны", "x").encode("shift_jis"), _one("雪が降る")),
)  # fmt: skip

JUNK = (
    _of("white space", "\n\n  " + rss(item(A))),
    _of("two marks", "\ufeff\ufeff" + rss(item(A))),
    _of("a mark after white space", "\n\ufeff" + rss(item(A))),
    _of("a warning in HTML", "<br />\n<b>Warning</b>: Undefined variable in <b>/x.php</b> on line <b>3</b><br />\n" + rss(item(A))),
    _of("a notice in text", "Notice: Undefined index: q in /x.php on line 3\n" + rss(item(A))),
    _of("a notice before Atom without a declaration", "Deprecated: x\n" + atom(entry('<link href="/a"/>'))),
    _of("a comment that shows a feed", "<!-- <rss><channel> -->" + rss(item(A))),
    _of("a page before the declaration", "<html><body>cached</body></html>" + rss(item(A))),
    _of("a page with its end before the feed", "<!DOCTYPE html><html><body>x</body></html>\n<rss>" + rss(item(A)).partition("<rss")[2].partition(">")[2]),
    _of("HTML after the end", THREE + "<script>var a = 1 < 2 && 3;</script></body></html>", (A, "Снег"), (B, "Снег"), (C, "Снег")),
    _of("a comment after the end", rss(item(A)) + "<!-- generated in 0.1 s -- by cache -->"),
    _of("a second document after the end", rss(item(A)) + rss(item(B)), (A, "Снег"), (B, "Снег")),
    _of("a warning between items", rss(item(A), "<b>Warning</b>: x & y<br>", item(B)), (A, "Снег"), (B, "Снег")),
    _of("a declaration that comes twice", '<?xml version="1.0"?>' + rss(item(A))),
    _of("a sitemap after a warning", "<br />\n<b>Warning</b>: x<br />" + PAGES, *LOCS),
    _of("a sitemap after text and a mark", "x\n\ufeff" + PAGES, *LOCS),
    _of("a style sheet before a sitemap", PAGES.replace("<urlset", '<?xml-stylesheet type="text/xsl" href="/s.xsl"?><!-- made by > a plugin --><urlset'), *LOCS),
)  # fmt: skip

NAMESPACES = (
    *(
        _of(f"rss in {space}", rss(item(A), root=f'xmlns="{space}"'))
        for space in (
            "http://backend.userland.com/rss", "http://blogs.law.harvard.edu/tech/rss", "http://www.w3.org/2005/Atom",
            "http://cyber.law.harvard.edu/rss/rss.html", "http://search.yahoo.com/mrss/", "urn:x",
            "http://www.itunes.com/dtds/podcast-1.0.dtd", "http://purl.org/dc/elements/1.1/",
        )
    ),
    _of("rss with a prefix", rss(item(A)).replace("<rss", '<r:rss xmlns:r="urn:x"').replace("</rss", "</r:rss")),
    _of("all of rss with a prefix", '<r:rss xmlns:r="urn:x"><r:channel><r:item><r:title>Снег</r:title><r:link>/a</r:link></r:item></r:channel></r:rss>'),
    _of("all of Atom with a prefix", '<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"><atom:entry><atom:title>Снег</atom:title><atom:link href="/a"/></atom:entry></atom:feed>'),
    _of("Atom with a prefix that is not declared", '<atom:feed><atom:entry><atom:title>Снег</atom:title><atom:link href="/a"/></atom:entry></atom:feed>'),
    _of("Atom in no namespace", '<feed><entry><title>Снег</title><link href="/a"/></entry></feed>'),
    _of("Atom in a wrong namespace", '<feed xmlns="https://www.w3.org/2005/atom/"><entry><title>Снег</title><link href="/a"/></entry></feed>'),
    _of("an item in a namespace of its own", rss('<item xmlns="http://search.yahoo.com/mrss/"><title>Снег</title><link>/a</link></item>')),
    _of("prefixes that are not declared", rss(item(A, more="<dc:creator>x</dc:creator><media:title>Фото</media:title><content:encoded>y</content:encoded>"))),
    _of("names in capitals", rss(item(A)).replace("<rss", "<RSS").replace("</rss", "</RSS").replace("item>", "Item>").replace("link>", "LINK>")),
    _of("no rss around the channel", "<channel><item><title>Снег</title><link>/a</link></item></channel>"),
    _of("RDF without its prefix", '<RDF xmlns="http://purl.org/rss/1.0/"><item><title>Снег</title><link>/a</link></item></RDF>'),
    _of("items outside of the channel", "<rss><channel><title>x</title></channel><item><title>Снег</title><link>/a</link></item></rss>"),
    _of("a feed inside something else", f"<response>{rss(item(A))}</response>"),
    _of("a feed that declares sitemaps", rss(item(A), root='xmlns:sitemap="http://www.sitemaps.org/schemas/sitemap/0.9"')),
    *(
        _of(f"a sitemap in {space or 'no namespace'}", urlset(loc(A), root=f'xmlns="{space}"' if space else ""), (A, None))
        for space in ("", "https://www.sitemaps.org/schemas/sitemap/0.9", "http://www.google.com/schemas/sitemap/0.84", "urn:x")
    ),
    _of("a sitemap with a prefix", '<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>/a</sm:loc></sm:url></sm:urlset>', (A, None)),
    _of("a sitemap whose elements have a prefix", '<urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>/a</sm:loc></sm:url></urlset>', (A, None)),
    _of("an image before the loc", urlset("<url><image:image><image:loc>/i.jpg</image:loc></image:image><loc>/a</loc></url>"), (A, None)),
    _of("news in a namespace by https", urlset(loc(A, '<n:news xmlns:n="https://www.google.com/schemas/sitemap-news/0.9"><n:title>Снег</n:title></n:news>')), (A, "Снег")),
    _of("other languages beside a loc", urlset(loc(A, '<xhtml:link rel="alternate" hreflang="en" href="/en/a"/>')), (A, None)),
    _of("an unclosed url", urlset("<url><loc>/a</loc>", loc(B)), (A, None), (B, None)),
    _of("names of a sitemap in capitals", "<URLSET><URL><LOC>/a</LOC></URL></URLSET>", (A, None)),
    _of("a loc in CDATA over lines", urlset(loc("\n <![CDATA[ https://sosny.example/a ]]>\n")), (A, None)),
)  # fmt: skip

FORMS = (
    _of("a CDATA section without its end", rss(item(A, "<![CDATA[Снег"), item(B)), (A, "Снег"), (B, "Снег")),
    _of("CDATA inside CDATA", rss(item(A, "<![CDATA[<![CDATA[Снег]]>]]>"), item(B)), (A, "Снег"), (B, "Снег")),
    _of("markup in a description", rss(item(A, more="<description><p>a <b>b<br> & c<a href=x>d</description>"), item(B)), (A, "Снег"), (B, "Снег")),
    _of("an item without its end", rss("<item><title>Снег</title><link>/a</link>", item(B)), (A, "Снег"), (B, "Снег")),
    _of("elements in the wrong order", rss("<item><title>Снег</link><link>/a</title></item>", item(B)), (B, "Снег")),
    _of("attributes without quotes", rss("<item><title type=text>Снег</title><guid isPermaLink=false>7</guid><link>/a</link></item>")),
    _of("brackets in an attribute", atom(entry('<link title="a <b> c > d" href="/a"/>'))),
    _of("an attribute that comes twice", atom(entry('<link href="/a" href="/a"/>'))),
    _of("an empty link before a guid", rss("<item><title>Снег</title><link/><guid>https://sosny.example/a</guid></item>")),
    _of("a permalink in capitals", rss('<item><title>Снег</title><guid isPermaLink="TRUE">https://sosny.example/a</guid></item>')),
    _of("a title of the image", rss("<item><image><title>Фото</title><link>/i</link></image><title>Снег</title><link>/a</link></item>")),
    _of("a source with its own title", atom(entry('<source><title>Другие</title><link href="/o"/><id>x</id></source><link href="/a"/>'))),
)  # fmt: skip

LINKS = (
    _of("a feed from elsewhere, relative to the channel's site", rss(item("/a")), (A, "Снег"), url="https://proxy.example/feeds/7"),
    _of("a file, relative to the channel's site", rss(item("a")), (A, "Снег"), url=""),
    _of("Atom from elsewhere", atom(entry('<link href="/a"/>'), more=alternate("https://sosny.example/")), (A, "Снег"), url="https://proxy.example/7"),
    _of("Atom from elsewhere that names itself", atom(entry('<link href="/a"/>'), more='<link rel="self" href="https://sosny.example/x/feed"/>'), (A, "Снег"), url="https://proxy.example/7"),
    _of("the site's own machine", rss(item("/a")).replace("<link>https://sosny.example/<", "<link>http://localhost:8080/<")),
    _of("the site by www", rss(item("a")).replace("<link>https://sosny.example/<", "<link>http://www.sosny.example/<"), ("/news/a", "Снег")),
    _of("without a scheme", rss(item("//sosny.example/a"))),
    _of("xml:base of the entry", '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://sosny.example/x/"><entry xml:base="y/"><title>Снег</title><link href="z"/></entry></feed>', ("/x/y/z", "Снег")),
    _of("xml:base of the link", atom(entry('<link xml:base="https://sosny.example/x/" href="a"/>')), ("/x/a", "Снег")),
    _of("xml:base of the channel", '<rss><channel xml:base="https://sosny.example/x/"><item><title>Снег</title><link>a</link></item></channel></rss>', ("/x/a", "Снег")),
    _of("JSON before HTML", atom(entry(alternate("/a.json", 'type="application/json"') + alternate("/a", 'type="text/html"')))),
    _of("sound before HTML", atom(entry(alternate("/a.mp3", 'type="audio/mpeg"') + alternate("/a", 'type="text/html; charset=utf-8"')))),
    _of("XHTML", atom(entry(alternate("/a.pdf", 'type="application/pdf"') + alternate("/a", 'type="application/xhtml+xml"')))),
    _of("only another type", atom(entry(alternate("/a", 'type="application/json"')))),
    _of("a relation in capitals", atom(entry('<link rel="edit" href="/e"/><link rel="Alternate" href="/a"/>'))),
    _of("a relation by its address", atom(entry('<link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/>'))),
    _of("two relations", atom(entry('<link rel="enclosure" href="/e"/><link rel="alternate nofollow" href="/a"/>'))),
    _of("only itself", atom(entry('<link rel="self" href="/a"/>'))),
    _of("only an id", atom(entry('<link rel="edit" href="/e"/><id>https://sosny.example/a</id>'))),
    _of("a link of RSS as an attribute", rss('<item><title>Снег</title><link href="/a"/></item>')),
    _of("white space in a link", rss(item("\n\t https://sosny.example/\n a \n")), ("/%20a", "Снег")),
    _of("a loc without its host", urlset(loc("a"), loc("/b")), ("/news/a", None), (B, None)),
)  # fmt: skip

TITLES = (
    _of("Atom's plain text about tags", atom(entry('<link href="/a"/>', "<title>How to use &lt;canvas&gt; and &lt;b&gt;</title>")), (A, "How to use <canvas> and <b>")),
    _of("Atom's plain text about references", atom(entry('<link href="/a"/>', '<title type="text">Write &amp;amp; for &amp;</title>')), (A, "Write &amp; for &")),
    _of("Atom's HTML", atom(entry('<link href="/a"/>', '<title type="html">&lt;b&gt;Снег&lt;/b&gt; &amp;amp; &amp;lt;col&amp;gt;</title>')), (A, "Снег & <col>")),
    _of("Atom's HTML in CDATA", atom(entry('<link href="/a"/>', '<title type="html"><![CDATA[<em>Снег</em> &mdash; лёд]]></title>')), (A, "Снег — лёд")),
    _of("Atom's XHTML", atom(entry('<link href="/a"/>', '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Снег <b>и</b> лёд</div></title>')), (A, "Снег и лёд")),
    _of("RSS about tags", rss(item(A, "How to use &lt;canvas&gt; and &lt;col&gt;")), (A, "How to use <canvas> and <col>")),
    _of("RSS about tags, not escaped", rss(item(A, "How to use <canvas> today"), item(B)), (A, "How to use <canvas> today"), (B, "Снег")),
    _of("RSS with markup", rss(item(A, "&lt;b&gt;Снег&lt;/b&gt; и &lt;i class='x'&gt;лёд&lt;/i&gt;")), (A, "Снег и лёд")),
    _of("RSS with markup in CDATA", rss(item(A, "<![CDATA[<strong>Снег</strong>&nbsp;&amp; лёд<br/>]]>")), (A, "Снег & лёд")),
    _of("RSS escaped twice", rss(item(A, "Снег &amp;amp; лёд &amp;#8212; вода")), (A, "Снег & лёд — вода")),
    _of("RSS with signs of comparison", rss(item(A, "a &lt; b &gt; c")), (A, "a < b > c")),
    _of("RSS with French quotes", rss(item(A, "&lt;&lt;Снег&gt;&gt; идёт")), (A, "<<Снег>> идёт")),
    _of("letters that look badly decoded", rss(item(A, "Â¡ Ã")), (A, "Â¡ Ã")),
    _of("a title of the sender before", rss('<item xmlns:media="http://search.yahoo.com/mrss/"><media:title>Фото</media:title><title>Снег</title><link>/a</link></item>')),
)  # fmt: skip

SITEMAPS = (
    _of("an index with pages", f"<sitemapindex {SITEMAP}><url><loc>/a</loc></url></sitemapindex>", (A, None)),
    _of("a list with comments", "# наш список\n\nhttps://sosny.example/a\n# ещё\nhttps://sosny.example/b\n", (A, None), (B, None)),
    _of("a list with a heading", "Адреса:\nhttps://sosny.example/a\n", (A, None)),
    Case("a list in UTF-16", "https://sosny.example/a\r\nhttps://sosny.example/b\r\n".encode("utf-16"), ((A, None), (B, None))),
)  # fmt: skip

CUT = (
    _of("cut in a link", THREE[: THREE.index("example/c") + 5], (A, "Снег"), (B, "Снег"), cut=True),
    _of("cut after a link", THREE[: THREE.rindex("</item>")], (A, "Снег"), (B, "Снег"), (C, "Снег"), cut=True),
    _of("cut between items", THREE[: THREE.rindex("<item>")], (A, "Снег"), (B, "Снег"), cut=True),
    Case("cut in a character", (THREE[: THREE.rindex("</item>")] + "<description>Пр").encode()[:-1], ((A, "Снег"), (B, "Снег"), (C, "Снег")), cut=True),
    _of("cut in CDATA", rss(item(A), item(B, more="<description><![CDATA[<p>x</p> y")).partition("</item></channel>")[0].partition(" y")[0], (A, "Снег"), (B, "Снег"), cut=True),
    _of("Atom cut in an attribute", atom(entry('<link href="/a"/>'), entry('<link href="/b')).removesuffix("</entry></feed>"), cut=True),
    _of("a sitemap cut in a loc", PAGES[: PAGES.index("example/c") + 8], (A, None), (B, None), cut=True),
    _of("a sitemap cut after a loc", PAGES[: PAGES.rindex("</url>")], *LOCS, cut=True),
    _of("only the root has no end", THREE.removesuffix("</rss>"), (A, "Снег"), (B, "Снег"), (C, "Снег")),
)  # fmt: skip

PACKED = (
    Case("members on end", gzip.compress(PAGES[:90].encode()) + gzip.compress(PAGES[90:].encode()), LOCS),
    Case("many members", b"".join(gzip.compress(PAGES[at : at + 20].encode()) for at in range(0, len(PAGES), 20)), LOCS),
    Case("bytes after the last member", gzip.compress(PAGES.encode()) + NOISE, LOCS),
    Case("an empty member at the end", gzip.compress(PAGES.encode()) + gzip.compress(b""), LOCS),
    Case("packed twice", gzip.compress(gzip.compress(PAGES.encode())), LOCS),
    Case("a feed, packed in members", gzip.compress(THREE[:200].encode()) + gzip.compress(THREE[200:].encode()), ((A, "Снег"), (B, "Снег"), (C, "Снег"))),
    Case("a member cut off", gzip.compress(PAGES.encode()) + gzip.compress(b"x" * 99)[:-9], LOCS, cut=True),
    Case("a wrong check sum", gzip.compress(PAGES.encode())[:-8] + bytes(8), LOCS, cut=True),
)  # fmt: skip

CASES = (*AMPERSANDS, *ENTITIES, *BYTES, *JUNK, *NAMESPACES, *FORMS, *LINKS, *TITLES, *SITEMAPS, *CUT, *PACKED)
