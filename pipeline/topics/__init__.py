"""The topics and their message headers: one table of data from which topics are created, documented and checked.

Here: everything that two programs must agree on to read each other's topics.
Not here: Kafka clients (agents/kafka).
"""

from pipeline.topics.table import (
    ARTICLES,
    DAY_MS,
    DEAD_LETTER_NOTES,
    DEAD_LETTERS,
    DISCARDED,
    DOCUMENTS,
    DUPLICATES,
    LARGE,
    LARGEST_VALUE,
    OUTCOMES,
    PAGES,
    PROFILES,
    SMALL,
    STAGES,
    TOPICS,
    URLS,
    URLS_LATER,
    VERDICTS,
    VISITS,
    WATCHES,
    WORKER_STAGES,
    Topic,
    group_of,
)

__all__ = [
    "ARTICLES",
    "DAY_MS",
    "DEAD_LETTERS",
    "DEAD_LETTER_NOTES",
    "DISCARDED",
    "DOCUMENTS",
    "DUPLICATES",
    "LARGE",
    "LARGEST_VALUE",
    "OUTCOMES",
    "PAGES",
    "PROFILES",
    "SMALL",
    "STAGES",
    "TOPICS",
    "URLS",
    "URLS_LATER",
    "VERDICTS",
    "VISITS",
    "WATCHES",
    "WORKER_STAGES",
    "Topic",
    "group_of",
]
