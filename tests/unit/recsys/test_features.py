"""Profiles and movies become the same arrays in training and in serving."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from recsys.models.exposure import ExposureModel
from recsys.models.features import (
    DEMOGRAPHIC_SIZES,
    MoviesByPerson,
    Vocabulary,
    demographic_codes,
    input_width,
    leave_one_out,
    profile_arrays,
)
from recsys.profile import Profile, age_group
from recsys.training.batches import BatchSource
from recsys.training.exposure import fit_exposure
from tests.builders import checkerboard, movie


def vocabulary() -> Vocabulary:
    return Vocabulary.build([movie(10, genres=("Comedy", "Drama")), movie(20, genres=("Drama",)), movie(30, year=1991)])


def test_likes_and_neutral_answers_have_columns_of_their_own() -> None:
    """Ratings of 4 stars or more are liked, those of 2 or 3 stars neutral; both are scaled by 1 / sqrt(count)."""
    inputs = vocabulary().profile_arrays([Profile(ratings={10: 5, 20: 4, 30: 2, 40: 5})]).inputs.toarray()
    third = 1 / np.sqrt(3)
    np.testing.assert_allclose(inputs[:, :9], [[third, 0, 0, third, 0, 0, 0, third, 0]], rtol=1e-6)


def test_any_number_of_stars_counts() -> None:
    """Between 3 and 4 stars a rating is partly a like: 3.25 stars are a quarter of one."""
    inputs = vocabulary().profile_arrays([Profile(ratings={20: 3.25})]).inputs.toarray()
    np.testing.assert_allclose(inputs[:, :9], [[0, 0, 0, 0.25, 0.75, 0, 0, 0, 0]], rtol=1e-6)


def test_shrinkage_scales_ratings_down() -> None:
    """With a shrinkage of 1 a single like counts 1 / sqrt(2); all other inputs stay the same."""
    profile = Profile("F", ratings={20: 5}, unseen={10})
    plain, shrunk = (vocabulary().profile_arrays([profile], shrinkage).inputs.toarray()[0] for shrinkage in (0.0, 1.0))
    assert (plain[3], shrunk[3]) == pytest.approx((1, 1 / np.sqrt(2)))
    np.testing.assert_array_equal(np.delete(plain, 3), np.delete(shrunk, 3))


@pytest.mark.parametrize("shrinkage", [0.0, 0.5])
def test_leaving_a_part_out_gives_the_inputs_of_the_remaining_profile(shrinkage: float) -> None:
    """The complete profile, the one without demographics and the one without each rating, in this order."""
    words = Vocabulary.build([movie(10 * number) for number in range(1, 8)])
    ratings = {10: 5.0, 20: 3.5, 30: 1.0, 40: 2.0, 999: 5.0}
    profile = Profile("F", 28, ratings=ratings, unseen={50, 60})
    remaining = [
        profile,
        profile.anonymous(),
        *(replace(profile, ratings={other: ratings[other] for other in ratings if other != out}) for out in (20, 10)),
    ]
    variants = leave_one_out(words.encode(profile), [1, 0], 7, shrinkage)
    inputs = np.zeros((4, input_width(7)), np.float32)
    np.add.at(inputs, (slice(None), variants.columns), variants.weights)
    np.testing.assert_allclose(inputs, words.profile_arrays(remaining, shrinkage).inputs.toarray(), rtol=1e-6)
    assert variants.rejected.tolist() == [2]


def test_leaving_the_only_rating_out_leaves_none() -> None:
    """Nothing remains to be scaled, and without any rating only the demographics can be left out."""
    for profile, left_out in ((Profile("M", ratings={20: 4.0}), [1]), (Profile("M"), [])):
        variants = leave_one_out(vocabulary().encode(profile), left_out, 3)
        inputs = np.zeros((len(variants.weights), input_width(3)), np.float32)
        np.add.at(inputs, (slice(None), variants.columns), variants.weights)
        expected = vocabulary().profile_arrays([Profile("M", ratings={20: 4.0}), Profile(ratings={20: 4.0})]).inputs
        alone = vocabulary().profile_arrays([Profile("M"), Profile()]).inputs
        rows = [*expected.toarray(), alone.toarray()[0]] if left_out else alone.toarray()
        np.testing.assert_allclose(inputs, rows, rtol=1e-6)


@pytest.mark.parametrize("stars", [1, 1.9])
def test_a_rejection_is_no_answer(stars: float) -> None:
    """Ratings below 2 stars have an array of their own, and the scale of the other ratings does not count them."""
    alone, beside = vocabulary().profile_arrays([Profile(ratings={10: 5}), Profile(ratings={10: 5, 30: stars})]).inputs
    np.testing.assert_array_equal(alone.toarray(), beside.toarray())
    arrays = vocabulary().profile_arrays([Profile(), Profile(ratings={10: 5, 30: stars, 40: stars})])
    np.testing.assert_array_equal(arrays.rejected.toarray(), [[0, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(arrays.answers.toarray(), [*[[0, 0, 0]] * 3, [1, 0, 0], *[[0, 0, 0]] * 2])
    assert arrays.ignored == 1


def test_unseen_movies_have_a_column_and_a_scale_of_their_own() -> None:
    """Two unseen movies are scaled by 1 / sqrt(2), apart from the like; unknown movies are left out."""
    arrays = vocabulary().profile_arrays([Profile(ratings={20: 5}, unseen={10, 30, 40})])
    half = 1 / np.sqrt(2)
    np.testing.assert_allclose(arrays.inputs.toarray()[:, :9], [[0, 0, half, 1, 0, 0, 0, 0, half]], rtol=1e-6)
    np.testing.assert_allclose(arrays.answers.toarray(), [[0, 1, 0], [0, 0, 0], [half, 0, half]], rtol=1e-6)
    assert arrays.ignored == 0


@pytest.mark.parametrize("stars", [5.0, 1.0])
def test_a_rated_movie_is_not_unseen(stars: float) -> None:
    """A movie that is marked unseen and rated counts as rated only."""
    marked, rated = (Profile(ratings={10: stars}, unseen=unseen) for unseen in ({10, 20}, {20}))
    found, expected = vocabulary().profile_arrays([marked]), vocabulary().profile_arrays([rated])
    np.testing.assert_array_equal(found.inputs.toarray(), expected.inputs.toarray())
    np.testing.assert_array_equal(found.rejected.toarray(), expected.rejected.toarray())


def test_answers_by_position_are_those_of_known_movies() -> None:
    """The result has positions, not ids, in the order of the ratings."""
    assert list(vocabulary().answers({30: 1.0, 99: 5.0, 10: 4.5}).items()) == [(2, 1.0), (0, 4.5)]


def test_unknown_movies_are_ignored_and_counted() -> None:
    """A rating of a movie that the model does not know changes only the count."""
    arrays = vocabulary().profile_arrays([Profile(ratings={20: 5, 999: 1})])
    assert arrays.ignored == 1
    np.testing.assert_array_equal(arrays.inputs.toarray()[:, :9], [[0, 0, 0, 1, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("age", "group"), [(1, 0), (17, 0), (18, 1), (24, 1), (25, 2), (28, 2), (32, 2), (34, 2), (35, 3), (56, 6), (99, 6)]
)
def test_an_age_falls_into_its_group(age: int, group: int) -> None:
    """Ages are years, not codes: 32 lies in 25-34."""
    assert age_group(age) == group


@pytest.mark.parametrize(
    "part", [{"age": 0}, {"age": 130}, {"gender": "X"}, {"occupation": 21}, {"ratings": {1: 7}}, {"ratings": {1: 0.5}}]
)
def test_a_part_out_of_range_is_refused(part: dict[str, object]) -> None:
    """A profile holds no invalid value; the message names the range."""
    with pytest.raises(ValueError, match=r"is .* (to|or) "):
        Profile(**part)


def test_every_demographic_code_has_a_column_of_its_own() -> None:
    """Unknown is the first column of gender, age group and occupation, the highest value the last."""
    unknown, highest = vocabulary().profile_arrays([Profile(), Profile("M", 120, 20)]).inputs.toarray()
    ends = 3 * 3 + np.cumsum(DEMOGRAPHIC_SIZES)
    assert np.flatnonzero(unknown).tolist() == [9, *ends[:-1]]
    assert np.flatnonzero(highest).tolist() == [*(ends - 1)]
    assert ends[-1] == input_width(3) == len(highest)


def test_training_and_serving_see_the_same_arrays() -> None:
    """The training batch and the served profile of the same person and ratings have the same arrays."""
    board = checkerboard()
    everybody = np.arange(len(board.user_ids))
    source = BatchSource(
        board,
        everybody,
        batch_size=64,
        anonymous=0.0,
        demographic_dropout=0.0,
        interviews=0.0,
        exposure=ExposureModel.none(),
    )
    words = Vocabulary.build(board.movies)
    rng = np.random.default_rng(3)
    order = np.random.default_rng(3).permutation(everybody)
    for number, batch in enumerate(source.batches(source.order(rng), rng, 0.5)):
        people = order[64 * number : 64 * (number + 1)]
        profiles = [
            board.profile(
                int(person),
                {
                    int(board.movie_ids[position]): float(stars)
                    for owner, position, stars in zip(
                        batch.shown.owners, batch.shown.movies, batch.shown.stars, strict=True
                    )
                    if owner == row
                },
            )
            for row, person in enumerate(people)
        ]
        served = words.profile_arrays(profiles)
        np.testing.assert_array_equal(served.inputs.toarray(), batch.profiles.inputs.toarray())
        np.testing.assert_array_equal(served.answers.toarray(), batch.profiles.answers.toarray())
        np.testing.assert_array_equal(served.rejected.toarray(), batch.profiles.rejected.toarray())
        assert served.rejected.nnz > 0


def test_every_rating_is_shown_or_hidden() -> None:
    """No rating of a batch is both, and every person has a hidden rating."""
    board = checkerboard(people=50)
    source = BatchSource(
        board,
        np.arange(50),
        batch_size=50,
        anonymous=0.0,
        demographic_dropout=0.0,
        interviews=0.5,
        exposure=fit_exposure(board, np.arange(50)),
    )
    rng = np.random.default_rng(0)
    batch = next(source.batches(source.order(rng), rng, 0.0))
    pairs = [set(zip(part.owners.tolist(), part.movies.tolist(), strict=True)) for part in (batch.shown, batch.hidden)]
    assert pairs[0] & pairs[1] == set()
    assert len(pairs[0] | pairs[1]) == len(board.rating_movies)
    assert set(batch.hidden.owners.tolist()) == set(range(50))


def test_demographics_are_hidden_together_or_one_by_one() -> None:
    """A share of the people is anonymous, and each demographic is dropped with a probability of its own."""
    people = 2_000
    ages, occupations = np.full(people, 30, np.int16), np.full(people, 4, np.int8)
    board = replace(checkerboard(people, rated=2), ages=ages, occupations=occupations)

    def hidden(anonymous: float, dropout: float) -> np.ndarray:
        source = BatchSource(
            board,
            np.arange(people),
            batch_size=people,
            anonymous=anonymous,
            demographic_dropout=dropout,
            interviews=0.0,
            exposure=ExposureModel.none(),
        )
        rng = np.random.default_rng(0)
        batch = next(source.batches(source.order(rng), rng, 0.5))
        starts = input_width(len(board.movies)) - np.cumsum(DEMOGRAPHIC_SIZES[::-1])[::-1]
        return batch.profiles.inputs.toarray()[:, starts] > 0

    assert not hidden(0.0, 0.0).any()
    together = hidden(0.25, 0.0)
    np.testing.assert_array_equal(together.any(axis=1), together.all(axis=1))
    assert 0.22 < together.all(axis=1).mean() < 0.28
    alone = hidden(0.0, 0.25)
    assert (abs(alone.mean(axis=0) - 0.25) < 0.03).all()
    assert 0.005 < alone.all(axis=1).mean() < 0.03


def test_demographic_codes_of_columns_equal_those_of_profiles() -> None:
    """-1 means unknown, and an age in years falls into the same group as in a profile."""
    codes = demographic_codes(np.array([0, 1, -1]), np.array([28, -1, 1]), np.array([4, 0, -1]))
    assert codes.tolist() == [[1, 3, 5], [2, 0, 1], [0, 1, 0]]


def test_tokens_of_one_field_share_a_weight_of_one() -> None:
    """A movie with two genres has the same total weight as a movie with one."""
    words = vocabulary()
    row = words.movie_matrix([movie(50, genres=("Comedy", "Drama"), title="x")]).toarray()[0]
    weights = {token: float(row[code]) for code, token in enumerate(words.tokens) if row[code]}
    assert weights == {"genre:Drama": 1.0, "year:1990": 1.0, "decade:1990": 1.0}


def test_only_words_of_several_movies_are_kept() -> None:
    """A word of a single movie says nothing about other movies."""
    assert "genre:Comedy" not in vocabulary().tokens
    assert {"genre:Drama", "year:1990", "decade:1990", "title:movie"} <= set(vocabulary().tokens)


def test_features_do_not_change_between_processes() -> None:
    """Python randomises `hash` per process, and no feature may depend on it."""
    program = (
        "from tests.builders import checkerboard; from recsys.models.features import Vocabulary;"
        "board = checkerboard(); words = Vocabulary.build(board.movies);"
        "print(words.tokens, words.movie_matrix(board.movies).toarray().tolist())"
    )
    printed = {
        subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_an_empty_profile_has_three_unknown_demographics() -> None:
    """Without any information there are no answers, and the demographics have the code UNKNOWN."""
    inputs = vocabulary().profile_arrays([Profile()]).inputs
    assert inputs.shape == (1, input_width(3))
    assert inputs[:, :9].nnz == 0
    assert inputs.sum() == 3


def test_people_without_ratings_have_rows_of_their_own() -> None:
    """A person without ratings between two others does not shift their rows."""
    codes = np.zeros((3, 3), np.int64)
    rated, unseen = (MoviesByPerson(np.array(movies), np.array([1, 0, 1])) for movies in ([2, 0], [1, 2]))
    arrays = profile_arrays(codes, rated, np.array([5, 2], np.float32), unseen, 3)
    answers = [[0, 0, 1], [0, 0, 0], [0, 1, 0], *[[0, 0, 0]] * 4, [1, 0, 0], [0, 0, 1]]
    np.testing.assert_array_equal(arrays.answers.toarray(), answers)
    inputs = [[0, 0, 0, 0, 0, 1, 1, 0, 0], [0] * 9, [0, 1, 0, 0, 0, 0, 0, 0, 1]]
    np.testing.assert_array_equal(arrays.inputs.toarray()[:, :9], inputs)
