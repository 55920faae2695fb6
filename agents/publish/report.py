"""What publish reports of an event: its counter, its span, and a log line for a dead letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.observe.telemetry import Finished, Line
from pipeline.records.article import DeadLetter, kind_of
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT

if TYPE_CHECKING:
    from pipeline.article.message import Message

STAGE = "publish"


def finished(message: Message, began: float) -> Finished:
    """Return the report of an event that was published; `began` is in seconds since the epoch."""
    outcome = message.outcome
    letter = outcome if isinstance(outcome, DeadLetter) else None
    return Finished(
        stage=STAGE,
        result=(message.topic, kind_of(outcome)),
        place=outcome.provenance.place,
        page_id=outcome.page_id,
        url=outcome.url,
        error=letter.error if letter else "",
        began=began,
        own=header(message.headers, TRACEPARENT),
        parent=message.parent,
        line=_dead(letter) if letter else None,
    )


def _dead(letter: DeadLetter) -> Line:
    facts = {
        "stage": letter.stage,
        "page_id": letter.page_id,
        "url": letter.url,
        "place": letter.provenance.place,
        "attempt": letter.attempt,
        "error": letter.error[:500],
    }
    return Line("dead letter", facts)
