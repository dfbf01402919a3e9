"""The search finds titles, people and plots, exact titles first."""

import pytest

from recsys.text.details import DetailIndex
from recsys.text.search import Field, search
from recsys.text.titles import TitleIndex
from storage.records import Movie

MOVIES = (
    Movie(1, "Alien", 1979, (), "A crew in space.", ("Ridley Scott",), ("John Hurt",), rating_count=9),
    Movie(2, "Alien Nation", 1988, (), "A cop and his partner.", (), ("James Caan",), rating_count=99),
    Movie(3, "Alien: Resurrection", 1997, (), "A crew. In space.", ("Jean Jeunet",), rating_count=50),
    Movie(
        4, "Heat", 1995, (), "An alien to his wife, a cop hunts.", ("Michael Mann",), ("Al Pacino",), rating_count=70
    ),
    Movie(5, "Serpico", 1973, (), "A cop.", ("Sidney Lumet",), ("Al Pacino",), rating_count=20),
    Movie(6, "Pacino Is Missing", 2002, rating_count=1),
    Movie(7, "The Lost World", 1925, (), actors=("Bessie Love",), rating_count=3),
    Movie(8, "The Lost World: Jurassic Park", 1997, rating_count=60),
    Movie(9, "Love", 1999, actors=("Cher",), rating_count=2),
)
BY_ID = {movie.movie_id: movie for movie in MOVIES}
PEOPLE = {"al pacino": "Al Pacino"}


def found(words: str) -> list[tuple[int, Field]]:
    """Return the ids of the movies that words find, each with the field in which they are found."""
    hits = search(words, TitleIndex(MOVIES), DetailIndex.build(MOVIES), PEOPLE, BY_ID)
    return [(hit.movie.movie_id, hit.field) for hit in hits]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("alien", [(1, "title"), (2, "title"), (3, "title"), (4, "plot")]),
        ("ALIEN 1988", [(2, "title")]),
        ("the lost world", [(7, "title"), (8, "title")]),
        ("lost world 1997", [(8, "title")]),
        ("serp", [(5, "title")]),
        ("serpcio", [(5, "title")]),
        ("pacino", [(6, "title"), (4, "person"), (5, "person")]),
        ("Al Pacino", [(4, "person"), (5, "person")]),
        ("ridley scott", [(1, "person")]),
        ("love", [(9, "title"), (7, "person")]),
        ("cher", [(9, "person")]),
        ("cops", [(2, "plot"), (4, "plot"), (5, "plot")]),
        ("crew space", [(1, "plot")]),
        ("pacino wife", [(4, "several")]),
        ("mann cop of hunts", [(4, "several")]),
        ("pacino crew", []),
        ("zz", []),
        ("zzzz qqqq", []),
        ("?!", []),
        ("", []),
    ],
)
def test_what_words_find(words: str, expected: list[tuple[int, str]]) -> None:
    """The exact title comes before better known ones. Each movie is found once, where the words stand first."""
    assert found(words) == expected


def test_a_name_is_written_as_in_the_catalogue() -> None:
    """Another name, which the reader does not know, gets capitals."""
    for words, name in (("pacino al", "Al Pacino"), ("RIDLEY SCOTT", "Ridley Scott")):
        hits = search(words, TitleIndex(MOVIES), DetailIndex.build(MOVIES), PEOPLE, BY_ID)
        assert {hit.person for hit in hits if hit.field is Field.PERSON} <= {name}
