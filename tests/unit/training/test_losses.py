"""The softmax's weights, worked out by hand, however far apart the scores are."""

import numpy as np
import paddle
import pytest

from recsys.models.features import MoviesByPerson, profile_arrays
from recsys.training.batches import Batch, Ratings
from recsys.training.losses import MASKED_LOGIT, CandidateItems, softmax_loss


def batch(shown: dict[int, float], hidden: dict[int, float]) -> Batch:
    """One person of whom these ratings, position -> stars, are shown and hidden."""
    parts = [
        Ratings(np.zeros(len(part), np.int64), np.array([*part], np.int32), np.array([*part.values()], np.float32))
        for part in (shown, hidden)
    ]
    nothing = MoviesByPerson(np.zeros(0, np.int64), np.zeros(1, np.int64))
    profiles = profile_arrays(np.zeros((1, 3), np.int64), nothing, np.zeros(0, np.float32), nothing, 3)
    return Batch(profiles, *parts)


@pytest.mark.parametrize("score", [0.0, 500.0])
def test_what_was_shown_does_not_count_however_high_it_scores(score: float) -> None:
    """One of two equal movies is liked: log 2, also where the movie that was shown would stand far above both."""
    scores = paddle.to_tensor(np.array([[0, 0, score]], np.float32))
    loss = softmax_loss(scores, batch({2: 5.0}, {0: 4.0}), CandidateItems(), 1.5)
    assert float(loss) == pytest.approx(np.log(2), rel=1e-5)


def test_likes_count_by_their_stars_and_by_what_can_stand_on_top() -> None:
    """Likes with probabilities .8 and .1 count by .8 ** .3 and .1 ** .3, and 5 stars half as much again."""
    chances = np.array([0.8, 0.1, 0.1])
    scores = paddle.to_tensor(np.log(chances)[np.newaxis].astype(np.float32))
    weights = np.array([1, 1.5]) * chances[:2] ** 0.3
    expected = -(weights @ np.log(chances[:2])) / weights.sum()
    loss = softmax_loss(scores, batch({}, {0: 4.0, 1: 5.0}), CandidateItems(), 1.5)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_a_like_far_above_all_that_was_sampled_counts_whole() -> None:
    """Its estimated probability is 1 and not beyond, so that beside it a sampled like of 1/2 counts by .5 ** .3."""
    columns = CandidateItems(np.arange(3), np.array([-MASKED_LOGIT, 0, 0], np.float32))
    scores = paddle.to_tensor(np.array([[300, 0, 0]], np.float32))
    losses = np.log(2) - (300 + MASKED_LOGIT), np.log(2)
    expected = np.average(losses, weights=(1, 0.5**0.3))
    assert float(softmax_loss(scores, batch({}, {0: 4.0, 1: 4.0}), columns, 1.5)) == pytest.approx(expected, rel=1e-5)
