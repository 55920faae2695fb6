"""Nothing of the machine decides a test: no variable of the user, and no timing.

The environment is cleaned here, before a test file imports anything that reads it.
A busy machine takes longer than hypothesis allows an example, or the making of one.
"""

from __future__ import annotations

import gc
import logging
import os
import time
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.environment import clean

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

cleaned = clean(os.environ)
os.environ.clear()
os.environ.update(cleaned)
time.tzset()

settings.register_profile("chistovik", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chistovik")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector: what is made here stays, and it would look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a command that a test runs in its own process does to logging: later tests would miss log lines."""
    root, kept = logging.getLogger(), structlog.get_config()
    before, level = root.handlers[:], root.level
    yield
    structlog.configure(**kept)
    root.setLevel(level)
    for handler in root.handlers[:]:
        if handler not in before and not type(handler).__module__.startswith("_pytest"):
            root.removeHandler(handler)
