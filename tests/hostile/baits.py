"""Bodies that mean harm, by name: each makes about so many bytes. Not a test."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра."
_WORDS = "В посёлке Ясном открыли новую пекарню, сообщила районная газета, а хлеб там пекут с шести утра"
_ARTICLE = f"<article><h1>Пекарня</h1><p>{GOOD}</p><p>{GOOD}</p></article>"


def filled(piece: str, size: int) -> str:
    """Repeat a piece up to about so many bytes, at least once."""
    return piece * max(1, size // len(piece.encode("utf-8", "surrogatepass")))


def _html(inside: str, *, head: str = "") -> str:
    return f"<html><head><title>Пекарня</title>{head}</head><body>{_ARTICLE}{inside}</body></html>"


def _inside(piece: str, end: str = "") -> Callable[[int], str]:
    """Make a page of an article and so many bytes of a piece after it."""
    return lambda size: _html(filled(piece, size) + end)


def _in_head(piece: str, end: str = "") -> Callable[[int], str]:
    return lambda size: _html("", head=filled(piece, size) + end)


def _around(opened: str, closed: str, inside: str) -> Callable[[int], str]:
    def make(size: int) -> str:
        deep = size // len(opened + closed)
        return _html(opened * deep + inside + closed * deep)

    return make


def _attribute(name: str, piece: str) -> Callable[[int], str]:
    return lambda size: _html(f'<p {name}="{filled(piece, size)}">{GOOD}</p>')


def _meta(name: str, piece: str) -> Callable[[int], str]:
    return lambda size: _html("", head=f'<meta name="{name}" property="{name}" content="{filled(piece, size)}">')


def _element(opened: str, piece: str, closed: str) -> Callable[[int], str]:
    return lambda size: _html(opened + filled(piece, size) + closed)


def _script(text: str, end: str) -> Callable[[int], str]:
    return lambda size: _html("", head=f'<script type="application/ld+json">{filled(text, size)}{end}')


def _attributes(size: int) -> str:
    return _html("<p " + " ".join(f"a{number}=b" for number in range(size // 9)) + f">{GOOD}</p>")


def _links(size: int) -> str:
    return _html("".join(f'<a href="/{number}/">{number} пекарня</a> ' for number in range(size // 36)))


def _paragraphs(size: int) -> str:
    """Not hostile, only large: as many different paragraphs as fit."""
    return _html("".join(f"<p>{number}. {GOOD}</p>" for number in range(size // 190)))


def _table(size: int) -> str:
    row = "<tr>" + "<td>клетка таблицы</td>" * 20 + "</tr>"
    return _html(f"<table>{filled(row, size)}</table>")


def _entity_bomb(size: int) -> str:
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12))
    page = _html("&l11;" + filled("&l9;", size))
    return f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "хлеб">{levels}]>{page}'


def _bomb(size: int) -> bytes:
    """Make gzip bytes that would grow a thousand times."""
    return gzip.compress(bytes(size), mtime=0)


def _of_lines(line: str) -> Callable[[int], str]:
    return lambda size: filled(line + "\n", size)


def _one(piece: str) -> Callable[[int], str]:
    return lambda size: filled(piece, size)


def _half_utf8(size: int) -> bytes:
    return filled(GOOD + "\n", size).encode()[:-2] + b"\xd0"


def _cp1251(size: int) -> bytes:
    return _html(filled(f"<p>{GOOD}</p>", size * 2)).encode("cp1251")


HTML: dict[str, Callable[[int], str]] = {
    "large article": _paragraphs,
    "nested div": _around("<div>", "</div>", GOOD),
    "nested div unclosed": _inside("<div>"),
    "nested span": _around("<span>", "</span>", GOOD),
    "nested b": _inside("<b>"),
    "nested a": _inside('<a href="/">'),
    "nested font": _inside("<font>хлеб "),
    "nested p in b": _inside("<b><p>"),
    "nested table": _inside("<table><tr><td>"),
    "deep lists": _around("<ul><li>", "</li></ul>", GOOD),
    "nested blockquote": _around("<blockquote>", "</blockquote>", GOOD),
    "closing tags alone": _inside("</div></p>"),
    "huge table": _table,
    "list items": _inside("<li>хлеб</li>"),
    "br": _inside("<br>"),
    "br in p": _element("<p>", "хлеб<br>", "</p>"),
    "p short": _inside("<p>хлеб</p>"),
    "p empty": _inside("<p></p>"),
    "h2": _inside("<h2>Пекарня</h2>"),
    "links": _links,
    "images": _inside('<img src="a.jpg">'),
    "time tags": _inside('<time datetime="2031-01-05">5 января</time>'),
    "meta tags": _in_head('<meta name="author" content="Ольга">'),
    "link tags": _in_head('<link rel="canonical" href="https://o.example/a">'),
    "<": _inside("<"),
    "<a": _inside("<a"),
    "<a ": _inside("<a "),
    "< in head": _in_head("<"),
    "</": _inside("</"),
    "<!": _inside("<!"),
    "<!--": _inside("<!--"),
    "<!-- closed": _inside("<!---->"),
    "<![CDATA[": _inside("<![CDATA["),
    "<?": _inside("<?"),
    "<script": _inside("<script"),
    "<script>": _inside("<script>"),
    "<style></style>": _inside("<style></style>"),
    "<html/>": _inside("<html/>"),
    "unclosed comment": _element("<!--", GOOD, ""),
    "unclosed script": _element("<script>", GOOD, ""),
    "unclosed attribute": _element('<p title="', GOOD, ""),
    "&#": _inside("&#"),
    "&#1": _inside("&#1"),
    "&#x10ffff;": _inside("&#x10ffff;"),
    "&amp": _inside("&amp"),
    "&": _inside("&"),
    "digits in p": _element("<p>", "1234567890", "</p>"),
    "dates in p": _element("<p>", "06.01.2031 ", "</p>"),
    "digits and dots in p": _element("<p>", "1.", "</p>"),
    "dashes in p": _element("<p>", "-", "</p>"),
    "brackets in p": _element("<p>", "(", "</p>"),
    "spaces in p": _element("<p>", " ", "</p>"),
    "no-break spaces in p": _element("<p>", "\u00a0", "x</p>"),
    "line ends in p": _element("<p>", "\n", "x</p>"),
    "bars in p": _element("<p>", "| ", "</p>"),
    "pre": _element("<pre>", "хлеб \n", "</pre>"),
    "quotes in p": _element("<p>", '"', "</p>"),
    "one word in p": _element("<p>", "а", "</p>"),
    "one line html": _element("<p>", _WORDS + ", ", ".</p>"),
    "attribute": _attribute("title", "х"),
    "class attribute": _attribute("class", "article-"),
    "style attribute": _attribute("style", "display:none;"),
    "attributes": _attributes,
    "meta author long": _meta("author", "Ольга "),
    "meta author dots": _meta("author", "."),
    "meta author ands": _meta("author", " and a"),
    "meta date digits": _meta("article:published_time", "2031"),
    "meta title": _meta("og:title", "Хлеб | "),
    "meta title dashes": _meta("og:title", "-"),
    "title long": lambda size: _html("").replace("Пекарня<", filled("Хлеб - ", size) + "<", 1),
    "title spaces": lambda size: _html("").replace("Пекарня<", filled(" ", size) + "<", 1),
    "h1 long": _element("<h1>", "Хлеб ", "</h1>"),
    "meta url": _meta("og:url", "https://o.example/a/"),
    "canonical long": lambda size: _html(
        "", head=f'<link rel="canonical" href="https://o.example/{filled("a/", size)}">'
    ),
    "byline": _element('<p class="author">', "Ольга Пекарь, ", "</p>"),
    "byline digits": _element('<p class="author">', "1", "</p>"),
    "byline date": _element('<p class="date">', "1 января 2031 ", "</p>"),
    "json-ld open brackets": _script("[", "</script>"),
    "json-ld objects": _script('{"a":', "</script>"),
    "json-ld authors": lambda size: _html(
        "",
        head='<script type="application/ld+json">{"@type":"NewsArticle","author":['
        + filled('{"@type":"Person","name":"Ольга Пекарь"},', size)
        + "{}]}</script>",
    ),
    "json-ld quotes": _script('"', "</script>"),
    "json-ld backslashes": _script("\\", "</script>"),
    "json-ld names": _script('"author": {"name": ', "</script>"),
    "json-ld scripts": _in_head('<script type="application/ld+json">{}</script>'),
    "json-ld bodies": _script('"articleBody": "', "</script>"),
    "entity bomb": _entity_bomb,
    "combining": _element("<p>", "\u0301", "</p>"),
    "combining of all classes": _element("<p>", "\u0316\u0301\u0327\u0345", "</p>"),
    "u+fdfa": _element("<p>", "\ufdfa ", "</p>"),
    "bidi": _element("<p>", "\u202e", f"{GOOD}</p>"),
    "u+0130": _element("<p>", "\u0130 ", "</p>"),
    "nul references": _inside("&#0;"),
    "svg": _inside("<svg><g>"),
    "select": _inside("<select><option>"),
    "iframe": _inside("<iframe>"),
    "form": _inside("<form><input>"),
    "custom tags": lambda size: _html("".join(f"<x{number}>" for number in range(size // 8))),
    "sup": _inside("<sup>1</sup>"),
    "del": _inside("<del>хлеб</del> "),
    "figures": _inside('<figure><img src="a.jpg"><figcaption>Хлеб</figcaption></figure>'),
    "doctype": lambda size: f"<!DOCTYPE {filled('/', size)} {_html('')}",
    "doctype angle": lambda size: filled("<!DOCTYPE html", size) + _html(""),
}

TEXT: dict[str, Callable[[int], str]] = {
    "large text": lambda size: "".join(f"{number}. {GOOD}\n" for number in range(size // 170)),
    "one line": _one(_WORDS + ", "),
    "one line of sentences": _one(GOOD + " "),
    "one word": _one("а"),
    "digits": _one("1234567890"),
    "digits and dots": _one("1."),
    "dates": _one("06.01.2031, "),
    "clock": _one("10:17 "),
    "dashes": _one("-"),
    "brackets": _one("("),
    "bars": _one("| "),
    "dots": _one("."),
    "quotes": _one('."'),
    "spaces": lambda size: "х" + filled(" ", size) + "х.",
    "no-break spaces": lambda size: "х" + filled("\u00a0", size) + "х.",
    "soft hyphens": lambda size: "х" + filled("\u00ad", size) + "х.",
    "line ends": lambda size: "х" + filled("\n", size) + "х.",
    "carriage returns": lambda size: "х" + filled("\r", size) + "х.",
    "lines of a letter": _of_lines("х"),
    "lines of a sentence": _of_lines(GOOD),
    "lines of a marker": _of_lines("1. "),
    "lines of bullets": _of_lines("• хлеб"),
    "lines of commas": _of_lines("Комментарии:"),
    "lines of read also": _of_lines("Читайте также"),
    "lines of signatures": _of_lines("Ольга [06/01/31 06:14]"),
    "lines of sentences and noise": _of_lines(f"{GOOD}\nХлеб\n1 2 3 4 5"),
    "lines of zero width": _of_lines("\u200b"),
    "credits": _one("Фото: "),
    "han": _one("面包店"),
    "combining text": _one("\u0301"),
    "combining marks of all classes": lambda size: "х" + filled("\u0316\u0301\u0327\u0345", size),
    "u+fdfa text": _of_lines("\ufdfa" * 30 + "."),
    "bidi text": lambda size: filled("\u202e", size) + GOOD,
    "u+0130 text": _one("\u0130"),
    "control characters": _one("\u0001"),
    "noncharacters": _one("\uffff х. "),
    "currencies": _of_lines("USD EUR " * 5 + "1 2 3"),
    "markup in text": lambda size: GOOD + "\n" + filled("</a href= function ( ", size),
    "urls": _one("http://www.a.ru "),
}

BYTES: dict[str, Callable[[int], bytes]] = {
    "gzip bomb": _bomb,
    "half a UTF-8 sequence": _half_utf8,
    "cp1251": _cp1251,
    "NUL bytes": lambda size: filled("\0хлеб", size).encode(),
    "UTF-16 mark alone": lambda size: b"\xff\xfe" + bytes(size | 1),
    "bad bytes": lambda size: b"<html><p>" + bytes(range(128, 256)) * (size // 128),
    "bad bytes of a meta": lambda size: b'<html><meta charset="gb18030"><p>' + b"\x81\x30" * (size // 2),
    "meta charsets": lambda size: b"<html>" + b"<meta charset " * (size // 14) + b"\xff",
    "random-looking bytes": lambda size: bytes((number * 7919 + number // 251) % 255 + 1 for number in range(size)),
}
BODIES: dict[str, Callable[[int], str | bytes]] = {**HTML, **TEXT, **BYTES}
