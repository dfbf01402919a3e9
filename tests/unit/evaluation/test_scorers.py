"""Scorers of the newcomer protocol, with and without demographics."""

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.scorers import TwoStageScorer, WithoutDemographics


def test_people_without_demographics_are_scored_by_their_answers_alone(towers: Towers) -> None:
    """On the board gender determines the taste. Without it, a woman and a man with equal ratings get equal scores."""
    scorer, anonymous_scorer = TwoStageScorer(towers), WithoutDemographics(TwoStageScorer(towers))
    people = [Profile("F", 28, 4, {10: 5.0}), Profile("M", 45, 12, {10: 5.0}), Profile("F", 28, 4)]
    woman, man, without_answers = anonymous_scorer.scores(people)
    np.testing.assert_allclose(woman, man, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(without_answers, scorer.scores([Profile()])[0], atol=1e-4)
    assert not np.allclose(woman, without_answers, atol=1e-2)
    assert not np.allclose(*scorer.scores(people[:2]), atol=1e-2)
