"""Labelled fields above a plain text give its metadata, if their values pass the checks."""

from datetime import UTC, datetime

import pytest

from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.fields import metadata_of_fields
from pipeline.page.forms.form import NO_FIELDS, Fields

AT = datetime(2026, 6, 1, tzinfo=UTC)
HEADLINE = "Bakers reopen the old mill of Upper Sosny"


def found(fields: Fields, *lines: str) -> Metadata:
    return metadata_of_fields(fields, lines, fetched_at=AT)


def test_each_value_has_the_source_field() -> None:
    metadata = found(
        Fields(
            headline=HEADLINE,
            authors=("Anna Snow and Irina Frost",),
            published="12 May 2026",
            modified="2026-05-13T10:00:00+03:00",
            description="The wheel turns &amp; turns again.",
            publisher="Sosny Post",
        )
    )
    assert metadata.headline == HEADLINE
    assert metadata.author == ("Anna Snow", "Irina Frost")
    assert (metadata.date_published, metadata.date_modified) == ("2026-05-12", "2026-05-13T10:00:00+03:00")
    assert (metadata.description, metadata.publisher) == ("The wheel turns & turns again.", "Sosny Post")
    sources = metadata.sources
    assert {sources.headline, sources.author, sources.date_published, sources.date_modified} == {"field"}
    assert {sources.description, sources.publisher} == {"field"}


def test_a_name_of_the_site_behind_the_headline_goes_if_a_line_is_the_headline() -> None:
    assert found(Fields(headline=f"{HEADLINE} - Sosny Post"), "Menu", HEADLINE).headline == HEADLINE
    assert found(Fields(headline=f"{HEADLINE} - Sosny Post"), "Menu").headline == f"{HEADLINE} - Sosny Post"


@pytest.mark.parametrize(
    "fields",
    [
        NO_FIELDS,
        Fields(authors=("admin", "https://sosny.example/anna")),
        Fields(published="yesterday or so"),
        Fields(published="2026-08-01"),  # later than the fetch
    ],
)
def test_a_value_that_fails_its_check_is_left_out(fields: Fields) -> None:
    assert found(fields) == Metadata()


def test_a_change_before_the_publication_is_left_out() -> None:
    metadata = found(Fields(published="2026-05-12", modified="2026-05-01"))
    assert (metadata.date_published, metadata.date_modified) == ("2026-05-12", None)
