"""The lasting preferences that a person can choose from, and how they are switched."""

from dataclasses import replace
from datetime import date

import pytest

from recsys.services.preferences import MAX_CHOICES, Choice, Preference, choices, switched
from recsys.services.state import ServingState
from recsys.text.wishes import Wish
from storage.net_details import TMDB, NetDetails
from storage.records import Movie

MOVIES = (
    Movie(
        1, "Alien", 1979, ("Horror", "Sci-Fi"), directors=("Ridley Scott",), actors=("Sigourney Weaver", "John Hurt")
    ),
    Movie(2, "Alien 3", 1992, ("Sci-Fi",), directors=("David Fincher",), actors=("Sigourney Weaver",)),
    Movie(3, "Fargo", 1996, ("Crime",), directors=("Joel Coen",), actors=("Frances McDormand", "A", "B", "C")),
    Movie(4, "Metropolis", 1927, ("Drama",)),
)
STATE = ServingState.build(MOVIES)


def offered(kind: Preference, preferences: Wish = Wish(), shown: tuple[Movie, ...] = MOVIES) -> list[Choice]:  # noqa: B008 - immutable
    """Return the choices of a kind."""
    return choices(kind, STATE, preferences, shown)


def test_all_genres_are_offered() -> None:
    """Those that are excluded are switched on."""
    found = offered(Preference.GENRES, Wish(genres_none=("Horror",)))
    assert [(choice.condition.genres_none, choice.is_on) for choice in found] == [
        (("Crime",), False),
        (("Drama",), False),
        (("Horror",), True),
        (("Sci-Fi",), False),
    ]


def test_people_of_movies_that_were_shown_are_offered() -> None:
    """Those that are excluded come first, then the most frequent; only three actors of a movie are offered."""
    found = offered(Preference.PEOPLE, Wish(people_none=("Ed Wood",)))
    names = [choice.condition.people_none[0] for choice in found]
    assert names[:2] == ["Ed Wood", "Sigourney Weaver"]
    assert set(names) >= {"Ridley Scott", "John Hurt", "Joel Coen", "A", "B"}
    assert "C" not in names
    assert [choice.is_on for choice in found] == [True] + [False] * (len(found) - 1)
    assert offered(Preference.PEOPLE, shown=()) == []
    many = tuple(Movie(10 + number, f"{number}", actors=(f"Actor {number}",)) for number in range(99))
    assert len(offered(Preference.PEOPLE, shown=many)) == MAX_CHOICES


def test_a_series_is_offered_once() -> None:
    """By the part that was shown last; a movie without other parts is no series, and an excluded series is on."""
    assert offered(Preference.SERIES) == [Choice(Wish(unlike=(1,)), is_on=False)]
    assert offered(Preference.SERIES, Wish(unlike=(2,))) == [Choice(Wish(unlike=(2,)), is_on=True)]


def test_countries_of_movies_that_were_shown_are_offered() -> None:
    """Those that are excluded come first, then the most frequent. Without details from TMDB there are none."""
    made_in = [("IT", "US"), ("US",), ("XX",)]
    shown = tuple(
        replace(movie, net=NetDetails(TMDB, date(2026, 1, 1), countries=countries))
        for movie, countries in zip(MOVIES, made_in, strict=False)
    )
    found = offered(Preference.COUNTRIES, Wish(themes_none=("gore", "french")), shown)
    assert [(choice.condition.themes_none, choice.is_on) for choice in found] == [
        (("french",), True),
        (("american",), False),
        (("italian",), False),
    ]
    assert offered(Preference.COUNTRIES) == []


def test_years_and_ages() -> None:
    """One of each can hold."""
    years = offered(Preference.YEARS, Wish(year_from=1990))
    assert [(choice.condition.year_from, choice.is_on) for choice in years] == [(1970, False), (1990, True)]
    ages = offered(Preference.AGES, Wish(age_to_watch=12))
    assert [choice.condition.age_to_watch for choice in ages if choice.is_on] == [12]


@pytest.mark.parametrize(
    ("condition", "after_on"),
    [
        (Wish(genres_none=("War",)), Wish(genres_none=("Horror", "War"), year_from=1980)),
        (Wish(genres_none=("Horror",)), Wish(genres_none=("Horror",), year_from=1980)),
        (Wish(year_from=1990), Wish(genres_none=("Horror",), year_from=1990)),
        (Wish(unlike=(7,)), Wish(genres_none=("Horror",), year_from=1980, unlike=(7,))),
    ],
)
def test_switching(condition: Wish, after_on: Wish) -> None:
    """On and off change one condition and leave the others; a repetition changes nothing."""
    before = Wish(genres_none=("Horror",), year_from=1980)
    on = switched(before, condition, on=True)
    assert on == after_on == switched(on, condition, on=True)
    off = switched(on, condition, on=False)
    assert off == switched(off, condition, on=False)
    for field in ("genres_none", "unlike"):
        assert set(getattr(off, field)).isdisjoint(getattr(condition, field))
    assert condition.year_from is None or off.year_from is None
