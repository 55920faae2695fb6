"""Errors that end a command or a stage with one line, and their exit codes."""

EXIT_BAD_INPUT = 1  # all valid input was processed, but some input was bad or an outcome is missing
EXIT_USAGE = 2
EXIT_BROKER = 3  # Kafka cannot be reached or refuses us, or its topics do not fit: somebody must act
EXIT_INTERNAL = 70  # EX_SOFTWARE: the supervisor restarts the worker, which reads the batch again
EXIT_OUTPUT = 74  # EX_IOERR: the output, or a file that we keep, cannot be written


class StageError(RuntimeError):
    """A stage must not continue. The message is one line: what happened, where, and what to do."""


class StoppingError(StageError):
    """Work was not begun, because the stage stops. It is left to whoever reads its records next."""


class BrokerError(RuntimeError):
    """The broker cannot be used. The message is one line: which broker, why, and what to do."""


class RefusedError(BrokerError):
    """The broker answered and refused us, with a reason."""


class OutputError(Exception):
    """The output or a file cannot be written. The message is one line: which, why, and what to do."""


class ReaderGoneError(Exception):
    """The reader of our output has ended, for example `head`. Nothing is wrong."""


class SettingsError(ValueError):
    """A setting cannot be used. The message names the variable and its value."""
