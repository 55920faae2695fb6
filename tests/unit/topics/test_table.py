"""The table of topics."""

import pytest

from pipeline.records.route import PARTITIONS
from pipeline.topics import (
    ARTICLES,
    DAY_MS,
    DOCUMENTS,
    OUTCOMES,
    PAGES,
    TOPICS,
    URLS,
    URLS_LATER,
    VERDICTS,
    VISITS,
    Topic,
    group_of,
)


def test_no_two_topics_share_a_name() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("topic", [DOCUMENTS, VERDICTS], ids=lambda topic: topic.name)
def test_documents_and_verdicts_have_a_partition_for_each_route_and_stay_so(topic: Topic) -> None:
    assert (topic.partitions, topic.fixed) == (PARTITIONS, True)


def test_there_are_four_outcomes() -> None:
    assert set(OUTCOMES) == {"articles", "duplicates", "discarded", "dead-letters"}
    assert all(OUTCOMES[name].name == name for name in OUTCOMES)


def test_no_record_is_in_two_topics() -> None:
    records = [record for topic in TOPICS for record in topic.records]
    assert len(records) == len(set(records))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_settings_are_strings_as_kafka_takes_them(topic: Topic) -> None:
    assert all(isinstance(value, str) for value in topic.config.values())
    assert topic.config["max.message.bytes"].isdigit()
    assert topic.config["message.timestamp.type"] == "CreateTime"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_kept_by_time_or_compacted_or_both(topic: Topic) -> None:
    by_time = {"retention.ms": str((topic.retention_days or 0) * DAY_MS)}
    by_key = {"min.compaction.lag.ms": str(topic.compaction_lag_days * DAY_MS)}
    expected = {
        (False, True): {"cleanup.policy": "delete"} | by_time,
        (True, False): {"cleanup.policy": "compact"} | by_key,
        (True, True): {"cleanup.policy": "compact,delete"} | by_time | by_key,
    }[topic.compacted, topic.retention_days is not None]
    assert expected.items() <= topic.config.items()
    assert ("retention.ms" in topic.config) == (topic.retention_days is not None)


def test_only_visits_and_watches_are_kept_by_both() -> None:
    assert [topic.name for topic in TOPICS if topic.policy == "compact,delete"] == ["watches", "visits"]
    assert VISITS.kept == "newest per key, 30 days"


def test_topics_about_urls_have_the_partitions_of_urls() -> None:
    assert URLS.partitions == URLS_LATER.partitions == VISITS.partitions == PAGES.partitions


def test_pages_are_kept_a_week() -> None:
    assert PAGES.config["retention.ms"] == "604800000"
    assert PAGES.kept == "7 days"


def test_articles_are_not_compacted_before_their_pages_are_gone() -> None:
    assert PAGES.retention_days is not None
    assert ARTICLES.compaction_lag_days >= PAGES.retention_days
    assert ARTICLES.kept == "newest per key"


def test_documents_are_kept_as_long_as_pages() -> None:
    assert DOCUMENTS.retention_days == PAGES.retention_days


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_name_is_legal_in_kafka_under_the_default_prefix(topic: Topic) -> None:
    assert topic.name.replace("-", "").isalpha()
    assert topic.name.isascii()


def test_each_stage_has_a_group_of_its_own_under_the_prefix() -> None:
    assert group_of("news.", "clean") == "news.clean"


def test_verdicts_are_deleted_after_the_window() -> None:
    assert VERDICTS.kept == "newest per key; tombstones after the dedupe window"
    assert [topic.name for topic in TOPICS if topic.tombstones] == [VERDICTS.name]
    assert VISITS.kept == "newest per key, 30 days"
