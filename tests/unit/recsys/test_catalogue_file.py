"""Tests of the file of a large catalogue: it answers as the movies in memory do."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from recsys.services.state import ServingState
from recsys.serving.catalogue_file import CatalogueFile, write_catalogue
from recsys.serving.traits import MovieTraits
from recsys.text.titles import Ambiguous, Found, Unknown
from recsys.text.wishes import Wish
from storage.net_details import TMDB, NetDetails
from storage.records import Movie, Tag

NET = NetDetails(TMDB, date(2026, 11, 1), ("directors",), (("de", "Der Pate"),), ("mafia",), ("DE:Netflix",), ("US",))
GODFATHER = Movie(
    40,
    "The Godfather",
    1972,
    ("Crime", "Drama"),
    "A family.",
    ("Francis Ford Coppola",),
    ("Al Pacino",),
    imdb_id="tt0068646",
    tags=(Tag("mafia", 3),),
    rating_count=90,
    rating_mean=4.5,
    net=NET,
)
HEAT = Movie(30, "Heat", 1995, ("Action", "Crime"), actors=("Al Pacino",), rating_count=50)
HEAT_AGAIN = Movie(10, "Heat", 1986, ("Action",), rating_count=2)
ALIENS = Movie(20, "Aliens: Special Edition", 1986, (), rating_count=2)
UNTITLED = Movie(50, "Ночь \ud800", None, ("Drama",), actors=("Nobody Known",), rating_count=0)
MOVIES = [HEAT_AGAIN, ALIENS, HEAT, GODFATHER, UNTITLED]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> CatalogueFile:
    """The file of MOVIES, of which two are in memory."""
    path: Path = tmp_path_factory.mktemp("catalogue") / "file"
    write_catalogue(MOVIES, path)
    return CatalogueFile(path, in_memory=2)


def test_every_movie_is_as_it_was_written(file: CatalogueFile) -> None:
    """With all attributes, whether it is in memory or not. Ids that no movie has are missing."""
    assert dict(file) == {movie.movie_id: movie for movie in MOVIES}
    assert list(file) == [10, 20, 30, 40, 50]
    assert file.best_known == (HEAT, GODFATHER)
    assert list(file.by_popularity) == [GODFATHER, HEAT, HEAT_AGAIN, ALIENS, UNTITLED]
    assert file.by_popularity[-1] == UNTITLED
    assert file.get(35) is None
    assert 51 not in file


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("the godfather", Found(GODFATHER)),
        ("Der Pate", Found(GODFATHER)),
        ("heat", Ambiguous((HEAT, HEAT_AGAIN))),
        ("heat 1987", Found(HEAT_AGAIN)),
        ("aliens", Found(ALIENS)),
        ("godfahter", Found(GODFATHER)),
        ("special edition", Found(ALIENS)),
        ("id:50", Found(UNTITLED)),
        ("nothing like it at all", Unknown(())),
    ],
)
def test_titles_are_found(file: CatalogueFile, text: str, match: object) -> None:
    """By whole titles, titles in other languages, parts, typing errors and ids, as in memory."""
    found = file.titles.find_or_id(text)
    assert (Unknown(()) if isinstance(found, Unknown) and isinstance(match, Unknown) else found) == match
    assert found == ServingState.build(MOVIES).titles.find_or_id(text)


@pytest.mark.parametrize("text", ["heat", "ali", "spec", "the godf", "edition aliens", "ночь", "xyz"])
def test_searches_equal_those_in_memory(file: CatalogueFile, text: str) -> None:
    """All movies with the words, or with a word that begins so."""
    assert file.titles.search(text) == ServingState.build(MOVIES).titles.search(text)


def test_traits_equal_those_in_memory(file: CatalogueFile) -> None:
    """Genres, shares and the long tail, of the movies of a model, of which the catalogue lacks one."""
    movie_ids = np.array([10, 30, 35, 40, 50])
    in_memory, mapped = MovieTraits.of(MOVIES, movie_ids), MovieTraits.of(file, movie_ids)
    assert mapped.genres.tolist() == in_memory.genres.tolist()
    assert mapped.is_long_tail.tolist() == in_memory.is_long_tail.tolist() == [True, True, True, False, True]
    assert mapped.genre_shares == pytest.approx(in_memory.genre_shares)
    assert [mapped.movie(position) for position in (0, 2)] == [HEAT_AGAIN, Movie(35, "")]


def test_people_are_found_in_the_best_known_movies(file: CatalogueFile) -> None:
    """All movies are in the catalogue and are found by title, and a wish for a person finds the best known."""
    state = ServingState.build(file)
    assert len(state.movies) == 5
    assert state.movie(50) == UNTITLED
    assert state.conditions.filter_of(Wish(people=("Al Pacino",))).ids == frozenset({30, 40})
    assert state.conditions.not_known(Wish(people=("Nobody Known",))) == ("Nobody Known",)
    assert state.with_recommender(None).titles.find("Aliens") == Found(ALIENS)


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    """A cut file."""
    path = tmp_path / "file"
    write_catalogue(MOVIES, path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ValueError, match="file"):
        CatalogueFile(path)
