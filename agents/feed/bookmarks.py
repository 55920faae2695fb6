"""How far files were fed: a small JSON file, rewritten only after the broker has confirmed the rows.

After a crash some rows may be fed twice, which does no harm.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

import orjson
from pydantic import Field

from agents.errors import OutputError, SettingsError
from agents.feed.lines import reason
from pipeline.records.wire import Malformed, decode, encode

if TYPE_CHECKING:
    from pathlib import Path

    from agents.feed.page_files import Place

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # the disk, not the name of the file
EVERY_SECONDS = 1.0  # a write takes 50 ms: after every 500 rows, writes were two thirds of the feeding time
HEAD = 1 << 16  # bytes that identify a file: it may grow, but must not be replaced
Whole = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far a file was fed."""

    row: Whole
    head: str  # BLAKE2b of its first `head_bytes` bytes, as they were then
    head_bytes: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    files: dict[str, Bookmark]
    schema_version: Literal[1] = 1


@dataclass(slots=True)
class Bookmarks:
    """The bookmarks in one state file."""

    path: Path
    stored: dict[str, Bookmark] = field(default_factory=dict)
    _unwritten: dict[Path, int] = field(default_factory=dict)
    _next_at: float = 0.0  # on a monotonic clock

    @classmethod
    def load(cls, path: Path) -> Bookmarks:
        """Read a state file, or start a new one. Raises SettingsError if the file is something else."""
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise SettingsError(f"--resume {path}: the folder {path.parent} does not exist") from None
            return cls(path)
        except OSError as error:
            raise SettingsError(f"--resume {path}: {reason(error)}") from None
        state = decode(_State, raw)
        if isinstance(state, Malformed):
            raise SettingsError(f"--resume {path}: not a state file of Chistovik ({state.error}): name another file")
        return cls(path, dict(state.files))

    def after(self, source: Path) -> int:
        """Return the last row of a file that was fed; 0 if the file is new or was replaced."""
        bookmark = self.stored.get(_key(source))
        if bookmark is None or _head(source, bookmark.head_bytes) != (bookmark.head, bookmark.head_bytes):
            return 0
        return bookmark.row

    def confirm(self, places: list[Place]) -> None:
        """Record that the broker has these rows and all rows before them. Writes the file at intervals."""
        furthest: dict[Path, int] = {}
        for place in places:
            furthest[place.source] = max(place.row, furthest.get(place.source, 0))
        for source, row in furthest.items():
            self._unwritten[source] = row
        if time.monotonic() >= self._next_at:
            self.write()

    def write(self) -> None:
        """Replace the whole file, so that a crash leaves either the old or the new one."""
        if not self._unwritten:
            return
        for source, row in self._unwritten.items():
            head, size = _head(source, HEAD)
            self.stored[_key(source)] = Bookmark(row=row, head=head, head_bytes=size)
        self._unwritten.clear()
        new = self.path.with_name(self.path.name + ".new")
        state = orjson.loads(encode(_State(files=self.stored)))
        try:
            with new.open("wb") as out:
                out.write(orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
                out.flush()
                os.fsync(out.fileno())
            new.replace(self.path)
        except OSError as error:
            if error.errno not in FULL:
                raise SettingsError(f"--resume {self.path}: {error.strerror}") from None
            again = "the rows since it was last saved will be fed again"
            raise OutputError(f"--resume {self.path}: {error.strerror}: free some space; {again}") from None
        self._next_at = time.monotonic() + EVERY_SECONDS


def _key(source: Path) -> str:
    return str(source.resolve())


def _head(source: Path, size: int) -> tuple[str, int]:
    try:
        with source.open("rb") as file:
            raw = file.read(size)
    except OSError:
        return "", 0
    return hashlib.blake2b(raw, digest_size=16).hexdigest(), len(raw)
