import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.data import read_dataset
from recsys.data.snapshot import load, save
from recsys.models.features import Vocabulary
from recsys.profile import OCCUPATIONS
from storage.records import Movie
from tests.unit.data.builders import ML_1M, ML_10M, ML_100K, ML_CSV, ratings_of, write


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_movielens_1m(tmp_path: Path, encoding: str) -> None:
    """1M is read with its people, in Latin-1 as published and in UTF-8 as in some copies."""
    dataset = read_dataset(write(tmp_path, ML_1M, encoding=encoding))

    assert dataset.name == "MovieLens 1M"
    assert dataset.movies == (
        Movie(1, "Rocket Café", 1985, ("Comedy", "Sci-Fi"), rating_count=2, rating_mean=3.5),
        Movie(2, "The Lantern (a.k.a. The Lamp)", 1999, ("Drama", "Mystery"), rating_count=1, rating_mean=5.0),
        Movie(5, "L'Été (Der Sommer)", 1971, ("Drama",), rating_count=1, rating_mean=1.0),
    )
    assert dataset.user_ids.tolist() == [1, 2, 3]
    assert dataset.genders.tolist() == [0, 1, 1]
    assert dataset.ages.tolist() == [1, 25, 56]
    assert dataset.occupations.tolist() == [10, 0, 16]
    assert ratings_of(dataset) == [(1, 2, 5.0), (1, 1, 3.0), (2, 5, 1.0), (3, 1, 4.0)]
    assert dataset.rating_times is not None
    assert dataset.rating_times.tolist() == [978300760, 978300762, 978300763, 978300761]
    assert (dataset.skipped_rows, dataset.is_starter) == (0, False)


def test_dtypes(tmp_path: Path) -> None:
    """In every format, each array has the dtype that Dataset documents."""
    for name, files in {"1m": ML_1M, "100k": ML_100K, "10m": ML_10M, "csv": ML_CSV}.items():
        dataset = read_dataset(write(tmp_path / name, files))
        assert dataset.rating_times is not None
        columns = (
            dataset.user_ids,
            dataset.genders,
            dataset.ages,
            dataset.occupations,
            dataset.rating_people,
            dataset.rating_movies,
            dataset.rating_stars,
            dataset.rating_times,
        )
        expected = [np.int64, np.int8, np.int16, np.int8, np.int32, np.int32, np.float32, np.int64]
        assert [column.dtype for column in columns] == expected


def test_movielens_100k(tmp_path: Path) -> None:
    """100K's genre flags, exact ages and occupation names are read. A student aged 13 is a K-12 student."""
    dataset = read_dataset(write(tmp_path, ML_100K, encoding="latin-1"))

    assert dataset.name == "MovieLens 100K"
    assert [(movie.title, movie.year, movie.genres) for movie in dataset.movies] == [
        ("Rocket Café", 1995, ("Comedy", "Sci-Fi")),
        ("The Lantern", 1995, ("Drama",)),
        ("unknown", None, ()),
    ]
    assert dataset.movies[2].rating_mean is None
    assert dataset.ages.tolist() == [24, 13, 21]
    assert dataset.genders.tolist() == [1, 0, 0]
    assert [OCCUPATIONS[code] for code in dataset.occupations] == [
        "technician or engineer",
        "K-12 student",
        "college or grad student",
    ]
    assert ratings_of(dataset) == [(1, 2, 5.0), (2, 1, 3.0), (3, 2, 4.0)]


def test_movielens_10m_clips_half_a_star(tmp_path: Path) -> None:
    """10M has half stars and no demographics. Half a star is clipped to one star."""
    dataset = read_dataset(write(tmp_path, ML_10M))

    assert dataset.name == "MovieLens 10M"
    assert ratings_of(dataset) == [(1, 1, 1.0), (1, 2, 4.5), (7, 1, 5.0)]
    assert dataset.movies[1] == Movie(2, "The Lantern", 1999, (), rating_count=1, rating_mean=4.5)
    assert dataset.user_ids.tolist() == [1, 7]
    assert set(dataset.genders.tolist() + dataset.ages.tolist() + dataset.occupations.tolist()) == {-1}


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ml-32m", "MovieLens 32M"),
        ("ml-latest-small", "MovieLens latest-small"),
        ("somewhere", "MovieLens"),
    ],
)
def test_movielens_csv(tmp_path: Path, folder: str, name: str) -> None:
    """The CSV sets are named after their folder. Quoted titles and ranges of years are read."""
    dataset = read_dataset(write(tmp_path / folder, ML_CSV))

    assert dataset.name == name
    assert [(movie.movie_id, movie.label, movie.genres) for movie in dataset.movies] == [
        (1, "The Lantern (1999)", ("Drama", "Mystery")),
        (4, 'The "Rocket" Café (2006)', ()),
        (9, "Untitled", ("Comedy",)),
    ]
    assert ratings_of(dataset) == [(1, 4, 1.0), (1, 1, 3.5), (2, 9, 5.0)]


@pytest.mark.parametrize("change", ["crlf", "blank lines", "byte order mark", "no last line end"])
def test_line_ends_do_not_matter(tmp_path: Path, change: str) -> None:
    """Windows line ends, blank lines, a byte order mark and a missing last line end do not change the result."""
    changed = {
        "crlf": lambda text: text.replace("\n", "\r\n"),
        "blank lines": lambda text: text.replace("\n", "\n\n"),
        "byte order mark": lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text,
        "no last line end": lambda text: text.removesuffix("\n"),
    }[change]
    for name, files in {"1m": ML_1M, "csv": ML_CSV}.items():
        plain = read_dataset(write(tmp_path / name, files))
        other = read_dataset(write(tmp_path / change / name, {file: changed(text) for file, text in files.items()}))
        assert other.movies == plain.movies
        assert ratings_of(other) == ratings_of(plain)


def test_many_blocks_equal_one_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is read in many blocks gives the same data set as in one block, and reports its progress."""
    monkeypatch.setattr("recsys.data.rows.BLOCK_BYTES", 16)
    monkeypatch.setattr("recsys.data.rows.BATCH_ROWS", 2)
    reports: list[tuple[str, float]] = []

    dataset = read_dataset(write(tmp_path, ML_1M), progress=lambda stage, share: reports.append((stage, share)))

    assert ratings_of(dataset) == [(1, 2, 5.0), (1, 1, 3.0), (2, 5, 1.0), (3, 1, 4.0)]
    assert [movie.rating_count for movie in dataset.movies] == [2, 1, 1]
    assert list(dict.fromkeys(stage for stage, _ in reports)) == ["movies", "people", "ratings"]
    assert len(reports) > 6
    assert reports[-1] == ("ratings", 1.0)


def test_details_without_a_header(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Details separated by "::" are added: "N/A" is empty, notes after names are dropped, other movies are counted."""
    write(
        tmp_path,
        {
            "details.dat": (
                "1::Rocket Café::1985::PG::1 May 1985::Comedy::Ann Ray, Bo Li (co-director)::N/A::Cy Orr, Di Poe::"
                "A café flies: away.::https://x.org/1.jpg\r\n"
                "2::The Lantern::1999::R::N/A::Drama::N/A::N/A::N/A::N/A::N/A\r\n"
                "77::Other::1999::R::N/A::Drama::N/A::N/A::N/A::N/A::N/A\r\n"
            )
        },
    )
    caplog.set_level(logging.INFO, "recsys.data")

    dataset = read_dataset(write(tmp_path / "ml", ML_10M), details=tmp_path / "details.dat", train_on_details=True)

    assert dataset.movies == (
        Movie(
            1,
            "Rocket Café",
            1985,
            ("Comedy", "Sci-Fi"),
            description="A café flies: away.",
            directors=("Ann Ray", "Bo Li"),
            actors=("Cy Orr", "Di Poe"),
            poster_url="https://x.org/1.jpg",
            certificate="PG",
            rating_count=2,
            rating_mean=3.0,
        ),
        Movie(2, "The Lantern", 1999, (), certificate="R", rating_count=1, rating_mean=4.5),
    )
    assert caplog.messages == ["details.dat: ignored the details of 1 movies that are not in the data set"]


def test_details_in_csv(tmp_path: Path) -> None:
    """A CSV file with a single column of details changes only that column of only its movies."""
    write(tmp_path, {"details.csv": 'movie_id,description\n2,"Light,\nshadow."\n'})

    dataset = read_dataset(write(tmp_path / "ml", ML_10M), details=tmp_path / "details.csv")

    assert [movie.description for movie in dataset.movies] == [None, "Light,\nshadow."]
    assert [movie.genres for movie in dataset.movies] == [("Comedy", "Sci-Fi"), ()]


def test_details_are_trained_on_only_if_they_may_be(tmp_path: Path) -> None:
    """Models see the plots, directors and actors of a file only if it is said so. A snapshot keeps what was said."""
    write(tmp_path, {"details.csv": "movie_id,description,directors\n2,Submarines surface.,Ann Ray\n"})
    folder = write(tmp_path / "ml", ML_10M)
    for may_train in (False, True):
        dataset = read_dataset(folder, details=tmp_path / "details.csv", train_on_details=may_train)
        save(dataset, tmp_path / "snapshot")
        for read in (dataset, load(tmp_path / "snapshot")):
            movie = read.movies[1]
            assert (movie.description, movie.directors) == ("Submarines surface.", ("Ann Ray",))
            assert movie.trainable == (movie if may_train else replace(movie, description=None, directors=()))
            tokens = set(Vocabulary.build([movie, replace(movie, movie_id=3)]).tokens)
            assert {"plot:submarines", "director:ann ray"} & tokens == (
                {"plot:submarines", "director:ann ray"} if may_train else set()
            )
            assert "title:lantern" in tokens


def test_certificate_length_and_ids(tmp_path: Path) -> None:
    """They are read from a CSV file. Ids at IMDb need no "tt", and "not rated" is no certificate."""
    header = "movie_id,minutes,imdb_id,tmdb_id,certificate\n"
    write(tmp_path, {"details.csv": f"{header}1,95,tt0114709,862,PG-13\n2,,113497,,Not Rated\n"})
    write(tmp_path / "ml", ML_10M)

    movies = read_dataset(tmp_path / "ml", details=tmp_path / "details.csv").movies

    details = [(movie.certificate, movie.minutes, movie.imdb_id, movie.tmdb_id) for movie in movies]
    assert details == [("PG-13", 95, "tt0114709", 862), (None, None, "tt0113497", None)]


def test_links_of_the_csv_sets(tmp_path: Path) -> None:
    """The ids at other sites are read from links.csv, if the folder has it."""
    links = "movieId,imdbId,tmdbId\n1,0114709,862\n4,0113497,\n77,0113228,15602\n"

    movies = read_dataset(write(tmp_path, {**ML_CSV, "links.csv": links})).movies

    ids = [(movie.movie_id, movie.imdb_id, movie.tmdb_id) for movie in movies]
    assert ids == [(1, "tt0114709", 862), (4, "tt0113497", None), (9, None, None)]
