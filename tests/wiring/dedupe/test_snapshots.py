"""Snapshots as files: put in place as a whole, one a partition, and never in the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from agents.dedupe.snapshots import Snapshots
from pipeline.verdict.ledger import Ledger
from tests.support.documents import BRIDGE, SNOW, document

if TYPE_CHECKING:
    from pathlib import Path


def ledger(*texts: str) -> Ledger:
    found = Ledger(2)
    for offset, text in enumerate(texts):
        found.judge(document(str(offset), text, offset), offset)
    return found


def test_the_newest_snapshot_is_the_one_that_is_read(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "dedupe", "news.verdicts", "id")
    assert snapshots.read(2) is None
    snapshots.write(ledger(SNOW), 0)
    snapshots.write(ledger(SNOW, BRIDGE), 1)
    read = snapshots.read(2)
    assert read is not None
    assert (read[0].passed, read[1]) == (2, 1)
    assert snapshots.read(1) is None
    assert [file.name for file in snapshots.folder.iterdir()] == ["news.verdicts-2.snapshot"]


def test_the_newest_snapshot_of_all_workers_is_read_whoever_wrote_it(tmp_path: Path) -> None:
    ours, theirs = (Snapshots(tmp_path / f"dedupe-{number}", "news.verdicts", "id") for number in (1, 2))
    ours.write(ledger(SNOW), 0)
    theirs.write(ledger(SNOW, BRIDGE), 1)
    os.utime(ours.path(2), (1, 1))
    read = ours.read(2)
    assert read is not None
    assert (read[0].passed, read[1]) == (2, 1)
    assert ours.write(ledger(SNOW, BRIDGE), 2)
    assert [len(list(one.folder.iterdir())) for one in (ours, theirs)] == [1, 1]


def test_where_the_newest_snapshot_is_broken_the_next_older_one_is_read(tmp_path: Path) -> None:
    ours, theirs = (Snapshots(tmp_path / f"dedupe-{number}", "news.verdicts", "id") for number in (1, 2))
    ours.write(ledger(SNOW), 0)
    os.utime(ours.path(2), (1, 1))
    theirs.write(ledger(SNOW, BRIDGE), 1)
    theirs.path(2).write_bytes(theirs.path(2).read_bytes()[:-1])
    with capture_logs() as said:
        read = ours.read(2)
    assert read is not None
    assert read[1] == 0
    assert [line["file"] for line in said] == [str(theirs.path(2))]


def test_what_a_kill_left_behind_is_written_over(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, "news.verdicts", "id")
    (tmp_path / "news.verdicts-2.new").write_bytes(b"half of a snapshot, " * 1000)
    size = snapshots.write(ledger(SNOW), 0)
    assert [(file.name, file.stat().st_size) for file in tmp_path.iterdir()] == [("news.verdicts-2.snapshot", size)]
    assert snapshots.read(2) is not None


def test_a_disk_that_takes_nothing_is_a_line_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "dedupe").write_text("a file, where the folder should be")
    snapshots = Snapshots(tmp_path / "dedupe", "news.verdicts", "id")
    with capture_logs() as said:
        assert snapshots.write(ledger(SNOW), 0) == 0
        assert snapshots.read(2) is None
    assert sum(line["event"].startswith("snapshot not written") for line in said) == 1


@pytest.mark.parametrize("found", [b"", b"no snapshot", b"chistovik ledger\n", b"chistovik ledger\n{}\n" + bytes(16)])
def test_a_file_that_is_none_is_refused_with_a_line(tmp_path: Path, found: bytes) -> None:
    snapshots = Snapshots(tmp_path, "news.verdicts", "id")
    snapshots.path(2).write_bytes(found)
    with capture_logs() as said:
        assert snapshots.read(2) is None
    assert sum(line["event"].startswith("snapshot not used") for line in said) == 1
