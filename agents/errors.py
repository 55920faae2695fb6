"""Errors that end a command or a stage with one line, and the exit codes that go with them."""

EXIT_BAD_INPUT = 1  # everything possible was done; some input was bad, or an outcome is missing
EXIT_USAGE = 2
EXIT_BROKER = 3  # Kafka cannot be reached or refuses us, or its topics do not fit: a person is needed
EXIT_INTERNAL = 70  # EX_SOFTWARE: the supervisor restarts the worker and the batch is replayed


class StageError(RuntimeError):
    """A stage that must not go on; its one line says where and what to do."""


class BrokerError(RuntimeError):
    """The broker cannot be used as it is; one line says which, why and what to do."""


class RefusedError(BrokerError):
    """The broker is there and said why it does not let us in."""


class SettingsError(ValueError):
    """A setting that cannot be used; its message names the variable and the value."""
