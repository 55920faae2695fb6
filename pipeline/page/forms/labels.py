"""Reads the fields above a text: "Title: …" and "Author: …" as scrapers write them, and front matter (YAML, TOML)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipeline.page.forms.form import NO_FIELDS, Fields

MOST_LINES = 60  # of a front matter
LONGEST_LABEL = 30  # characters
FEWEST = 2  # labels that are known

_NAMES: Final[dict[str, str]] = {
    "headline": (
        "title headline name заголовок название назва загаловак тақырып тақырыбы заглавие заглавље naslov titel "
        "titre titolo título titulo tytuł nadpis başlık"
    ),
    "authors": (
        "author authors author(s) by byline writer reporter creator автор авторы автори аўтар аўтары авторлар "
        "авторы(ы) autor autorzy auteur autore autoren autori yazar verfasser"
    ),
    "published": (
        "date published publish_date pubdate publishdate published_at published_time datepublished date_published "
        "created created_at timestamp posted дата опубликовано публикация апублікавана опубліковано жарияланды "
        "күні мерзімі публикувано објављено datum data fecha veröffentlicht publié pubblicato publicado "
        "opublikowano tarih"
    ),
    "modified": (
        "updated modified lastmod last_modified updated_at datemodified date_modified обновлено изменено оновлено "
        "абноўлена жаңартылды aktualisiert actualizado aggiornato"
    ),
    "description": (
        "description summary lead excerpt subtitle abstract subheadline лид описание подзаголовок аннотация опис "
        "лід апісанне сипаттама beschreibung résumé resumen descripción"
    ),
    "publisher": (
        "source publisher site site_name sitename publication outlet newspaper источник издание сайт джерело "
        "видання крыніца выданне дереккөз басылым източник извор quelle fonte fuente źródło"
    ),
    "text": (
        "text body content article markdown_content article_text article_body full_text текст содержание статья "
        "текст_статьи текст_статті мәтін тэкст"
    ),
    "other": (
        "url link url_source source_url canonical category categories section rubric tags tag keywords topic "
        "topics language lang id slug type layout image images thumbnail draft permalink location place city "
        "country warning word_count words read_time reading_time views photo credit copyright updated_by editor "
        "status format ссылка адрес рубрика раздел категория категории теги тег метки ключевые_слова язык тема "
        "темы регион город место фото просмотры редактор посилання категорія мітки мова розділ спасылка рубрыка "
        "тэгі мова_артыкула сілтеме айдар санат тегтер тіл рубрики тагове kategorie schlagworte sprache kategoria "
        "tagi rubrique mots_clés langue categoría etiquetas idioma"
    ),
}
_FIELD: Final = {name: field for field, names in _NAMES.items() for name in names.split()}
_OF_DATE: Final = {
    "publication_date": "published", "date_of_publication": "published", "published_date": "published",
    "published_on": "published", "date_posted": "published", "дата_публикации": "published",
    "дата_публікації": "published", "дата_публікацыі": "published", "жарияланған_күні": "published",
    "дата_обновления": "modified",
    "last_updated": "modified", "date_updated": "modified", "дата_создания": "published", "written_by": "authors",
    "автор_статьи": "authors", "автор_текста": "authors", "article_title": "headline", "page_title": "headline",
}  # fmt: skip
_LABEL: Final = re.compile(
    rf"[ \t]*(?:[*_#>-]{{1,4}}[ \t]*)?([^\W\d][\w ().-]{{0,{LONGEST_LABEL}}}?)[*_ \t]*[:：](?!//)[*_]*(?:\s+(.*))?$"
)
_FENCES: Final = {"---": ":", "+++": "="}
_KEY: Final = re.compile(r"([^\W\d][\w.-]*)\s*[:=]\s*(.*)$")
_NESTED: Final = re.compile(r"\s+(?:-\s+)?(?:name|title)\s*[:=]\s*(.+)$|\s*-\s+([^:]+)$")


def may_have_fields(text: str) -> bool:
    """Return whether a text may begin with labelled fields or a front matter."""
    begin = text[:400].lstrip("\ufeff \t\r\n")
    if begin[:3] in _FENCES:
        return True
    label = _LABEL.match(begin.split("\n", 1)[0].rstrip())
    return label is not None and _field(label[1]) is not None


def split_fields(lines: Sequence[str]) -> tuple[Fields, list[str], int] | None:
    """Return the fields above a text, the lines below them, and the number of lines that went; None without fields."""
    start = next((index for index, line in enumerate(lines) if line.strip(" \t\ufeff")), 0)
    fence = lines[start].strip(" \t\ufeff")[:4] if lines else ""
    if fence in _FENCES:
        end = next((at for at in range(start + 1, min(len(lines), MOST_LINES)) if lines[at].strip() == fence), None)
        if end is None:
            return None
        named = list(_of_front_matter(lines[start + 1 : end]))
        return _checked(named, lines[start : end + 1], lines[end + 1 :], known=bool(named))
    named, end, text = _of_labels(lines, start)
    known = [field for field, _ in named if field != "other"]
    enough = len(set(known)) >= FEWEST or ("headline" in known and len(named) >= FEWEST)
    return _checked(named, lines[start:end], [*text, *lines[end:]], known=enough)


def _checked(
    named: Sequence[tuple[str, str]], gone: Sequence[str], rest: Sequence[str], *, known: bool
) -> tuple[Fields, list[str], int] | None:
    if not known or not any(line.strip() for line in rest):
        return None
    return _fields(named), list(rest), sum(1 for line in gone if line.strip())


def _of_labels(lines: Sequence[str], start: int) -> tuple[list[tuple[str, str]], int, list[str]]:
    """Return the labelled fields, the index of the line below them, and the text that stands beside the last label."""
    named: list[tuple[str, str]] = []
    index = start
    while index < len(lines):
        line = lines[index].strip("\ufeff")
        below = next((at for at in range(index, len(lines)) if lines[at].strip()), index)
        if not line.strip():
            label = _LABEL.match(lines[below].rstrip())
            if label is None or _field(label[1]) is None:
                return named, index, []
            index = below
            continue
        label = _LABEL.match(line.rstrip())
        field = _field(label[1]) if label else None
        if label is None or (field is None and not _is_label(line, lines, index)):
            return named, index, []
        value = (label[2] or "").strip()
        if field == "text":
            return named, index + 1, [value] if value else []
        named.append((field or "other", value))
        index += 1
    return named, index, []


def _is_label(line: str, lines: Sequence[str], index: int) -> bool:
    """Return whether an unknown label belongs to the fields: it is short and stands between two of them."""
    following = _LABEL.match(lines[index + 1].rstrip()) if index + 1 < len(lines) else None
    return len(line) <= 3 * LONGEST_LABEL and following is not None and _field(following[1]) is not None


def _field(label: str) -> str | None:
    key = re.sub(r"[\s-]+", "_", label.strip(" *_#").casefold())
    return _FIELD.get(key) or _OF_DATE.get(key)


def _of_front_matter(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a front matter; values may be quoted, lists, or on lines of their own below the key."""
    field = ""
    for line in lines:
        if (key := _KEY.match(line)) is not None:
            field = _field(key[1]) or "other"
            values = _values(key[2], several=field == "authors")
        elif (nested := _NESTED.match(line)) is not None:
            values = _values(nested[1] or nested[2], several=False)
        else:
            continue
        yield from ((field, value) for value in values if value not in (">", "|", ">-", "|-"))


def _values(written: str, *, several: bool) -> list[str]:
    written = written.strip()
    if written[:1] == "[" and written[-1:] == "]":
        parts = written[1:-1].split(",")
    else:
        parts = [written] if not several or written[:1] in "\"'" else written.split(" & ")
    return [value for part in parts if (value := part.strip().strip("\"'").strip())]


def _fields(named: Sequence[tuple[str, str]]) -> Fields:
    first: dict[str, str] = {}
    for field, value in named:
        if value:
            first.setdefault(field, value.strip("\"' ") if value.count('"') in (0, 2) and value[:1] == '"' else value)
    authors = tuple(dict.fromkeys(value for field, value in named if field == "authors" and value))
    texts = {field: value for field, value in first.items() if field not in ("authors", "other", "text")}
    return replace(NO_FIELDS, authors=authors, **texts)
