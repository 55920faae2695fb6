"""A folder a worker: the lowest that is free, let go of with the process, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from agents.dedupe.folders import claimed_folder, sibling_folders
from agents.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from agents.dedupe.folders import claimed_folder
with claimed_folder(Path(sys.argv[1]), "dedupe") as folder:
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def holder(place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_workers_that_share_a_volume_have_a_folder_each_and_the_lowest_free_one_is_next(tmp_path: Path) -> None:
    with ExitStack() as first, ExitStack() as others:
        names = [first.enter_context(claimed_folder(tmp_path, "dedupe")).name]
        names += [others.enter_context(claimed_folder(tmp_path, "dedupe")).name for _ in range(2)]
        assert names == ["dedupe-1", "dedupe-2", "dedupe-3"]
        assert others.enter_context(claimed_folder(tmp_path, "clean")).name == "clean-1"
        first.close()
        assert others.enter_context(claimed_folder(tmp_path, "dedupe")).name == "dedupe-1"


def test_a_worker_that_is_killed_leaves_its_folder_to_the_next_with_what_is_in_it(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "dedupe-1\n"
        (tmp_path / "dedupe-1" / "state").write_text("kept")
        with claimed_folder(tmp_path, "dedupe") as beside:
            assert beside.name == "dedupe-2"
            assert sibling_folders(beside) == [tmp_path / "dedupe-1"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with claimed_folder(tmp_path, "dedupe") as folder:
        assert (folder / "state").read_text() == "kept"
        assert sibling_folders(folder) == [tmp_path / "dedupe-2"]


def test_a_process_that_a_worker_starts_does_not_hold_the_folder_after_it(tmp_path: Path) -> None:
    with claimed_folder(tmp_path, "dedupe"):
        child = subprocess.Popen(["sleep", "60"])
    try:
        with claimed_folder(tmp_path, "dedupe") as folder:
            assert folder.name == "dedupe-1"
    finally:
        child.kill()
        child.wait()


def test_a_file_in_the_place_of_a_folder_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "dedupe-1").write_text("")
    with pytest.raises(StageError, match=r"^dedupe: cannot create a folder .* \(CHISTOVIK_DATA_DIR\): .*dedupe-1"):
        claimed_folder(tmp_path, "dedupe").__enter__()
