import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data import DataError, read_dataset, with_details
from tests.unit.data.builders import ML_1M, ML_10M, ML_100K, ML_CSV, OWN, Files, ratings_of, small_dataset, write

OWN_PLAIN: Files = {
    "movies.csv": "movie_id,title,year\n3,Rocket,1985\n7,Lantern,1999\n",
    "ratings.csv": "user_id,movie_id,rating\n1,7,4.5\n2,7,2\n",
}
OWN_PEOPLE: Files = {**OWN_PLAIN, "people.csv": "user_id,gender,age,occupation\n1,F,28,3\n2,,,\n"}

STARS = "a number from 1 to 5"
MOVIE_1M = "a movie of movies.dat"
ONCE = "one rating of a movie by a person"
FIELDS = "4 fields: user_id::movie_id::rating::timestamp"
TIME = "whole seconds since 1970"
ID = "a whole number from 1 up"
TITLE = "a title, its year from 1870 to 2100"
AGE = "a whole number from 1 to 120"
HALF_STARS = "a number from 0.5 to 5"
OWN_TITLE = "a title, any year in it from 1870 to 2100"
URL = "an address that begins with http:// or https://"
OWN_FIELDS = "9 fields: title,movie_id,year,genres,description,directors,actors,poster_url,shelf"
YEAR = "a year from 1870 to 2100"
USER = "a whole number from 0 up, or a name"
ROWS = "at least one good row"
COLUMN = "a column of this name"

DETAILS_FIELDS = (
    "movie_id::title::year::certificate::released::genres::directors::writers::actors::description::poster_url"
)


class Case(NamedTuple):
    """One way to spoil a good data set, and what the error says of it.

    `old` in the file becomes `new`; where it is None, `new` is the whole file.
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
    Case(ML_1M, "ratings.dat", "1::1::3", "9::1::3", 3, "user_id", "9", "a person of users.dat"),
    Case(ML_1M, "ratings.dat", "1::1::3", "1::2::3", 3, "movie_id", "2", ONCE),
    Case(ML_1M, "ratings.dat", "::978300763\n", "", 4, "timestamp", "2::5::1", FIELDS),
    Case(ML_1M, "ratings.dat", "5::1::978300763\n", "", 4, "rating", "2::", FIELDS),
    Case(ML_1M, "ratings.dat", "::978300763", "::978300763::x", 4, None, "2::5::1::978300763::x", FIELDS),
    Case(ML_1M, "ratings.dat", "::978300763", "::", 4, "timestamp", None, TIME),
    Case(ML_1M, "ratings.dat", "::978300763", "::978300763000", 4, "timestamp", "978300763000", TIME),
    Case(ML_1M, "movies.dat", "1::R", "2::R", 2, "movie_id", "2", "each movie once"),
    Case(ML_1M, "movies.dat", "1::R", "0::R", 2, "movie_id", "0", ID),
    Case(ML_1M, "movies.dat", "1::R", "1.5::R", 2, "movie_id", "1.5", ID),
    Case(ML_1M, "movies.dat", "(1985)", "(9185)", 2, "title", "Rocket Café (9185)", TITLE),
    Case(ML_1M, "movies.dat", "Rocket Café (1985)", "", 2, "title", None, TITLE),
    Case(ML_1M, "users.dat", "::F::", "::X::", 1, "gender", "X", "F or M"),
    Case(ML_1M, "users.dat", "::56::", "::121::", 2, "age", "121", AGE),
    Case(ML_1M, "users.dat", "::56::", "::0::", 2, "age", "0", AGE),
    Case(ML_1M, "users.dat", "::16::", "::21::", 2, "occupation", "21", "a whole number from 0 to 20"),
    Case(ML_1M, "users.dat", "2::M", "3::M", 3, "user_id", "3", "each person once"),
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
        "a CSV row with its quotes closed",
    ),
    Case(OWN, "movies.csv", "\nRocket", "\n,4,,,,,,,\nRocket", 4, "title", None, OWN_TITLE),
    Case(OWN, "movies.csv", "),3,", "),x,", 4, "movie_id", "x", ID),
    Case(OWN, "movies.csv", "),3,", "),7,", 4, "movie_id", "7", "each movie once"),
    Case(OWN, "movies.csv", ",,,,B", ",,,ftp://x,B", 4, "poster_url", "ftp://x", URL),
    Case(OWN, "movies.csv", "B\n", "B,extra\n", 4, None, "Rocket Café (1985),3,,Comedy,,,,,B,extra", OWN_FIELDS),
    Case(OWN, "ratings.csv", "abe,", "bob,", 3, "user_id", "bob", "a person of people.csv"),
    Case(OWN, "people.csv", "\nabe", "\nzoe", 3, "user_id", "zoe", "each person once"),
    Case(OWN_PLAIN, "movies.csv", "1985", "85", 2, "year", "85", YEAR),
    Case(OWN_PLAIN, "movies.csv", "1985", "inf", 2, "year", "inf", YEAR),
    Case(OWN_PLAIN, "ratings.csv", "\n2,", "\n-2,", 3, "user_id", "-2", USER),
    Case(OWN_PLAIN, "ratings.csv", "\n2,", "\nNaN,", 3, "user_id", "NaN", USER),
    Case(OWN_PLAIN, "ratings.csv", "\n2,", "\n,", 3, "user_id", None, USER),
    Case(OWN_PLAIN, "ratings.csv", "\n2,", "\n1,", 3, "movie_id", "7", ONCE),
    Case(OWN_PLAIN, "ratings.csv", "2,7,2", "2,7", 3, "rating", "2,7", "3 fields: user_id,movie_id,rating"),
    Case(OWN_PEOPLE, "people.csv", "28", "130", 2, "age", "130", AGE),
    Case(OWN_PEOPLE, "people.csv", "F", "X", 2, "gender", "X", "F or M"),
]
BAD_FILES = [
    Case(ML_1M, "ratings.dat", None, "", None, None, None, ROWS),
    Case(ML_1M, "users.dat", None, "", None, None, None, ROWS),
    Case(ML_CSV, "ratings.csv", None, "userId,movieId,rating,timestamp\n", None, None, None, ROWS),
    Case(OWN_PLAIN, "ratings.csv", None, "", 1, None, None, "a header with the names of the columns"),
    Case(
        OWN_PLAIN, "ratings.csv", None, "user_id\r1\r", 1, None, "user_id\r1", "a header of one line, its quotes closed"
    ),
    Case(OWN_PLAIN, "ratings.csv", "rating", "stars", 1, "rating", None, COLUMN),
    Case(OWN_PLAIN, "movies.csv", "title", "name", 1, "title", None, COLUMN),
    Case(OWN_PLAIN, "movies.csv", "year", "title", 1, "title", "title", "each column once"),
    Case(ML_CSV, "movies.csv", "genres", "kinds", 1, "genres", None, COLUMN),
    Case(ML_CSV, "ratings.csv", "timestamp", "when", 1, "timestamp", None, COLUMN),
]


def spoilt(folder: Path, case: Case) -> Path:
    """Write the data set with one of its files spoilt."""
    if case.old is None:
        return write(folder, {**case.files, case.file: case.new})
    assert case.old in case.files[case.file]
    return write(folder, {**case.files, case.file: case.files[case.file].replace(case.old, case.new, 1)})


@pytest.mark.parametrize(
    ("case", "skip_bad_rows"),
    [*((case, False) for case in BAD_ROWS + BAD_FILES), *((case, True) for case in BAD_FILES)],
)
def test_the_error_names_the_place(tmp_path: Path, case: Case, skip_bad_rows: bool) -> None:
    """The first thing that is wrong is told: file, line, column, value, expected; a bad file is never skipped."""
    with pytest.raises(DataError) as raised:
        read_dataset(spoilt(tmp_path, case), skip_bad_rows=skip_bad_rows)
    error = raised.value
    assert (error.file, error.line, error.column, error.value or None, error.expected) == (case.file, *case[4:])


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows_can_be_left_out(tmp_path: Path, case: Case) -> None:
    """With skip_bad_rows the same files are read without the bad rows, and without ratings of what fell away."""
    whole = read_dataset(write(tmp_path / "whole", case.files))

    dataset = read_dataset(spoilt(tmp_path / "spoilt", case), skip_bad_rows=True)

    assert dataset.skipped_rows >= 1
    assert len(dataset.rating_stars) >= len(whole.rating_stars) - dataset.skipped_rows
    assert {row[1:] for row in ratings_of(dataset)} <= {row[1:] for row in ratings_of(whole)}


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
    """An error is one line that names the place as far as it is known."""
    assert str(error) == line


def test_skipped_rows_are_counted(tmp_path: Path) -> None:
    """Each row left out counts once, those that follow from a lost movie and repeats of a rating too."""
    folder = write(
        tmp_path,
        {
            "movies.csv": "movie_id,title\n1,Rocket\n2,\n3,Lantern\n",
            "ratings.csv": "user_id,movie_id,rating\n1,1,4\n1,2,4\n1,1,5\n2,3,9\nx\n2,3,nan\n2,1,2\n",
        },
    )

    dataset = read_dataset(folder, skip_bad_rows=True)

    assert dataset.skipped_rows == 6
    assert ratings_of(dataset) == [(1, 1, 4.0), (2, 1, 2.0)]


def test_the_first_bad_row_far_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line numbers are right in a later block of a file, before and after rows with quotes."""
    monkeypatch.setattr("recsys.data.rows.BLOCK_BYTES", 64)
    monkeypatch.setattr("recsys.data.rows.BATCH_ROWS", 3)
    rows = [f"{user},7,3\n" for user in range(1, 101)]
    for bad in (20, 80):
        for quoted in (None, 50):
            lines = list(rows)
            lines[bad] = "x,7,six\n"
            if quoted is not None:
                lines[quoted] = '"fifty\none",7,3\n'
            text = "user_id,movie_id,rating\n" + "".join(lines)
            with pytest.raises(DataError) as raised:
                read_dataset(write(tmp_path, {**OWN_PLAIN, "ratings.csv": text}))
            assert raised.value.line == bad + 2 + (quoted is not None and quoted < bad)
            assert (raised.value.column, raised.value.value) == ("rating", "six")


def test_wrong_encoding(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are an error with their line, even when bad rows are left out."""
    for name, files in {"10m": ML_10M, "csv": ML_CSV, "own": OWN}.items():
        folder = write(tmp_path / name, files, encoding="cp1252")
        with pytest.raises(DataError) as raised:
            read_dataset(folder, skip_bad_rows=True)
        assert str(raised.value).endswith(", expected text in UTF-8")
        assert raised.value.line == {"10m": 1, "csv": 3, "own": 4}[name]


def test_utf16_is_no_text(tmp_path: Path) -> None:
    """A file saved as "Unicode" by old programs is refused, in formats of any encoding."""
    for name, files in {"1m": ML_1M, "own": OWN_PLAIN}.items():
        with pytest.raises(DataError):
            read_dataset(write(tmp_path / name, files, encoding="utf-16"))


def test_no_known_layout(tmp_path: Path) -> None:
    """A folder with something else lists what it has and which layouts are known."""
    write(tmp_path, {"notes.txt": "", "ratings.dat": ""})

    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)

    assert str(raised.value) == (
        f"{tmp_path}: found 'notes.txt, ratings.dat', expected one of these layouts: "
        "MovieLens 1M (movies.dat, ratings.dat, users.dat); MovieLens 100K (u.item, u.data, u.user); "
        "MovieLens 10M (movies.dat, ratings.dat); MovieLens 20M, 25M, 32M or latest (movies.csv, ratings.csv); "
        "own tables (movies and ratings, perhaps people, as .csv or .parquet)"
    )


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path / "nowhere")
    assert str(raised.value) == f"{tmp_path / 'nowhere'}: found nothing, expected a folder with a data set"


def test_a_table_in_both_formats(tmp_path: Path) -> None:
    """A table both as CSV and as Parquet is refused rather than guessed at."""
    write(tmp_path, {**OWN_PLAIN, "movies.parquet": ""})
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == f"{tmp_path}: found 'movies.csv and movies.parquet', expected one of the two"


def test_bad_parquet(tmp_path: Path) -> None:
    """In Parquet the row is named; a file that only is called so, and one without a column, are told apart."""
    write(tmp_path, {"movies.csv": OWN_PLAIN["movies.csv"]})
    path = tmp_path / "ratings.parquet"

    pq.write_table(pa.table({"user_id": [1, 2], "movie_id": [7, 7], "rating": [4.0, float("nan")]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == "ratings.parquet, row 2, column rating: found 'nan', expected a number from 1 to 5"

    pq.write_table(pa.table({"user_id": [1], "movie_id": [[7]], "rating": [4.0]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == "ratings.parquet, row 1, column movie_id: found '[7]', expected a movie of movies.csv"

    pq.write_table(pa.table({"user_id": [1], "movie_id": [7]}), path)
    with pytest.raises(DataError) as raised:
        read_dataset(tmp_path)
    assert str(raised.value) == "ratings.parquet, column rating: found nothing, expected a column of this name"

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
            "line 1: found 'movie_id,plot', expected a column description or directors or actors or poster_url",
        ),
        ("movie_id,description\n3,x\n3,y\n", "line 3, column movie_id: found '3', expected each movie once"),
        ("movie_id,description\n3,x\nq,y\n", "line 3, column movie_id: found 'q', expected a whole number from 1 up"),
        ("description\nx\n", "line 1, column movie_id: found nothing, expected a column of this name"),
        (
            "1::Rocket::1985\n",
            "line 1, column certificate: found '1::Rocket::1985', expected 11 fields: " + DETAILS_FIELDS,
        ),
    ],
)
def test_bad_details(tmp_path: Path, text: str, message: str) -> None:
    """A details file is checked like every other."""
    write(tmp_path, {"details.txt": text})
    with pytest.raises(DataError) as raised:
        with_details(small_dataset(), tmp_path / "details.txt")
    assert str(raised.value) == f"details.txt, {message}"


def test_skipped_details_are_counted(tmp_path: Path) -> None:
    """Bad rows of details add to the rows that the data set's own files lost."""
    write(tmp_path, {"details.csv": "movie_id,description\n3,x\nq,y\n"})

    dataset = with_details(small_dataset(), tmp_path / "details.csv", skip_bad_rows=True)

    assert dataset.movies[0].description == "x"
    assert dataset.skipped_rows == small_dataset().skipped_rows + 1


def test_missing_details(tmp_path: Path) -> None:
    """A details file that is not there is named."""
    with pytest.raises(DataError) as raised:
        with_details(small_dataset(), tmp_path / "none.csv")
    assert str(raised.value) == f"{tmp_path / 'none.csv'}: found nothing, expected a file with details of movies"


def test_the_message_stays_one_short_line() -> None:
    """A long or many-lined value is cut and escaped."""
    shown = str(DataError("movies.csv", 3, "title", "a\n" + "b" * 500, "a title"))
    assert "\n" not in shown
    assert len(shown) < 150
    assert shown.startswith("movies.csv, line 3, column title: found 'a\\nbbb")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    files=st.sampled_from([ML_1M, ML_10M, ML_100K, ML_CSV, OWN]),
    file=st.integers(0, 2),
    where=st.floats(0, 1),
    cut=st.integers(0, 30),
    put=st.sampled_from([b"", b'"', b"\n", b"\r", b",", b"::", b"|", b"\t", b"\0", b"\xff", b"nan", b"-1", b"1e400"]),
    skip_bad_rows=st.booleans(),
)
def test_damage_is_read_or_told(
    files: Files, file: int, where: float, cut: int, put: bytes, skip_bad_rows: bool
) -> None:
    """Whatever is damaged in a file, the result is a sound data set or one DataError of one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), files) / sorted(files)[file % len(files)]
        content = path.read_bytes()
        place = int(where * len(content))
        path.write_bytes(content[:place] + put + content[place + cut :])
        try:
            dataset = read_dataset(path.parent, skip_bad_rows=skip_bad_rows)
        except DataError as error:
            message = str(error)
            assert "\n" not in message
        else:
            assert len(dataset.rating_stars) > 0
            assert 1 <= dataset.rating_stars.min() <= dataset.rating_stars.max() <= 5
