"""Logs: one line per event, on standard error, for a person or as JSON."""

from __future__ import annotations

import logging
import sys

import structlog

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
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
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
