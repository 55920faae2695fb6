"""Settings: read once from a mapping, refused by name."""

import dataclasses
import os
from pathlib import Path
from typing import get_args

import pytest

from agents.errors import SettingsError
from agents.settings import EXTRACTORS, TYPES, Settings, example
from pipeline.document.clean import Extractor
from pipeline.records.page_type import PageType
from pipeline.records.reason import Reason
from pipeline.topics import PAGES

NAMES = [one.metadata["name"] for one in dataclasses.fields(Settings)]


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()
    assert (Settings().brokers, Settings().prefix, Settings().http_host) == ("localhost:9092", "news.", "127.0.0.1")


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_env(dict.fromkeys(NAMES, " ")) == Settings()


def test_values_are_read_as_what_they_are() -> None:
    found = Settings.from_env(
        {
            "CHISTOVIK_BROKERS": " a:1,b:2\n",
            "CHISTOVIK_DATA_DIR": "/var/lib/chistovik",
            "CHISTOVIK_REPLICATION": "3",
            "CHISTOVIK_PAGE_TIMEOUT": "2.5",
            "CHISTOVIK_LOG_FORMAT": "json",
        }
    )
    assert (found.brokers, found.data_dir) == ("a:1,b:2", Path("/var/lib/chistovik"))
    assert (found.replication, found.page_timeout, found.log_format) == (3, 2.5, "json")


def test_other_variables_are_passed_over() -> None:
    assert Settings.from_env({"HOME": "/root", "CHISTOVIK_NO_SUCH": "x", "chistovik_prefix": "y"}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CHISTOVIK_HTTP_PORT", "восемь", "a whole number"),
        ("CHISTOVIK_HTTP_PORT", "80.5", "a whole number"),
        ("CHISTOVIK_HTTP_PORT", "-1", "at least 0"),
        ("CHISTOVIK_REPLICATION", "0", "at least 1"),
        ("CHISTOVIK_PROCESSES", "-2", "at least 0"),
        ("CHISTOVIK_PAGE_TIMEOUT", "soon", "a number"),
        ("CHISTOVIK_PAGE_TIMEOUT", "0", "at least 0.1"),
        ("CHISTOVIK_PAGE_TIMEOUT", "nan", "at least 0.1"),
        ("CHISTOVIK_SESSION_TIMEOUT", "inf", "at least 1"),
        ("CHISTOVIK_MAX_PAGE_BYTES", "8MiB", "a whole number"),
        ("CHISTOVIK_MAX_PAGE_BYTES", "1023", "at least 1024"),
        ("CHISTOVIK_WINDOW_DAYS", "6.9", "at least 7"),
        ("CHISTOVIK_WINDOW_DAYS", "month", "a number"),
        ("CHISTOVIK_EXTRACTOR", "goose", "one of blocks, trafilatura"),
        ("CHISTOVIK_OBEY", "noindex,robots", "some of noindex, noarchive, tdm"),
        (
            "CHISTOVIK_ACCEPT",
            "article,blog",
            "some of article, listing, collection, product, service, forum, documentation",
        ),
        ("CHISTOVIK_LOG_FORMAT", "xml", "one of console, json"),
        ("CHISTOVIK_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_with_its_name(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert str(caught.value) == f"{name}={value!r}: expected {expected}"


def test_a_bad_value_of_two_lines_is_still_told_in_one() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"CHISTOVIK_HTTP_PORT": "1\n2"})
    assert "\n" not in str(caught.value)


def test_what_is_obeyed_is_a_list_with_the_name_of_the_robot() -> None:
    found = Settings.from_env(
        {"CHISTOVIK_OBEY": "noindex, tdm", "CHISTOVIK_USER_AGENT": "MerrowBot/1.0 (+https://m.example/)"}
    )
    assert (found.obeyed.what, found.obeyed.robot) == ({Reason.NOINDEX, Reason.TDM_RESERVED}, "MerrowBot")
    assert not Settings().obeyed.what


def test_what_is_accepted_is_a_list_of_types_and_articles_alone_by_default() -> None:
    found = Settings.from_env({"CHISTOVIK_ACCEPT": "article, forum"})
    assert found.accepted == {PageType.ARTICLE, PageType.FORUM}
    assert Settings().accepted == {PageType.ARTICLE}
    assert tuple(PageType) == TYPES


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().prefix = "test."


def test_the_example_lists_every_setting_with_its_default_and_what_it_says() -> None:
    lines = example().splitlines()
    for one in dataclasses.fields(Settings):
        at = lines.index(f"{one.metadata['name']}={one.default}")
        assert lines[at - 1] == f"# {one.metadata['help']}"


def test_the_example_read_back_gives_the_defaults() -> None:
    env = dict(line.split("=", 1) for line in example().splitlines() if line and not line.startswith("#"))
    assert Settings.from_env(env) == Settings()
    assert sorted(env) == sorted(NAMES)


def test_the_extractors_that_can_be_set_are_those_that_there_are() -> None:
    assert get_args(Extractor) == EXTRACTORS
    assert Settings().extractor == EXTRACTORS[0]


def test_no_window_is_shorter_than_pages_are_kept() -> None:
    low = next(one.metadata["low"] for one in dataclasses.fields(Settings) if one.name == "window_days")
    assert low == PAGES.retention_days  # a page may be cleaned again as long, and its document is a repeat


def test_every_setting_has_a_name_of_its_own() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert all(name.startswith("CHISTOVIK_") for name in NAMES)


def test_the_number_of_cleaning_processes_is_what_was_set() -> None:
    assert Settings(processes=3).cleaners == 3


def test_without_a_number_there_is_one_process_a_core() -> None:
    assert Settings().cleaners == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("processes", "cleaners"), [(3, 3), (0, os.cpu_count())])
def test_a_system_that_cannot_tell_its_affinity_heeds_the_setting_too(
    processes: int, cleaners: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert Settings(processes=processes).cleaners == cleaners
