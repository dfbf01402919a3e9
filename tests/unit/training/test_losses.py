"""The softmax loss against values computed by hand, also for extreme scores."""

import numpy as np
import paddle
import pytest

from recsys.models.features import MoviesByPerson, profile_arrays
from recsys.training.batches import Batch, Ratings
from recsys.training.losses import MASKED_LOGIT, CandidateItems, softmax_loss


def batch(shown: dict[int, float], hidden: dict[int, float]) -> Batch:
    """Build a batch of one person with these shown and hidden ratings, position -> stars."""
    parts = [
        Ratings(np.zeros(len(part), np.int64), np.array([*part], np.int32), np.array([*part.values()], np.float32))
        for part in (shown, hidden)
    ]
    nothing = MoviesByPerson(np.zeros(0, np.int64), np.zeros(1, np.int64))
    profiles = profile_arrays(np.zeros((1, 3), np.int64), nothing, np.zeros(0, np.float32), nothing, 3)
    return Batch(profiles, *parts)


@pytest.mark.parametrize("score", [0.0, 500.0])
def test_shown_movies_are_masked_whatever_their_score(score: float) -> None:
    """One of two movies with equal scores is liked: log 2, even if the shown movie scores far higher."""
    scores = paddle.to_tensor(np.array([[0, 0, score]], np.float32))
    loss = softmax_loss(scores, batch({2: 5.0}, {0: 4.0}), CandidateItems(), 1.5)
    assert float(loss) == pytest.approx(np.log(2), rel=1e-5)


def test_likes_are_weighted_by_stars_and_probability() -> None:
    """Likes with probabilities .8 and .1 have weights .8 ** .3 and .1 ** .3, times 1.5 for 5 stars."""
    chances = np.array([0.8, 0.1, 0.1])
    scores = paddle.to_tensor(np.log(chances)[np.newaxis].astype(np.float32))
    weights = np.array([1, 1.5]) * chances[:2] ** 0.3
    expected = -(weights @ np.log(chances[:2])) / weights.sum()
    loss = softmax_loss(scores, batch({}, {0: 4.0, 1: 5.0}), CandidateItems(), 1.5)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_estimated_probabilities_are_at_most_1() -> None:
    """A like that scores far above all sampled movies has weight 1; a sampled like of 1/2 has .5 ** .3."""
    candidates = CandidateItems(np.arange(3), np.array([-MASKED_LOGIT, 0, 0], np.float32))
    scores = paddle.to_tensor(np.array([[300, 0, 0]], np.float32))
    losses = np.log(2) - (300 + MASKED_LOGIT), np.log(2)
    expected = np.average(losses, weights=(1, 0.5**0.3))
    assert float(softmax_loss(scores, batch({}, {0: 4.0, 1: 4.0}), candidates, 1.5)) == pytest.approx(
        expected, rel=1e-5
    )
