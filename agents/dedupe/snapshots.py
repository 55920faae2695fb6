"""Ledgers on disk, so that a restart reads only newer verdicts. A cache: a snapshot that does not match is ignored."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from agents.dedupe.files import sync_folder
from agents.dedupe.folders import sibling_folders
from agents.dedupe.segments import SegmentFiles
from pipeline.verdict.snapshot import ChangelogPosition, pack, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.verdict.ledger import Ledger

log = structlog.get_logger("chistovik")


@dataclass(frozen=True, slots=True)
class Snapshots:
    """One file per partition of a topic, in this worker's folder, and one for each segment of older claims.

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
                return self._unpacked(path, partition)
            except FileNotFoundError:  # its owner has deleted it meanwhile
                continue
            except (OSError, ValueError) as error:
                log.warning("snapshot not used", file=str(path), why=str(error))
        return None

    def _unpacked(self, path: Path, partition: int) -> tuple[Ledger, int]:
        """Read a snapshot; again if its owner has replaced it and deleted its segments meanwhile."""
        while True:
            found, segments = path.stat(), partial(self._files(partition).read, folder=path.parent)
            data = path.read_bytes()
            try:
                return unpack(data, topic=self.topic, topic_id=self.topic_id, partition=partition, segments=segments)
            except FileNotFoundError as error:
                now = path.stat()
                if (now.st_ino, now.st_mtime_ns) == (found.st_ino, found.st_mtime_ns):
                    raise ValueError(f"its segment {error.filename} is missing") from None

    def _files(self, partition: int) -> SegmentFiles:
        return SegmentFiles(self.folder, f"{self.topic}-{partition}")

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

    def seal(self, ledger: Ledger) -> None:
        """Move the claims in memory to a segment if they are many. On failure they stay there, and it is logged."""
        try:
            self._seal(ledger)
        except OSError as error:
            log.warning("claims stay in memory: segment not written", folder=str(self.folder), why=str(error))

    def _seal(self, ledger: Ledger) -> int:
        """Move the claims in memory to a segment if they are many; return its size in bytes, 0 if there is none."""
        claims = ledger.claims
        if not claims.is_full:
            return 0
        claims.put_off()  # if writing fails
        self.folder.mkdir(parents=True, exist_ok=True)
        segment = self._files(ledger.partition).write(claims.packed())
        claims.seal(segment)
        return len(segment.data)

    def write(self, ledger: Ledger, offset: int) -> int:
        """Write a snapshot to a new file, and replace the old one by it; return the size in bytes, or 0 on failure."""
        path, files = self.path(ledger.partition), self._files(ledger.partition)
        beside = path.with_suffix(".new")  # one name: a leftover of a crash is overwritten; a mixture fails its digest
        position = ChangelogPosition(
            topic=self.topic, topic_id=self.topic_id, partition=ledger.partition, offset=offset
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            size = self._seal(ledger) + files.keep(ledger.claims.sealed.segments)
            parts = pack(ledger, position)
            with beside.open("wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            sync_folder(self.folder)
            files.clean(ledger.claims.sealed.segments)  # only now, because the old snapshot may need the others
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            log.warning("snapshot not written", file=str(path), why=str(error))
            return 0
        return size + sum(map(len, parts))
