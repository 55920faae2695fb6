"""A folder for the state of each worker that shares a volume: the first free folder, held by a file lock.

The kernel releases the lock when the process ends, even after a crash. A restarted worker therefore takes over a
folder as it is. The folder is a cache; this module does not read it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".lock"


@contextmanager
def claimed_folder(data_dir: Path, stage: str) -> Iterator[Path]:
    """Hold the folder `data_dir/stage-N` with the lowest N that is free; StageError if no folder can be made.

    flock(2) works between containers that mount the same volume of one machine. Two machines should not share one.
    """
    try:
        folder, lock = _claim(data_dir, stage)
    except OSError as error:
        raise StageError(
            f"{stage}: cannot create a folder for its state in {data_dir} (CHISTOVIK_DATA_DIR): {error}"
        ) from None
    try:
        yield folder
    finally:
        os.close(lock)


def _claim(data_dir: Path, stage: str) -> tuple[Path, int]:
    for number in count(1):
        folder = data_dir / f"{stage}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        except OSError:
            os.close(lock)
            raise
        else:
            return folder, lock
    raise AssertionError


def sibling_folders(folder: Path) -> list[Path]:
    """Return the folders of the stage's other workers, held or free."""
    stage, _, _ = folder.name.rpartition("-")
    return sorted(other for other in folder.parent.glob(f"{stage}-*") if other != folder and other.is_dir())
