"""The generated contract of the HTTP service: OpenAPI 3.1, made from the records in `intake.py`."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import JsonSchemaMode

from pipeline.records.wire import adapter
from pipeline.url.intake import JSON, NDJSON, Accepted, Batch, ProblemDetails, SentPage
from pipeline.url.rows import UrlRow

PROBLEM = "application/problem+json"
PROBLEMS = {
    400: "Not JSON.",
    401: "The token is missing or wrong.",
    413: "The request has too many bytes or rows; `detail` states the limit.",
    415: "Neither JSON nor lines of JSON.",
    422: "Valid JSON, but no row could be fed; `refused` gives the reasons.",
    503: "Kafka did not acknowledge the request. Send it again: rows that were fed already change nothing.",
}
EXAMPLES = {
    "urls": {"value": {"urls": ["https://news.example/a", {"url": "https://news.example/b", "priority": 9}]}},
    "page": {"value": {"url": "https://news.example/a", "html": "<html>…</html>"}},
}


def openapi(version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chistovik",
            "version": version,
            "summary": "Feed URLs and pages.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/feed": {"post": _feed()},
            "/healthz": {"get": _health()},
            "/openapi.json": {"get": _document()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "CHISTOVIK_SERVICE_TOKEN of the service"}
            },
        },
    }


def _feed() -> dict[str, Any]:
    row = {"oneOf": [_ref("UrlRow"), _ref("SentPage"), {"type": "string", "format": "uri"}]}
    body = {"anyOf": [_ref("Batch"), _ref("UrlRow"), _ref("SentPage"), {"type": "array", "items": row}]}
    lines = {"schema": {"type": "string", "description": "On each line: a UrlRow, a SentPage or a URL in quotes."}}
    return {
        "operationId": "feed",
        "summary": "Feed URLs to be fetched, and pages that were fetched elsewhere.",
        "description": "Answers when Kafka has acknowledged every accepted row. Feeding a row twice changes nothing.",
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": body, "examples": EXAMPLES}} | dict.fromkeys(NDJSON, lines),
        },
        "responses": {
            "202": {"description": "Fed, except for the rows in `refused`.", "content": _json("Accepted")},
            **{str(status): _problem(description) for status, description in PROBLEMS.items()},
            "default": _problem("Any other problem."),
        },
    }


def _health() -> dict[str, Any]:
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "health",
        "summary": "Check whether the service accepts rows.",
        "security": [],
        "responses": {
            "200": {"description": "It accepts rows.", "content": plain},
            "503": {"description": "It does not; the body gives the reason.", "content": plain},
        },
    }


def _document() -> dict[str, Any]:
    content = {JSON: {"schema": {"type": "object"}}}
    return {
        "operationId": "openapi",
        "summary": "Return this document.",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1.", "content": content}},
    }


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM: {"schema": _ref("ProblemDetails")}}}


def _json(name: str) -> dict[str, Any]:
    return {JSON: {"schema": _ref(name)}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415 — only here

    mode: JsonSchemaMode = "validation"
    kinds = (UrlRow, SentPage, Batch, Accepted, ProblemDetails)
    _, document = TypeAdapter.json_schemas(
        [(kind.__name__, mode, adapter(kind)) for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Any] = document["$defs"]
    return dict(sorted(schemas.items()))
