"""Logs: one line per event on standard error, for people or as JSON."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import Processor

LIBRARIES = (
    "faust",
    "mode",
    "pebble",
    "aiokafka",
    "librdkafka",
    "trafilatura",
    "htmldate",
    "justext",
    "opentelemetry",
    "urllib3",
)
REPEAT_SECONDS = 30.0


def configure(*, form: str, level: str) -> None:
    """Send structlog and the standard library's logging to standard error, in one format."""
    import structlog  # noqa: PLC0415 — with rich it costs 0.1 s, and a quick command logs nothing

    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    handler.addFilter(RepeatFilter())
    if number > logging.DEBUG:
        handler.addFilter(shorten)
        threading.excepthook = _thread_failed
    _handle(handler, number)


def configure_late(*, form: str, level: str) -> None:
    """Configure logging when the first record of the standard library comes; a quick command writes none.

    A caller that uses structlog itself calls `configure` first.
    """
    _handle(_Late(form, level), logging.getLevelNamesMapping()[level.upper()])


class _Late(logging.Handler):
    """Configures logging at the first record, then passes the record on."""

    def __init__(self, form: str, level: str) -> None:
        super().__init__()
        self._form, self._level = form, level

    def emit(self, record: logging.LogRecord) -> None:
        configure(form=self._form, level=self._level)
        for handler in logging.getLogger().handlers:
            handler.handle(record)


def _handle(handler: logging.Handler, number: int) -> None:
    """Install one handler for records of at least this level; libraries are limited to what matters."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    # Never debug for a library: aiokafka.conn logs its requests, and SASL requests contain the password.
    # Only a worker shows errors of libraries: a command prints its own line.
    theirs = {logging.DEBUG: logging.INFO, logging.INFO: logging.ERROR}.get(number, logging.CRITICAL)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(theirs)


class RepeatFilter(logging.Filter):
    """Passes the same message of a library once in 30 s: without a broker, aiokafka logs ten lines a second."""

    def __init__(self) -> None:
        super().__init__()
        self._logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged; our own records always are."""
        library = record.name.partition(".")[0]
        if library not in LIBRARIES:
            return True
        message = f"{record.name} {record.msg}"
        now = time.monotonic()  # not the record's time: a clock that is put back would silence a library for as long
        if now - self._logged_at.get(message, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._logged_at[message] = now
        return True


def shorten(record: logging.LogRecord) -> bool:
    """Write the error of a library in its line, and not the traceback, which is about the library's own code."""
    library = record.name.partition(".")[0]
    if record.exc_info and record.exc_info[1] and library in {*LIBRARIES, "asyncio"}:  # asyncio: futures of libraries
        error = record.exc_info[1]
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}: {error}", ()
        record.exc_info = record.exc_text = None
    return True


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """Log the error of a thread, such as Faust's when it stops without a broker, in one line."""
    name = failed.thread.name if failed.thread else "a thread"
    error = f"{failed.exc_type.__name__}: {failed.exc_value}"
    logging.getLogger("chistovik").error("%s ended with an error: %s", name, error)
