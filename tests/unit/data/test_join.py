"""Data sets that share movies are joined: movies become one, people stay apart."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recsys.data import DataError, read_datasets
from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from recsys.data.join import ID_STEP, JoinCounts, Part, join_datasets
from storage.records import Movie
from tests.unit.data.builders import LATEST_SMALL, ML_1M, ML_100K, ratings_of, write

LEON = Movie(293, "L\N{LATIN SMALL LETTER E WITH ACUTE}on: The Professional (a.k.a. The Professional)", 1994)


def part(movies: Sequence[Movie], *, has_movielens_ids: bool = True) -> Part:
    """A data set in which person 7, a woman of 25, has rated every movie with its position plus one."""
    count = len(movies)
    people = People(np.array([7]), np.array([0], np.int8), np.array([25], np.int16), np.array([-1], np.int8))
    ratings = Ratings(
        np.zeros(count, np.int32), np.arange(count, dtype=np.int32), np.arange(1, count + 1, dtype=np.float32), None
    )
    return Part(assemble("set", movies, people, ratings), has_movielens_ids)


def joined(first: Sequence[Movie], second: Sequence[Movie], *, has_movielens_ids: bool = True) -> dict[str, int]:
    """Join two sets, the second perhaps with ids of its own, and return label -> id."""
    dataset, _ = join_datasets([part(first), part(second, has_movielens_ids=has_movielens_ids)])
    return {movie.label: movie.movie_id for movie in dataset.movies}


@pytest.mark.parametrize(
    "other",
    [
        Movie(293, "The Professional (a.k.a. Leon: The Professional)", 1994),
        Movie(293, "Leon: The Professional", 1995),
        Movie(293, "L\N{LATIN SMALL LETTER E WITH ACUTE}on", None),
    ],
)
def test_one_movielens_id_is_one_movie(other: Movie) -> None:
    """Releases write a title in different ways, and a year may be off by one or missing. The first title stays."""
    assert joined([LEON], [other]) == {LEON.label: 293}


@pytest.mark.parametrize("other", [Movie(293, "Heat", 1994), Movie(293, "The Professional", 1981)])
def test_the_same_id_of_another_movie(other: Movie) -> None:
    """If title or year are those of another movie, the sets do not share the id, and the movie gets another one."""
    assert joined([LEON], [other]) == {LEON.label: 293, other.label: 293 + ID_STEP}


@pytest.mark.parametrize(
    "other",
    [
        Movie(5, "Something else", 1971, imdb_id="tt0110413"),
        Movie(5, "Something else", None, tmdb_id=101),
        Movie(5, "Leon - the professional", 1994),
        Movie(5, "The Professional", 1994),
        Movie(5, "Der Profi (The Professional)", 1994, imdb_id="tt0110413"),
    ],
)
def test_other_ids_titles_and_years(other: Movie) -> None:
    """A set with ids of its own is joined by the ids at IMDb and TMDB, else by title or alternative title and year."""
    known = Movie(293, LEON.title, 1994, imdb_id="tt0110413", tmdb_id=101)
    assert joined([known], [other], has_movielens_ids=False) == {LEON.label: 293}


@pytest.mark.parametrize(
    "other",
    [
        Movie(293, "The Professional", 1995),
        Movie(293, "The Professional", None),
        Movie(293, "The Professional", 1994, imdb_id="tt0000001"),
        Movie(293, "Heat", 1994),
    ],
)
def test_movies_that_are_not_joined(other: Movie) -> None:
    """Another year, no year, another id at IMDb or another title: the movie gets an id of its own."""
    known = Movie(293, LEON.title, 1994, imdb_id="tt0110413")
    assert joined([known], [other], has_movielens_ids=False) == {LEON.label: 293, other.label: 293 + ID_STEP}


def test_a_title_that_several_movies_have() -> None:
    """A title decides nothing if two movies of that year have it, and no movie takes two of another set."""
    first = [Movie(1, "Emma", 1996, imdb_id="tt1"), Movie(2, "Emma", 1996, imdb_id="tt2")]
    dataset, counts = join_datasets([part(first), part([Movie(9, "Emma", 1996)], has_movielens_ids=False)])
    assert [movie.movie_id for movie in dataset.movies] == [1, 2, 9 + ID_STEP]
    assert (counts.by_title, counts.added) == (0, 1)

    again = [Movie(3, "Emma", 1996), Movie(4, "Emma (Jane Austen's Emma)", 1996)]
    dataset, counts = join_datasets([part(first[:1]), part(again, has_movielens_ids=False)])
    assert [movie.movie_id for movie in dataset.movies] == [1, 4 + ID_STEP]
    assert (counts.by_title, counts.added) == (1, 1)


def test_people_stay_apart_and_keep_what_is_known_of_them() -> None:
    """Ratings of the same movie by people of both sets are counted together; missing details are filled."""
    known = Movie(293, LEON.title, None, ("Drama",), imdb_id="tt0110413")
    more = Movie(293, "The Professional", 1994, ("Crime",), "A killer.", tmdb_id=101)

    dataset, counts = join_datasets(
        [part([Movie(1, "Heat", 1995), known]), part([more, Movie(300, "Quiz Show", 1994)])]
    )

    assert dataset.movies[1] == Movie(
        293,
        LEON.title,
        1994,
        ("Drama",),
        "A killer.",
        imdb_id="tt0110413",
        tmdb_id=101,
        rating_count=2,
        rating_mean=1.5,
    )
    assert [movie.movie_id for movie in dataset.movies] == [1, 293, 300]
    assert dataset.user_ids.tolist() == [7, 8]
    assert dataset.ages.tolist() == [25, 25]
    assert ratings_of(dataset) == [(7, 1, 1.0), (7, 293, 2.0), (8, 293, 1.0), (8, 300, 2.0)]
    assert str(counts) == "joined 1 movies by MovieLens id, 0 by IMDb or TMDB id and 0 by title and year; added 1"


def test_a_third_set_is_joined_to_what_the_second_has_added() -> None:
    """A movie of the second and third set is one movie, also if only the third has the ids of MovieLens."""
    own = Movie(5, "Quiz Show", 1994, tmdb_id=11450)
    movielens = Movie(300, "Quiz Show", 1994)

    dataset, _ = join_datasets([part([LEON]), part([own], has_movielens_ids=False), part([movielens])])

    assert [(movie.movie_id, movie.rating_count) for movie in dataset.movies] == [(293, 1), (5 + ID_STEP, 2)]
    assert dataset.movies[1].tmdb_id == 11450


def read(tmp_path: Path, *names: str) -> tuple[Dataset, list[str]]:
    """Write the sets and read those with these names. Return the joined set and the notes."""
    same = "779::Til There Was You (1997)::Drama|Romance\n50::Usual Suspects, The (1995)::Crime|Thriller\n"
    write(
        tmp_path / "ml-1m",
        {
            **ML_1M,
            "movies.dat": ML_1M["movies.dat"].replace("1::R", "3::R") + same,
            "ratings.dat": "1::50::5::978300760\n3::3::4::978300761\n",
        },
        encoding="latin-1",
    )
    write(tmp_path / "ml-latest-small", LATEST_SMALL)
    write(tmp_path / "ml-100k", ML_100K, encoding="latin-1")
    notes: list[str] = []
    return read_datasets([tmp_path / name for name in names], show_note=notes.append), notes


def test_todays_movies_and_people_with_demographics(tmp_path: Path) -> None:
    """A new release brings the movies, and MovieLens 1M brings people with gender, age and occupation."""
    dataset, notes = read(tmp_path, "ml-latest-small", "ml-1m")

    assert dataset.name == "MovieLens latest-small + MovieLens 1M"
    assert [movie.movie_id for movie in dataset.movies] == [1, 2, 3, 5, 50, 779, 193609, 202439]
    assert dataset.movies[4].rating_count == 2
    assert dataset.user_ids.tolist() == [1, 2, 610, 611, 612, 613]
    assert dataset.genders.tolist() == [-1, -1, -1, 0, 1, 1]
    assert dataset.rating_times is not None
    assert ratings_of(dataset)[-2:] == [(611, 50, 5.0), (613, 3, 4.0)]
    assert notes == [f"{dataset.name}: {JoinCounts(by_movielens_id=2, added=3)}"]


def test_movielens_100k_has_ids_of_its_own(tmp_path: Path) -> None:
    """Id 1 of MovieLens 100K is not compared with id 1 of other releases."""
    dataset, _ = read(tmp_path, "ml-latest-small", "ml-100k")
    assert {movie.movie_id: movie.title for movie in dataset.movies}[1 + ID_STEP].startswith("Rocket")


def test_an_error_names_the_folder(tmp_path: Path) -> None:
    """Files of several folders have the same names."""
    read(tmp_path, "ml-latest-small", "ml-1m")
    write(
        tmp_path / "own", {"movies.csv": "movie_id,title\n1,Heat\n", "ratings.csv": "user_id,movie_id,rating\n1,1,x\n"}
    )
    with pytest.raises(DataError) as raised:
        read_datasets([tmp_path / "ml-1m", tmp_path / "own"])
    assert str(raised.value).startswith("own/ratings.csv, line 2, column rating: found 'x'")


def test_a_data_set_is_given_once(tmp_path: Path) -> None:
    """Otherwise all of its people would be there twice."""
    folder = write(tmp_path / "ml-latest-small", LATEST_SMALL)
    with pytest.raises(DataError, match="ml-latest-small: found '2 times', expected each data set once"):
        read_datasets([folder, tmp_path / "." / "ml-latest-small"])
