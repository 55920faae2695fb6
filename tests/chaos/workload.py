"""Pages in pairs: a text twice, a text and a near copy of it, a page and its next state. And the judgement of the outcomes.

What a pair should become follows from how it was made; what each page must have become, from an oracle
(`tests/chaos/oracle.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.chaos.flicker import MARK
from tests.chaos.oracle import Due, due_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping

START = datetime(2031, 1, 6, tzinfo=UTC)
FLICKERING = 50  # one text in so many
KINDS = ("copy", "copy", "near", "update", "copy")
PARTS = 5  # sentences of a text
_TAILS = ("Читайте также наш обзор недели.", "Our next report follows tomorrow.", "Η συνέχεια αύριο.")
# A sentence in each group of scripts, so that every partition of `documents` has work.
_SENTENCES = (
    (
        "В посёлке {place} {day} января открыли мост номер {number}, сообщила районная газета. "
        "На открытие пришли {guests} человек, работы заняли {weeks} недель, строили его {names}."
    ),
    (
        "A bridge with the number {number} was opened near {place} on {day} January, the local paper said. "
        "Some {guests} people came to see it, the work had taken {weeks} weeks, and it was built by {names}."
    ),
    (
        "Στις {day} Ιανουαρίου άνοιξε στην περιοχή {place} η γέφυρα με αριθμό {number}, έγραψε η τοπική εφημερίδα. "
        "Ήρθαν να τη δουν {guests} άνθρωποι, το έργο κράτησε {weeks} εβδομάδες, και την έχτισαν {names}."
    ),
)
_LETTERS = ("аевиклмностру", "aeikolmnorstu", "αεικλμνοπρστυ")  # of names that no two texts share
_PLACES = ("Ясное", "Тихое", "Заречье", "Harbour", "Merrow", "Tarn", "Λίμνη", "Πέτρα")


def text_of(number: int, dice: random.Random) -> str:
    """Write a short article that no other number has, in one of the languages."""
    sentence, letters = _SENTENCES[number % len(_SENTENCES)], _LETTERS[number % len(_SENTENCES)]
    return "\n".join(
        sentence.format(
            place=dice.choice(_PLACES),
            day=part + 1,
            number=number,
            guests=dice.randrange(20, 900),
            weeks=dice.randrange(2, 40),
            names=", ".join("".join(dice.choices(letters, k=6)).capitalize() for _ in range(9)),
        )
        for part in range(PARTS)
    )


def near_copy(number: int, text: str, dice: random.Random) -> str:
    """Edit a word, cut the last sentence, or add one."""
    lines = text.splitlines()
    edit = dice.randrange(3)
    if edit == 0:
        words = lines[2].split(" ")
        words[-1] = words[-1].upper() + "!"
        lines[2] = " ".join(["Alors," if number % 3 else "Итак,", *words])
    elif edit == 1:
        del lines[-1]
    else:
        lines.append(_TAILS[number % 3])
    return "\n".join(lines)


def next_state(text: str, dice: random.Random) -> str:
    """Correct a figure, and add a sentence."""
    return f"{text}\n{dice.choice(_PLACES)}: {dice.randrange(1000, 9000)} / {dice.randrange(1000, 9000)}."


@dataclass
class Workload:
    """What is fed: (url, text) pairs; `group` says which pages were made of one text."""

    pages: list[tuple[str, str]]
    group: list[int]
    fed: dict[tuple[int, int], int] = field(default_factory=dict)  # (partition, offset) → number of the page

    @classmethod
    def of(cls, count: int, dice: random.Random) -> Workload:
        """Make pages in pairs, in mixed order; the next state of a page comes after it."""
        made: list[tuple[float, str, str, int]] = []
        for number in range(count // 2):
            text = text_of(number, dice)
            mark = f"{MARK.decode()}-" if number % FLICKERING == 0 else ""
            urls = [f"https://{mark}outlet{dice.randrange(40)}.example/{copy}/{number}" for copy in "ab"]
            when, kind = sorted(dice.random() for _ in urls), kind_of(number)
            other = {"copy": text, "near": near_copy(number, text, dice), "update": next_state(text, dice)}[kind]
            made.append((when[0], urls[0], text, number))
            made.append((when[1], urls[0 if kind == "update" else 1], other, number))
        made.sort()
        return cls([(url, text) for _, url, text, _ in made], [number for *_, number in made])

    @staticmethod
    def at(number: int) -> datetime:
        """When a page was fetched."""
        return START + timedelta(seconds=number)


def kind_of(number: int) -> str:
    """Say how the second page of a text was made."""
    return KINDS[number % len(KINDS)]


def judge(
    workload: Workload,
    outcomes: Mapping[tuple[int, int], list[dict[str, Any]]],
    due: Mapping[tuple[int, int], Due | None],
) -> dict[str, Any]:
    """Count what is lost, twice and wrong; `due` is what the oracle says of each page."""
    kinds: dict[str, int] = defaultdict(int)
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for place, number in workload.fed.items():
        for outcome in outcomes.get(place, []):
            kinds[outcome.get("kind") or outcome["event"]] += 1
            groups[workload.group[number]].append(outcome)
    lost = [place for place in workload.fed if not outcomes.get(place)]
    twice = [place for place in workload.fed if len(outcomes.get(place, [])) > 1]
    stray = [place for place in outcomes if place not in workload.fed]
    wrong = [number for number, found in groups.items() if not is_right(number, found)]
    other = [place for place, found in outcomes.items() for one in found if due_of(one) != due.get(place)]
    uneven = uneven_revisions(one for found in outcomes.values() for one in found)
    return {
        "outcomes": dict(kinds),
        "near": kinds["near"],
        "near made": sum(kind_of(number) == "near" for number in set(workload.group)),
        "updated": kinds["updated"],
        "lost": len(lost),
        "twice": len(twice),
        "wrong": len(wrong) + len(stray) + len(other) + len(uneven),
        "examples": {
            "lost": lost[:3],
            "twice": twice[:3],
            "wrong": wrong[:3],
            "stray": stray[:3],
            "not what the log says": other[:3],
            "revisions": uneven[:3],
        },
    }


def uneven_revisions(outcomes: Iterable[dict[str, Any]]) -> list[tuple[str, list[int]]]:
    """Find the articles whose revisions are not 1 to n, each once."""
    revisions: dict[str, list[int]] = defaultdict(list)
    for one in outcomes:
        if one["event"] in {"created", "updated"}:
            revisions[one["article_id"]].append(one["revision"])
    return [
        (article, sorted(found))
        for article, found in revisions.items()
        if sorted(found) != list(range(1, len(found) + 1))
    ]


def is_right(number: int, found: list[dict[str, Any]]) -> bool:
    """Say whether the outcomes of a text are such as its kind allows; flickering ones may have failed."""
    articles = [one["article_id"] for one in found if one["event"] == "created"]
    repeats = [one["article_id"] for one in found if one["event"] == "duplicate"]
    letters = [one for one in found if one["event"] == "dead-letter"]
    if number % FLICKERING == 0:
        return (
            len(articles) + len(repeats) + len(letters) == len(found)
            and len(articles) <= 1
            and set(repeats) <= set(articles)
        )
    if kind_of(number) == "update":
        # Where the worker with the first state was killed, the next one may come first; what is superseded has no article.
        changed = [one for one in found if one["event"] == "updated" or one.get("reason") == "superseded"]
        return len(articles) == 1 and not repeats and len(changed) == len(found) - 1
    if kind_of(number) == "near":  # a copy that is changed too much is an article of its own
        return len(articles) + len(repeats) == len(found) and set(repeats) <= set(articles)
    return len(articles) == 1 and repeats == articles
