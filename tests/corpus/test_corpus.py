"""The golden corpus: what is kept and what leaks, with floors that only rise.

The demo pages and those in `pages/` are our own; the five samples are read where they are, and are not ours to copy.
Gold of a page: its lines (.txt), sentences that must stay (.keep), strings that must go (.noise), lines that may do either
(.neutral), and what the page says of itself (.meta.json). A date there has a time only where the page says its offset;
`as_said` quotes the page where the value is not in it literally; null is what the page does not say.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline import native
from pipeline.records.document import Document, Refusal
from tests.corpus.scores import (
    BODIES,
    DEMO,
    GOLD,
    PAGES,
    SAMPLES,
    articles,
    body_of,
    cleaned,
    lines_of,
    meta_of,
    of_bodies,
    of_metadata,
    of_samples,
    pages_of,
    samples,
    score,
    words,
)

FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))
LANGUAGES = {"ru", "uk", "be", "kk", "bg", "sr"}
META = {
    "headline": str,
    "author": list,
    "date_published": str,
    "date_modified": str,
    "in_language": str,
    "publisher": str,
    "canonical_url": str,
    "image": str,
    "as_said": dict,
}


@pytest.mark.parametrize("group", BODIES)
def test_our_own_pages_keep_their_sentences_and_lose_their_noise(group: str):
    reached, floors = of_bodies(group), FLOORS[group]

    assert reached["kept"] >= floors["kept"]
    assert reached["leaked"] <= floors["leaked"]
    assert reached["f1"] >= floors["f1"]


def test_headlines_days_and_authors_of_the_kit_are_found():
    reached, floors = of_metadata(), FLOORS["kit-metadata"]

    assert {name: reached[name] for name in floors if reached[name] < floors[name]} == {}


def test_the_kit_is_of_sixty_pages_or_more_in_each_of_its_languages_html_and_plain():
    count = Counter((path.stem[3:5], path.suffix) for path in PAGES.iterdir())

    assert count.total() >= 60
    assert {language for language, _ in count} == LANGUAGES
    assert all(count[language, suffix] >= 2 for language in LANGUAGES for suffix in (".html", ".txt"))
    assert {path.stem for kind in ("text", "html") for path in pages_of(f"kit-{kind}")} == {
        path.stem for path in PAGES.iterdir()
    }


class Seen(HTMLParser):
    """What a reader sees of a page. The tests' own, so that gold does not depend on the code that it judges."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in {"script", "style", "noscript", "template", "title"}

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in {"script", "style", "noscript", "template", "title"}

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def source_of(path: Path) -> str:
    raw = path.read_bytes()
    return raw.decode("windows-1251" if b"charset=windows-1251" in raw[:1024].lower() else "utf-8")


def seen_in(path: Path) -> str:
    if path.suffix != ".html":
        return source_of(path)
    seen = Seen()
    seen.feed(source_of(path))
    seen.close()
    return "\n".join(seen.parts)


def in_words(text: str) -> str:
    return f" {' '.join(words(text))} "


def missing(lines: list[str], text: str) -> list[str]:
    hay = in_words(text)
    return [line for line in lines if in_words(line) not in hay]


@pytest.mark.parametrize(
    "path", [path for folder in (DEMO, PAGES) for path in sorted(folder.iterdir())], ids=lambda path: path.stem
)
def test_gold_agrees_with_its_page_and_with_itself(path: Path):
    gold, keep, noise, neutral = (
        lines_of(GOLD / f"{path.stem}.{kind}") for kind in ("txt", "keep.txt", "noise.txt", "neutral.txt")
    )
    seen, article = seen_in(path), "\n".join(gold)

    assert missing(gold + noise + neutral, seen) == []
    assert missing(keep, article) == []
    assert missing(noise, article) == noise, "noise that is also in the article"
    assert missing(neutral, article) == neutral, "what may go is also in the article"
    assert path.parent == DEMO or len(set(noise)) == len(noise)
    assert all(words(line) for line in gold + keep + noise + neutral)


def test_every_page_of_our_own_has_its_gold_and_every_gold_its_page():
    pages = {path.stem for folder in (DEMO, PAGES) for path in folder.iterdir()}

    assert {path.name.partition(".")[0] for path in GOLD.iterdir()} == pages
    assert {path.name.partition(".")[0] for path in GOLD.glob("*.meta.json")} == {path.stem for path in PAGES.iterdir()}


@pytest.mark.parametrize("path", sorted(PAGES.iterdir()), ids=lambda path: path.stem)
def test_what_gold_says_of_a_page_the_page_says(path: Path):
    source = unescape(source_of(path))
    meta = meta_of(path)

    assert list(meta) == list(META)
    for name, kind in META.items():
        assert isinstance(meta[name], kind) or (meta[name] is None and kind is str), name
    assert meta["in_language"] == path.stem[3:5]
    said = re.search(r"""(?:<html[^>]* lang|http-equiv="Content-Language" content)=\"(\w+)""", source)
    assert said is None if path.suffix == ".txt" else said is not None and said[1] == meta["in_language"]
    for value in [meta["headline"], meta["publisher"], *meta["author"], *meta["as_said"].values()]:
        assert value is None or missing([value], source) == []
    for name in ("canonical_url", "image"):
        assert meta[name] is None or f'"{meta[name]}"' in source
    for name in ("date_published", "date_modified"):
        if meta[name] is not None and meta[name] not in source:
            date = datetime.fromisoformat(meta[name])
            assert len(meta[name]) == 10, f"{name}: a time that the page does not say in full"
            assert {f"{date.day:02}", f"{date.year}"} <= {word.zfill(2) for word in words(meta["as_said"][name])}
    dated = [datetime.fromisoformat(meta[name]) for name in ("date_published", "date_modified") if meta[name]]
    assert dated == sorted(dated)


def test_the_table_of_layouts_has_every_page_once_under_its_language():
    """Plain text is in italics there."""
    readme = (PAGES.parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("\n| Layout |")[1].split("\n\n")[0].splitlines()
    languages = [cell.strip() for cell in table[0].split("|")[:-1]]
    named = [
        f"{number}_{language}{'.txt' if italic else '.html'}"
        for line in table[2:]
        for language, cell in zip(languages, line.split("|")[2:-1], strict=True)
        for italic, number in re.findall(r"(\*?)(\d+)", cell)
    ]

    assert sorted(named) == sorted(f"{path.stem[:5]}{path.suffix}" for path in PAGES.iterdir())
    assert len(table) - 2 >= 15


def test_a_page_of_menus_has_no_article():
    assert isinstance(cleaned(DEMO / "13_empty_menu_only.txt"), Refusal)


def test_the_repeat_has_the_text_of_what_it_repeats():
    first, repeat = cleaned(DEMO / "01_ru_numbered_menu.txt"), cleaned(DEMO / "12_ru_repeat_of_01.txt")

    assert isinstance(first, Document)
    assert isinstance(repeat, Document)
    assert first.text_hash == repeat.text_hash


def test_every_language_of_our_pages_is_told():
    told = {path.stem[3:5]: body_of(cleaned(path)) and cleaned(path) for path in articles("text")}

    assert {name: document.in_language for name, document in told.items() if isinstance(document, Document)} == {
        "ru": "ru",
        "uk": "uk",
        "kk": "kk",
        "en": "en",
    }


def test_the_language_of_every_page_of_the_kit_is_told():
    told = {path.stem: (path.stem[3:5], getattr(cleaned(path), "in_language", None)) for path in PAGES.iterdir()}
    others = {stem: pair for stem, pair in told.items() if pair[0] != pair[1]}

    assert set(others.values()) <= {("sr", "hr"), ("sr", "bs")}, "in Latin letters they are one language"


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the five samples (../shared/samples) are not here; the demo pages stand in"
)
def test_the_five_samples_keep_their_sentences_and_lose_their_noise():
    documents = samples()
    scores = [score(body_of(one), SAMPLES / "gold", path.name[:3]) for path, one in documents.items()]
    reached = of_samples()

    assert all(isinstance(one, Document) for one in documents.values())
    assert reached["kept"] >= FLOORS["samples"]["kept"]
    assert reached["leaked"] <= FLOORS["samples"]["leaked"]
    assert (sum(one.sentences for one in scores), sum(one.noise for one in scores)) == (130, 48)


@pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")
@pytest.mark.parametrize("path", [*sorted(DEMO.iterdir()), *sorted(PAGES.iterdir())], ids=lambda path: path.stem)
def test_a_page_is_cleaned_the_same_where_nothing_is_compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = cleaned(path)
    monkeypatch.setattr(native, "COMPILED", False)
    assert cleaned(path) == compiled
