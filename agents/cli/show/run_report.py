"""The pages of a run on a terminal: each outcome with its reason, a total, and the next commands."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from rich.table import Table
from rich.text import Text

from agents.cli.show.events import STYLES
from agents.cli.show.rule_words import removed_in_words
from pipeline.article.evidence import why_repeats
from pipeline.records.verdict import Evidence, Kinship
from pipeline.text.plain import one_line
from pipeline.topics import ARTICLES, DEAD_LETTERS, DISCARDED, DUPLICATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from agents.run.tally import Tally

LONGEST_URL, LONGEST_HEADLINE, LONGEST_OPENING, LONGEST_DETAIL = 300, 300, 120, 300  # characters
_LABELS: Final = {"created": "article", "updated": "updated"}
_OUTCOMES: Final = {  # topic → word for one page, word for several
    ARTICLES.name: ("article", "articles"),
    DUPLICATES.name: ("duplicate", "duplicates"),
    DISCARDED.name: ("discarded", "discarded"),
    DEAD_LETTERS.name: ("dead letter", "dead letters"),
}
_OUTCOME_WIDTH: Final = 11
_LANGUAGES: Final = {
    "be": "Belarusian",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "kk": "Kazakh",
    "pl": "Polish",
    "ru": "Russian",
    "uk": "Ukrainian",
}


class RunReport:
    """Prints events one by one. Remembers the page of each article, to name it beside a duplicate."""

    def __init__(self, console: Console, shown: Iterable[str]) -> None:
        self._console = console
        self._shown = frozenset(shown)
        self._articles: dict[str, str] = {}  # article ID → name of its page and headline
        self._removed = self._kept = 0
        self._first: str | None = None  # the URL of the first article

    def add(self, topic: str, value: bytes) -> None:
        """Print an event if its topic is to be shown."""
        event = orjson.loads(value)
        if event["event"] in _LABELS:
            opening = one_line(event["headline"] or event["article_body"], LONGEST_OPENING)
            self._articles[event["article_id"]] = f"{_name(event['url'])}: {opening}"
            self._kept += event["cleaning"]["kept_lines"]
            self._removed += sum(one["lines"] for one in event["cleaning"]["removed"])
            self._first = self._first or event["url"]
        if topic not in self._shown:
            return
        kind = event["event"]
        row = Table.grid(padding=(0, 1))
        row.add_column(width=_OUTCOME_WIDTH, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(
            Text(_LABELS.get(kind, kind), style=f"bold {STYLES.get(kind, '')}".strip()),
            Text(one_line(_name(event["url"]), LONGEST_URL), style="dim"),
        )
        for line in self._lines(event):
            row.add_row("", line)
        self._console.print(row)

    def close(self, tally: Tally, inputs: Sequence[str]) -> None:
        """Print the total and the next commands."""
        self._console.print()
        self._console.print(Text(self._total(tally), style="bold"))
        self._console.print()
        self._console.print("Next:", style="bold")
        for command, purpose in self._next(inputs):
            # Two unbroken lines per command, so that it can be copied from a narrow terminal.
            self._console.print(Text(f"  # {purpose}", style="dim"), soft_wrap=True)
            self._console.print(Text(f"  {command}"), soft_wrap=True)

    def _lines(self, event: dict[str, Any]) -> Iterator[Text]:
        if "article_body" in event:
            yield _heading(event)
            yield Text(_facts(event), style="dim")
            yield Text(f"removed: {removed_in_words(event['cleaning']['removed'])}")
        elif kind := event.get("kind"):
            original = self._articles.get(event["article_id"], f"article {event['article_id']}")
            yield Text(f"duplicate of {one_line(original, LONGEST_URL + LONGEST_OPENING)}")
            yield Text(_why(kind, event), style="dim")
        else:
            reason = str(event.get("reason") or "").replace("-", " ")
            details = (reason, *(str(event.get(key) or "") for key in ("detail", "stage", "error")))
            yield Text(one_line(": ".join(filter(None, details)), LONGEST_DETAIL))

    def _total(self, tally: Tally) -> str:
        counts = [
            f"{count:,} {one if count == 1 else several}"
            for name, (one, several) in _OUTCOMES.items()
            if (count := tally.outcomes[name])
        ]
        pages = f"{tally.fed:,} page{'' if tally.fed == 1 else 's'}: {', '.join(counts) or 'no outcomes'}."
        lines = f" The cleaning kept {self._kept:,} lines of the articles' pages and removed {self._removed:,}."
        return pages + (lines if self._kept else "")

    def _next(self, inputs: Sequence[str]) -> Iterator[tuple[str, str]]:
        program = _program()
        example = _path_of(self._first, inputs) or "PAGE.html"
        yield f"{program} run YOUR_PAGE.html", "clean a page of your own"
        yield f"{program} explain {example}", "see why each line was kept or removed"
        if "-" not in inputs:
            yield f"{program} run {' '.join(map(shlex.quote, inputs))} > events.jsonl", "write the events as JSON lines"
        if Path("docker-compose.yml").is_file():
            yield "docker compose up -d --build --wait", "start the whole pipeline, with its own Kafka"
            pages = next((path for path in inputs if Path(path).is_dir()), "PAGES")
            yield f"{program} feed --pages {shlex.quote(pages)}", "send it these pages"
            yield f"{program} subscribe articles --from-beginning --follow", "print its article events"


def _heading(event: dict[str, Any]) -> Text:
    if event["headline"]:
        return Text(one_line(event["headline"], LONGEST_HEADLINE), style="bold")
    return Text("no headline; first words: ", style="dim").append(
        one_line(event["article_body"], LONGEST_OPENING), "default"
    )


def _facts(event: dict[str, Any]) -> str:
    language = event["in_language"]
    words = event["word_count"]
    facts = [f"{_LANGUAGES.get(language, language)}, {words:,} word{'' if words == 1 else 's'}"]
    if event["date_published"]:
        facts.append(f"published {event['date_published'][:10]}")
    if event["author"]:
        facts.append(f"by {', '.join(event['author'])}")
    return one_line(", ".join(facts), LONGEST_DETAIL)


def _why(kind: str, event: dict[str, Any]) -> str:
    evidence = event.get("evidence")
    why = why_repeats(Kinship(kind), Evidence(**evidence) if evidence else None)
    similarity = event.get("similarity")
    return why if similarity is None else f"similarity {similarity:.2f}: {why}"


def _name(url: str) -> str:
    """Return the file name of a page from a file, or else its URL."""
    return url.removeprefix("file:")


def _path_of(url: str | None, inputs: Sequence[str]) -> str | None:
    """Return the path of the file that a page was read from, quoted for a shell; None if it is not in `inputs`."""
    name = _name(url or "")
    if not name or "://" in name:
        return None
    paths = (Path(given) / name if Path(given).is_dir() else Path(given) for given in inputs)
    return next((shlex.quote(str(path)) for path in paths if path.name == Path(name).name and path.is_file()), None)


def _program() -> str:
    """Return the command as the user can type it: its name if the shell finds it, or else its path."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m agents.cli"
    return called.name if shutil.which(called.name) else str(called)
