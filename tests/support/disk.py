"""A small disk that becomes full, and larger again: a tmpfs of its own."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILLER = "filler"


@dataclass(frozen=True)
class Disk:
    """A mounted folder."""

    folder: Path

    def fill(self) -> None:
        """Take all space that is left."""
        with (self.folder / FILLER).open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def clear(self) -> None:
        """Give the space back."""
        (self.folder / FILLER).unlink()

    def grow(self, kib: int) -> None:
        """Make it larger; nothing on it changes."""
        subprocess.run(["mount", "-o", f"remount,size={kib}k", str(self.folder)], check=True, capture_output=True)


def why_no_disk(folder: Path) -> str | None:
    """Say why no disk can be mounted here, None where one can."""
    try:
        with small_disk(folder, 64):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no disk can be mounted here (root may): {error}"


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Disk]:
    """Mount a disk of so many KiB until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)
