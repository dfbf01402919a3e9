"""Parsing the values of options, and the messages about invalid values."""

from collections.abc import Callable

import pytest

from bot.cli.movie_lists import inputs
from bot.errors import BadInput
from recsys.text.meaning import ReaderCatalogue
from recsys.text.titles import TitleIndex
from recsys.text.wishes import Wish
from storage.records import Movie

TOY_STORY = Movie(1, "Toy Story", 1995, rating_count=20)
MATRIX = Movie(2571, "The Matrix", 1999, rating_count=30)
PSYCHO, PSYCHO_AGAIN = Movie(7, "Psycho", 1960, rating_count=10), Movie(8, "Psycho", 1998, rating_count=1)
EQUALS = Movie(9, "1 + 1 = 3", 2000, rating_count=1)
TITLES = TitleIndex((TOY_STORY, MATRIX, PSYCHO, PSYCHO_AGAIN, EQUALS))
CATALOGUE = ReaderCatalogue(
    [
        Movie(1, "Groundhog Day", 1993, ("Comedy",), rating_count=900),
        Movie(2, "Alien", 1979, ("Horror", "Sci-Fi"), rating_count=900),
    ]
)


@pytest.mark.parametrize(("text", "expected"), [("F", "F"), ("female", "F"), ("m", "M"), (" Male ", "M")])
def test_gender_is_read_in_any_case(text: str, expected: str) -> None:
    """F and M, and the whole words."""
    assert inputs.gender(text) == expected


@pytest.mark.parametrize(
    ("text", "code"), [("12", 12), ("programmer", 12), ("K-12 student", 10), ("Engineer", 17), ("art", 2), ("0", 0)]
)
def test_an_occupation_is_a_code_or_an_unambiguous_word(text: str, code: int) -> None:
    """The beginning of a word that only one occupation has is enough."""
    assert inputs.occupation(text) == code


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (inputs.gender, "x", "gender 'x': expected F or M"),
        (inputs.age, "7", "age 7: expected 13 to 120"),
        (inputs.age, "121", "age 121: expected 13 to 120"),
        (inputs.age, "young", "age young: expected 13 to 120"),
        (inputs.age, "-20", "age -20: expected 13 to 120"),
        (
            inputs.occupation,
            "student",
            "occupation 'student': expected one of 4 college or grad student, 10 K-12 student",
        ),
    ],
)
def test_an_invalid_value_is_named_with_what_was_expected(
    parse: Callable[[str], object], text: str, message: str
) -> None:
    """The message is one line with the value and the range."""
    with pytest.raises(BadInput) as raised:
        parse(text)
    assert str(raised.value) == message


@pytest.mark.parametrize("text", ["21", "wizard", "", "-1"])
def test_an_unknown_occupation_lists_all(text: str) -> None:
    """The message is the list of occupations."""
    with pytest.raises(BadInput, match=r"0 other, 1 academic or educator, .* 20 writer"):
        inputs.occupation(text)


def test_ages_at_the_limits_are_valid() -> None:
    """The limits are 13 and 120."""
    assert [inputs.age("13"), inputs.age("120")] == [13, 120]


def test_ratings_are_split_at_the_last_equals_sign() -> None:
    """Titles may contain one. Stars are any number from 1 to 5, and a number instead of a title is an id."""
    typed = ["toy story=5", "2571=2.5", "1 + 1 = 3=1", "Psycho (1998)=4"]
    assert inputs.ratings(typed, TITLES) == {TOY_STORY: 5.0, MATRIX: 2.5, EQUALS: 1.0, PSYCHO_AGAIN: 4.0}


def test_the_later_rating_of_a_movie_counts() -> None:
    """A movie that is rated twice has one rating."""
    assert inputs.ratings(["Matrix=1", "The Matrix (1999)=5"], TITLES) == {MATRIX: 5.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Toy Story", 'rating \'Toy Story\': expected "TITLE=STARS", as in "Toy Story (1995)=5"'),
        ("=5", 'rating \'=5\': expected "TITLE=STARS", as in "Toy Story (1995)=5"'),
        ("Toy Story=6", "rating 'Toy Story=6': expected 1 to 5 stars, found '6'"),
        ("Toy Story=nan", "rating 'Toy Story=nan': expected 1 to 5 stars, found 'nan'"),
        ("Toy Story=good", "rating 'Toy Story=good': expected 1 to 5 stars, found 'good'"),
        (
            "psycho=5",
            "'psycho' is more than one movie; write the year or the id:\n  id:7  Psycho (1960)\n  id:8  Psycho (1998)",
        ),
        ("id:99=5", "no movie is called 'id:99'"),
    ],
)
def test_an_invalid_rating_is_explained(text: str, message: str) -> None:
    """The stars are out of range, or the title matches no movie, or several."""
    with pytest.raises(BadInput) as raised:
        inputs.ratings([text], TITLES)
    assert str(raised.value) == message


def test_of_many_invalid_ratings_the_first_are_named() -> None:
    """The others are counted."""
    with pytest.raises(BadInput) as raised:
        inputs.ratings(["Toy Story=9"] * 400, TITLES)
    lines = str(raised.value).splitlines()
    assert lines == ["rating 'Toy Story=9': expected 1 to 5 stars, found '9'"] * 10 + [
        "... and 390 more ratings that are invalid"
    ]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("90s comedy, no horror", Wish(genres_any=("Comedy",), genres_none=("Horror",), year_from=1990, year_to=1999)),
        ("like Alien", Wish(like=(2,))),
        ("Alien", Wish(like=(2,))),
        ("no horror, ever", Wish(genres_none=("Horror",))),
    ],
)
def test_a_wish_is_read_as_in_the_chat(text: str, wish: Wish) -> None:
    """A title is a movie to resemble, and what somebody never wants to see is excluded."""
    assert inputs.wish(text, CATALOGUE) == wish


@pytest.mark.parametrize("text", ["", "hello", "qqqq zzzz", "what can you do?"])
def test_a_text_that_is_no_wish_is_refused(text: str) -> None:
    """The line has the text and examples."""
    with pytest.raises(BadInput, match="not understood; expected one such as"):
        inputs.wish(text, CATALOGUE)


def test_all_invalid_ratings_are_named_at_once() -> None:
    """They can be corrected in one go."""
    with pytest.raises(BadInput) as raised:
        inputs.ratings(["Toy Story=5", "Toy Story 3=5", "Matrix=9"], TITLES)
    message = str(raised.value)
    assert "no movie is called 'Toy Story 3'; the nearest are:\n  id:1  Toy Story (1995)" in message
    assert "rating 'Matrix=9': expected 1 to 5 stars" in message
