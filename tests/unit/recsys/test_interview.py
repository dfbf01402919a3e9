"""Which titles newcomers are asked about, over real towers that know movies 10, 20 ... 600."""

from recsys.interview import Interview
from recsys.profile import Profile
from recsys.towers import Towers
from tests.builders import movie

LADDER = [movie(10 * place, rating_count=1000 - 10 * place, rating_mean=4.0, year=None) for place in range(1, 21)]
"""Movies 10 to 200, of one genre, each a little less known than the one before."""


def test_the_best_known_come_first(towers: Towers) -> None:
    """Among equally liked titles of one kind the number of ratings decides."""
    assert Interview(towers, LADDER).next_movies(Profile(), set(), 3) == [10, 20, 30]


def test_the_best_liked_come_first(towers: Towers) -> None:
    """Among equally known titles the stars decide, and a mean of few ratings hardly counts."""
    movies = [
        movie(10, rating_count=500, rating_mean=3.0),
        movie(20, rating_count=500, rating_mean=4.5),
        movie(30, rating_count=500, rating_mean=3.8),
        movie(40, rating_count=3, rating_mean=5.0),
        movie(50, rating_count=0, rating_mean=None),
    ]
    assert Interview(towers, movies).next_movies(Profile(), set(), 5) == [20, 30, 10, 40, 50]


def test_a_page_is_not_all_of_one_kind(towers: Towers) -> None:
    """A title of a new genre and decade comes before a slightly better known one of a kind that is there already."""
    movies = [
        movie(10, rating_count=1000, rating_mean=4.0, genres=("War",), year=1991),
        movie(20, rating_count=990, rating_mean=4.0, genres=("War",), year=1992),
        movie(30, rating_count=980, rating_mean=4.0, genres=("War",), year=1993),
        movie(40, rating_count=900, rating_mean=4.0, genres=("Comedy",), year=1985),
        movie(50, rating_count=100, rating_mean=4.0, genres=("Horror",), year=1975),
    ]
    # The horror movie is of a new kind too, but hardly anybody knows it.
    assert Interview(towers, movies).next_movies(Profile(), set(), 4) == [10, 40, 20, 30]


def test_no_title_is_asked_about_twice(towers: Towers) -> None:
    """What is rated, not seen or shown already makes room for the next, page after page, until nothing is left."""
    interview = Interview(towers, LADDER)
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
    first = Interview(towers, movies).next_movies(Profile(), set(), 8)
    assert first == [10, 20, 30, 40, 50, 60, 70, 80]
    assert Interview(towers, movies[::-1]).next_movies(Profile(), set(), 8) == first


def test_only_titles_that_the_towers_know_are_asked_about(towers: Towers) -> None:
    """A title that is new to the model would be no answer to it; no titles at all are an empty page."""
    unknown = movie(9999, rating_count=10**6, rating_mean=5.0)
    assert Interview(towers, [unknown, *LADDER]).next_movies(Profile(), set(), 1) == [10]
    assert Interview(towers, [unknown]).next_movies(Profile(), set(), 8) == []
    assert Interview(towers, LADDER).next_movies(Profile(), set(), 0) == []
