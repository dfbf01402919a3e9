"""The ranking metrics: known answers, and agreement with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from recsys.protocol.metrics import (
    RECALL_K,
    TOP_K,
    disliked_at_10,
    ideal_dcg,
    ndcg_at_10,
    recall_at_20,
    top_positions,
)


def test_ndcg_of_hits_at_ranks_1_and_3_of_two_likes() -> None:
    """The list gains 1 + 1 / log2(4), and the ideal list 1 + 1 / log2(3)."""
    assert ndcg_at_10([True, False, True], 2) == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))


@pytest.mark.parametrize("like_count", [1, 5, 10, 11, 300])
def test_the_ideal_list_reaches_an_ndcg_and_a_recall_of_1(like_count: int) -> None:
    """The ideal list has as many hits as fit, so that people with many likes can also reach 1."""
    hits = np.arange(RECALL_K) < like_count
    assert ndcg_at_10(hits, like_count) == pytest.approx(1)
    assert recall_at_20(hits, like_count) == pytest.approx(1)


def test_hits_after_rank_10_do_not_count_for_ndcg() -> None:
    """Rank 11 is cut off."""
    hits = np.arange(30) == TOP_K
    assert ndcg_at_10(hits, 1) == 0
    assert recall_at_20(hits, 1) == 1


def test_hits_after_rank_20_do_not_count_for_recall() -> None:
    """Rank 21 is cut off, and recall is over at most 20 likes."""
    hits = np.arange(30) >= RECALL_K - 5
    assert recall_at_20(hits, 300) == pytest.approx(5 / 20)
    assert recall_at_20(hits, 8) == pytest.approx(5 / 8)


def test_disliked_is_a_share_of_ten_places() -> None:
    """A list of three movies with two disliked ones scores 2 / 10, as do two disliked movies before rank 11."""
    assert disliked_at_10([True, False, True]) == pytest.approx(0.2)
    assert disliked_at_10([True] * 2 + [False] * 8 + [True] * 10) == pytest.approx(0.2)


def test_an_empty_list_scores_zero() -> None:
    """Nothing is listed, and so nothing is hit."""
    nothing = np.zeros(0, np.bool_)
    assert (ndcg_at_10(nothing, 3), recall_at_20(nothing, 3), disliked_at_10(nothing)) == (0, 0, 0)


def test_a_batch_of_lists_equals_single_lists() -> None:
    """Every metric takes (n, k) hits with (n,) counts."""
    rng = np.random.default_rng(0)
    hits, counts = rng.random((50, 25)) < 0.3, rng.integers(1, 40, 50)
    for metric in (ndcg_at_10, recall_at_20):
        singles = [metric(row, count) for row, count in zip(hits, counts.tolist(), strict=True)]
        np.testing.assert_allclose(metric(hits, counts), singles, rtol=1e-12)
    np.testing.assert_allclose(disliked_at_10(hits), [disliked_at_10(row) for row in hits], rtol=1e-12)


def test_the_ideal_dcg_stops_growing_at_ten_likes() -> None:
    """It is a sum of discounts, at most ten of them."""
    np.testing.assert_allclose(ideal_dcg([1, 2, 10, 11]), [1, 1 + 1 / np.log2(3), ideal_dcg(10), ideal_dcg(10)])


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), movies=st.integers(2, 60), likes=st.integers(1, 60))
def test_ndcg_agrees_with_scikit_learn(seed: int, movies: int, likes: int) -> None:
    """The ranking comes from `top_positions`; all scores differ, because scikit-learn averages over ties."""
    rng = np.random.default_rng(seed)
    scores = rng.permutation(movies).astype(np.float32)
    relevant = np.zeros(movies, np.bool_)
    relevant[rng.permutation(movies)[:likes]] = True
    ours = ndcg_at_10(relevant[top_positions(scores, TOP_K)], relevant.sum())
    assert ours == pytest.approx(ndcg_score([relevant], [scores], k=10), abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(scores=st.lists(st.integers(-3, 3), min_size=1, max_size=40), top_k=st.integers(1, 50))
def test_equal_scores_keep_their_order(scores: list[int], top_k: int) -> None:
    """`top_positions` equals a stable sort by descending score."""
    expected = sorted(range(len(scores)), key=lambda position: -scores[position])[:top_k]
    assert top_positions(np.array(scores, np.float32), top_k).tolist() == expected
