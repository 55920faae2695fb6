"""The oracle of the runs in which workers are killed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.workload import FLICKERING, is_right, kind_of

UPDATE = next(number for number in range(1, 1000) if kind_of(number) == "update" and number % FLICKERING)
CREATED = {"event": "created", "article_id": "a"}
SUPERSEDED = {"event": "discarded", "reason": "superseded"}


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ([CREATED, {"event": "updated", "article_id": "a"}], True),
        ([CREATED, SUPERSEDED], True),
        ([SUPERSEDED, SUPERSEDED], False),
        ([CREATED, {"event": "discarded", "reason": "no-article"}], False),
        ([CREATED, {"event": "duplicate", "article_id": "a"}], False),
        ([CREATED, CREATED], False),
    ],
)
def test_two_states_of_a_page_are_an_article_and_its_update(found: list[dict[str, Any]], *, right: bool) -> None:
    assert is_right(UPDATE, found) is right
