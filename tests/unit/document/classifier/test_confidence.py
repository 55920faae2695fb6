"""How sure the cleaning says it is of a text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.document.classifier.confidence import CURVE, confidence, expected_f1
from pipeline.document.classifier.judge import decide, measure_text

WORDS = np.array([20.0, 30.0, 10.0])
KEPT = np.array([True, True, False])


def test_sure_scores_give_a_sure_text() -> None:
    assert expected_f1(np.array([1.0, 1.0, 0.0]), WORDS, KEPT) == pytest.approx(1.0)
    assert expected_f1(np.array([0.6, 0.6, 0.4]), WORDS, KEPT) < 0.75


def test_text_that_is_dropped_although_it_is_likely_counts_against_it() -> None:
    unlikely, likely = np.array([0.9, 0.9, 0.1]), np.array([0.9, 0.9, 0.9])
    assert expected_f1(likely, WORDS, KEPT) < expected_f1(unlikely, WORDS, KEPT)


def test_nothing_kept_is_worth_nothing() -> None:
    assert expected_f1(np.array([0.9, 0.2, 0.1]), WORDS, np.zeros(3, bool)) == 0.0
    assert expected_f1(np.zeros(3), WORDS, np.zeros(3, bool)) == 0.0


@given(arrays(np.float64, 3, elements=st.floats(0, 1)), arrays(np.bool_, 3))
def test_an_estimate_is_a_share(scores: np.ndarray, kept: np.ndarray) -> None:
    assert 0.0 <= expected_f1(scores, WORDS, kept) <= 1.0 + 1e-9


@pytest.mark.parametrize("kind", CURVE)
def test_a_higher_estimate_is_never_worth_less(kind: str) -> None:
    steps = [confidence(kind, step / 100) for step in range(101)]  # type: ignore[arg-type]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("kind", CURVE)
def test_between_two_points_of_its_curve_an_estimate_is_worth_what_is_on_their_line(kind: str) -> None:
    points, worth = zip(*CURVE[kind], strict=True)  # type: ignore[index]
    for estimate in (*points, *(step / 1009 for step in range(1010)), 1.0 + 1e-9):
        expected = round(float(np.interp(estimate, points, worth)), 3)
        assert confidence(kind, estimate) == expected  # type: ignore[arg-type]


def test_a_clean_article_is_surer_than_a_page_of_remains() -> None:
    lines = [f"Жители посёлка номер {n} вышли на расчистку дороги после сильного снегопада." for n in range(8)]
    remains = ["Новости", "Спорт", "Снег", "12:30 Каток", "Читайте также", "Мост через реку открыли после ремонта"]
    assert decide(measure_text("\n".join(lines))).confidence > 0.9
    assert decide(measure_text("\n".join(remains))).confidence < 0.9
