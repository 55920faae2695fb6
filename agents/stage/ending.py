"""End the process when a stage must not continue: one line in the log, and an exit code."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from aiokafka.errors import KafkaError

from agents.errors import EXIT_BROKER, EXIT_INTERNAL, BrokerError, StageError
from agents.kafka.denied import denial

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


log = structlog.get_logger("chistovik")


def die(stage: str, error: BaseException) -> NoReturn:
    """End the process at once, before anything can acknowledge the current batch."""
    code, denied = EXIT_INTERNAL, denial(error)
    if isinstance(error, BrokerError) or denied:
        log.error("stage ended", stage=stage, error=denied or str(error))
        code = EXIT_BROKER
    elif isinstance(error, StageError):
        log.error("stage ended", stage=stage, error=str(error))
    else:
        log.error("stage failed", stage=stage, error=_in_words(error))
        log.debug("where it failed", stage=stage, exc_info=error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _in_words(error: BaseException) -> str:
    """Return one line; for an error of Kafka with what is behind it, and with what happens next."""
    if not isinstance(error, KafkaError):
        return f"{type(error).__name__}: {error}"
    behind = f" ({error.__cause__})" if error.__cause__ else ""
    return f"{error}{behind}: Kafka does not work as it should; a restarted worker does the batch again"


async def guarded(stage: str, work: Coroutine[Any, Any, None], note: Callable[[str], None] = lambda _: None) -> None:
    """Run a part of a stage; end the process if it raises, because a stage must not continue without a part."""
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 — every error ends the process
        note(str(error))
        die(stage, error)
