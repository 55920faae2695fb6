"""The HTTP service's contract, generated: OpenAPI 3.1 from the nouns of `intake.py`."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import JsonSchemaMode

from pipeline.records.wire import adapter
from pipeline.url.intake import JSON, NDJSON, Accepted, Batch, ProblemDetails, SentPage
from pipeline.url.rows import UrlRow

PROBLEM = "application/problem+json"
PROBLEMS = {
    400: "Not JSON.",
    401: "No token, or a wrong one.",
    413: "More bytes or rows than a request may have; `detail` says how many may be.",
    415: "Neither JSON nor lines of JSON.",
    422: "JSON, but no row in it could be fed; `refused` says why.",
    503: "Kafka has not acknowledged it. Nothing is lost by sending it again: what is there already changes nothing.",
}
EXAMPLES = {
    "urls": {"value": {"urls": ["https://news.example/a", {"url": "https://news.example/b", "priority": 9}]}},
    "page": {"value": {"url": "https://news.example/a", "html": "<html>…</html>"}},
}


def openapi(version: str) -> dict[str, Any]:
    """Make the OpenAPI 3.1 document."""
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
    lines = {"schema": {"type": "string", "description": "A UrlRow, a SentPage or a URL in quotes on each line."}}
    return {
        "operationId": "feed",
        "summary": "Feed URLs that are then fetched, and pages that were fetched elsewhere.",
        "description": "Answers when Kafka has acknowledged every row that is accepted. Feeding a row twice changes "
        "nothing.",
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": body, "examples": EXAMPLES}} | dict.fromkeys(NDJSON, lines),
        },
        "responses": {
            "202": {"description": "Fed, but for the rows in `refused`.", "content": _json("Accepted")},
            **{str(status): _problem(says) for status, says in PROBLEMS.items()},
            "default": _problem("Any other problem."),
        },
    }


def _health() -> dict[str, Any]:
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "health",
        "summary": "Say whether rows are taken.",
        "security": [],
        "responses": {
            "200": {"description": "They are.", "content": plain},
            "503": {"description": "They are not, and why.", "content": plain},
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


def _problem(says: str) -> dict[str, Any]:
    return {"description": says, "content": {PROBLEM: {"schema": _ref("ProblemDetails")}}}


def _json(name: str) -> dict[str, Any]:
    return {JSON: {"schema": _ref(name)}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415 — only here

    mode: JsonSchemaMode = "validation"
    kinds = (UrlRow, SentPage, Batch, Accepted, ProblemDetails)
    _, found = TypeAdapter.json_schemas(
        [(kind.__name__, mode, adapter(kind)) for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Any] = found["$defs"]
    return dict(sorted(schemas.items()))
