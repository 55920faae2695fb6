"""Cleans inputs where they are read: in the cleaning processes. The command only passes bytes in and rows out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from agents.clean.pool import WARM, Cleaners, Work
from agents.clean.record import CleanRecord, clean_page_of, failed_page_of, unread_record
from agents.feed.page_files import Problem
from agents.stage.delivery import Delivery

if TYPE_CHECKING:
    from agents.feed.page_files import RawInput
    from pipeline.document.clean import Extractor
    from pipeline.document.metadata.reservations import Obey
    from pipeline.records.page_type import PageType

TOPIC = "input"  # in the provenance of a cleaned input


@dataclass(frozen=True, slots=True)
class NumberedInput:
    """An input, and its number from 0, which stands for an offset."""

    number: int
    raw: RawInput

    @property
    def value(self) -> bytes:
        """The bytes of the input."""
        return self.raw.value

    def delivery(self) -> Delivery:
        """Return the input as a record without its bytes: they are not kept in a failure."""
        return Delivery(topic=TOPIC, partition=0, offset=self.number)


@dataclass(frozen=True, slots=True)
class CleanInput(CleanRecord):
    """A cleaned input. `value` is empty if the input is no page."""

    id: str | int | None = field(default=None, kw_only=True)  # of its row
    problem: str = field(default="", kw_only=True)  # of the input, for the user


def input_cleaners(**settings: object) -> Cleaners:
    """Return cleaners of `NumberedInput`; the settings are those of `Cleaners`."""
    work = Work(clean_input, failed_input, unread_input, preload=(WARM, __name__))
    return Cleaners(**settings, work=work)  # type: ignore[arg-type]


def clean_input(  # noqa: PLR0917 — a process gets them by position
    one: NumberedInput,
    max_page_bytes: int,
    max_record_bytes: int,
    extractor: Extractor = "blocks",
    obey: Obey | None = None,
    accept: frozenset[PageType] | None = None,
) -> CleanInput:
    """Read an input and clean its page."""
    read = one.raw.read()
    if isinstance(read, Problem):
        return CleanInput(b"", b"", 0, problem=str(read))
    record = clean_page_of(
        one.delivery(), read.page, max_page_bytes, max_record_bytes, extractor=extractor, obey=obey, accept=accept
    )
    return _with(record, read.id, read.problem)


def failed_input(one: NumberedInput, error: str, max_record_bytes: int) -> CleanInput:
    """Make the failure of an input whose cleaning was killed or raised an exception."""
    read = one.raw.read()
    if isinstance(read, Problem):
        return CleanInput(b"", b"", 0, problem=str(read))
    return _with(failed_page_of(one.delivery(), read.page, error, max_record_bytes), read.id, read.problem)


def unread_input(one: NumberedInput, error: str, max_record_bytes: int) -> CleanInput:
    """Make the failure of an input that cannot even be read again."""
    return _with(unread_record(one.delivery(), error, max_record_bytes), None, None)


def _with(record: CleanRecord, row_id: str | int | None, problem: Problem | None) -> CleanInput:
    known = {each.name: getattr(record, each.name) for each in fields(record)}
    return CleanInput(**known, id=row_id, problem=str(problem) if problem else "")
