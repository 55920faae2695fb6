"""The header `traceparent` follows W3C Trace Context."""

from __future__ import annotations

import pytest

from pipeline.topics.traceparent import Context, child_of, is_chosen, read

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01".encode()


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (PARENT, True),
        (f"00-{TRACE}-{SPAN}-00".encode(), False),
        (f"00-{TRACE}-{SPAN}-02".encode(), False),  # another flag
        (f"00-{TRACE}-{SPAN}-03".encode(), True),
        (f"cc-{TRACE}-{SPAN}-01".encode(), True),  # a later version
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like".encode(), True),
    ],
)
def test_a_valid_header_is_read(header: bytes, sampled: bool) -> None:
    assert read(header) == Context(TRACE, SPAN, sampled)


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        PARENT.upper(),
        PARENT + b"-more",  # not in version 00
        PARENT + b"\n",
        b" " + PARENT,
        b"ff" + PARENT[2:],
        f"cc-{TRACE}-{SPAN}-01.what".encode(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE}-{SPAN[:-1]}-01".encode(),
        f"00-{TRACE}-{SPAN}-1".encode(),
    ],
)
def test_an_invalid_header_starts_a_new_trace(header: bytes | None) -> None:
    assert read(header) is None
    assert child_of(header, "clean", "pages/0/1") == child_of(None, "clean", "pages/0/1")


def test_a_child_stays_in_the_trace_and_passes_on_whether_it_is_recorded() -> None:
    child = read(child_of(PARENT, "clean", "pages/0/1"))
    assert child is not None
    assert (child.trace, child.is_sampled) == (TRACE, True)
    assert child.span != SPAN


def test_only_the_flag_that_is_ours_to_set_is_passed_on() -> None:
    assert child_of(f"00-{TRACE}-{SPAN}-ff".encode(), "clean", "x").endswith(b"-01")
    assert child_of(f"00-{TRACE}-{SPAN}-fe".encode(), "clean", "x").endswith(b"-00")


def test_a_header_follows_from_its_parent_and_place() -> None:
    assert child_of(PARENT, "clean", "pages/0/1") == child_of(PARENT, "clean", "pages/0/1")
    assert len({child_of(PARENT, stage, seed) for stage in ("clean", "dedupe") for seed in ("x/0/1", "x/0/2")}) == 4


def test_a_ratio_chooses_its_share_of_traces_and_every_stage_the_same() -> None:
    made = [read(child_of(None, "feed", str(number), ratio=0.25)) for number in range(4000)]
    chosen = [one for one in made if one is not None and one.is_sampled]
    assert 850 < len(chosen) < 1150
    assert all(is_chosen(one.trace, 0.25) for one in chosen)
    assert all(is_chosen(one.trace, 0.5) for one in chosen)  # a larger share holds the smaller one


def test_none_and_all_are_exact() -> None:
    assert not is_chosen("0" * 31 + "1", 0.0)
    assert is_chosen("f" * 32, 1.0)
