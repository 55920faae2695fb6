"""Ledgers on disk, so that a restart reads only newer verdicts. A cache: a snapshot that does not match is ignored."""

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
    """One file per partition of a topic, in this worker's folder.

    Partitions move from worker to worker, so the other workers' folders are read too. Only our own folder is written.
    """

    folder: Path
    topic: str  # full name, with the prefix
    topic_id: str

    def path(self, partition: int) -> Path:
        """Return the path of a partition's file."""
        return self.folder / f"{self.topic}-{partition}.snapshot"

    def read(self, partition: int) -> tuple[Ledger, int] | None:
        """Return the newest ledger that matches, and the changelog offset that it covers; None if there is none.

        A snapshot that does not match is logged, and the next older one is tried.
        """
        for path in self._newest_first(partition):
            try:
                return unpack(path.read_bytes(), topic=self.topic, topic_id=self.topic_id, partition=partition)
            except FileNotFoundError:  # its owner has deleted it meanwhile
                continue
            except (OSError, ValueError) as error:
                log.warning("snapshot not used", file=str(path), why=str(error))
        return None

    def refuse(self, partition: int, why: str) -> None:
        """Log that the snapshot of a partition is not used although it was readable."""
        log.warning("snapshot not used: all verdicts are read", partition=partition, why=why)

    def _newest_first(self, partition: int) -> list[Path]:
        by_time: list[tuple[int, Path]] = []
        for folder in (self.folder, *sibling_folders(self.folder)):
            path = folder / self.path(partition).name
            with suppress(FileNotFoundError, NotADirectoryError):
                by_time.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(by_time, reverse=True)]

    def write(self, ledger: Ledger, offset: int) -> int:
        """Write a snapshot to a new file, and replace the old one by it; return the size in bytes, or 0 on failure."""
        path = self.path(ledger.partition)
        beside = path.with_suffix(".new")  # one name: a leftover of a crash is overwritten; a mixture fails its digest
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
        """Sync the folder, so that the new name survives a power failure."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
