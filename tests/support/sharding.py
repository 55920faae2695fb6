"""A model, no part of Chistovik: how the documents of one language could be decided by several processes.

A document has keys, as the bands of its fingerprint are; each key belongs to a shard, and each shard has a log and one
owner. A document visits the shards of its keys in ascending order. A shard decides in the order of its log: where a
near copy has claimed a key before, the document has lost and goes no further; else it claims its keys there and is
sent on. What was claimed by all of its shards is an article.

Two near copies share a key, so they meet: at the first shard that holds a key of both. Neither can have claimed there
after losing elsewhere, so whoever comes second loses. A loser's rival may lose too, but only at a later shard; so the
way from rival to rival ends, at an article, after no more steps than there are shards (the argument of ordered locks).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Text(NamedTuple):
    """A document, by its number and its keys."""

    number: int
    keys: frozenset[int]


def one_ledger(texts: Sequence[Text], near: Callable[[Text, Text], bool]) -> dict[int, int | None]:
    """Decide in one order, as today: what each document is a copy of, by number; None for an article."""
    found: dict[int, int | None] = {}
    for place, text in enumerate(texts):
        rivals = [one.number for one in texts[:place] if one.keys & text.keys and near(one, text)]
        found[text.number] = rivals[0] if rivals else None
    return found


@dataclass
class Shard:
    """A log of documents that arrive, once or more often, and a changelog with a decision on each."""

    log: list[Text] = field(default_factory=list)
    changelog: list[int | None] = field(default_factory=list)  # by log offset: the rival that was there before
    committed: int = 0
    position: int = 0
    decided: dict[int, int | None] = field(default_factory=dict)  # by document, of the part that was read back
    claimed: list[Text] = field(default_factory=list)


class Shards:
    """So many shards; what happens when is the caller's choice."""

    def __init__(self, count: int, near: Callable[[Text, Text], bool]) -> None:
        self.shards = [Shard() for _ in range(count)]
        self.near = near
        self.outcomes: dict[int, set[tuple[int | None, int]]] = {}  # by document: (rival or None, the last shard)

    def of(self, key: int) -> int:
        """Return the shard of a key."""
        return key * 2_654_435_761 % (1 << 32) * len(self.shards) >> 32

    def route(self, text: Text) -> list[int]:
        """Return the shards that a document visits, in their order."""
        return sorted({self.of(key) for key in text.keys})

    def after(self, text: Text, number: int) -> int | None:
        """Return the shard that a document visits after one, None after the last."""
        route = self.route(text)
        return next(iter(route[route.index(number) + 1 :]), None)

    def enter(self, text: Text) -> None:
        """Send a document to its first shard; it may be sent twice."""
        self.shards[self.route(text)[0]].log.append(text)

    def step(self, number: int, *, dies_after: int = 9) -> bool:
        """Let a shard decide on the next of its log, or die after so many of its writes; False where nothing waits."""
        shard = self.shards[number]
        if shard.position == len(shard.log):
            return False
        text = shard.log[shard.position]
        if dies_after == 0:
            self.die(number)
            return True
        rival = self._decide(number, shard, text)
        if dies_after == 1:
            self.die(number)
            return True
        on = self.after(text, number)
        if rival is None and on is not None:
            self.shards[on].log.append(text)
        else:
            self.outcomes.setdefault(text.number, set()).add((rival, number))
        if dies_after == 2:
            self.die(number)
            return True
        shard.position += 1
        return True

    def _decide(self, number: int, shard: Shard, text: Text) -> int | None:
        """Repeat the decision on a place of the log, or on a document; else decide, and write it down."""
        if shard.position < len(shard.changelog):
            return shard.changelog[shard.position]
        rival = self._rival(number, shard, text)
        shard.changelog.append(rival)
        self._learn(shard, text, rival)
        return rival

    def _rival(self, number: int, shard: Shard, text: Text) -> int | None:
        if text.number in shard.decided:
            return shard.decided[text.number]
        for one in shard.claimed:
            if any(self.of(key) == number for key in one.keys & text.keys) and self.near(one, text):
                return one.number
        return None

    def _learn(self, shard: Shard, text: Text, rival: int | None) -> None:
        if text.number not in shard.decided:
            shard.decided[text.number] = rival
            if rival is None:
                shard.claimed.append(text)

    def commit(self, number: int) -> None:
        """Let a shard commit how far it has come."""
        self.shards[number].committed = self.shards[number].position

    def die(self, number: int) -> None:
        """Let a shard's owner die; the next one reads the changelog back and goes on from what was committed."""
        shard = self.shards[number]
        shard.decided, shard.claimed, shard.position = {}, [], shard.committed
        for text, rival in zip(shard.log, shard.changelog, strict=False):
            self._learn(shard, text, rival)

    def drain(self) -> None:
        """Let all shards finish."""
        while any(self.step(number) for number in range(len(self.shards))):
            pass


def visits(shards: int, keys: int) -> float:
    """Return how many of the shards a document visits on average."""
    return shards * (1 - (1 - 1 / shards) ** keys)
