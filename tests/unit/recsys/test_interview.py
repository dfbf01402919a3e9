"""Which titles newcomers are asked about, over real towers that know movies 10, 20 ... 600."""

import copy

import numpy as np
from scipy.linalg import block_diag

from recsys.models.exposure import ExposureModel
from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS
from recsys.models.towers import Towers
from recsys.profile import GENDERS, Profile
from recsys.serving.interview import Interview
from tests.builders import movie

LADDER = [movie(10 * place, rating_count=1000 - 10 * place, rating_mean=4.0, year=None) for place in range(1, 21)]
"""Movies 10 to 200, of one genre, each a little less known than the one before."""

IDS = np.array([10, 20, 30, 40])
CODES = sum(DEMOGRAPHIC_SIZES)
WOMEN = len(IDS) + DEMOGRAPHIC_STARTS[0] + 1 + GENDERS.index("F")
"""Their place behind the movies."""


def _with_codes(means: list[float]) -> np.ndarray:
    """Of the movies, then of the codes: half of the people are women, half men, nothing else is known of anybody."""
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


def test_the_best_known_come_first(towers: Towers) -> None:
    """Among equally liked titles of one kind the number of ratings decides."""
    assert Interview(_with(towers, ExposureModel.none()), LADDER).next_movies(Profile(), set(), 3) == [10, 20, 30]


def test_what_was_seen_together_comes_next(towers: Towers) -> None:
    """After a page, what goes with the seen titles comes before better known ones that go with the unseen."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [10, 20, 30, 40]
    assert interview.next_movies(Profile(ratings={20: 5.0}), {20}, 3) == [40, 10, 30]
    assert interview.next_movies(Profile(unseen={20}), {20}, 3) == [10, 30, 40]


def test_who_somebody_is_says_what_they_have_seen(towers: Towers) -> None:
    """What women see comes first for a woman, last for a man; an answer to it counts more than that."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER)
    assert interview.next_movies(Profile("F"), set(), 4) == [30, 10, 20, 40]
    assert interview.next_movies(Profile("M"), set(), 4) == [10, 20, 40, 30]
    assert interview.next_movies(Profile("M", ratings={20: 5.0}), {20}, 3) == [40, 10, 30]


def test_what_tells_most_comes_first(towers: Towers) -> None:
    """Who has seen what goes with a title is worth asking about it; who has not, less than others."""
    worth = np.array([0.2, 0.35, 0.6, 0.3], np.float32)
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, worth)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [30, 20, 40, 10]
    assert interview.next_movies(Profile(ratings={20: 5.0}), {20}, 3) == [40, 30, 10]
    assert interview.next_movies(Profile(unseen={20}), {20}, 3) == [30, 10, 40]


def test_a_first_page_holds_titles_that_many_know(towers: Towers) -> None:
    """However much the others tell: who knows none of the first page would not look at a second one."""
    means = _with_codes([0.4, 0.18, 0.16, 0.25])
    worth = np.array([0.1, 0.2, 0.9, 0.3], np.float32)
    interview = Interview(_with(towers, ExposureModel(IDS, means, COVARIANCE, worth)), LADDER)
    assert interview.next_movies(Profile(), set(), 4) == [40, 20, 10, 30]
    assert interview.next_movies(Profile(unseen={10}), {10}, 3) == [30, 40, 20]


def test_the_best_known_follow_where_the_guess_ends(towers: Towers) -> None:
    """Titles beyond those it speaks of come by their fame; what left the catalogue does not come at all."""
    interview = Interview(_with(towers, ExposureModel(IDS, MEANS, COVARIANCE, EQUAL)), LADDER[1:6])
    assert interview.next_movies(Profile(), set(), 9) == [20, 30, 40, 50, 60]


def test_without_a_model_every_title_may_come() -> None:
    """There is nobody to ask what goes together, and so the best known come first."""
    unknown = movie(9999, rating_count=10**6, rating_mean=5.0)
    assert Interview(None, [*LADDER, unknown]).next_movies(Profile(), set(), 2) == [9999, 10]


def test_no_title_is_asked_about_twice(towers: Towers) -> None:
    """What is rated, not seen or shown already makes room for the next, page after page, until nothing is left."""
    interview = Interview(_with(towers, ExposureModel.none()), LADDER)
    profile = Profile(ratings={10: 5.0}, unseen={20})
    assert interview.next_movies(profile, {30}, 2) == [40, 50]
    pages = []
    shown: set[int] = set()
    while page := interview.next_movies(Profile(), shown, 8):
        pages.append(page)
        shown.update(page)
    assert [len(page) for page in pages] == [8, 8, 4]
    assert sorted(one for page in pages for one in page) == [one.movie_id for one in LADDER]


def test_the_same_question_has_the_same_answer(towers: Towers) -> None:
    """Neither the order of the catalogue nor a second look changes the page; equals come by their ids."""
    movies = [movie(10 * place, rating_count=7, rating_mean=3.5) for place in range(1, 21)]
    first = Interview(_with(towers, ExposureModel.none()), movies).next_movies(Profile(), set(), 8)
    assert first == [10, 20, 30, 40, 50, 60, 70, 80]
    assert Interview(_with(towers, ExposureModel.none()), movies[::-1]).next_movies(Profile(), set(), 8) == first


def test_only_titles_that_the_towers_know_are_asked_about(towers: Towers) -> None:
    """A title that is new to the model would be no answer to it; no titles at all are an empty page."""
    unknown = movie(9999, rating_count=10**6, rating_mean=5.0)
    assert Interview(_with(towers, ExposureModel.none()), [unknown, *LADDER]).next_movies(Profile(), set(), 1) == [10]
    assert Interview(_with(towers, ExposureModel.none()), [unknown]).next_movies(Profile(), set(), 8) == []
    assert Interview(_with(towers, ExposureModel.none()), LADDER).next_movies(Profile(), set(), 0) == []
