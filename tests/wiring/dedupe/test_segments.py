"""Segments as files: written once, named by their snapshots, shared between workers, and in the way of nothing."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from agents.dedupe.segments import SegmentFiles
from agents.dedupe.snapshots import Snapshots
from pipeline.verdict.ledger import Ledger
from tests.support.documents import AT, BRIDGE, SNOW, document, fingerprinted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.records.verdict import Verdict

DAY = 86_400.0
TEXTS = [f"{start} {more} {SNOW} {BRIDGE}" for start in (SNOW, BRIDGE) for more in ("один", "два", "три", "четыре")]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a segment be full at three claims."""
    monkeypatch.setattr("pipeline.verdict.claims.SEALED_FROM", 3)


def judge(ledger: Ledger, *numbers: int, days: float = 0) -> list[Verdict | None]:
    """Judge documents; those whose numbers differ by a multiple of eight have one text."""
    at = AT.timestamp() + days * DAY
    pages = [fingerprinted(document(str(number), TEXTS[number % 8], number)) for number in numbers]
    return [ledger.judge(page, ledger.passed, timestamp=at) for page in pages]


def snapshots(folder: Path) -> Snapshots:
    return Snapshots(folder, "news.verdicts", "id")


def files(folder: Path) -> list[str]:
    """Return the names in a folder, without the digests of segments."""
    return sorted(
        f"{path.name[:15]}.segment" if path.name.endswith(".segment") else path.name for path in folder.iterdir()
    )


def read(of: Snapshots) -> Ledger:
    found = of.read(2)
    assert found is not None
    return found[0]


SEGMENT, SNAPSHOT = "news.verdicts-2.segment", "news.verdicts-2.snapshot"


def test_a_ledger_with_segments_is_read_back_and_decides_the_same(tmp_path: Path) -> None:
    of, ledger, undisturbed = snapshots(tmp_path), Ledger(2), Ledger(2)
    judge(undisturbed, *range(7))
    judge(ledger, 0, 1, 2, 3)
    first = of.write(ledger, 3)
    judge(ledger, 4, 5, 6)
    second = of.write(ledger, 6)
    assert [len(one.claims.sealed.segments) for one in (ledger, read(of))] == [2, 2]
    assert files(tmp_path) == [SEGMENT, SEGMENT, SNAPSHOT]
    assert first > 0
    assert second > 0
    again = judge(undisturbed, 8, 9, 14, 20)
    assert judge(read(of), 8, 9, 14, 20) == judge(ledger, 8, 9, 14, 20) == again


def test_few_claims_make_no_segment(tmp_path: Path) -> None:
    of, ledger = snapshots(tmp_path), Ledger(2)
    judge(ledger, 0, 1)
    of.write(ledger, 1)
    assert files(tmp_path) == [SNAPSHOT]
    assert not read(of).claims.sealed.segments


def test_segments_out_of_the_window_are_deleted_and_those_of_others_are_not(tmp_path: Path) -> None:
    of, ledger, other = snapshots(tmp_path), Ledger(2), Ledger(12)
    for each in (ledger, other):
        judge(each, 0, 1, 2)
        of.write(each, 2)
    stranger = Snapshots(tmp_path, "news.verdicts-2", "id")
    one = Ledger(1)
    judge(one, 0, 1, 2)
    stranger.write(one, 2)
    judge(ledger, 3, 4, 5, days=31)
    of.write(ledger, 5)
    assert len(ledger.claims.sealed.segments) == 1
    assert len(list(tmp_path.glob("*.segment"))) == 3
    assert all(found.read(number) for found, number in ((of, 2), (of, 12), (stranger, 1)))


def test_a_worker_that_takes_a_partition_over_keeps_its_segments(tmp_path: Path) -> None:
    theirs, ours, ledger = snapshots(tmp_path / "dedupe-1"), snapshots(tmp_path / "dedupe-2"), Ledger(2)
    judge(ledger, 0, 1, 2, 3)
    theirs.write(ledger, 3)
    ours.folder.mkdir()
    taken = read(ours)
    (segment,) = ours.folder.iterdir()
    assert segment.stat().st_nlink == 2  # one file, which takes no more space
    for path in theirs.folder.iterdir():
        path.unlink()
    judge(taken, 4)
    ours.write(taken, 4)
    assert files(ours.folder) == [SEGMENT, SNAPSHOT]
    assert judge(read(ours), 8) == judge(taken, 8)


def test_segments_that_cannot_be_linked_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours, ledger = snapshots(tmp_path / "dedupe-1"), snapshots(tmp_path / "dedupe-2"), Ledger(2)
    judge(ledger, 0, 1, 2, 3)
    theirs.write(ledger, 3)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    taken = read(ours)
    judge(taken, 4)
    ours.write(taken, 4)
    assert files(ours.folder) == [SEGMENT, SNAPSHOT]
    assert next(ours.folder.glob("*.segment")).stat().st_nlink == 1


def test_a_segment_that_somebody_deletes_is_written_again(tmp_path: Path) -> None:
    of, ledger = snapshots(tmp_path), Ledger(2)
    judge(ledger, 0, 1, 2, 3)
    of.write(ledger, 3)
    next(tmp_path.glob("*.segment")).unlink()
    with capture_logs() as said:
        assert of.read(2) is None
    assert ["is missing" in line["why"] for line in said] == [True]
    judge(ledger, 4)
    of.write(ledger, 4)
    assert len(read(of).claims.sealed.segments) == 1


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:99] + b"?" + data[100:], lambda _: b""])
def test_a_damaged_segment_makes_its_snapshot_useless_with_one_line(tmp_path: Path, spoil: Any) -> None:
    of, ledger = snapshots(tmp_path), Ledger(2)
    judge(ledger, 0, 1, 2, 3)
    of.write(ledger, 3)
    path = next(tmp_path.glob("*.segment"))
    data = path.read_bytes()
    path.unlink()  # a mapped file must not be truncated
    path.write_bytes(spoil(data))
    with capture_logs() as said:
        assert of.read(2) is None
    assert [line["event"] for line in said] == ["snapshot not used"]


def test_a_file_with_another_segment_than_its_name_says_is_refused(tmp_path: Path) -> None:
    of, ledger = snapshots(tmp_path), Ledger(2)
    judge(ledger, 0, 1, 2)
    of.write(ledger, 2)
    judge(ledger, 3, 4, 5)
    of.write(ledger, 5)
    one, other = sorted(tmp_path.glob("*.segment"))
    one.unlink()
    other.rename(one)
    other.hardlink_to(one)
    with capture_logs() as said:
        assert of.read(2) is None
    assert "holds the segment" in said[0]["why"]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Let the disk be full while the list holds True."""
    fsync, is_full = os.fsync, [True]

    def sync(file: int) -> None:
        if is_full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    monkeypatch.setattr(os, "fsync", sync)
    return is_full


def test_a_full_disk_is_one_line_and_the_claims_stay_in_memory(tmp_path: Path, full: list[bool]) -> None:
    of, ledger, undisturbed = snapshots(tmp_path), Ledger(2), Ledger(2)
    judge(undisturbed, *range(9))
    judge(ledger, *range(4))
    with capture_logs() as said:
        assert of.write(ledger, 3) == 0
    assert [(line["event"], line["why"]) for line in said] == [
        ("snapshot not written", "[Errno 28] No space left on device")
    ]
    assert files(tmp_path) == []
    assert len(ledger.claims.recent) == 4
    assert not ledger.claims.is_full  # it is not tried again with each verdict
    with capture_logs() as said:
        of.seal(ledger)
    assert not said
    judge(ledger, 4, 5)
    assert ledger.claims.is_full
    with capture_logs() as said:
        of.seal(ledger)
    assert [line["event"] for line in said] == ["claims stay in memory: segment not written"]
    full[0] = False
    judge(ledger, 6, 7, 8)
    assert of.write(ledger, 8)
    assert len(ledger.claims.sealed.segments) == 1
    assert judge(read(of), 9, 18) == judge(undisturbed, 9, 18)


def test_what_a_kill_left_behind_is_overwritten_or_deleted(tmp_path: Path) -> None:
    of, ledger = snapshots(tmp_path), Ledger(2)
    (tmp_path / "news.verdicts-2.segment.new").write_bytes(b"half of a segment")
    orphan = SegmentFiles(tmp_path, "news.verdicts-2").path("0" * 32)  # its process ended before the snapshot
    orphan.write_bytes(b"a segment that no snapshot names")
    judge(ledger, 0, 1, 2)
    of.write(ledger, 2)
    assert files(tmp_path) == [SEGMENT, SNAPSHOT]
    assert not orphan.exists()
