"""Popular movies, which replace a missing model."""

from recsys.profile import Profile
from recsys.serving.fallback import popular_movies
from storage.records import MovieFilter
from tests.builders import movie

MOVIES = [
    movie(1, genres=("Drama",), rating_count=50),
    movie(2, genres=("Comedy",), rating_count=40),
    movie(3, genres=("Comedy", "Horror"), rating_count=30),
    movie(4, genres=("Horror",), rating_count=20),
]


def best(profile: Profile, **options: object) -> list[int]:
    """Movie ids of the whole list."""
    return [movie.movie_id for movie in popular_movies(MOVIES, profile, 4, **options)]


def test_a_stranger_gets_the_most_rated() -> None:
    """With an empty profile, only popularity counts."""
    assert best(Profile()) == [1, 2, 3, 4]


def test_genres_of_liked_movies_come_first() -> None:
    """After a liked horror movie, horror comes before more popular movies, and rated movies are left out."""
    assert best(Profile(ratings={4: 5})) == [3, 1, 2]


def test_a_dislike_cancels_a_like() -> None:
    """A genre with as many likes as dislikes is not preferred."""
    assert best(Profile(ratings={4: 5, 3: 1})) == [1, 2]


def test_excluded_and_filtered_movies_are_left_out() -> None:
    """The list has neither excluded movies nor movies that do not match the filter."""
    assert best(Profile(), exclude={1}) == [2, 3, 4]
    assert best(Profile(), where=MovieFilter(genres_none=("Horror",))) == [1, 2]
