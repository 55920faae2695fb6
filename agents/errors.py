"""Errors that end a command or a stage with one line, and their exit codes."""

EXIT_BAD_INPUT = 1  # all valid input was processed, but some input was bad or an outcome is missing
EXIT_USAGE = 2
EXIT_BROKER = 3  # Kafka cannot be reached or refuses us, or its topics do not fit: somebody must act
EXIT_INTERNAL = 70  # EX_SOFTWARE: the supervisor restarts the worker, which reads the batch again


class StageError(RuntimeError):
    """A stage must not continue. The message is one line: what happened, where, and what to do."""


class BrokerError(RuntimeError):
    """The broker cannot be used. The message is one line: which broker, why, and what to do."""


class RefusedError(BrokerError):
    """The broker answered and refused us, with a reason."""


class SettingsError(ValueError):
    """A setting cannot be used. The message names the variable and its value."""
