"""Logs: one line per event, on standard error, for a person or as JSON."""

from __future__ import annotations

import logging
import sys
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
SELDOM_SECONDS = 30.0


def configure(*, form: str, level: str) -> None:
    """Send structlog and the standard library's logging to standard error, in one form."""
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
    handler.addFilter(Seldom())
    _handle(handler, number)


def configure_late(*, form: str, level: str) -> None:
    """Do as `configure` once the standard library's logging has something to write: a quick command has not.

    Where structlog is used itself, `configure` comes first.
    """
    _handle(_Late(form, level), logging.getLevelNamesMapping()[level.upper()])


class _Late(logging.Handler):
    """Configures the logs at the first record, and passes it on."""

    def __init__(self, form: str, level: str) -> None:
        super().__init__()
        self._form, self._level = form, level

    def emit(self, record: logging.LogRecord) -> None:
        configure(form=self._form, level=self._level)
        for handler in logging.getLogger().handlers:
            handler.handle(record)


def _handle(handler: logging.Handler, number: int) -> None:
    """Let one handler have the records of a level, and those of libraries only where they matter."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    # Never debug for a library: aiokafka.conn would write out its requests, and SASL's have the password.
    # What a library calls an error is one only to a worker: a command says its own line.
    theirs = {logging.DEBUG: logging.INFO, logging.INFO: logging.ERROR}.get(number, logging.CRITICAL)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(theirs)


class Seldom(logging.Filter):
    """Lets a library say the same thing once in half a minute: aiokafka says ten lines a second without a broker."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is let through; our own always are."""
        library = record.name.partition(".")[0]
        if library not in LIBRARIES:
            return True
        what = f"{record.name} {record.msg}"
        if record.created - self._said.get(what, 0.0) < SELDOM_SECONDS:
            return False
        self._said[what] = record.created
        return True
