"""Diversity re-ranking: the best candidate stays first, near copies move down, and no candidate is lost."""

import numpy as np

from recsys.serving.diversify import diversify


def candidates() -> tuple[np.ndarray, np.ndarray]:
    """Three near copies with the best scores, and a different title."""
    scores = np.array([1.0, 0.99, 0.98, 0.97], np.float32)
    vectors = np.array([[1, 0, 9], [1, 0.01, 9], [1, 0.02, 9], [0, 1, 9]], np.float32)
    return scores, vectors


def test_the_best_stays_first_and_a_copy_gives_way() -> None:
    """The different title moves up to second place."""
    assert diversify(*candidates(), count=3, strength=2.0) == [0, 3, 1]


def test_without_strength_the_order_stays() -> None:
    """With strength 0, candidates keep their order."""
    assert diversify(*candidates(), count=4, strength=0.0) == [0, 1, 2, 3]


def test_every_candidate_is_chosen_once() -> None:
    """If more are asked for than there are, each comes back once."""
    assert sorted(diversify(*candidates(), count=10)) == [0, 1, 2, 3]


def test_equal_scores_keep_their_order() -> None:
    """Scores without spread cause no division by zero."""
    assert diversify(np.ones(3, np.float32), np.eye(3, dtype=np.float32), 3, strength=1.0) == [0, 1, 2]


def test_one_candidate_or_none() -> None:
    """Lists of one and of no candidate work."""
    assert diversify(np.ones(1, np.float32), np.ones((1, 3), np.float32), 5) == [0]
    assert diversify(np.ones(0, np.float32), np.ones((0, 3), np.float32), 5) == []
