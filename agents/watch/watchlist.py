"""Read the watch list from its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import SettingsError
from agents.feed.lines import reason
from pipeline.listing.watchlist import Mistakes, read_watchlist

if TYPE_CHECKING:
    from pipeline.listing.watchlist import Watch


class WatchlistError(SettingsError):
    """The watch list has mistakes; `lines` names each of them."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def load_watchlist(name: str) -> tuple[Watch, ...]:
    """Read a watch list. Raises WatchlistError with a line for every mistake."""
    if not name:
        raise WatchlistError(("nothing to watch: name a file, or set CHISTOVIK_WATCHES",))
    try:
        text = Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise WatchlistError((f"{name}: {reason(error)}",)) from None
    except UnicodeDecodeError as error:
        raise WatchlistError(
            (f"{name}: not UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start})",)
        ) from None
    watches = read_watchlist(text)
    if isinstance(watches, Mistakes):
        raise WatchlistError(tuple(f"{name}: {line}" for line in watches.lines))
    return watches
