"""Logs: one line per event, on standard error, for a person or as JSON."""

from __future__ import annotations

import logging
import sys

import structlog


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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in ("faust", "mode", "pebble"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("aiokafka", "trafilatura", "htmldate", "justext"):
        logging.getLogger(name).setLevel(logging.ERROR if number > logging.DEBUG else logging.INFO)
