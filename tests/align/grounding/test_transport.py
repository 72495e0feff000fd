import numpy as np
import pytest

from align.grounding.transport import transport


def test_the_plan_with_its_dustbins_keeps_the_masses() -> None:
    draw = np.random.default_rng(0)
    cosines = draw.uniform(-0.2, 0.8, (4, 7))
    most = np.array([1, 2, 7, 1])
    plan = transport(cosines, most, 0.3, 0.05)
    assert plan.min() >= 0
    assert (plan.sum(1) <= most + 1e-5).all()
    assert (plan.sum(0) <= 1 + 1e-5).all()


def test_one_phrase_and_one_region_alone_follow_the_logistic_function() -> None:
    for cosine in (0.1, 0.3, 0.34, 0.5):
        plan = transport(np.array([[cosine]]), np.array([1]), 0.3, 0.05)
        assert plan[0, 0] == pytest.approx(1 / (1 + np.exp(-(cosine - 0.3) / 0.1)), abs=1e-3)


def test_phrases_compete_for_a_region_that_both_are_like() -> None:
    cosines = np.array([[0.8, 0.7], [0.75, 0.1]])
    alone = transport(cosines[:1], np.array([1]), 0.3, 0.05)
    both = transport(cosines, np.array([1, 1]), 0.3, 0.05)
    assert alone[0].argmax() == 0
    assert both.argmax(1).tolist() == [1, 0]


def test_its_result_is_the_best_plan_there_is() -> None:
    draw = np.random.default_rng(1)
    cosines = draw.uniform(-0.2, 0.8, (2, 3))

    def worth(inner: np.ndarray) -> float:
        whole = np.zeros((3, 4))
        whole[:2, :3] = inner
        whole[:2, 3] = 1 - inner.sum(1)
        whole[2, :3] = 1 - inner.sum(0)
        whole[2, 3] = inner.sum()
        gain = ((cosines - 0.3) / 0.1 * inner).sum()
        return float(gain - (whole * np.log(whole)).sum())

    plan = transport(cosines, np.array([1, 1]), 0.3, 0.1)
    best = worth(plan)
    for _ in range(200):
        other = plan + draw.normal(0, 1e-3, plan.shape)
        if other.min() > 0 and other.sum(1).max() < 1 and other.sum(0).max() < 1:
            assert worth(other) <= best + 1e-6


def test_very_unlike_and_very_alike_ones_stay_finite() -> None:
    plan = transport(np.array([[1.0, -1.0]]), np.array([1]), 0.0, 1e-4)
    assert np.isfinite(plan).all()
    assert plan[0, 0] > 0.99 > 0.01 > plan[0, 1]
