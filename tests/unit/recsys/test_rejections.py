"""A thumb down never raises its movie or the most similar movies in either stage, and it can be undone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.evaluation.explanations.dislikes import nearest
from recsys.models.network import REJECTION
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.scorers import TowersScorer, two_stage_scores

IDS = range(10, 610, 10)
"""The movies of the checkerboard."""

ROUNDING = 1e-3
PROFILES = st.builds(
    Profile,
    gender=st.sampled_from([None, "F", "M"]),
    age=st.none() | st.integers(1, 99),
    ratings=st.dictionaries(st.sampled_from(IDS), st.floats(1, 5), max_size=30),
    unseen=st.frozensets(st.sampled_from(IDS), max_size=20),
)


def with_rating(profile: Profile, movie_id: int, stars: float | None) -> Profile:
    """Return the profile with this rating of the movie, or without any answer about it."""
    ratings = {rated: rating for rated, rating in profile.ratings.items() if rated != movie_id}
    if stars is not None:
        ratings[movie_id] = stars
    return Profile(profile.gender, profile.age, profile.occupation, ratings, profile.unseen - {movie_id})


@settings(max_examples=60, deadline=None)
@given(profile=PROFILES, movie_id=st.sampled_from(IDS), stars=st.floats(1, 1.99))
def test_a_thumb_down_lowers_its_movie_and_the_ten_most_similar(
    reranked_towers: Towers, profile: Profile, movie_id: int, stars: float
) -> None:
    """All of them score lower after both stages, whatever else the profile contains."""
    people = [with_rating(profile, movie_id, None), with_rating(profile, movie_id, stars)]
    before, after = two_stage_scores(reranked_towers, people)
    position = reranked_towers.vocabulary.positions[movie_id]
    watched = [position, *nearest(reranked_towers.movie_vectors()[1])[position]]
    assert len(watched) == 11
    assert (after[watched] < before[watched]).all()


@settings(max_examples=30, deadline=None)
@given(profile=PROFILES, movie_id=st.sampled_from(IDS))
def test_a_thumb_down_subtracts_the_direction_of_the_movie(towers: Towers, profile: Profile, movie_id: int) -> None:
    """Each score falls by REJECTION times the movie's length along the rejected direction, for every person."""
    people = [with_rating(profile, movie_id, None), with_rating(profile, movie_id, 1.0)]
    before, after = TowersScorer(towers).scores(people)
    tastes = towers.movie_vectors()[1][:, :-1]
    rejected = tastes[towers.vocabulary.positions[movie_id]]
    np.testing.assert_allclose(after - before, -REJECTION * tastes @ rejected / np.linalg.norm(rejected), atol=ROUNDING)


def test_rejections_add_up_and_leave_other_answers_alone(towers: Towers) -> None:
    """The effect of two rejections is the sum of their effects, and likes keep theirs."""
    likes = {10: 5.0, 20: 4.0}
    people = [Profile(ratings=likes | more) for more in ({}, {30: 1.0}, {40: 1.5}, {30: 1.0, 40: 1.5})]
    none, first, second, both = towers.user_vectors(people)
    np.testing.assert_allclose(both - none, (first - none) + (second - none), atol=ROUNDING)


def test_an_undone_thumb_leaves_nothing_behind(reranked_towers: Towers) -> None:
    """After an undo the inputs are those from before, in whatever order the unseen movies are stored."""
    profile = Profile("F", 28, ratings={10: 5.0, 40: 2.5}, unseen=frozenset([600, 20, 50]))
    thumb = with_rating(profile, 70, 1.0)
    undone = with_rating(thumb, 70, None)
    again = Profile(undone.gender, undone.age, undone.occupation, undone.ratings, frozenset([50, 600, 20]))
    encoded = reranked_towers.vocabulary.profile_arrays([profile, again])
    for array in (encoded.inputs, encoded.rejected):
        np.testing.assert_array_equal(*array.toarray())
    before, between, after = two_stage_scores(reranked_towers, [profile, thumb, again])
    assert not np.allclose(between, before, atol=ROUNDING)
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)
