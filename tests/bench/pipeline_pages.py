"""Pages for the benchmark of the whole pipeline: of the evaluation sets, or invented ones. No two have the same text.

A set has fewer pages than a run needs. So a page may come again, with the words of its long lines in another order.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import orjson

from tests.bench import sets
from tests.chaos.workload import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.bench.sets import Kind

FETCHED = "2031-01-06T12:00:00Z"
FIELD: dict[Kind, str] = {"html": "html", "plain": "text"}
LONG_LINE = 12  # words; shorter ones are menus and prompts, and stay as they are
TEXTS = 4  # of an invented page
_BETWEEN_TAGS = re.compile(r">[^<>]+<")
_MENU = ("Main page", "Politics", "Economy", "Sport", "Culture", "Weather", "About us", "Contacts")


def rows(kind: Kind, count: int, home: Path) -> Iterator[dict[str, Any]]:
    """Yield so many rows for `chistovik feed --jsonl`; invented ones where there are no evaluation sets."""
    found = sets.spread(sets.read(kind, home), count) if (home / kind).is_dir() else []
    random.Random(count).shuffle(found)  # so that any part of the pages is of all sets
    for number in range(count):
        if not found:
            url, body = f"https://outlet-{number % 40}.example/{number}", invented(kind, number)
        else:
            row, copy = found[number % len(found)], number // len(found)
            url, body = row.address, row.body
            if copy:
                url, body = f"{url}{'&' if '?' in url else '?'}copy={copy}", reordered(kind, body, number)
        yield {"url": url, FIELD[kind]: body, "fetched_at": FETCHED}


def write(rows: Iterator[dict[str, Any]], path: Path) -> Sequence[int]:
    """Write rows to a file, one JSON line each; return the size of each body in bytes."""
    sizes = []
    with path.open("wb") as out:
        for row in rows:
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            sizes.append(len((row.get("html") or row["text"]).encode("utf-8", "surrogatepass")))
    return sizes


def reordered(kind: Kind, body: str, seed: int) -> str:
    """Give a page with the words of each long line in another order: another text of the same length and shape."""
    dice = random.Random(seed)
    if kind == "plain":
        return "\n".join(_mixed(line, dice) for line in body.split("\n"))
    head, mark, rest = body.partition("<body")
    return head + mark + _BETWEEN_TAGS.sub(lambda found: f">{_mixed(found[0][1:-1], dice)}<", rest)


def _mixed(line: str, dice: random.Random) -> str:
    words = line.split(" ")
    if len(words) < LONG_LINE or "{" in line or "&" in line:  # a script, or an entity that holds a space
        return line
    between = words[1:-1]
    dice.shuffle(between)
    return " ".join([words[0], *between, words[-1]])


def invented(kind: Kind, number: int) -> str:
    """Write a page with a menu, and with an article that no other number has."""
    dice = random.Random(number)
    lines = "\n".join(text_of(number * TEXTS + part, dice) for part in range(TEXTS)).split("\n")
    if kind == "plain":
        return "\n".join([*_MENU, f"News {number}", *lines, *_MENU])
    menu = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in _MENU)
    text = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f"<html><head><title>News {number}</title></head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>News {number}</h1>{text}</article><footer><ul>{menu}</ul></footer></body></html>"
    )
