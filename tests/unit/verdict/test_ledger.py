"""Ledgers: a verdict that was given is repeated, one that was not follows from those before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.verdict import Decision, Kinship
from pipeline.verdict.ledger import Ledger
from pipeline.verdict.snapshot import ChangelogPosition, pack, unpack
from tests.support.documents import BRIDGE, SNOW, document, judged, logs, refusal

if TYPE_CHECKING:
    import pytest

    from pipeline.records.document import Cleaned


def test_a_document_before_its_predecessors_gets_no_verdict() -> None:
    ledger = Ledger(0)
    assert ledger.judge(document("b", SNOW, 1), 1) is None
    assert ledger.verdicts == {}


def test_a_document_that_came_early_is_judged_in_its_turn() -> None:
    ledger = Ledger(0)
    early = document("b", SNOW, 1)
    ledger.judge(early, 1)
    ledger.judge(document("a", SNOW, 0), 0)
    verdict = ledger.judge(early, 1)
    assert verdict is not None
    assert verdict.kinship is Kinship.EXACT


def test_a_known_verdict_is_repeated_verbatim_whatever_the_document_says_now() -> None:
    ledger = Ledger(0)
    first = ledger.judge(document("a", SNOW, 0), 0)
    assert ledger.judge(document("b", BRIDGE, 9), 0) == first
    assert ledger.judge(refusal("menu", 8), 0) == first


def test_what_was_committed_while_nobody_had_it_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.verdict.ledger.KEPT", 2)
    ledger = Ledger(0)
    for verdict in judged(*(document(str(n), SNOW, n) for n in range(9))):
        ledger.remember(verdict)
    ledger.committed = 7
    ledger.open_at(0)
    assert list(ledger.verdicts) == [7, 8]


def test_what_is_kept_of_a_snapshot_ends_where_the_group_has_got_to(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(0)
    for offset in range(9):
        ledger.judge(document(str(offset), SNOW, offset), offset)
    stand = ChangelogPosition(topic="verdicts", topic_id="x", partition=0, offset=8)
    again, _ = unpack(b"".join(pack(ledger, stand)), topic="verdicts", topic_id="x", partition=0)
    monkeypatch.setattr("pipeline.verdict.ledger.KEPT", 2)
    again.committed = 9
    again.open_at(0)
    assert list(again.verdicts) == [7, 8]


def test_the_first_verdict_read_back_for_a_document_stays() -> None:
    [first] = judged(document("a", SNOW, 0))
    ledger = Ledger(0)
    ledger.remember(first)
    ledger.remember(replace(first, decision=Decision.DISCARDED))
    ledger.open_at(0)
    assert ledger.judge(document("a", SNOW, 0), 0) == first


def test_a_log_that_begins_late_is_judged_from_there() -> None:
    ledger = Ledger(0)
    ledger.open_at(500)
    verdict = ledger.judge(document("a", SNOW, 0), 500)
    assert verdict is not None
    assert ledger.judge(document("a", SNOW, 0), 499) is None


def test_a_first_document_whose_verdict_was_lost_is_judged_though_later_ones_have_theirs() -> None:
    first, second = judged(document("a", SNOW, 0), document("b", BRIDGE, 1))
    ledger = Ledger(0)
    ledger.remember(second)
    ledger.open_at(0)
    assert ledger.judge(document("a", SNOW, 0), 0) == first
    assert ledger.passed == 2


def test_a_forgotten_verdict_claims_nothing_after_a_restart() -> None:
    verdicts = judged(document("a", SNOW, 0), document("b", BRIDGE, 1))
    ledger = Ledger(0)
    for verdict in verdicts:
        ledger.remember(verdict)
    ledger.forget(0)
    ledger.open_at(1)  # a verdict outlives its document: when it is forgotten, the log begins later
    later = ledger.judge(document("c", SNOW, 2), 2)
    assert later is not None
    assert later.decision is Decision.CREATED


@given(logs(), st.data())
def test_a_kill_at_any_point_changes_no_verdict(log: list[Cleaned], data: st.DataObject) -> None:
    verdicts = judged(*log)
    acknowledged = data.draw(st.integers(0, len(log)))
    written = data.draw(st.integers(acknowledged, len(log)))
    survived = set(range(written))
    if written:  # the changelog may also have got some verdicts of the batch behind a failed one
        survived |= data.draw(st.sets(st.integers(written, len(log) - 1))) if written < len(log) else set()
    ledger = Ledger(0)
    for offset in data.draw(st.permutations(sorted(survived))):
        ledger.remember(verdicts[offset])
    ledger.open_at(0)
    assert [ledger.judge(log[n], n) for n in range(acknowledged, len(log))] == verdicts[acknowledged:]
