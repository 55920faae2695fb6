"""How commands fail: an exit code, and one line on standard error that says what happened and where."""

from __future__ import annotations

import asyncio
import errno
import logging
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from agents.errors import EXIT_BAD_INPUT, EXIT_BROKER, EXIT_INTERNAL, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

    from agents.feed.page_files import Input, Problem, RawInput
    from agents.feed.url_lists import UrlInput


# What the machine may lack, and what to do. Such an error may come from any file or socket.
SHORTAGES = {
    errno.ENOSPC: "free some space on the disk (of CHISTOVIK_DATA_DIR, of the folder for temporary files, TMPDIR)",
    errno.EDQUOT: "free some space, or ask for a larger quota",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EROFS: "name a folder that can be written (CHISTOVIK_DATA_DIR, TMPDIR)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "the machine has too many open files: end something",
}
T = TypeVar("T")
OneInput = TypeVar("OneInput", "Input", "RawInput", "UrlInput")


def complain(line: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"chistovik: {line}\n")
    sys.stderr.flush()


def finish(work: Coroutine[Any, Any, T], *, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Run a coroutine to its end. Turn every error into one line and an exit code.

    `loop` makes the event loop; the default is asyncio's own.
    """
    from agents.errors import BrokerError, OutputError, ReaderGoneError, SettingsError, StageError

    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(work)
    except (SettingsError, OutputError):
        raise  # `main` prints it, together with those that it meets itself
    except BrokerError as error:
        complain(str(error))
        raise typer.Exit(EXIT_BROKER) from None
    except StageError as error:
        complain(str(error))
        raise typer.Exit(EXIT_INTERNAL) from None
    except ReaderGoneError:
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(130) from None
    except Exception as error:
        from agents.kafka.denied import denial, is_lost

        if denied := denial(error):
            complain(denied)
            raise typer.Exit(EXIT_BROKER) from None
        if is_lost(error):
            complain(f"the connection to Kafka was lost: {error}; check that Kafka is up, and run the command again")
            raise typer.Exit(EXIT_BROKER) from None
        if (shortage := _shortage(error)) is not None:
            raise OutputError(shortage) from None
        logging.getLogger("chistovik").debug("internal error", exc_info=error)
        complain(
            f"internal error: {type(error).__name__}: {error}; set CHISTOVIK_LOG_LEVEL=debug to see where, "
            "and please report it"
        )
        raise typer.Exit(EXIT_INTERNAL) from None


def _shortage(error: Exception) -> str | None:
    """Return the line for an error that means that the machine lacks something; None for other errors."""
    if not isinstance(error, OSError) or error.errno not in SHORTAGES:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}: {SHORTAGES[error.errno]}, and run the command again"


def known_charset_or_exit(name: str | None) -> str | None:
    """Return the value of --charset; exit if it is no charset."""
    if name is not None:
        from pipeline.page.charset import known_charset

        if known_charset(name) is None:
            complain(f"--charset {name!r}: no such charset; use a name such as windows-1251, koi8-r or utf-16")
            raise typer.Exit(EXIT_USAGE)
    return name


CharsetOption = Annotated[
    str | None,
    typer.Option(
        "--charset",
        help="Charset of files that do not say theirs. A byte-order mark, a declaration and valid UTF-8 go first.",
        callback=known_charset_or_exit,
    ),
]


class Complaints:
    """Passes good pages and URLs on, and prints one line for each bad input."""

    def __init__(self) -> None:
        self.count = 0

    def sift(self, inputs: Iterable[OneInput | Problem]) -> Iterator[OneInput]:
        """Yield pages and URLs. An unreadable page is yielded as well, because its outcome is its reason."""
        from agents.feed.page_files import Problem

        for one in inputs:
            problem = one if isinstance(one, Problem) else getattr(one, "problem", None)
            if problem is not None:
                self.add(str(problem))
            if not isinstance(one, Problem):
                yield one

    def add(self, problem: str) -> None:
        """Print one line for a bad input."""
        self.count += 1
        complain(problem)

    def exit_code(self) -> int:
        """Return 0, or the exit code for bad input."""
        return EXIT_BAD_INPUT if self.count else 0
