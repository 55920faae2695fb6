"""What is reached on the corpus, in the form of floors.json: `python -m tests.corpus.scores`.

Words are split by code of its own, so that the scores do not depend on the code that they judge.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records.document import Refusal

HERE = Path(__file__).parent
GOLD = HERE / "gold"
DEMO = HERE.parents[1] / "deploy" / "demo" / "pages"
PAGES = HERE / "pages"
SAMPLES = HERE.parents[2] / "shared" / "samples"
AT = datetime(2034, 1, 1, tzinfo=UTC)  # later than the newest page
OLDER = 40  # numbers up to it are the pages `own`, whose floors are older than the kit
WORD = re.compile(r"[^\W_]+")
BODIES = tuple(f"{name}-{kind}" for name in ("demo", "own", "kit") for kind in ("text", "html"))


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


def articles(kind: str, folder: Path = DEMO) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if (path.suffix == ".html") == (kind == "html") and (GOLD / f"{path.stem}.txt").exists()
    ]


def pages_of(group: str) -> list[Path]:
    """List the pages of a group: `own` are the oldest of the kit."""
    name, kind = group.split("-")
    if name == "demo":
        return articles(kind)
    return [path for path in articles(kind, PAGES) if name == "kit" or int(path.stem[:2]) <= OLDER]


def of_bodies(group: str) -> dict[str, float]:
    """Score the article texts of a group."""
    scores = [score(body_of(cleaned(path)), GOLD, path.stem) for path in pages_of(group)]
    return {
        "kept": sum(one.kept for one in scores) / sum(one.sentences for one in scores),
        "leaked": sum(one.leaked for one in scores) / sum(one.noise for one in scores),
        "f1": sum(one.f1 for one in scores) / len(scores),
    }


def meta_of(path: Path) -> dict[str, Any]:
    """Read what a page says of itself."""
    found: dict[str, Any] = json.loads((GOLD / f"{path.stem}.meta.json").read_text(encoding="utf-8"))
    return found


def right(path: Path) -> dict[str, bool]:
    """Compare the metadata of a page; what the page does not say must not be found either."""
    gold, found = meta_of(path), cleaned(path)
    if not isinstance(found, Document):
        return dict.fromkeys(("headline", "day", "authors"), False)
    return {
        "headline": words(found.headline or "") == words(gold["headline"] or ""),
        "day": (found.date_published or "")[:10] == (gold["date_published"] or "")[:10],
        "authors": names_of(found.author) == names_of(gold["author"]),
    }


def names_of(authors: Sequence[str]) -> set[str]:
    return {" ".join(words(name)) for name in authors}


def of_metadata() -> dict[str, float]:
    """Give the shares of the kit's pages whose headline, day of publication and authors are right."""
    pages = [right(path) for path in sorted(PAGES.iterdir())]
    return {name: sum(page[name] for page in pages) / len(pages) for name in pages[0]}


def samples() -> dict[Path, Document | Refusal]:
    """Clean the five samples."""
    return {path: cleaned(path) for path in sorted((SAMPLES / "pages").iterdir())}


def of_samples() -> dict[str, float]:
    """Count the sentences that stay and the noise that does in the five samples."""
    scores = [score(body_of(one), SAMPLES / "gold", path.name[:3]) for path, one in samples().items()]
    return {"kept": sum(one.kept for one in scores), "leaked": sum(one.leaked for one in scores)}


def reached() -> dict[str, dict[str, float]]:
    """Measure all groups that are here."""
    found = {group: of_bodies(group) for group in BODIES} | {"kit-metadata": of_metadata()}
    return found | ({"samples": of_samples()} if SAMPLES.is_dir() else {})


def main() -> None:
    for group, figures in reached().items():
        said = ", ".join(f'"{name}": {value:.5g}' for name, value in figures.items())
        sys.stdout.write(f'  "{group}": {{{said}}},\n')


if __name__ == "__main__":
    main()
