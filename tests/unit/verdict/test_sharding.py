"""How one language could outgrow one core: near copies meet at one shard, and one of them wins, whatever dies."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sharding import Shards, Text, one_ledger, visits

KEYS = 44  # of a fingerprint: pipeline/verdict/lsh.py


def shares(least: int):
    """Say when texts are near copies: they share so many keys."""
    return lambda one, other: len(one.keys & other.keys) >= least


@st.composite
def texts(draw: st.DrawFn) -> list[Text]:
    """Draw texts that have some of few keys, so that many are near copies of several."""
    keys = st.frozensets(st.integers(0, 25), min_size=1, max_size=6)
    return [Text(number, found) for number, found in enumerate(draw(st.lists(keys, min_size=2, max_size=14)))]


@st.composite
def families(draw: st.DrawFn) -> list[Text]:
    """Draw texts in families: each shares half of its keys with all of its own, and none with others."""
    made: list[frozenset[int]] = []
    for family in range(draw(st.integers(1, 5))):
        core = range(family * 1000, family * 1000 + 4)
        for _ in range(draw(st.integers(1, 4))):
            own = draw(st.frozensets(st.integers(family * 1000 + 10, family * 1000 + 999), min_size=4, max_size=4))
            made.append(frozenset(core) | own)
    return [Text(number, keys) for number, keys in enumerate(draw(st.permutations(made)))]


def live(data: st.DataObject, shards: Shards, log: list[Text]) -> None:
    """Let everything happen in an order that is drawn: documents arrive, once or twice; shards decide, commit and die."""
    count, waiting = len(shards.shards), list(log)
    for what in data.draw(st.lists(st.sampled_from(["enter", "again", "step", "step", "commit", "die"]), max_size=120)):
        number = data.draw(st.integers(0, count - 1))
        if what == "enter" and waiting:
            shards.enter(waiting.pop(0))
        elif what == "again":
            shards.enter(data.draw(st.sampled_from(log)))
        elif what == "step":
            shards.step(number, dies_after=data.draw(st.sampled_from([0, 1, 2, 9, 9, 9])))
        elif what == "commit":
            shards.commit(number)
        elif what == "die":
            shards.die(number)
    for text in waiting:
        shards.enter(text)
    shards.drain()


def rivals(shards: Shards) -> dict[int, int | None]:
    """Return what each document is a copy of; a document that was decided in two ways fails here."""
    return {number: rival for number, [(rival, _)] in ((n, list(found)) for n, found in shards.outcomes.items())}


def article(rivals: dict[int, int | None], number: int) -> int:
    """Follow a document from rival to rival to the article."""
    seen = [number]
    while (rival := rivals[seen[-1]]) is not None:
        assert rival not in seen
        seen.append(rival)
    return seen[-1]


@settings(deadline=None)
@given(texts(), st.integers(1, 6), st.integers(1, 3), st.data())
def test_of_two_near_copies_never_both_are_articles_and_each_copy_has_lost_to_one(
    log: list[Text], count: int, least: int, data: st.DataObject
) -> None:
    near, shards = shares(least), Shards(count, shares(least))
    live(data, shards, log)
    found = rivals(shards)
    assert set(found) == {text.number for text in log}
    for one, other in combinations(log, 2):
        assert not (near(one, other) and found[one.number] is None and found[other.number] is None)
    for text in log:
        if (rival := found[text.number]) is not None:
            assert near(text, log[rival])
            [(_, where)] = shards.outcomes[text.number]
            assert where == min(shards.of(key) for key in text.keys & log[rival].keys)  # the first they share
        assert found[article(found, text.number)] is None


@settings(deadline=None)
@given(texts(), st.integers(2, 6), st.data())
def test_the_way_to_the_article_has_no_more_steps_than_there_are_shards(
    log: list[Text], count: int, data: st.DataObject
) -> None:
    shards = Shards(count, shares(1))
    live(data, shards, log)
    found = rivals(shards)
    for text in log:
        steps, number = 0, text.number
        while (rival := found[number]) is not None:
            steps, number = steps + 1, rival
        assert steps <= count


@settings(deadline=None)
@given(families(), st.integers(1, 6), st.data())
def test_families_of_copies_are_those_that_one_ledger_finds_with_one_article_each(
    log: list[Text], count: int, data: st.DataObject
) -> None:
    shards = Shards(count, shares(4))
    live(data, shards, log)
    split, whole = rivals(shards), one_ledger(log, shares(4))

    def grouped(found: dict[int, int | None]) -> set[frozenset[int]]:
        heads = {number: article(found, number) for number in found}
        return {frozenset(n for n, head in heads.items() if head == one) for one in set(heads.values())}

    assert grouped(split) == grouped(whole)
    assert sum(rival is None for rival in split.values()) == sum(rival is None for rival in whole.values())


@settings(deadline=None)
@given(texts(), st.integers(1, 3))
def test_one_shard_in_the_order_of_arrival_is_one_ledger_up_to_which_copy_is_named(log: list[Text], least: int) -> None:
    shards = Shards(1, shares(least))
    for text in log:
        shards.enter(text)
    shards.drain()
    split = rivals(shards)
    claimed: list[Text] = []  # only articles claim here; a ledger also compares with copies
    for text in log:
        rival = next((one.number for one in claimed if shares(least)(one, text)), None)
        assert split[text.number] == rival
        if rival is None:
            claimed.append(text)


def test_in_another_order_of_the_shards_two_copies_could_lose_to_each_other() -> None:
    class Anyhow(Shards):
        def route(self, text: Text) -> list[int]:
            route = super().route(text)
            return route[::-1] if text.number else route

    keys = frozenset(range(8))
    log = [Text(0, keys), Text(1, keys)]
    shards = Anyhow(2, shares(1))
    for text in log:
        shards.enter(text)
    shards.drain()
    assert rivals(shards) == {0: 1, 1: 0}


@pytest.mark.parametrize("count", [2, 4, 16, 64, 256])
def test_a_document_visits_most_shards_until_there_are_more_of_them_than_keys(count: int) -> None:
    dice, shards = random.Random(count), Shards(count, shares(1))
    made = [Text(number, frozenset(dice.sample(range(1 << 20), KEYS))) for number in range(300)]
    visited = sum(len(shards.route(text)) for text in made) / len(made)
    assert visited == pytest.approx(visits(count, KEYS), rel=0.03)
