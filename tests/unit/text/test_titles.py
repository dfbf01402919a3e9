"""Title search: from what people type to the movie that is meant."""

import pytest

from recsys.text.titles import Ambiguous, Found, TitleIndex, Unknown
from storage.records import Movie

MOVIES = (
    Movie(1, "Toy Story", 1995, rating_count=2000),
    Movie(2, "Toy Story 2", 1999, rating_count=1500),
    Movie(3, "The Matrix", 1999, rating_count=2500),
    Movie(4, "Terminator 2: Judgment Day", 1991, rating_count=2600),
    Movie(5, "The Terminator", 1984, rating_count=2000),
    Movie(6, "Psycho", 1960, rating_count=1200),
    Movie(7, "Psycho", 1998, rating_count=200),
    Movie(8, "Amélie (Le Fabuleux Destin d'Amélie Poulain)", 2001, rating_count=900),
    Movie(9, "The Professional (a.k.a. Leon: The Professional)", 1994, rating_count=950),
    Movie(10, "E.T. the Extra-Terrestrial", 1982, rating_count=2200),
    Movie(11, "The Godfather: Part II", 1974, rating_count=1700),
    Movie(12, "The Godfather", 1972, rating_count=2200),
    Movie(13, "The Big Lebowski", 1998, rating_count=1600),
    Movie(14, "Rocky IV", 1985, rating_count=600),
    Movie(15, "54", 1998, rating_count=150),
    Movie(16, "2001: A Space Odyssey", 1968, rating_count=1700),
    Movie(17, "Shakespeare in Love", 1998, rating_count=2300),
    Movie(18, "Star Wars: Episode IV - A New Hope", 1977, rating_count=2900),
    Movie(19, "Star Wars: Episode V - The Empire Strikes Back", 1980, rating_count=2990),
    Movie(20, "Home Video", None, rating_count=1),
    Movie(54, "The Big Green", 1995, rating_count=60),
    Movie(2001, "Lethal Weapon 2", 1989, rating_count=1100),
)
TITLES = TitleIndex(MOVIES)


@pytest.mark.parametrize("movie", MOVIES, ids=lambda movie: movie.label)
def test_every_label_finds_its_own_movie(movie: Movie) -> None:
    """A title as the bot writes it always means that movie."""
    assert TITLES.find(movie.label) == Found(movie)


@pytest.mark.parametrize(
    ("text", "movie_id"),
    [
        ("  tOY sTORY ", 1),
        ("Toy Story 1995", 1),
        ("matrix", 3),
        ("Matrix, The", 3),
        ("the matrix", 3),
        ("Matrix, The (1999)", 3),
        ("Psycho 1960", 6),
        ("Psycho (1999)", 7),
        ("amelie", 8),
        ("le fabuleux destin d\N{RIGHT SINGLE QUOTATION MARK}amelie poulain", 8),
        ("Léon", 9),
        ("ET the extraterrestrial", 10),
        ("The Godfather 2", 11),
        ("godfather", 12),
        ("Rocky 4", 14),
        ("54", 15),
        ("2001", 16),
        ("empire strikes back", 19),
        ("Star Wars (1977)", 18),
        ("Home Video (1988)", 20),
    ],
)
def test_case_accents_punctuation_articles_and_numerals_do_not_matter(text: str, movie_id: int) -> None:
    """Different ways of writing a title all find the movie."""
    match = TITLES.find(text)
    assert isinstance(match, Found)
    assert match.movie.movie_id == movie_id


@pytest.mark.parametrize(
    ("text", "movie_id"),
    [("Termintor 2", 4), ("matirx", 3), ("shakespear in lov", 17), ("lebowski", 13), ("Terminater (1984)", 5)],
)
def test_typos_and_single_specific_words_are_understood(text: str, movie_id: int) -> None:
    """A title with a typing error, or a word that only this title has, finds the movie."""
    match = TITLES.find(text)
    assert isinstance(match, Found)
    assert match.movie.movie_id == movie_id


@pytest.mark.parametrize(("text", "first"), [("Toy Story 3", 2), ("Rocky V", 14), ("Psycho (1975)", 6), ("love", 17)])
def test_a_missing_title_is_unknown_and_similar_titles_are_suggested(text: str, first: int) -> None:
    """Another number, a wrong year or a common word is not a match."""
    answer = TITLES.find(text)
    assert isinstance(answer, Unknown)
    assert answer.suggestions[0].movie_id == first


def test_namesakes_are_ambiguous_until_the_year_is_given() -> None:
    """Two movies with the same title are both candidates, the more popular one first."""
    assert TITLES.find("psycho") == Ambiguous((MOVIES[5], MOVIES[6]))
    assert TITLES.find("psycho (1998)") == Found(MOVIES[6])


def test_a_series_is_ambiguous() -> None:
    """The name that two episodes share has both as candidates, the more popular one first."""
    answer = TITLES.find("star wars")
    assert isinstance(answer, Ambiguous)
    assert [movie.movie_id for movie in answer.candidates] == [19, 18]


def test_nonsense_is_unknown_with_three_suggestions() -> None:
    """There are suggestions for every text with letters, and none for a text without."""
    answer = TITLES.find("qwertz uiop")
    assert isinstance(answer, Unknown)
    assert len(answer.suggestions) == 3
    assert TITLES.find("?!") == Unknown(())
    assert TitleIndex(()).find("Alien") == Unknown(())


def test_a_number_may_be_an_id_if_ids_are_allowed() -> None:
    """On the command line, "3" is movie 3, and a number that is both an id and a title is ambiguous."""
    assert TITLES.find_or_id(" 3 ") == Found(MOVIES[2])
    assert TITLES.find_or_id("54") == Ambiguous((MOVIES[14], MOVIES[20]))
    assert TITLES.find_or_id("id:54") == Found(MOVIES[20])
    assert TITLES.find_or_id("id:999") == Unknown(())
    assert TITLES.find_or_id("2001") == Ambiguous((MOVIES[15], MOVIES[21]))
    assert TITLES.find_or_id("toy story") == Found(MOVIES[0])
    assert isinstance(TITLES.find("3"), Unknown)


def test_find_exact_takes_whole_titles_and_whole_parts_only() -> None:
    """Neither typos nor single words are allowed, because the text may be no title at all."""
    assert TITLES.find_exact("matrix, the") == Found(MOVIES[2])
    assert TITLES.find_exact("alien") == Unknown(())
    assert TITLES.find_exact("judgment day 1991") == Found(MOVIES[3])
    assert TITLES.find_exact("psycho") == Ambiguous((MOVIES[5], MOVIES[6]))
    assert (
        TITLES.find_exact("matirx") == TITLES.find_exact("lebowski") == TITLES.find_exact("psycho 1975") == Unknown(())
    )


def test_the_latest_year() -> None:
    """It is the year of the newest movie, and None if no movie has a year."""
    assert TITLES.latest_year == 2001
    assert TitleIndex((Movie(1, "Home Video"),)).latest_year is None
