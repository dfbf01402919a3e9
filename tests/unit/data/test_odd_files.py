"""Files that are unusual: very wide, with very long cells, with odd Parquet types, or with damaged bytes."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data import DataError, read_dataset, with_details
from recsys.data.ids import UserIds
from recsys.data.rows import read_header
from recsys.data.titles import split_title
from tests.unit.data.builders import ratings_of, small_dataset, write

N = 1_000_000
"""The size of a file or a cell. Whatever takes quadratic time is ended by the time limit of the test."""
ODD_CELLS = {
    "struct": pa.array([{"id": 1}]),
    "list": pa.array([[1]]),
    "list of structs": pa.array([[{"id": 1}]]),
    "map": pa.array([[("id", 1)]], pa.map_(pa.string(), pa.int64())),
    "list of one": pa.array([[1]], pa.list_(pa.int64(), 1)),
    "bytes": pa.array([b"\xff\xfe"]),
    "damaged text": pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
    ),
    "nothing": pa.nulls(1),
    "boolean": pa.array([True]),
    "time of day": pa.array([dt.time(1)]),
    "duration": pa.array([dt.timedelta(1)]),
    "year 3,000,000": pa.array([10**17], pa.timestamp("ms")),
    "decimal": pa.array([Decimal("1.5")]),
    "large decimal": pa.array([Decimal(10) ** 60], pa.decimal256(70, 0)),
    "unsigned": pa.array([2**64 - 1], pa.uint64()),
}
COLUMNS = {
    "movies": (
        *("movie_id", "title", "year", "genres", "description", "directors", "actors", "poster_url"),
        *("certificate", "minutes", "imdb_id", "tmdb_id", "rating_count", "shelf"),
    ),
    "people": ("user_id", "gender", "age", "occupation"),
    "ratings": ("user_id", "movie_id", "rating", "timestamp"),
}
TABLES: dict[str, dict[str, Any]] = {
    "movies": {"movie_id": [1], "title": ["Rocket"]},
    "people": {"user_id": [1]},
    "ratings": {"user_id": [1], "movie_id": [1], "rating": [4.0]},
}


def write_parquet(folder: Path, **odd_columns: dict[str, Any]) -> Path:
    """Write a data set of one movie, one person and one rating, with other columns in some of its tables."""
    for name, columns in TABLES.items():
        pq.write_table(pa.table({**columns, **odd_columns.get(name, {})}), folder / f"{name}.parquet")
    return folder


@pytest.mark.parametrize("kind", ODD_CELLS)
@pytest.mark.parametrize(("table", "column"), [(table, column) for table in COLUMNS for column in COLUMNS[table]])
@pytest.mark.parametrize("skip_bad_rows", [False, True])
def test_a_column_of_any_parquet_type_is_read_or_refused(
    tmp_path: Path, kind: str, table: str, column: str, skip_bad_rows: bool
) -> None:
    """The result is a data set, or an error of one line that names the file and the column."""
    folder = write_parquet(tmp_path, **{table: {column: ODD_CELLS[kind]}})
    try:
        dataset = read_dataset(folder, skip_bad_rows=skip_bad_rows)
    except DataError as error:
        refused = error
    else:
        assert [movie.movie_id for movie in dataset.movies] == [1]
        return
    assert "\n" not in str(refused)
    # An id that is read as a text is missing in the other tables.
    assert refused.file == f"{table}.parquet" or column.endswith("_id")
    assert skip_bad_rows or refused.column == column


@pytest.mark.parametrize("kind", ["struct", "list", "list of structs", "map", "list of one"])
@pytest.mark.parametrize(
    ("table", "column"), [("people", "user_id"), ("movies", "title"), ("movies", "description"), ("people", "gender")]
)
def test_several_values_in_a_cell_are_no_text(tmp_path: Path, kind: str, table: str, column: str) -> None:
    """A struct or a list is refused as an id and as a text, instead of being read as its Python notation."""
    with pytest.raises(DataError) as raised:
        read_dataset(write_parquet(tmp_path, **{table: {column: ODD_CELLS[kind]}}))
    assert (raised.value.file, raised.value.column) == (f"{table}.parquet", column)
    assert str(raised.value.value).endswith(": several values in one cell")


@pytest.mark.parametrize("table", TABLES)
def test_damaged_bytes_of_a_parquet_file(tmp_path: Path, table: str) -> None:
    """Whichever bytes are damaged, the result is a data set or an error that names a file."""
    folder = write_parquet(tmp_path)
    path = folder / f"{table}.parquet"
    content = path.read_bytes()
    named = set()
    for start in range(0, len(content), max(1, len(content) // 40)):
        path.write_bytes(content[:start] + b"\xff" * 8 + content[start + 8 :])
        try:
            read_dataset(folder)
        except DataError as error:
            named.add(error.file)
    assert path.name in named
    assert named <= {f"{name}.parquet" for name in TABLES}


def test_a_damaged_page_names_its_file(tmp_path: Path) -> None:
    """The footer of the file is intact, so the damage shows only when the rows are read."""
    folder = write_parquet(tmp_path)
    table = pa.table({"user_id": [1] * 5000, "movie_id": [1] * 5000, "rating": [4.0] * 5000})
    pq.write_table(table, folder / "ratings.parquet", compression="zstd", use_dictionary=False)
    content = bytearray((folder / "ratings.parquet").read_bytes())
    content[4:60] = bytes(56)
    (folder / "ratings.parquet").write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_dataset(folder)
    assert (raised.value.file, raised.value.expected) == ("ratings.parquet", "a Parquet file")


def test_a_header_of_a_million_columns(tmp_path: Path) -> None:
    """The header is read, and a name that occurs twice is found."""
    names = [f"column {number}" for number in range(N)]
    write(tmp_path, {"wide.csv": ",".join(names) + "\n", "twice.csv": ",".join([*names, names[-1]]) + "\n"})
    assert read_header(tmp_path / "wide.csv") == tuple(names)
    with pytest.raises(DataError) as raised:
        read_header(tmp_path / "twice.csv")
    assert (raised.value.column, raised.value.expected) == (names[-1], "each column only once")


def test_tables_of_many_columns(tmp_path: Path) -> None:
    """Tables with 50,000 columns that nobody needs are read, and an error names only the first fields of a row."""
    more = "".join(f",c{number}" for number in range(50_000))
    empty = "," * 50_000
    files = {
        "movies.csv": f"movie_id,title{more}\n1,Rocket{empty}\n",
        "ratings.csv": f"user_id,movie_id,rating{more}\n1,1,4{empty}\n",
    }
    assert ratings_of(read_dataset(write(tmp_path / "valid", files))) == [(1, 1, 4.0)]

    files["ratings.csv"] += "2,1\n"
    with pytest.raises(DataError) as raised:
        read_dataset(write(tmp_path / "short", files))
    assert raised.value.expected.startswith("50003 fields: user_id,movie_id,rating,c0,c1,")
    assert raised.value.expected.endswith(",c26,…")


@pytest.mark.parametrize(
    "title",
    [
        "x" + " (x)" * (N // 4) + " x",
        "(x)" * (N // 3) + "x",
        "(" * N,
        "x" + " " * N + "x",
        "x, a.k.a. " * (N // 10) + "x",
        "x" + " (1999" * (N // 6),
        "x, " * (N // 3) + "x",
    ],
    ids=lambda title: title[:8],
)
def test_a_long_title(title: str) -> None:
    """A title of a million letters is not split, and this does not take quadratic time."""
    assert split_title(title) == (" ".join(title.split()), None)


def test_alternatives_of_a_title_may_be_many() -> None:
    """The texts in parentheses at the end are the alternative titles, however many there are."""
    text = "Lantern, The" + " (Lamp, The)" * 1000 + " (1999)"
    assert split_title(text) == ("The Lantern" + " (The Lamp)" * 1000, 1999)


def test_a_character_reference_of_many_digits() -> None:
    """A reference that is no character stays as it is."""
    text = "&#" + "9" * 5000 + ";"
    assert split_title(text) == (text, None)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("1" * N + "x", "1" * N + "x"),
        ("1." + "1" * N + "x", "1." + "1" * N + "x"),
        ("9" * 5000, "9" * 5000),
        ("0" * 5000 + "7", "7"),
        ("0" * 5000, "0"),
        ("007", "7"),
        ("7.", "7"),
        ("7.0", "7"),
    ],
    ids=lambda text: text[:4],
)
def test_a_long_user_id(cell: str, name: str) -> None:
    """An id of many digits is a number or a name, and recognising it does not take quadratic time."""
    user_ids = UserIds()
    codes, bad = user_ids.parse(pa.array([cell]))
    assert not bad.any()
    assert user_ids.name(int(codes[0])) == name


def test_a_name_with_many_spaces(tmp_path: Path) -> None:
    """Removing a note behind the name of a director does not take quadratic time."""
    name = "Ann" + " " * 100_000 + "Ray"
    write(tmp_path, {"details.csv": f"movie_id,directors\n3,{name}  (co-director)\n"})
    assert with_details(small_dataset(), tmp_path / "details.csv").movies[0].directors == (name,)
