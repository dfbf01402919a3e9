import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data import read_dataset
from recsys.data.dataset import Dataset
from recsys.profile import OCCUPATIONS
from storage.records import Movie
from tests.unit.data.builders import CUSTOM, ratings_of, write

ROCKET = Movie(3, "Rocket Café", 1985, ("Comedy",), rating_count=1, rating_mean=1.0)
LANTERN = Movie(
    7,
    "The Lantern",
    1999,
    ("Drama", "Mystery"),
    'A light,\nand a "shadow".',
    ("Ann Ray",),
    ("Bo Li", "Cy Orr, Jr."),
    "https://x.org/7.jpg",
    rating_count=2,
    rating_mean=3.25,
)


def check(dataset: Dataset) -> None:
    """Assert that a data set is the one in CUSTOM. The user ids of abe, mia and zoe are 1, 2 and 3."""
    assert dataset.movies == (ROCKET, LANTERN)
    assert dataset.user_ids.tolist() == [1, 2, 3]
    assert dataset.genders.tolist() == [-1, 1, 0]
    assert dataset.ages.tolist() == [-1, 61, 28]
    assert dataset.occupations.tolist() == [-1, 3, OCCUPATIONS.index("writer")]
    assert ratings_of(dataset) == [(1, 7, 2.0), (3, 7, 4.5), (3, 3, 1.0)]
    assert dataset.rating_times is not None
    assert dataset.rating_times.tolist() == [2000, 1000, -1]


def test_csv(tmp_path: Path) -> None:
    """CSV tables may have columns in any order, quoted text with line breaks, empty cells, and names as user ids."""
    dataset = read_dataset(write(tmp_path / "Film club", CUSTOM))
    assert dataset.name == "Film club"
    check(dataset)


def test_parquet(tmp_path: Path) -> None:
    """The same tables in Parquet, with lists, nulls, NaN, categories and timestamps, give the same data set."""
    tables = {
        "movies": {
            "movie_id": pa.array([7, 3], pa.int32()),
            "title": ["Lantern, The", "Rocket Café"],
            "year": [1999.0, 1985.0],
            "genres": [["Drama", "Mystery"], ["Comedy"]],
            "description": [LANTERN.description, None],
            "directors": [["Ann Ray"], None],
            "actors": [["Bo Li", "Cy Orr, Jr."], []],
            "poster_url": [LANTERN.poster_url, None],
        },
        "people": {
            "user_id": ["zoe", "abe", "mia"],
            "gender": ["F", None, "male"],
            "age": [28.0, float("nan"), 61.0],
            "occupation": ["writer", None, "3"],
        },
        "ratings": {
            "user_id": pa.array(["zoe", "abe", "zoe"]).dictionary_encode(),
            "movie_id": [7, 7, 3],
            "rating": [4.5, 2.0, 1.0],
            "timestamp": pa.array(
                [dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None for seconds in (1000, 2000, None)],
                pa.timestamp("us", "UTC"),
            ),
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")

    check(read_dataset(tmp_path))


def test_required_columns_only(tmp_path: Path) -> None:
    """Two tables with the required columns are enough. User ids that are whole numbers are kept."""
    folder = write(
        tmp_path,
        {
            "movies.csv": 'movie_id,title,genres,actors\n4,Rocket,"Comedy, Sci-Fi","Cy Orr, Jr., Bo Li"\n',
            "ratings.csv": '"user_id","movie_id","rating"\n"12","4",3\n007,4.0,1\n 0 ,4,5\n',
        },
    )

    dataset = read_dataset(folder)

    assert dataset.movies[0].genres == ("Comedy", "Sci-Fi")
    assert dataset.movies[0].actors == ("Cy Orr, Jr.", "Bo Li")
    assert ratings_of(dataset) == [(0, 4, 5.0), (7, 4, 1.0), (12, 4, 3.0)]
    assert dataset.rating_times is None
    assert set(dataset.genders.tolist() + dataset.ages.tolist() + dataset.occupations.tolist()) == {-1}


@pytest.mark.parametrize(
    ("title", "year", "label"),
    [
        ("Lantern, The (1999)", "", "The Lantern (1999)"),
        ("Lantern, The (1999)", "1999", "The Lantern (1999)"),
        ("Lantern (2049)", "2017", "Lantern (2049) (2017)"),
        ("Lantern", "", "Lantern"),
    ],
)
def test_a_year_in_the_title(tmp_path: Path, title: str, year: str, label: str) -> None:
    """A year at the end of a title is split off, unless the year column has a different one."""
    folder = write(
        tmp_path,
        {"movies.csv": f'movie_id,title,year\n1,"{title}",{year}\n', "ratings.csv": "user_id,movie_id,rating\n1,1,3\n"},
    )
    assert read_dataset(folder).movies[0].label == label


def test_people_and_movies_without_ratings(tmp_path: Path) -> None:
    """People and movies without ratings are part of the data set."""
    folder = write(
        tmp_path,
        {
            "movies.csv": "movie_id,title\n1,Rocket\n2,Lantern\n",
            "people.csv": "user_id,age\n5,30\n6,40\n",
            "ratings.csv": "user_id,movie_id,rating\n6,2,3\n",
        },
    )

    dataset = read_dataset(folder)

    assert dataset.user_ids.tolist() == [5, 6]
    assert dataset.person_offsets().tolist() == [0, 0, 1]
    assert [(movie.rating_count, movie.rating_mean) for movie in dataset.movies] == [(0, None), (1, 3.0)]
