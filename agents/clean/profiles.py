"""The profiles of hosts in Faust: a table whose changelog is the topic `profiles`, and a store of limited size.

The content of a profile is defined in `pipeline/document/profile.py`. Profiles are not essential: a lost or broken
profile counts as empty, and only a failed write ends the stage.
"""
# ruff: noqa: ARG002 — Faust's signatures

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import structlog

from agents.clean.learning import HOSTS, prepare
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

DECODED = 6 << 20  # bytes of profiles, as encoded, that are kept decoded; they take four times as much
log = structlog.get_logger("chistovik")


def profile_key(partition: int, host: str) -> bytes:
    """Return the key of `profiles` for a host and the partition of its pages."""
    return b"%d:%s" % (partition, host.encode("utf-8", "surrogatepass"))


def partition_of(key: bytes) -> int:
    """Return the partition in a key of `profiles`; ValueError if the key has none."""
    return int(key.partition(b":")[0])


class ProfileStore(ChangelogStore):
    """A Faust store of profiles by partition, the last updated at the end. A partition is open after its recovery."""

    def __post_init__(self) -> None:
        self.kept: dict[int, OrderedDict[bytes, bytes]] = {}
        self.open: set[int] = set()
        self.ours: set[int] = set()
        self.whole: set[int] = set()  # partitions that were recovered, and have stayed with us since

    def of(self, partition: int) -> OrderedDict[bytes, bytes]:
        """Return the profiles of a partition."""
        return self.kept.setdefault(partition, OrderedDict())

    def __getitem__(self, key: bytes) -> bytes:
        return self.of(partition_of(key))[key]

    def __setitem__(self, key: bytes, value: bytes) -> None:
        profiles = self.of(partition_of(key))
        profiles[key] = value
        profiles.move_to_end(key)

    def __delitem__(self, key: bytes) -> None:
        self.of(partition_of(key)).pop(key, None)

    def __iter__(self) -> Iterator[bytes]:
        return iter([key for profiles in self.kept.values() for key in profiles])

    def __len__(self) -> int:
        return sum(map(len, self.kept.values()))

    def _clear(self) -> None:
        self.kept.clear()
        self.open.clear()
        self.whole.clear()

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Store records of the changelog without decoding them. `profile` decodes, and reads a broken one as empty."""
        for event in batch:
            message = event.message
            profiles = self.of(message.partition)
            profiles.pop(message.key, None)
            if message.value is not None and message.key is not None:
                profiles[message.key] = message.value
                if len(profiles) > HOSTS * 2:  # the log is not compacted yet
                    profiles.popitem(last=False)

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None if the profiles of the partition are whole: Faust goes on behind its last recovery. Else -1.

        With -1 it reads the changelog from its start. With None it goes on from any offset that it remembers, even from
        before a rebalance in which the partition was taken away and which another one overtook.
        """
        return None if tp.partition in self.whole else -1

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Drop the profiles of revoked and newly assigned partitions, and close all partitions.

        Profiles of a partition that stays with us are kept, because Faust recovers only its newer records.
        """
        self.ours = {tp.partition for tp in assigned if tp.topic == self._changelog}
        stays = self.ours - {tp.partition for tp in newly_assigned if tp.topic == self._changelog}
        self.whole &= stays
        self.kept = {partition: profiles for partition, profiles in self.kept.items() if partition in stays}
        self.open.clear()

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Open the partitions that were recovered, but for those that a rebalance has just taken away."""
        recovered = self.ours & {tp.partition for tp in active_tps if tp.topic == self._changelog}
        self.whole |= recovered
        self.open |= recovered

    @property
    def _changelog(self) -> str:
        return str(self.table.changelog_topic.get_topic_name())


class ProfileTable(AwaitedTable):
    """A table of profiles, each written to the partition of its host's pages."""

    def _new_store(self) -> ProfileStore:
        return ProfileStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    def partition_for_key(self, key: bytes) -> int:
        """Return the partition of the host's pages. By a hash of the key, another worker would recover the profile."""
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
        self._decoded: OrderedDict[bytes, tuple[bytes, Profile]] = OrderedDict()  # with the bytes of each
        self._size = 0  # of these bytes
        threading.Thread(target=prepare, name="profiles", daemon=True).start()  # while the stage joins its group

    @property
    def store(self) -> ProfileStore:
        """The store behind the table."""
        store = self.table.data
        if not isinstance(store, ProfileStore):
            raise TypeError(f"the table has a {type(store).__name__}")
        return store

    def profile(self, partition: int, host: str) -> Profile:
        """Return the profile of a host; an empty profile if the host is unknown."""
        key = profile_key(partition, host)
        value = self.store.of(partition).get(key)
        if value is None:
            return EMPTY
        known = self._decoded.get(key)
        if known is not None and known[0] is value:
            self._decoded.move_to_end(key)
            return known[1]
        return self._remember(key, value, read_profile(value))

    def _remember(self, key: bytes, value: bytes, profile: Profile) -> Profile:
        """Keep a decoded profile: decoding one takes as long as cleaning a short page."""
        self._size += len(value) - len(self._decoded.pop(key, (b"",))[0])
        self._decoded[key] = value, profile
        while self._size > DECODED:
            _, (oldest, _) = self._decoded.popitem(last=False)
            self._size -= len(oldest)
        return profile

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Write a profile to the changelog, and delete the oldest profiles if there are too many.

        Do nothing if the partition was revoked, or if it was recovered during the batch and has a newer profile.
        """
        profiles = self.store.of(partition)
        if partition not in self.store.open or self.profile(partition, host).version >= profile.version:
            return asyncio.sleep(0)
        key, value = profile_key(partition, host), encode(profile)
        self.table[key] = value
        self._remember(key, value, profile)
        sent: list[Awaitable[object]] = [self.table.sent]
        while len(profiles) > HOSTS:
            del self.table[next(iter(profiles))]
            sent.append(self.table.sent)
        return asyncio.gather(*sent)


async def can_be_kept(connection: Connection, prefix: str) -> bool:
    """Return whether `profiles` has as many partitions as `pages`; if not, Faust gives them to different workers."""
    names = [prefix + topic.name for topic in (PAGES, PROFILES)]
    async with connection.admin(first=False) as admin:
        described = await admin.describe_topics(names)
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    pages, profiles = (partitions.get(name, 0) for name in names)
    if pages != profiles:
        log.warning("no host profiles", why=f"{names[0]} has {pages} partitions, {names[1]} has {profiles}")
    return pages == profiles
