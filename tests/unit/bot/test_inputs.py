"""What is typed after an option -> values, or a line that says what was expected."""

import pytest

from bot.cli import inputs
from bot.errors import BadInput
from recsys.text.titles import TitleIndex
from storage.records import Movie

TOY_STORY = Movie(1, "Toy Story", 1995, rating_count=20)
MATRIX = Movie(2571, "The Matrix", 1999, rating_count=30)
PSYCHO, PSYCHO_AGAIN = Movie(7, "Psycho", 1960, rating_count=10), Movie(8, "Psycho", 1998, rating_count=1)
EQUALS = Movie(9, "1 + 1 = 3", 2000, rating_count=1)
TITLES = TitleIndex((TOY_STORY, MATRIX, PSYCHO, PSYCHO_AGAIN, EQUALS))


@pytest.mark.parametrize(("text", "expected"), [("F", "F"), ("female", "F"), ("m", "M"), (" Male ", "M")])
def test_gender_is_read_in_any_case(text: str, expected: str) -> None:
    """F and M may be written out."""
    assert inputs.gender(text) == expected


@pytest.mark.parametrize(
    ("text", "code"), [("12", 12), ("programmer", 12), ("K-12 student", 10), ("Engineer", 17), ("art", 2), ("0", 0)]
)
def test_an_occupation_is_a_code_or_a_telling_word(text: str, code: int) -> None:
    """The beginning of a word that only one occupation has is enough."""
    assert inputs.occupation(text) == code


@pytest.mark.parametrize(
    ("read", "text", "message"),
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
def test_what_cannot_be_used_is_named_with_what_was_expected(
    read: "type[inputs.gender]", text: str, message: str
) -> None:
    """One line, the value and the range."""
    with pytest.raises(BadInput) as raised:
        read(text)
    assert str(raised.value) == message


@pytest.mark.parametrize("text", ["21", "wizard", "", "-1"])
def test_an_unknown_occupation_lists_all(text: str) -> None:
    """Whoever does not know the list sees it."""
    with pytest.raises(BadInput, match=r"0 other, 1 academic or educator, .* 20 writer"):
        inputs.occupation(text)


def test_ages_at_the_borders_are_taken() -> None:
    """13 and 120 are ages."""
    assert [inputs.age("13"), inputs.age("120")] == [13, 120]


def test_ratings_are_split_at_the_last_equals_sign() -> None:
    """Titles may hold one, stars any number from 1 to 5, and a number is an id."""
    typed = ["toy story=5", "2571=2.5", "1 + 1 = 3=1", "Psycho (1998)=4"]
    assert inputs.ratings(typed, TITLES) == {TOY_STORY: 5.0, MATRIX: 2.5, EQUALS: 1.0, PSYCHO_AGAIN: 4.0}


def test_the_later_rating_of_a_movie_counts() -> None:
    """As with a second thought."""
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
def test_a_rating_that_cannot_be_used_is_explained(text: str, message: str) -> None:
    """The stars are out of range, or the title means no movie, or more than one."""
    with pytest.raises(BadInput) as raised:
        inputs.ratings([text], TITLES)
    assert str(raised.value) == message


def test_every_bad_rating_is_named_at_once() -> None:
    """Nobody wants to correct them one run at a time."""
    with pytest.raises(BadInput) as raised:
        inputs.ratings(["Toy Story=5", "Toy Story 3=5", "Matrix=9"], TITLES)
    message = str(raised.value)
    assert "no movie is called 'Toy Story 3'; the nearest are:\n  id:1  Toy Story (1995)" in message
    assert "rating 'Matrix=9': expected 1 to 5 stars" in message
