"""The command with pages that harm their process: `python tests/support/harmful.py HARM SUBCOMMAND ...`."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from agents.clean import pool
from agents.clean.record import explain_page
from agents.cli import main
from agents.feed import clean_inputs
from agents.feed.clean_inputs import clean_input

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "HARM"  # known to the cleaning processes


def _raise() -> None:
    raise ValueError("an error of a parser")


HARMS: dict[str, Callable[[], object]] = {
    "hang": lambda: time.sleep(3600),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda: os._exit(7),
    "eat": lambda: bytearray(3 << 30),
    "raise": _raise,
}


def harmful_input(*arguments: Any) -> Any:
    """Do the harm, then clean."""
    HARMS[os.environ[VARIABLE]]()
    return clean_input(*arguments)


def harmful_explain(*arguments: Any) -> Any:
    """Do the harm, then explain."""
    HARMS[os.environ[VARIABLE]]()
    return explain_page(*arguments)


if __name__ == "__main__":
    os.environ[VARIABLE] = sys.argv.pop(1)
    clean_inputs.clean_input, pool.explain_page = harmful_input, harmful_explain
    main()
