"""Every baseline on data with known results."""

from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.evaluation.baselines import (
    ALS,
    EASE,
    DemographicPopularity,
    ItemKNN,
    Popularity,
    RecVAE,
    RecVAEOnSubsets,
    baselines_table,
    linear,
    model_selection,
)
from recsys.evaluation.baselines.histories import Histories, answer_rows, weigh
from recsys.evaluation.baselines.linear import cosine_neighbours, ease_matrix
from recsys.evaluation.baselines.model_selection import BestPerAnswerCount
from recsys.evaluation.baselines.popularity import GroupLists, popularity
from recsys.evaluation.baselines.recvae import RecVAEOptions
from recsys.evaluation.newcomers import ModelFactory
from recsys.profile import Profile
from recsys.protocol.newcomers import Scorer, split_people
from tests.builders import checkerboard, dataset, movie

BOARD = checkerboard(people=150, movies=60, rated=40)
SPLIT = split_people(BOARD, seed=0)
ODD = np.array([movie_id // 10 % 2 == 1 for movie_id in BOARD.movie_ids.tolist()])
SMALL = RecVAEOptions(hidden=32, latent=8, batch_size=32, learning_rate=5e-3, max_epochs=8)

PERSONAL: dict[str, ModelFactory] = {
    "item-kNN": ItemKNN.fit,
    "EASE": EASE.fit,
    "implicit ALS": ALS.fit,
    "RecVAE": partial(RecVAE.fit, options=SMALL),
    "RecVAE (subsets)": partial(RecVAEOnSubsets.fit, options=SMALL),
}
ALL = {"popularity": Popularity.fit, "popularity by gender and age": DemographicPopularity.fit, **PERSONAL}


@cache
def fitted(name: str) -> Scorer:
    """Return the baseline of this name, fitted to the board."""
    return ALL[name](BOARD, SPLIT, 0)


def best(scores: NDArray[np.float32], answered: set[int], count: int = 10) -> list[int]:
    """Return the best movie ids of a row of scores, without the answered ones."""
    ranked = BOARD.movie_ids[np.argsort(-scores, kind="stable")].tolist()
    return [movie_id for movie_id in ranked if movie_id not in answered][:count]


@pytest.mark.slow
@pytest.mark.parametrize("name", PERSONAL)
def test_three_loved_movies_reveal_the_parity_of_a_persons_taste(name: str) -> None:
    """After three loved odd movies the ten best are odd; after three even movies they are even."""
    scorer = fitted(name)
    for loved, are_odd in (({30, 130, 250}, True), ({40, 140, 260}, False)):
        scores = scorer.scores([Profile(ratings=dict.fromkeys(loved, 5.0))])[0]
        assert {movie_id // 10 % 2 == 1 for movie_id in best(scores, loved)} == {are_odd}


@pytest.mark.parametrize("name", ALL)
def test_every_profile_gets_a_finite_score_for_every_movie(name: str) -> None:
    """This holds without answers, without likes and with unknown movies; a batch equals single calls."""
    profiles = [
        Profile(),
        Profile(ratings={10: 1.0}),
        Profile(ratings={15: 5.0}),
        Profile(gender="F", age=25, ratings={30: 5.0, 999_999: 5.0}),
    ]
    scorer = fitted(name)
    together = scorer.scores(profiles)
    assert together.shape == (4, 60)
    assert np.isfinite(together).all()
    alone = np.concatenate([scorer.scores([profile]) for profile in profiles])
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_a_fit_shows_its_progress(name: str) -> None:
    """The shares begin with 0, grow, and end before the last setting or epoch is done."""
    shares: list[float] = []
    ALL[name](BOARD, SPLIT, 0, shares.append)
    assert shares[0] == 0
    assert shares == sorted(set(shares))
    assert len(shares) > 1
    assert shares[-1] < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_the_ratings_of_test_people_change_nothing(name: str) -> None:
    """A baseline that was fitted with the test people's stars inverted gives the same scores."""
    tested = np.isin(BOARD.rating_people, SPLIT.test)
    turned = replace(BOARD, rating_stars=np.where(tested, 6 - BOARD.rating_stars, BOARD.rating_stars))
    profiles = [Profile(), Profile(gender="M", ratings={30: 5.0, 40: 1.0})]
    scores = ALL[name](turned, SPLIT, 0).scores(profiles)
    np.testing.assert_allclose(scores, fitted(name).scores(profiles), rtol=1e-4, atol=1e-5)


def test_popularity_is_the_number_of_likes_of_the_people_asked_for() -> None:
    """Two people like movie 20 and one likes movie 10; the third person is left out and does not count."""
    rows = [(1, 10, 4.0), (1, 20, 5.0), (2, 20, 4.0), (2, 10, 3.5), (3, 10, 5.0)]
    data = dataset([movie(10), movie(20), movie(30)], rows)
    assert popularity(data, np.array([0, 1])).tolist() == [1, 2, 0]
    assert popularity(data, np.array([0, 1]), "rated").tolist() == [2, 2, 0]


def test_popularity_is_the_same_for_everybody() -> None:
    """Profiles with and without answers get equal scores."""
    scores = fitted("popularity").scores([Profile(), Profile(gender="F", ratings={10: 5.0})])
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-6)


def test_popularity_by_gender_prefers_what_the_gender_likes() -> None:
    """Women love odd movies and men even movies; without a gender the list has both."""
    people = [Profile(gender="F"), Profile(gender="M"), Profile()]
    scores = fitted("popularity by gender and age").scores(people)
    assert all(movie_id // 10 % 2 == 1 for movie_id in best(scores[0], set()))
    assert all(movie_id // 10 % 2 == 0 for movie_id in best(scores[1], set()))
    assert {movie_id // 10 % 2 for movie_id in best(scores[2], set(), 30)} == {0, 1}


def test_group_lists_are_shrunk_towards_the_overall_list() -> None:
    """3 of 4 women and 0 of 12 men like it; smoothed by 4 people, the women's score is (3 + 4 * 3/16) / 8."""
    likes, people = np.zeros((3, 8, 1), np.float32), np.zeros((3, 8), np.float32)
    likes[0, 2], people[0, 2], people[1, 2] = 3, 4, 12
    scores = GroupLists(likes, people, smoothing=4).scores([Profile(gender="F", age=30), Profile(age=30)])
    assert scores[:, 0].tolist() == pytest.approx([(3 + 4 * 3 / 16) / 8, 3 / 16])


def test_cosines_computed_by_hand() -> None:
    """2 common likes of 4 and 4 give .5, which shrinkage 2 halves; outside the nearest neighbours the cosine is 0."""
    common = np.array([[4, 2, 0], [2, 4, 1], [0, 1, 1]], np.float32)
    plain = [[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]]
    np.testing.assert_allclose(cosine_neighbours(common, 0, 3), plain)
    shrunk = [[0, 0.25, 0], [0.25, 0, 0.5 / 3], [0, 0.5 / 3, 0]]
    np.testing.assert_allclose(cosine_neighbours(common, 2, 3), shrunk, rtol=1e-6)
    nearest = [[0, 0.25, 0], [0.25, 0, 0.5 / 3], [0, 0, 0]]
    np.testing.assert_allclose(cosine_neighbours(common, 2, 1), nearest, rtol=1e-6)


def test_ease_computed_by_hand() -> None:
    """The inverse of [[3, 1], [1, 3]] is [[3, -1], [-1, 3]] / 8, so each movie has weight 1/3 for the other."""
    matrix = ease_matrix(np.array([[2, 1], [1, 2]], np.float32), 1.0)
    np.testing.assert_allclose(matrix, [[0, 1 / 3], [1 / 3, 0]], rtol=1e-6)


def test_of_a_large_catalogue_the_most_rated_movies_have_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Likes in common are those of the complete matrix; the other movies get a score below all of these."""
    monkeypatch.setattr(linear, "MAX_LINEAR_MOVIES", 40)
    board = checkerboard()
    people = split_people(board, 0).train
    covered = linear.covered_movies(board, people)
    assert covered is not None
    counts = np.bincount(board.rating_movies[np.isin(board.rating_people, people)], minlength=60)
    assert counts[covered].min() >= np.delete(counts, covered).max()
    complete = linear.likes_in_common(board, people)
    common = linear.likes_in_common(board, people, covered)
    np.testing.assert_array_equal(common, complete[np.ix_(covered, covered)])
    model = linear.ItemModel(board.movie_ids, ease_matrix(common, 100), np.zeros(60, np.float32), "liked", covered)
    answered = int(board.movie_ids[covered[0]])
    [scores] = model.scores([Profile(ratings={answered: 5.0})])
    assert scores[covered].min() > np.delete(scores, covered).max()
    np.testing.assert_allclose(scores[covered], model.matrix[0], rtol=1e-6)


def test_weights_of_stars() -> None:
    """Liked is 4 stars and more, rated is any, graded is half of the stars above 2; no rating has weight 0."""
    stars = np.array([[0, 1, 2, 3, 4, 5]], np.float32)
    assert weigh(stars, "liked").tolist() == [[0, 0, 0, 0, 1, 1]]
    assert weigh(stars, "rated").tolist() == [[0, 1, 1, 1, 1, 1]]
    assert weigh(stars, "graded").tolist() == [[0, 0, 0, 0.5, 1, 1.5]]


def test_answers_are_in_the_column_of_their_movie_and_unknown_movies_are_ignored() -> None:
    """Unknown ids before, between and after the known ids are ignored."""
    profile = Profile(ratings={5: 5.0, 20: 4.0, 25: 5.0, 99: 5.0})
    assert answer_rows(np.array([10, 20, 30]), [profile, Profile()]).tolist() == [[0, 4, 0], [0, 0, 0]]


def test_batches_have_everybody_once_in_any_order() -> None:
    """Shuffled batches have the row of each chosen person once, and no other rows."""
    data = dataset([movie(10), movie(20)], [(1, 10, 1.0), (2, 10, 2.0), (3, 20, 3.0), (4, 20, 4.0)])
    histories = Histories(data, np.array([0, 2, 3]))
    batches = list(histories.batches(2, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == [2, 1]
    assert sorted(np.concatenate(batches).tolist()) == [[0, 3], [0, 4], [1, 0]]
    assert histories.stars(np.array([1])).tolist() == [[0, 3]]


@dataclass
class GoodBetween:
    """A scorer that is right for the numbers of answers from `low` to `high`, and wrong for all others."""

    low: int
    high: int

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return 1 for the movies that the person loves, or for all others if the number of answers is out of range."""
        right = [self.low <= len(profile.ratings) <= self.high for profile in profiles]
        return np.stack(
            [((profile.gender == "F") == good) == ODD for profile, good in zip(profiles, right, strict=True)]
        ).astype(np.float32)


def test_each_number_of_answers_gets_its_own_best_setting() -> None:
    """One candidate is best up to 3 answers, the other from 5 on; the setting for 3 is used after 4 answers too."""
    selected = BestPerAnswerCount(BOARD, SPLIT, 0, [("few", GoodBetween(0, 4)), ("many", GoodBetween(5, 20))])
    assert selected.settings == {0: "few", 1: "few", 3: "few", 5: "many", 10: "many", 20: "many"}
    profiles = [Profile(gender="F", ratings=dict.fromkeys(range(1, n + 1), 5.0)) for n in (0, 4, 5, 12, 30)]
    right = [(row == ODD).all() for row in selected.scores(profiles)]
    assert right == [True, True, True, True, False]


def test_settings_are_chosen_on_a_limited_number_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large data set, people evenly spaced among the validation newcomers are measured."""

    @dataclass
    class Recorder:
        people: list[Profile]

        def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
            self.people += profiles
            return np.zeros((len(profiles), len(BOARD.movies)), np.float32)

    everybody, some = Recorder([]), Recorder([])
    BestPerAnswerCount(BOARD, SPLIT, 0, [("zeros", everybody)])
    monkeypatch.setattr(model_selection, "MAX_VALIDATION_NEWCOMERS", 6)
    BestPerAnswerCount(BOARD, SPLIT, 0, [("zeros", some)])
    count = len(everybody.people) // 6
    assert count > 12
    assert some.people[-6:] == [everybody.people[-count:][position * count // 6] for position in range(6)]
    assert len(some.people) == 6 * 6


@pytest.mark.slow
def test_training_recvae_again_with_the_same_seed_gives_the_same_scores() -> None:
    """A different seed gives different scores."""
    profiles = [Profile(), Profile(ratings={30: 5.0})]
    first, again, other = (
        RecVAEOnSubsets.fit(BOARD, SPLIT, seed, options=SMALL).scores(profiles) for seed in (0, 0, 1)
    )
    np.testing.assert_allclose(first, again, rtol=1e-4, atol=1e-5)
    assert not np.allclose(first, other, rtol=1e-2)


def test_the_table_lists_every_baseline_from_simple_to_strong() -> None:
    """The names are those of reports and plots; a large catalogue is not compared with RecVAE."""
    names = [
        "popularity",
        "popularity by gender and age",
        "item-kNN",
        "implicit ALS",
        "EASE",
        "RecVAE",
        "RecVAE (subsets)",
    ]
    assert list(baselines_table(movie_count=20_000)) == names
    assert list(baselines_table(movie_count=20_001)) == names[:5]
