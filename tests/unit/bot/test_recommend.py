"""What `reelmate recommend` prints about the person."""

import pytest

from bot.cli.recommend import person_line
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
