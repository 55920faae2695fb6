"""The topic `verdicts` is lost: dedupe says so, and judges again what it is given again, as it did before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from pipeline.topics import DOCUMENTS
from tests.support.kafka import commit, ends_of
from tests.support.patience import wait_until

if TYPE_CHECKING:
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

DEMO = "deploy/demo/pages"
STAGES = ("clean", "dedupe", "publish")

pytestmark = pytest.mark.broker


def move_back(kafka: Kafka, group: str, tp: TopicPartition) -> None:
    """Commit offset 0, once the group has let go of its member: a worker that died is one until its session ends."""

    def is_moved() -> bool:
        try:
            commit(kafka, group, tp, 0)
        except CommitFailedError:
            return False
        return True

    wait_until(is_moved, every=0.5)


def test_lost_verdicts_are_named_and_can_be_judged_again(kafka: Kafka, chistovik: Chistovik, prefix: str):
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", DEMO)
        before = chistovik.outcomes(pages=13)
    kafka.delete(f"{prefix}verdicts")
    chistovik("topics", "apply")

    said = chistovik("worker", "dedupe", code=70).stderr.decode()

    assert "holds verdicts on 0 documents, but group" in said
    assert f"--to-offset 0 --execute --group {prefix}dedupe --topic {prefix}documents:" in said
    documents = [TopicPartition(f"{prefix}documents", number) for number in range(DOCUMENTS.partitions)]
    for tp in documents:
        move_back(kafka, f"{prefix}dedupe", tp)
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", f"{DEMO}/01_ru_numbered_menu.txt")
        after = chistovik.outcomes(pages=14)
    chistovik("audit", "--settled")
    assert [len(after[topic]) - len(before[topic]) for topic in before] == [0, 1, 0, 0]
    verdicts = [TopicPartition(f"{prefix}verdicts", tp.partition) for tp in documents]
    ends = ends_of(kafka, [*verdicts, *documents])
    assert [ends[tp] for tp in verdicts] == [ends[tp] for tp in documents]
