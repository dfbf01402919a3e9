"""The popular list that stands in for a missing model."""

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
    """Ids of the whole list."""
    return [one.movie_id for one in popular_movies(MOVIES, profile, 4, **options)]


def test_a_stranger_gets_the_most_rated() -> None:
    """Nothing is known, so popularity alone decides."""
    assert best(Profile()) == [1, 2, 3, 4]


def test_genres_of_liked_movies_come_first() -> None:
    """Whoever likes a horror movie gets horror before what is more popular; what is rated does not come again."""
    assert best(Profile(ratings={4: 5})) == [3, 1, 2]


def test_a_dislike_takes_a_genre_away() -> None:
    """A like and a dislike of one genre cancel each other out."""
    assert best(Profile(ratings={4: 5, 3: 1})) == [1, 2]


def test_exclusions_and_wishes_hold_here_too() -> None:
    """Neither what was shown nor what was not wished for."""
    assert best(Profile(), exclude={1}) == [2, 3, 4]
    assert best(Profile(), where=MovieFilter(genres_none=("Horror",))) == [1, 2]
