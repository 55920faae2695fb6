"""Feeds and sitemaps as sites write them: nothing is lost, and nothing is read wrongly."""

import pytest

from pipeline.listing.entries import Listing
from pipeline.listing.reading import read_listing
from tests.support.listings import CASES, Case, read_of


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_listing_is_read_as_it_was_meant(case: Case) -> None:
    found = read_listing(case.raw, case.url, charset=case.charset)
    assert isinstance(found, Listing), found
    assert read_of(found) == case.entries
    assert bool(found.cut) == case.cut
