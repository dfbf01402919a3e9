"""Names and ids in own tables: lists in the notations of other programs, and texts as ids."""

from pathlib import Path

import pytest

from recsys.data import DataError, read_dataset, with_details
from recsys.data.ids import MovieIds
from tests.unit.data.builders import ratings_of, with_cell, write

RATINGS = "user_id,movie_id,rating\n1,1,4\n"


@pytest.mark.parametrize(
    ("cell", "genres"),
    [
        ("Drama|War", ("Drama", "War")),
        ("Drama, War", ("Drama", "War")),
        ("Drama,War", ("Drama", "War")),
        ("Drama;War", ("Drama", "War")),
        ("['Drama', 'War']", ("Drama", "War")),
        ('[""Drama"", ""War"", null]', ("Drama", "War")),
        ("[{'id': 18, 'name': 'Drama'}, {'id': 10752, 'name': 'War'}]", ("Drama", "War")),
        ('[{""id"": 18, ""name"": ""Drama""}]', ("Drama",)),
        ("['Drama' 'Film Noir'\n 'War']", ("Drama", "Film Noir", "War")),
        ('{Drama,""Film Noir"",NULL,Children\'s}', ("Drama", "Film Noir", "Children's")),
        ("{'War', 'Drama'}", ("War", "Drama")),
        ("('War', 'Drama')", ("War", "Drama")),
        ("{'id': 18, 'name': 'Drama'}", ("Drama",)),
        ('[""Drama"", NaN]', ("Drama",)),
        ('""Drama|War""', ("Drama", "War")),
        ("(no genres listed)", ()),
        ("[]", ()),
        ("{}", ()),
        ("\\N", ()),
    ],
)
def test_genres(tmp_path: Path, cell: str, genres: tuple[str, ...]) -> None:
    """Genres are separated by any of the usual marks, or are a list in the notation of JSON or Python."""
    assert with_cell(tmp_path, "genres", cell) == genres


@pytest.mark.parametrize(
    "cell",
    [
        *("['Drama', 'War]", "['Drama', 'War'", "['Drama'", "Drama, War]", "{Drama,War", "[Drama, War]"),
        *("[1 + 1]", "[28, 12]", "[true]", "[['Drama']]", "{{Drama}}", "{'id': 18}", "[{'id': 18}]"),
        *("[{'id': 18, 'kind': ['Drama']}, 3j]", "['Drama' 'War', None]", "array(['Drama', 'War'], dtype=object)"),
    ],
)
def test_damaged_lists(tmp_path: Path, cell: str) -> None:
    """A cell that begins or ends like a list, but is not one, is refused. So is a list of numbers."""
    with pytest.raises(DataError) as raised:
        with_cell(tmp_path, "genres", cell)
    assert str(raised.value).endswith('expected genres separated by |, or a list such as ["Drama", "War"]')


def test_quotes_and_brackets_in_names(tmp_path: Path) -> None:
    """A nickname in quotes and a note in brackets are parts of a name. A damaged list of people is refused."""
    cell = """""Weird Al"" Yankovic|'Big' Bo Li|Ann Ray [voice]"""
    assert with_cell(tmp_path, "actors", cell) == ('"Weird Al" Yankovic', "'Big' Bo Li", "Ann Ray [voice]")
    with pytest.raises(DataError, match="expected names separated by"):
        with_cell(tmp_path, "actors", "['Ann Ray', 'Bo Li'")


@pytest.mark.parametrize("cell", ["0", "tt0000000", "tt", "nm0000158"])
def test_no_ids_of_imdb(tmp_path: Path, cell: str) -> None:
    """Zero is no id, because movies without one would share it."""
    with pytest.raises(DataError, match="expected an id such as tt0114709"):
        with_cell(tmp_path, "imdb_id", cell)


def test_hexadecimal_ids(tmp_path: Path) -> None:
    """Digits with an e between them are a text, and no number with an exponent."""
    files = {
        "movies.csv": "movie_id,title\n12e3,Rocket\n12000,Lantern\n",
        "ratings.csv": "user_id,movie_id,rating\n12e34567,12e3,4\n12e34567,1.2e+04,2\n1e400,12e3,1\n",
    }
    dataset = read_dataset(write(tmp_path, files))
    assert [movie.title for movie in dataset.movies] == ["Lantern", "Rocket"]
    assert sorted(stars for _, _, stars in ratings_of(dataset)) == [1.0, 2.0, 4.0]
    assert len(dataset.user_ids) == 2


def test_a_person_of_a_list_may_have_commas(tmp_path: Path) -> None:
    """Names are split at ", ", because some have a comma."""
    assert with_cell(tmp_path, "actors", "Cy Orr, Jr., Bo Li") == ("Cy Orr, Jr.", "Bo Li")
    assert with_cell(tmp_path, "actors", "[{'name': 'Bo, Li'}]") == ("Bo, Li",)


def test_texts_as_movie_ids(tmp_path: Path) -> None:
    """Ids of IMDb and others are texts. Their numbers are the same in every import, whatever other movies there are."""
    other = "0b6f1a34-5a2f-4d4e-9f0a-3f6a1c1f2b7e"
    files = {
        "movies.csv": f"movie_id,title\ntt0078748,Alien\n{other},Lantern\n12,Rocket\n",
        "ratings.csv": f"user_id,movie_id,rating\n1,{other},2\n1,tt0078748,5\n1,012,3\n",
    }
    dataset = read_dataset(write(tmp_path, files))

    first, second, third = dataset.movies
    assert (first.movie_id, first.title) == (12, "Rocket")
    assert (second.movie_id, second.imdb_id) == (78748, "tt0078748")
    assert (third.title, third.imdb_id) == ("Lantern", None)
    assert MovieIds.FIRST_HASHED <= third.movie_id < 2 * MovieIds.FIRST_HASHED
    assert [stars for _, _, stars in ratings_of(dataset)] == [2.0, 5.0, 3.0]

    details = with_details(dataset, write(tmp_path, {"d.csv": f"movie_id,minutes\n{other},90\n"}) / "d.csv")
    assert [movie.minutes for movie in details.movies] == [None, None, 90]
    write(tmp_path, {"movies.csv": f"movie_id,title\n{other},Lantern\n"})
    write(tmp_path, {"ratings.csv": f"user_id,movie_id,rating\n1,{other},2\n"})
    alone = read_dataset(tmp_path)
    assert alone.movies[0].movie_id == third.movie_id


def test_two_rows_of_a_text_id(tmp_path: Path) -> None:
    """The error shows the id as the file writes it."""
    movies = "movie_id,title\nalien,Alien\nalien,Aliens\n"
    with pytest.raises(DataError) as raised:
        read_dataset(write(tmp_path, {"movies.csv": movies, "ratings.csv": RATINGS}))
    assert str(raised.value) == "movies.csv, line 3, column movie_id: found 'alien', expected each movie only once"
