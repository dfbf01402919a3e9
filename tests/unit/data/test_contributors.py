"""A data set together with people who agreed to be learned from."""

from datetime import UTC, datetime

from recsys.data.contributors import with_contributors
from storage.records import Contributor, Rating
from tests.builders import dataset, movie

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BASE = dataset([movie(10), movie(30)], [(5, 10, 4.0), (5, 30, 2.0), (8, 30, 5.0)], genders=[0, 1])


def contributor(*ratings: tuple[int, float], age: int | None = None) -> Contributor:
    """Somebody who gave these movies these stars."""
    return Contributor("F", age, None, tuple(Rating(movie_id, stars, "button", NOW) for movie_id, stars in ratings))


def test_they_come_after_the_people_of_the_data_set() -> None:
    """Positions and ids of the data set stay, the next numbers follow, and every rating is of the right movie."""
    new = movie(20, title="New")
    combined = with_contributors(
        BASE, [movie(10), new], [contributor((30, 1.0), age=40), contributor((20, 5.0), (99, 5.0))]
    )
    assert [one.movie_id for one in combined.movies] == [10, 20, 30]
    assert combined.movies[1].title == "New"
    assert combined.user_ids.tolist() == [5, 8, 9, 10]
    ids = combined.movie_ids[combined.rating_movies].tolist()
    told = list(zip(combined.user_ids[combined.rating_people].tolist(), ids, combined.rating_stars, strict=True))
    assert told == [(5, 10, 4.0), (5, 30, 2.0), (8, 30, 5.0), (9, 20, 5.0), (10, 30, 1.0)]
    assert combined.genders.tolist() == [0, 1, 0, 0]
    assert combined.ages.tolist() == [-1, -1, -1, 40]
    assert combined.occupations.tolist() == [-1] * 4
    assert [one.rating_count for one in combined.movies] == [1, 1, 3]


def test_their_order_says_nothing_of_who_they_are() -> None:
    """However the people come out of the database, the data set is the same."""
    people = [contributor((30, 1.0)), contributor((10, 5.0)), contributor((10, 2.0), (30, 2.0))]
    one, other = with_contributors(BASE, (), people), with_contributors(BASE, (), people[::-1])
    assert one.rating_stars.tolist() == other.rating_stars.tolist()
    assert one.rating_people.tolist() == other.rating_people.tolist()


def test_without_volunteers_it_is_the_data_set() -> None:
    """Nothing is added and nothing changes."""
    combined = with_contributors(BASE, BASE.movies, [])
    assert [one.label for one in combined.movies] == [one.label for one in BASE.movies]
    assert combined.user_ids.tolist() == BASE.user_ids.tolist()
    assert combined.rating_stars.tolist() == BASE.rating_stars.tolist()
