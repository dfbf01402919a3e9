"""The titles that newcomers are asked about, with real towers that know movies 10, 20 ... 600."""

import copy

import numpy as np
from scipy.linalg import block_diag

from recsys.models.exposure import ExposureModel
from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS
from recsys.models.towers import Towers
from recsys.profile import GENDERS, Profile
from recsys.serving.interview import Interview
from tests.builders import movie

LADDER = [movie(10 * number, rating_count=1000 - 10 * number, rating_mean=4.0, year=None) for number in range(1, 21)]
"""Movies 10 to 200, of one genre, each a little less popular than the one before."""

IDS = np.array([10, 20, 30, 40])
CODES = sum(DEMOGRAPHIC_SIZES)
WOMEN = len(IDS) + DEMOGRAPHIC_STARTS[0] + 1 + GENDERS.index("F")
"""The position of the code "F" among the variables of the exposure model."""


def _with_codes(means: list[float]) -> np.ndarray:
    """Means of the movies and of the codes: half of the people are women, half men, nothing else is known."""
    shares = np.zeros(CODES)
    shares[[1, 2]] = 0.5
    return np.concatenate([means, shares]).astype(np.float32)


MEANS = _with_codes([0.4, 0.35, 0.3, 0.25])
COVARIANCE = block_diag(
    [[0.24, 0, 0, 0], [0, 0.2275, 0, 0.1], [0, 0, 0.21, 0], [0, 0.1, 0, 0.1875]], np.eye(CODES)
).astype(np.float32)
COVARIANCE[2, [WOMEN, WOMEN + 1]] = COVARIANCE[[WOMEN, WOMEN + 1], 2] = 0.2, -0.2
"""Movies 20 and 40 are seen by the same people, movie 30 by women."""

EQUAL = np.zeros(4, np.float32)


def _with(towers: Towers, exposure: ExposureModel) -> Towers:
    changed = copy.copy(towers)
    changed.exposure = exposure
    return changed


def test_popular_titles_come_first(towers: Towers) -> None:
    """Without an exposure model, titles come by their number of ratings."""
    assert Interview(_with(towers, ExposureModel.none()), LADDER).next_movies(Profile(), set(), 3) == [10, 20, 30]


def test_titles_seen_by_the_same_people_come_next(towers: Towers) -> None:
    """Titles correlated with seen ones come before more popular titles, those correlated with unseen ones come last."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [10, 20, 30, 40]
    assert interview.next_movies(Profile(ratings={20: 5.0}), {20}, 3) == [40, 10, 30]
    assert interview.next_movies(Profile(unseen={20}), {20}, 3) == [10, 30, 40]


def test_demographics_predict_what_was_seen(towers: Towers) -> None:
    """A title that women see comes first for a woman and last for a man, and an answer counts more than that."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER)
    assert interview.next_movies(Profile("F"), set(), 4) == [30, 10, 20, 40]
    assert interview.next_movies(Profile("M"), set(), 4) == [10, 20, 40, 30]
    assert interview.next_movies(Profile("M", ratings={20: 5.0}), {20}, 3) == [40, 10, 30]


def test_informative_titles_come_first(towers: Towers) -> None:
    """A title is ranked higher for somebody who has seen correlated titles, and lower for somebody who has not."""
    informativeness = np.array([0.2, 0.35, 0.6, 0.3], np.float32)
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, informativeness)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [30, 20, 40, 10]
    assert interview.next_movies(Profile(ratings={20: 5.0}), {20}, 3) == [40, 30, 10]
    assert interview.next_movies(Profile(unseen={20}), {20}, 3) == [30, 10, 40]


def test_a_first_page_has_well_known_titles(towers: Towers) -> None:
    """More informative titles come later, because somebody who knows no title of the first page gives up."""
    means = _with_codes([0.4, 0.18, 0.16, 0.25])
    informativeness = np.array([0.1, 0.2, 0.9, 0.3], np.float32)
    interview = Interview(_with(towers, ExposureModel(IDS, means, COVARIANCE, informativeness)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [40, 20, 10, 30]
    assert interview.next_movies(Profile(unseen={10}), {10}, 3) == [30, 40, 20]


def test_popular_titles_follow_those_of_the_exposure_model(towers: Towers) -> None:
    """Titles that the exposure model does not cover come by popularity; a movie that left the catalogue never comes."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER[1:6])
    assert interview.next_movies(Profile(), set(), 9) == [20, 30, 40, 50, 60]


def test_without_a_model_every_title_may_come() -> None:
    """Then titles come by popularity, those that no model knows included."""
    unknown = movie(9999, rating_count=10**6, rating_mean=5.0)
    assert Interview(None, [*LADDER, unknown]).next_movies(Profile(), set(), 2) == [9999, 10]


def test_no_title_is_asked_about_twice(towers: Towers) -> None:
    """Rated, unseen and shown titles are skipped, page after page, until no title is left."""
    interview = Interview(_with(towers, ExposureModel.none()), LADDER)
    profile = Profile(ratings={10: 5.0}, unseen={20})
    assert interview.next_movies(profile, {30}, 2) == [40, 50]
    pages = []
    shown: set[int] = set()
    while page := interview.next_movies(Profile(), shown, 8):
        pages.append(page)
        shown.update(page)
    assert [len(page) for page in pages] == [8, 8, 4]
    assert sorted(movie_id for page in pages for movie_id in page) == [title.movie_id for title in LADDER]


def test_the_same_question_has_the_same_answer(towers: Towers) -> None:
    """The order of the catalogue does not matter, and equally popular titles come by their ids."""
    movies = [movie(10 * number, rating_count=7, rating_mean=3.5) for number in range(1, 21)]
    first = Interview(_with(towers, ExposureModel.none()), movies).next_movies(Profile(), set(), 8)
    assert first == [10, 20, 30, 40, 50, 60, 70, 80]
    assert Interview(_with(towers, ExposureModel.none()), movies[::-1]).next_movies(Profile(), set(), 8) == first


def test_only_titles_that_the_towers_know_are_asked_about(towers: Towers) -> None:
    """The model would ignore an answer about another title; without any title the page is empty."""
    unknown = movie(9999, rating_count=10**6, rating_mean=5.0)
    assert Interview(_with(towers, ExposureModel.none()), [unknown, *LADDER]).next_movies(Profile(), set(), 1) == [10]
    assert Interview(_with(towers, ExposureModel.none()), [unknown]).next_movies(Profile(), set(), 8) == []
    assert Interview(_with(towers, ExposureModel.none()), LADDER).next_movies(Profile(), set(), 0) == []
