"""Describe in one line what Kafka denies us until somebody acts; tell a lost connection from that. Needs no broker."""

from __future__ import annotations

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidTimestampError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

KINDS: dict[type[KafkaError], str] = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "group",
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}


CLOCK = (
    "Kafka refuses records with our time: compare the clocks of this machine and of Kafka, and set the wrong one; "
    "Kafka's limits are log.message.timestamp.after.max.ms (an hour ahead) and .before.max.ms"
)


def denial(error: BaseException) -> str | None:
    """Return one line about the denied right, or about the clock; None if the error is about something else."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, InvalidTimestampError):
            return CLOCK
        for kind, name in KINDS.items():
            if isinstance(cause, kind):
                return f"Kafka does not allow us to use {name} {_names(cause)}: grant it with kafka-acls --add"
        cause = cause.__cause__ or cause.__context__
    return None


def is_unnamed(error: BaseException) -> bool:
    """Return whether Kafka denies a right without saying to what, as for the commit of a transaction's offsets."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, tuple(KINDS)):
            return not _names(cause)
        cause = cause.__cause__ or cause.__context__
    return False


def is_lost(error: BaseException) -> bool:
    """Return whether a connection to Kafka was lost: nobody is wrong, and another try may succeed."""
    return isinstance(error, (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError))


def _names(error: BaseException) -> str:
    names = error.args[0] if error.args else ""
    return ", ".join(sorted(map(str, names))) if isinstance(names, (set, list, tuple)) else str(names)
