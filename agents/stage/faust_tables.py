"""The base of our Faust tables: the changelog holds all their state, and a batch can wait for their writes."""
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
    """Registers its tables at once: Faust waits a second first, which our apps do not need."""

    async def on_start(self) -> None:
        """Register the tables and start their recovery."""
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
        """Do nothing: `persisted_offset` of the subclass knows the offset."""


class AwaitedTable(faust.Table[bytes, bytes]):
    """A table that keeps the future of its last changelog record."""

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
        """Send a changelog record and keep its future in `sent`, so that a batch can wait for it.

        Faust drops the future, and its `flush` ignores failures. To send a `traceparent`, call this method:
        `table[key] = value` cannot carry one.
        """
        if traceparent is None:
            self.sent = super().send_changelog(partition, key, value, key_serializer, value_serializer)
            return self.sent
        # The same call as Faust's own method, which takes no headers
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
