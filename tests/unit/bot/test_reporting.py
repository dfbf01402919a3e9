"""What people read on the command line."""

import pytest

from bot import reporting
from bot.cli.recommend import person_line
from recsys.profile import Profile
from storage.records import Movie

MOVIES = {1: Movie(1, "Toy Story", 1995), 2: Movie(2, "Alien", 1979)}


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        (Profile(), "For somebody of whom nothing is known:"),
        (Profile("F", 28, 12), "For a woman of 28 (25-34), programmer:"),
        (Profile(age=13), "For somebody of 13 (under 18):"),
        (Profile("M", ratings={1: 5}), "For a man, who gave Toy Story (1995) 5 stars:"),
        (
            Profile(ratings={1: 4.5, 2: 1}),
            "For somebody, who gave Toy Story (1995) 4.5 stars and Alien (1979) 1 star:",
        ),
    ],
)
def test_a_person_is_summed_up_in_one_line(profile: Profile, line: str) -> None:
    """The first line of the answer shows how the person was understood."""
    assert person_line(profile, MOVIES) == line


def test_progress_is_one_line_at_each_end_of_a_stage_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets no bars, and standard output nothing at all."""
    with reporting.stage_progress() as progress:
        for share in (0.0, 0.4, 1.0, 1.0):
            progress("ratings", share)
    printed = capsys.readouterr()
    assert printed.out == ""
    begin, end = printed.err.splitlines()
    assert begin == "ratings ..."
    assert end.startswith("ratings: done in ")


def test_a_summary_has_a_line_for_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Names are written as words, and square brackets stay what they are."""
    reporting.print_summary(
        {"dataset": {"name": "[mine]", "skipped_rows": 0, "starter": False}, "database": "up to date"}
    )
    assert capsys.readouterr().out.splitlines() == [
        "dataset:",
        "  name            [mine]",
        "  skipped rows    0",
        "  starter         no",
        "database: up to date",
    ]
