"""A broker with events of the real stages, one for each test file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.uiworld import judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.kafka import Connection


@pytest.fixture(scope="module")
def published() -> Iterator[Connection]:
    """Return a broker with events. Tests must not change them."""
    with judged() as connection:
        yield connection
