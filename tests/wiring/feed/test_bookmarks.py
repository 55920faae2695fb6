"""How far a file was fed: known again while it grows, forgotten when it is another one."""

from pathlib import Path

import orjson
import pytest

from agents.errors import SettingsError
from agents.feed.bookmarks import Bookmarks
from agents.feed.page_files import Place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("https://sosny.example/a\n" * 10, encoding="utf-8")
    return path


def test_a_file_that_grows_goes_on_behind_its_last_row(tmp_path: Path, source: Path) -> None:
    Bookmarks.load(tmp_path / "state").confirm([Place(source, 3), Place(source, 7), Place(source, 5)])
    with source.open("a", encoding="utf-8") as more:
        more.write("https://sosny.example/b\n")
    assert Bookmarks.load(tmp_path / "state").after(source) == 7


def test_the_same_file_by_another_name_is_the_same(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bookmarks.load(tmp_path / "state").confirm([Place(source, 3)])
    monkeypatch.chdir(tmp_path)
    assert Bookmarks.load(Path("state")).after(Path("list.txt")) == 3


@pytest.mark.parametrize("text", ["http://o.example/\n" * 50, "", "https://sosny.example/a\n"])
def test_a_file_that_was_replaced_begins_anew(tmp_path: Path, source: Path, text: str) -> None:
    Bookmarks.load(tmp_path / "state").confirm([Place(source, 3)])
    source.write_text(text, encoding="utf-8")
    assert Bookmarks.load(tmp_path / "state").after(source) == 0


def test_what_is_not_known_begins_at_its_begin(tmp_path: Path, source: Path) -> None:
    assert Bookmarks.load(tmp_path / "state").after(source) == 0
    assert Bookmarks.load(tmp_path / "state").after(tmp_path / "none") == 0
    assert not (tmp_path / "state").exists()


def test_each_state_is_whole_and_keeps_the_other_files(tmp_path: Path, source: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("x\n", encoding="utf-8")
    Bookmarks.load(tmp_path / "state").confirm([Place(source, 3)])
    Bookmarks.load(tmp_path / "state").confirm([Place(other, 1)])
    again = Bookmarks.load(tmp_path / "state")
    assert (again.after(source), again.after(other)) == (3, 1)
    assert orjson.loads((tmp_path / "state").read_bytes())["schema_version"] == 1
    assert [path.name for path in tmp_path.glob("state*")] == ["state"]


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"https://sosny.example/a\n", b'{"files": {"a": {"row": -1, "head": "", "head_bytes": 0}}}']
)
def test_a_file_that_is_no_state_is_not_written_over(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "state").write_bytes(raw)
    with pytest.raises(SettingsError, match=r"^--resume .*state: not a state file of Chistovik .*: name another file$"):
        Bookmarks.load(tmp_path / "state")
    assert (tmp_path / "state").read_bytes() == raw


def test_it_is_written_now_and_then_and_when_told(tmp_path: Path, source: Path) -> None:
    bookmarks = Bookmarks.load(tmp_path / "state")
    for row in (1, 2, 3):
        bookmarks.confirm([Place(source, row)])
    assert Bookmarks.load(tmp_path / "state").after(source) == 1
    bookmarks.write()
    assert Bookmarks.load(tmp_path / "state").after(source) == 3


def test_a_state_that_cannot_be_written_is_one_line(tmp_path: Path, source: Path) -> None:
    with pytest.raises(SettingsError, match=r"^--resume .*/none/state: the folder .*/none does not exist$"):
        Bookmarks.load(tmp_path / "none" / "state")
    bookmarks = Bookmarks.load(tmp_path / "state")
    (tmp_path / "state.new").mkdir()
    with pytest.raises(SettingsError, match=r"^--resume .*/state: Is a directory$"):
        bookmarks.confirm([Place(source, 1)])


def test_a_folder_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a folder, not a file"):
        Bookmarks.load(tmp_path)
