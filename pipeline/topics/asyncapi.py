"""The generated contract: JSON Schemas of the records, the AsyncAPI 3 document and the table of topics.

Everything here is made from `topics.TOPICS`. `python -m agents.generate` writes the files; a test compares them.
"""

from __future__ import annotations

from typing import Any

from pipeline.records.wire import adapter
from pipeline.topics.table import TOPICS, Topic

FED = ("urls", "pages")  # the topics that outside producers may write to
OPEN = ("Reason", "IdentityReason")  # enums to which later releases of the same schema version may add values
RULES = """Raw news pages in; clean, de-duplicated article events out.

Every record has a `schema_version`. Records with the same version are compatible. A later release may add optional
fields, topics, headers, and values to open enums (the reasons why a page was discarded). Consumers must therefore
ignore unknown fields and treat an unknown reason as "discarded". If a record lacks a field that was added later, the
field has its default.

Any other change needs a new schema version and a new major version of Chistovik:

- a field is removed or renamed, becomes required, or may now be absent;
- a field gets another type, bound, default or meaning;
- a topic gets another key;
- an enum that is not open gets a new value.

Ids, `revision` and the order of the events of a key are part of the contract. Texts, scores, the rule names in
`cleaning` and the wording of `detail` and `error` are not. A fingerprint is opaque, and its format may change.
"""
SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def json_schema(record: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record as it is on the wire."""
    schema: dict[str, Any] = adapter(record).json_schema(mode="validation")
    return {"$schema": SCHEMA, **schema}


def record_names() -> dict[str, type[Any]]:
    """Return the records by the names of their schema files, without `.json`."""
    return {record.__name__.lower(): record for topic in TOPICS for record in topic.records}


def asyncapi(version: str, prefix: str) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics. Its messages refer to the schema files next to it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chistovik",
            "version": version,
            "description": RULES,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, prefix) for topic in TOPICS},
        "operations": {f"{_action(topic)}-{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {"messages": {name: _message(name, record) for name, record in record_names().items()}},
    }


def _channel(topic: Topic, prefix: str) -> dict[str, Any]:
    names = [record.__name__.lower() for record in topic.records]
    return {
        "address": prefix + topic.name,
        "title": topic.says,
        "description": f"Key: {topic.key}. Partitioned by {topic.partitioned_by}. Retention: {topic.kept}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": _configuration(topic)}},
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    settings = topic.config
    typed: dict[str, Any] = {
        "cleanup.policy": settings["cleanup.policy"].split(","),
        "max.message.bytes": int(settings["max.message.bytes"]),
    }
    if "retention.ms" in settings:
        typed["retention.ms"] = int(settings["retention.ms"])
    return typed


def _action(topic: Topic) -> str:
    return "read" if topic.public else "feed" if topic.name in FED else "internal"


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic.name in FED else "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": topic.says,
    }


def _message(name: str, record: type[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "contentType": "application/json",
        "summary": (record.__doc__ or "").strip().splitlines()[0],
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {"$ref": _file(name)}},
    }


def _file(name: str) -> str:
    return f"./schemas/{name}.json"


def topics_table(prefix: str) -> str:
    """Return the table of topics in docs/reading.md, in Markdown."""
    rows = ["| Topic | Key | Partitions | Retention | Content |", "|---|---|---|---|---|"]
    rows += [
        f"| `{prefix}{topic.name}` | {topic.key} | {topic.partitions}{', fixed' if topic.fixed else ''}, by "
        f"{topic.partitioned_by} | {topic.kept} | {topic.says} |"
        for topic in TOPICS
    ]
    return "\n".join(rows) + "\n"
