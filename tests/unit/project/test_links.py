"""The pages of the repository: their links lead somewhere, their lines can be read, the front pages are short."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("agents", "deploy", "docs", "pipeline", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
LONGEST_LINE = 120  # characters that are shown: a link counts by its text
LIMITS = {"README.md": (700, 120), "ARCHITECTURE.md": (1500, 200), "CONTRIBUTING.md": (1500, 150)}  # words, lines
OF_A_USER = {"score.py"}  # what pages tell somebody to make
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose(page: Path) -> list[tuple[int, str]]:
    """Return the numbered lines of a page outside of its code blocks."""
    lines, inside = [], False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            lines.append((number, line))
    return lines


def shown(text: str) -> str:
    """Return a line as a reader sees it, without the targets of its links."""
    return re.sub(r"\]\([^()]*\)", "]", text)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return what may stand behind the # of a link to a page, as GitHub makes it of the headings."""
    found: list[str] = []
    for _, line in prose(page):
        if head := re.match(r"#{1,6} +(.*?)[ #]*$", line):
            name = re.sub(r"[^\w -]", "", shown(head[1]).lower()).replace(" ", "-")
            taken = sum(re.fullmatch(rf"{re.escape(name)}(?:-\d+)?", one) is not None for one in found)
            found.append(f"{name}-{taken}" if taken else name)
    return frozenset(found)


def links(page: Path) -> list[tuple[int, str]]:
    """Return the targets of the links of a page that stay in the repository, with their lines."""
    text = "\n".join(line for _, line in prose(page))
    numbers = [number for number, _ in prose(page)]
    without_code = re.sub(r"`[^`\n]*`", lambda code: " " * len(code[0]), text)
    return [
        (numbers[text.count("\n", 0, found.start())], found[1])
        for found in re.finditer(r"\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\)", without_code)
        if not re.match(r"[a-z]+:", found[1])
    ]


@every_page
def test_a_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    lost = []
    for number, link in links(page):
        target, _, anchor = unquote(link).partition("#")
        aim = (page.parent / target).resolve() if target else page
        if not aim.is_relative_to(ROOT) or not aim.exists():
            lost.append(f"line {number}: there is no {target}")
        elif anchor and (aim.suffix != ".md" or anchor not in anchors(aim)):
            lost.append(f"line {number}: {aim.name} has no heading #{anchor}")

    assert lost == []


@cache
def files() -> frozenset[str]:
    """Return the paths of all files and folders of the code and the tests, each with a slash in front."""
    paths = (path for folder in FOLDERS for path in (ROOT / folder, *(ROOT / folder).rglob("*")))
    return frozenset(f"/{path.relative_to(ROOT).as_posix()}{'/' if path.is_dir() else ''}" for path in paths)


@every_page
def test_a_file_of_the_code_that_is_named_is_there(page: Path) -> None:
    """A name may leave out the first folders: `metadata/choose.py`, `choose.py`."""
    text = "\n".join(line for _, line in prose(page))
    named = (
        set(re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|pyx|pxd)|(?:agents|pipeline|tests)/[\w/-]+)`", text)) - OF_A_USER
    )
    ends = {name: (f"/{name}", f"/{name}/") for name in named}

    assert {name for name in named if not any(path.endswith(ends[name]) for path in files())} == set()


@every_page
def test_no_line_is_too_long_to_be_read(page: Path) -> None:
    """Tables and code blocks may be wider."""
    lines = [(number, line) for number, line in prose(page) if not line.lstrip().startswith("|")]

    assert [number for number, line in lines if len(shown(line)) > LONGEST_LINE] == []


@pytest.mark.parametrize("name", LIMITS)
def test_a_front_page_is_short(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    words, lines = LIMITS[name]

    assert len(text.split()) <= words
    assert text.count("\n") <= lines


def test_links_and_headings_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One page's way: `a.py`\n\n## Twice\n\n## Twice\n\n"
        'A [link](a.md#b "title"), a [wrapped\nlink](c.md), `[no](code.md)`, [web](https://news.example/).\n\n'
        "```\n# no heading\n[no](block.md)\n```\n![picture](d.png) [here](#twice-1)\n",
        encoding="utf-8",
    )

    assert links(page) == [(7, "a.md#b"), (8, "c.md"), (14, "d.png"), (14, "#twice-1")]
    assert anchors(page) == {"one-pages-way-apy", "twice", "twice-1"}


def test_all_pages_are_looked_at() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}

    assert {*LIMITS, "SECURITY.md", "CHANGELOG.md", "docs/reading.md", "deploy/RUNBOOK.md"} <= names
