"""The profiles of hosts in Faust: a table whose changelog is the topic `profiles`, and a store that is bounded.

The content of a profile is defined in `pipeline/document/profile.py`. A profile is an opinion: a lost or broken one
counts as empty, and only a failed write ends the stage.
"""
# ruff: noqa: ARG002 — Faust's signatures

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import structlog

from agents.stage.faust_app import raw_topic
from agents.stage.faust_tables import AwaitedTable, ChangelogStore
from pipeline.records.profile import EMPTY, Profile, read_profile
from pipeline.records.wire import encode
from pipeline.topics import PAGES, PROFILES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    import faust
    from faust.types import TP

    from agents.kafka import Connection

HOSTS = 500  # of a partition, 24 KB each at most; of more, those that were not learned of for longest are forgotten
log = structlog.get_logger("chistovik")


def profile_key(partition: int, host: str) -> bytes:
    """Spell a host and the partition of its pages as a key of `profiles`."""
    return b"%d:%s" % (partition, host.encode("utf-8", "surrogatepass"))


def partition_of(key: bytes) -> int:
    """Read the partition from a key; ValueError where it is none."""
    return int(key.partition(b":")[0])


class ProfileStore(ChangelogStore):
    """A Faust store of profiles by partition, those learned of last at the end; open once it is recovered."""

    def __post_init__(self) -> None:
        self.kept: dict[int, OrderedDict[bytes, bytes]] = {}
        self.open: set[int] = set()

    def of(self, partition: int) -> OrderedDict[bytes, bytes]:
        """Return the profiles of a partition."""
        return self.kept.setdefault(partition, OrderedDict())

    def __getitem__(self, key: bytes) -> bytes:
        return self.of(partition_of(key))[key]

    def __setitem__(self, key: bytes, value: bytes) -> None:
        found = self.of(partition_of(key))
        found[key] = value
        found.move_to_end(key)

    def __delitem__(self, key: bytes) -> None:
        self.of(partition_of(key)).pop(key, None)

    def __iter__(self) -> Iterator[bytes]:
        return iter([key for found in self.kept.values() for key in found])

    def __len__(self) -> int:
        return sum(map(len, self.kept.values()))

    def _clear(self) -> None:
        self.kept.clear()
        self.open.clear()

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Take over what the changelog holds, unread: whoever needs a profile reads it, or an empty one."""
        for event in batch:
            message = event.message
            found = self.of(message.partition)
            found.pop(message.key, None)
            if message.value is not None and message.key is not None:
                found[message.key] = message.value
                if len(found) > HOSTS * 2:  # a log that is not compacted yet
                    found.popitem(last=False)

    def persisted_offset(self, tp: TP) -> int | None:
        """Say that nothing is on disk: Faust reads from the start, or from where its last recovery ended."""
        return None

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget the profiles of partitions that go or come, and close all.

        Of a partition that stays with us Faust recovers only what was written since its last recovery.
        """
        stays = {tp.partition for tp in assigned - newly_assigned if tp.topic == self._changelog}
        self.kept = {partition: found for partition, found in self.kept.items() if partition in stays}
        self.open.clear()

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Open the partitions that are ours."""
        self.open |= {tp.partition for tp in active_tps if tp.topic == self._changelog}

    @property
    def _changelog(self) -> str:
        return str(self.table.changelog_topic.get_topic_name())


class ProfileTable(AwaitedTable):
    """A table of profiles, each written to the partition of its host's pages."""

    def _new_store(self) -> ProfileStore:
        return ProfileStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    def partition_for_key(self, key: bytes) -> int:
        """Return the partition of the host's pages: by the key's hash another worker would recover the profile."""
        return partition_of(key)


class FaustProfiles:
    """The profiles of the stage `clean`, in a Faust table."""

    def __init__(self, app: faust.App, prefix: str) -> None:
        changelog = raw_topic(app, prefix, PROFILES, internal=True, acks=False, maxsize=131_072)
        self.table = ProfileTable(
            app,
            name=PROFILES.name,
            key_type=bytes,
            value_type=bytes,
            partitions=PROFILES.partitions,
            changelog_topic=changelog,
        )
        app.tables.add(self.table)

    @property
    def store(self) -> ProfileStore:
        """The store behind the table."""
        store = self.table.data
        if not isinstance(store, ProfileStore):
            raise TypeError(f"the table has a {type(store).__name__}")
        return store

    def profile(self, partition: int, host: str) -> Profile:
        """Return what is known of a host."""
        value = self.store.of(partition).get(profile_key(partition, host))
        return EMPTY if value is None else read_profile(value)

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Write a profile to the changelog, and let go of the oldest one where there are too many.

        Not where the partition was taken from us, or was recovered while the batch was in hand and knows more.
        """
        found = self.store.of(partition)
        if partition not in self.store.open or self.profile(partition, host).version >= profile.version:
            return asyncio.sleep(0)
        self.table[profile_key(partition, host)] = encode(profile)
        sent: list[Awaitable[object]] = [self.table.sent]
        while len(found) > HOSTS:
            del self.table[next(iter(found))]
            sent.append(self.table.sent)
        return asyncio.gather(*sent)


async def can_be_kept(connection: Connection, prefix: str) -> bool:
    """Say whether `profiles` has the partitions of `pages`: else Faust gives them to different workers."""
    names = [prefix + topic.name for topic in (PAGES, PROFILES)]
    async with connection.admin(first=False) as admin:
        described = await admin.describe_topics(names)
    partitions = {one["topic"]: len(one["partitions"]) for one in described}
    pages, profiles = (partitions.get(name, 0) for name in names)
    if pages != profiles:
        log.warning("no host profiles", why=f"{names[0]} has {pages} partitions, {names[1]} has {profiles}")
    return pages == profiles
