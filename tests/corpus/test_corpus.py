"""The golden corpus: what is kept and what leaks, with floors that only rise.

The demo pages are our own; the five samples are read where they are, and are not ours to copy.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clean import clean
from pipeline.document import Document, Refusal
from pipeline.page import page_of

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "deploy" / "demo" / "pages"
SAMPLES = HERE.parents[2] / "shared" / "samples"
FLOORS = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))
AT = datetime(2031, 5, 1, tzinfo=UTC)
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Score:
    kept: int = 0
    sentences: int = 0
    leaked: int = 0
    noise: int = 0
    f1: float = 0.0


def cleaned(path: Path) -> Document | Refusal:
    return clean(page_of(f"file:{path.name}", path.read_bytes(), fetched_at=AT), topic="", partition=0, offset=0)


def words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold()
    return WORD.findall(plain)


def lines_of(path: Path) -> list[str]:
    return (
        [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if path.exists()
        else []
    )


def score(body: str, gold: Path, stem: str) -> Score:
    neutral = {" ".join(words(line)) for line in lines_of(gold / f"{stem}.neutral.txt")}
    body = "\n".join(line for line in body.splitlines() if " ".join(words(line)) not in neutral)
    hay = f" {' '.join(words(body))} "
    found = [
        [f" {' '.join(words(line))} " in hay for line in lines_of(gold / f"{stem}.{kind}.txt")]
        for kind in ("keep", "noise")
    ]
    ours, theirs = Counter(words(body)), Counter(words("\n".join(lines_of(gold / f"{stem}.txt"))))
    same = sum((ours & theirs).values())
    f1 = 2 * same / (ours.total() + theirs.total()) if same else 0.0
    return Score(sum(found[0]), len(found[0]), sum(found[1]), len(found[1]), f1)


def body_of(document: Document | Refusal) -> str:
    return document.article_body if isinstance(document, Document) else ""


def articles(kind: str) -> list[Path]:
    return [
        path
        for path in sorted(DEMO.iterdir())
        if (path.suffix == ".html") == (kind == "html") and (HERE / "gold" / f"{path.stem}.txt").exists()
    ]


@pytest.mark.parametrize("kind", ["text", "html"])
def test_our_own_pages_keep_their_sentences_and_lose_their_noise(kind: str):
    scores = [score(body_of(cleaned(path)), HERE / "gold", path.stem) for path in articles(kind)]

    floors = FLOORS[f"demo-{kind}"]
    assert sum(one.kept for one in scores) / sum(one.sentences for one in scores) >= floors["kept"]
    assert sum(one.leaked for one in scores) / sum(one.noise for one in scores) <= floors["leaked"]
    assert sum(one.f1 for one in scores) / len(scores) >= floors["f1"]


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


@pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the five samples (../shared/samples) are not here; the demo pages stand in"
)
def test_the_five_samples_keep_their_sentences_and_lose_their_noise():
    pages = sorted((SAMPLES / "pages").iterdir())
    documents = [cleaned(path) for path in pages]
    scores = [score(body_of(one), SAMPLES / "gold", path.name[:3]) for path, one in zip(pages, documents, strict=True)]

    assert all(isinstance(one, Document) for one in documents)
    assert sum(one.kept for one in scores) >= FLOORS["samples"]["kept"]
    assert sum(one.leaked for one in scores) <= FLOORS["samples"]["leaked"]
    assert (sum(one.sentences for one in scores), sum(one.noise for one in scores)) == (130, 48)
