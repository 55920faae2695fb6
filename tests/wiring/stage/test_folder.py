"""The folder for a worker's state: made, or refused with one line that names the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import SettingsError
from agents.stage.faust_app import check_folder


@pytest.mark.parametrize("below", ["", "/x", "/x/y"])
def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    said = r"^CHISTOVIK_DATA_DIR='.*/file.*': this is a file, or is below a file: name a folder"
    with pytest.raises(SettingsError, match=said):
        check_folder(tmp_path / f"file{below}")


def test_a_folder_that_cannot_be_made_is_one_line() -> None:
    with pytest.raises(SettingsError, match=r"^CHISTOVIK_DATA_DIR='/proc/none': .*: name a folder"):
        check_folder(Path("/proc/none"))


def test_the_folder_is_made_and_stays(tmp_path: Path) -> None:
    for _ in range(2):
        check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
