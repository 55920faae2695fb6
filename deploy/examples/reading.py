"""What the examples share: options, SIGTERM, and errors as one line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from agents.errors import SettingsError
from agents.kafka import BrokerError, connect
from agents.settings import Settings
from agents.subscribe import EventError, until_stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.kafka import Connection


class SinkError(Exception):
    """The place where events go to does not take them; the message says what to do."""


def options(says: str, group: str) -> argparse.ArgumentParser:
    """Make the options that all have; where Kafka is, CHISTOVIK_BROKERS and its like say (README)."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", default=group, help="consumer group, and the name of what it stores (%(default)s)")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="end after so much silence; else it goes on")
    return parser


def run(read: Callable[[Connection, Settings], Awaitable[None]], *sink_errors: type[Exception]) -> None:
    """Run `read(connection, settings)` until it ends, SIGTERM or Ctrl-C; an error is one line and an exit code."""
    name = os.path.basename(sys.argv[0]).removesuffix(".py")  # noqa: PTH119 — a name, not a file

    async def until_told() -> None:
        settings = Settings.from_env(os.environ)
        async with until_stopped():
            await read(connect(settings), settings)

    try:
        asyncio.run(until_told())
    except (SettingsError, BrokerError, EventError, SinkError, *sink_errors) as error:
        sys.exit(f"{name}: {' '.join(str(error).split()) or type(error).__name__}")
    except KeyboardInterrupt:
        sys.exit(130)
