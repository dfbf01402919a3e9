"""Own tables in the notations of other programs: they are read, or refused with what to do about it."""

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data import DataError, read_dataset, read_datasets
from recsys.data.dataset import Dataset
from tests.unit.data.builders import CUSTOM, ML_1M, ML_CSV, Files, ratings_of, with_cell, write

MOVIES = "movie_id,title\n1,Rocket\n2,Lantern\n"
RATINGS = "user_id,movie_id,rating\n1,1,4\n"


def rating_times(dataset: Dataset) -> list[int]:
    """Return the times of a data set that has some."""
    assert dataset.rating_times is not None
    return dataset.rating_times.tolist()


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1995", 1995),
        ("1995.0", 1995),
        ("2013-2023", 2013),
        ("2013\N{EN DASH}", 2013),
        ("1995-10-30", 1995),
        ("1995-10", 1995),
        ("1995-10-30T12:00:00Z", 1995),
        ("1995/10/30", 1995),
        ("19951030", 1995),
        ("30.10.1995", 1995),
        ("10/30/1995", 1995),
        ("30-Oct-1995", 1995),
        ("October 30, 1995", 1995),
        ("\\N", None),
        ("NULL", None),
        ("nan", None),
        ("NaT", None),
        ("NA", None),
        ("", None),
    ],
)
def test_years(tmp_path: Path, cell: str, year: int | None) -> None:
    """A range gives its first year, a date the year that it is in, and NULL no year."""
    assert with_cell(tmp_path, "year", cell) == year


@pytest.mark.parametrize("cell", ["95", "1995 or so", "10-30-95", "12345"])
def test_no_year(tmp_path: Path, cell: str) -> None:
    """Anything else is refused, and never guessed."""
    with pytest.raises(DataError, match="expected a year from 1870 to 2100"):
        with_cell(tmp_path, "year", cell)


@pytest.mark.parametrize("nothing", ["nan", "NaN", "NA", "None", "NULL", "\\N", "N/A", ""])
def test_missing_numbers(tmp_path: Path, nothing: str) -> None:
    """A number is missing, whichever text stands for nothing and whatever the other cells of the column are."""
    for other in ("862.0", "\\N"):
        cells = f"movie_id,title,tmdb_id,minutes\n1,Rocket,{nothing},{nothing}\n2,Lantern,{other},90\n"
        people = f"user_id,gender,age,occupation\n1,{nothing},{nothing},{nothing}\n"
        files = {"movies.csv": cells, "ratings.csv": RATINGS, "people.csv": people}
        dataset = read_dataset(write(tmp_path, files))
        rocket, lantern = dataset.movies
        assert (rocket.tmdb_id, rocket.minutes, lantern.minutes) == (None, None, 90)
        assert lantern.tmdb_id == (862 if other == "862.0" else None)
        assert (dataset.genders[0], dataset.ages[0], dataset.occupations[0]) == (-1, -1, -1)


def test_times(tmp_path: Path) -> None:
    """Times are seconds since 1970 or in the notation of ISO 8601, in UTC without a zone, or missing."""
    zoned = ("2001-09-09T01:46:40Z", "2001-09-09T03:46:40.5+02:00")
    cells = ("2001-09-09 01:46:40", *zoned, "2001-09-09", "1e9", "", "\\N")
    rows = "".join(f"{user},1,4,{cell}\n" for user, cell in enumerate(cells))
    files = {"movies.csv": MOVIES, "ratings.csv": "user_id,movie_id,rating,timestamp\n" + rows}
    assert rating_times(read_dataset(write(tmp_path, files))) == [10**9] * 3 + [10**9 - 6400, 10**9, -1, -1]


@pytest.mark.parametrize("cell", ["yesterday", "1000000000000", "2013-02-30", "1969-12-31"])
def test_no_times(tmp_path: Path, cell: str) -> None:
    """Milliseconds, days that do not exist and times before 1970 are refused."""
    files = {"movies.csv": MOVIES, "ratings.csv": f"user_id,movie_id,rating,timestamp\n1,1,4,{cell}\n"}
    with pytest.raises(DataError, match="or a time such as 2013-05-01T12:00:00"):
        read_dataset(write(tmp_path, files))


def test_scales(tmp_path: Path) -> None:
    """Half stars and a decimal comma are read. A scale to 10 is read if it is named, and the error names it."""
    rows = [(1, "0.5"), (2, '"3,5"'), (3, "5")]
    stars = "user_id,movie_id,rating\n" + "".join(f"{user},1,{cell}\n" for user, cell in rows)
    folder = write(tmp_path, {"movies.csv": MOVIES, "ratings.csv": stars})
    assert [stars for _, _, stars in ratings_of(read_dataset(folder))] == [1.0, 3.5, 5.0]

    write(tmp_path, {"ratings.csv": "user_id,movie_id,rating\n1,1,1\n2,1,7\n3,1,10\n"})
    assert [stars for _, _, stars in ratings_of(read_dataset(folder, scale=10))] == [1.0, 3.5, 5.0]
    with pytest.raises(DataError, match=r"found '7', expected a number from 0.5 to 5 \(--scale 10 reads"):
        read_dataset(folder)


def test_a_scale_is_for_own_tables(tmp_path: Path) -> None:
    """The scale of MovieLens is known. Beside MovieLens, own tables may have another one."""
    movielens = write(tmp_path / "ml-latest-small", ML_CSV)
    own = write(tmp_path / "own", {"movies.csv": MOVIES, "ratings.csv": "user_id,movie_id,rating\n1,1,9\n"})
    for folders in ([movielens], [movielens, movielens]):
        with pytest.raises(DataError, match="expected own tables, because --scale"):
            read_datasets(folders, scale=10)
    assert ratings_of(read_datasets([movielens, own], scale=10))[-1][2] == 4.5


@pytest.mark.parametrize(
    ("first", "second", "stars"), [(100, 200, 5.0), (200, 200, 5.0), ("", "", 5.0), (200, 100, 2.0)]
)
def test_the_later_of_two_ratings_counts(tmp_path: Path, first: object, second: object, stars: float) -> None:
    """It is the one with the later time, else the later row. Ratings of other movies stay."""
    rows = f"1,2,3,50\n1,1,2,{first}\n1,1,5,{second}\n"
    folder = write(tmp_path, {"movies.csv": MOVIES, "ratings.csv": f"user_id,movie_id,rating,timestamp\n{rows}"})
    assert ratings_of(read_dataset(folder)) == [(1, 2, 3.0), (1, 1, stars)]


def test_without_times_the_later_row_counts(tmp_path: Path) -> None:
    """The rating that stands further down in the file replaces the one above, in MovieLens too."""
    folder = write(tmp_path, {"movies.csv": MOVIES, "ratings.csv": "user_id,movie_id,rating\n1,1,5\n1,2,3\n1,1,2\n"})
    assert ratings_of(read_dataset(folder)) == [(1, 2, 3.0), (1, 1, 2.0)]
    twice = ML_1M["ratings.dat"] + "3::1::2::978300999\n"
    assert ratings_of(read_dataset(write(tmp_path / "1m", {**ML_1M, "ratings.dat": twice})))[-1] == (3, 1, 2.0)


@pytest.mark.parametrize(
    ("separator", "first_line"),
    [
        *((";", ""), ("\t", ""), ("|", ""), (";", "sep=;\r\n"), (",", '"sep=,"\n')),
        *(("\t", "sep=\t\r\n"), (";", "SEP=;;;\n"), (":", "sep=:\n")),
    ],
)
def test_separators(tmp_path: Path, separator: str, first_line: str) -> None:
    """The separator is that of the header, or the one that Excel writes before it. Line numbers stay right."""
    files = {
        name: first_line + text.replace(",", separator)
        for name, text in {"movies.csv": "movie_id,title,year\n1,Rocket,1985\n", "ratings.csv": RATINGS}.items()
    }
    dataset = read_dataset(write(tmp_path, files))
    assert [movie.label for movie in dataset.movies] == ["Rocket (1985)"]
    assert ratings_of(dataset) == [(1, 1, 4.0)]

    write(tmp_path, {"ratings.csv": files["ratings.csv"] + f"1{separator}9{separator}4\n"})
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert raised.value.line == 3 + bool(first_line)


def test_quotes_do_not_slow_a_block_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows with closed quotes are read as a block. Line breaks and odd quotes within are read row by row."""
    monkeypatch.setattr("recsys.data.rows._parse_row_by_row", lambda *_: pytest.fail("read row by row"))
    quoted = '"movie_id","title"\n1,"Lantern, The ""new"""\n"2","x"\n'
    write(tmp_path, {"movies.csv": quoted, "ratings.csv": RATINGS})
    assert [movie.title for movie in read_dataset(tmp_path).movies] == ['Lantern, The "new"', "x"]
    monkeypatch.undo()

    odd = '"movie_id","title"\n1,"Lantern,\nThe"\n2,5" x\n3,6" y\n'
    write(tmp_path, {"movies.csv": odd})
    assert [movie.title for movie in read_dataset(tmp_path).movies] == ["The Lantern", '5" x', '6" y']


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "'text in UTF-16'"),
        ("utf-16-le", "'bytes that are zero, as in UTF-16'"),
        ("cp1252", "'1,Caf\\\\xe9'"),
    ],
    ids=["utf-16", "utf-16-le", "cp1252"],
)
def test_encodings(tmp_path: Path, encoding: str, found: str) -> None:
    """Another encoding is refused with what to do about it."""
    write(tmp_path, {"movies.csv": "movie_id,title\n1,Caf\N{LATIN SMALL LETTER E WITH ACUTE}\n"}, encoding=encoding)
    with pytest.raises(DataError) as raised:
        read_dataset(write(tmp_path, {"ratings.csv": RATINGS}))
    assert str(raised.value).endswith(f'found {found}, expected text in UTF-8; save the file as "CSV UTF-8"')


@pytest.mark.parametrize("text", ["movie_id,title\r1,Rocket\r", "movie_id,title\n1,Rocket\r2,Lantern\n"])
def test_old_line_ends(tmp_path: Path, text: str) -> None:
    """Lines that end with a carriage return are refused with what to do about it, in the header and below."""
    with pytest.raises(DataError, match='expected lines that end with a line feed; save the file as "CSV UTF-8"'):
        read_dataset(write(tmp_path, {"movies.csv": text, "ratings.csv": RATINGS}))


@pytest.mark.parametrize("name", ["movies.dat", "users.dat", "ratings.dat"])
def test_files_without_a_header(tmp_path: Path, name: str) -> None:
    """Old line ends and UTF-16 are refused with what to do about it, in files without a header too."""
    write(tmp_path, {**ML_1M, name: ML_1M[name].replace("\n", "\r")})
    with pytest.raises(DataError, match=rf"{name}, line 1: found 'carriage returns', expected lines that end"):
        read_dataset(tmp_path)
    (tmp_path / name).write_bytes(ML_1M[name].encode("utf-16"))
    with pytest.raises(DataError, match=rf"{name}, line 1: found 'text in UTF-16', expected text in UTF-8"):
        read_dataset(tmp_path)


def test_empty_columns(tmp_path: Path) -> None:
    """Columns without a name, as spreadsheets leave them at the end, are ignored."""
    files = {"movies.csv": "movie_id,title,,\n1,Rocket,,\n2,Lantern,,\n", "ratings.csv": RATINGS}
    assert [movie.title for movie in read_dataset(write(tmp_path, files)).movies] == ["Rocket", "Lantern"]


def test_bytes_of_parquet(tmp_path: Path) -> None:
    """Texts that were written as bytes are read, and so are UUIDs without their type. Other bytes are refused."""
    person = uuid.UUID(int=7)
    ids = pa.array([person.bytes], pa.binary(16))
    movies = {"movie_id": ids, "title": pa.array(["R\u00f6cket".encode()]), "genres": pa.array([b"Drama|War"])}
    pq.write_table(pa.table(movies), tmp_path / "movies.parquet")
    (tmp_path / "ratings.csv").write_text(f"user_id,movie_id,rating\n1,{person},4\n")
    movie = read_dataset(tmp_path).movies[0]
    assert (movie.title, movie.genres) == ("R\u00f6cket", ("Drama", "War"))

    pq.write_table(pa.table({**movies, "title": pa.array([b"R\xf6cket"])}), tmp_path / "movies.parquet")
    with pytest.raises(DataError, match=r"movies.parquet, column title: found 'binary: Invalid UTF8"):
        read_dataset(tmp_path)


def test_types_of_parquet(tmp_path: Path) -> None:
    """UUIDs, views, decimals, dates and lists of structs are read."""
    people = [uuid.UUID(int=1), uuid.UUID(int=2)]
    ids = pa.array([person.bytes for person in people], pa.uuid())
    structs = [[{"id": 18, "name": "Drama"}, {"id": 1, "name": "War"}], None]
    tables = {
        "movies": {
            "movie_id": ids,
            "title": pa.array(["Rocket", "Lantern"], pa.string_view()),
            "genres": structs,
            "actors": pa.array([["Bo Li"], ["Cy Orr"]], pa.list_(pa.string(), 1)),
            "year": pa.array([dt.date(1985, 5, 1), None]),
        },
        "ratings": {
            "user_id": ids,
            "movie_id": ids,
            "rating": pa.array([Decimal("4.5"), Decimal("2.0")]),
            "timestamp": pa.array([dt.datetime(2001, 9, 9, 1, 46, 40), None]),  # noqa: DTZ001 - Parquet has no zone here.
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")

    dataset = read_dataset(tmp_path)

    movies = sorted(dataset.movies, key=lambda movie: movie.title, reverse=True)
    assert [(movie.title, movie.year, movie.genres, movie.actors) for movie in movies] == [
        ("Rocket", 1985, ("Drama", "War"), ("Bo Li",)),
        ("Lantern", None, (), ("Cy Orr",)),
    ]
    assert [stars for _, _, stars in ratings_of(dataset)] == [4.5, 2.0]
    assert rating_times(dataset) == [10**9, -1]


def test_movielens_without_times(tmp_path: Path) -> None:
    """Times are optional in every layout: the column, the last field or the cell may be missing."""
    short = "".join(row.rpartition("::")[0] + "\n" for row in ML_1M["ratings.dat"].splitlines())
    assert read_dataset(write(tmp_path / "1m", {**ML_1M, "ratings.dat": short})).rating_times is None
    empty = ML_1M["ratings.dat"].replace("978300760", "")
    assert -1 in rating_times(read_dataset(write(tmp_path / "empty", {**ML_1M, "ratings.dat": empty})))
    named = ML_CSV["ratings.csv"].replace("timestamp", "when")
    assert read_dataset(write(tmp_path / "csv", {**ML_CSV, "ratings.csv": named})).rating_times is None


KAGGLE_20M: Files = {
    "movie.csv": 'movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n50,"Usual Suspects, The (1995)",Crime\n',
    "rating.csv": ('userId,movieId,rating,timestamp\n1,50,3.5,"2005-04-02 23:53:47"\n1,1,0.5,"2005-04-02 23:31:16"\n'),
    "link.csv": "movieId,imdbId,tmdbId\n1,114709,862.0\n50,114814,\n",
    "tag.csv": 'userId,movieId,tag,timestamp\n18,1,Pixar,"2009-04-24 18:19:40"\n65,1,pixar,"2013-05-10 01:41:18"\n',
    "genome_tags.csv": "tagId,tag\n1,007\n",
}


def test_kaggles_copy_of_movielens_20m(tmp_path: Path) -> None:
    """Its files have other names, its times are dates, and its ids have lost their zeros."""
    dataset = read_dataset(write(tmp_path, KAGGLE_20M))
    assert dataset.name == "MovieLens 20M"
    toy_story = dataset.movies[0]
    assert (toy_story.imdb_id, toy_story.tmdb_id, toy_story.tags) == ("tt0114709", 862, (("pixar", 2),))
    assert ratings_of(dataset) == [(1, 50, 3.5), (1, 1, 1.0)]
    assert rating_times(dataset) == [1112486027, 1112484676]


def test_movietweetings(tmp_path: Path) -> None:
    """Its ids are those of IMDb, its ratings go to 10, and the Twitter ids are not read."""
    dataset = read_dataset(
        write(
            tmp_path,
            {
                "movies.dat": "0078748::Alien (1979)::Horror|Sci-Fi\n15000156::Nocturne (2022)::\n",
                "users.dat": "1::40501255\n2::417333257\n",
                "ratings.dat": "1::0078748::10::1381620027\n2::15000156::0::1379466669\n2::0078748::7::1412178746\n",
            },
        )
    )
    assert dataset.name == "MovieTweetings"
    assert [(movie.movie_id, movie.imdb_id) for movie in dataset.movies] == [
        (78748, "tt0078748"),
        (15000156, "tt15000156"),
    ]
    assert ratings_of(dataset) == [(1, 78748, 5.0), (2, 15000156, 1.0), (2, 78748, 3.5)]
    assert set(dataset.ages.tolist()) == {-1}

    (tmp_path / "users.dat").unlink()
    without_users = read_dataset(tmp_path)
    assert (without_users.name, ratings_of(without_users)) == ("MovieTweetings", ratings_of(dataset))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("movies_metadata.csv", "`--download ml-latest` brings"), ("combined_data_1.txt", "write own tables")],
)
def test_data_sets_that_are_not_read(tmp_path: Path, name: str, sentence: str) -> None:
    """A known data set is named, with what to do instead."""
    with pytest.raises(DataError, match=sentence):
        read_dataset(write(tmp_path, {name: ""}))


def test_the_folder_within(tmp_path: Path) -> None:
    """An archive that was unpacked into a folder of its own name is found, and a zip file is to be unpacked."""
    inner = write(tmp_path / "ml-32m" / "ml-32m", CUSTOM)
    write(inner, {"movies.csv": ML_CSV["movies.csv"], "ratings.csv": ML_CSV["ratings.csv"]})
    with pytest.raises(DataError) as raised:
        read_dataset(inner.parent)
    assert str(raised.value).endswith(f"expected the files of a data set: give the folder {inner}")
    archive = write(tmp_path, {"ml-32m.zip": ""}) / "ml-32m.zip"
    with pytest.raises(DataError, match="unpack the file, and give the folder"):
        read_dataset(archive)
