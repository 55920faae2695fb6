"""Robots directives and TDM reservations, in headers and meta tags: events carry them, and a setting obeys them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.document.clean import clean
from pipeline.document.metadata.reservations import obey_of
from pipeline.records.document import Document, Refusal, Reservations
from pipeline.records.reason import Reason
from tests.support.stand_ins import cases, html, page

if TYPE_CHECKING:
    from collections.abc import Sequence

STORY = html(cases("articles.txt")[0][1:])
ALL = ("noindex", "noarchive", "tdm")


def cleaned(
    meta: str = "", *, obey: Sequence[str] = (), robot: str = "MerrowBot", **headers: Any
) -> Document | Refusal:
    one = replace(page(STORY.replace("<title>", f"{meta}<title>")), **headers)
    return clean(one, topic="pages", partition=0, offset=0, obey=obey_of(obey, robot))


def robots(*values: str, obey: Sequence[str] = (), robot: str = "MerrowBot") -> tuple[str, ...]:
    found = cleaned(x_robots_tag=values, obey=obey, robot=robot).reservations
    return found.robots if found else ()


def tag(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("noindex, nofollow", ("noindex", "nofollow")),
        ("NOINDEX,NOARCHIVE", ("noindex", "noarchive")),
        ("none", ("none",)),
        ("index, follow, max-image-preview:large, max-snippet:-1", ()),
        ("all", ()),
        ("noindex, noindex", ("noindex",)),
        ("noai, noimageai", ("noai", "noimageai")),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", ("unavailable_after: 25 jun 2010 15:00:00 pst",)),
        ("noarchive, unavailable_after: Friday, 25-Jun-2010 15:00:00 GMT, nofollow",
         ("noarchive", "unavailable_after: friday, 25-jun-2010 15:00:00 gmt", "nofollow")),
    ],
)  # fmt: skip
def test_directives_are_read_in_meta_tags_and_headers_alike(content: str, expected: tuple[str, ...]) -> None:
    found = cleaned(tag("Robots", content)).reservations
    assert (found.robots if found else ()) == expected
    assert robots(content) == expected


def test_directives_for_a_named_robot_keep_its_name() -> None:
    assert robots("googlebot: nofollow", "otherbot: noindex, nofollow", "noarchive") == (
        *("googlebot: nofollow", "otherbot: noindex", "otherbot: nofollow", "noarchive"),
    )
    found = cleaned(tag("googlebot", "noindex") + tag("author", "noindex")).reservations
    assert found == Reservations(robots=("googlebot: noindex",))


@pytest.mark.parametrize(
    ("header", "obey", "reason"),
    [
        ("noindex", ("noindex",), Reason.NOINDEX),
        ("none", ("noindex",), Reason.NOINDEX),
        ("noarchive", ("noarchive",), Reason.NOARCHIVE),
        ("noindex, noarchive", ("noarchive",), Reason.NOARCHIVE),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", ("noindex",), Reason.NOINDEX),
        ("unavailable_after: 2010-06-25", ("noindex",), Reason.NOINDEX),
        ("merrowbot: noindex", ("noindex",), Reason.NOINDEX),
        ("unavailable_after: 25 Jun 2040 15:00:00 GMT", ALL, None),
        ("unavailable_after: soon", ALL, None),
        ("googlebot: noindex, noarchive", ALL, None),
        ("nofollow, nosnippet", ALL, None),
        ("noindex", ("noarchive", "tdm"), None),
        ("noindex, noarchive", (), None),
    ],
)
def test_only_what_the_setting_names_is_obeyed(header: str, obey: Sequence[str], reason: Reason | None) -> None:
    found = cleaned(x_robots_tag=(header,), obey=obey)
    assert (found.reason if isinstance(found, Refusal) else None) == reason
    assert found.reservations is not None


@pytest.mark.parametrize(
    ("meta", "headers", "expected"),
    [
        ("", {"tdm_reservation": "1", "tdm_policy": "https://news.example/tdm.json"}, (True, "https://news.example/tdm.json")),
        ("", {"tdm_reservation": "0"}, (False, None)),
        ("", {"tdm_reservation": "yes"}, None),
        (tag("tdm-reservation", "1") + tag("tdm-policy", "https://a.example/p"), {}, (True, "https://a.example/p")),
        (tag("tdm-reservation", "0"), {"tdm_reservation": "1", "tdm_policy": "https://a.example/p"}, (False, None)),
        (tag("TDM-Reservation", "1"), {"tdm_reservation": "0"}, (True, None)),
        (tag("tdm-reservation", "2"), {"tdm_reservation": "1"}, (True, None)),
    ],
)  # fmt: skip
def test_a_tdm_reservation_of_the_page_precedes_that_of_the_server(
    meta: str, headers: dict[str, str], expected: tuple[bool, str | None] | None
) -> None:
    found = cleaned(meta, **headers).reservations
    assert (found and (found.tdm_reservation, found.tdm_policy)) == expected
    obeyed = cleaned(meta, obey=("tdm",), **headers)
    reserved = expected is not None and expected[0]
    assert isinstance(obeyed, Refusal) == reserved
    assert not isinstance(obeyed, Refusal) or obeyed.reason == Reason.TDM_RESERVED


def test_plain_text_has_the_reservations_of_its_headers() -> None:
    text = replace(page("\n".join(cases("articles.txt")[0][1:])), x_robots_tag=("noarchive",))
    found = clean(text, topic="pages", partition=0, offset=0)
    assert found.reservations == Reservations(robots=("noarchive",))


def test_a_page_that_declares_nothing_has_none() -> None:
    assert cleaned().reservations is None
