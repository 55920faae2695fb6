"""The rights (ACLs) that each stage and command needs. They are checked at the start; missing ones become one line.

The client libraries log a refusal and retry, or report it as an internal error.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError as Code
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation

from agents.errors import BrokerError
from pipeline.topics import (
    ARTICLES,
    DOCUMENTS,
    DUPLICATES,
    OUTCOMES,
    PAGES,
    PROFILES,
    URLS,
    URLS_LATER,
    VERDICTS,
    VISITS,
    WATCHES,
    Topic,
    group_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.kafka.connection import Connection

ASK_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The topics that a stage or a command reads and writes, and whether it has a consumer group."""

    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    has_group: bool = True


NEEDS = {
    "watch": Needs(reads=(WATCHES,), writes=(WATCHES, URLS)),
    "fetch": Needs(reads=(URLS, URLS_LATER, VISITS, PAGES), writes=(URLS_LATER, VISITS, PAGES)),
    "clean": Needs(reads=(PAGES, PROFILES), writes=(DOCUMENTS, PROFILES)),
    "dedupe": Needs(reads=(DOCUMENTS, VERDICTS), writes=(VERDICTS,)),
    "publish": Needs(reads=(DOCUMENTS, VERDICTS, *OUTCOMES.values()), writes=tuple(OUTCOMES.values())),
    "feed": Needs(writes=(PAGES,), has_group=False),
    "feed urls": Needs(writes=(URLS,), has_group=False),
    "duplicates": Needs(reads=(ARTICLES, DUPLICATES), has_group=False),
}


async def check_rights(connection: Connection, prefix: str, names: Sequence[str]) -> None:
    """Raise BrokerError with all rights that these stages or commands lack.

    The right to a transactional id cannot be queried; it fails at the first use.
    """
    if connection.embedded:
        return
    lacking = await asyncio.to_thread(_lacking, connection, prefix, names)
    if lacking:
        raise BrokerError(refused(connection, "; ".join(dict.fromkeys(lacking))))


async def check_hidden(connection: Connection, names: Sequence[str]) -> None:
    """Raise BrokerError if topics that seem to be missing exist and are hidden from us, as far as Kafka tells."""
    if connection.embedded or not names:
        return
    hidden = await asyncio.to_thread(_hidden, connection, names)
    if hidden:
        raise BrokerError(refused(connection, f"see topic {', '.join(hidden)}"))


def refused(connection: Connection, what: str) -> str:
    """Return one line: what Kafka does not allow us, and how to grant it."""
    return f"Kafka at {connection.brokers} does not allow {_user(connection)} to {what}: grant it with kafka-acls --add"


def _user(connection: Connection) -> str:
    if connection.security.mechanism:
        return f"CHISTOVIK_SASL_USER={connection.security.user!r}"
    return "the owner of CHISTOVIK_TLS_CERT" if connection.security.certificate else "an anonymous client"


def _client(connection: Connection) -> AdminClient:
    options: dict[str, Any] = {"bootstrap.servers": connection.brokers, **connection.security.librdkafka()}
    return AdminClient(options, logger=logging.getLogger("librdkafka"))


def _hidden(connection: Connection, names: Sequence[str]) -> list[str]:
    client = _client(connection)  # keep it alive until its answers have arrived
    answers = client.describe_topics(TopicCollection(list(names)), request_timeout=ASK_SECONDS)
    allowed = _operations(answers, Code.TOPIC_AUTHORIZATION_FAILED)
    return [name for name in names if allowed[name] == set()]


def _lacking(connection: Connection, prefix: str, names: Sequence[str]) -> list[str]:
    client = _client(connection)
    needs = {name: NEEDS[name] for name in names}
    return [*_topics_lacking(client, prefix, needs), *_groups_lacking(client, prefix, needs)]


def _topics_lacking(client: AdminClient, prefix: str, needs: dict[str, Needs]) -> Iterator[str]:
    wanted = [(AclOperation.READ, prefix + topic.name) for need in needs.values() for topic in need.reads]
    wanted += [(AclOperation.WRITE, prefix + topic.name) for need in needs.values() for topic in need.writes]
    allowed = _operations(
        client.describe_topics(
            TopicCollection(sorted({name for _, name in wanted})),
            include_authorized_operations=True,
            request_timeout=ASK_SECONDS,
        ),
        Code.TOPIC_AUTHORIZATION_FAILED,
    )
    for operation, name in wanted:
        operations = allowed[name]
        if operations is not None and operation not in operations:
            yield f"{operation.name.lower()} topic {name}"


def _groups_lacking(client: AdminClient, prefix: str, needs: dict[str, Needs]) -> Iterator[str]:
    groups = [group_of(prefix, name) for name, need in needs.items() if need.has_group]
    if not groups:
        return
    answers = client.describe_consumer_groups(groups, include_authorized_operations=True, request_timeout=ASK_SECONDS)
    for name, allowed in _operations(answers, Code.GROUP_AUTHORIZATION_FAILED).items():
        if allowed is not None and AclOperation.READ not in allowed:
            yield f"read group {name}"


def _operations(answers: dict[str, Any], denied: int) -> dict[str, set[AclOperation] | None]:
    """Return the operations that we may do with each resource; None if the broker does not tell."""
    allowed: dict[str, set[AclOperation] | None] = {}
    for name, answer in answers.items():
        try:
            operations = answer.result(ASK_SECONDS + 5).authorized_operations
        except KafkaException as error:
            allowed[name] = set() if error.args[0].code() == denied else None
        except TimeoutError:
            allowed[name] = None
        else:
            allowed[name] = set(operations) if operations else None
    return allowed
