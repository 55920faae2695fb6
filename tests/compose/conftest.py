"""One stack for all tests with Docker: built, brought up, and taken down with its volumes."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.compose.stack import PAGES, Compose
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def compose(request: pytest.FixtureRequest) -> Iterator[Compose]:
    name = f"chistovik-t{secrets.token_hex(3)}"
    own = {
        "COMPOSE_PROJECT_NAME": name,
        "CHISTOVIK_IMAGE": f"{name}:tried",
        "CHISTOVIK_KAFKA_PORT": str(free_port()),
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CHISTOVIK_", "COMPOSE_"))}
    run = Compose({**ours, **own})
    failed_before = request.session.testsfailed
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show_if_failed(kind: type[BaseException] | None, *_: object) -> None:
        if kind or request.session.testsfailed > failed_before:
            with capture.global_and_fixture_disabled():
                sys.stderr.write(f"\n{run.story()}")

    with ExitStack() as ending:
        ending.callback(run.docker, "image", "rm", own["CHISTOVIK_IMAGE"])
        ending.callback(run, "--profile", "*", "down", "-v", "--remove-orphans", "--timeout", "20")
        ending.push(show_if_failed)
        run.up("--build")
        yield run


@pytest.fixture(scope="session")
def fed(compose: Compose) -> dict[str, list[dict[str, Any]]]:
    """Feed the demo pages once, and give their outcomes."""
    compose.chistovik("feed", "--pages", "deploy/demo/pages")
    return compose.outcomes_of(PAGES)
