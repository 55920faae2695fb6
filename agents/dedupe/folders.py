"""A folder of state for each worker of a stage that share a volume: the first that nobody holds, claimed by a lock.

The kernel lets go of the lock with the process, however that ends, so a worker that starts anew takes a folder over as
it is. What lies in it is a cache; nothing here reads it.
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
    """Give `data_dir/stage-N` of the lowest N that no other worker holds, and hold it; StageError where none can be.

    flock(2) holds between containers that mount one volume of a machine; two machines should not share one.
    """
    try:
        folder, lock = _claim(data_dir, stage)
    except OSError as error:
        raise StageError(f"{stage}: no folder for its state in {data_dir} (CHISTOVIK_DATA_DIR): {error}") from None
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
    """List the folders of the other workers of the stage, whether anybody holds them or not."""
    stage, _, _ = folder.name.rpartition("-")
    return sorted(one for one in folder.parent.glob(f"{stage}-*") if one != folder and one.is_dir())
