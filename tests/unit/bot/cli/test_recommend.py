"""What `reelmate recommend` prints about the person."""

import pytest

from bot.cli.movie_lists.recommended import person_line
from recsys.profile import Profile
from storage.records import Movie

MOVIES = {1: Movie(1, "Toy Story", 1995), 2: Movie(2, "Alien", 1979)}


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        (Profile(), "For an unknown person:"),
        (Profile("F", 28, 12), "For a woman of 28 (25-34), programmer:"),
        (Profile(age=13), "For somebody of 13 (under 18):"),
        (Profile("M", ratings={1: 5}), "For a man, who gave Toy Story (1995) 5 stars:"),
        (
            Profile(ratings={1: 4.5, 2: 1}),
            "For somebody, who gave Toy Story (1995) 4.5 stars and Alien (1979) 1 star:",
        ),
    ],
)
def test_a_person_is_described_in_one_line(profile: Profile, line: str) -> None:
    """The line shows how the options were understood."""
    assert person_line(profile, MOVIES) == line


def test_a_wish_is_part_of_the_line() -> None:
    """With and without anything else that is known of the person."""
    assert person_line(Profile(), {}, ["Comedy", "no Horror"]) == 'For somebody, who wishes for "Comedy, no Horror":'
    expected = 'For a man, who gave Alien (1979) 1 star, who wishes for "Comedy":'
    assert person_line(Profile("M", ratings={2: 1}), MOVIES, ["Comedy"]) == expected


@pytest.mark.parametrize(("ratings", "end"), [(5, "and Movie 5 4 stars:"), (400, "and stars to 395 more movies:")])
def test_many_ratings_are_counted(ratings: int, end: str) -> None:
    """The first few are named, so the line stays a line."""
    movies = {number: Movie(number, f"Movie {number}") for number in range(1, ratings + 1)}
    line = person_line(Profile(ratings=dict.fromkeys(movies, 4.0)), movies)
    assert line.startswith("For somebody, who gave Movie 1 4 stars, Movie 2 4 stars, ")
    assert line.endswith(end)
    assert len(line) < 150
