import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data import DataError, read_dataset, with_details
from tests.unit.data.builders import CUSTOM, ML_1M, ML_10M, ML_100K, ML_CSV, Files, ratings_of, small_dataset, write

CUSTOM_PLAIN: Files = {
    "movies.csv": "movie_id,title,year\n3,Rocket,1985\n7,Lantern,1999\n",
    "ratings.csv": "user_id,movie_id,rating\n1,7,4.5\n2,7,2\n",
}
CUSTOM_PEOPLE: Files = {**CUSTOM_PLAIN, "people.csv": "user_id,gender,age,occupation\n1,F,28,3\n2,,,\n"}
CUSTOM_DETAILS: Files = {
    **CUSTOM_PLAIN,
    "movies.csv": "movie_id,title,minutes,imdb_id,tmdb_id\n3,Rocket,95,tt0114709,862\n7,Lantern,,,\n",
}
ML_LINKS: Files = {**ML_CSV, "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n4,0113497,\n"}

STARS = "a number from 1 to 5"
OWN_STARS = "a number from 0.5 to 5 (--scale 10 reads ratings from 1 to 10)"
MOVIE_1M = "a movie listed in movies.dat"
FIELDS = "4 fields: user_id::movie_id::rating::timestamp"
TIME = "whole seconds since 1970, or a time such as 2013-05-01T12:00:00"
ID = "a positive whole number"
MOVIE_ID = "a positive whole number or a text"
TITLE = "a title (a year in it must be from 1870 to 2100)"
AGE = "a whole number from 1 to 120"
HALF_STARS = "a number from 0.5 to 5"
URL = "a URL that starts with http:// or https://"
CUSTOM_FIELDS = "9 fields: title,movie_id,year,genres,description,directors,actors,poster_url,shelf"
YEAR = "a year from 1870 to 2100"
IMDB_ID = "an id such as tt0114709"
USER = "a non-negative whole number or a name"
ROWS = "at least one valid row"
COLUMN = "a column with this name"

DETAILS = "description, directors, actors, poster_url, certificate, minutes, imdb_id, tmdb_id"
DETAILS_FIELDS = (
    "movie_id::title::year::certificate::released::genres::directors::writers::actors::description::poster_url"
)


class Case(NamedTuple):
    """A way to damage a valid data set, and the fields of the expected error.

    `old` in the file is replaced by `new`. If `old` is None, `new` replaces the content of the file.
    """

    files: Files
    file: str
    old: str | None
    new: str
    line: int | None
    column: str | None
    value: str | None
    expected: str


BAD_ROWS = [
    Case(ML_1M, "ratings.dat", "::4::", "::7::", 2, "rating", "7", STARS),
    Case(ML_1M, "ratings.dat", "::4::", "::0.5::", 2, "rating", "0.5", STARS),
    Case(ML_1M, "ratings.dat", "::4::", "::nan::", 2, "rating", "nan", STARS),
    Case(ML_1M, "ratings.dat", "::4::", "::inf::", 2, "rating", "inf", STARS),
    Case(ML_1M, "ratings.dat", "::4::", "::four::", 2, "rating", "four", STARS),
    Case(ML_1M, "ratings.dat", "::4::", "::::", 2, "rating", None, STARS),
    Case(ML_1M, "ratings.dat", "1::1::3", "1::88::3", 3, "movie_id", "88", MOVIE_1M),
    Case(ML_1M, "ratings.dat", "1::1::3", "1::-1::3", 3, "movie_id", "-1", MOVIE_1M),
    Case(ML_1M, "ratings.dat", "1::1::3", "9::1::3", 3, "user_id", "9", "a person listed in users.dat"),
    Case(ML_1M, "ratings.dat", "::978300763\n", "", 4, "timestamp", "2::5::1", FIELDS),
    Case(ML_1M, "ratings.dat", "5::1::978300763\n", "", 4, "rating", "2::", FIELDS),
    Case(ML_1M, "ratings.dat", "::978300763", "::978300763::x", 4, None, "2::5::1::978300763::x", FIELDS),
    Case(ML_1M, "ratings.dat", "::978300763", "::soon", 4, "timestamp", "soon", TIME),
    Case(ML_1M, "ratings.dat", "::978300763", "::978300763000", 4, "timestamp", "978300763000", TIME),
    Case(ML_1M, "movies.dat", "1::R", "2::R", 2, "movie_id", "2", "each movie only once"),
    Case(ML_1M, "movies.dat", "1::R", "0::R", 2, "movie_id", "0", ID),
    Case(ML_1M, "movies.dat", "1::R", "1.5::R", 2, "movie_id", "1.5", ID),
    Case(ML_1M, "movies.dat", "(1985)", "(9185)", 2, "title", "Rocket Café (9185)", TITLE),
    Case(ML_1M, "movies.dat", "Rocket Café (1985)", "", 2, "title", None, TITLE),
    Case(ML_1M, "users.dat", "::F::", "::X::", 1, "gender", "X", "F or M"),
    Case(ML_1M, "users.dat", "::56::", "::121::", 2, "age", "121", AGE),
    Case(ML_1M, "users.dat", "::56::", "::0::", 2, "age", "0", AGE),
    Case(ML_1M, "users.dat", "::16::", "::21::", 2, "occupation", "21", "a whole number from 0 to 20"),
    Case(ML_1M, "users.dat", "2::M", "3::M", 3, "user_id", "3", "each person only once"),
    Case(ML_100K, "u.item", "|0|0|0|0|0|1|", "|0|0|0|0|2|1|", 1, "Children's", "2", "0 or 1"),
    Case(ML_100K, "u.data", "\t3\t", "\t0\t", 1, "rating", "0", STARS),
    Case(ML_10M, "ratings.dat", "::0.5::", "::0::", 1, "rating", "0", HALF_STARS),
    Case(ML_CSV, "ratings.csv", ",3.5,", ",5.5,", 3, "rating", "5.5", HALF_STARS),
    Case(ML_CSV, "ratings.csv", "\n2,", "\n-2,", 4, "userId", "-2", ID),
    Case(ML_CSV, "movies.csv", "Comedy\n", "", 4, "genres", None, "genres separated by |"),
    Case(
        ML_CSV,
        "movies.csv",
        "9,Untitled,Comedy\n",
        '9,"Untitled,Comedy\n',
        4,
        None,
        "unexpected end of data",
        "a CSV row with closed quotes",
    ),
    Case(CUSTOM, "movies.csv", "\nRocket", "\n,4,,,,,,,\nRocket", 4, "title", None, TITLE),
    Case(CUSTOM, "movies.csv", "),3,", "),-3,", 4, "movie_id", "-3", MOVIE_ID),
    Case(CUSTOM, "movies.csv", "),3,", "),7,", 4, "movie_id", "7", "each movie only once"),
    Case(CUSTOM, "movies.csv", ",,,,B", ",,,ftp://x,B", 4, "poster_url", "ftp://x", URL),
    Case(CUSTOM, "movies.csv", "B\n", "B,extra\n", 4, None, "Rocket Café (1985),3,,Comedy,,,,,B,extra", CUSTOM_FIELDS),
    Case(CUSTOM, "ratings.csv", "abe,", "bob,", 3, "user_id", "bob", "a person listed in people.csv"),
    Case(CUSTOM, "people.csv", "\nabe", "\nzoe", 3, "user_id", "zoe", "each person only once"),
    Case(CUSTOM_PLAIN, "movies.csv", "1985", "85", 2, "year", "85", YEAR),
    Case(CUSTOM_PLAIN, "movies.csv", "1985", "inf", 2, "year", "inf", YEAR),
    Case(CUSTOM_PLAIN, "ratings.csv", "\n2,", "\n-2,", 3, "user_id", "-2", USER),
    Case(CUSTOM_PLAIN, "ratings.csv", "\n2,", "\nNaN,", 3, "user_id", "NaN", USER),
    Case(CUSTOM_PLAIN, "ratings.csv", "\n2,", "\n,", 3, "user_id", None, USER),
    Case(CUSTOM_PLAIN, "ratings.csv", ",2\n", ",0\n", 3, "rating", "0", OWN_STARS),
    Case(CUSTOM_PLAIN, "ratings.csv", "2,7,2", "2,7", 3, "rating", "2,7", "3 fields: user_id,movie_id,rating"),
    Case(CUSTOM_PEOPLE, "people.csv", "28", "130", 2, "age", "130", AGE),
    Case(CUSTOM_PEOPLE, "people.csv", "F", "X", 2, "gender", "X", "F or M"),
    Case(CUSTOM_DETAILS, "movies.csv", "95", "0", 2, "minutes", "0", "whole minutes from 1 to 10000"),
    Case(CUSTOM_DETAILS, "movies.csv", "95", "1:35", 2, "minutes", "1:35", "whole minutes from 1 to 10000"),
    Case(CUSTOM_DETAILS, "movies.csv", "tt0114709", "nm0114709", 2, "imdb_id", "nm0114709", IMDB_ID),
    Case(CUSTOM_DETAILS, "movies.csv", "862", "-862", 2, "tmdb_id", "-862", ID),
    Case(ML_LINKS, "links.csv", "4,0113497", "4,x", 3, "imdbId", "x", IMDB_ID),
    Case(ML_LINKS, "links.csv", "4,", "1,", 3, "movieId", "1", "each movie only once"),
]
BAD_FILES = [
    Case(ML_1M, "ratings.dat", None, "", None, None, None, ROWS),
    Case(ML_1M, "users.dat", None, "", None, None, None, ROWS),
    Case(ML_CSV, "ratings.csv", None, "userId,movieId,rating,timestamp\n", None, None, None, ROWS),
    Case(CUSTOM_PLAIN, "ratings.csv", None, "", 1, None, None, "a header with the names of the columns"),
    Case(
        CUSTOM_PLAIN,
        "ratings.csv",
        None,
        "user_id\r1\r",
        1,
        None,
        "user_id",
        'lines that end with a line feed; save the file as "CSV UTF-8"',
    ),
    Case(CUSTOM_PLAIN, "ratings.csv", "rating", "stars", 1, "rating", None, COLUMN),
    Case(CUSTOM_PLAIN, "movies.csv", "title", "name", 1, "title", None, COLUMN),
    Case(CUSTOM_PLAIN, "movies.csv", "year", "title", 1, "title", "title", "each column only once"),
    Case(ML_CSV, "movies.csv", "genres", "kinds", 1, "genres", None, COLUMN),
]


def write_damaged(folder: Path, case: Case) -> Path:
    """Write the data set with one of its files damaged."""
    if case.old is None:
        return write(folder, {**case.files, case.file: case.new})
    assert case.old in case.files[case.file]
    return write(folder, {**case.files, case.file: case.files[case.file].replace(case.old, case.new, 1)})


@pytest.mark.parametrize(
    ("case", "skip_bad_rows"),
    [*((case, False) for case in BAD_ROWS + BAD_FILES), *((case, True) for case in BAD_FILES)],
)
def test_the_error_names_the_location(tmp_path: Path, case: Case, skip_bad_rows: bool) -> None:
    """The error names file, line, column, value and what was expected. An invalid file is never skipped."""
    with pytest.raises(DataError) as raised:
        read_dataset(write_damaged(tmp_path, case), skip_bad_rows=skip_bad_rows)
    error = raised.value
    assert (error.file, error.line, error.column, error.value or None, error.expected) == (case.file, *case[4:])


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows_can_be_skipped(tmp_path: Path, case: Case) -> None:
    """With skip_bad_rows, invalid rows are skipped, and so are ratings that refer to a skipped row."""
    complete = read_dataset(write(tmp_path / "complete", case.files))

    dataset = read_dataset(write_damaged(tmp_path / "damaged", case), skip_bad_rows=True)

    assert dataset.skipped_rows >= 1
    assert len(dataset.rating_stars) >= len(complete.rating_stars) - dataset.skipped_rows
    assert {row[1:] for row in ratings_of(dataset)} <= {row[1:] for row in ratings_of(complete)}


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            DataError("ratings.dat", 17, "rating", "7", "a number from 1 to 5"),
            "ratings.dat, line 17, column rating: found '7', expected a number from 1 to 5",
        ),
        (DataError("ratings.dat", 4, None, "1::2", "4 fields"), "ratings.dat, line 4: found '1::2', expected 4 fields"),
        (
            DataError("a.parquet", 4, "title", "", "a title"),
            "a.parquet, row 4, column title: found nothing, expected a title",
        ),
        (DataError("users.dat", None, None, None, "a row"), "users.dat: found nothing, expected a row"),
    ],
)
def test_the_message(error: DataError, line: str) -> None:
    """An error is one line that names the parts of the location that are known."""
    assert str(error) == line


def test_skipped_rows_are_counted(tmp_path: Path) -> None:
    """Each skipped row counts once, including ratings of a skipped movie. A later rating is no bad row."""
    folder = write(
        tmp_path,
        {
            "movies.csv": "movie_id,title\n1,Rocket\n2,\n3,Lantern\n",
            "ratings.csv": "user_id,movie_id,rating\n1,1,4\n1,2,4\n1,1,5\n2,3,9\nx\n2,3,nan\n2,1,2\n",
        },
    )

    dataset = read_dataset(folder, skip_bad_rows=True)

    assert dataset.skipped_rows == 5
    assert ratings_of(dataset) == [(1, 1, 5.0), (2, 1, 2.0)]


def test_the_first_bad_row_far_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line numbers are correct in later blocks of a file, before and after rows with quotes."""
    monkeypatch.setattr("recsys.data.rows.BLOCK_BYTES", 64)
    monkeypatch.setattr("recsys.data.rows.BATCH_ROWS", 3)
    rows = [f"{user},7,3\n" for user in range(1, 101)]
    for bad_row in (20, 80):
        for quoted_row in (None, 50):
            lines = list(rows)
            lines[bad_row] = "x,7,six\n"
            if quoted_row is not None:
                lines[quoted_row] = '"fifty\none",7,3\n'
            text = "user_id,movie_id,rating\n" + "".join(lines)
            with pytest.raises(DataError) as raised:
                read_dataset(write(tmp_path, {**CUSTOM_PLAIN, "ratings.csv": text}))
            assert raised.value.line == bad_row + 2 + (quoted_row is not None and quoted_row < bad_row)
            assert (raised.value.column, raised.value.value) == ("rating", "six")


def test_wrong_encoding(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 raise an error that names their line, even if invalid rows are skipped."""
    for name, files in {"10m": ML_10M, "csv": ML_CSV, "own": CUSTOM}.items():
        folder = write(tmp_path / name, files, encoding="cp1252")
        with pytest.raises(DataError) as raised:
            read_dataset(folder, skip_bad_rows=True)
        assert str(raised.value).endswith(', expected text in UTF-8; save the file as "CSV UTF-8"')
        assert raised.value.line == {"10m": 1, "csv": 3, "own": 4}[name]


def test_utf16_is_refused(tmp_path: Path) -> None:
    """A file in UTF-16 is refused, also in formats that fall back to Latin-1."""
    for name, files in {"1m": ML_1M, "own": CUSTOM_PLAIN}.items():
        with pytest.raises(DataError):
            read_dataset(write(tmp_path / name, files, encoding="utf-16"))


def test_no_known_layout(tmp_path: Path) -> None:
    """The error for an unknown layout lists the files of the folder and the supported layouts."""
    write(tmp_path, {"notes.txt": "", "ratings.dat": ""})

    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)

    assert str(raised.value) == (
        f"{tmp_path}: found 'notes.txt, ratings.dat', expected one of these layouts: "
        "MovieLens 1M (movies.dat, ratings.dat, users.dat); MovieLens 100K (u.item, u.data, u.user); "
        "MovieLens 10M (movies.dat, ratings.dat); MovieLens 20M, 25M, 32M or latest (movies.csv, ratings.csv); "
        "Kaggle's MovieLens 20M (movie.csv, rating.csv); MovieTweetings (movies.dat, ratings.dat, users.dat); "
        "your own tables (movies, ratings and optionally people, as .csv or .parquet)"
    )


def test_a_missing_folder(tmp_path: Path) -> None:
    """The error for a missing folder names it."""
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path / "nowhere")
    assert str(raised.value) == f"{tmp_path / 'nowhere'}: found nothing, expected a folder with a data set"


def test_a_table_in_both_formats(tmp_path: Path) -> None:
    """A table that exists both as CSV and as Parquet is refused as ambiguous."""
    write(tmp_path, {**CUSTOM_PLAIN, "movies.parquet": ""})
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == f"{tmp_path}: found 'movies.csv and movies.parquet', expected only one of the two"


def test_bad_parquet(tmp_path: Path) -> None:
    """Errors in Parquet name the row. A missing column and a file that is not Parquet have errors of their own."""
    write(tmp_path, {"movies.csv": CUSTOM_PLAIN["movies.csv"]})
    path = tmp_path / "ratings.parquet"

    pq.write_table(pa.table({"user_id": [1, 2], "movie_id": [7, 7], "rating": [4.0, float("nan")]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == "ratings.parquet, row 2, column rating: found 'nan', expected " + OWN_STARS

    pq.write_table(pa.table({"user_id": [1], "movie_id": [[7]], "rating": [4.0]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert (raised.value.column, raised.value.value) == ("movie_id", "list<element: int64>: several values in one cell")

    pq.write_table(pa.table({"user_id": [1], "movie_id": [7]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == "ratings.parquet, column rating: found nothing, expected a column with this name"

    path.write_bytes(b"no Parquet")
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert raised.value.file == "ratings.parquet"
    assert raised.value.expected == "a Parquet file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "movie_id,plot\n3,x\n",
            "line 1: found 'movie_id,plot', expected at least one of the columns " + DETAILS,
        ),
        ("movie_id,description\n3,x\n3,y\n", "line 3, column movie_id: found '3', expected each movie only once"),
        ("movie_id,description\n3,x\n-1,y\n", "line 3, column movie_id: found '-1', expected " + MOVIE_ID),
        ("description\nx\n", "line 1, column movie_id: found nothing, expected a column with this name"),
        (
            "1::Rocket::1985\n",
            "line 1, column certificate: found '1::Rocket::1985', expected 11 fields: " + DETAILS_FIELDS,
        ),
    ],
)
def test_bad_details(tmp_path: Path, text: str, message: str) -> None:
    """A details file is validated like any other file."""
    write(tmp_path, {"details.txt": text})
    with pytest.raises(DataError) as raised:
        with_details(small_dataset(), tmp_path / "details.txt")
    assert str(raised.value) == f"details.txt, {message}"


def test_skipped_details_are_counted(tmp_path: Path) -> None:
    """Skipped rows of a details file add to the skipped rows of the data set."""
    write(tmp_path, {"details.csv": "movie_id,description\n3,x\n-1,y\n"})

    dataset = with_details(small_dataset(), tmp_path / "details.csv", skip_bad_rows=True)

    assert dataset.movies[0].description == "x"
    assert dataset.skipped_rows == small_dataset().skipped_rows + 1


def test_missing_details(tmp_path: Path) -> None:
    """The error for a missing details file names it."""
    with pytest.raises(DataError) as raised:
        with_details(small_dataset(), tmp_path / "none.csv")
    assert str(raised.value) == f"{tmp_path / 'none.csv'}: found nothing, expected a file with movie details"


def test_the_message_is_one_short_line() -> None:
    """A long value is truncated, and its line breaks are escaped."""
    shown = str(DataError("movies.csv", 3, "title", "a\n" + "b" * 500, "a title"))
    assert "\n" not in shown
    assert len(shown) < 150
    assert shown.startswith("movies.csv, line 3, column title: found 'a\\nbbb")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    files=st.sampled_from([ML_1M, ML_10M, ML_100K, ML_CSV, CUSTOM]),
    file=st.integers(0, 2),
    position=st.floats(0, 1),
    deleted=st.integers(0, 30),
    inserted=st.sampled_from(
        [b"", b'"', b"\n", b"\r", b",", b"::", b"|", b"\t", b"\0", b"\xff", b"nan", b"-1", b"1e400"]
    ),
    skip_bad_rows=st.booleans(),
)
def test_a_damaged_file_is_read_or_refused(
    files: Files, file: int, position: float, deleted: int, inserted: bytes, skip_bad_rows: bool
) -> None:
    """Whatever the damage to a file, the result is a valid data set or a DataError of one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), files) / sorted(files)[file % len(files)]
        content = path.read_bytes()
        start = int(position * len(content))
        path.write_bytes(content[:start] + inserted + content[start + deleted :])
        try:
            dataset = read_dataset(path.parent, skip_bad_rows=skip_bad_rows)
        except DataError as error:
            message = str(error)
            assert "\n" not in message
        else:
            assert len(dataset.rating_stars) > 0
            assert 1 <= dataset.rating_stars.min() <= dataset.rating_stars.max() <= 5
