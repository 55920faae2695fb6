"""Reads the metadata that labels above a plain text name ("Title:", "Автор:", front matter)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.people import key_of, people_of
from pipeline.document.metadata.site import name_of
from pipeline.document.metadata.titles import headline_of
from pipeline.page.forms.form import NO_FIELDS, Fields
from pipeline.records.document import Sources
from pipeline.text.calendar.dates import Moment, believed, dates_in, in_order, moment_of
from pipeline.text.plain import plain

FIELD = "field"
_NOTHING: Final = Metadata()


def metadata_of_fields(fields: Fields, lines: Sequence[str], *, fetched_at: datetime) -> Metadata:
    """Return the metadata of labelled fields; values that fail their check are left out.

    `lines` are those of the text: a label may have the name of the site behind a headline that is one of them.
    """
    if fields is NO_FIELDS or fields == NO_FIELDS:
        return _NOTHING
    headline = headline_of(plain(fields.headline), (), set(map(key_of, lines))) if fields.headline else None
    author = people_of(fields.authors, single=False)
    published, modified = (_moment(text, fetched_at) for text in (fields.published, fields.modified))
    if published is not None and modified is not None and not in_order(published, modified):
        modified = None
    description = plain(fields.description) or None
    publisher = name_of(fields.publisher) if fields.publisher else None
    return Metadata(
        headline=headline,
        description=description,
        author=author,
        date_published=None if published is None else str(published),
        date_modified=None if modified is None else str(modified),
        publisher=publisher,
        sources=Sources(
            headline=FIELD if headline else None,
            description=FIELD if description else None,
            author=FIELD if author else None,
            date_published=None if published is None else FIELD,
            date_modified=None if modified is None else FIELD,
            publisher=FIELD if publisher else None,
        ),
    )


def _moment(text: str, fetched_at: datetime) -> Moment | None:
    """Return the moment of a value that is nothing but a date, or that has just one."""
    if not text:
        return None
    moment = moment_of(text) or next((dated.moment for dated in dates_in(text)), None)
    return believed(moment, fetched_at)
