"""A data set combined with contributors, the people who consented to training."""

from datetime import UTC, datetime

from recsys.data.contributors import with_contributors
from storage.records import Contributor, Rating
from tests.builders import dataset, movie
from tests.unit.data.builders import ratings_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BASE = dataset([movie(10), movie(30)], [(5, 10, 4.0), (5, 30, 2.0), (8, 30, 5.0)], genders=[0, 1])


def contributor(*ratings: tuple[int, float], age: int | None = None) -> Contributor:
    """Build a contributor with ratings given as (movie id, stars)."""
    return Contributor("F", age, None, tuple(Rating(movie_id, stars, "button", NOW) for movie_id, stars in ratings))


def test_contributors_follow_the_people_of_the_data_set() -> None:
    """The data set's people keep their ids, contributors get the next ids, and every rating keeps its movie."""
    new = movie(20, title="New")
    combined = with_contributors(
        BASE, [movie(10), new], [contributor((30, 1.0), age=40), contributor((20, 5.0), (99, 5.0))]
    )
    assert [movie.movie_id for movie in combined.movies] == [10, 20, 30]
    assert combined.movies[1].title == "New"
    assert combined.user_ids.tolist() == [5, 8, 9, 10]
    assert ratings_of(combined) == [(5, 10, 4.0), (5, 30, 2.0), (8, 30, 5.0), (9, 20, 5.0), (10, 30, 1.0)]
    assert combined.genders.tolist() == [0, 1, 0, 0]
    assert combined.ages.tolist() == [-1, -1, -1, 40]
    assert combined.occupations.tolist() == [-1] * 4
    assert [movie.rating_count for movie in combined.movies] == [1, 1, 3]


def test_the_order_of_contributors_does_not_matter() -> None:
    """The order of contributors in the database does not change the data set, so it identifies nobody."""
    people = [contributor((30, 1.0)), contributor((10, 5.0)), contributor((10, 2.0), (30, 2.0))]
    first, second = with_contributors(BASE, (), people), with_contributors(BASE, (), people[::-1])
    assert first.rating_stars.tolist() == second.rating_stars.tolist()
    assert first.rating_people.tolist() == second.rating_people.tolist()


def test_without_contributors() -> None:
    """Without contributors, the data set is unchanged."""
    combined = with_contributors(BASE, BASE.movies, [])
    assert [movie.label for movie in combined.movies] == [movie.label for movie in BASE.movies]
    assert combined.user_ids.tolist() == BASE.user_ids.tolist()
    assert combined.rating_stars.tolist() == BASE.rating_stars.tolist()
