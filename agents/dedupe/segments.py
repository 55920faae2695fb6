"""Segments of claims on disk: one file each, named by its digest, written once and mapped, never changed.

A file is a part of the snapshots that name it, and a cache as they are. It may be deleted, even while it is mapped;
the next snapshot then writes it again. It must not be truncated: that ends the process which has it mapped.
"""

from __future__ import annotations

import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.dedupe.files import sync_folder
from pipeline.verdict.segments.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

THREADS = 4  # that read segments at once


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The files of one partition in the worker's own folder."""

    folder: Path
    name: str  # topic and partition

    def path(self, digest: str) -> Path:
        """Return the path of a segment."""
        return self.folder / f"{self.name}-{digest}.segment"

    def write(self, parts: Iterable[memoryview | bytes]) -> Segment:
        """Write the parts of a segment, of which the last is its digest; return the segment, mapped from its file."""
        beside = self.folder / f"{self.name}.segment.new"  # one name: a leftover of a crash is overwritten
        try:
            part: memoryview | bytes = b""
            with beside.open("wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            path = self.path(bytes(part).hex())
            beside.replace(path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
        sync_folder(self.folder)
        return _mapped(path, is_new=True)

    def keep(self, segments: Iterable[Segment]) -> int:
        """Write those segments whose files are not in our folder; return the bytes that were written."""
        written = 0
        for segment in segments:
            if not self.path(segment.digest.hex()).exists():
                self.write((segment.data[: -len(segment.digest)], segment.digest))
                written += len(segment.data)
        return written

    def clean(self, segments: Iterable[Segment]) -> None:
        """Delete the files of the partition that hold other segments than these."""
        kept = {self.path(segment.digest.hex()) for segment in segments}
        for path in self.folder.glob(f"{self.name}-{'[0-9a-f]' * 32}.segment"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def read(self, digests: Sequence[str], folder: Path) -> list[Segment]:
        """Map the segments with these digests from a folder, ours or that of another worker, and check them.

        A file of another worker is linked into our folder, because its owner may delete it there.
        """

        def one(digest: str) -> Segment:
            path = folder / self.path(digest).name
            segment = _mapped(path)
            if segment.digest.hex() != digest:
                raise ValueError(f"{path.name} holds the segment {segment.digest.hex()}")
            if folder != self.folder:
                with suppress(OSError):  # another file system: the next snapshot copies it
                    self.path(digest).hardlink_to(path)
            return segment

        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(one, digests))


def _mapped(path: Path, *, is_new: bool = False) -> Segment:
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise ValueError(f"{path.name} is empty")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    segment = Segment(data, is_new=is_new)
    data.madvise(mmap.MADV_DONTNEED)  # pages that only the check has read are not the process's memory
    data.madvise(mmap.MADV_RANDOM)  # a look-up reads single pages
    return segment
