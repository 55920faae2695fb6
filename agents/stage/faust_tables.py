"""What our Faust tables have in common: all their state is the changelog's, and their writes can be waited for."""
# ruff: noqa: FBT001, FBT002 — Faust's signatures

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust
from faust.stores.base import Store
from faust.tables import TableManager

from pipeline.topics.traceparent import TRACEPARENT

if TYPE_CHECKING:
    from faust.types import TP


class PromptTables(TableManager):
    """Announces its tables at once: Faust waits for a second first, for nothing that our apps do."""

    async def on_start(self) -> None:
        """Register the tables, and be ready to recover them."""
        await self._update_channels()
        await self.recovery.start()


class ChangelogStore(Store[bytes, bytes]):
    """A store that keeps nothing on disk."""

    async def backup_partition(
        self,
        tp: TP | int,
        flush: bool = True,
        purge: bool = False,
        keep: int = 1,
    ) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the backup."""

    def reset_state(self) -> None:
        """Do nothing: no state is on disk."""

    def set_persisted_offset(self, tp: TP, offset: int) -> None:
        """Do nothing; see `persisted_offset`."""


class AwaitedTable(faust.Table[bytes, bytes]):
    """A table that remembers what it sent last."""

    sent: Any = None

    def send_changelog(
        self,
        partition: int | None,
        key: Any,
        value: Any,
        key_serializer: Any = None,
        value_serializer: Any = None,
        *,
        traceparent: bytes | None = None,
    ) -> Any:
        """Remember what is sent, so that a batch can wait for it: Faust forgets it, and `flush` ignores failures.

        Whoever has a `traceparent` calls this: a write by the key has no place for it.
        """
        if traceparent is None:
            self.sent = super().send_changelog(partition, key, value, key_serializer, value_serializer)
            return self.sent
        # Faust's own takes no headers; else the same
        self.sent = self.changelog_topic.send_soon(
            key=key,
            value=value,
            partition=partition,
            headers={TRACEPARENT: traceparent},
            key_serializer=key_serializer or self.key_serializer,
            value_serializer=value_serializer or self.value_serializer,
            callback=self._on_changelog_sent,
            eager_partitioning=True,
        )
        return self.sent
