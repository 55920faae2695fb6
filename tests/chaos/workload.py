"""Pages whose right outcomes are known: each text twice, from two outlets; and the judgement of what came out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.chaos.flicker import MARK

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

START = datetime(2031, 1, 6, tzinfo=UTC)
FLICKERING = 50  # one text in so many
# A sentence in each group of scripts, so that every partition of `documents` has work.
_SENTENCES = (
    (
        "В посёлке {place} {day} января открыли мост номер {number}, сообщила районная газета. "
        "На открытие пришли {guests} человек, работы заняли {weeks} недель."
    ),
    (
        "A bridge with the number {number} was opened near {place} on {day} January, the local paper said. "
        "Some {guests} people came to see it, and the work had taken {weeks} weeks."
    ),
    (
        "Στις {day} Ιανουαρίου άνοιξε στην περιοχή {place} η γέφυρα με αριθμό {number}, έγραψε η τοπική εφημερίδα. "
        "Ήρθαν να τη δουν {guests} άνθρωποι, και το έργο κράτησε {weeks} εβδομάδες."
    ),
)
_PLACES = ("Ясное", "Тихое", "Заречье", "Harbour", "Merrow", "Tarn", "Λίμνη", "Πέτρα")


def text_of(number: int, dice: random.Random) -> str:
    """Write a short article that no other number has, in one of the languages."""
    sentence = _SENTENCES[number % len(_SENTENCES)]
    return "\n".join(
        sentence.format(
            place=dice.choice(_PLACES),
            day=part + 1,
            number=number,
            guests=dice.randrange(20, 900),
            weeks=dice.randrange(2, 40),
        )
        for part in range(3)
    )


@dataclass
class Workload:
    """What is fed: (url, text) pairs; `group` says which pages share a text."""

    pages: list[tuple[str, str]]
    group: list[int]
    fed: dict[tuple[int, int], int] = field(default_factory=dict)  # (partition, offset) → number of the page

    @classmethod
    def of(cls, count: int, dice: random.Random) -> Workload:
        """Make pages, half of them repeats of the other half, in mixed order."""
        made = []
        for number in range(count // 2):
            text = text_of(number, dice)
            mark = f"{MARK.decode()}-" if number % FLICKERING == 0 else ""
            made += [
                (f"https://{mark}outlet{dice.randrange(40)}.example/{copy}/{number}", text, number) for copy in "ab"
            ]
        dice.shuffle(made)
        return cls([(url, text) for url, text, _ in made], [number for _, _, number in made])

    @staticmethod
    def at(number: int) -> datetime:
        """When a page was fetched."""
        return START + timedelta(seconds=number)


def judge(workload: Workload, outcomes: Mapping[tuple[int, int], list[dict[str, Any]]]) -> dict[str, Any]:
    """Count what is lost, twice and wrong."""
    kinds: dict[str, int] = defaultdict(int)
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for place, number in workload.fed.items():
        for outcome in outcomes.get(place, []):
            kinds[outcome["event"]] += 1
            groups[workload.group[number]].append(outcome)
    lost = [place for place in workload.fed if not outcomes.get(place)]
    twice = [place for place in workload.fed if len(outcomes.get(place, [])) > 1]
    stray = [place for place in outcomes if place not in workload.fed]
    wrong = [number for number, found in groups.items() if not is_right(number, found)]
    return {
        "outcomes": dict(kinds),
        "lost": len(lost),
        "twice": len(twice),
        "wrong": len(wrong) + len(stray),
        "examples": {"lost": lost[:3], "twice": twice[:3], "wrong": wrong[:3], "stray": stray[:3]},
    }


def is_right(number: int, found: list[dict[str, Any]]) -> bool:
    """Say whether the outcomes of a text are one article and one duplicate of it; flickering ones may have failed."""
    articles = [one["article_id"] for one in found if one["event"] == "created"]
    repeats = [one["article_id"] for one in found if one["event"] == "duplicate"]
    letters = [one for one in found if one["event"] == "dead-letter"]
    if number % FLICKERING:
        return len(articles) == 1 and repeats == articles
    return (
        len(articles) + len(repeats) + len(letters) == len(found)
        and len(articles) <= 1
        and set(repeats) <= set(articles)
    )
