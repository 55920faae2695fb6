"""What an error of Kafka refuses us, in one line; needs no broker."""

from __future__ import annotations

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

KINDS: dict[type[KafkaError], str] = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "group",
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}


def denial(error: BaseException) -> str | None:
    """Say what an error refuses us, None where it is about something else."""
    one: BaseException | None = error
    while one is not None:
        for kind, name in KINDS.items():
            if isinstance(one, kind):
                return f"Kafka does not allow us to use {name} {_named(one)}: see its ACLs (kafka-acls --add)"
        one = one.__cause__ or one.__context__
    return None


def _named(error: BaseException) -> str:
    names = error.args[0] if error.args else ""
    return ", ".join(sorted(map(str, names))) if isinstance(names, (set, list, tuple)) else str(names)
