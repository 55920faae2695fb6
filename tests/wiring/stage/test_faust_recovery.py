"""Rebalances may come at any moment of a recovery, one soon after another: no worker ends, no profile is missing."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP

from agents.clean.profiles import FaustProfiles, profile_key
from agents.kafka import Connection
from agents.settings import Settings
from agents.stage.faust_app import new_app
from tests.support.patience import until
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TPS = [TP("news.profiles", number) for number in range(4)]
LENGTH = 6  # records in the changelog of a partition


class Recovered:
    """The table of `clean`, and a consumer of its changelog that takes a few turns of the event loop for each answer."""

    def __init__(self, dice: random.Random, folder: Path) -> None:
        self.dice = dice
        app: Any = new_app("clean", Settings(), Connection(brokers=nobody()), data_dir=folder)
        self.app, self.profiles = app, FaustProfiles(app, "news.")
        self.ours: set[TP] = set()
        self.position: dict[TP, int] = {}
        self.resumed: set[TP] = set()
        self.logs = {
            tp: [(profile_key(tp.partition, f"{dice.randrange(4)}.example"), b"%d" % one) for one in range(LENGTH)]
            for tp in TPS
        }
        app.assignor.assigned_standbys = set
        app.assignor.assigned_actives = lambda: set(self.ours)
        app._producer = None
        app._fetcher = SimpleNamespace(maybe_start=self.turns, stop=self.turns)
        consumer = app.consumer
        consumer.assignment = lambda: set(self.ours)
        consumer.highwaters, consumer.earliest_offsets = self.ends, self.begins
        consumer.seek_wait, consumer.perform_seek = self.seek, self.turns
        consumer.resume_partitions = self.resumed.update
        consumer.pause_partitions = self.resumed.difference_update

    async def turns(self, *_: Any) -> None:
        for _ in range(self.dice.randrange(6)):
            await asyncio.sleep(0)

    async def ends(self, *tps: TP) -> dict[TP, int]:
        await self.turns()
        return dict.fromkeys(tps, LENGTH)

    async def begins(self, *tps: TP) -> dict[TP, int]:
        await self.turns()
        return dict.fromkeys(tps, 0)

    async def seek(self, positions: Mapping[TP, int | None]) -> None:
        for tp, offset in positions.items():
            if offset is None or offset < 0:
                raise ValueError("Offset must be a positive integer")  # as aiokafka does
            if tp not in self.ours:
                raise IllegalStateError(f"No current assignment for partition {tp}")
            self.position[tp] = offset
        await self.turns()

    async def fetch(self) -> None:
        while True:
            await self.turns()
            await asyncio.sleep(0)
            for tp in sorted(self.ours & self.resumed & self.position.keys()):
                offset = self.position[tp]
                if offset < LENGTH and self.app.consumer.flow_active:
                    key, value = self.logs[tp][offset]
                    message = SimpleNamespace(tp=tp, partition=tp.partition, offset=offset, key=key, value=value)
                    self.position[tp] += 1
                    await self.app.tables.changelog_queue.put(SimpleNamespace(message=message))

    async def rebalance(self, assigned: set[TP], *, overtaken: bool) -> None:
        """Do as Faust does when partitions are revoked, and then as it does when they are assigned."""
        self.app.tables.on_partitions_revoked(self.ours)
        if self.ours:
            self.app.consumer.stop_flow()
            self.app.flow_control.suspend()
            self.app.consumer.pause_partitions(self.ours)
            self.app.flow_control.clear()
        await self.turns()
        before, self.ours = self.ours, assigned
        for tp in TPS:
            if tp not in assigned:
                self.position.pop(tp, None)
        self.app.consumer_generation_id += 1
        generation = self.app.consumer_generation_id
        if overtaken:  # Faust leaves this one out, because the next has begun
            self.app.consumer_generation_id += 1
        await self.app.tables.on_rebalance(assigned, before - assigned, assigned - before, generation)

    def whole(self) -> bool:
        """Return whether the profiles of all our partitions are open, and those of the changelog."""
        store, ours = self.profiles.store, [tp.partition for tp in self.ours]
        return store.open == set(ours) and all(
            dict(store.of(number)) == dict(self.logs[TPS[number]]) for number in ours
        )


@pytest.mark.parametrize("seed", range(60))
async def test_a_rebalance_at_any_moment_of_a_recovery_ends_no_worker_and_loses_no_profile(tmp_path: Path, seed: int):
    dice = random.Random(seed)
    play = Recovered(dice, tmp_path)
    recovery = play.app.tables.recovery
    fetching = asyncio.create_task(play.fetch())
    await play.app.tables.recovery.start()
    try:
        for number in range(12):
            last = number == 11
            await play.rebalance({tp for tp in TPS if dice.random() < 0.6}, overtaken=not last and dice.random() < 0.3)
            for _ in range(dice.choice([0, 5, 10, 20, 40, 80])):
                await asyncio.sleep(0)
            assert not recovery.crashed, recovery.crash_reason
        await until(play.whole)
        assert not recovery.crashed, recovery.crash_reason
    finally:
        fetching.cancel()
        await recovery.stop()
