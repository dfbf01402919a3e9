"""The same title and year under several ids is one movie, in every format."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.releases.pipeline import dataset_summary
from recsys.data import read_dataset, snapshot
from recsys.data.contributors import with_contributors
from recsys.data.duplicates import find_duplicates
from storage.records import Movie
from tests.unit.data.builders import ratings_of, write

TWICE = {
    "movies.csv": (
        "movie_id,title,year,genres,description,directors\n"
        "9,chasing amy,1997,Romance,A comic artist.,Kevin Smith\n"
        '4,"Amy, Chasing",1999,Drama,,\n'
        "3,Chasing Amy,1997,Drama,,\n"
        "5,Alone,1980,War,,\n"
    ),
    "ratings.csv": (
        "user_id,movie_id,rating,timestamp\n1,3,2,100\n1,9,5,200\n2,9,4,100\n3,3,1,300\n3,9,3,200\n3,5,5,1\n1,4,3,7\n"
    ),
}


def test_a_title_that_is_listed_twice_is_one_movie_with_all_ratings(tmp_path: Path) -> None:
    """The lowest id stays, takes the details that it lacks, and has the latest rating of everybody."""
    dataset = read_dataset(write(tmp_path, TWICE))
    assert dataset.merged == {9: 3}
    assert dataset.movies[0] == Movie(
        3, "Chasing Amy", 1997, ("Drama",), "A comic artist.", ("Kevin Smith",), rating_count=3, rating_mean=10 / 3
    )
    assert dataset.movie_ids.tolist() == [3, 4, 5]
    assert sorted(ratings_of(dataset)) == [(1, 3, 5.0), (1, 4, 3.0), (2, 3, 4.0), (3, 3, 1.0), (3, 5, 5.0)]
    assert dataset.rating_times is not None
    assert (np.diff(dataset.rating_people) >= 0).all()
    assert dataset_summary(dataset)["merged_movies"] == 1


def test_without_times_the_last_rating_stays(tmp_path: Path) -> None:
    """Nobody has two ratings of a movie, whatever the file says."""
    ratings = "user_id,movie_id,rating\n1,9,5\n1,3,2\n2,3,4\n2,9,1\n"
    dataset = read_dataset(write(tmp_path, TWICE | {"ratings.csv": ratings}))
    assert sorted(ratings_of(dataset)) == [(1, 3, 2.0), (2, 3, 1.0)]


def test_what_may_be_another_movie_stays() -> None:
    """Other years, unknown years, other ids, and directors without a common name make two movies of one title."""
    emma = Movie(1, "Emma", 1996, directors=("Douglas McGrath",))
    assert find_duplicates([emma, Movie(2, "Emma", 2020), Movie(3, "Emma"), Movie(4, "Emma")]) == {}
    assert find_duplicates([emma, Movie(2, "Emma", 1996, directors=("Diarmuid Lawrence",))]) == {}
    assert find_duplicates([emma, Movie(2, "EMMA", 1996, directors=("douglas mcgrath", "X"))]) == {2: 1}
    assert find_duplicates([replace(emma, imdb_id="tt1"), Movie(2, "Emma", 1996, imdb_id="tt2")]) == {}
    assert find_duplicates([replace(emma, tmdb_id=1), Movie(2, "Emma", 1996, imdb_id="tt2")]) == {2: 1}
    assert find_duplicates([Movie(7, "Emma", 1996), emma, Movie(5, "Emma", 1996)]) == {5: 1, 7: 1}


def test_a_snapshot_and_further_ratings_keep_what_was_merged(tmp_path: Path) -> None:
    """A data set says the same after it was saved, and after contributors were added."""
    dataset = read_dataset(write(tmp_path / "set", TWICE))
    snapshot.save(dataset, tmp_path / "home")
    loaded = snapshot.load(tmp_path / "home")
    assert loaded.merged == {9: 3}
    assert with_contributors(loaded, (), ()).merged == {9: 3}


def test_a_snapshot_of_an_older_version_has_merged_nothing(tmp_path: Path) -> None:
    """Its index does not say which movies were merged."""
    snapshot.save(read_dataset(write(tmp_path / "set", TWICE)), tmp_path / "home")
    index = tmp_path / "home" / "dataset.json"
    document = json.loads(index.read_text())
    del document["merged"]
    index.write_text(json.dumps(document))
    assert snapshot.load(tmp_path / "home").merged == {}


def test_details_of_the_id_that_has_gone_are_used(tmp_path: Path) -> None:
    """A details file may name either id; what it says of the id that stays comes first."""
    files = TWICE | {"details.csv": "movie_id,description,directors\n3,Two friends.,\n9,An artist.,Kevin Smith\n"}
    folder = write(tmp_path, files)
    [movie, *_] = read_dataset(folder, details=folder / "details.csv", train_on_details=True).movies
    assert replace(movie, rating_count=0, rating_mean=None) == Movie(
        3, "Chasing Amy", 1997, ("Drama",), "Two friends.", ("Kevin Smith",)
    )
