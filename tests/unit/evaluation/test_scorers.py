"""What scorers of the newcomer protocol tell the towers."""

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.scorers import TwoStageScorer, WithoutDemographics


def test_who_skips_the_questions_is_scored_by_the_answers_alone(towers: Towers) -> None:
    """Gender parts the board's people; untold, a woman is nobody else than a man, but what she rated still counts."""
    told, untold = TwoStageScorer(towers), WithoutDemographics(TwoStageScorer(towers))
    people = [Profile("F", 28, 4, {10: 5.0}), Profile("M", 45, 12, {10: 5.0}), Profile("F", 28, 4)]
    woman, man, silent = untold.scores(people)
    np.testing.assert_allclose(woman, man, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(silent, told.scores([Profile()])[0], atol=1e-4)
    assert not np.allclose(woman, silent, atol=1e-2)
    assert not np.allclose(*told.scores(people[:2]), atol=1e-2)
