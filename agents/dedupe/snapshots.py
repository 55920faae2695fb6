"""Ledgers on disk, so that a restart reads only what was written since. A cache: what does not fit is left unread."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from agents.dedupe.folders import sibling_folders
from pipeline.verdict.snapshot import ChangelogPosition, pack, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.verdict.ledger import Ledger

log = structlog.get_logger("chistovik")


@dataclass(frozen=True, slots=True)
class Snapshots:
    """One file for each partition of a topic, in a folder of our own.

    A partition goes from worker to worker, so the folders beside ours are read as well; only ours is written to.
    """

    folder: Path
    topic: str  # its full name
    topic_id: str

    def path(self, partition: int) -> Path:
        """Name the file of a partition."""
        return self.folder / f"{self.topic}-{partition}.snapshot"

    def read(self, partition: int) -> tuple[Ledger, int] | None:
        """Return the newest ledger that fits and the changelog offset up to which it stands, None where there is none.

        Each that does not fit is one line; then the next older one is tried.
        """
        for path in self._newest_first(partition):
            try:
                return unpack(path.read_bytes(), topic=self.topic, topic_id=self.topic_id, partition=partition)
            except FileNotFoundError:  # its owner has let go of it meanwhile
                continue
            except (OSError, ValueError) as error:
                log.warning("snapshot not used", file=str(path), why=str(error))
        return None

    def refuse(self, partition: int, why: str) -> None:
        """Say that what was read is not used after all, and why."""
        log.warning("snapshot not used: the verdicts are read whole", partition=partition, why=why)

    def _newest_first(self, partition: int) -> list[Path]:
        found: list[tuple[int, Path]] = []
        for folder in (self.folder, *sibling_folders(self.folder)):
            path = folder / self.path(partition).name
            with suppress(FileNotFoundError, NotADirectoryError):
                found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found, reverse=True)]

    def write(self, ledger: Ledger, offset: int) -> int:
        """Write a snapshot beside the old one and put it in its place; return its bytes, 0 where it could not be."""
        path = self.path(ledger.partition)
        beside = path.with_suffix(".new")  # always: what a kill leaves is written over, and a mixture is refused
        parts = pack(
            ledger,
            ChangelogPosition(topic=self.topic, topic_id=self.topic_id, partition=ledger.partition, offset=offset),
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            self._sync_folder()
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            log.warning("snapshot not written", file=str(path), why=str(error))
            return 0
        return sum(map(len, parts))

    def _sync_folder(self) -> None:
        """Make the new name last over a power cut."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
